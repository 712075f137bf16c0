//! One API message with the results of its tool calls: what lies between two messages in the file.
//! It must not know other messages.
//! Invariant: each block becomes part of at most one answer; each thought carries the output that followed it.

use std::ops::Range;
use std::sync::Arc;

use quipu_core::class::Class;
use quipu_core::fence;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::redact::private::{PRIVATE, Spans, is_all};
use quipu_core::turn::{SkipReason, Skipped, Speaker, Turn};

use super::outcome::{Ended, Kept, Worth, weigh};
use super::place::Place;
use super::record::{Block, Hunk, Record};
use super::text;
use super::tool::Call;
use crate::Privacy;
use crate::markdown_memory::thought_body;

/// The type under which results are counted that are not kept.
pub(super) const TOOL_RESULT: &str = "tool_result";

/// The type under which thoughts are counted that are private.
const THINKING: &str = "thinking";

/// A message that is being gathered.
#[derive(Debug)]
pub(super) struct Group {
    /// The API message's id.
    pub(super) message: String,
    /// Whose it is.
    pub(super) thread: Place,
    pub(super) bytes: Range<u64>,
    /// Newest record in it.
    pub(super) newest: Millis,
    cwd: Option<String>,
    branch: Option<String>,
    parts: Vec<Part>,
    privacy: Arc<Privacy>,
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
    Tool { call: Box<Call>, result: Option<Box<Answered>> },
}

/// What came of a call.
#[derive(Debug)]
struct Answered {
    /// The lines of a failure, as a thought carries them.
    failure: String,
    worth: Worth,
    /// The line of the result.
    bytes: Range<u64>,
    at: Millis,
}

impl Group {
    pub(super) fn new(message: String, thread: Place, record: &Record, start: u64, privacy: Arc<Privacy>) -> Self {
        Self {
            message,
            thread,
            bytes: start..start,
            newest: record.at,
            cwd: record.cwd.clone(),
            branch: record.branch.clone(),
            parts: Vec::new(),
            privacy,
        }
    }

    /// Adds the blocks of one more line of the message.
    pub(super) fn add(&mut self, record: &Record, blocks: &[Block], bytes: Range<u64>) {
        let line_uuid = record.uuid.clone().unwrap_or_else(|| format!("{}@{}", self.thread.session, bytes.start));
        self.grow(&bytes, record.at);
        for (n, block) in blocks.iter().enumerate() {
            // Older versions put several blocks into one line: the place in it tells them apart.
            let uuid = if n == 0 { line_uuid.clone() } else { format!("{line_uuid}.{n}") };
            let said = match block {
                Block::Text { text } if !text.trim().is_empty() => Said::Text(text.clone()),
                Block::Thinking { thinking } if !thinking.trim().is_empty() => Said::Thinking(thinking.clone()),
                Block::ToolUse { id, name, input } => {
                    let call = Call::new(id, (name, input), self.cwd.as_deref(), bytes.clone(), &self.privacy);
                    Said::Tool { call: Box::new(call), result: None }
                }
                _ => continue,
            };
            self.parts.push(Part { uuid, at: record.at, said });
        }
    }

