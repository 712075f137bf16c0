//! The table of sessions, processes and connections.
//! It must not know rows, hooks or doors; what is to be written down it hands back.
//! Invariant: an end changes something only where it is of the process that has the session now; a session without a process that is
//! known is ended by whoever says so, unless it was heard of since.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_core::presence::{Signs, State};
use quipu_store::agents::{AgentRow, Departure, Sighting};
use quipu_store::write::Lane;

use super::{Change, REMEMBERED};
use crate::host::{Instance, Life};

/// So much later a sign that says nothing new is written down again, in ms: after a crash no more is forgotten.
const FRESH: i64 = 30_000;
/// So many files of a session are remembered, the newest.
const FILES: usize = 20;
/// Of a session whose process is not known and that is silent for so long, nobody will hear again, in ms.
const FOR_GOOD: i64 = 86_400_000;

/// A sign of life.
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) sighting: Sighting,
    /// The processes above whoever gave it, the nearest first.
    pub(crate) above: Vec<Instance>,
    /// Whether the session begins, or goes on, in this process from now on.
    pub(crate) begins: bool,
}

/// A session.
#[derive(Debug, Clone)]
pub(crate) struct Agent {
    pub(crate) project: ProjectKey,
    pub(crate) branch: Option<String>,
    pub(crate) cwd: Option<String>,
    pub(crate) task: Option<String>,
    instance: Option<Instance>,
    /// More than one sign came from that process, or a connection: it is not one that only carried a hook.
    confirmed: bool,
    pub(crate) joined: Millis,
    pub(crate) seen: Millis,
    written: Millis,
    silent: bool,
    pub(crate) left: Option<(Millis, String)>,
    pub(crate) files: Vec<(String, Millis)>,
}

/// A session was to end and has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GoesOn;

/// A connection that says by being open that somebody is there.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) named: Option<SessionRef>,
    pub(super) above: Vec<Instance>,
}

/// Everybody.
#[derive(Debug, Default)]
pub(crate) struct Table(Mutex<Inner>);

#[derive(Debug, Default)]
pub(super) struct Inner {
    pub(super) agents: HashMap<SessionRef, Agent>,
    /// Which session a process has now.
    hosts: HashMap<Instance, SessionRef>,
    pub(super) holds: HashMap<u64, Hold>,
    pub(super) next: u64,
}

impl Table {
    /// Takes what was written down, where nothing newer is known.
    pub(super) fn load(&self, rows: Vec<AgentRow>) {
        let mut inner = self.lock();
        for row in rows {
            let instance = row.instance.as_deref().and_then(Instance::parse);
            if let (Some(instance), None) = (instance, &row.left) {
                inner.hosts.entry(instance).or_insert_with(|| row.session.clone());
            }
            let agent = Agent {
                project: row.project,
                branch: row.branch,
                cwd: row.cwd,
                task: row.task,
                instance,
                confirmed: false,
                joined: row.joined,
                seen: row.seen,
                written: row.seen,
                silent: row.silent,
                left: row.left,
                files: row.files,
            };
            let known = inner.agents.entry(row.session).or_insert_with(|| agent.clone());
            if known.seen < agent.seen || known.left.is_none() && agent.left.is_some() {
                // What was seen of a process is not in the rows.
                let confirmed = known.confirmed && known.instance == agent.instance;
                *known = Agent { confirmed, ..agent };
            }
        }
    }

    /// Takes a sign; gives what of it is to be written down, and how soon.
    pub(super) fn seen(&self, sign: Sign) -> Option<(Sighting, Lane)> {
        self.lock().seen(sign)
    }

    /// Takes an end; gives what is to be written down where it is news.
    ///
    /// # Errors
    /// Where the session has gone on since, in this process or another.
    pub(super) fn leave(&self, departure: Departure) -> Result<Option<Departure>, GoesOn> {
        let mut inner = self.lock();
        let Some(agent) = inner.agents.get_mut(&departure.session) else {
            // The row knows; nobody in memory does.
            return Ok(Some(departure));
        };
        if agent.left.is_some() {
            return Ok(None);
        }
        if departure.at < agent.joined {
            return Err(GoesOn);
        }
        let its = departure.instance.as_deref().and_then(Instance::parse);
        let guard = match (its, agent.instance) {
            (Some(its), Some(known)) if its != known => {
                // The process that has the session lives on: this end is of an earlier one.
                if known.life() == Life::Lives {
                    return Err(GoesOn);
                }
                Some(known)
            }
            (None, _) if departure.at < agent.seen => return Err(GoesOn),
            (its, _) => its,
        };
        agent.left = Some((departure.at, departure.why.clone()));
        agent.files.clear();
        Ok(Some(Departure { instance: guard.map(|guard| guard.to_string()), ..departure }))
    }

