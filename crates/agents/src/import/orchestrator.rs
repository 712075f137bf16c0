//! The orchestrator plugin: notes of a project, and notes and traits of a user.
//! It must not know SQL or files.
//! Invariant: a note's own type stays among its keywords, for ours are fewer.

use quipu_core::kind::Kind;
use uuid::Uuid;

use super::database::Database;
use super::record::Record;
use super::{Draft, Given, Place, Stood};

/// The name of this source.
pub const SOURCE: &str = "orchestrator";

/// A database of it.
#[derive(Debug)]
pub struct Orchestrator {
    /// Whose notes these are: a project's directory, or the user's.
    pub owner: Place,
}

impl Database for Orchestrator {
    fn source(&self) -> &'static str {
        SOURCE
    }

    fn mark(&self) -> (&'static str, &'static str) {
        ("notes", "content")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["notes", "user_model"]
    }

    fn row(&mut self, table: &str, number: u64, record: Record<'_>) -> Option<Given> {
        Some(if table == "notes" { self.note(record, number) } else { self.trait_of_user(record, number) })
    }
}

impl Orchestrator {
    /// A note's id there is a number in some versions: then only the project makes it one of many.
    fn id_of(&self, table: &str, own: &str) -> Uuid {
        let owner = match &self.owner {
            Place::Directory(path) | Place::Exactly(path) | Place::Named(path) => path,
            Place::Asked | Place::Everywhere => "",
        };
        super::id_of(own, &[SOURCE, owner, table, own])
    }

    fn note(&self, record: Record<'_>, number: u64) -> Given {
        let Some(content) = record.text(&["content"]) else { return Given::Nothing("empty") };
        let own = record.text(&["id"]).unwrap_or_else(|| number.to_string());
        let kind = record.text(&["type"]).unwrap_or_default();
        let body = match record.text(&["context"]) {
            Some(context) if context != content => format!("{content}\n\n{context}"),
            _ => content,
        };
        let superseded = record.text(&["superseded_by"]).map(|by| Stood::Superseded(self.id_of("notes", &by)));
        let is_done = record.flag("resolved") || record.text(&["status"]).is_some_and(|s| s == "done");
        let stood = match superseded {
            Some(behind) => behind,
            None if is_done => Stood::Archived(record.time(&["updated_at"]), Some("it was resolved there".to_owned())),
            None => Stood::Live,
        };
        let status = [("status", "status:"), ("priority", "priority:"), ("due_date", "due:")];
        let status = status.iter().filter_map(|(name, word)| Some(format!("{word}{}", record.text(&[name])?)));
        let words: Vec<String> = record.list("keywords").into_iter().chain(record.list("tags")).chain(status).collect();
        let draft = Draft {
            occurred_at: record.time(&["created_at", "updated_at"]),
            // These speak of the user, in whichever database they stand.
            place: if kind == "user_pattern" { Place::Everywhere } else { self.owner.clone() },
            session: record.text(&["source_session"]).map(|id| ("claude-code".to_owned(), id)),
            files: record.list("code_refs").iter().map(|path| without_line(path)).collect(),
            stood,
            lines: Some((number, number)),
            name: Some(own.clone()),
            ..Draft::new(self.id_of("notes", &own), kind_of(&kind), &body)
        };
        Given::Memory(Box::new(draft.filed_under(std::iter::once(kind).chain(words))))
    }

    fn trait_of_user(&self, record: Record<'_>, number: u64) -> Given {
        let Some(observation) = record.text(&["observation"]) else { return Given::Nothing("empty") };
        let dimension = record.text(&["dimension"]).unwrap_or_default();
        let body = match record.text(&["evidence"]) {
            Some(evidence) => format!("{observation}\n\n{evidence}"),
            None => observation.clone(),
        };
        let own = record.text(&["id"]).unwrap_or_else(|| format!("{dimension} {observation}"));
        let draft = Draft {
            occurred_at: record.time(&["updated_at", "created_at"]),
            place: Place::Everywhere,
            lines: Some((number, number)),
            name: Some(dimension.clone()),
            ..Draft::new(self.id_of("user_model", &own), Kind::Preference, &body)
        };
        Given::Memory(Box::new(draft.filed_under([dimension])))
    }
}

/// `src/a.rs:12` and `src/a.rs#L12` name a file.
fn without_line(path: &str) -> String {
    let path = path.split_once('#').map_or(path, |(path, _)| path);
    match path.rsplit_once(':') {
        Some((file, line)) if !file.is_empty() && line.bytes().all(|b| b.is_ascii_digit() || b == b'-') => file,
        _ => path,
    }
    .to_owned()
}

fn kind_of(word: &str) -> Kind {
    match word {
        "decision" | "architecture" => Kind::Decision,
        "convention" | "autonomy_recipe" | "quality_gate" => Kind::Convention,
        "anti_pattern" => Kind::AntiPattern,
        "risk" => Kind::Risk,
        "open_thread" | "commitment" | "work_item" => Kind::OpenThread,
        "reference" | "dependency" | "tool_capability" => Kind::Reference,
        "user_pattern" => Kind::Preference,
        "checkpoint" => Kind::Checkpoint,
        _ => Kind::Insight,
    }
}
