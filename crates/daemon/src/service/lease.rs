//! Leases on files and names: asked for, renewed, released, listed, checked.
//! It must not know doors, nor what may be held by whom (`core::lease`).
//! Invariant: an asker ends and renews what is its own, or what it knows the token of; all else only a person, by force.

mod keeper;
mod refused;
mod wait;
mod wanted;
mod words;

use std::sync::Arc;
use std::time::Duration;

use quipu_core::id::EventId;
use quipu_core::lease::{self, ClaimId, End, Holder, Moment, Queue, Refusal, Token};
use quipu_core::memory::SessionRef;
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::lease::{LeaseReply, LeaseRequest, LeaseTarget, LeaseView, LeasesReply, LeasesRequest};
use quipu_protocol::wire::places::CountReply;
use quipu_store::StoreError;
use quipu_store::lease::{Deed, Edits, LeaseRow, LeaseTable, NewClaim, ResourceRef};
use quipu_store::write::Applied;

use super::announce::announce;
use super::{Service, count, draining, fault_of, other_write};

pub(crate) use keeper::Keeper;
pub(super) use refused::refused;
pub(crate) use wait::{Answer, Later};
use wait::{Kept, Over};
pub(super) use wanted::{real, reason as reason_of, ttl as ttl_of};
pub(super) use words::{holder as holder_view, left, quoted, who};

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) struct By<'a> {
    /// The agent's session; none where a person asks.
    pub(crate) session: Option<&'a SessionRef>,
    /// The id of the write.
    pub(crate) event: Option<EventId>,
}

impl By<'_> {
    pub(super) fn reader(self) -> Reader {
        if self.session.is_some() { Reader::Agent } else { Reader::Person }
    }
}

/// Asks for files or a name; the answer comes when it is held, where the asker waits.
pub(crate) fn acquire(service: &Service, by: By<'_>, request: &LeaseRequest) -> Result<Answer<LeaseReply>, Fault> {
    let (resource, want) = wanted::of(request)?;
    let project = request.cwd.as_deref().map(|cwd| service.project_of(cwd)).transpose()?;
    let ttl = if request.pid.is_some() { lease::CONNECTED } else { wanted::ttl(request.ttl_ms)? };
    let claim = NewClaim {
        holder: Holder { session: by.session.cloned(), pid: request.pid },
        want,
        ttl,
        edits: if request.deny { Edits::Deny } else { Edits::Warn },
        reason: wanted::reason(service, request.cwd.as_deref(), request.reason.as_deref())?,
        project,
    };
    let queue = if request.wait_ms.is_some() { Queue::Wait } else { Queue::No };
    let of = wanted::permits(request)?;
    let deed = Deed::Ask { resource: resource.clone(), claim, of, queue };
    let applied = service.keeper.write(by.event, deed);
    let table = service.keeper.table();
    let asked = match applied {
        Ok(Applied::Lease(asked)) => asked,
        Ok(_) => return Err(other_write()),
        Err(error) => return Err(refusal(&table, &resource, error)),
    };
    let Some(row) = table.claim(asked.id()).filter(|row| row.resource == resource) else { return Err(gone()) };
    if let (Some(reason), false) = (&row.reason, matches!(asked, quipu_store::lease::Asked::Renewed(_))) {
        let subject = format!("Lease of {}", wanted::said(row));
        announce(service, by.event, (by.session, row.project.clone()), (subject, reason.clone()));
    }
    if row.claim.token().is_some() {
        let is_new = !matches!(asked, quipu_store::lease::Asked::Renewed(_));
        return Ok(Answer::Now(reply(service, if is_new { "granted" } else { "renewed" }, row, &table)));
    }
    let within = Duration::from_millis(request.wait_ms.unwrap_or(0));
    let kept = Kept::new(&service.keeper, service.ending(), row.claim.id);
    let (keeper, mode) = (service.keeper.clone(), service.mode());
    Ok(Answer::Later(Box::pin(async move {
        match wait::granted(kept, within).await {
            Ok(row) => {
                let lease = words::view(&row, &keeper.table(), crate::boot::now());
                Ok(LeaseReply { outcome: "granted".to_owned(), lease, mode: mode.to_owned() })
            }
            Err(Over::Gone) => Err(gone()),
            Err(Over::Ending) => Err(draining()),
            Err(Over::Late) => Err(words::late(&resource, &keeper.table(), crate::boot::now())),
        }
    })))
}

