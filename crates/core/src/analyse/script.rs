//! What characters are: which scripts have spaces, which marks carry meaning, what an apostrophe does.
//! It must not know terms, positions or stems: it answers questions about one character, or the one after it.
//! Invariant: every character has exactly one class, and the classes of a normalised text do not depend on how it was
//! composed before.

use unicode_normalization::char::{
    canonical_combining_class, decompose_canonical, decompose_compatible, is_combining_mark,
};
use unicode_normalization::{IsNormalized, is_nfkc_quick};

use super::identifier::Kind;

/// What a normalised character is to the analyser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Part of a word, in a script with spaces.
    Letter(Kind),
    /// Part of a run of a script without spaces.
    Dense(Run),
    /// Belongs to the character before it.
    Mark,
    /// A term of its own.
    Emoji,
    /// Neither seen nor a boundary: joiners, soft hyphens, selectors, directions.
    Ignored,
    /// Everything else ends a word.
    Separator,
}

/// The two families of scripts without spaces. A pair of characters is never made across them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// Han, Hiragana, Katakana, Bopomofo and Hangul.
    EastAsian,
    /// Thai, Lao, Khmer and Myanmar.
    SoutheastAsian,
}

/// The class of `c`, which is in NFKC. Block ranges are those of the Unicode Character Database (Blocks.txt).
pub(super) fn classify(c: char) -> Class {
    match u32::from(c) {
        0x5F => Class::Letter(Kind::Underscore),
        0..=0x7F if !c.is_ascii_alphanumeric() => Class::Separator,
        // The unified ideographs, kana and Hangul; then their rarer blocks. U+30FB, a middle dot, separates.
        0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0x3041..=0x3096 | 0x30A1..=0x30FA | 0x30FC..=0x30FF | 0xAC00..=0xD7A3 => {
            Class::Dense(Run::EastAsian)
        }
        // Fillers of Hangul and Khmer, joiners, directions, selectors, skin tones, tags; the Arabic stretching
        // stroke and the apostrophes and abbreviation signs that are letters in Cyrillic and Hebrew text.
        0xAD | 0x2BC | 0x34F | 0x5F3 | 0x5F4 | 0x61C | 0x640 | 0x115F | 0x1160 => Class::Ignored,
        0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200C..=0x200F | 0x202A..=0x202E => Class::Ignored,
        0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF => Class::Ignored,
        0x1F3FB..=0x1F3FF | 0xE0000..=0xE0FFF => Class::Ignored,
        0x1100..=0x11FF | 0x2E80..=0x2FD5 | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3031..=0x3035 | 0x3038..=0x303C => {
            Class::Dense(Run::EastAsian)
        }
        0x309D..=0x309F | 0x3105..=0x312F | 0x3131..=0x318E | 0x31A0..=0x31BF | 0x31F0..=0x31FF | 0xA960..=0xA97C => {
            Class::Dense(Run::EastAsian)
        }
        0xD7B0..=0xD7FB | 0xF900..=0xFAFF | 0x1AFF0..=0x1B167 | 0x20000..=0x3FFFD => Class::Dense(Run::EastAsian),
        // Pictures, without the brackets and digits among the dingbats: those are punctuation and numbers.
        0x231A | 0x231B | 0x23E9..=0x23FA | 0x2600..=0x2767 | 0x2794..=0x27BF | 0x2B1B | 0x2B1C | 0x2B50 | 0x2B55 => {
            Class::Emoji
        }
        0x1F000..=0x1FAFF => Class::Emoji,
        number if is_mark(c) => {
            // A circle or keycap around a character is decoration.
            if matches!(number, 0x20D0..=0x20FF) { Class::Ignored } else { Class::Mark }
        }
        0x0E01..=0x0EDF | 0x1000..=0x109F | 0x1780..=0x17DC | 0xA9E0..=0xA9FF | 0xAA60..=0xAA7F
            if c.is_alphabetic() =>
        {
            Class::Dense(Run::SoutheastAsian)
        }
        _ if c.is_uppercase() => Class::Letter(Kind::Upper),
        _ if c.is_lowercase() => Class::Letter(Kind::Lower),
        _ if c.is_numeric() => Class::Letter(Kind::Digit),
        _ if c.is_alphabetic() => Class::Letter(Kind::Other),
        _ => Class::Separator,
    }
}

/// Whether `c` is a combining mark.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && is_combining_mark(c)
}

