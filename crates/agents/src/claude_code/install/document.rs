//! A settings file taken apart: JSON with comments and trailing commas, every token with its place.
//! It must not know hooks or how a file is edited.
//! Invariant: nothing is guessed: what is neither JSON nor JSON with comments is an error that names its place.

use std::ops::Range;

use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::SettingsError;

/// Only what JSON with comments has; the parser knows more dialects than any reader of settings.
const DIALECT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// One file.
pub(super) struct Document<'t> {
    pub(super) text: &'t str,
    pub(super) root: Object<'t>,
    tokens: Vec<TokenAndRange<'t>>,
}

impl<'t> Document<'t> {
    /// Reads `text`, which must be an object.
    pub(super) fn parse(text: &'t str) -> Result<Self, SettingsError> {
        let collect = CollectOptions { comments: CommentCollectionStrategy::AsTokens, tokens: true };
        let parsed = parse_to_ast(text, &collect, &DIALECT).map_err(|error| {
            let what = error.kind().to_string().to_lowercase();
            SettingsError::Syntax { what, line: error.line_display(), column: error.column_display() }
        })?;
        let tokens = parsed.tokens.unwrap_or_default();
        // The parser lets a string run over the end of its line; no reader of JSON does.
        let raw = |token: &TokenAndRange<'_>| matches!(token.token, Token::String(_)) && has_control(token.text(text));
        if let Some(string) = tokens.iter().find(|token| raw(token)) {
            let (line, column) = place(text, string.start());
            return Err(SettingsError::Syntax { what: "a line break inside a string".to_owned(), line, column });
        }
        match parsed.value {
            Some(Value::Object(root)) => Ok(Self { text, root, tokens }),
            Some(other) => Err(shape(text, "the file", "an object", other.start())),
            None => Err(shape(text, "the file", "an object", 0)),
        }
    }

    /// The error that something in here is not what it must be.
    pub(super) fn shape(&self, place: impl Into<String>, wanted: &'static str, at: usize) -> SettingsError {
        shape(self.text, place, wanted, at)
    }

    /// Tokens between two offsets, comments too.
    pub(super) fn between(&self, range: Range<usize>) -> &[TokenAndRange<'t>] {
        let from = self.tokens.partition_point(|token| token.start() < range.start);
        let to = self.tokens.partition_point(|token| token.end() <= range.end);
        &self.tokens[from..to.max(from)]
    }

    /// Where the last token before `at` ends.
    pub(super) fn end_before(&self, at: usize) -> usize {
        let count = self.tokens.partition_point(|token| token.end() <= at);
        self.tokens[..count].last().map_or(0, |token| token.end())
    }

    /// Where the first token from `at` on starts.
    pub(super) fn start_after(&self, at: usize) -> usize {
        let count = self.tokens.partition_point(|token| token.start() < at);
        self.tokens.get(count).map_or(self.text.len(), |token| token.start())
    }
}

/// An object or an array: its brackets and its members.
#[derive(Debug, Clone)]
pub(super) struct Container {
    /// Where the opening bracket stands.
    pub(super) open: usize,
    /// Where the closing bracket stands.
    pub(super) close: usize,
    pub(super) members: Vec<Range<usize>>,
}

impl Container {
    pub(super) fn of_object(object: &Object<'_>) -> Self {
        let members = object.properties.iter().map(|property| property.start()..property.end());
        Self { open: object.start(), close: object.end() - 1, members: members.collect() }
    }
    pub(super) fn of_array(array: &Array<'_>) -> Self {
        let members = array.elements.iter().map(|element| element.start()..element.end());
        Self { open: array.start(), close: array.end() - 1, members: members.collect() }
    }
    /// What stands between the brackets.
    pub(super) fn inner<'t>(&self, text: &'t str) -> &'t str {
        &text[self.open + 1..self.close]
    }
    /// Whether a comment stands in it outside of its members.
    pub(super) fn has_comments(&self, document: &Document<'_>) -> bool {
        let tokens = document.between(self.open + 1..self.close);
        tokens
            .iter()
            .any(|token| is_comment(&token.token) && !self.members.iter().any(|member| member.contains(&token.start())))
    }
}

/// Whether a token is a comment.
pub(super) fn is_comment(token: &Token<'_>) -> bool {
    matches!(token, Token::CommentLine(_) | Token::CommentBlock(_))
}

/// The property that counts: the last of its name, as every reader of JSON has it.
pub(super) fn property<'d, 't>(object: &'d Object<'t>, name: &str) -> Option<&'d ObjectProp<'t>> {
    object.properties.iter().rev().find(|property| property.name.as_str() == name)
}

/// The text of a string property.
pub(super) fn text_of<'d>(object: &'d Object<'_>, name: &str) -> Option<&'d str> {
    match &property(object, name)?.value {
        Value::StringLit(literal) => Some(literal.value.as_ref()),
        _ => None,
    }
}

fn has_control(literal: &str) -> bool {
    literal.contains(|c: char| c < ' ')
}

fn shape(text: &str, what: impl Into<String>, wanted: &'static str, at: usize) -> SettingsError {
    let (line, column) = place(text, at);
    SettingsError::Shape { place: what.into(), wanted, line, column }
}

/// Line and column of an offset, from 1, in characters.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
