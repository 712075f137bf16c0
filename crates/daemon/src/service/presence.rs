//! Who is here: signs of life from hooks and connections, in memory, with a row behind each session.
//! It must not know SQL, how a host is recognised, nor how a roster looks.
//! Invariant: one session, one entry and one row; only the process that has a session ends it. A sign that cannot be written
//! down costs whoever gave it nothing.

mod editing;
mod hold;
mod roster;
mod table;
mod task;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_protocol::config::keys::{EDITS_FOR, SILENT_AFTER};
use quipu_store::agents::{AgentsWrite, Departure, Sighting};
use quipu_store::write::{Lane, Write};

use super::Service;
use crate::host::Instance;

pub(crate) use editing::Editor;
pub(crate) use hold::Held;
pub(crate) use roster::{agents, others};
pub(crate) use table::{GoesOn, Sign, Table};
pub(crate) use task::declare;

/// So often processes are looked at: one that has died is gone from the roster within a second.
const LOOK: Duration = Duration::from_millis(400);
/// Of sessions that have left so much is remembered, in ms.
const REMEMBERED: i64 = 86_400_000;

/// What a look at everybody has found.
#[derive(Debug)]
pub(crate) enum Change {
    /// A session's process is gone, or it was silent for too long.
    Left(Departure),
    /// Nothing was heard of a session for a while.
    Silent(SessionRef, Millis),
}

impl Service {
    /// Takes what the rows know. Of an owner they are asked once.
    pub(super) fn recall_presence(&self) {
        match self.engine.agents(self.now().plus(-REMEMBERED)) {
            Ok(rows) => self.presence.load(rows),
            Err(error) => tracing::warn!(%error, "who is here could not be read; hooks will tell"),
        }
    }

    /// So long after its last sign a session counts as silent, in ms.
    pub(super) fn patience(&self) -> i64 {
        i64::try_from(self.settings.user().config.time(SILENT_AFTER).as_millis()).unwrap_or(i64::MAX)
    }

    /// So long after its last edit a file counts as being edited, in ms.
    pub(super) fn edits_for(&self) -> i64 {
        i64::try_from(self.settings.user().config.time(EDITS_FOR).as_millis()).unwrap_or(i64::MAX)
    }

    /// Which session a connection belongs to now: the one that it names, unless that has ended and its process has another;
    /// of a shim that names none, the one of its process.
    pub(crate) fn session_of(&self, named: Option<&SessionRef>, peer: Option<u32>) -> Option<SessionRef> {
        if named.is_some_and(|named| !self.presence.has_left(named)) {
            return named.cloned();
        }
        let above = peer.map(Instance::all_above).unwrap_or_default();
        self.presence.in_process(&above).or_else(|| named.cloned())
    }

    /// Notes a sign of life; what of it is news is written down, and nobody waits for that.
    /// A session does something that nothing else is known of.
    pub(super) fn is_alive(&self, session: &SessionRef) {
        let now = self.now();
        self.presence.with(session, |agent| agent.seen = agent.seen.max(now));
        self.session_is_active(session);
    }

    pub(super) fn sign(&self, sign: Sign) {
        if let Some((sighting, lane)) = self.presence.seen(sign) {
            self.tell_presence(AgentsWrite::Seen(sighting), lane);
        }
    }

    /// Notes an end.
    ///
    /// # Errors
    /// Where it is none: the session has gone on since, in this process or another.
    pub(super) fn depart(&self, departure: Departure) -> Result<(), GoesOn> {
        if let Some(departure) = self.presence.leave(departure)? {
            self.tell_presence(AgentsWrite::Left(departure), Lane::Interactive);
        }
        Ok(())
    }

    fn tell_presence(&self, write: AgentsWrite, lane: Lane) {
        let reply = Box::new(|outcome: Result<_, quipu_store::StoreError>| {
            if let Err(error) = outcome {
                tracing::warn!(%error, "who is here was not written down; the next sign will be");
            }
        });
        self.engine.submit(None, Write::Agents(Box::new(write)), lane, self.now(), reply);
    }

    /// Looks at processes and times, again and again, until the daemon ends.
    pub(crate) async fn watch_presence(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.ending.stopped() => return,
            }
            let service = self.clone();
            // It reads what the system says of processes.
            let looked = tokio::task::spawn_blocking(move || service.look_at_presence()).await;
            if let Err(error) = looked {
                tracing::error!(%error, "the look at who is here failed");
            }
        }
    }

    fn look_at_presence(&self) {
        for change in self.presence.look(self.now(), self.patience()) {
            match change {
                Change::Left(departure) => self.tell_presence(AgentsWrite::Left(departure), Lane::Interactive),
                Change::Silent(session, seen) => {
                    self.tell_presence(AgentsWrite::Silent { session, seen }, Lane::Interactive);
                }
            }
        }
    }

    /// A sign of a session that works in a project, of whoever stands behind `peer`.
    pub(super) fn sign_of(
        &self,
        session: &SessionRef,
        (project, cwd): (ProjectKey, Option<&str>),
        peer: Option<u32>,
        at: Millis,
    ) -> Sign {
        let above = peer.map(Instance::all_above).unwrap_or_default();
        let sighting = Sighting {
            session: session.clone(),
            project,
            branch: cwd.and_then(crate::places::branch_of),
            cwd: cwd.map(|cwd| self.safe_path(cwd)),
            instance: above.first().map(Instance::to_string),
            file: None,
            at,
        };
        Sign { sighting, above, begins: false }
    }

    /// A path as it may be written down.
    fn safe_path(&self, path: &str) -> String {
        self.privacy(Some(path)).redact(path).into_owned()
    }

    /// The key of a file in the project of a sign, as it may be written down; none of one that lies elsewhere: whoever works here is not
    /// told where others do.
    pub(super) fn edited(&self, sighting: &Sighting, file: &str) -> Option<String> {
        let base = Path::new(sighting.cwd.as_deref().unwrap_or("/"));
        let path = crate::places::absolute(base, file);
        let key = crate::places::file_key(Some(&sighting.project), &path).filter(|key| !key.starts_with('/'))?;
        Some(self.privacy(sighting.cwd.as_deref()).redact(&key).into_owned())
    }
}
