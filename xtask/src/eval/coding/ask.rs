//! Asking the daemon: searches as a person does, prompts as Claude Code's hook does.
//!
//! It must not know what is right. Invariant: each prompt comes from a session of its own, so none is left out as known.

use std::collections::{HashMap, HashSet};

use quipu_protocol::client::{Client, Request};
use quipu_protocol::wire::daemon::HookReply;
use quipu_protocol::wire::search::{ScopeParams, SearchReply, SearchRequest};
use serde_json::json;

use super::load::{Question, Silence};
use super::script::{Place, by_file};
use crate::bench::scratch::{Scratch, patience, told};
use crate::eval::play;

/// Hits asked for.
const DEPTH: usize = 20;

/// What a search found.
pub(super) struct Found {
    /// Place of the first hit that holds the answer.
    pub(super) turn: Option<usize>,
    /// Place of the first hit of the right session, in the project and in all projects.
    pub(super) session: [Option<usize>; 2],
}

/// What a prompt was given.
pub(super) struct Given {
    /// Whether anything.
    pub(super) anything: bool,
    /// Whether the answer was in it.
    pub(super) answer: bool,
}

pub(super) struct Asker {
    client: Client,
    /// The labels and the file of each memory.
    memories: HashMap<String, (HashSet<String>, String)>,
    /// Which file a label stands in.
    files: HashMap<String, String>,
    asked: usize,
}

impl Asker {
    pub(super) fn new(scratch: &Scratch, places: &[Place]) -> Result<Self, String> {
        let mut client = scratch.client()?;
        let labels = by_file(places);
        let mut memories = HashMap::new();
        play::each_memory(&mut client, |id, source| {
            let file = source.path.rsplit('/').next().unwrap_or_default().to_owned();
            let inside = labels.get(file.as_str()).into_iter().flatten();
            let held = inside.filter(|(at, _)| (source.from..source.to).contains(at));
            memories.insert(id, (held.map(|(_, label)| (*label).to_owned()).collect(), file.clone()));
        })?;
        let files = places.iter().map(|place| (place.label.clone(), place.file.clone())).collect();
        Ok(Self { client, memories, files, asked: 0 })
    }

    pub(super) fn question(&mut self, question: &Question) -> Result<Found, String> {
        let own =
            self.search(question, ScopeParams { project: Some(directory(&question.project)), ..Default::default() })?;
        let all = self.search(question, ScopeParams { all: true, ..Default::default() })?;
        Ok(Found { turn: own.0, session: [own.1, all.1] })
    }

    /// Places of the first right turn and of the first turn of a right session.
    fn search(&mut self, question: &Question, scope: ScopeParams) -> Result<(Option<usize>, Option<usize>), String> {
        let request =
            SearchRequest { query: question.text.clone(), scope, limit: Some(DEPTH), ..SearchRequest::default() };
        let reply: SearchReply = self.client.call(&Request::post("/v1/search", &request), patience()).map_err(told)?;
        let right: HashSet<&String> = question.evidence.iter().filter_map(|label| self.files.get(label)).collect();
        let of = |id: &String| self.memories.get(id);
        let turn = reply
            .hits
            .iter()
            .position(|hit| of(&hit.id).is_some_and(|(held, _)| !held.is_disjoint(&question.evidence)));
        let session = reply.hits.iter().position(|hit| of(&hit.id).is_some_and(|(_, file)| right.contains(file)));
        Ok((turn.map(|at| at + 1), session.map(|at| at + 1)))
    }

    /// What the prompt hook gives for a question.
    pub(super) fn prompt(&mut self, question: &Question) -> Result<Given, String> {
        let context = self.hook(&question.project, &question.text)?;
        let answer = self
            .memories
            .iter()
            .any(|(id, (held, _))| !held.is_disjoint(&question.evidence) && context.contains(id.as_str()));
        Ok(Given { anything: !context.is_empty(), answer })
    }

    /// Whether the prompt hook gives anything where it should not.
    pub(super) fn silence(&mut self, silence: &Silence) -> Result<bool, String> {
        Ok(!self.hook(&silence.project, &silence.text)?.is_empty())
    }

    fn hook(&mut self, project: &str, prompt: &str) -> Result<String, String> {
        self.asked += 1;
        let payload = json!({
            "session_id": format!("asks-{}", self.asked), "cwd": directory(project),
            "hook_event_name": "UserPromptSubmit", "prompt": prompt,
            // Not a person's: it is answered, and not kept as one.
            "source": "sdk",
        });
        let request = Request::post("/v1/hook/claude-code", &payload);
        let reply: HookReply = self.client.call(&request, patience()).map_err(told)?;
        let context = &reply.output["hookSpecificOutput"]["additionalContext"];
        Ok(context.as_str().unwrap_or_default().to_owned())
    }
}

fn directory(project: &str) -> String {
    format!("/srv/samples/{project}")
}
