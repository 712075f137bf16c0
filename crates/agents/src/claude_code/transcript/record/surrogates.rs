//! Halves of characters, as JavaScript writes them when a string was cut in the middle of one.
//! It must not know records.
//! Invariant: everything but lone halves stays as it is, byte for byte.

use std::borrow::Cow;

/// Replaces lone surrogate escapes (`\ud83d` without its other half) by U+FFFD: JSON readers in Rust refuse them.
pub(super) fn mended(line: &str) -> Cow<'_, str> {
    // A line without any such escape, as nearly all are, is only looked through.
    let mut escapes = memchr::memmem::find_iter(line.as_bytes(), b"\\u");
    if !escapes.any(|at| matches!(line.as_bytes().get(at + 2), Some(b'd' | b'D'))) {
        return Cow::Borrowed(line);
    }
    let bytes = line.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let escape = bytes.get(at..at + 6)?;
        (escape.starts_with(b"\\u"))
            .then(|| line.get(at + 2..at + 6))
            .flatten()
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
    };
    let mut out = String::with_capacity(line.len());
    let mut whole = 0;
    let mut at = 0;
    while at < bytes.len() {
        let (step, lone) = match (bytes[at], unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => (12, false),
            (b'\\', Some(0xd800..=0xdfff)) => (6, true),
            (b'\\', _) => (2, false),
            _ => (1, false),
        };
        if lone {
            out.push_str(&line[whole..at]);
            out.push_str("\\ufffd");
            whole = at + step;
        }
        at += step;
    }
    if whole == 0 {
        return Cow::Borrowed(line);
    }
    out.push_str(&line[whole..]);
    Cow::Owned(out)
}
