//! Claims and what they are on.
//! It must not know what may be held by whom.
//! Invariant: claims come in the order of asking.

use rusqlite::{Connection, Row};

use quipu_core::id::Millis;
use quipu_core::lease::glob::Glob;
use quipu_core::lease::{Boot, Claim, ClaimId, Holder, Mode, Moment, Standing, Token, Want};
use quipu_core::memory::{ProjectKey, SessionRef};

use crate::error::StoreError;
use crate::lease::{Edits, LeaseRow, LeaseTable, ResourceRef, ResourceRow};
use crate::sqlite::apply::WORKSPACE;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// Columns of a claim, in the order in which [`claim`] reads them.
macro_rules! claims {
    ($rest:literal) => {
        concat!(
            "select l.id, s.agent, s.external_id, l.pid, l.token, l.permits, l.globs, l.shared, l.ttl_ms, l.boot,
                l.until_ms, l.deny, l.reason, l.asked_at, l.granted_at, p.key, r.name, rp.key
             from lease l join lease_resource r on r.id = l.resource_id
             left join session s on s.id = l.session_id left join project p on p.id = l.project_id
             left join project rp on rp.id = r.project_id ",
            $rest
        )
    };
}

/// All claims on one thing.
pub(in crate::sqlite) fn claims_of(tx: &Connection, resource: i64) -> Result<Vec<Claim>> {
    let mut statement = tx.prepare_cached(claims!("where l.resource_id = ?1 order by l.id"))?;
    Ok(statement.query_map([resource], claim)?.collect::<rusqlite::Result<_>>()?)
}

/// Everything.
pub(in crate::sqlite) fn leases(tx: &Connection) -> Result<LeaseTable> {
    let mut statement = tx.prepare_cached(claims!("where r.workspace_id = ?1 order by l.id"))?;
    let read = |row: &Row<'_>| {
        Ok(LeaseRow {
            claim: claim(row)?,
            edits: if row.get(11)? { Edits::Deny } else { Edits::Warn },
            reason: row.get(12)?,
            asked_at: Millis(row.get(13)?),
            granted_at: row.get::<_, Option<i64>>(14)?.map(Millis),
            project: row.get::<_, Option<String>>(15)?.map(ProjectKey),
            resource: ResourceRef { name: row.get(16)?, project: row.get::<_, Option<String>>(17)?.map(ProjectKey) },
        })
    };
    let claims = statement.query_map([WORKSPACE], read)?.collect::<rusqlite::Result<_>>()?;
    let mut statement = tx.prepare_cached(
        "select r.name, p.key, r.permits, r.last_token, r.note from lease_resource r
         left join project p on p.id = r.project_id where r.workspace_id = ?1 order by r.name, p.key",
    )?;
    let read = |row: &Row<'_>| {
        Ok(ResourceRow {
            resource: ResourceRef { name: row.get(0)?, project: row.get::<_, Option<String>>(1)?.map(ProjectKey) },
            permits: row.get(2)?,
            last: Token(row.get::<_, i64>(3)? as u64),
            note: row.get::<_, Option<Vec<u8>>>(4)?.map(|id| rows::memory_id(&id)).transpose()?,
        })
    };
    let resources = statement.query_map([WORKSPACE], read)?.collect::<rusqlite::Result<_>>()?;
    Ok(LeaseTable { claims, resources })
}

fn claim(row: &Row<'_>) -> rusqlite::Result<Claim> {
    let session = match (row.get::<_, Option<String>>(1)?, row.get::<_, Option<String>>(2)?) {
        (Some(agent), Some(id)) => Some(SessionRef { agent, id }),
        _ => None,
    };
    let globs: Vec<String> = serde_json::from_str(&row.get::<_, String>(6)?).unwrap_or_default();
    let mode = if row.get(7)? { Mode::Shared } else { Mode::Exclusive };
    let want = match row.get::<_, Option<u32>>(5)? {
        Some(permits) => Want::Permits(permits),
        None => Want::Paths { globs: globs.iter().filter_map(|glob| Glob::parse(glob).ok()).collect(), mode },
    };
    let boot = u128::from_str_radix(&row.get::<_, String>(9)?, 16).unwrap_or_default();
    Ok(Claim {
        id: ClaimId(row.get(0)?),
        holder: Holder { session, pid: row.get(3)? },
        want,
        ttl: row.get::<_, i64>(8)? as u64,
        until: Moment { boot: Boot(boot), at: row.get::<_, i64>(10)? as u64 },
        standing: row.get::<_, Option<i64>>(4)?.map_or(Standing::Waits, |token| Standing::Holds(Token(token as u64))),
    })
}
