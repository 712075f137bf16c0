//! Targets that are read in this process: transcripts, what hooks are given, and files of memories.
//!
//! It must not know how they are parsed. Invariant: a check has an invariant of its own, not only "no panic".

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use quipu_agents::claude_code::hook::{Envelope, Payload, answer};
use quipu_agents::claude_code::transcript::{Ending, Output, Parser, Place, prompt_text};
use quipu_agents::{Rules, markdown_memory};

use super::Target;
use crate::shell;

/// What comes out of a transcript may be so much longer than it, in bytes and times.
const ROOM: (usize, usize) = (64 << 10, 16);

/// A transcript of more lines is read in pieces of several.
const CUTS: usize = 64;

/// A target without anything to keep.
struct Plain {
    seeds: Vec<Vec<u8>>,
    check: fn(&[u8]) -> Result<u64, String>,
}

impl Target for Plain {
    fn seeds(&self) -> Vec<Vec<u8>> {
        self.seeds.clone()
    }

    fn check(&mut self, input: &[u8]) -> Result<u64, String> {
        (self.check)(input)
    }
}

/// The bundled sessions, in stretches of a dozen lines.
pub(super) fn transcript() -> Result<Box<dyn Target>, String> {
    let mut seeds = Vec::new();
    for text in samples()? {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        seeds.extend(lines.chunks(12).map(|lines| lines.concat().into_bytes()));
    }
    seeds.push(SUBAGENT.as_bytes().to_vec());
    Ok(Box::new(Plain { seeds, check: same_turns }))
}

