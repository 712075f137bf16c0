//! Reads Claude Code's transcripts line by line, those of subagents too, and hands on turns.
//! It must not know files, offsets' storage or redaction of what was said.
//! Invariant: the same bytes give the same turns, whether they come in one read or line by line.

mod diff;
mod frames;
mod group;
mod open;
mod outcome;
mod place;
mod record;
mod text;
mod tool;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use quipu_core::class::Class;
use quipu_core::fence;
use quipu_core::hash::js_trim;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::turn::{SkipReason, Skipped, Speaker, Turn, session_name};

use group::Group;
use open::Open;
use record::{Block, Parsed, Record};

use crate::{Privacy, Rules};

pub use place::{Place, is_transcript, subagents_of};

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

const UNREADABLE: &str = "unreadable";
const USER: &str = "user";
/// So much is kept of the name of a type that nobody knows, in characters.
const TYPE: usize = 60;

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

/// The subagent of records that say they are one's, but not whose: those in main files of older versions.
const SIDECHAIN: &str = "sidechain";

/// The parser of one transcript. One API message is several lines; they are gathered until it is complete.
#[derive(Debug)]
pub struct Parser {
    place: Place,
    open: Open,
    /// Counted, but not handed on before nothing can lead to their being read again.
    held: Vec<Skipped>,
    rules: Rules,
    /// The directory of the newest record that told one, with its rules.
    at_work: (String, Arc<Privacy>),
    /// Time of the newest record: stands in for a record that tells none.
    last_at: Millis,
    /// End of the last line that was fed.
    end: u64,
}

impl Parser {
    /// A parser for the file at that place, to be fed from byte `offset` on. What is cut, and what tools show, goes by
    /// `rules` here; of what was said whole the caller sees to that.
    pub fn new(place: Place, offset: u64, rules: Rules) -> Self {
        let at_work = ("/".to_owned(), rules.of("/"));
        let (open, held, last_at) = (Open::default(), Vec::new(), Millis::default());
        Self { place, open, held, rules, at_work, last_at, end: offset }
    }

