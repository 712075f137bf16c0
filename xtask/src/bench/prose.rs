//! Texts that read as what agents and people write: the bundled samples' words, a topic at a time, with made-up names.
//!
//! It must not know who embeds or indexes them. Invariant: one seed, the same texts; no text is a sample's own sentence.
//! A text keeps to a place in the samples, as a conversation keeps to its topic, so that vectors of texts lie in
//! clusters as those of real ones do, and no two texts are equal.

use std::path::Path;

use serde_json::Value;

use super::chance::Chance;
use super::words::Words;
use crate::shell;

/// Of a hundred words so many are of the text's own place in the samples; the others are from anywhere.
const OF_TOPIC: usize = 70;
/// … and so many are names that no dictionary has.
const NAMES: usize = 6;
/// A topic is so many words of a sample.
const TOPIC: usize = 120;

pub(super) struct Prose {
    words: Vec<String>,
    names: Words,
    pub(super) chance: Chance,
}

impl Prose {
    pub(super) fn new(seed: u64) -> Result<Self, String> {
        let folder = shell::root()?.join("crates/cli/samples/projects");
        let mut words = Vec::new();
        let mut open = vec![folder];
        while let Some(path) = open.pop() {
            let mut inside: Vec<_> =
                std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            inside.sort();
            for file in inside.iter().filter(|file| file.extension().is_some_and(|x| x == "jsonl")) {
                said(file, &mut words)?;
            }
            open.extend(inside.into_iter().filter(|path| path.is_dir()));
        }
        if words.len() < 10 * TOPIC {
            return Err("the bundled samples hold too little text".to_owned());
        }
        let mut chance = Chance::new(seed);
        Ok(Self { words, names: Words::new(&mut chance), chance })
    }

    /// A text of so many words, in sentences, about one thing.
    pub(super) fn text(&mut self, length: usize) -> String {
        let topic = self.topic();
        self.about(topic, length)
    }

    /// Something to talk about.
    pub(super) fn topic(&mut self) -> usize {
        self.chance.below(self.words.len() - TOPIC)
    }

    /// A text of so many words about a topic.
    pub(super) fn about(&mut self, topic: usize, length: usize) -> String {
        let mut text = String::with_capacity(length * 7);
        let mut left_in_sentence = 0;
        for n in 0..length {
            let place = match self.chance.below(100) {
                roll if roll < NAMES => None,
                roll if roll < NAMES + OF_TOPIC => Some(topic + self.chance.below(TOPIC)),
                _ => Some(self.chance.below(self.words.len())),
            };
            let word = place.map_or_else(|| self.names.content(&mut self.chance), |place| &self.words[place]);
            if n > 0 {
                text.push_str(if left_in_sentence == 0 { ". " } else { " " });
            }
            if left_in_sentence == 0 {
                left_in_sentence = 6 + self.chance.below(12);
            }
            left_in_sentence -= 1;
            text.push_str(word);
        }
        text.push('.');
        text
    }

    /// One word that no dictionary has.
    pub(super) fn name(&mut self) -> &str {
        self.names.content(&mut self.chance)
    }
}

/// The words that people and agents said in a transcript, without those that hold more than letters: what is left of
/// `tide_feed` and `retryCount` is for the two tokenizers to read alike.
fn said(file: &Path, words: &mut Vec<String>) -> shell::Outcome {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let records = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    for record in records {
        let content = &record["message"]["content"];
        let blocks = content.as_array().into_iter().flatten();
        let texts = blocks.flat_map(|block| [block["text"].as_str(), block["thinking"].as_str()]);
        for text in texts.chain([content.as_str()]).flatten() {
            let all = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
            let plain = all.filter(|word| !word.is_empty() && word.bytes().skip(1).all(|b| b.is_ascii_lowercase()));
            words.extend(plain.map(str::to_owned));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_each_time_and_keeps_to_its_topic() {
        let (mut one, mut other) = (Prose::new(7).expect("samples"), Prose::new(7).expect("samples"));
        let texts: Vec<String> = (0..20).map(|_| one.text(40)).collect();
        assert!(texts.iter().all(|text| *text == other.text(40) && text.split(' ').count() == 40));
        let common = |a: &str, b: &str| a.split(' ').filter(|word| word.len() > 5 && b.contains(word)).count();
        let (mut same, mut different) = (0, 0);
        for _ in 0..20 {
            let topic = one.topic();
            let (a, b, c) = (one.about(topic, 100), one.about(topic, 100), one.text(100));
            (same, different) = (same + common(&a, &b), different + common(&a, &c));
        }
        assert!(same > 2 * different, "{same} and {different}");
    }
}
