//! A Rust file taken apart: its code with strings and comments blanked out, and the strings by themselves.
//!
//! It knows Rust's tokens as far as that needs, and must not know its grammar or any rule. Invariant: `code` is as
//! long as `text`, so an offset in one is an offset in the other.

use std::ops::Range;

/// A string literal without its quotes, as written.
pub(crate) struct Literal {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// One file.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) code: String,
    pub(crate) literals: Vec<Literal>,
    /// Where code stands that only tests see; see `testcode`.
    pub(crate) tests: Vec<Range<usize>>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let (code, literals) = take_apart(text);
        Self { path: path.to_owned(), text: text.to_owned(), code, literals, tests: Vec::new() }
    }

    /// The line an offset stands in, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        line_of(&self.text, offset)
    }

    /// Whether only tests see that offset.
    pub(crate) fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// Where a word stands in the code, not inside a longer name.
    pub(crate) fn find<'s>(&'s self, word: &'s str) -> impl Iterator<Item = usize> + 's {
        find_word(&self.code, word)
    }
}

/// The line an offset stands in, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count() + 1
}

/// Where a word stands in a text; names that merely contain it do not count.
pub(crate) fn find_word<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let bytes = text.as_bytes();
    let ends_as_name = word.bytes().last().is_some_and(is_name);
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let longer_before = at > 0 && is_name(bytes[at - 1]);
        let longer_after = ends_as_name && bytes.get(at + word.len()).copied().is_some_and(is_name);
        !longer_before && !longer_after
    })
}

/// Whether a byte may stand in a name.
pub(crate) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn take_apart(text: &str) -> (String, Vec<Literal>) {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut literals = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = if rest.starts_with(b"//") {
            at + until(rest, |tail| tail[0] == b'\n')
        } else if rest.starts_with(b"/*") {
            at + comment_length(rest)
        } else if let Some((opening, length)) = string_at(bytes, at) {
            let inside = at + opening..at + length - closing(opening, rest);
            literals.push(Literal { line: line_of(text, at), text: text[inside].to_owned() });
            at + length
        } else if let Some(length) = char_at(text, at) {
            at + length
        } else {
            at += 1;
            continue;
        };
        for byte in &mut code[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Whole tokens were blanked, so no character was cut in two.
    (String::from_utf8(code).expect("blanking keeps UTF-8"), literals)
}

/// The length of the opening and of the whole literal, if one begins here; an unclosed one ends with the file.
fn string_at(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = &bytes[at..];
    if rest[0] == b'"' {
        let mut end = 1;
        while end < rest.len() && rest[end] != b'"' {
            end += if rest[end] == b'\\' { 2 } else { 1 };
        }
        return Some((1, (end + 1).min(rest.len())));
    }
    let prefixed = at > 0 && matches!(bytes[at - 1], b'b' | b'c') && !(at > 1 && is_name(bytes[at - 2]));
    if rest[0] != b'r' || (at > 0 && is_name(bytes[at - 1]) && !prefixed) {
        return None;
    }
    let hashes = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let opening = 2 + hashes;
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let inside = until(&rest[opening..], |tail| tail.starts_with(&close));
    Some((opening, (opening + inside + close.len()).min(rest.len())))
}

/// The length of the closing quote: that of the opening without its `r`.
fn closing(opening: usize, literal: &[u8]) -> usize {
    if literal[0] == b'r' { opening - 1 } else { 1 }
}

fn comment_length(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a character literal, since `'"'` opens no string; a lifetime is none.
fn char_at(text: &str, at: usize) -> Option<usize> {
    let rest = text[at..].strip_prefix('\'')?;
    let first = rest.chars().next()?;
    let inside =
        if first == '\\' { 2 + rest.bytes().skip(2).position(|byte| byte == b'\'')? } else { first.len_utf8() };
    rest.get(inside..)?.starts_with('\'').then_some(inside + 2)
}

fn until(bytes: &[u8], found: impl Fn(&[u8]) -> bool) -> usize {
    (0..bytes.len()).find(|&at| found(&bytes[at..])).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests;