/// Holds by a connection what was given to a process: it ends when the connection does. An answer comes only when it is
/// lost, or this process ends.
pub(crate) fn hold(service: &Service, target: &LeaseTarget) -> Result<Answer<LeaseReply>, Fault> {
    let (table, now) = service.keeper.fresh().map_err(fault_of)?;
    let row = proven(&table, target, now)?;
    if row.claim.holder.pid.is_none() {
        return Err(Fault::new(FaultKind::Conflict, "no_process", "this lease is not held by a process's connection")
            .hint(
                "renew it (`quipu lease renew`), or let the process ask for one: `quipu lease run NAME -- COMMAND`",
            ));
    }
    let resource = row.resource.clone();
    let kept = Kept::new(&service.keeper, service.ending(), row.claim.id);
    Ok(Answer::Later(Box::pin(async move {
        Err(match wait::lost(kept).await {
            Over::Ending => draining(),
            _ => Fault::new(
                FaultKind::Conflict,
                "lease_lost",
                format!("{} is not held any more: it was released, or taken by force", words::thing(&resource)),
            )
            .hint("`quipu lease list` shows who has it now"),
        })
    })))
}

/// Lets leases last from now on.
pub(crate) fn renew(service: &Service, by: By<'_>, target: &LeaseTarget) -> Result<LeaseReply, Fault> {
    let ids = own(service, by, target, "renew")?;
    let ttl = target.ttl_ms.map(|ms| wanted::ttl(Some(ms))).transpose()?;
    let deed = Deed::Renew { claims: ids.clone(), ttl };
    count(service.keeper.write(by.event, deed).map_err(fault_of)?)?;
    let table = service.keeper.table();
    let row = ids.first().and_then(|id| table.claim(*id)).ok_or_else(gone)?;
    Ok(reply(service, "renewed", row, &table))
}

/// Gives leases back.
pub(crate) fn release(service: &Service, by: By<'_>, target: &LeaseTarget) -> Result<CountReply, Fault> {
    let claims = own(service, by, target, "release")?;
    let count = count(service.keeper.write(by.event, Deed::End { claims, how: End::Released }).map_err(fault_of)?)?;
    Ok(CountReply { count })
}

/// Whether a token is that of a lease which is held now.
pub(crate) fn check(service: &Service, target: &LeaseTarget) -> Result<LeaseReply, Fault> {
    let (table, now) = service.keeper.fresh().map_err(fault_of)?;
    let row = proven(&table, target, now)?;
    Ok(LeaseReply {
        outcome: "valid".to_owned(),
        lease: words::view(row, &table, now),
        mode: service.mode().to_owned(),
    })
}

/// What is held and waited for.
pub(crate) fn leases(service: &Service, by: By<'_>, request: &LeasesRequest) -> Result<LeasesReply, Fault> {
    let (table, now) = service.keeper.fresh().map_err(fault_of)?;
    let globs = wanted::globs(&request.paths, request.cwd.as_deref())?;
    let live = || table.claims.iter().filter(|row| is_live(row, now));
    let is_asked = |row: &&LeaseRow| {
        request.name.as_ref().is_none_or(|name| row.resource.name == *name)
            && (globs.is_empty() || wanted::is_about(row, &globs))
            && (!request.mine || by.session.is_some_and(|session| row.claim.holder.is_of_session(session)))
    };
    let leases: Vec<LeaseView> = live().filter(is_asked).map(|row| words::view(row, &table, now)).collect();
    let held = live().filter(|row| row.claim.token().is_some()).count();
    Ok(LeasesReply { leases, held, waiting: live().count() - held, mode: service.mode().to_owned() })
}

impl Service {
    /// A session has ended: what it held by its name is free.
    pub(super) fn session_has_ended(&self, session: &SessionRef) {
        let table = self.keeper.table();
        let own = table.of_session(session).filter(|row| row.claim.holder.pid.is_none());
        let claims: Vec<ClaimId> = own.map(|row| row.claim.id).collect();
        if !claims.is_empty() {
            self.keeper.end(claims, End::Released);
        }
    }

