//! `agents_list`: who else is at work, on what, and whose work touches the asker's.
//! It must not know how presence is found out.
//! Invariant: it lists those of the asker's own place; of others only how many there are.

use jiff::Zoned;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::agents::{AgentView, AgentsRequest};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates;
use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "agents_list",
    title: "Agents at work",
    description: "Which other agents are at work in this project: branch, task, files that they edit, whether they are here or \
        silent, and what of that touches your own work. Use it before you divide work, or edit what others may be editing.",
    effect: Effect::Reads,
    shelf: Shelf::All,
    input: schema::input::<Arguments>,
    output: schema::output::<Roster>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// Another project by name or path. Only where the user allows it.
    project: Option<String>,
    /// Those too that have left within a day.
    #[serde(default)]
    left: bool,
    /// At most so many, 50 unless given.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Roster {
    /// Here before silent before left.
    agents: Vec<AgentView>,
    /// So many of them there are, given or not.
    of: usize,
    /// So many are here.
    here: usize,
    /// So many are silent.
    silent: usize,
    /// So many have left.
    left: usize,
    /// So many are here in other projects.
    elsewhere: usize,
    /// Your own session, where your host says which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    you: Option<String>,
    /// What answered.
    mode: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    let scope = asker.handle.scope(&asker.service, asked.project.as_deref())?;
    let request = AgentsRequest {
        all: scope.all,
        project: scope.project,
        cwd: scope.cwd,
        session: None,
        left: asked.left,
        limit: asked.limit,
    };
    let reply = service::agents(&asker.service, asker.session.as_ref(), &request)?;
    let now = Zoned::now();
    let rows: String = reply.agents.iter().map(|agent| row(agent, reply.you.as_deref(), &now)).collect();
    let cut = if reply.agents.len() < reply.of {
        format!(", {} of {} listed", reply.agents.len(), reply.of)
    } else {
        String::new()
    };
    let head = format!(
        "{} here, {} silent, {} left{cut}; {} here in other projects (mode {}).\n",
        reply.here, reply.silent, reply.left, reply.elsewhere, reply.mode
    );
    let text = format!("{head}{rows}{}", words::notes(None, &warnings));
    let roster = Roster {
        agents: reply.agents,
        of: reply.of,
        here: reply.here,
        silent: reply.silent,
        left: reply.left,
        elsewhere: reply.elsewhere,
        you: reply.you,
        mode: reply.mode,
        warnings,
    };
    Told::new(text, &roster)
}

fn row(agent: &AgentView, you: Option<&str>, now: &Zoned) -> String {
    let own = if you == Some(&agent.session) { " (you)" } else { "" };
    let part = |before: &str, value: Option<&str>| value.map(|value| format!("{before}{}", words::line(value)));
    let branch = part(", branch ", agent.branch.as_deref()).unwrap_or_default();
    let task = part(": ", agent.task.as_deref()).unwrap_or_default();
    let names: Vec<&str> = agent.editing.iter().map(|edit| edit.file.as_str()).collect();
    let files = if names.is_empty() { String::new() } else { format!("; edits {}", names.join(", ")) };
    let shared = [&agent.overlap.files[..], &agent.overlap.words[..]].concat().join(", ");
    let shared = if shared.is_empty() { String::new() } else { format!("; touches your work: {shared}") };
    let seen = dates::age(agent.left_at.unwrap_or(agent.seen_at), now);
    let row = format!("- {}{own} {}, {seen}{branch}{task}{files}{shared}", agent.session, agent.state);
    format!("{}\n", quipu_core::fence::neutralise(&row))
}