/// Whether `c` may compose with what stands before it under NFKC, so that the two must be normalised together
/// (Unicode Standard Annex #15, "Detecting Normalization Forms").
pub(super) fn joins_previous(c: char) -> bool {
    match u32::from(c) {
        // Most texts end here: no letter of these blocks composes with a letter before it.
        0..0x300 | 0x370..0x483 | 0x48A..0x530 | 0x2010..=0x206F | 0x3000..=0x3029 | 0x3030..=0x3096 => false,
        0x3400..=0x9FFF | 0xAC00..=0xD7A3 => false,
        _ => {
            let mut first = None;
            decompose_compatible(c, |part| first = first.or(Some(part)));
            let first = first.unwrap_or(c);
            canonical_combining_class(first) != 0 || is_nfkc_quick([first].into_iter()) == IsNormalized::Maybe
        }
    }
}

/// Whether `c` on its own is in NFKC already.
pub(super) fn is_normal(c: char) -> bool {
    match u32::from(c) {
        0..0x80 | 0x400..0x483 | 0x3041..=0x3096 | 0x3400..=0x9FFF | 0xAC00..=0xD7A3 => true,
        _ => is_nfkc_quick([c].into_iter()) == IsNormalized::Yes,
    }
}

/// Appends `c`, which is in NFKC, in lower case, and says whether marks that follow it are to be dropped.
///
/// Latin and Greek letters lose their diacritics: people leave them out, and Greek capitals are written without. Other
/// scripts keep theirs, where a mark is a vowel or makes another letter (и and й, か and が); only the Cyrillic ё gives
/// way to the е that most Russian text has in its place.
pub(super) fn push_folded(c: char, out: &mut String) -> bool {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return true;
    }
    let mut plain = false;
    for lower in c.to_lowercase() {
        match u32::from(lower) {
            // The dot that the Turkish İ leaves behind in lower case.
            0x307 => {}
            0..=0x2AF | 0x370..=0x3FF | 0x1E00..=0x1FFF | 0x2C60..=0x2C7F | 0xA720..=0xA7FF | 0xAB30..=0xAB6F => {
                decompose_canonical(lower, |part| {
                    if !is_mark(part) {
                        push_base(part, out);
                    }
                });
                plain = true;
            }
            0x451 => out.push('е'),
            _ => out.push(lower),
        }
    }
    plain
}

/// Appends a Latin or Greek letter that has lost its marks, without the strokes that Unicode does not call marks.
fn push_base(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        'ø' => out.push('o'),
        'đ' | 'ð' => out.push('d'),
        'ł' => out.push('l'),
        'ħ' => out.push('h'),
        'ŧ' => out.push('t'),
        // Turkish writes both; in capitals, and in what people type, they meet.
        'ı' => out.push('i'),
        'ȷ' => out.push('j'),
        // The sigma at the end of a word.
        'ς' => out.push('σ'),
        _ => out.push(c),
    }
}

/// Whether `c`, before normalisation, can stand inside a word as an apostrophe.
pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2BC}')
}

/// Signs that NFKC would turn into letters stuck to the end of a name: "Intel™" is not "inteltm".
pub(super) fn is_trade_sign(c: char) -> bool {
    matches!(c, '\u{2120}' | '\u{2122}')
}

/// What an apostrophe behind a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// A possessive or an auxiliary ("user's", "we'll") that ends at this byte: it is dropped, the word stays.
    Suffix(usize),
    /// The "'t" of "don't", which ends at this byte: word and all, it is a stop word.
    Negation(usize),
    /// Another word follows at once, as in "l'homme": if what was before is a single letter, it was an article.
    Elision,
    /// No letter follows: a closing quote.
    Quote,
}

/// What the apostrophe before byte `at` of `text` means; `last` is the byte before it.
pub(super) fn joint(text: &str, at: usize, last: u8) -> Joint {
    let rest = &text[at..];
    let length = rest.bytes().take_while(u8::is_ascii_alphabetic).take(3).count();
    let (suffix, after) = rest.split_at(length);
    let open = after.chars().next().is_some_and(|c| matches!(classify(c), Class::Letter(_) | Class::Mark));
    if !open {
        if suffix.eq_ignore_ascii_case("t") && last.eq_ignore_ascii_case(&b'n') {
            return Joint::Negation(at + length);
        }
        if ["s", "re", "ve", "ll", "d", "m"].iter().any(|known| suffix.eq_ignore_ascii_case(known)) {
            return Joint::Suffix(at + length);
        }
    }
    if rest.chars().next().is_some_and(char::is_alphabetic) { Joint::Elision } else { Joint::Quote }
}
