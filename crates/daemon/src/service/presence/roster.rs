//! The roster: who is here, what each does, whose work touches the asker's.
//! It must not know how presence is found out.
//! Invariant: what is cut off is counted; a task that may not be shown here is redacted like every text.

use std::cmp::Reverse;

use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_core::presence::{LEAST_PREFIX, Overlap, Signs, State, is_named, short, shown};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::agents::{AgentView, AgentsReply, AgentsRequest, EditView, OverlapView};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::read::Scope;

use super::table::Agent;
use crate::service::{Service, pages};

/// So many where none are named.
const LIMIT: usize = 50;
/// So many at most.
const MOST: usize = 500;
/// So many others are named to who begins.
const NAMED: usize = 5;
/// A task is told so short to who begins, in characters.
const TASK: usize = 80;

/// One of them with how it is there.
struct Present {
    session: SessionRef,
    agent: Agent,
    state: State,
    connections: usize,
}

pub(crate) fn agents(service: &Service, you: Option<&SessionRef>, asked: &AgentsRequest) -> Result<AgentsReply, Fault> {
    let limit = pages::limit(asked.limit, LIMIT, MOST)?;
    let named = asked.session.as_deref().map(|name| service.session_named(name)).transpose()?;
    let scope = match &named {
        Some(_) => Scope::All,
        None => service.scope(&ScopeParams {
            all: asked.all,
            project: asked.project.clone(),
            cwd: asked.cwd.clone(),
            only: None,
        })?,
    };
    let everybody = service.everybody();
    let own = everybody.iter().find(|one| Some(&one.session) == you).map(|one| one.agent.clone());
    let is_meant = |one: &Present| match (&named, &scope) {
        (Some(named), _) => one.session == *named,
        (None, Scope::All) => true,
        (None, Scope::Project(key)) => one.agent.project == *key,
    };
    let (mut meant, others): (Vec<_>, Vec<_>) = everybody.into_iter().partition(is_meant);
    let count = |state: State| meant.iter().filter(|one| one.state == state).count();
    let (here, silent, left) = (count(State::Here), count(State::Silent), count(State::Left));
    if !asked.left && named.is_none() {
        meant.retain(|one| one.state != State::Left);
    }
    let of = meant.len();
    let window = service.edits_for();
    let now = service.now();
    let mut views = Vec::with_capacity(of.min(limit));
    for one in meant.into_iter().take(limit) {
        let roles = service.roles_of(&one.session, &one.agent.project);
        let delivery_paused = service.is_delivery_paused(&one.session, &one.agent.project, &roles)?;
        views.push(AgentView { roles, delivery_paused, ..view(one, (you, own.as_ref()), (now, window)) });
    }
    Ok(AgentsReply {
        agents: views,
        of,
        here,
        silent,
        left,
        elsewhere: others.iter().filter(|one| one.state == State::Here).count(),
        you: you.map(ToString::to_string),
        project: if let Scope::Project(key) = scope { Some(key.0) } else { None },
        paused: service.delivery_paused_views()?,
        mode: service.mode().to_owned(),
    })
}

/// Who else is here, in a line or a few for an agent that begins; nothing where nobody is.
pub(crate) fn others(service: &Service, project: &ProjectKey, own: Option<&SessionRef>) -> Option<String> {
    let mut here: Vec<Present> = service.everybody();
    here.retain(|one| one.state == State::Here && one.agent.project == *project && Some(&one.session) != own);
    if here.is_empty() {
        return None;
    }
    let (count, now, window) = (here.len(), service.now(), service.edits_for());
    let named: Vec<String> = here.iter().take(NAMED).map(|one| in_a_line(one, now, window)).collect();
    let more = match count - named.len() {
        0 => String::new(),
        more => format!("\n- and {more} more (`quipu agents`)"),
    };
    let who = if count == 1 { "1 other agent is".to_owned() } else { format!("{count} other agents are") };
    Some(format!("{who} at work in {} now:\n{}{more}", project.name(), named.join("\n")))
}

