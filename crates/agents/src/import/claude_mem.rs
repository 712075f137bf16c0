//! claude-mem: observations, summaries of sessions and prompts in one database.
//! It must not know SQL or files.
//! Invariant: a version that has other columns gives what it has; what no version has is not asked for.
//!
//! Format: as its public documentation of the database tells it. Sessions have two ids, its own and Claude Code's, under
//! names that changed (`sdk_session_id`, `memory_session_id`; `claude_session_id`, `content_session_id`).

use std::collections::HashMap;

use quipu_core::hash::named_id;
use quipu_core::kind::Kind;

use super::database::Database;
use super::record::Record;
use super::{Draft, Given, Place};

/// The name of this source.
pub const SOURCE: &str = "claude-mem";

const OWN_SESSION: [&str; 3] = ["memory_session_id", "sdk_session_id", "session_id"];
const AGENT_SESSION: [&str; 2] = ["content_session_id", "claude_session_id"];

/// A database of it.
#[derive(Debug, Default)]
pub struct ClaudeMem {
    /// By either id: the project, and the id that Claude Code has for it.
    sessions: HashMap<String, (Option<String>, Option<String>)>,
}

impl Database for ClaudeMem {
    fn source(&self) -> &'static str {
        SOURCE
    }

    fn mark(&self) -> (&'static str, &'static str) {
        ("sdk_sessions", "project")
    }

    fn tables(&self) -> &'static [&'static str] {
        &["sdk_sessions", "sessions", "observations", "session_summaries", "user_prompts", "memories", "overviews"]
    }

    fn row(&mut self, table: &str, number: u64, record: Record<'_>) -> Option<Given> {
        let (kind, title, body) = match table {
            "sdk_sessions" | "sessions" => {
                self.session(record);
                return None;
            }
            "observations" => (observed(record), record.text(&["title"]), narrated(record)),
            "session_summaries" => (Kind::Checkpoint, record.text(&["request"]), summed_up(record)),
            "user_prompts" => (Kind::Prompt, None, record.text(&["prompt_text"])),
            "memories" => (Kind::Insight, record.text(&["title"]), record.text(&["text", "content"])),
            _ => (Kind::Checkpoint, None, record.text(&["content", "text"])),
        };
        let Some(body) = body else { return Some(Given::Nothing("empty")) };
        let at = record.time(&["created_at_epoch", "created_at"]);
        let own = record.text(&["id"]).unwrap_or_else(|| number.to_string());
        let mut known =
            OWN_SESSION.iter().chain(&AGENT_SESSION).filter_map(|name| self.sessions.get(&record.text(&[name])?));
        let known = known.next().cloned().unwrap_or_default();
        let project = record.text(&["project"]).or(known.0);
        // Its numbers begin anew in every database.
        let id = named_id(&[SOURCE, table, &own, &at.unwrap_or_default().to_string()]);
        let files = record.list("files_modified").into_iter().chain(record.list("files_edited"));
        let files = files.chain(record.list("files_touched")).chain(record.list("files_read"));
        let importance = match record.text(&["priority"]).as_deref() {
            Some("critical") => Some(5),
            Some("important") => Some(4),
            _ => None,
        };
        let words = [record.text(&["type"]), Some(table.to_owned())];
        let words = words.into_iter().flatten().chain(record.list("concepts")).chain(record.list("keywords"));
        let draft = Draft {
            occurred_at: at,
            place: match project {
                Some(path) if path.starts_with('/') => Place::Directory(path),
                name => Place::Named(name.unwrap_or_else(|| "none".to_owned())),
            },
            session: record.text(&AGENT_SESSION).or(known.1).map(|id| ("claude-code".to_owned(), id)),
            files: files.collect(),
            importance,
            lines: Some((number, number)),
            name: Some(format!("{table} {own}")),
            ..Draft::new(id, kind, &body)
        };
        Some(Given::Memory(Box::new(draft.titled(title).filed_under(words))))
    }
}

impl ClaudeMem {
    fn session(&mut self, record: Record<'_>) {
        let (project, agent) = (record.text(&["project"]), record.text(&AGENT_SESSION));
        for id in OWN_SESSION.iter().chain(&AGENT_SESSION).filter_map(|name| record.text(&[name])) {
            self.sessions.insert(id, (project.clone(), agent.clone()));
        }
    }
}

fn observed(record: Record<'_>) -> Kind {
    match record.text(&["type"]).as_deref() {
        Some("decision") => Kind::Decision,
        _ => Kind::Insight,
    }
}

/// What an observation says: what is told, then its facts.
fn narrated(record: Record<'_>) -> Option<String> {
    let mut parts: Vec<String> = record.text(&["subtitle"]).into_iter().collect();
    parts.extend(record.text(&["narrative"]));
    // Of old versions this is all; in later ones it says the same again, or nothing.
    if parts.len() < 2 {
        parts.extend(record.text(&["text"]));
    }
    let facts = record.list("facts").iter().map(|fact| format!("- {fact}")).collect::<Vec<_>>().join("\n");
    parts.push(facts);
    together(parts)
}

fn summed_up(record: Record<'_>) -> Option<String> {
    let parts = [
        ("Asked", "request"),
        ("Looked into", "investigated"),
        ("Learnt", "learned"),
        ("Done", "completed"),
        ("Next", "next_steps"),
        ("Notes", "notes"),
    ];
    together(parts.iter().filter_map(|(word, name)| Some(format!("{word}: {}", record.text(&[name])?))).collect())
}

fn together(parts: Vec<String>) -> Option<String> {
    let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (!said.is_empty()).then(|| said.join("\n\n"))
}
