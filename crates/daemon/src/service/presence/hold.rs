//! A connection that is held open for as long as an agent's process lives.
//! It must not know HTTP.
//! Invariant: its end says something only where the process is gone with it, and nothing while the daemon itself ends.

use std::sync::Arc;

use quipu_core::memory::SessionRef;
use quipu_store::agents::{AgentsWrite, Departure};
use quipu_store::write::Lane;

use super::table::Hold;
use crate::host::{Instance, Life};
use crate::service::Service;

/// A connection; dropped when it has ended.
pub(crate) struct Held {
    service: Arc<Service>,
    id: u64,
}

impl Held {
    /// Begins to hold for the session that `named` says, or for the one of the process behind `peer`.
    pub(crate) fn begin(
        service: Arc<Service>,
        named: Option<SessionRef>,
        cwd: Option<&str>,
        peer: Option<u32>,
    ) -> Self {
        let above = peer.map(Instance::all_above).unwrap_or_default();
        let project = cwd.and_then(|cwd| service.project_of(cwd).ok());
        let of = |named| Some(service.sign_of(named, (project?, cwd), peer, service.now()));
        let sign = named.as_ref().and_then(of);
        let (id, written) = {
            let mut inner = service.presence.lock();
            let hold = Hold { named, above };
            // A name that has ended in this very process, or lives in another, is an old one: the host has gone on.
            let is_old = |named: &SessionRef| {
                inner.agents.get(named).is_some_and(|agent| {
                    let is_here = agent.instance().is_none_or(|instance| hold.above.contains(&instance));
                    let lives = agent.instance().is_some_and(|instance| instance.life() == Life::Lives);
                    if agent.left.is_some() { is_here } else { !is_here && lives && !hold.above.is_empty() }
                })
            };
            let sign = sign.filter(|_| !hold.named.as_ref().is_some_and(is_old));
            let written = sign.and_then(|sign| inner.seen(sign));
            let session = inner.of_hold(&hold);
            if let Some(agent) = session.as_ref().and_then(|session| inner.agents.get_mut(session)) {
                agent.runs_in(&hold.above);
            }
            inner.next += 1;
            let id = inner.next;
            inner.holds.insert(id, hold);
            (id, written)
        };
        if let Some((sighting, lane)) = written {
            service.tell_presence(AgentsWrite::Seen(sighting), lane);
        }
        Self { service, id }
    }

    /// The session that it stands for now.
    pub(crate) fn session(&self) -> Option<SessionRef> {
        let inner = self.service.presence.lock();
        inner.holds.get(&self.id).and_then(|hold| inner.of_hold(hold))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut inner = self.service.presence.lock();
        let Some(hold) = inner.holds.remove(&self.id) else { return };
        // Every connection ends with the daemon; nobody has left by that.
        if self.service.ending.is_near() {
            return;
        }
        let Some(session) = inner.of_hold(&hold) else { return };
        let is_last = !inner.holds.values().any(|other| inner.of_hold(other).as_ref() == Some(&session));
        let Some(agent) = inner.agents.get_mut(&session).filter(|_| is_last) else { return };
        let life = agent.instance().map_or(Life::Unknown, Instance::life);
        let instance = agent.instance().map(|instance| instance.to_string());
        // The process lives on without its shim, or is about to end: the next look tells.
        if life == Life::Lives {
            agent.runs_in(&hold.above);
            return;
        }
        let (at, why) = (self.service.now(), "its process is gone".to_owned());
        agent.left = Some((at, why.clone()));
        agent.files.clear();
        drop(inner);
        let departure = Departure { session, instance, at, why };
        self.service.tell_presence(AgentsWrite::Left(departure), Lane::Interactive);
    }
}