fn in_a_line(one: &Present, now: Millis, window: i64) -> String {
    let Present { session, agent, .. } = one;
    let branch = agent.branch.as_deref().map(|branch| format!(" on branch {branch}")).unwrap_or_default();
    let task = agent.task.as_deref().map(|task| format!(": {}", cut(task))).unwrap_or_default();
    let files: Vec<&str> = fresh(agent, now, window).take(3).map(|(file, _)| file.as_str()).collect();
    let files = if files.is_empty() { String::new() } else { format!(" (edits {})", files.join(", ")) };
    format!("- {}{branch}{task}{files}", shown(session))
}

fn cut(task: &str) -> String {
    let line = task.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TASK) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

/// The files that it edits now, the latest first.
fn fresh(agent: &Agent, now: Millis, window: i64) -> impl Iterator<Item = &(String, Millis)> {
    agent.files.iter().filter(move |(_, at)| now.0.saturating_sub(at.0) < window)
}

fn view(one: Present, (you, own): (Option<&SessionRef>, Option<&Agent>), (now, window): (Millis, i64)) -> AgentView {
    let Present { session, agent, state, connections } = one;
    let names = |agent: &Agent| fresh(agent, now, window).map(|(file, _)| file.clone()).collect::<Vec<_>>();
    let overlap = match own.filter(|own| you != Some(&session) && own.project == agent.project) {
        Some(own) => Overlap::of((&names(own), own.task.as_deref()), (&names(&agent), agent.task.as_deref())),
        None => Overlap::default(),
    };
    AgentView {
        short: short(&session).to_owned(),
        session: session.to_string(),
        agent: session.agent,
        editing: fresh(&agent, now, window).map(|(file, at)| EditView { file: file.clone(), at: at.0 }).collect(),
        project: agent.project.0,
        branch: agent.branch,
        cwd: agent.cwd,
        task: agent.task,
        roles: Vec::new(),
        state: state.as_str().to_owned(),
        connected: connections > 0,
        joined_at: agent.joined.0,
        seen_at: agent.seen.0,
        left_at: agent.left.as_ref().map(|(at, _)| at.0),
        left_why: agent.left.map(|(_, why)| why),
        delivery_paused: false,
        overlap: OverlapView { files: overlap.files, words: overlap.words },
    }
}

impl Service {
    /// Everybody, here before silent before left, the latest sign of life first.
    fn everybody(&self) -> Vec<Present> {
        // Who reads beside the owner has no signs of his own: the rows are what is known.
        if self.standing != "owner" {
            self.recall_presence();
        }
        let (now, patience) = (self.now(), self.patience());
        let present = |(session, agent, connections): (SessionRef, Agent, usize)| {
            let left = agent.left.as_ref().map(|(at, _)| *at);
            let state = Signs { left, connections, seen: agent.seen }.state(now, patience);
            Present { session, agent, state, connections }
        };
        let mut all: Vec<Present> = self.presence.everybody().into_iter().map(present).collect();
        all.sort_by_key(|one| (one.state as u8, Reverse(one.agent.seen), one.session.to_string()));
        all
    }

    /// So many are here, and so many silent.
    pub(crate) fn counted_agents(&self) -> (usize, usize) {
        let all = self.everybody();
        let count = |state: State| all.iter().filter(|one| one.state == state).count();
        (count(State::Here), count(State::Silent))
    }

    /// The session that somebody names: whole, by its id, or by enough of its beginning.
    ///
    /// # Errors
    /// Where nobody is called so, or several are.
    pub(crate) fn session_named(&self, name: &str) -> Result<SessionRef, Fault> {
        let mut found: Vec<SessionRef> =
            self.everybody().into_iter().map(|one| one.session).filter(|session| is_named(session, name)).collect();
        if let Some(exact) = found.iter().position(|session| session.id == name || session.to_string() == name) {
            return Ok(found.swap_remove(exact));
        }
        match found.len() {
            1 => Ok(found.swap_remove(0)),
            0 => Err(Fault::new(FaultKind::Missing, "no_such_session", format!("no session is called `{name}`")).hint(
                format!(
                    "`quipu agents --all` lists those that are here; {LEAST_PREFIX} characters of an id are enough"
                ),
            )),
            _ => {
                let names: Vec<String> = found.iter().map(ToString::to_string).collect();
                let message = format!("several sessions are called `{name}`: {}", names.join(", "));
                Err(Fault::new(FaultKind::Conflict, "ambiguous_session", message).hint("name one by more of its id"))
            }
        }
    }
}