    /// What a session holds by its name: what `lease run` holds goes with its process.
    pub(super) fn held_by(&self, session: &SessionRef) -> Vec<String> {
        let table = self.keeper.table();
        let own = table.of_session(session).filter(|row| row.claim.holder.pid.is_none() && row.claim.token().is_some());
        own.map(wanted::said).collect()
    }

    /// What is held, and what is waited for.
    pub(super) fn held_leases(&self) -> (usize, usize) {
        let table = self.keeper.table();
        let held = table.claims.iter().filter(|row| row.claim.token().is_some()).count();
        (held, table.claims.len() - held)
    }

    /// Notes that a session does something.
    pub(crate) fn session_is_active(&self, session: &SessionRef) {
        self.keeper.is_active(session);
    }

    /// Every second. Who holds something by a connection is a client.
    pub(super) fn look_at_leases(&self) {
        if self.keeper.tick() {
            self.touch();
        }
    }
}

/// Whether it is not over.
pub(super) fn is_live(row: &LeaseRow, now: Moment) -> bool {
    row.claim.until.boot != now.boot || row.claim.until.at > now.at
}

fn reply(service: &Service, outcome: &str, row: &LeaseRow, table: &Arc<LeaseTable>) -> LeaseReply {
    let lease = words::view(row, table, crate::boot::now());
    LeaseReply { outcome: outcome.to_owned(), lease, mode: service.mode().to_owned() }
}

/// The lease that a token proves.
fn proven<'t>(table: &'t LeaseTable, target: &LeaseTarget, now: Moment) -> Result<&'t LeaseRow, Fault> {
    let resource = wanted::named(target)?;
    let Some(token) = target.token else {
        return Err(Fault::new(FaultKind::Caller, "no_token_given", "a lease is proven by its token")
            .hint("`quipu lease acquire` and `quipu lease run` give it, the latter as QUIPU_LEASE_TOKEN"));
    };
    let held = table.claims.iter().filter(|row| row.resource == resource && is_live(row, now));
    let found = held.into_iter().find(|row| row.claim.token() == Some(Token(token)));
    found.ok_or_else(|| words::stale(&resource, token, table, now))
}

/// The claims that the asker may end or renew.
fn own(service: &Service, by: By<'_>, target: &LeaseTarget, verb: &str) -> Result<Vec<ClaimId>, Fault> {
    let (table, now) = service.keeper.fresh().map_err(fault_of)?;
    if target.token.is_some() {
        return Ok(vec![proven(&table, target, now)?.claim.id]);
    }
    if target.force && by.reader() == Reader::Agent {
        return Err(Fault::new(FaultKind::Caller, "only_a_person", "an agent does not end others' leases by force")
            .hint("ask its holder, or the user: `quipu lease release NAME --force` in a terminal"));
    }
    let resource = wanted::named(target)?;
    let globs = wanted::globs(&target.paths, target.cwd.as_deref())?;
    let all = table.claims.iter().filter(|row| row.resource == resource && is_live(row, now));
    let all: Vec<&LeaseRow> = all.filter(|row| wanted::is_of(row, &globs)).collect();
    let is_own = |row: &LeaseRow| match (by.session, &row.claim.holder) {
        (Some(session), holder) => holder.is_of_session(session),
        (None, holder) => holder.session.is_none() && holder.pid.is_none(),
    };
    let ids: Vec<ClaimId> = all.iter().filter(|row| target.force || is_own(row)).map(|row| row.claim.id).collect();
    if ids.is_empty() { Err(words::not_yours(&resource, &all, verb, by.reader(), now)) } else { Ok(ids) }
}

/// What was refused, with who stands in the way.
fn refusal(table: &LeaseTable, resource: &ResourceRef, error: StoreError) -> Fault {
    match error {
        StoreError::Lease(Refusal::Held(blocked)) => words::held(resource, &blocked, table, crate::boot::now()),
        StoreError::Lease(Refusal::OtherPermits { of }) => words::other_permits(resource, of),
        error => fault_of(error),
    }
}

/// A lease that has ended since.
pub(super) fn gone() -> Fault {
    refused(&Refusal::Gone)
}
