//! One line of a transcript: which record it is, and the fields that are used.
//! It must not know how records make turns.
//! Invariant: any bytes give an answer; only a JSON object with a known `type` is a record.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use quipu_core::id::Millis;
use quipu_core::redact::redact;

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

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) content: Content,
}

/// Text, or blocks.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Blocks(Vec<Block>),
    Text(String),
    Other(serde::de::IgnoredAny),
    #[default]
    None,
}

impl Content {
    /// The blocks; a plain text is one text block.
    pub(super) fn blocks(&self) -> Cow<'_, [Block]> {
        match self {
            Content::Blocks(blocks) => Cow::Borrowed(blocks),
            Content::Text(text) => Cow::Owned(vec![Block::Text { text: text.clone() }]),
            Content::Other(_) | Content::None => Cow::Owned(Vec::new()),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Text {
        #[serde(default)]
        text: String,
    },
    Thinking {
        #[serde(default)]
        thinking: String,
    },
    ToolUse {
        #[serde(default)]
        id: String,
        #[serde(default)]
        name: String,
        #[serde(default)]
        input: serde_json::Value,
    },
    ToolResult {
        #[serde(default)]
        tool_use_id: String,
        #[serde(default)]
        content: serde_json::Value,
        #[serde(default)]
        is_error: Option<bool>,
    },
    Image {},
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw<'a> {
    #[serde(rename = "type")]
    kind: String,
    subtype: Option<String>,
    uuid: Option<String>,
    session_id: Option<String>,
    cwd: Option<String>,
    git_branch: Option<String>,
    timestamp: Option<String>,
    #[serde(default)]
    is_sidechain: Option<bool>,
    agent_id: Option<String>,
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
    match read(line) {
        Parsed::Unreadable => mend_surrogates(line).map_or(Parsed::Unreadable, |mended| read(&mended)),
        parsed => parsed,
    }
}

fn read(line: &[u8]) -> Parsed {
    let Ok(head) = serde_json::from_slice::<Head<'_>>(line) else { return Parsed::Unreadable };
    match head.kind.as_deref() {
        Some("user" | "assistant" | "system") => serde_json::from_slice::<Raw<'_>>(line)
            .map_or(Parsed::Unreadable, |raw| Parsed::Record(Box::new(raw.into()))),
        Some(kind) if IGNORED.contains(&kind) => Parsed::Ignored,
        // Redacted before it is cut, like any text that is kept.
        Some(kind) => Parsed::Unknown(redact(kind).0.chars().take(60).collect()),
        None => Parsed::Unknown("none".into()),
    }
}

impl From<Raw<'_>> for Record {
    fn from(raw: Raw<'_>) -> Self {
        let named = |text: Option<String>| text.filter(|t| !t.is_empty());
        Self {
            kind: raw.kind,
            subtype: raw.subtype,
            uuid: named(raw.uuid),
            session: named(raw.session_id),
            cwd: named(raw.cwd),
            branch: named(raw.git_branch),
            at: raw.timestamp.as_deref().and_then(millis).unwrap_or_default(),
            is_sidechain: raw.is_sidechain.unwrap_or(false),
            agent: named(raw.agent_id),
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

/// Replaces lone surrogate escapes (`\ud83d` without its other half) by U+FFFD.
///
/// JavaScript writes them when a string was cut in the middle of a character; JSON readers in Rust refuse them.
fn mend_surrogates(line: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(line).ok()?;
    let bytes = text.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let escape = bytes.get(at..at + 6)?;
        (escape.starts_with(b"\\u"))
            .then(|| text.get(at + 2..at + 6))
            .flatten()
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
    };
    let mut out = Vec::with_capacity(bytes.len());
    let mut changed = false;
    let mut at = 0;
    while at < bytes.len() {
        let (step, lone) = match (bytes[at], unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => (12, false),
            (b'\\', Some(0xd800..=0xdfff)) => (6, true),
            (b'\\', _) => (2, false),
            _ => (1, false),
        };
        let end = (at + step).min(bytes.len());
        out.extend_from_slice(if lone { b"\\ufffd" } else { &bytes[at..end] });
        changed |= lone;
        at = end;
    }
    changed.then_some(out)
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
