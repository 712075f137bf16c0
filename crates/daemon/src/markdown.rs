//! A memory as a Markdown file, for exports and mirrors.
//! It must not know where files lie, nor how their text is spelt (see `agents::markdown_memory`).
//! Invariant: a file as local-recall writes it is the same file again after an import and an export; nothing in a file
//! changes but with its memory.

use std::collections::BTreeMap;

use quipu_agents::import::markdown::{EVERY_PROJECT, implied_kind};
use quipu_agents::markdown_memory::{AppliesTo, Field, MarkdownMemory};
use quipu_core::id::Millis;
use quipu_core::link::{End, Link, Relation};
use quipu_core::standing::Importance;
use quipu_core::work::{Priority, Status, Work};
use quipu_protocol::wire::memory::MemoryView;
use quipu_protocol::wire::work::WorkView;

use crate::dates::iso;

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
    let mut file = MarkdownMemory {
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
    };
    if let Some(work) = memory.work.as_ref().and_then(work) {
        file.say_work(&work, iso);
    }
    // Those that others keep are in their files.
    let kept = memory.links.iter().filter(|link| link.kept);
    file.say_links(kept.filter_map(|link| match Relation::parse(&link.relation)? {
        (relation, End::Keeper) => Some(Link { relation, to: link.id.parse().ok()? }),
        (_, End::Other) => None,
    }));
    Some(file)
}

fn work(view: &WorkView) -> Option<Work> {
    let (status, priority) = (Status::parse(&view.status)?, Priority::parse(&view.priority)?);
    Some(Work { status, held: None, priority, due: view.due_at.map(Millis) })
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
