//! Leases as rows: read into the machine of `core::lease`, let do what is asked, and written down as it says.
//! It must not know what may be held by whom.
//! Invariant: what is refused leaves no row; a token that was given stays given, whoever holds what.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::happening::Happening;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::lease::{self, ClaimId, End, Happened, Moment, Refusal, Resource, Token, Want};

use super::events::{self, SystemEvent};
use super::{Effect, WORKSPACE, places};
use crate::error::StoreError;
use crate::lease::{Asked, Deed, Edits, LeaseWrite, NewClaim, ResourceRef};
use crate::sqlite::reads;
use crate::write::Applied;

type Result<T> = std::result::Result<T, StoreError>;

/// What is written of a thing, in one transaction.
struct Held<'a> {
    tx: &'a Connection,
    /// Its row.
    row: i64,
    resource: Resource,
    now: Moment,
    wall: Millis,
}

pub(super) fn lease(tx: &Connection, write: &LeaseWrite, wall: Millis) -> Result<(Applied, Vec<Effect>)> {
    let (now, alive) = (write.now, write.alive.as_slice());
    let applied = match &write.deed {
        Deed::Settle(absence) => {
            let mut rows = tx.prepare_cached("select distinct resource_id from lease order by resource_id")?;
            let rows: Vec<i64> = rows.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            let mut ended = 0;
            for row in rows {
                let mut held = Held::load(tx, row, now, wall)?;
                let happened = held.resource.settle(now, *absence, alive);
                ended += happened.iter().filter(|one| matches!(one, Happened::Ended(..))).count();
                held.put(&happened)?;
            }
            Applied::Count(ended as u64)
        }
        Deed::Ask { resource, claim, of, queue } => {
            let mut held = Held::of(tx, resource, now, wall)?;
            held.settle(alive)?;
            held.asked(claim, |held, asked| held.ask(asked, *of, *queue, now))?
        }
        Deed::Take { resource, claim, if_epoch, taking } => {
            let mut held = Held::of(tx, resource, now, wall)?;
            held.settle(alive)?;
            let applied = held.asked(claim, |held, asked| held.take(asked, *if_epoch, *taking, now))?;
            held.is_taken(&resource.name)?;
            applied
        }
        Deed::Renew { claims, ttl } => each(tx, claims, (now, wall), alive, |held, ids| {
            let mut happened = Vec::new();
            for id in ids {
                happened.extend(held.renew(*id, *ttl, now)?);
            }
            Ok(happened)
        })?,
        Deed::End { claims, how } => each(tx, claims, (now, wall), alive, |held, ids| Ok(held.end(ids, *how, now)))?,
        Deed::GiveUp { claim, note } => {
            if let Some(note) = note {
                tx.prepare_cached(
                    "update lease_resource set note = ?2 where id = (select resource_id from lease where id = ?1)",
                )?
                .execute(params![claim.0, note.0.as_bytes()])?;
            }
            handover(tx, *claim, *note, wall)?;
            each(tx, &[*claim], (now, wall), alive, |held, ids| Ok(held.end(ids, End::Released, now)))?
        }
    };
    Ok((applied, Vec::new()))
}