    /// Pairs a tool's result with its call; says whether the call is in this message.
    pub(super) fn result(&mut self, block: &Block, patch: &[Hunk], bytes: &Range<u64>, at: Millis) -> bool {
        let Block::ToolResult { tool_use_id, content, is_error } = block else { return false };
        let ended = if *is_error { Ended::Badly } else { Ended::Well };
        let mut found = false;
        for part in &mut self.parts {
            if let Said::Tool { call, result } = &mut part.said
                && call.id == *tool_use_id
            {
                let worth = weigh(call, content, (ended, patch), self.cwd.as_deref(), &self.privacy);
                // What quipu itself answered is in memory already; what stands in a denied file comes into none.
                let passes = call.ours || worth == Worth::Passed(SkipReason::Denied);
                let failure = if passes { String::new() } else { text::tool_result(content, *is_error, &self.privacy) };
                *result = Some(Box::new(Answered { failure, worth, bytes: bytes.clone(), at }));
                found = true;
            }
        }
        self.grow(bytes, at);
        found
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

    /// The thoughts, each with its output, the answer, and what its tools did; and what of that is only counted.
    pub(super) fn into_turns(mut self, out: &mut Vec<Turn>, passed: &mut Vec<Skipped>) {
        self.take_out_private();
        let files = self.changed();
        for (at, part) in self.parts.iter().enumerate() {
            if let Said::Thinking(thinking) = &part.said {
                if is_all(thinking) {
                    passed.push(Skipped {
                        record_type: THINKING.to_owned(),
                        reason: SkipReason::Private,
                        bytes: self.bytes.clone(),
                    });
                    continue;
                }
                let body = thought_body(fence::strip(thinking).trim(), &self.output_after(at));
                out.push(Turn { files: files.clone(), ..self.turn(part, Kind::Thought, body) });
            }
        }
        let texts: Vec<&str> = self.parts.iter().filter_map(|p| p.said.text()).collect();
        let first = self.parts.iter().find(|p| p.said.text().is_some());
        if let Some(first) = first {
            let body = super::without_own(&texts.join("\n\n"));
            if !body.is_empty() {
                out.push(Turn { files, ..self.turn(first, Kind::Answer, body) });
            }
        }
        for part in &self.parts {
            let Said::Tool { call, result: Some(result) } = &part.said else { continue };
            match &result.worth {
                Worth::Kept(kept) => out.push(self.outcome(part, call, result, kept)),
                Worth::Passed(reason) => {
                    passed.push(Skipped {
                        record_type: TOOL_RESULT.to_owned(),
                        reason: *reason,
                        bytes: result.bytes.clone(),
                    });
                }
            }
        }
    }

    /// Takes out what is private: a span may begin in one part of a message and end in a later one.
    fn take_out_private(&mut self) {
        let mut spans = Spans::default();
        for part in &mut self.parts {
            match &mut part.said {
                Said::Text(text) | Said::Thinking(text) => *text = spans.without(text).0.into_owned(),
                Said::Tool { call, result } if spans.is_open() => {
                    call.line = format!("→ {PRIVATE}");
                    if let Some(result) = result {
                        result.failure = String::new();
                        result.worth = Worth::Passed(SkipReason::Private);
                    }
                }
                Said::Tool { .. } => {}
            }
        }
        self.parts.retain(|part| !matches!(&part.said, Said::Text(text) | Said::Thinking(text) if text.is_empty()));
    }

    /// The files that the message's tools changed, sorted.
    fn changed(&self) -> Vec<String> {
        let kept = self.parts.iter().filter_map(|part| match &part.said {
            Said::Tool { result: Some(result), call } if call.change.is_some() => match &result.worth {
                Worth::Kept(kept) => Some(kept),
                Worth::Passed(_) => None,
            },
            _ => None,
        });
        let mut files: Vec<String> =
            kept.filter(|kept| kept.class == Class::Diff).flat_map(|kept| kept.files.iter().cloned()).collect();
        files.sort();
        files.dedup();
        files
    }

    fn outcome(&self, part: &Part, call: &Call, result: &Answered, kept: &Kept) -> Turn {
        Turn {
            class: kept.class,
            files: kept.files.clone(),
            bytes: call.bytes.start..result.bytes.end.max(call.bytes.end),
            occurred_at: result.at,
            ..self.turn(part, Kind::Outcome, format!("{}\n{}", call.line, kept.text).trim_end().to_owned())
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
            if let Said::Tool { call, result } = said {
                lines.push(call.line.clone());
                lines.extend(result.iter().map(|result| &result.failure).filter(|line| !line.is_empty()).cloned());
            }
        }
        fence::strip(&lines.join("\n")).into_owned()
    }

    fn turn(&self, part: &Part, kind: Kind, body: String) -> Turn {
        Turn {
            source_id: format!("claude-code:{}:{}", part.uuid, kind.as_str()),
            group: self.message.clone(),
            kind,
            class: Class::of_kind(kind),
            body,
            occurred_at: part.at,
            session: self.thread.session.clone(),
            cwd: self.cwd.clone(),
            branch: self.branch.clone(),
            bytes: self.bytes.clone(),
            origin: Speaker::Person,
            files: Vec::new(),
            subagent: self.thread.subagent.clone(),
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
