//! Cuts of code by its syntax: between top-level items, then between the members and statements of one too large.
//! It must not know what the code does, nor any language but by the names its grammar gives to nodes.
//! Invariant: no input hangs it: size, depth and the parser's steps are bounded, and beyond them indentation decides.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::ControlFlow;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree, TreeCursor};

use super::{Cut, lines, pack};
use crate::language::Language;
use crate::limits::{MAX_TOKENS, PARSE_BYTES, PARSE_DEPTH, PARSE_PIECE, PARSE_READS, PARSE_SLACK, PARSE_STRIDE};
use crate::plain::{is_numbered, line_number, lines_at};

/// Lists of items, members, statements or cases that no common ending of their names tells.
const LISTS: [&str; 37] = [
    "ERROR",
    "arguments",
    "array",
    "array_expression",
    "case_item",
    "case_statement",
    "communication_case",
    "compound_statement",
    "default_case",
    "dictionary",
    "do_group",
    "elif_clause",
    "else_clause",
    "enum_body_declarations",
    "expression_case",
    "expression_switch_statement",
    "if_statement",
    "jsx_element",
    "jsx_fragment",
    "list",
    "literal_value",
    "module",
    "object",
    "object_type",
    "preproc_elif",
    "preproc_else",
    "preproc_if",
    "preproc_ifdef",
    "program",
    "select_statement",
    "set",
    "source_file",
    "switch_block_statement_group",
    "switch_case",
    "switch_default",
    "translation_unit",
    "type_switch_statement",
];

/// The first rank of cuts by indentation: they serve only where syntax gives none.
const INDENTATION: u16 = 2 * PARSE_DEPTH as u16 + 2;

/// Where code may be cut.
pub(super) fn cuts(text: &str, language: Option<Language>) -> Vec<Cut> {
    let bare = without_numbers(text);
    let mut cuts = lines::by_indentation(&bare);
    cuts.iter_mut().for_each(|cut| cut.rank += INDENTATION);
    let tree = language.filter(|_| text.len() <= PARSE_BYTES).and_then(|language| parse(&bare, language));
    if let Some(tree) = tree {
        let mut items = Items { text, cuts: Vec::new() };
        items.walk(&mut tree.walk(), 0, 0);
        cuts.append(&mut items.cuts);
    }
    cuts
}

/// Code without the line numbers a reading tool set before it: blanks in their place, so that offsets hold.
fn without_numbers(text: &str) -> Cow<'_, str> {
    if !is_numbered(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for (at, line) in lines_at(text) {
        out.push_str(&text[out.len()..at]);
        let number = line_number(line).unwrap_or(0);
        out.extend(std::iter::repeat_n(' ', number));
        out.push_str(&line[number..]);
    }
    out.push_str(&text[out.len()..]);
    Cow::Owned(out)
}

/// The syntax tree, or nothing if the parser labours: on what is no code of that language it takes many times the
/// steps, and some grammars read to the end of the text again and again.
fn parse(text: &str, language: Language) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&language.grammar()).ok()?;
    let bytes = text.as_bytes();
    let mut unread = PARSE_READS * (bytes.len() + PARSE_PIECE);
    let unread = Cell::from_mut(&mut unread);
    let mut read = |at: usize, _| {
        let piece = bytes.get(at..bytes.len().min(at.saturating_add(PARSE_PIECE))).unwrap_or(&[]);
        unread.set(unread.get().saturating_sub(piece.len()));
        // Once it has read too much it sees an end, and the next call back stops it.
        if unread.get() == 0 { &[] } else { piece }
    };
    let mut calls = 0;
    let mut progress = |state: &ParseState| {
        calls += 1;
        let labours = calls > PARSE_SLACK + state.current_byte_offset() / PARSE_STRIDE || unread.get() == 0;
        if labours { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let tree = parser.parse_with_options(&mut read, None, Some(options));
    tree.filter(|_| unread.get() > 0)
}

struct Items<'t> {
    text: &'t str,
    cuts: Vec<Cut>,
}

/// What stood before a child of a list.
struct Before {
    /// The line it ends on.
    row: usize,
    /// Whether it is a comment or an attribute, which belongs to what follows without a blank line.
    leads: bool,
}

impl Items<'_> {
    /// Gathers the cuts below the cursor's node, which is `depth` nodes and `lists` lists deep. What fits into a
    /// chunk is never cut, so it is not looked into.
    fn walk(&mut self, cursor: &mut TreeCursor<'_>, depth: usize, lists: u16) {
        let list = cursor.node();
        let is_list = is_list(list.kind());
        if !cursor.goto_first_child() {
            return;
        }
        let mut before = Before { row: list.start_position().row, leads: false };
        // The root begins at its first token: that is no reason to let the first item share its line.
        let mut first = list.parent().is_none();
        loop {
            let child = cursor.node();
            if is_list && child.is_named() {
                before = self.place(&child, &before, first, 2 * lists);
            }
            first = false;
            if depth < PARSE_DEPTH && !pack::fits(&self.text[child.byte_range()], MAX_TOKENS) {
                self.walk(cursor, depth + 1, lists + u16::from(is_list));
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }

    /// The cuts before and after one child of a list.
    fn place(&mut self, child: &Node<'_>, before: &Before, first: bool, rank: u16) -> Before {
        let row = child.start_position().row;
        let leads = is_leading(child.kind());
        if row > before.row || first {
            let close = before.leads && row == before.row + 1;
            let rank = rank + u16::from(close);
            // Inside a run of comments there is no cut.
            if !(close && leads) {
                self.cuts.push(Cut { at: child.start_byte() - child.start_position().column, rank });
            }
        }
        let end = last_row(child);
        if !leads && end > row {
            // A closing bracket or a long comment after an item must not make the item too large.
            self.cuts.push(Cut { at: self.next_line(child.end_byte()), rank: rank + 1 });
        }
        Before { row: end, leads }
    }

    fn next_line(&self, at: usize) -> usize {
        let bytes = &self.text.as_bytes()[at..];
        bytes.iter().position(|&byte| byte == b'\n').map_or(self.text.len(), |newline| at + newline + 1)
    }
}

fn is_list(kind: &str) -> bool {
    let ends = ["block", "body", "_list"];
    ends.iter().any(|end| kind.ends_with(end)) || LISTS.binary_search(&kind).is_ok()
}

fn is_leading(kind: &str) -> bool {
    kind.ends_with("comment") || matches!(kind, "attribute_item" | "decorator")
}

/// The last line of a node; some grammars let a comment end at the beginning of the next.
fn last_row(node: &Node<'_>) -> usize {
    let (start, end) = (node.start_position(), node.end_position());
    if end.column == 0 && end.row > start.row { end.row - 1 } else { end.row }
}