    /// Where the next read has to start so that nothing is lost: before every message that is still open.
    pub fn safe_offset(&self) -> u64 {
        self.open.safe_offset(self.end)
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
                // Redacted before it is cut, like any text that is kept.
                let safe: String = self.at_work.1.redact(&record_type).chars().take(TYPE).collect();
                self.skip(&safe, SkipReason::Unknown, bytes);
            }
            Parsed::Unreadable => self.skip(UNREADABLE, SkipReason::Unreadable, bytes),
        }
        self.hand_on(out);
    }

    /// Counts a line that was too long to be read at all.
    pub fn too_long(&mut self, bytes: Range<u64>, out: &mut Output) {
        self.end = bytes.end;
        self.skip(UNREADABLE, SkipReason::TooLong, bytes);
        self.hand_on(out);
    }

    /// Tells that no more lines are there now.
    pub fn end(&mut self, ending: Ending, out: &mut Output) {
        let done = match ending {
            Ending::Growing => Vec::new(),
            Ending::Settled => self.open.take_all(Group::is_complete),
            Ending::Over => self.open.take_all(|_| true),
        };
        for group in done {
            self.close(group, out);
        }
        self.hand_on(out);
    }

    fn record(&mut self, record: Record, bytes: Range<u64>, out: &mut Output) {
        let thread = self.thread_of(&record);
        if let Some(cwd) = record.cwd.as_ref().filter(|cwd| **cwd != self.at_work.0) {
            self.at_work = (cwd.clone(), self.rules.of(cwd));
        }
        match record.kind.as_str() {
            "assistant" => self.assistant(&record, thread, bytes, out),
            "user" => self.user(&record, thread, bytes, out),
            // Other records carry nothing to keep, but a compaction ends the message before it.
            "system" if record.subtype.as_deref() == Some("compact_boundary") => self.end_message(&thread, out),
            _ => {}
        }
        // A message that nothing ends must not hold back the offset for ever.
        for group in self.open.take_forgotten() {
            self.close(group, out);
        }
    }

    fn assistant(&mut self, record: &Record, thread: Place, bytes: Range<u64>, out: &mut Output) {
        let Some(message) = &record.message else { return };
        // Synthetic messages are the host's notices.
        if record.is_api_error || message.model.as_deref() == Some("<synthetic>") {
            return;
        }
        let id = message.id.clone().or_else(|| record.uuid.clone()).unwrap_or_default();
        if self.open.of(&thread).is_some_and(|group| group.message != id) {
            self.end_message(&thread, out);
        }
        let privacy = self.at_work.1.clone();
        let group = self.open.of_or(&thread, || Group::new(id, thread.clone(), record, bytes.start, privacy));
        group.add(record, message.content.blocks(), bytes);
    }

    fn user(&mut self, record: &Record, thread: Place, bytes: Range<u64>, out: &mut Output) {
        if record.is_meta {
            return;
        }
        let Some(message) = &record.message else { return };
        let blocks = message.content.blocks();
        if self.results(record, blocks, &thread, &bytes) && self.open.of(&thread).is_some() {
            return;
        }
        let kind = if record.is_compact_summary { Kind::Checkpoint } else { Kind::Prompt };
        let said = text::of_blocks(blocks);
        let noiseless = if kind == Kind::Prompt { text::without_noise(&said) } else { said.clone() };
        if js_trim(&noiseless).is_empty() || (record.is_transcript_only && kind == Kind::Prompt) {
            if !js_trim(&said).is_empty() {
                self.skip(USER, SkipReason::Noise, bytes);
            }
            return;
        }
        self.end_message(&thread, out);
        let body = without_own(&noiseless);
        if body.is_empty() {
            self.skip(USER, SkipReason::OwnText, bytes);
            return;
        }
        let uuid = record.uuid.clone().unwrap_or_else(|| format!("{}@{}", thread.session, bytes.start));
        reach(out, &thread, record.at);
        out.turns.push(Turn {
            source_id: format!("claude-code:{uuid}:{}", kind.as_str()),
            group: uuid,
            kind,
            class: Class::of_kind(kind),
            body,
            occurred_at: record.at,
            session: thread.session,
            cwd: record.cwd.clone(),
            branch: record.branch.clone(),
            bytes,
            // What a subagent is asked was written by the agent that called it.
            origin: if thread.subagent.is_some() { Speaker::Program } else { Speaker::Person },
            files: Vec::new(),
            subagent: thread.subagent,
        });
    }

    /// Gives tool results to the open message of their thread; says whether there were any.
    fn results(&mut self, record: &Record, blocks: &[Block], thread: &Place, bytes: &Range<u64>) -> bool {
        let results: Vec<&Block> = blocks.iter().filter(|b| matches!(b, Block::ToolResult { .. })).collect();
        // What an edit changed is told once a line: of several results nothing says whose it is.
        let patch = if results.len() == 1 { record.patch.as_slice() } else { &[] };
        for result in &results {
            let group = self.open.of(thread);
            if !group.is_some_and(|group| group.result(result, patch, bytes, record.at)) {
                self.skip(group::TOOL_RESULT, SkipReason::NotKept, bytes.clone());
            }
        }
        !results.is_empty()
    }

    fn end_message(&mut self, thread: &Place, out: &mut Output) {
        if let Some(group) = self.open.take(thread) {
            self.close(group, out);
        }
    }

    fn close(&mut self, group: Group, out: &mut Output) {
        reach(out, &group.thread, group.newest);
        group.into_turns(&mut out.turns, &mut self.held);
    }

    fn skip(&mut self, record_type: &str, reason: SkipReason, bytes: Range<u64>) {
        self.held.push(Skipped { record_type: record_type.to_owned(), reason, bytes });
    }

    /// Hands on what was counted before the safe offset: what lies behind it will be read, and counted, again.
    fn hand_on(&mut self, out: &mut Output) {
        if !self.held.is_empty() {
            let safe = self.safe_offset();
            out.skipped.extend(self.held.extract_if(.., |skipped| skipped.bytes.end <= safe));
        }
    }

    fn thread_of(&self, record: &Record) -> Place {
        let subagent = self
            .place
            .subagent
            .clone()
            .or_else(|| record.is_sidechain.then(|| record.agent.clone().unwrap_or_else(|| SIDECHAIN.to_owned())));
        Place { session: record.session.clone().unwrap_or_else(|| self.place.session.clone()), subagent }
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

fn reach(out: &mut Output, thread: &Place, at: Millis) {
    let name = session_name(&thread.session, thread.subagent.as_deref()).into_owned();
    let newest = out.reached.entry(name).or_insert(at);
    *newest = (*newest).max(at);
}
