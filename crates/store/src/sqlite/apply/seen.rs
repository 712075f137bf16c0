//! The projects and sessions of one slice of a transcript: its turns are of few, and each is asked for once.
//! It must not know memories.
//! Invariant: after [`Seen::end`] the rows are what they were had every turn been told to them by itself.

use std::collections::hash_map::Entry;

use rusqlite::Connection;
use rustc_hash::FxHashMap;

use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_core::turn::Turn;

use super::files::End;
use super::places;
use crate::error::StoreError;

/// What a slice has met so far.
pub(super) struct Seen<'b> {
    agent: &'b str,
    projects: FxHashMap<&'b str, i64>,
    sessions: FxHashMap<(&'b str, Option<&'b str>), Session<'b>>,
    /// By a session's row.
    stands: FxHashMap<i64, Stand<'b>>,
}

/// Where a session stands.
pub(super) struct Stand<'b> {
    /// Of its next memory.
    pub(super) position: i64,
    /// Whether hooks carried something that no record has told yet.
    pub(super) provisional: bool,
    /// What its next turn is joined to.
    pub(super) end: End<'b>,
}

/// A session's row, and what of the turns it has not been told.
struct Session<'b> {
    row: i64,
    project: i64,
    branch: Option<&'b str>,
    cwd: Option<&'b str>,
    /// The times that the row knows.
    told: (Millis, Millis),
    met: (Millis, Millis),
}

impl<'b> Seen<'b> {
    pub(super) fn new(agent: &'b str) -> Self {
        Self { agent, projects: FxHashMap::default(), sessions: FxHashMap::default(), stands: FxHashMap::default() }
    }

    /// The row of a turn's project.
    pub(super) fn project(&mut self, tx: &Connection, key: &'b ProjectKey, now: Millis) -> Result<i64, StoreError> {
        if let Some(row) = self.projects.get(key.0.as_str()) {
            return Ok(*row);
        }
        let row = places::project(tx, key, now)?;
        self.projects.insert(&key.0, row);
        Ok(row)
    }

    /// The row of a turn's session. A subagent's hangs on that of the agent who called it, which may not have been read
    /// yet.
    pub(super) fn session(&mut self, tx: &Connection, turn: &'b Turn, project: i64) -> Result<i64, StoreError> {
        let key = (turn.session.as_str(), turn.subagent.as_deref());
        let (branch, cwd, at) = (turn.branch.as_deref(), turn.cwd.as_deref(), turn.occurred_at);
        if let Some(known) = self.sessions.get_mut(&key)
            && known.project == project
            && (branch.is_none() || branch == known.branch)
            && (cwd.is_none() || cwd == known.cwd)
        {
            known.met = (known.met.0.min(at), known.met.1.max(at));
            return Ok(known.row);
        }
        let row = places::session(tx, &self.named(&turn.session_name()), Some(project), branch, cwd, at)?;
        if turn.subagent.is_some() {
            let parent = places::session(tx, &self.named(&turn.session), Some(project), None, None, at)?;
            places::set_parent(tx, row, parent)?;
        }
        let before = self.sessions.get(&key);
        let met = before.map_or((at, at), |known| (known.met.0.min(at), known.met.1.max(at)));
        let (branch, cwd) = (branch.or(before.and_then(|b| b.branch)), cwd.or(before.and_then(|b| b.cwd)));
        self.sessions.insert(key, Session { row, project, branch, cwd, told: (at, at), met });
        Ok(row)
    }

    /// Where a session stands: read from its rows once, and kept true by whoever adds to it.
    pub(super) fn stand(&mut self, tx: &Connection, session: i64) -> Result<&mut Stand<'b>, StoreError> {
        Ok(match self.stands.entry(session) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let (position, provisional) = tx
                    .prepare_cached(
                        "select 1 + coalesce((select max(position) from memory where session_id = ?1), 0),
                            exists (select 1 from memory where session_id = ?1 and provisional = 1)",
                    )?
                    .query_row([session], |row| Ok((row.get(0)?, row.get(1)?)))?;
                unknown.insert(Stand { position, provisional, end: End::default() })
            }
        })
    }

    /// Tells the rows how far their turns reach.
    pub(super) fn end(self, tx: &Connection) -> Result<(), StoreError> {
        for ((session, subagent), known) in &self.sessions {
            if known.met == known.told {
                continue;
            }
            places::reach(tx, known.row, known.met)?;
            // The caller's session lasts at least as long as what it called.
            if subagent.is_some() {
                for at in [known.met.0, known.met.1] {
                    places::session(tx, &self.named(session), Some(known.project), None, None, at)?;
                }
            }
        }
        Ok(())
    }

    fn named(&self, name: &str) -> SessionRef {
        SessionRef { agent: self.agent.to_owned(), id: name.to_owned() }
    }
}
