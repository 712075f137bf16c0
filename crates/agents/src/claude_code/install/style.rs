//! How a file is written, read off the file itself: line ends, indentation, spaces; and values written that way.
//! It must not know what the values mean.
//! Invariant: only white space is chosen here; the values written are the values given.

use jsonc_parser::common::Ranged;

use super::document::Document;

/// Claude Code's own, for files that show none.
const UNIT: &str = "  ";

/// A value to be written.
pub(super) enum Node {
    Object(Vec<(&'static str, Node)>),
    Array(Vec<Node>),
    Text(String),
    Number(u32),
}

/// The hand a file is written in.
#[derive(Debug, Clone)]
pub(super) struct Style {
    newline: &'static str,
    unit: String,
    colon: String,
}

/// How one member is written: over several lines from an indentation on, or all on one line.
#[derive(Debug, Clone)]
pub(super) enum Layout {
    Lines { indent: String },
    Line { object_pad: &'static str, array_pad: &'static str },
}

impl Style {
    /// Claude Code's hand.
    pub(super) fn usual() -> Self {
        Self { newline: "\n", unit: UNIT.to_owned(), colon: ": ".to_owned() }
    }

    /// The hand of `document`.
    pub(super) fn of(document: &Document<'_>) -> Self {
        let text = document.text;
        let is_crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        let mut style = Self { newline: if is_crlf { "\r\n" } else { "\n" }, ..Self::usual() };
        let Some(first) = document.root.properties.first() else { return style };
        let (root, member) = (line_indent(text, document.root.start()), line_indent(text, first.start()));
        let deeper = member.strip_prefix(root).filter(|deeper| !deeper.is_empty());
        if starts_its_line(text, first.start()) && deeper.is_some() {
            style.unit = deeper.unwrap_or(UNIT).to_owned();
        }
        let colon = &text[first.name.end()..first.value.start()];
        if colon.trim_matches([' ', '\t']) == ":" {
            style.colon = colon.to_owned();
        }
        style
    }

    /// A line break, then the indentation.
    pub(super) fn line(&self, indent: &str) -> String {
        format!("{}{indent}", self.newline)
    }
    /// One step further in.
    pub(super) fn deeper(&self, indent: &str) -> String {
        format!("{indent}{}", self.unit)
    }
    /// What stands behind a comma on one line.
    pub(super) fn gap(&self) -> &'static str {
        if self.colon.ends_with(':') { "" } else { " " }
    }
    /// A name with its value.
    pub(super) fn property(&self, name: &str, value: &Node, layout: &Layout) -> String {
        format!("{}{}{}", string(name), self.colon, self.value(value, layout))
    }

    /// A value; what it contains goes on its own lines, or all on one.
    pub(super) fn value(&self, value: &Node, layout: &Layout) -> String {
        let (open, close, members): (_, _, Vec<String>) = match value {
            Node::Text(text) => return string(text),
            Node::Number(number) => return number.to_string(),
            Node::Object(properties) => {
                let inner = self.inside(layout);
                ('{', '}', properties.iter().map(|(name, value)| self.property(name, value, &inner)).collect())
            }
            Node::Array(values) => {
                let inner = self.inside(layout);
                ('[', ']', values.iter().map(|value| self.value(value, &inner)).collect())
            }
        };
        match layout {
            Layout::Lines { indent } => {
                let inner = self.line(&self.deeper(indent));
                format!("{open}{inner}{}{}{close}", members.join(&format!(",{inner}")), self.line(indent))
            }
            Layout::Line { object_pad, array_pad } => {
                let pad = if open == '{' { object_pad } else { array_pad };
                format!("{open}{pad}{}{pad}{close}", members.join(&format!(",{}", self.gap())))
            }
        }
    }

    fn inside(&self, layout: &Layout) -> Layout {
        match layout {
            Layout::Lines { indent } => Layout::Lines { indent: self.deeper(indent) },
            line @ Layout::Line { .. } => line.clone(),
        }
    }
}

/// `text` as JSON writes it.
pub(super) fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The white space that the line of `at` begins with.
pub(super) fn line_indent(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..at];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Whether nothing but white space stands before `at` on a line that is not the first of the text.
pub(super) fn starts_its_line(text: &str, at: usize) -> bool {
    text[..at].trim_end_matches([' ', '\t']).ends_with('\n')
}
