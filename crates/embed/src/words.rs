//! Cuts a text into words the way uncased BERT models were trained: lower case, no accents, punctuation apart.
//! It must not know the vocabulary.
//! Invariant: gives what the published BERT tokenizer gives ("basic tokenizer": Devlin et al., 2018), which the
//! golden file in `tests` holds.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Calls `sink` for every word of `text`, with the places where it changed from lower to upper case.
///
/// The second argument lists byte offsets in the word (`getUserById` gives 3, 7, 9): the caller may cut there.
pub(crate) fn each(text: &str, mut sink: impl FnMut(&str, &[usize])) {
    let mut word = Word::default();
    if text.is_ascii() {
        let mut rest = text;
        while let Some(&first) = rest.as_bytes().first() {
            let plain = if word.letters.is_empty() { plain_word(rest) } else { 0 };
            if plain > 0 {
                sink(&rest[..plain], &[]);
                rest = &rest[plain..];
            } else {
                ascii(first, &mut word, &mut sink);
                rest = &rest[1..];
            }
        }
    } else {
        for c in text.chars() {
            if c.is_ascii() {
                ascii(c as u8, &mut word, &mut sink);
            } else {
                beyond(c, &mut word, &mut sink);
            }
        }
    }
    word.flush(&mut sink);
}

#[derive(Default)]
struct Word {
    letters: String,
    humps: Vec<usize>,
    /// Cases of the last two characters, newest first.
    upper: [bool; 2],
    lower: bool,
}

impl Word {
    fn push(&mut self, c: char) {
        self.letters.push(c);
        (self.upper, self.lower) = ([false, false], false);
    }

    fn push_ascii(&mut self, byte: u8) {
        let (upper, lower) = (byte.is_ascii_uppercase(), byte.is_ascii_lowercase());
        if upper && self.lower {
            self.humps.push(self.letters.len());
        } else if lower && self.upper[0] && self.upper[1] {
            // "HTTPServer": the last capital begins the next word.
            self.humps.push(self.letters.len() - 1);
        }
        self.letters.push(byte.to_ascii_lowercase() as char);
        self.upper = [upper, self.upper[0]];
        self.lower = lower;
    }

    fn flush(&mut self, sink: &mut impl FnMut(&str, &[usize])) {
        if !self.letters.is_empty() {
            sink(&self.letters, &self.humps);
        }
        self.letters.clear();
        self.humps.clear();
        (self.upper, self.lower) = ([false, false], false);
    }
}

/// The length of the word that ASCII `text` begins with, if it is one as it stands: without capitals, and with an end.
fn plain_word(text: &str) -> usize {
    let bytes = text.as_bytes();
    let plain = bytes.iter().take_while(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9')).count();
    // A capital goes on with the word, and so does what follows a control character.
    let goes_on = |next: &u8| matches!(next, b'A'..=b'Z' | 0x7f | 0..=0x1f) && !matches!(next, b'\t' | b'\n' | b'\r');
    if bytes.get(plain).is_some_and(goes_on) { 0 } else { plain }
}

fn ascii(byte: u8, word: &mut Word, sink: &mut impl FnMut(&str, &[usize])) {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => word.push_ascii(byte),
        b' ' | b'\t' | b'\n' | b'\r' => word.flush(sink),
        // Other control characters are dropped, not taken for spaces.
        0..=0x1f | 0x7f => {}
        _ => {
            word.flush(sink);
            let single = [byte];
            sink(std::str::from_utf8(&single).unwrap_or(" "), &[]);
        }
    }
}

fn beyond(c: char, word: &mut Word, sink: &mut impl FnMut(&str, &[usize])) {
    if c == '\u{fffd}' || is_control(c) {
        return;
    }
    if c.is_whitespace() {
        word.flush(sink);
        return;
    }
    if is_han(c) {
        word.flush(sink);
        sink(c.encode_utf8(&mut [0; 4]), &[]);
        return;
    }
    for part in c.nfd().filter(|part| part.general_category() != GeneralCategory::NonspacingMark) {
        if part.general_category_group() == GeneralCategoryGroup::Punctuation || part.is_ascii_punctuation() {
            word.flush(sink);
            sink(part.encode_utf8(&mut [0; 4]), &[]);
        } else {
            part.to_lowercase().for_each(|lower| word.push(lower));
        }
    }
}

fn is_control(c: char) -> bool {
    !is_combining_mark(c)
        && matches!(
            c.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::PrivateUse
                | GeneralCategory::Surrogate
                | GeneralCategory::Unassigned
        )
}

/// The blocks of Chinese characters that BERT sets apart; kana and hangul stay in words.
fn is_han(c: char) -> bool {
    matches!(u32::from(c),
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x20000..=0x2a6df | 0x2a700..=0x2b73f | 0x2b740..=0x2b81f
        | 0x2b920..=0x2ceaf | 0xf900..=0xfaff | 0x2f800..=0x2fa1f)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[&str]) {
        let mut words = Vec::new();
        each(text, |word, _| words.push(word.to_owned()));
        assert_eq!(words, expect, "{text:?}");
    }

    #[test]
    fn words_as_bert_cuts_them() {
        for (text, expect) in [
            ("", &[][..]),
            ("The Writer's lock.", &["the", "writer", "'", "s", "lock", "."]),
            ("snake_case-9", &["snake", "_", "case", "-", "9"]),
            ("Crème Brûlée", &["creme", "brulee"]),
            ("a\u{0}b\tc\u{200b}d", &["ab", "cd"]),
            ("ab\u{0}c d\u{7f}E\r\nfG9 h\u{1}", &["abc", "de", "fg9", "h"]),
            ("東京 は雨", &["東", "京", "は", "雨"]),
            ("“quoted”—so", &["“", "quoted", "”", "—", "so"]),
            ("İstanbul ÅNGSTRÖM", &["istanbul", "angstrom"]),
        ] {
            check(text, expect);
        }
    }

    #[test]
    fn humps_are_told() {
        let of = |text: &str| {
            let mut humps = Vec::new();
            each(text, |_, at| humps.extend_from_slice(at));
            humps
        };
        assert_eq!(of("getUserById"), [3, 7, 9]);
        assert_eq!(of("HTTPServer"), [4]);
        assert!(of("lower UPPER Title x2Y").is_empty());
    }
}
