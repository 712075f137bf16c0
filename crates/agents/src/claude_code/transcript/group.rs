//! One API message with the results of its tool calls: what lies between two messages in the file.
//! It must not know other messages.
//! Invariant: each block becomes part of at most one answer; each thought carries the output that followed it.

use std::ops::Range;

use quipu_core::fence;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::turn::{Speaker, Turn};

use super::record::{Block, Record};
use super::text;
use crate::markdown_memory::thought_body;

/// A message that is being gathered.
#[derive(Debug)]
pub(super) struct Group {
    /// The API message's id.
    pub(super) message: String,
    pub(super) session: String,
    pub(super) bytes: Range<u64>,
    /// Newest record in it.
    pub(super) newest: Millis,
    cwd: Option<String>,
    branch: Option<String>,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    /// The record that the block stands in.
    uuid: String,
    at: Millis,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Text(String),
    Thinking(String),
    Tool { id: String, call: String, ours: bool, result: Option<String> },
}

impl Group {
    pub(super) fn new(message: String, session: String, record: &Record, start: u64) -> Self {
        Self {
            message,
            session,
            bytes: start..start,
            newest: record.at,
            cwd: record.cwd.clone(),
            branch: record.branch.clone(),
            parts: Vec::new(),
        }
    }

    /// Adds the blocks of one more line of the message.
    pub(super) fn add(&mut self, record: &Record, blocks: std::borrow::Cow<'_, [Block]>, bytes: Range<u64>) {
        let line_uuid = record.uuid.clone().unwrap_or_else(|| format!("{}@{}", self.session, bytes.start));
        self.grow(&bytes, record.at);
        for (n, block) in blocks.iter().enumerate() {
            // Older versions put several blocks into one line: the place in it tells them apart.
            let uuid = if n == 0 { line_uuid.clone() } else { format!("{line_uuid}.{n}") };
            let said = match block {
                Block::Text { text } if !text.trim().is_empty() => Said::Text(text.clone()),
                Block::Thinking { thinking } if !thinking.trim().is_empty() => Said::Thinking(thinking.clone()),
                Block::ToolUse { id, name, input } => Said::Tool {
                    id: id.clone(),
                    call: text::tool_call(name, input),
                    ours: text::is_ours(name, input),
                    result: None,
                },
                _ => continue,
            };
            self.parts.push(Part { uuid, at: record.at, said });
        }
    }

    /// Pairs a tool's result with its call, if the call is in this message.
    pub(super) fn result(&mut self, block: &Block, bytes: &Range<u64>, at: Millis) {
        let Block::ToolResult { tool_use_id, content, is_error } = block else { return };
        for part in &mut self.parts {
            if let Said::Tool { id, ours, result, .. } = &mut part.said
                && id == tool_use_id
            {
                // What quipu itself answered is in memory already.
                let text = if *ours { String::new() } else { text::tool_result(content, is_error.unwrap_or(false)) };
                *result = Some(text);
            }
        }
        self.grow(bytes, at);
    }

    /// Whether nothing more can be missing: it ends in text, or every tool call has its result.
    pub(super) fn is_complete(&self) -> bool {
        let answered = self.parts.iter().all(|p| !matches!(&p.said, Said::Tool { result: None, .. }));
        answered && !matches!(self.parts.last().map(|p| &p.said), None | Some(Said::Thinking(_)))
    }

    fn grow(&mut self, bytes: &Range<u64>, at: Millis) {
        self.bytes.end = self.bytes.end.max(bytes.end);
        self.newest = self.newest.max(at);
    }

    /// The thoughts, each with its output, and the answer.
    pub(super) fn into_turns(self, out: &mut Vec<Turn>) {
        for (at, part) in self.parts.iter().enumerate() {
            if let Said::Thinking(thinking) = &part.said {
                let body = thought_body(fence::strip(thinking).trim(), &self.output_after(at));
                out.push(self.turn(part, Kind::Thought, body));
            }
        }
        let texts: Vec<&str> = self.parts.iter().filter_map(|p| p.said.text()).collect();
        let first = self.parts.iter().find(|p| p.said.text().is_some());
        if let Some(first) = first {
            let body = super::without_own(&texts.join("\n\n"));
            if !body.is_empty() {
                out.push(self.turn(first, Kind::Answer, body));
            }
        }
    }

    /// What followed the thought at `at`, up to the next: text, else what was done and what came of it.
    fn output_after(&self, at: usize) -> String {
        let followed = || self.parts[at + 1..].iter().map(|p| &p.said).take_while(|s| !matches!(s, Said::Thinking(_)));
        let texts: Vec<&str> = followed().filter_map(Said::text).collect();
        if !texts.is_empty() {
            return fence::strip(&texts.join("\n\n")).trim().to_owned();
        }
        let mut lines = Vec::new();
        for said in followed() {
            if let Said::Tool { call, result, .. } = said {
                lines.push(call.clone());
                lines.extend(result.iter().filter(|r| !r.is_empty()).cloned());
            }
        }
        fence::strip(&lines.join("\n")).into_owned()
    }

    fn turn(&self, part: &Part, kind: Kind, body: String) -> Turn {
        Turn {
            source_id: format!("claude-code:{}:{}", part.uuid, kind.as_str()),
            group: self.message.clone(),
            kind,
            body,
            occurred_at: part.at,
            session: self.session.clone(),
            cwd: self.cwd.clone(),
            branch: self.branch.clone(),
            bytes: self.bytes.clone(),
            origin: Speaker::Person,
        }
    }
}

impl Said {
    fn text(&self) -> Option<&str> {
        match self {
            Said::Text(text) => Some(text),
            _ => None,
        }
    }
}