    /// Looks at every process and time.
    pub(super) fn look(&self, now: Millis, patience: i64) -> Vec<Change> {
        // What the system says is asked without the lock.
        let of_everybody: Vec<Instance> = self
            .lock()
            .agents
            .values()
            .filter(|agent| agent.left.is_none())
            .filter_map(|agent| agent.instance)
            .collect();
        let gone: Vec<Instance> = of_everybody.into_iter().filter(|instance| instance.life() == Life::Gone).collect();
        let mut inner = self.lock();
        let connections = inner.connections();
        let mut changes = Vec::new();
        for (session, agent) in inner.agents.iter_mut().filter(|(_, agent)| agent.left.is_none()) {
            let held = connections.get(session).copied().unwrap_or(0);
            let state = Signs { left: None, connections: held, seen: agent.seen }.state(now, patience);
            let is_gone = agent.instance.is_some_and(|instance| gone.contains(&instance));
            let why = if is_gone && (agent.confirmed || state == State::Silent) {
                "its process is gone"
            } else if state == State::Silent && now.0.saturating_sub(agent.seen.0) > FOR_GOOD {
                "nothing was heard of it for a day"
            } else {
                if state == State::Silent && !agent.silent {
                    agent.silent = true;
                    changes.push(Change::Silent(session.clone(), agent.seen));
                }
                continue;
            };
            agent.left = Some((now, why.to_owned()));
            agent.files.clear();
            let instance = agent.instance.map(|instance| instance.to_string());
            changes.push(Change::Left(Departure { session: session.clone(), instance, at: now, why: why.to_owned() }));
        }
        let is_remembered =
            |agent: &Agent| agent.left.as_ref().is_none_or(|(at, _)| now.0.saturating_sub(at.0) < REMEMBERED);
        inner.agents.retain(|_, agent| is_remembered(agent));
        let Inner { agents, hosts, .. } = &mut *inner;
        hosts.retain(|instance, session| !gone.contains(instance) && agents.contains_key(session));
        changes
    }

    /// Whether a session is known to have ended.
    pub(super) fn has_left(&self, session: &SessionRef) -> bool {
        self.lock().agents.get(session).is_some_and(|agent| agent.left.is_some())
    }

    /// The session that the nearest of these processes has.
    pub(super) fn in_process(&self, above: &[Instance]) -> Option<SessionRef> {
        self.lock().in_process(above)
    }

    /// Everybody, with how many connections each holds.
    pub(super) fn everybody(&self) -> Vec<(SessionRef, Agent, usize)> {
        let inner = self.lock();
        let connections = inner.connections();
        let with = |(session, agent): (&SessionRef, &Agent)| {
            (session.clone(), agent.clone(), connections.get(session).copied().unwrap_or(0))
        };
        inner.agents.iter().map(with).collect()
    }

    /// Looks at each that is here and edits something.
    pub(super) fn each_at_work(&self, now: Millis, patience: i64, mut look: impl FnMut(&SessionRef, &Agent)) {
        let inner = self.lock();
        let at_work = |agent: &Agent| agent.left.is_none() && !agent.files.is_empty();
        if !inner.agents.values().any(at_work) {
            return;
        }
        let connections = inner.connections();
        for (session, agent) in inner.agents.iter().filter(|(_, agent)| at_work(agent)) {
            let held = connections.get(session).copied().unwrap_or(0);
            if (Signs { left: None, connections: held, seen: agent.seen }).state(now, patience) == State::Here {
                look(session, agent);
            }
        }
    }

    /// Gives those of one project to another.
    pub(crate) fn move_project(&self, old: &ProjectKey, new: &ProjectKey) {
        let mut inner = self.lock();
        for agent in inner.agents.values_mut().filter(|agent| agent.project == *old) {
            agent.project.clone_from(new);
        }
    }