/// A subagent's records between its caller's, which the samples do not have.
const SUBAGENT: &str = r#"{"type":"user","uuid":"u1","sessionId":"s","cwd":"/p","timestamp":"2026-01-01T00:00:00Z","message":{"role":"user","content":"why?"}}
{"type":"assistant","uuid":"a1","sessionId":"s","timestamp":"2026-01-01T00:00:01Z","message":{"id":"m1","role":"assistant","content":[{"type":"thinking","thinking":"Look."}]}}
{"type":"user","uuid":"x1","isSidechain":true,"agentId":"a","sessionId":"s","timestamp":"2026-01-01T00:00:02Z","message":{"role":"user","content":"Look into it"}}
{"type":"assistant","uuid":"a2","sessionId":"s","timestamp":"2026-01-01T00:00:03Z","message":{"id":"m1","role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"cargo test"}}]}}
{"type":"assistant","uuid":"x2","isSidechain":true,"agentId":"a","sessionId":"s","timestamp":"2026-01-01T00:00:04Z","message":{"id":"n1","role":"assistant","content":[{"type":"text","text":"Found."}]}}
{"type":"user","uuid":"u2","sessionId":"s","timestamp":"2026-01-01T00:00:05Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"error[E0308]: mismatched types"}]}}
{"type":"assistant","uuid":"a3","sessionId":"s","timestamp":"2026-01-01T00:00:06Z","message":{"id":"m2","role":"assistant","stop_reason":"end_turn","content":[{"type":"text","text":"A type."}]}}
"#;

fn samples() -> Result<Vec<String>, String> {
    let folder = shell::root()?.join("crates/cli/samples/projects/-srv-samples-tidepool");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files: Vec<_> = std::fs::read_dir(&folder).map_err(failed)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).map_err(failed)).collect()
}

/// What a store that knows turns by their ids would hold: each session's turns in order, and what was skipped.
/// Without times: a record that tells none has that of the record before it, which another read does not know.
#[derive(Default, PartialEq)]
struct Kept {
    turns: BTreeMap<String, Vec<(String, String)>>,
    skipped: Vec<(u64, String)>,
}

impl Kept {
    fn add(&mut self, out: Output) {
        for mut turn in out.turns {
            turn.occurred_at = Default::default();
            let session = self.turns.entry(turn.session_name().into_owned()).or_default();
            if session.iter().all(|(known, _)| *known != turn.source_id) {
                session.push((turn.source_id.clone(), format!("{turn:?}")));
            }
        }
        self.skipped.extend(out.skipped.iter().map(|skipped| (skipped.bytes.start, format!("{skipped:?}"))));
        self.skipped.sort();
    }

    /// The first thing that is not the same.
    fn differs_from(&self, pieces: &Self) -> String {
        let all = |kept: &Self| {
            let turns = kept
                .turns
                .iter()
                .flat_map(|(session, turns)| turns.iter().map(move |(_, turn)| format!("{session}: {turn}")));
            turns.chain(kept.skipped.iter().map(|(_, told)| told.clone())).collect::<Vec<_>>()
        };
        let (whole, pieces) = (all(self), all(pieces));
        let only = |one: &[String], other: &[String]| {
            one.iter().find(|told| !other.contains(told)).cloned().unwrap_or_default()
        };
        format!("in one read {}\n  line by line {}", only(&whole, &pieces), only(&pieces, &whole))
    }
}

/// Reads up to each of `cuts`, from the safe offset of the read before.
fn in_pieces(text: &[u8], cuts: impl ExactSizeIterator<Item = usize>) -> Kept {
    let (mut kept, mut from, last) = (Kept::default(), 0, cuts.len());
    for (n, cut) in (1..).zip(cuts) {
        let mut parser = Parser::new(Place::main("file-session"), from as u64, Rules::default());
        let (mut out, mut at) = (Output::default(), from as u64);
        for line in text[from..cut].split_inclusive(|byte| *byte == b'\n') {
            let end = at + line.len() as u64;
            parser.line(line.trim_ascii_end(), at..end, &mut out);
            at = end;
        }
        parser.end(if n == last { Ending::Over } else { Ending::Growing }, &mut out);
        from = parser.safe_offset() as usize;
        kept.add(out);
    }
    kept
}

fn same_turns(input: &[u8]) -> Result<u64, String> {
    let ends: Vec<usize> = (1..).zip(input).filter(|(_, byte)| **byte == b'\n').map(|(end, _)| end).collect();
    let Some(&end) = ends.last() else { return Ok(0) };
    let whole = in_pieces(input, [end].into_iter());
    let bytes: usize = whole.turns.values().flatten().map(|(_, turn)| turn.len()).sum();
    if bytes > ROOM.0 + ROOM.1 * input.len() {
        return Err(format!("{} bytes give {bytes} of turns", input.len()));
    }
    let count = whole.turns.values().map(Vec::len).sum::<usize>();
    let reasons: Vec<&str> = whole.skipped.iter().filter_map(|(_, told)| told.split("reason").nth(1)).collect();
    let shape = shape(&(count.min(20), whole.turns.len().min(4), reasons));
    // Each read begins with what is open: so many reads of so many blank lines would measure this check alone.
    let (step, last) = (ends.len().div_ceil(CUTS), ends.len() - 1);
    let cuts: Vec<usize> =
        ends.into_iter().enumerate().filter(|(n, _)| n % step == 0 || *n == last).map(|(_, end)| end).collect();
    let cuts = cuts.into_iter();
    let pieces = in_pieces(input, cuts);
    if pieces != whole {
        return Err(format!("line by line it gives other turns than in one read: {}", whole.differs_from(&pieces)));
    }
    Ok(shape)
}

/// A payload of each event.
pub(super) fn hook() -> Result<Box<dyn Target>, String> {
    let seeds = PAYLOADS.iter().map(|text| text.as_bytes().to_vec()).collect();
    Ok(Box::new(Plain { seeds, check: same_payload }))
}

pub(super) const PAYLOADS: &[&str] = &[
    r#"{"hook_event_name":"SessionStart","session_id":"s","transcript_path":"/t/s.jsonl","cwd":"/p","source":"resume"}"#,
    r#"{"hook_event_name":"UserPromptSubmit","session_id":"s","cwd":"/p","prompt":"why do the gauges lose frames?","prompt_id":"p1"}"#,
    r#"{"hook_event_name":"Stop","session_id":"s","cwd":"/p","last_assistant_message":"They restart at noon.","stop_hook_active":false}"#,
    r#"{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/p","tool_name":"MultiEdit","tool_input":{"file_path":"/p/a.rs","edits":[{"old_string":"a","new_string":"b"}]}}"#,
    r#"{"hook_event_name":"PostCompact","session_id":"s","cwd":"/p","compact_summary":"It was found.","trigger":"auto"}"#,
    r#"{"hook_event_name":"SubagentStop","session_id":"s","agent_id":"a","agent_transcript_path":"/t/agent-a.jsonl"}"#,
    r#"{"hook_event_name":"SessionEnd","session_id":"s","reason":"other"}"#,
];

fn same_payload(input: &[u8]) -> Result<u64, String> {
    let (Ok(payload), envelope) = (serde_json::from_slice::<Payload>(input), serde_json::from_slice::<Envelope>(input))
    else {
        return Ok(0);
    };
    let envelope = envelope.map_err(|error| format!("the daemon reads what the client does not: {error}"))?;
    let (theirs, ours) = (
        (&envelope.hook_event_name, &envelope.session_id, &envelope.cwd),
        (&payload.hook_event_name, &payload.session_id, &payload.cwd),
    );
    if theirs != ours {
        return Err(format!("the client reads {theirs:?}, the daemon {ours:?}"));
    }
    let said = payload.prompt.as_deref().map(prompt_text).unwrap_or_default();
    let told = answer(&payload.hook_event_name, &said).to_string();
    serde_json::from_str::<serde_json::Value>(&told).map_err(|error| format!("the answer is no JSON: {error}"))?;
    let edits = payload.edited_code().map(str::len).sum::<usize>();
    Ok(shape(&(
        (envelope.is_served(), envelope.leaves_nothing(), envelope.tells_nothing_more()),
        (payload.edited_file().is_some(), edits.min(3), said.len().min(3), payload.hook_event_name.len().min(20)),
    )))
}

/// Files as the older memory wrote them, and as people change them.
pub(super) fn markdown() -> Result<Box<dyn Target>, String> {
    let seeds = MEMORIES.iter().map(|text| text.as_bytes().to_vec()).collect();
    Ok(Box::new(Plain { seeds, check: same_memory }))
}

const FILE: &str = "018f3c1e-7b6a-7c1d-9a2b-3c4d5e6f7a8b.md";

const MEMORIES: &[&str] = &[
    "---\nid: 018f3c1e-7b6a-7c1d-9a2b-3c4d5e6f7a8b\nsubject: Watchdog\nkeywords:\n  - gauges\n  - noon\napplies_to: \"file:deploy/watchdog.sh\"\noccurred_at: \"2025-12-03T11:14:22.409Z\"\ncontent_hash: 0123456789abcdef\n---\n\nIt restarts at noon.\n",
    "---\nsubject: 'one: two'\nkeywords: [a, \"b\"]\napplies_to: area:deploy, file:a\nkind: decision\nproject: /p\nextra: 7\n---\nBody\n---\nmore",
    "---\r\nid: 018f3c1e-7b6a-7c1d-9a2b-3c4d5e6f7a8b\r\nsubject: |-\r\n  long\r\n  text\r\n---\r\n## Thought\r\n\r\na\r\n\r\n## Output\r\n\r\nb\r\n",
];

fn same_memory(input: &[u8]) -> Result<u64, String> {
    let text = String::from_utf8_lossy(input);
    let read = match markdown_memory::read(FILE, &text) {
        Ok(read) => read,
        Err(error) => return Ok(shape(&std::mem::discriminant(&error))),
    };
    let written = markdown_memory::write(&read.memory);
    let again =
        markdown_memory::read(FILE, &written).map_err(|error| format!("its own writing is refused: {error}"))?;
    if again.memory != read.memory {
        return Err(format!("it is another memory after writing: {:?}, then {:?}", read.memory, again.memory));
    }
    if markdown_memory::write(&again.memory) != written {
        return Err("it is written otherwise the second time".to_owned());
    }
    let memory = &read.memory;
    Ok(shape(&(
        (read.warnings.len().min(4), memory.keywords.len().min(4), memory.unknown.len().min(4)),
        (memory.kind.is_some(), memory.project.is_some(), memory.body.is_empty(), memory.subject.contains('\n')),
    )))
}

pub(super) fn shape(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
