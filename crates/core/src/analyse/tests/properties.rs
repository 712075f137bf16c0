//! What holds for the terms of any text, tried on pseudo-random texts from a fixed seed.
//! It must not know what the terms of a particular text are.
//! Invariant: a failure names the text that caused it, and the same texts are tried every time.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

use super::super::emit::{Emitter, MAX_TERM};
use super::super::{Analyser, class, unicode};
use super::{query_terms, terms};

/// Marsaglia's xorshift (Journal of Statistical Software 8, 2003): enough to mix characters.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn text(&mut self, pick: impl Fn(&mut Self) -> char) -> String {
        let length = self.below(40);
        (0..length).map(|_| pick(self)).collect()
    }
}

/// Characters that meet in real texts and those that make trouble together.
const MIXED: &str = "aaeénstTSRI09__''’ʼ-./ \n\u{301}\u{307}\u{345}\u{20E3}\u{FE0F}\u{200D}\u{200B}\u{AD}ßİıΣςάЁйи\u{306}\
    كـِשָ״हि\u{94D}दทีำ่中文字々がか\u{3099}ｶﾞーア・한\u{1112}\u{1161}\u{11AB}ｈａ２＿＇™½①㍿㎒ﬁŉﷺ🚀🏽🇫—“。𠮷\u{E0100}Ǆ";

fn mixed(random: &mut Random) -> char {
    let count = MIXED.chars().count();
    MIXED.chars().nth(random.below(count)).unwrap_or_default()
}

fn any(random: &mut Random) -> char {
    let bound = [0x80, 0x800, 0x3100, 0x11_0000][random.below(4)];
    char::from_u32(random.below(bound) as u32).unwrap_or('\u{FFFD}')
}

fn ascii(random: &mut Random) -> char {
    char::from(b"aestmdBUR19__''' .-"[random.below(19)])
}

fn hold_invariants(analyser: &mut Analyser, text: &str) {
    let (mut start, mut position, mut first) = (0, 0, true);
    analyser.terms(text, |term| {
        assert!(!term.text.is_empty() && term.text.len() <= MAX_TERM, "{text:?} {term:?}");
        assert!(term.start < term.end && term.start >= start, "{text:?} {term:?}");
        assert!(text.get(term.start..term.end).is_some(), "{text:?} {term:?}");
        let step = term.position - position;
        assert!(if first { step == 0 } else { step <= 1 }, "{text:?} {term:?}");
        (start, position, first) = (term.start, term.position, false);
    });
}

#[test]
fn ranges_and_positions_hold_for_any_text() {
    let mut random = Random(0x5EED);
    let mut analyser = Analyser::new();
    for _ in 0..10_000 {
        hold_invariants(&mut analyser, &random.text(mixed));
        hold_invariants(&mut analyser, &random.text(any));
        hold_invariants(&mut analyser, &random.text(ascii));
    }
    let every: String = ('\0'..=char::MAX).collect();
    hold_invariants(&mut analyser, &every);
    for c in ('\0'..=char::MAX).step_by(7) {
        hold_invariants(&mut analyser, &format!("a{c}あ{c}b"));
    }
}

#[test]
fn what_was_read_before_does_not_matter() {
    let mut random = Random(7);
    let mut analyser = Analyser::new();
    for _ in 0..5_000 {
        let text = random.text(mixed);
        let mut warm = Vec::new();
        analyser.terms(&text, |term| warm.push(term.text.to_owned()));
        assert_eq!(warm, terms(&text), "{text:?}");
    }
}

#[test]
fn many_words_do_not_confuse_the_cache() {
    let mut analyser = Analyser::new();
    let stemmer = Stemmer::create(Algorithm::English);
    for number in 0..100_000_u32 {
        // Each word comes twice, some thousand words apart, in more words than the cache has slots or letters for.
        let number = number / 2000 * 1000 + number % 1000;
        let word: String = (0..6).map(|digit| char::from(b'b' + (number >> (3 * digit) & 7) as u8)).collect();
        let text = format!("{word}ing");
        analyser.terms(&text, |term| assert_eq!(term.text, stemmer.stem(&text)));
    }
}

#[test]
fn composition_and_width_do_not_matter() {
    let mut random = Random(11);
    for _ in 0..20_000 {
        let text = if random.below(2) == 0 { random.text(mixed) } else { random.text(any) };
        let composed: String = text.nfc().collect();
        let decomposed: String = text.nfd().collect();
        assert_eq!(terms(&composed), terms(&decomposed), "{text:?}");
        let narrow: String = random.text(ascii).replace('\'', " ");
        let wide: String = narrow.chars().map(|c| if c == ' ' { c } else { widen(c) }).collect();
        assert_eq!(terms(&narrow), terms(&wide), "{narrow:?}");
    }
}

fn widen(c: char) -> char {
    char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c)
}

#[test]
fn both_paths_agree_on_ascii() {
    let mut random = Random(13);
    for _ in 0..10_000 {
        let text = random.text(ascii);
        let mut slow = Vec::new();
        let mut analyser = Analyser::new();
        let sink =
            |term: super::super::Term<'_>| slow.push((term.text.to_owned(), term.start, term.end, term.position));
        let mut out = Emitter::new(&mut analyser.stems, sink);
        let mut at = 0;
        while at < text.len() {
            at = if class(text.as_bytes()[at]) == 0 {
                at + 1
            } else {
                unicode::read(&text, at, &mut analyser.word, &mut analyser.clusters, &mut out)
            };
        }
        let mut fast = Vec::new();
        Analyser::new().terms(&text, |term| fast.push((term.text.to_owned(), term.start, term.end, term.position)));
        assert_eq!(fast, slow, "{text:?}");
    }
}

#[test]
fn identifiers_share_a_position() {
    let mut found = Vec::new();
    Analyser::new()
        .terms("the getUser of x", |term| found.push((term.text.to_owned(), term.start, term.end, term.position)));
    let expected = [("getus", 4, 11, 0), ("get", 4, 7, 0), ("user", 7, 11, 0), ("x", 15, 16, 1)];
    assert_eq!(found, expected.map(|(text, start, end, position)| (text.to_owned(), start, end, position)));
}

/// Every run of two characters or more of `text` must find it.
#[track_caller]
fn found_by_every_run(text: &str) {
    let indexed = terms(text);
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for (index, from) in starts.iter().enumerate() {
        for to in starts.iter().skip(index + 2) {
            let query = query_terms(&text[*from..*to]);
            assert!(!query.is_empty() && query.iter().all(|term| indexed.contains(term)), "{:?}", &text[*from..*to]);
        }
    }
}

#[test]
fn a_run_of_characters_finds_its_text() {
    found_by_every_run("数据库连接池已经耗尽");
    found_by_every_run("データベースの接続がタイムアウトした");
    found_by_every_run("데이터베이스연결시간초과");
    found_by_every_run("ภาษาไทย");
    found_by_every_run("𠮷野家𡈽𠀋");
}

#[test]
fn a_word_of_a_text_finds_it() {
    let text = "The writer’s café-lock in getUserById (src/store/writer.rs) fails with E0277: ошибка, 数据库, naïve.";
    let indexed = terms(text);
    for query in ["CAFE", "locks", "get user by id", "getuserbyid", "store writer", "e0277", "Ошибка", "数据", "naive"]
    {
        assert!(query_terms(query).iter().all(|term| indexed.contains(term)), "{query:?}");
    }
}
