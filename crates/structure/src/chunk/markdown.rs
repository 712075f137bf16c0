//! Cuts of Markdown: before headings, between blocks, between items of a list; inside a fence only one too large.
//! It must not know who wrote the text, nor any markup that has no part in where to cut.
//! Invariant: no cut lies inside a fenced block that fits into a chunk.

use super::{Cut, code, diff, lines, pack};
use crate::language::Language;
use crate::limits::MAX_TOKENS;
use crate::plain::{indentation, lines_at};

/// Ranks below those of the six levels of headings.
const BLOCK: u16 = 6;
/// Between a heading and what it heads; around a fence that no blank line sets apart.
const CLOSE: u16 = 7;
const ITEM: u16 = 8;
const NESTED: u16 = 9;
/// The first rank inside a fence.
const INSIDE: u16 = 10;

/// A fenced block that is open: where its text begins, what its language is called, what closes it.
struct Fence<'t> {
    start: usize,
    body: usize,
    tag: &'t str,
    mark: &'t str,
}

/// What stood on the line before.
#[derive(PartialEq)]
enum Before {
    Blank,
    Heading,
    Text,
}

/// Where `text` may be cut.
pub(super) fn cuts(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut open: Option<Fence<'_>> = None;
    let mut before = Before::Blank;
    // Blank lines under a heading do not part it from its text.
    let mut under_heading = false;
    for (at, line) in lines_at(text) {
        if let Some(fence) = &open {
            if closes(line, fence.mark) {
                let end = at + line.len();
                cuts.extend(inside(text, fence, at, end));
                cuts.push(Cut { at: next_line(text, end), rank: CLOSE });
                open = None;
                before = Before::Text;
            }
            continue;
        }
        let rank = match rank(line, &before, under_heading) {
            Some(rank) => rank,
            None => {
                before = if line.trim().is_empty() { Before::Blank } else { Before::Text };
                under_heading &= before == Before::Blank;
                continue;
            }
        };
        cuts.push(Cut { at, rank });
        under_heading = rank < BLOCK;
        before = if under_heading { Before::Heading } else { Before::Text };
        open = opening(line).map(|(mark, tag)| Fence { start: at, body: next_line(text, at + line.len()), tag, mark });
    }
    // A fence that is never closed runs to the end.
    cuts.extend(open.into_iter().flat_map(|fence| inside(text, &fence, text.len(), text.len())));
    cuts
}

/// The rank of a cut before `line`, if there may be one.
fn rank(line: &str, before: &Before, under_heading: bool) -> Option<u16> {
    let words = line.trim_start();
    if words.is_empty() {
        return None;
    }
    if let Some(level) = heading(line) {
        return Some(level - 1);
    }
    if under_heading {
        return Some(CLOSE);
    }
    let indented = indentation(line) > 0;
    match before {
        Before::Blank if indented => Some(ITEM),
        Before::Blank => Some(BLOCK),
        _ if opening(line).is_some() => Some(CLOSE),
        _ if is_item(words) => Some(if indented { NESTED } else { ITEM }),
        _ => None,
    }
}

fn heading(line: &str) -> Option<u16> {
    let level = line.bytes().take_while(|&byte| byte == b'#').count();
    let titled = line[level..].starts_with([' ', '\t']);
    u16::try_from(level).ok().filter(|level| titled && (1..=6).contains(level))
}

fn is_item(words: &str) -> bool {
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    let after = &words[digits..];
    let numbered = (1..=4).contains(&digits) && (after.starts_with(". ") || after.starts_with(") "));
    numbered || words.starts_with("- ") || words.starts_with("* ") || words.starts_with("+ ")
}

/// The fence that opens on a line, and what follows it.
fn opening(line: &str) -> Option<(&str, &str)> {
    let words = line.trim_start();
    let first = words.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = words.len() - words.trim_start_matches(first).len();
    let (mark, tag) = words.split_at(length);
    // Three backticks and a fourth on one line are code in a sentence.
    (length >= 3 && !(first == '`' && tag.contains('`'))).then_some((mark, tag))
}

fn closes(line: &str, mark: &str) -> bool {
    let words = line.trim();
    words.starts_with(mark) && words.trim_start_matches(&mark[..1]).is_empty()
}

fn next_line(text: &str, end_of_line: usize) -> usize {
    text[end_of_line..].find('\n').map_or(text.len(), |at| end_of_line + at + 1)
}

/// The cuts inside a fence whose text ends at `body_end` and whose closing line ends at `end`.
fn inside(text: &str, fence: &Fence<'_>, body_end: usize, end: usize) -> Vec<Cut> {
    if fence.body >= body_end || pack::fits(&text[fence.start..end], MAX_TOKENS) {
        return Vec::new();
    }
    let body = &text[fence.body..body_end];
    let mut cuts = match fence.tag.trim() {
        "diff" | "patch" => diff::cuts(body),
        "text" | "console" | "log" | "output" => lines::by_paragraph(body),
        tag => code::cuts(body, Language::of_tag(tag)),
    };
    // The line that names the language goes with the first lines of code.
    cuts.retain(|cut| cut.at > 0);
    cuts.iter_mut().for_each(|cut| *cut = Cut { at: cut.at + fence.body, rank: cut.rank.saturating_add(INSIDE) });
    cuts
}
