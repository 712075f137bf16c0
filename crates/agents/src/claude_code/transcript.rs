//! Reads Claude Code's main transcripts line by line and hands on turns.
//! It must not know files, offsets' storage or redaction.
//! Invariant: the same bytes give the same turns, whether they come in one read or line by line.

mod group;
mod record;
mod text;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use quipu_core::fence;
use quipu_core::hash::js_trim;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::turn::{SkipReason, Skipped, Speaker, Turn};

use group::Group;
use record::{Block, Parsed, Record};

/// What came out of the lines so far; the caller takes it away.
#[derive(Debug, Default)]
pub struct Output {
    /// Turns, in the order of the file.
    pub turns: Vec<Turn>,
    /// What was seen and not kept.
    pub skipped: Vec<Skipped>,
    /// Per session, the newest time of the records behind `turns` and before.
    pub reached: BTreeMap<String, Millis>,
}

/// Begins each line of a thought's output that a tool, and not the agent, had written.
pub const TOOL_OUTPUT: &str = "✗ ";

/// What is known about the end of the file when the lines run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The agent is in the middle of a message: keep the last message for the next read.
    Growing,
    /// The agent has stopped: take the last message if nothing is missing from it.
    Settled,
    /// The session is over: take what is there.
    Over,
}

/// The parser of one transcript. One API message is several lines; they are gathered until it is complete.
#[derive(Debug)]
pub struct Parser {
    /// The session of records that do not name one: the file's stem.
    file_session: String,
    open: Option<Group>,
    /// Time of the newest record: stands in for a record that tells none.
    last_at: Millis,
    /// End of the last line that was fed.
    end: u64,
}

impl Parser {
    /// A parser for the file named `<file_session>.jsonl`, to be fed from byte `offset` on.
    pub fn new(file_session: &str, offset: u64) -> Self {
        Self { file_session: file_session.to_owned(), open: None, last_at: Millis::default(), end: offset }
    }

    /// Where the next read has to start so that nothing is lost: before a message that is still open.
    pub fn safe_offset(&self) -> u64 {
        self.open.as_ref().map_or(self.end, |group| group.bytes.start)
    }

    /// Feeds one line (without its newline) that stands at `bytes` of the file.
    pub fn line(&mut self, line: &[u8], bytes: Range<u64>, out: &mut Output) {
        self.end = bytes.end;
        match record::parse(line) {
            Parsed::Record(mut record) => {
                record.at = if record.at == Millis::default() { self.last_at } else { record.at };
                self.last_at = record.at;
                self.record(*record, bytes, out);
            }
            Parsed::Ignored | Parsed::Blank => {}
            Parsed::Unknown(record_type) => {
                out.skipped.push(Skipped { record_type, reason: SkipReason::Unknown, bytes })
            }
            Parsed::Unreadable => out.skipped.push(unreadable(bytes)),
        }
    }

    /// Counts a line that was too long to be read at all.
    pub fn too_long(&mut self, bytes: Range<u64>, out: &mut Output) {
        self.end = bytes.end;
        out.skipped.push(Skipped { record_type: "unreadable".into(), reason: SkipReason::TooLong, bytes });
    }

    /// Tells that no more lines are there now.
    pub fn end(&mut self, ending: Ending, out: &mut Output) {
        let take = match (&self.open, ending) {
            (None, _) | (_, Ending::Growing) => false,
            (Some(group), Ending::Settled) => group.is_complete(),
            (Some(_), Ending::Over) => true,
        };
        if take {
            self.close(out);
        }
    }

    fn record(&mut self, record: Record, bytes: Range<u64>, out: &mut Output) {
        match record.kind.as_str() {
            "assistant" => self.assistant(&record, bytes, out),
            "user" => self.user(&record, bytes, out),
            // Other records carry nothing to keep, but a compaction ends the message before it.
            "system" if record.subtype.as_deref() == Some("compact_boundary") => self.close(out),
            _ => {}
        }
    }

    fn assistant(&mut self, record: &Record, bytes: Range<u64>, out: &mut Output) {
        let Some(message) = &record.message else { return };
        // Sidechains are subagents' own conversations; synthetic messages are the host's notices.
        if record.is_sidechain || record.is_api_error || message.model.as_deref() == Some("<synthetic>") {
            return;
        }
        let id = message.id.clone().or_else(|| record.uuid.clone()).unwrap_or_default();
        if self.open.as_ref().is_some_and(|group| group.message != id) {
            self.close(out);
        }
        let session = self.session_of(record);
        let group = self.open.get_or_insert_with(|| Group::new(id, session, record, bytes.start));
        group.add(record, message.content.blocks(), bytes);
    }

    fn user(&mut self, record: &Record, bytes: Range<u64>, out: &mut Output) {
        if record.is_sidechain || record.is_meta {
            return;
        }
        let Some(message) = &record.message else { return };
        let blocks = message.content.blocks();
        if let Some(group) = &mut self.open {
            let results = blocks.iter().filter(|b| matches!(b, Block::ToolResult { .. }));
            let mut any = false;
            for result in results {
                group.result(result, &bytes, record.at);
                any = true;
            }
            if any {
                return;
            }
        }
        let kind = if record.is_compact_summary { Kind::Checkpoint } else { Kind::Prompt };
        let said = text::of_blocks(blocks);
        let noiseless = if kind == Kind::Prompt { text::without_noise(&said) } else { said };
        if js_trim(&noiseless).is_empty() || (record.is_transcript_only && kind == Kind::Prompt) {
            return;
        }
        self.close(out);
        let session = self.session_of(record);
        let body = without_own(&noiseless);
        if body.is_empty() {
            out.skipped.push(Skipped { record_type: "user".into(), reason: SkipReason::OwnText, bytes });
            return;
        }
        let uuid = record.uuid.clone().unwrap_or_else(|| format!("{session}@{}", bytes.start));
        reach(out, &session, record.at);
        out.turns.push(Turn {
            source_id: format!("claude-code:{uuid}:{}", kind.as_str()),
            group: uuid,
            kind,
            body,
            occurred_at: record.at,
            session,
            cwd: record.cwd.clone(),
            branch: record.branch.clone(),
            bytes,
            origin: Speaker::Person,
        });
    }

    fn close(&mut self, out: &mut Output) {
        if let Some(group) = self.open.take() {
            reach(out, &group.session, group.newest);
            group.into_turns(&mut out.turns);
        }
    }

    fn session_of(&self, record: &Record) -> String {
        record.session.clone().unwrap_or_else(|| self.file_session.clone())
    }
}

/// What a person wrote in the text of a prompt: without the host's elements, without what quipu itself had put there.
/// Hooks carry prompts too; both ways lead here, so that the same prompt is the same text.
pub fn prompt_text(said: &str) -> String {
    without_own(&text::without_noise(said))
}

fn without_own(text: &str) -> String {
    js_trim(&fence::strip(text)).to_owned()
}

fn reach(out: &mut Output, session: &str, at: Millis) {
    let newest = out.reached.entry(session.to_owned()).or_insert(at);
    *newest = (*newest).max(at);
}

fn unreadable(bytes: Range<u64>) -> Skipped {
    Skipped { record_type: "unreadable".into(), reason: SkipReason::Unreadable, bytes }
}
