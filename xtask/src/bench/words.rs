//! A language that does not exist: 60 000 pseudo-words, used as often as Zipf's law says.
//!
//! It must not know what is written in it. Invariant: the same seed gives the same words in the same order, on every
//! machine; no word is one that a search engine would leave out or take apart.

use std::collections::HashSet;

use crate::bench::chance::Chance;

/// Words of the language.
const WORDS: usize = 60_000;
/// The exponent: the word of rank r is used in proportion to 1 / r^s.
const EXPONENT: f64 = 1.07;
/// Ranks below this are what a natural language has its function words for.
const COMMON: usize = 100;
/// Ranks below this are short words.
const SHORT: usize = 2_000;

/// Letters without `q` (planted words have it) and without those that give English endings and stop words.
const CONSONANTS: &[u8] = b"bdfgklmnprtvz";
const VOWELS: &[u8] = b"aeiou";
const ENDINGS: &[u8] = b"bfgkmpvz";

/// The language.
pub(in crate::bench) struct Words {
    /// By rank, the most used first.
    words: Vec<String>,
    /// How much is used up to and with each rank, the last being 1.
    up_to: Vec<f64>,
}

impl Words {
    pub(in crate::bench) fn new(chance: &mut Chance) -> Self {
        let mut known = HashSet::with_capacity(WORDS);
        let mut words = Vec::with_capacity(WORDS);
        while words.len() < WORDS {
            let word = word(chance, if words.len() < SHORT { 2 } else { 3 });
            if known.insert(word.clone()) {
                words.push(word);
            }
        }
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = Vec::with_capacity(WORDS);
        for rank in 1..=WORDS {
            sum += (rank as f64).powf(-EXPONENT);
            up_to.push(sum);
        }
        up_to.iter_mut().for_each(|share| *share /= sum);
        Self { words, up_to }
    }

    /// A word, as often as it is used.
    pub(in crate::bench) fn any(&self, chance: &mut Chance) -> &str {
        self.of_rank(self.rank(chance))
    }

    /// A word, as often as it is used, but none of the most common ones.
    pub(in crate::bench) fn content(&self, chance: &mut Chance) -> &str {
        loop {
            let rank = self.rank(chance);
            if rank >= COMMON {
                return self.of_rank(rank);
            }
        }
    }

    /// Whether `word` is none of the most common ones.
    pub(in crate::bench) fn is_content(&self, word: &str) -> bool {
        !self.words[..COMMON].iter().any(|common| common == word)
    }

    fn rank(&self, chance: &mut Chance) -> usize {
        let share = chance.share();
        self.up_to.partition_point(|&reached| reached < share)
    }

    fn of_rank(&self, rank: usize) -> &str {
        &self.words[rank.min(WORDS - 1)]
    }
}

/// A word of so many open syllables and a closing letter.
fn word(chance: &mut Chance, syllables: usize) -> String {
    let mut word = String::new();
    for _ in 0..syllables {
        word.push(letter(chance, CONSONANTS));
        word.push(letter(chance, VOWELS));
    }
    word.push(letter(chance, ENDINGS));
    word
}

fn letter(chance: &mut Chance, of: &[u8]) -> char {
    char::from(of[chance.below(of.len())])
}

/// The `n`th word that stands in one text only.
pub(in crate::bench) fn planted(n: usize) -> String {
    let letter = |n: usize| char::from(CONSONANTS[n % CONSONANTS.len()]);
    format!("q{}uq{}aq{}iq{}ok", letter(n / 2_197), letter(n / 169), letter(n / 13), letter(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_each_time_and_shaped_as_zipf_says() {
        let mut chance = Chance::new(7);
        let words = Words::new(&mut chance);
        assert_eq!(words.words[..3], Words::new(&mut Chance::new(7)).words[..3]);
        let used: Vec<&str> = (0..10_000).map(|_| words.any(&mut chance)).collect();
        let first = used.iter().filter(|word| **word == words.words[0]).count();
        let tenth = used.iter().filter(|word| **word == words.words[9]).count();
        assert!((1_000..1_500).contains(&first) && (70..150).contains(&tenth), "{first} and {tenth}");
        assert!((0..1_000).all(|_| words.is_content(words.content(&mut chance))));
    }

    #[test]
    fn planted_words_differ() {
        let all: HashSet<String> = (0..5_000).map(planted).collect();
        assert_eq!(all.len(), 5_000);
    }
}
