//! Blocks of private keys between their markers, whole or cut, as files, strings, settings, listings and diffs hold them.
//! Knows no other kind of secret.
//! Invariant: linear in the text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::judge::constant;

/// Longer blocks than this are not keys, but two unrelated markers in one text.
const MAX_PEM: usize = 64 * 1024;

/// The base64 body of a key block, anchored at its beginning: lines of base64 after the headers, each
/// after white space, escaped line ends, quotes, or the margins of diffs and numbered listings.
static BODY: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r#"\A(?:(?:[\s>|#*"'+,;→-]|\\+[nr]|[0-9]{1,6}[→\t|:])+"#,
        r"(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash): [^\n\\]{1,120}|[A-Za-z0-9+/]{16,}={0,2}))+",
        r"(?:(?:\s|\\+[nr])+[A-Za-z0-9+/]{1,15}(?:={1,2}|\z))?"
    ))
});

/// What tells a key block from prose that only names its markers.
static RUN: LazyLock<Regex> = LazyLock::new(|| constant("[A-Za-z0-9+/=]{32}"));

/// Private key blocks; one whose end is missing reaches to the end of its base64 body.
pub(super) fn blocks(text: &str, markers: &Regex) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut markers = markers.find_iter(text).peekable();
    while let Some(begin) = markers.next() {
        if !begin.as_str().contains("BEGIN") {
            continue;
        }
        let end = markers.next_if(|next| next.as_str().contains("END") && next.end() - begin.start() <= MAX_PEM);
        let from = begin.end();
        let until = match end {
            Some(end) => RUN.find(&text[from..end.start()]).map(|_| end.end()),
            None => BODY.find(&text[from..]).map(|body| from + body.end()),
        };
        blocks.extend(until.map(|end| begin.start()..end));
    }
    blocks
}
