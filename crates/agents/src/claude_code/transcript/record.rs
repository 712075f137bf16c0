//! One line of a transcript: which record it is, and the fields that are used.
//! It must not know how records make turns.
//! Invariant: any bytes give an answer; only a JSON object with a known `type` is a record.

mod content;
mod surrogates;
mod words;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use quipu_core::id::Millis;

pub(super) use content::{Block, Message};
use words::Words;

/// Types that are known and carry nothing to keep.
const IGNORED: [&str; 19] = [
    "progress",
    "queue-operation",
    "summary",
    "file-history-snapshot",
    "pr-link",
    // hook_additional_context among them: text that hooks injected, ours included.
    "attachment",
    "custom-title",
    "ai-title",
    "last-prompt",
    "mode",
    "permission-mode",
    "worktree-state",
    "agent-setting",
    "relocated",
    "content-replacement",
    "attribution-snapshot",
    "tag",
    "atis-latch",
    "agent-name",
];

/// What a line is.
#[derive(Debug)]
pub(super) enum Parsed {
    /// A user, assistant or system record.
    Record(Box<Record>),
    /// A known type without content to keep.
    Ignored,
    /// An empty line.
    Blank,
    /// A type of a newer version.
    Unknown(String),
    /// No JSON object.
    Unreadable,
}

/// The fields that are used.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) kind: String,
    pub(super) subtype: Option<String>,
    pub(super) uuid: Option<String>,
    pub(super) session: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) branch: Option<String>,
    pub(super) at: Millis,
    pub(super) is_sidechain: bool,
    /// The subagent's id, in its own records.
    pub(super) agent: Option<String>,
    pub(super) is_meta: bool,
    pub(super) is_compact_summary: bool,
    pub(super) is_transcript_only: bool,
    pub(super) is_api_error: bool,
    pub(super) message: Option<Message>,
    /// What an edit changed, beside its result.
    pub(super) patch: Vec<Hunk>,
}

/// A stretch of a changed file; each line begins with its sign: ` `, `-` or `+`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hunk {
    #[serde(default)]
    pub(super) old_start: u64,
    #[serde(default)]
    pub(super) new_start: u64,
    #[serde(default)]
    pub(super) lines: Vec<String>,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Words<'a>,
    #[serde(borrow, default)]
    subtype: Words<'a>,
    #[serde(borrow, default)]
    uuid: Words<'a>,
    #[serde(borrow, default)]
    session_id: Words<'a>,
    #[serde(borrow, default)]
    cwd: Words<'a>,
    #[serde(borrow, default)]
    git_branch: Words<'a>,
    #[serde(borrow, default)]
    timestamp: Words<'a>,
    is_sidechain: Option<bool>,
    #[serde(borrow, default)]
    agent_id: Words<'a>,
    is_meta: Option<bool>,
    is_compact_summary: Option<bool>,
    is_visible_in_transcript_only: Option<bool>,
    is_api_error_message: Option<bool>,
    message: Option<Message>,
    /// Text, a list or an object by the tool; it may hold whole files, so nothing is made of it before it is needed.
    #[serde(borrow)]
    tool_use_result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    structured_patch: Vec<Hunk>,
}

/// Parses one line.
pub(super) fn parse(line: &[u8]) -> Parsed {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Parsed::Blank;
    }
    match std::str::from_utf8(line) {
        Ok(line) => read(&surrogates::mended(line)),
        Err(_) => Parsed::Unreadable,
    }
}

fn read(line: &str) -> Parsed {
    match serde_json::from_str::<Raw<'_>>(line) {
        Ok(raw) if raw.kind.0.as_deref().is_some_and(is_record) => Parsed::Record(Box::new(raw.into())),
        Ok(raw) => other(raw.kind.0.as_deref()),
        // Records of other types may use the same names otherwise.
        Err(_) => match serde_json::from_str::<Head<'_>>(line) {
            Ok(head) if !head.kind.as_deref().is_some_and(is_record) => other(head.kind.as_deref()),
            _ => Parsed::Unreadable,
        },
    }
}

fn is_record(kind: &str) -> bool {
    matches!(kind, "user" | "assistant" | "system")
}

/// A record of a type that is not kept.
fn other(kind: Option<&str>) -> Parsed {
    match kind {
        Some(kind) if IGNORED.contains(&kind) => Parsed::Ignored,
        Some(kind) => Parsed::Unknown(kind.to_owned()),
        None => Parsed::Unknown("none".into()),
    }
}

impl From<Raw<'_>> for Record {
    fn from(raw: Raw<'_>) -> Self {
        Self {
            kind: raw.kind.owned(),
            subtype: raw.subtype.0.map(Cow::into_owned),
            uuid: raw.uuid.named(),
            session: raw.session_id.named(),
            cwd: raw.cwd.named(),
            branch: raw.git_branch.named(),
            at: raw.timestamp.0.as_deref().and_then(millis).unwrap_or_default(),
            is_sidechain: raw.is_sidechain.unwrap_or(false),
            agent: raw.agent_id.named(),
            is_meta: raw.is_meta.unwrap_or(false),
            is_compact_summary: raw.is_compact_summary.unwrap_or(false),
            is_transcript_only: raw.is_visible_in_transcript_only.unwrap_or(false),
            is_api_error: raw.is_api_error_message.unwrap_or(false),
            message: raw.message,
            patch: raw.tool_use_result.map(|told| patch(told.get())).unwrap_or_default(),
        }
    }
}

fn patch(told: &str) -> Vec<Hunk> {
    if !told.contains("\"structuredPatch\"") {
        return Vec::new();
    }
    serde_json::from_str::<Changed>(told).map(|changed| changed.structured_patch).unwrap_or_default()
}

fn millis(text: &str) -> Option<Millis> {
    text.parse::<jiff::Timestamp>().ok().map(|t| Millis(t.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_give_an_answer() {
        assert!(matches!(parse(b""), Parsed::Blank));
        assert!(matches!(parse(b"  \t"), Parsed::Blank));
        assert!(matches!(parse(b"\x00\xff\xfe"), Parsed::Unreadable));
        assert!(matches!(parse(b"{\"type\":\"user\""), Parsed::Unreadable));
        assert!(matches!(parse(b"[1,2]"), Parsed::Unreadable));
        assert!(matches!(parse(br#"{"type":"brand-new","x":1}"#), Parsed::Unknown(t) if t == "brand-new"));
        assert!(matches!(parse(br#"{"a":1}"#), Parsed::Unknown(t) if t == "none"));
        assert!(matches!(parse(br#"{"type":"progress"}"#), Parsed::Ignored));
        assert!(matches!(parse(br#"{"type":"user","message":{"content":17}}"#), Parsed::Record(_)));
    }

    #[test]
    fn lone_surrogates_are_mended() {
        let line =
            br#"{"type":"user","uuid":"u","message":{"content":"cut \ud83d here, whole \ud83d\ude00, kept \\ud83d"}}"#;
        let Parsed::Record(record) = parse(line) else { panic!("a record") };
        let message = record.message.expect("a message");
        let blocks = message.content.blocks();
        let Block::Text { text } = &blocks[0] else { panic!("text") };
        assert_eq!(text, "cut \u{fffd} here, whole 😀, kept \\ud83d");
    }
}
