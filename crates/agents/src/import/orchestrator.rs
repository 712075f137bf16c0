//! The orchestrator plugin: notes of a project with their links, and notes and traits of a user.
//! It must not know SQL or files.
//! Invariant: a note's own type stays among its keywords, for ours are fewer; what of a work item or a link has no word here
//! is told, or kept as a keyword.

mod links;

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::link::Link;
use quipu_core::work::{Priority, Status, Work};
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
    owner: Place,
    /// Links of notes that are yet to come.
    links: links::Gathered,
}

impl Database for Orchestrator {
    fn source(&self) -> &'static str {
        SOURCE
    }

    fn mark(&self) -> (&'static str, &'static str) {
        ("notes", "content")
    }

    fn tables(&self) -> &'static [&'static str] {
        // A note is handed on with its links.
        &["links", "notes", "user_model"]
    }

    fn row(&mut self, table: &str, number: u64, record: Record<'_>) -> Option<Given> {
        Some(match table {
            "links" => return self.links.take(record).err().map(Given::Nothing),
            "notes" => self.note(record, number),
            _ => self.trait_of_user(record, number),
        })
    }
}

impl Orchestrator {
    /// A database whose notes are those of a project's directory, or the user's.
    pub fn of(owner: Place) -> Self {
        Self { owner, links: links::Gathered::default() }
    }

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
        let is_work = kind == "work_item";
        let stood = match superseded {
            Some(behind) => behind,
            // A work item that is done says so itself.
            None if is_done && !is_work => {
                Stood::Archived(record.time(&["updated_at"]), Some("it was resolved there".to_owned()))
            }
            None => Stood::Live,
        };
        let (work, rest) = if is_work { work(record, is_done) } else { (None, words(record, |_| true)) };
        let words: Vec<String> = record.list("keywords").into_iter().chain(record.list("tags")).chain(rest).collect();
        let links = self.links.of(&own).map(|(relation, to)| Link { relation, to: MemoryId(self.id_of("notes", to)) });
        let draft = Draft {
            occurred_at: record.time(&["created_at", "updated_at"]),
            // These speak of the user, in whichever database they stand.
            place: if kind == "user_pattern" { Place::Everywhere } else { self.owner.clone() },
            session: record.text(&["source_session"]).map(|id| ("claude-code".to_owned(), id)),
            files: record.list("code_refs").iter().map(|path| without_line(path)).collect(),
            stood,
            work,
            links: links.collect(),
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

/// What a note has beside its text, as keywords: those columns that `are_kept`.
fn words(record: Record<'_>, are_kept: impl Fn(&str) -> bool) -> Vec<String> {
    let columns = [("status", "status:"), ("priority", "priority:"), ("due_date", "due:")];
    let of = |(name, word): (&str, &str)| Some(format!("{word}{}", record.text(&[name])?));
    columns.into_iter().filter(|(name, _)| are_kept(name)).filter_map(of).collect()
}

/// Where a work item stands, and what of that was not understood, as keywords.
fn work(record: Record<'_>, is_done: bool) -> (Option<Work>, Vec<String>) {
    let word = |name: &str| record.text(&[name]).map(|word| word.to_ascii_lowercase().replace('-', "_"));
    let status = word("status").map(|word| match word.as_str() {
        "cancelled" | "canceled" | "abandoned" => Some(Status::Dropped),
        "in_progress" | "doing" => Some(Status::Active),
        "todo" | "open" => Some(Status::Planned),
        word => Status::parse(word),
    });
    let priority = word("priority").map(|word| Priority::parse(&word));
    let due = record.text(&["due_date"]).map(|_| record.time(&["due_date"]));
    let start = Work::default();
    let work = Work {
        status: if is_done { Status::Done } else { status.flatten().unwrap_or(start.status) },
        priority: priority.flatten().unwrap_or(start.priority),
        due: due.flatten().map(Millis),
        held: None,
    };
    let is_odd = |name: &str| match name {
        "status" => status == Some(None),
        "priority" => priority == Some(None),
        _ => due == Some(None),
    };
    (Some(work), words(record, is_odd))
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
        "work_item" => Kind::WorkItem,
        "open_thread" | "commitment" => Kind::OpenThread,
        "reference" | "dependency" | "tool_capability" => Kind::Reference,
        "user_pattern" => Kind::Preference,
        "checkpoint" => Kind::Checkpoint,
        _ => Kind::Insight,
    }
}
