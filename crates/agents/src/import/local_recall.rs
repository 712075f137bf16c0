//! local-recall's lines of JSON, which are replayed; its Markdown files are read as any are (`markdown.rs`).
//! It must not know files; callers hand in each line with its place.
//! Invariant: a memory keeps its id and its body byte for byte, so that it can go back as a file unchanged.

use std::collections::HashMap;

use quipu_core::hash::content_hash;
use quipu_core::kind::Kind;
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;

use super::record::Record;
use super::{Draft, clean};
use crate::markdown_memory::{self, AppliesTo};

/// The name of this source.
pub const SOURCE: &str = "local-recall";

/// The files that a scope names.
pub(super) fn files(scope: &AppliesTo) -> Vec<String> {
    match scope {
        AppliesTo::File(path) => vec![path.clone()],
        AppliesTo::Many(scopes) => scopes.iter().flat_map(files).collect(),
        _ => Vec::new(),
    }
}

/// What a line of JSON does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It says what a memory is, from here on.
    Adds(Uuid),
    /// It takes one out.
    Deletes(Uuid),
    /// It is a vector, of which we make our own.
    Nothing,
    /// It is not understood.
    Unreadable,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    action: Option<std::borrow::Cow<'a, str>>,
    #[serde(default)]
    id: Option<serde_json::Value>,
    // Named, so that what is long is passed over without being kept.
    #[serde(default, rename = "content")]
    _content: Option<IgnoredAny>,
}

/// Looks at what a line does, and no further.
pub fn step(line: &[u8]) -> Step {
    let Ok(head) = serde_json::from_slice::<Head<'_>>(line) else { return Step::Unreadable };
    let id = head.id.as_ref().and_then(|id| id.as_str()).map(id_of);
    match (head.action.as_deref(), id) {
        (Some("add"), Some(id)) => Step::Adds(id),
        (Some("delete"), Some(id)) => Step::Deletes(id),
        (Some("embedding"), _) => Step::Nothing,
        _ => Step::Unreadable,
    }
}

fn id_of(written: &str) -> Uuid {
    super::id_of(written, &[SOURCE, written])
}

/// The end of a replay: where the line stands that says what each memory is.
#[derive(Debug, Default)]
pub struct Replay {
    /// By id: file and first byte; none for what was taken out.
    last: HashMap<Uuid, Option<(u32, u64)>>,
}

impl Replay {
    /// Takes the next step, which stands in `file` at byte `at`.
    pub fn take(&mut self, step: Step, file: u32, at: u64) {
        match step {
            Step::Adds(id) => self.last.insert(id, Some((file, at))),
            Step::Deletes(id) => self.last.insert(id, None),
            Step::Nothing | Step::Unreadable => None,
        };
    }

    /// Whether that line says what its memory is.
    pub fn holds(&self, step: Step, file: u32, at: u64) -> bool {
        matches!(step, Step::Adds(id) if self.last.get(&id) == Some(&Some((file, at))))
    }

    /// What was taken out in the end.
    pub fn gone(&self) -> impl Iterator<Item = Uuid> {
        self.last.iter().filter(|(_, at)| at.is_none()).map(|(id, _)| *id)
    }
}

/// The draft of a line that adds a memory, with what is to be doubted; none where it says nothing.
pub fn line(line: &[u8], number: u64) -> Option<(Draft, Option<String>)> {
    let value: serde_json::Value = serde_json::from_slice(line).ok()?;
    let record = Record(value.as_object()?);
    let body = record.0.get("content")?.as_str()?;
    let written = record.text(&["id"])?;
    let thought = markdown_memory::thought_parts(body).is_some();
    let scope = AppliesTo::parse(&record.text(&["applies_to"]).unwrap_or_else(|| "global".to_owned()));
    let kind = if thought { Kind::Thought } else { Kind::Insight };
    let draft = Draft {
        applies_to: scope.to_string(),
        files: files(&scope),
        occurred_at: record.time(&["occurred_at", "created_at", "timestamp"]),
        lines: Some((number, number)),
        ..Draft::new(id_of(&written), kind, body)
    };
    let draft = draft.titled(record.text(&["subject"])).filed_under(record.list("keywords"));
    let computed = content_hash(body);
    let doubt = record.text(&["content_hash"]).filter(|stated| *stated != computed).map(|stated| {
        format!(
            "{}: content_hash says {}, the body has {computed}; it was taken as it is",
            clean(&written),
            clean(&stated)
        )
    });
    Some((draft, doubt))
}
