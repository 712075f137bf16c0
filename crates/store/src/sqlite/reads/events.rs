//! The feed, read back.
//! It must not know who follows it.
//! Invariant: rows come in the order of their numbers, which is the order of commits.

use rusqlite::{Connection, OptionalExtension, Row, params};

use quipu_core::happening::Happening;
use quipu_core::id::Millis;
use quipu_core::memory::{ProjectKey, SessionRef};

use crate::agents::{FeedBounds, FeedFrom, FeedQuery, FeedRow};
use crate::error::StoreError;
use crate::read::Scope;
use crate::sqlite::apply::{WORKSPACE, find_project};
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// What a row of the feed is read from.
const SELECT: &str = "select e.id, e.at, e.kind, p.key, s.agent, s.external_id, e.body
     from system_event e left join project p on p.id = e.project_id left join session s on s.id = e.session_id";

pub(in crate::sqlite) fn feed(tx: &Connection, query: &FeedQuery) -> Result<Vec<FeedRow>> {
    // A project that nobody has heard of has what is everybody's.
    let project = match &query.scope {
        Scope::All => None,
        Scope::Project(key) => Some(find_project(tx, key)?.unwrap_or(0)),
    };
    let (after, upto, order) = match query.from {
        FeedFrom::After(after, upto) => (number(after), number(upto), "asc"),
        FeedFrom::Newest => (0, i64::MAX, "desc"),
    };
    let kinds: Vec<&str> = query.kinds.iter().map(|kind| kind.as_str()).collect();
    let kinds = serde_json::to_string(&kinds).unwrap_or_default();
    let sql = format!(
        "{SELECT} where e.workspace_id = ?1 and e.id > ?2 and e.id <= ?3
           and (?4 is null or e.project_id is null or e.project_id = ?4)
           and (?5 = '[]' or e.kind in (select value from json_each(?5)))
         order by e.id {order} limit ?6"
    );
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut found: Vec<FeedRow> = tx
        .prepare_cached(&sql)?
        .query_map(params![WORKSPACE, after, upto, project, kinds, limit], row)?
        .collect::<rusqlite::Result<_>>()?;
    found.sort_unstable_by_key(|row| row.id);
    Ok(found)
}

/// What was written after `after`, in its order, at most `limit` of it.
pub(in crate::sqlite) fn happened_after(tx: &Connection, after: u64, limit: usize) -> rusqlite::Result<Vec<FeedRow>> {
    let sql = format!("{SELECT} where e.id > ?1 order by e.id limit ?2");
    tx.prepare_cached(&sql)?.query_map(params![number(after), limit as i64], row)?.collect()
}

pub(in crate::sqlite) fn feed_bounds(tx: &Connection) -> Result<FeedBounds> {
    let newest: Option<i64> = tx
        .prepare_cached("select seq from sqlite_sequence where name = 'system_event'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let newest = newest.unwrap_or(0);
    let oldest: Option<i64> = tx.prepare_cached("select min(id) from system_event")?.query_row([], |row| row.get(0))?;
    // What follows the last row that is gone is the oldest that is there.
    let gone = oldest.map_or(newest, |oldest| oldest - 1);
    Ok(FeedBounds { gone: gone as u64, newest: newest as u64 })
}

fn row(row: &Row<'_>) -> rusqlite::Result<FeedRow> {
    let session = row.get::<_, Option<String>>(4)?.zip(row.get(5)?);
    Ok(FeedRow {
        id: row.get::<_, i64>(0)? as u64,
        at: Millis(row.get(1)?),
        kind: rows::named(2, &row.get::<_, String>(2)?, Happening::parse)?,
        project: row.get::<_, Option<String>>(3)?.map(ProjectKey),
        session: session.map(|(agent, id)| SessionRef { agent, id }),
        body: serde_json::from_str(&row.get::<_, String>(6)?).unwrap_or_default(),
    })
}

/// SQLite counts in 64 bits with a sign.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
