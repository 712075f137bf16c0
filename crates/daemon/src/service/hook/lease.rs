//! What an agent is told before it edits a file that another session has leased: one line, or that it may not.
//! It must not know SQL, nor how leases come and go.
//! Invariant: from memory alone, and nothing where nobody has leased files; one's own leases and subagents' never count.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use quipu_core::happening::Happening;
use quipu_core::lease::{ClaimId, Mode, Want};
use quipu_store::agents::{AgentsWrite, Happened};
use quipu_store::lease::{Edits, LeaseRow};
use quipu_store::write::{Lane, Write};

use super::Event;
use super::unprinted::Once;
use crate::boot;
use crate::service::Service;
use crate::service::lease::{is_live, quoted, real, who};

/// So many warnings are remembered.
const WARNED: usize = 1_024;

/// What was said of which lease to whom, the newest last: an agent is told once a file.
#[derive(Default)]
pub(in crate::service) struct Warned(Mutex<VecDeque<(String, ClaimId, String)>>);

impl Warned {
    /// Notes a warning; says whether it is new.
    fn is_new(&self, session: &str, claim: ClaimId, file: &str) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.iter().any(|(whom, of, about)| whom == session && *of == claim && about == file) {
            return false;
        }
        all.push_back((session.to_owned(), claim, file.to_owned()));
        if all.len() > WARNED {
            all.pop_front();
        }
        true
    }

    /// It did not reach the session.
    pub(super) fn take_back(&self, session: &str, claim: ClaimId, file: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(whom, of, about)| (whom.as_str(), *of, about.as_str()) != (session, claim, file));
    }

    /// What a session was told is out of its context.
    pub(super) fn forget(&self, session: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(whom, ..)| whom != session);
    }
}

/// Another's lease on a file.
pub(super) enum Leased {
    /// The agent is told, once.
    Warn(String, Once),
    /// It may not edit the file.
    Deny(String),
}

/// Another's lease on the file that is about to be edited.
pub(super) fn of_others(service: &Service, event: &Event<'_>) -> Option<Leased> {
    let table = service.keeper.table();
    let is_of_files = |row: &&LeaseRow| row.claim.token().is_some() && matches!(row.claim.want, Want::Paths { .. });
    if !table.claims.iter().any(|row| is_of_files(&row)) {
        return None;
    }
    let file = event.payload.edited_file()?;
    let path = real(&Path::new(event.payload.cwd.as_deref().unwrap_or("/")).join(file));
    let path = path.to_string_lossy();
    let now = boot::now();
    let covers = |row: &&LeaseRow| match &row.claim.want {
        Want::Paths { globs, .. } => globs.iter().any(|glob| glob.covers(&path)),
        Want::Permits(_) => false,
    };
    let of_file = || table.claims.iter().filter(is_of_files).filter(|row| is_live(row, now)).filter(covers);
    let is_own = |row: &LeaseRow| row.claim.holder.is_of_session(&event.session);
    let shares = |row: &LeaseRow| matches!(row.claim.want, Want::Paths { mode: Mode::Shared, .. });
    // Who shares it has as much of it as the other one.
    let is_shared = of_file().any(|row| is_own(row) && shares(row));
    let others = of_file().filter(|row| !(is_own(row) || is_shared && shares(row)));
    let row = others.min_by_key(|row| (row.edits == Edits::Warn, row.claim.id))?;
    let name = quoted(file.rsplit('/').next().unwrap_or(file));
    let by = who(row, now);
    if row.edits == Edits::Deny {
        deny(service, event, row, &path);
        let words = format!(
            "{name} may not be edited now: it is leased by {by}. Leave it, work on something else, or ask them to release \
             it; `quipu lease list` shows the lease."
        );
        return Some(Leased::Deny(words));
    }
    let session = super::trail::reader(event).id;
    let is_new = service.warned.is_new(&session, row.claim.id, &path);
    let words = format!("quipu: {name} is leased by {by}: ask before you change it, or work on something else.");
    let once = Once::Leased { session, claim: row.claim.id, file: path.into_owned() };
    is_new.then_some(Leased::Warn(words, once))
}

/// Tells the feed; nobody waits for it.
fn deny(service: &Service, event: &Event<'_>, row: &LeaseRow, path: &str) {
    let body = serde_json::json!({
        "lease": row.claim.id.0, "name": row.resource.name, "path": path, "to": event.session.to_string(),
    });
    let happened = Happened { kind: Happening::LeaseDenied, project: Some(event.project.clone()), body };
    let write = Write::Agents(Box::new(AgentsWrite::Tell(happened)));
    service.engine().submit(None, write, Lane::Aside, service.now(), Box::new(|_| {}));
}
