//! YAML as the front matter needs it: a flat mapping read, and the style of a scalar chosen.
//!
//! Reading goes over parser events and builds no tree, so that neither deep nesting nor aliases cost
//! stack or memory. Choosing a style follows js-yaml 3.14 with default options, the dumper
//! that local-recall's files came from, as far as it can be observed; where YAML allows several
//! styles, equality with those files decides. It must not know what the keys mean, nor any store,
//! daemon, HTTP, clock or environment.
//!
//! Invariant: a text never gets a style in which a YAML reader would take it for anything else.

use super::ReadError;
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::HashSet;

/// The value of one key in the front matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Text; `plain` when it stood there without quotes and may mean a number or nothing.
    Scalar { text: String, plain: bool },
    /// A list of scalars.
    List(Vec<String>),
    /// Whatever else YAML can express; a memory has no use for it.
    Other,
}

impl Value {
    /// Whether YAML reads the value as nothing.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

/// Reads a mapping, in order; line numbers in errors count from `first_line`.
pub(super) fn mapping(yaml: &str, first_line: usize) -> Result<Vec<(String, Value)>, ReadError> {
    let invalid = |line: usize, message: &str| ReadError::InvalidYaml {
        line: line + first_line - 1,
        message: message.to_owned(),
    };
    let mut parser = Parser::new_from_str(yaml);
    let mut names: HashSet<String> = HashSet::new();
    let mut entries: Vec<(String, Value)> = Vec::new();
    // The outer option says whether a key was read, the inner one whether it was a scalar.
    let mut key: Option<Option<String>> = None;
    let mut list: Option<Vec<String>> = None;
    let mut depth = 0_usize;
    let mut documents = 0_usize;
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|e| invalid(e.marker().line(), e.info()))?;
        let line = span.start.line();
        let node = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(invalid(line, "a second document begins"));
                }
                continue;
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let is_list = matches!(event, Event::SequenceStart(..));
                depth += 1;
                match depth {
                    1 if is_list => return Err(ReadError::NotAMapping),
                    1 => {}
                    2 if is_list => list = Some(Vec::new()),
                    _ => list = None,
                }
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => {
                depth = depth.saturating_sub(1);
                if depth != 1 {
                    continue;
                }
                list.take().map_or(Value::Other, Value::List)
            }
            Event::Scalar(text, style, ..) => {
                Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
            }
            // Aliases are not followed: a few of them could stand for any amount of text.
            Event::Alias(_) => Value::Other,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
        };
        match (depth, key.take()) {
            (0, _) => return Err(ReadError::NotAMapping),
            (1, None) => match node {
                Value::Scalar { text, .. } => key = Some(Some(text)),
                _ => key = Some(None),
            },
            (1, Some(None)) => {}
            (1, Some(Some(name))) => {
                if !names.insert(name.clone()) {
                    return Err(ReadError::DuplicateKey { line: line + first_line - 1, key: name });
                }
                entries.push((name, node));
            }
            (_, outer) => {
                key = outer;
                match (&mut list, node) {
                    (Some(items), node) if node.is_null() => items.push(String::new()),
                    (Some(items), Value::Scalar { text, .. }) => items.push(text),
                    _ => list = None,
                }
            }
        }
    }
    if documents == 0 { Err(ReadError::NotAMapping) } else { Ok(entries) }
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// The style of a text in a place with `width` columns; keys have no width and stay on one line.
///
/// A key such as `... more` would end the document. The dumper leaves it plain, which no YAML reader
/// takes, so this is the one place where it is not followed.
pub(super) fn style(text: &str, width: Option<usize>) -> Style {
    let on_one_line = width.is_none() || !text.contains('\n');
    if !text.chars().all(|c| is_printable(c) || (c == '\n' && width.is_some())) {
        Style::DoubleQuoted
    } else if width.is_some_and(|width| text.split('\n').any(|line| is_foldable(line, width))) {
        Style::Folded
    } else if !on_one_line {
        Style::Literal
    } else if is_plain(text) && !(width.is_none() && ends_document(text)) {
        Style::Plain
    } else {
        Style::SingleQuoted
    }
}

/// A line that begins with a space is "more indented" in YAML's terms, and those are never folded.
fn is_foldable(line: &str, width: usize) -> bool {
    !line.starts_with(' ') && line.chars().count() > width
}

pub(super) fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a1}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn ends_document(key: &str) -> bool {
    key.strip_prefix("...").is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether a printable text on one line needs no quotes, with the margin the dumper leaves: flow
/// indicators and colons are quoted wherever they stand, though block context would allow some.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c| " -?!&*|>%@`#='\"".contains(c))
        && !text.ends_with(' ')
        && !text.contains([',', ':', '[', ']', '{', '}'])
        && !text.contains(" #")
        && !is_other_type(text)
}

/// Whether a plain scalar of this text would be read as something other than a string, by YAML 1.2
/// or by the type repository of YAML 1.1.
pub(super) fn is_other_type(text: &str) -> bool {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    is_word(text) || is_date(text) || is_integer(bare) || is_decimal(bare, bare.len() < text.len())
}

fn is_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_spelt_so = text.get(1..) == lower.get(1..) || text == text.to_ascii_uppercase();
    match lower.as_str() {
        "null" | "true" | "false" | "y" | "n" | "yes" | "no" | "on" | "off" => is_spelt_so,
        "" | "~" | "<<" => true,
        _ => matches!(text, ".nan" | ".NaN" | ".NAN"),
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// An integer that begins with 0: binary, hexadecimal or octal, with underscores among the digits.
fn is_integer(text: &str) -> bool {
    let rest = text.strip_prefix('0').unwrap_or_default();
    let (digits, base) = match rest.split_at_checked(1) {
        Some(("b", digits)) => (digits, 2),
        Some(("x", digits)) => (digits, 16),
        _ => (rest, 8),
    };
    let is_digits = digits.chars().all(|c| c == '_' || c.is_digit(base));
    is_digits && !digits.is_empty() && !digits.ends_with('_')
}

/// A decimal number, which may have a point, an exponent, and underscores before the exponent.
/// Only without a sign may it begin with the point, unless it is infinite.
fn is_decimal(text: &str, is_signed: bool) -> bool {
    let are_digits = |part: &str| part.bytes().all(|b| b == b'_' || b.is_ascii_digit());
    let (mantissa, exponent) = text.split_at(text.find(['e', 'E']).unwrap_or(text.len()));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_whole = match whole.bytes().next() {
        None => !is_signed && !fraction.is_empty(),
        Some(b'0') => whole.len() == 1,
        Some(first) => first.is_ascii_digit() && are_digits(whole),
    };
    let power = exponent.get(1..).map(|power| power.strip_prefix(['+', '-']).unwrap_or(power));
    let is_power = power.is_none_or(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    matches!(text, ".inf" | ".Inf" | ".INF") || (is_whole && are_digits(fraction) && is_power && !text.ends_with('_'))
}