    /// Does something to one that is there.
    pub(super) fn with(&self, session: &SessionRef, change: impl FnOnce(&mut Agent)) {
        if let Some(agent) = self.lock().agents.get_mut(session) {
            change(agent);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    pub(super) fn seen(&mut self, Sign { mut sighting, above, begins }: Sign) -> Option<(Sighting, Lane)> {
        let at = sighting.at;
        let nearest = above.first().copied();
        let agent = self.agents.get_mut(&sighting.session);
        if agent.as_ref().is_some_and(|agent| agent.left.as_ref().is_some_and(|(left, _)| at <= *left)) {
            return None;
        }
        let is_new = agent.as_ref().is_none_or(|agent| agent.left.is_some());
        let agent = match agent {
            Some(agent) if !is_new => agent,
            known => {
                let task = known.and_then(|agent| agent.task.clone());
                let agent = Agent {
                    project: sighting.project.clone(),
                    branch: None,
                    cwd: None,
                    task,
                    instance: None,
                    confirmed: false,
                    joined: at,
                    seen: at,
                    written: at,
                    silent: false,
                    left: None,
                    files: Vec::new(),
                };
                self.agents.insert(sighting.session.clone(), agent);
                self.agents.get_mut(&sighting.session)?
            }
        };
        let is_newest = at >= agent.seen;
        let before = (agent.project.clone(), agent.branch.clone(), agent.cwd.clone());
        let mut has_moved = false;
        if is_newest {
            agent.project = sighting.project.clone();
            if sighting.cwd.is_some() {
                (agent.branch, agent.cwd) = (sighting.branch.clone(), sighting.cwd.clone());
            }
            // Another process has it from its begin on, or once the one that had it is gone.
            let free = |known: Option<Instance>| known.is_none_or(|known| known.life() == Life::Gone);
            match nearest {
                Some(its) if agent.instance == Some(its) => agent.confirmed = true,
                Some(its) if begins || free(agent.instance) => {
                    (agent.instance, agent.confirmed, has_moved) = (Some(its), false, true);
                }
                _ => {}
            }
        }
        sighting.instance = agent.instance.map(|instance| instance.to_string());
        let mut is_news =
            is_new || agent.silent || before != (agent.project.clone(), agent.branch.clone(), agent.cwd.clone());
        if let Some(file) = &sighting.file {
            is_news |= agent.edits(file, at);
        }
        agent.silent = false;
        agent.seen = agent.seen.max(at);
        if let (Some(its), true) = (nearest, is_newest) {
            self.hosts.insert(its, sighting.session.clone());
        }
        let is_old = at.0.saturating_sub(agent.written.0) > FRESH;
        if !(is_news || has_moved || is_old) {
            return None;
        }
        agent.written = at;
        // Who comes, and in which process, is told in its order; the rest goes with whatever is written next.
        Some((sighting, if is_new || has_moved { Lane::Interactive } else { Lane::Aside }))
    }

    pub(super) fn in_process(&self, above: &[Instance]) -> Option<SessionRef> {
        let session = above.iter().find_map(|instance| self.hosts.get(instance))?;
        let agent = self.agents.get(session).filter(|agent| agent.left.is_none() && agent.is_in(above));
        agent.map(|_| session.clone())
    }

    /// The session that a connection stands for now.
    pub(super) fn of_hold(&self, hold: &Hold) -> Option<SessionRef> {
        let is_its = |session: &&SessionRef| {
            let agent = self.agents.get(session).filter(|agent| agent.left.is_none());
            agent.is_some_and(|agent| agent.is_in(&hold.above))
        };
        hold.named.as_ref().filter(is_its).cloned().or_else(|| self.in_process(&hold.above))
    }

    /// How many connections each session holds.
    fn connections(&self) -> HashMap<SessionRef, usize> {
        let mut counts = HashMap::new();
        for session in self.holds.values().filter_map(|hold| self.of_hold(hold)) {
            *counts.entry(session).or_default() += 1;
        }
        counts
    }
}

impl Agent {
    /// Whether its process may be one of these: of what is not known nothing is ruled out.
    fn is_in(&self, above: &[Instance]) -> bool {
        above.is_empty() || self.instance.is_none_or(|instance| above.contains(&instance))
    }

    /// Takes the process of a connection.
    pub(super) fn runs_in(&mut self, above: &[Instance]) -> Option<Instance> {
        if self.instance.is_none() {
            self.instance = above.first().copied();
        }
        self.confirmed |= self.instance.is_some_and(|instance| above.contains(&instance));
        self.instance
    }

    /// The process that it runs in.
    pub(super) fn instance(&self) -> Option<Instance> {
        self.instance
    }

    /// Notes an edit; says whether it is worth writing down.
    fn edits(&mut self, file: &str, at: Millis) -> bool {
        let known = self.files.iter().position(|(name, _)| name == file).map(|place| self.files.remove(place));
        let last = known.as_ref().map(|(_, last)| *last);
        self.files.insert(0, (file.to_owned(), last.map_or(at, |last| last.max(at))));
        self.files.truncate(FILES);
        last.is_none_or(|last| at.0.saturating_sub(last.0) > FRESH)
    }
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;
