//! Markdown files with front matter, one a memory: as local-recall wrote them, and as quipu's exports and mirrors do.
//! It must not know files; callers hand in each one's text.
//! Invariant: a memory keeps its id and its body byte for byte, so that it can go back as a file unchanged; what quipu's own
//! keys say of it is taken too.

use quipu_core::kind::Kind;

use super::{Draft, Place, Stood, local_recall};
use crate::markdown_memory::{self, MarkdownMemory, ReadError};

/// The name of this source.
pub const SOURCE: &str = "markdown";
/// Stands for the project of a memory that belongs to every project, where files of several lie together.
pub const EVERY_PROJECT: &str = "*";

/// The kind of a text whose file names none.
pub fn implied_kind(body: &str) -> Kind {
    if markdown_memory::thought_parts(body).is_some() { Kind::Thought } else { Kind::Insight }
}

/// The draft of a file, with what the reader had to repair or doubt.
///
/// # Errors
/// A file that is no memory, with what to do about it.
pub fn file(file_name: &str, text: &str) -> Result<(Draft, Vec<String>), ReadError> {
    let read = markdown_memory::read(file_name, text)?;
    let mut doubts: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    let memory = read.memory;
    let stated = memory.kind.as_deref().and_then(Kind::parse);
    if let (Some(word), None) = (&memory.kind, stated) {
        doubts.push(format!("`{word}` is no kind; it was taken as if none were said"));
    }
    let place = match memory.project.as_deref() {
        Some(EVERY_PROJECT) => Place::Everywhere,
        Some(path) => Place::Exactly(path.to_owned()),
        None => Place::Asked,
    };
    let (links, bad) = memory.links().unwrap_or_default();
    doubts.extend(bad.iter().map(|line| format!("`{line}` is no link, and was left out")));
    let valid = memory.validity();
    let draft = Draft {
        applies_to: memory.applies_to.to_string(),
        files: local_recall::files(&memory.applies_to),
        keywords: memory.keywords.clone(),
        occurred_at: memory.occurred_at.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        place,
        session: memory.agent.clone().zip(memory.session.clone()),
        pinned: memory.is_pinned(),
        privacy: memory.privacy(),
        importance: memory.importance().map(|importance| importance.number()),
        valid: (valid.from.map(|at| at.0), valid.to.map(|at| at.0)),
        work: memory.work(),
        links,
        stood: stood(&memory),
        lines: Some((1, text.lines().count() as u64)),
        ..Draft::new(memory.id, stated.unwrap_or_else(|| implied_kind(&memory.body)), &memory.body)
    };
    Ok((Draft { title: Some(memory.subject), ..draft }, doubts))
}

/// What hides it.
fn stood(file: &MarkdownMemory) -> Stood {
    let other = |key: &str| file.own_text(key).and_then(|id| uuid::Uuid::try_parse(id.trim()).ok());
    let archived = || Stood::Archived(None, file.own_text("archive_reason").map(str::to_owned));
    match file.own_text("lifecycle") {
        Some("superseded") => other("superseded_by").map_or_else(archived, Stood::Superseded),
        Some("aggregated") => other("aggregated_into").map_or_else(archived, Stood::Aggregated),
        Some("archived") => archived(),
        _ => Stood::Live,
    }
}
