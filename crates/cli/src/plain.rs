//! Text as it may be drawn: nothing in it speaks to the terminal, and every character takes the columns that it is
//! counted for.
//! It must not know memories or the screen.
//! Invariant: what comes out holds no control character but line feeds.

use std::ops::Range;

use ratatui_core::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// What a tab is shown as.
const TAB: &str = "    ";

/// `text` with control characters made visible, and without what makes terminals disagree about columns or turn lines
/// round: joiners, selectors of variants, tones of skin, directions.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' => out.push('\n'),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\t' => out.push_str(TAB),
            // Unicode has pictures of the first 32, in their order.
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            '\x7f' => out.push('\u{2421}'),
            '\u{80}'..='\u{9f}' => out.push('\u{fffd}'),
            c if is_unsteady(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// The same on one line.
pub(crate) fn plain_line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_unsteady(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1f3fb}'..='\u{1f3ff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Columns that `text`, one line, takes.
pub(crate) fn columns(text: &str) -> usize {
    text.graphemes(true).map(|g| usize::from(g.cell_width())).sum()
}

/// As much of `text`'s start as `width` columns hold.
pub(crate) fn head(text: &str, width: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += usize::from(grapheme.cell_width());
        if taken > width {
            return &text[..at];
        }
    }
    text
}

/// As much of `text`'s end.
pub(crate) fn tail(text: &str, width: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        taken += usize::from(grapheme.cell_width());
        if taken > width {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

/// `text` in at most `width` columns; where something is left out, the last of them says so.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let kept = head(text, width);
    if kept.len() == text.len() || width == 0 { kept.to_owned() } else { format!("{}…", head(text, width - 1)) }
}

/// Where `text` breaks into lines of at most `width` columns: at its own line feeds, at spaces, and inside what is longer.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<Range<usize>> {
    let (mut lines, mut from) = (Vec::new(), 0);
    for line in text.split('\n') {
        wrap_line(line, from, width.max(1), &mut lines);
        from += line.len() + 1;
    }
    lines
}

fn wrap_line(line: &str, offset: usize, width: usize, lines: &mut Vec<Range<usize>>) {
    let (mut start, mut space, mut taken) = (0, None, 0);
    for (at, grapheme) in line.grapheme_indices(true) {
        let wide = usize::from(grapheme.cell_width());
        if taken + wide > width && at > start {
            // A space that does not fit ends the line by itself; otherwise the last one does.
            let (end, next) = match space {
                _ if grapheme == " " => (at, at + 1),
                Some(space) => (space, space + 1),
                None => (at, at),
            };
            lines.push(offset + start..offset + end);
            (start, space) = (next, None);
            taken = line.get(next..at).map_or(0, columns);
            if next > at {
                continue;
            }
        }
        if grapheme == " " && at > start {
            space = Some(at);
        }
        taken += wide;
    }
    lines.push(offset + start.min(line.len())..offset + line.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_speaks_to_the_terminal() {
        for (text, shown) in [
            ("as it is\n水 é e\u{301}", "as it is\n水 é e\u{301}"),
            ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
            ("a\r\nb\rc\tq\0", "a\nb␍c    q␀"),
            ("\u{9b}2J \u{90}x\u{9c} \x7f\x08", "\u{fffd}2J \u{fffd}x\u{fffd} ␡␈"),
            ("ab\u{202e}cd\u{2066}\u{200b}\u{feff}", "abcd"),
            ("👩\u{200d}👩\u{200d}👧 👍🏽 ❤\u{fe0f}", "👩👩👧 👍 ❤"),
        ] {
            assert_eq!(plain(text), shown, "{text:?}");
            assert!(!plain(text).chars().any(|c| c.is_control() && c != '\n'));
        }
        assert_eq!(plain_line(" a\n\n b\tc "), "a b c");
    }

    #[test]
    fn lines_are_as_wide_as_they_may_be_and_lose_nothing_but_a_space() {
        let check = |text: &str, width: usize, expect: &[&str]| {
            let lines: Vec<&str> = wrap(text, width).into_iter().map(|line| &text[line]).collect();
            assert_eq!(lines, expect, "{text:?} in {width}");
            assert!(lines.iter().all(|line| columns(line) <= width.max(2)), "{lines:?}");
        };
        check("", 5, &[""]);
        check("one two three", 7, &["one two", "three"]);
        check("one two three", 8, &["one two", "three"]);
        check("one two three", 80, &["one two three"]);
        check("a\n\n  b", 10, &["a", "", "  b"]);
        check("abcdefghij", 4, &["abcd", "efgh", "ij"]);
        check("to abcdefghij", 4, &["to", "abcd", "efgh", "ij"]);
        check("水水水水", 5, &["水水", "水水"]);
        check("水", 1, &["水"]);
        check("x 👩👩 y", 4, &["x", "👩👩", "y"]);
        check("ends here ", 9, &["ends here", ""]);
    }

    #[test]
    fn cuts_say_so() {
        for (text, width, shown) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("水水水", 5, "水水…"),
            ("水水水", 4, "水…"),
            ("ab", 0, ""),
            ("", 3, ""),
        ] {
            assert_eq!(cut(text, width), shown);
            assert!(columns(&cut(text, width)) <= width);
        }
        for (text, width, end) in [("abc", 3, "abc"), ("abc", 2, "bc"), ("a水水", 3, "水"), ("ab", 0, ""), ("", 3, "")]
        {
            assert_eq!(tail(text, width), end);
        }
    }
}
