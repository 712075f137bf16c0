//! Putting a member into an object or an array, and taking one out, so that nothing else moves.
//! It must not know which members are ours.
//! Invariant: taking out the member that was put in last gives the text from before, byte for byte, unless the
//! container was empty.

use std::ops::Range;

use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::Token;

use super::document::{Container, Document, is_comment};
use super::style::{Layout, Style, line_indent, starts_its_line};

/// Replacements of parts of a text; none overlaps another.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    pub(super) fn replace(&mut self, range: Range<usize>, by: impl Into<String>) {
        self.0.push((range, by.into()));
    }
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// The text with all of them done.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut out, mut at) = (String::with_capacity(text.len() + 1024), 0);
        for (range, by) in self.0 {
            out.push_str(&text[at..range.start]);
            out.push_str(&by);
            at = range.end;
        }
        out.push_str(&text[at..]);
        out
    }
}

/// `document`'s text with a new last member in `container`; `write` is told how the member is to be laid out.
pub(super) fn append(
    document: &Document<'_>,
    container: &Container,
    style: &Style,
    write: impl FnOnce(&Layout) -> String,
) -> String {
    let text = document.text;
    let mut edits = Edits::default();
    match container.members.last() {
        Some(last) => {
            let tokens = document.between(last.end..container.close);
            let has_comma = tokens.iter().any(|token| token.token == Token::Comma);
            // Remarks behind the last member stay with it; ours goes below them.
            let at = tokens.last().map_or(last.end, |token| token.end());
            let (separator, layout) = beside(document, container, style);
            if !has_comma {
                edits.replace(last.end..last.end, ",");
            }
            let comma = if has_comma { "," } else { "" };
            edits.replace(at..at, format!("{separator}{}{comma}", write(&layout)));
        }
        None => {
            let is_line = container.open != document.root.start() && !document.root.range.text(text).contains('\n');
            let layout = if is_line {
                line_layout(document, container)
            } else {
                Layout::Lines { indent: style.deeper(line_indent(text, container.open)) }
            };
            let inner_end = document.end_before(container.close);
            let (before, after) = match &layout {
                Layout::Lines { indent } => (style.line(indent), style.line(line_indent(text, container.open))),
                Layout::Line { .. } => (String::new(), String::new()),
            };
            edits.replace(inner_end..container.close, format!("{before}{}{after}", write(&layout)));
        }
    }
    edits.apply(text)
}

/// `document`'s text without one member of `container`. `empty` is what stood in it when it was empty before: its
/// white space comes back, if its remarks are the same still.
pub(super) fn remove(document: &Document<'_>, container: &Container, index: usize, empty: &str) -> String {
    let text = document.text;
    let mut edits = Edits::default();
    let Some(member) = container.members.get(index).cloned() else { return text.to_owned() };
    if container.members.len() == 1 {
        let solid = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let rest = solid(&text[container.open + 1..member.start]) + &solid(&text[member.end..container.close]);
        if rest.trim_end_matches(',') == solid(empty).trim_end_matches(',') {
            edits.replace(container.open + 1..container.close, empty);
            return edits.apply(text);
        }
    }
    let next = container.members.get(index + 1).map_or(container.close, |next| next.start);
    let comma_after = comma(document, member.end..next);
    let previous = index.checked_sub(1).and_then(|at| container.members.get(at));
    let comma_before = previous.and_then(|previous| comma(document, previous.end..member.start));
    let first_goes_up = previous.is_none() && comma_after.is_some();
    // The white space before it goes with it, unless it ends a remark. Before a first member it stays, and that behind
    // it goes.
    let start = |end: usize| match document.end_before(member.start) {
        _ if first_goes_up => member.start,
        above if ends_in_line_comment(document, above) && !breaks_line(document, end) => member.start,
        above => above,
    };
    match comma_after {
        Some(at) if text[member.end..at].trim().is_empty() => {
            let end = if first_goes_up { document.start_after(at + 1).min(next) } else { at + 1 };
            edits.replace(start(end)..end, "");
        }
        after => {
            edits.replace(start(member.end)..member.end, "");
            if let Some(at) = after.or(comma_before) {
                edits.replace(at..at + 1, "");
            }
        }
    }
    edits.apply(text)
}

/// How a member is set beside the last one: the white space behind the comma, and its layout.
fn beside(document: &Document<'_>, container: &Container, style: &Style) -> (String, Layout) {
    let text = document.text;
    if !text[container.open..container.close].contains('\n') {
        return (style.gap().to_owned(), line_layout(document, container));
    }
    let ends = [container.members.last(), container.members.first()];
    let on_own_line = ends.into_iter().flatten().find(|member| starts_its_line(text, member.start));
    if let Some(member) = on_own_line {
        let indent = line_indent(text, member.start).to_owned();
        return (style.line(&indent), Layout::Lines { indent });
    }
    // `[{ … }]` over several lines: the brackets hug their members. A line comment must still end before ours.
    let indent = line_indent(text, container.open).to_owned();
    let is_remark = ends_in_line_comment(document, document.end_before(container.close));
    let separator = if is_remark { style.line(&indent) } else { " ".to_owned() };
    (separator, Layout::Lines { indent })
}

/// One line, with the spaces inside of brackets that `container` and its members have.
fn line_layout(document: &Document<'_>, container: &Container) -> Layout {
    let text = document.text;
    let pad = |at: usize| if text[at + 1..].starts_with(' ') { " " } else { "" };
    let own = if container.members.is_empty() { "" } else { pad(container.open) };
    let of_member = container.members.last().filter(|member| text[member.start..].starts_with('{'));
    if text[container.open..].starts_with('{') {
        Layout::Line { object_pad: own, array_pad: "" }
    } else {
        Layout::Line { object_pad: of_member.map_or("", |member| pad(member.start)), array_pad: own }
    }
}

/// Where the comma stands that separates two members.
fn comma(document: &Document<'_>, range: Range<usize>) -> Option<usize> {
    let outside = document.between(range).iter().filter(|token| !is_comment(&token.token));
    outside.filter(|token| token.token == Token::Comma).map(|token| token.start()).next()
}

/// Whether a token that ends at `at` is a remark to the end of its line.
fn ends_in_line_comment(document: &Document<'_>, at: usize) -> bool {
    let token = document.between(0..at).last();
    token.is_some_and(|token| token.end() == at && matches!(token.token, Token::CommentLine(_)))
}

/// Whether a line ends between `at` and the next token.
fn breaks_line(document: &Document<'_>, at: usize) -> bool {
    document.text[at..document.start_after(at).max(at)].contains('\n')
}