/// Tells the feed that a role is handed on.
fn handover(tx: &Connection, claim: ClaimId, note: Option<MemoryId>, wall: Millis) -> Result<()> {
    type Row = (Option<i64>, Option<i64>, Option<i64>, String);
    let found: Option<Row> = tx
        .prepare_cached(
            "select l.session_id, r.project_id, l.token, r.name from lease l
             join lease_resource r on r.id = l.resource_id where l.id = ?1",
        )?
        .query_row([claim.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((session, project, token, name)) = found else { return Ok(()) };
    let note = note.map(|note| note.to_string());
    let body = serde_json::json!({ "lease": claim.0, "name": name, "token": token, "note": note });
    events::tell(tx, &SystemEvent { kind: Happening::Handover, project, session, body: &body }, wall)
}

/// Does something to claims, thing by thing; says how many were there.
fn each(
    tx: &Connection,
    claims: &[ClaimId],
    (now, wall): (Moment, Millis),
    alive: &[ClaimId],
    deed: impl Fn(&mut Resource, &[ClaimId]) -> std::result::Result<Vec<Happened>, Refusal>,
) -> Result<Applied> {
    let mut of = tx.prepare_cached("select resource_id from lease where id = ?1")?;
    let mut rows: Vec<i64> = Vec::new();
    for claim in claims {
        if let Some(row) = of.query_row([claim.0], |row| row.get(0)).optional()?
            && !rows.contains(&row)
        {
            rows.push(row);
        }
    }
    let mut count = 0;
    for row in rows {
        let mut held = Held::load(tx, row, now, wall)?;
        held.settle(alive)?;
        let there: Vec<ClaimId> =
            held.resource.claims.iter().map(|claim| claim.id).filter(|id| claims.contains(id)).collect();
        count += there.len() as u64;
        let happened = deed(&mut held.resource, &there)?;
        held.put(&happened)?;
    }
    Ok(Applied::Count(count))
}

impl<'a> Held<'a> {
    /// The thing, made if it was never held.
    fn of(tx: &'a Connection, resource: &ResourceRef, now: Moment, wall: Millis) -> Result<Self> {
        let project = resource.project.as_ref().map(|key| places::project(tx, key, wall)).transpose()?;
        let found: Option<i64> = tx
            .prepare_cached(
                "select id from lease_resource
                 where workspace_id = ?1 and name = ?2 and coalesce(project_id, 0) = coalesce(?3, 0)",
            )?
            .query_row(params![WORKSPACE, resource.name, project], |row| row.get(0))
            .optional()?;
        let row = match found {
            Some(row) => row,
            None => {
                tx.prepare_cached(
                    "insert into lease_resource (workspace_id, name, project_id, last_token)
                     values (?1, ?2, ?3, (select value from meta where key = 'token_floor'))",
                )?
                .execute(params![WORKSPACE, resource.name, project])?;
                tx.last_insert_rowid()
            }
        };
        Self::load(tx, row, now, wall)
    }

    fn load(tx: &'a Connection, row: i64, now: Moment, wall: Millis) -> Result<Self> {
        let (permits, last): (u32, i64) = tx
            .prepare_cached("select permits, last_token from lease_resource where id = ?1")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let claims = reads::claims_of(tx, row)?;
        let resource = Resource { permits, last: Token(last as u64), claims };
        Ok(Self { tx, row, resource, now, wall })
    }

    fn settle(&mut self, alive: &[ClaimId]) -> Result<()> {
        let happened = self.resource.settle(self.now, lease::Absence::No, alive);
        self.put(&happened)
    }

    /// A new claim, and what became of it.
    fn asked(
        &mut self,
        claim: &NewClaim,
        ask: impl FnOnce(&mut Resource, lease::Asked) -> std::result::Result<Vec<Happened>, Refusal>,
    ) -> Result<Applied> {
        // The row comes first, for its number; a refusal takes it back with all of the transaction.
        let id = ClaimId(self.insert(claim)?);
        let asked = lease::Asked { id, holder: claim.holder.clone(), want: claim.want.clone(), ttl: claim.ttl };
        let happened = ask(&mut self.resource, asked)?;
        self.put(&happened)?;
        let became = happened.iter().find_map(|one| match one {
            Happened::Granted(of, token) if *of == id => Some(Asked::Granted(id, *token)),
            Happened::Queued(of) => Some(Asked::Queued(*of)),
            Happened::Renewed(of) => Some(Asked::Renewed(*of)),
            _ => None,
        });
        let became = became.ok_or(Refusal::Gone)?;
        if became.id() != id {
            self.delete(id)?;
        }
        Ok(Applied::Lease(became))
    }

    fn insert(&self, claim: &NewClaim) -> Result<i64> {
        let project = claim.project.as_ref().map(|key| places::project(self.tx, key, self.wall)).transpose()?;
        let session = claim.holder.session.as_ref();
        let session = session.map(|s| places::session(self.tx, s, project, None, None, self.wall)).transpose()?;
        let (permits, globs, shared) = match &claim.want {
            Want::Permits(permits) => (Some(*permits), Vec::new(), false),
            Want::Paths { globs, mode } => {
                (None, globs.iter().map(ToString::to_string).collect(), *mode == lease::Mode::Shared)
            }
        };
        self.tx
            .prepare_cached(
                "insert into lease (resource_id, session_id, pid, project_id, permits, globs, shared, deny, reason, ttl_ms,
                    boot, until_ms, asked_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, '', 0, ?11)",
            )?
            .execute(params![
                self.row,
                session,
                claim.holder.pid,
                project,
                permits,
                serde_json::to_string(&globs).unwrap_or_else(|_| "[]".to_owned()),
                shared,
                claim.edits == Edits::Deny,
                claim.reason,
                claim.ttl as i64,
                self.wall.0,
            ])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// A role was taken: what waits for whoever has it is his.
    fn is_taken(&self, name: &str) -> Result<()> {
        let role = name.strip_prefix(lease::ROLE).unwrap_or(name);
        let project: Option<i64> = self
            .tx
            .prepare_cached("select project_id from lease_resource where id = ?1")?
            .query_row([self.row], |row| row.get(0))?;
        let Some(project) = project else { return Ok(()) };
        match holder_of(self.tx, role, project)? {
            Some(mailbox) => super::mail::role_taken(self.tx, role, project, mailbox, self.wall),
            None => Ok(()),
        }
    }

    /// Writes down what happened.
    fn put(&mut self, happened: &[Happened]) -> Result<()> {
        for one in happened {
            // While its row still says whose it is.
            self.tell(one)?;
            match one {
                Happened::Ended(id, _) => self.delete(*id)?,
                Happened::Queued(id) | Happened::Renewed(id) | Happened::Granted(id, _) => self.update(*id)?,
            }
        }
        if happened.iter().any(|one| !matches!(one, Happened::Renewed(_))) {
            self.tx
                .prepare_cached("update lease_resource set permits = ?2, last_token = ?3 where id = ?1")?
                .execute(params![self.row, self.resource.permits, self.resource.last.0 as i64])?;
        }
        Ok(())
    }

    /// Tells the feed.
    fn tell(&self, one: &Happened) -> Result<()> {
        let (id, kind, token) = match one {
            Happened::Renewed(_) => return Ok(()),
            Happened::Queued(id) => (*id, Happening::LeaseWaiting, None),
            Happened::Granted(id, token) => (*id, Happening::LeaseGranted, Some(*token)),
            Happened::Ended(id, End::Released) => (*id, Happening::LeaseReleased, None),
            Happened::Ended(id, End::Expired) => (*id, Happening::LeaseExpired, None),
            Happened::Ended(id, End::Taken) => (*id, Happening::Takeover, None),
        };
        let is_end = matches!(one, Happened::Ended(..));
        let mut statement = self.tx.prepare_cached(
            "select l.session_id, coalesce(l.project_id, r.project_id), l.token, l.pid, l.globs, r.name
             from lease l join lease_resource r on r.id = l.resource_id where l.id = ?1",
        )?;
        type Row = (Option<i64>, Option<i64>, Option<i64>, Option<u32>, String, String);
        let (session, project, had, pid, globs, name): Row = statement.query_row([id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })?;
        // Of who only waited nobody else hears when he goes.
        if is_end && had.is_none() {
            return Ok(());
        }
        let paths: Vec<String> = serde_json::from_str(&globs).unwrap_or_default();
        let token = token.map(|token| token.0 as i64).or(had);
        let body = serde_json::json!({ "lease": id.0, "name": name, "paths": paths, "token": token, "pid": pid });
        events::tell(self.tx, &SystemEvent { kind, project, session, body: &body }, self.wall)
    }

    fn update(&self, id: ClaimId) -> Result<()> {
        let Some(claim) = self.resource.claims.iter().find(|claim| claim.id == id) else { return Ok(()) };
        self.tx
            .prepare_cached(
                "update lease set token = ?2, ttl_ms = ?3, boot = ?4, until_ms = ?5,
                    granted_at = case when ?2 is null then null else coalesce(granted_at, ?6) end
                 where id = ?1",
            )?
            .execute(params![
                id.0,
                claim.token().map(|token| token.0 as i64),
                claim.ttl as i64,
                format!("{:032x}", claim.until.boot.0),
                claim.until.at as i64,
                self.wall.0,
            ])?;
        Ok(())
    }

    fn delete(&self, id: ClaimId) -> Result<()> {
        self.tx.prepare_cached("delete from lease where id = ?1")?.execute([id.0])?;
        Ok(())
    }
}

/// Who has a role in a project now: the row of a session, or none inside for a person; none at all where nobody has. What is
/// over and not yet taken away is told of as held: that is the matter of a second.
pub(super) fn holder_of(tx: &Connection, role: &str, project: i64) -> Result<Option<Option<i64>>> {
    let found = tx
        .prepare_cached(
            "select l.session_id from lease l join lease_resource r on r.id = l.resource_id
             where r.workspace_id = ?1 and r.name = ?2 and r.project_id = ?3 and l.token is not null",
        )?
        .query_row(params![WORKSPACE, format!("{}{role}", lease::ROLE), project], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// Gives what was held in one project to another; of a role that both have the other's holder stays.
pub(super) fn merge_projects(tx: &Connection, from: i64, to: i64) -> Result<()> {
    tx.execute("update lease set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("update or ignore lease_resource set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("delete from lease where resource_id in (select id from lease_resource where project_id = ?1)", [from])?;
    tx.execute("delete from lease_resource where project_id = ?1", [from])?;
    Ok(())
}
