//! A memory as a Markdown file, for exports and mirrors.
//! It must not know where files lie, nor how their text is spelt (see `agents::markdown_memory`).
//! Invariant: a file as local-recall writes it is the same file again after an import and an export; nothing in a file
//! changes but with its memory.

use std::collections::BTreeMap;

use quipu_agents::markdown_memory::{AppliesTo, Field, MarkdownMemory, thought_parts};
use quipu_core::kind::Kind;
use quipu_core::standing::Importance;
use quipu_protocol::wire::memory::{MemoryView, UpdateRequest};

use crate::dates::iso;

/// Stands for the project of a memory that belongs to every project, where files of several lie together.
pub const EVERY_PROJECT: &str = "*";
/// Longest subject that is made from a text, in characters.
const SUBJECT: usize = 100;

/// What a folder of files is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// Made to be read back: every key.
    Export(Spans),
    /// Made to be edited by hand: without what an edit would make untrue.
    Mirror(Spans),
}

/// Whose memories lie in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spans {
    /// One project's: it need not be named.
    Project,
    /// Several projects'.
    All,
}

/// A memory as a file; none where its id is no UUID.
pub fn file(memory: &MemoryView, folder: Folder) -> Option<MarkdownMemory> {
    let (Folder::Export(spans) | Folder::Mirror(spans)) = folder;
    let is_implied = implied_kind(&memory.text).as_str() == memory.kind;
    let project = || memory.project.clone().unwrap_or_else(|| EVERY_PROJECT.to_owned());
    Some(MarkdownMemory {
        id: memory.id.parse().ok()?,
        subject: match (&memory.title, folder) {
            (Some(title), _) => title.clone(),
            (None, Folder::Export(_)) => subject(&memory.text),
            // One that was made of the text would be no longer so after an edit.
            (None, Folder::Mirror(_)) => String::new(),
        },
        keywords: memory.keywords.clone(),
        applies_to: AppliesTo::parse(&memory.applies_to),
        occurred_at: iso(memory.occurred_at),
        content_hash: match folder {
            Folder::Export(_) => memory.content_hash.clone(),
            Folder::Mirror(_) => String::new(),
        },
        kind: (!is_implied).then(|| memory.kind.clone()),
        project: (spans == Spans::All).then(project),
        session: memory.session_id.clone(),
        agent: memory.agent.clone(),
        own: own(memory),
        body: memory.text.clone(),
        unknown: Vec::new(),
    })
}

/// The kind of a text whose file names none.
pub fn implied_kind(body: &str) -> Kind {
    if thought_parts(body).is_some() { Kind::Thought } else { Kind::Insight }
}

fn own(memory: &MemoryView) -> BTreeMap<String, Field> {
    let text = |key: &str, value: &str| (key.to_owned(), Field::Text(value.to_owned()));
    let mut own = BTreeMap::new();
    if memory.pinned {
        own.extend([text("pinned", "yes")]);
    }
    if memory.private {
        own.extend([text("private", "yes")]);
    }
    // 0 is of who knew no importance.
    if ![0, Importance::ORDINARY.number()].contains(&memory.importance) {
        own.extend([text("importance", &memory.importance.to_string())]);
    }
    own.extend(memory.valid_from.map(|at| text("valid_from", &iso(at))));
    own.extend(memory.valid_to.map(|at| text("valid_to", &iso(at))));
    if memory.lifecycle != "live" {
        own.extend([text("lifecycle", &memory.lifecycle)]);
    }
    own.extend(memory.superseded_by.as_deref().map(|by| text("superseded_by", by)));
    own.extend(memory.aggregated_into.as_deref().map(|into| text("aggregated_into", into)));
    own.extend(memory.archive_reason.as_deref().map(|why| text("archive_reason", why)));
    own
}

/// The first words of a text, as earlier systems made their subjects.
pub fn subject(text: &str) -> String {
    let flat =
        text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(SUBJECT) {
        // A text of headings alone has its first one.
        None if flat.is_empty() => text.split_whitespace().take(8).collect::<Vec<_>>().join(" "),
        None => flat,
        Some((at, _)) => format!("{}...", flat[..at].rsplit_once(' ').map_or(&flat[..at], |(head, _)| head)),
    }
}

/// What has to be asked for, once the text of a file is stored, so that its memory stands as the file says: held on to, hidden.
pub fn standing(file: &MarkdownMemory) -> Vec<UpdateRequest> {
    let mut asked = Vec::new();
    let esteem = UpdateRequest {
        pinned: file.own_text("pinned").is_some_and(is_yes).then_some(true),
        importance: importance(file),
        valid_from: moment(file, "valid_from"),
        valid_to: moment(file, "valid_to"),
        ..UpdateRequest::default()
    };
    if esteem.pinned.is_some()
        || esteem.importance.is_some()
        || esteem.valid_from.is_some()
        || esteem.valid_to.is_some()
    {
        asked.push(esteem);
    }
    let reason = file.own_text("archive_reason").map(str::to_owned);
    let hide = |action: &str, with_id: Option<&str>| UpdateRequest {
        action: Some(action.to_owned()),
        with_id: with_id.map(str::to_owned),
        reason,
        ..UpdateRequest::default()
    };
    match (file.own_text("lifecycle"), file.own_text("superseded_by")) {
        (Some("superseded"), Some(by)) => asked.push(hide("supersede", Some(by))),
        // The summary that stands for it may be anywhere; what was hidden stays hidden.
        (Some("archived" | "superseded" | "aggregated"), _) => asked.push(hide("archive", None)),
        _ => {}
    }
    asked
}

/// How much a file says that its memory matters, where it says something that can be.
pub fn importance(file: &MarkdownMemory) -> Option<u8> {
    file.own_text("importance")?.trim().parse().ok().filter(|number| Importance::of(*number).is_some())
}

/// A moment that a file names: UTC milliseconds.
pub fn moment(file: &MarkdownMemory, key: &str) -> Option<i64> {
    Some(file.own_text(key)?.trim().parse::<jiff::Timestamp>().ok()?.as_millisecond())
}

/// A truth as people write it.
pub fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "yes" | "true" | "on" | "1")
}
