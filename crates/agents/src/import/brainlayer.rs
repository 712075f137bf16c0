//! BrainLayer: one table of chunks, and queue files with what was not written to it yet.
//! It must not know SQL or files.
//! Invariant: what is hidden there is hidden here, by whichever of its encodings it says so.

use quipu_core::hash::named_id;
use quipu_core::kind::Kind;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::database::Database;
use super::record::Record;
use super::{Draft, Given, Place, Stood};

/// The name of this source.
pub const SOURCE: &str = "brainlayer";

/// Classes of text that are its own working, and not what somebody knows.
const WORKINGS: [&str; 4] = ["operational", "test", "benchmark", "cold"];

/// Which classes are brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classes {
    /// Those that say something.
    Knowledge,
    /// All.
    All,
}

/// A database of it, or a queue file.
#[derive(Debug)]
pub struct BrainLayer(pub Classes);

impl Database for BrainLayer {
    fn source(&self) -> &'static str {
        SOURCE
    }

    fn mark(&self) -> (&'static str, &'static str) {
        ("chunks", "content")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["chunks"]
    }

    fn row(&mut self, _: &str, number: u64, record: Record<'_>) -> Option<Given> {
        Some(self.chunk(record, number))
    }
}

impl BrainLayer {
    fn chunk(&self, record: Record<'_>, number: u64) -> Given {
        let Some(body) = record.text(&["content"]) else { return Given::Nothing("empty") };
        let class = record.text(&["content_class"]).unwrap_or_default();
        if self.0 == Classes::Knowledge && WORKINGS.contains(&class.as_str()) {
            return Given::Nothing("its own working (`--include-all` takes it)");
        }
        let at = record.time(&["created_at", "timestamp"]);
        let own = record.text(&["id", "chunk_id"]);
        let id = match &own {
            Some(own) => id_of(own),
            None => named_id(&[SOURCE, "", &body, &at.unwrap_or_default().to_string()]),
        };
        let source_file = record.text(&["source_file"]);
        let session = record.text(&["conversation_id", "session_id"]).filter(|id| {
            Uuid::try_parse(id).is_ok() && source_file.as_deref().is_none_or(|file| file.ends_with(".jsonl"))
        });
        let place = match record.text(&["project"]) {
            Some(path) if path.starts_with('/') => Place::Directory(path),
            name => Place::Named(name.unwrap_or_else(|| "none".to_owned())),
        };
        // From 1 to 10 there.
        let importance = record.number("importance").map(|n| (n / 2.0).ceil().clamp(1.0, 5.0) as u8);
        let draft = Draft {
            occurred_at: at,
            place,
            session: session.map(|id| ("claude-code".to_owned(), id)),
            pinned: record.flag("pinned"),
            importance,
            valid: (record.time(&["valid_from"]), record.time(&["invalid_at"])),
            stood: stood(record),
            lines: Some((number, number)),
            name: own,
            ..Draft::new(id, kind(record), &body)
        };
        Given::Memory(Box::new(draft.titled(record.text(&["summary", "title"])).filed_under(record.list("tags"))))
    }

    /// What a line of a queue file gives: only some of its events hold a memory.
    pub fn queued(&self, line: &[u8], number: u64) -> Given {
        let Ok(Value::Object(event)) = serde_json::from_slice::<Value>(line) else {
            return Given::Nothing("unreadable");
        };
        let record = Record(&event);
        let event_kind = record.text(&["type", "kind", "event", "op", "operation"]).unwrap_or_default();
        if ["enrichment_update", "rewind_archive"].contains(&event_kind.as_str()) {
            return Given::Nothing("an event of the queue, no memory");
        }
        let inner = ["payload", "data", "args", "chunk", "memory"];
        let inner = inner.iter().find_map(|name| event.get(*name).and_then(Value::as_object));
        let whole: Map<String, Value> = match inner {
            Some(inner) => event.iter().chain(inner).map(|(name, value)| (name.clone(), value.clone())).collect(),
            None => event,
        };
        self.chunk(Record(&whole), number)
    }
}

fn id_of(own: &str) -> Uuid {
    super::id_of(own, &[SOURCE, own])
}

fn stood(record: Record<'_>) -> Stood {
    let other = |name: &str| record.text(&[name]).map(|id| id_of(&id));
    if let Some(by) = other("superseded_by") {
        return Stood::Superseded(by);
    }
    if let Some(into) = other("aggregated_into") {
        return Stood::Aggregated(into);
    }
    let status = record.text(&["status"]).unwrap_or_default();
    let archived_at = record.time(&["archived_at"]);
    if archived_at.is_some() || record.text(&["archived_at"]).is_some() || record.flag("archived") {
        return Stood::Archived(archived_at, record.text(&["archive_reason"]));
    }
    match status.as_str() {
        "superseded" | "archived" => Stood::Archived(None, Some(format!("it was {status} there"))),
        // Since when, nobody can tell; else it is one that held until then.
        _ if record.text(&["invalid_at"]).is_some() && record.time(&["invalid_at"]).is_none() => {
            Stood::Archived(None, Some("it held no more there".to_owned()))
        }
        _ => Stood::Live,
    }
}

fn kind(record: Record<'_>) -> Kind {
    let words = [&["memory_type"], &["type"], &["intent"], &["content_type"], &["content_class"]];
    let found = words.iter().filter_map(|names| record.text(*names)).find_map(|word| {
        Some(match word.as_str() {
            "decision" => Kind::Decision,
            "mistake" => Kind::AntiPattern,
            "todo" | "issue" => Kind::OpenThread,
            "bookmark" => Kind::Reference,
            "journal" => Kind::Journal,
            "user_message" => Kind::Prompt,
            "assistant_text" => Kind::Answer,
            "stack_trace" | "build_log" => Kind::Outcome,
            "learning" | "idea" | "note" => Kind::Insight,
            _ => return None,
        })
    });
    found.unwrap_or(Kind::Insight)
}
