//! Text as a terminal would have left it: without escapes, and with what a carriage return overwrote gone.
//! It must not know classes.
//! Invariant: a text without escapes and carriage returns comes back borrowed, byte for byte.

use std::borrow::Cow;

/// `text` without terminal escapes (CSI, OSC, and the two-character ones) and without backspaces and bells.
pub(crate) fn without_ansi(text: &str) -> Cow<'_, str> {
    let control = |text: &str| memchr::memchr3(b'\x1b', b'\x07', b'\x08', text.as_bytes());
    let Some(first) = control(text) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(c) = rest.chars().next() {
        rest = if c == '\x1b' { after_escape(&rest[1..]) } else { &rest[1..] };
        let next = control(rest).unwrap_or(rest.len());
        out.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    Cow::Owned(out)
}

/// What follows an escape whose first byte is already gone. One that is cut short ends with its line.
fn after_escape(rest: &str) -> &str {
    let Some(first) = rest.chars().next() else { return rest };
    match first {
        '[' => {
            let inside = &rest[1..];
            let end = inside.find(|c: char| !matches!(c, '\x20'..='\x3f')).unwrap_or(inside.len());
            let last = inside[end..].chars().next().filter(|c| matches!(c, '\x40'..='\x7e'));
            &inside[end + last.map_or(0, char::len_utf8)..]
        }
        ']' | 'P' | '_' | '^' | 'X' => {
            let end = rest.find(['\x07', '\x1b', '\n']).unwrap_or(rest.len());
            let after = &rest[end..];
            after.strip_prefix("\x1b\\").or_else(|| after.strip_prefix('\x07')).unwrap_or(after)
        }
        '(' | ')' | '#' | '%' => {
            let mut rest = rest.chars();
            rest.nth(1);
            rest.as_str()
        }
        '\x20'..='\x7e' => &rest[1..],
        _ => rest,
    }
}

/// What is left to read of a line in which a program moved back to its beginning.
pub(crate) fn overwritten(line: &str) -> &str {
    let line = line.strip_suffix('\r').unwrap_or(line);
    match memchr::memchr(b'\r', line.as_bytes()) {
        None => line,
        Some(_) => line.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or(""),
    }
}

/// `text` up to `bytes`, not cut inside a character.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The last `bytes` of `text`, not cut inside a character.
pub(crate) fn tail(text: &str, bytes: usize) -> &str {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// The lines of `text`, as a terminal would have left them: what tools print is all looked through, so they are found by
/// vectors, which the standard library does not.
pub(crate) fn shown_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]);
    ends.map(move |end| overwritten(&text[std::mem::replace(&mut from, end + 1)..end]))
}

/// The lines of `text` with where they begin; their line breaks are left out.
pub(crate) fn lines_at(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = next;
        next += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// A line's indentation in columns; a tab goes to the next multiple of four.
pub(crate) fn indentation(line: &str) -> usize {
    let blanks = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t'));
    blanks.fold(0, |column, byte| if byte == b'\t' { column / 4 * 4 + 4 } else { column + 1 })
}

/// The length of the line number that a reading tool sets before a line: `     1→`, `   12<tab>`.
pub(crate) fn line_number(line: &str) -> Option<usize> {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    let digits = line[blanks..].bytes().take_while(u8::is_ascii_digit).count();
    let mark = line[blanks + digits..].chars().next().filter(|c| matches!(c, '→' | '\t'))?;
    (digits > 0).then(|| blanks + digits + mark.len_utf8())
}

/// Whether a tool numbered the lines: the first few that are not empty are a sample.
pub(crate) fn is_numbered(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.is_empty()).take(8);
    lines.next().is_some_and(|line| line_number(line).is_some()) && lines.all(|line| line_number(line).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_go_and_words_stay() {
        for (raw, plain) in [
            ("plain", "plain"),
            ("\x1b[1;31merror\x1b[0m: no", "error: no"),
            ("\x1b]8;;http://x\x07link\x1b]8;;\x1b\\", "link"),
            ("\x1b]0;title\nnext", "\nnext"),
            ("a\x1b(Bb\x1b7c\x1b", "abc"),
            ("\x1b[", ""),
            ("\x1b[38;5;2m水\x1b[K", "水"),
            ("\x1b[12水", "水"),
            ("\x1b水", "水"),
            ("\x1b(水 stays", " stays"),
            ("ab\x08\x07c", "abc"),
        ] {
            assert_eq!(without_ansi(raw), plain, "{raw:?}");
        }
        assert!(matches!(without_ansi("as it was"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_carriage_return_overwrites() {
        for (line, left) in [("a", "a"), ("a\r", "a"), ("10%\r20%\r100%", "100%"), ("done\r   ", "done"), ("\r\r", "")]
        {
            assert_eq!(overwritten(line), left, "{line:?}");
        }
    }

    #[test]
    fn lines_are_shown_as_they_end() {
        for text in ["", "a", "a\nb", "a\r\n\nb\n", "\n", "1%\r2%\n水"] {
            let mut shown: Vec<&str> = shown_lines(text).collect();
            // One more than there are where the last line has an end, and nothing stands in it.
            shown.truncate(text.lines().count());
            assert_eq!(shown, text.lines().map(overwritten).collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn line_numbers_are_told_from_numbers() {
        for (line, length) in [("     1→use x", Some(9)), ("12\tx", Some(3)), ("12 x", None), ("→", None), ("", None)]
        {
            assert_eq!(line_number(line), length, "{line:?}");
        }
    }
}
