//! Lists of memories: a stretch of time, a page of all; as they are now, or as they were at a moment.
//! It must not know how a memory is drawn.
//! Invariant: scope, privacy, lifecycle and validity are part of the question; lifecycle is taken from `memory_state` or, of the
//! past, from `rows::past`, nowhere else.

use rusqlite::{Connection, OptionalExtension, params_from_iter, types::Value};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::Memory;
use quipu_core::scope::Viewer;

use crate::error::StoreError;
use crate::read::{PageQuery, Scope, States, TimelineQuery};
use crate::sqlite::apply::{WORKSPACE, find_project};
use crate::sqlite::{rows, scopes};

type Result<T> = std::result::Result<T, StoreError>;

/// Memories in the order of time, oldest first.
pub(in crate::sqlite) fn timeline(tx: &Connection, query: &TimelineQuery) -> Result<Vec<Memory>> {
    let Clause { select, mut filter, mut values } = clause(tx, &query.scope, &query.viewer, query.states, query.as_of)?;
    if query.states == States::Live {
        values.push(Value::Integer(query.as_of.unwrap_or(query.now).0));
        let now = values.len();
        filter.push_str(&format!(" and {}", holds(now)));
    }
    if let Some(session) = &query.session {
        values.push(Value::Text(session.clone()));
        filter.push_str(&format!(" and s.external_id = ?{}", values.len()));
    }
    filter.push_str(&of_kinds(&query.kinds));
    if !query.files.is_empty() {
        let mut ways = Vec::new();
        for path in &query.files {
            let path = path.trim_end_matches('/');
            values.extend([path.to_owned(), format!("{path}/"), format!("{path}0")].map(Value::Text));
            let n = values.len();
            ways.push(format!("path = ?{} or path >= ?{} and path < ?{n}", n - 2, n - 1));
        }
        filter.push_str(&format!(" and m.seq in (select memory_seq from file_touch where {})", ways.join(" or ")));
    }
    for (bound, sign) in [(query.since, ">="), (query.until, "<=")] {
        if let Some(at) = bound {
            values.push(Value::Integer(at.0));
            filter.push_str(&format!(" and m.occurred_at {sign} ?{}", values.len()));
        }
    }
    let side = |sign: &str, order: &str, limit: usize, anchor: Option<(i64, i64)>| -> Result<Vec<Memory>> {
        let mut values = values.clone();
        let mut sql = format!("{select} {filter}");
        if let Some((at, seq)) = anchor {
            values.extend([Value::Integer(at), Value::Integer(seq)]);
            sql.push_str(&format!(" and (m.occurred_at, m.seq) {sign} (?{}, ?{})", values.len() - 1, values.len()));
        }
        values.push(Value::Integer(bounded(limit)));
        sql.push_str(&format!(" order by m.occurred_at {order}, m.seq {order} limit ?{}", values.len()));
        let mut statement = tx.prepare(&sql)?;
        Ok(statement.query_map(params_from_iter(values), rows::memory)?.collect::<rusqlite::Result<_>>()?)
    };
    let anchor = |id: MemoryId| -> Result<Option<(i64, i64)>> {
        let place = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        Ok(tx.query_row("select occurred_at, seq from memory where id = ?1", [id.0.as_bytes()], place).optional()?)
    };
    let Some(around) = query.around else {
        let before = match query.before.map(anchor).transpose()? {
            Some(None) => return Ok(Vec::new()),
            known => known.flatten(),
        };
        let mut newest = side("<", "desc", query.limit, before)?;
        newest.reverse();
        return Ok(newest);
    };
    let Some(anchor) = anchor(around)? else { return Ok(Vec::new()) };
    let mut out = side("<", "desc", query.limit, Some(anchor))?;
    out.reverse();
    out.extend(side("=", "asc", 1, Some(anchor))?);
    out.extend(side(">", "asc", query.limit, Some(anchor))?);
    Ok(out)
}

/// Memories of these kinds (none means all) in the order of their ids.
pub(super) fn page(tx: &Connection, query: &PageQuery, kinds: &[Kind]) -> Result<Vec<Memory>> {
    let Clause { select, mut filter, mut values } = clause(tx, &query.scope, &query.viewer, query.states, query.as_of)?;
    filter.push_str(&of_kinds(kinds));
    values.push(Value::Integer(bounded(query.limit)));
    values.push(Value::Blob(query.after.map_or_else(Vec::new, |id| id.0.as_bytes().to_vec())));
    let sql = format!("{select} {filter} and m.id > ?{} order by m.id limit ?{}", values.len(), values.len() - 1);
    let mut statement = tx.prepare(&sql)?;
    Ok(statement.query_map(params_from_iter(values), rows::memory)?.collect::<rusqlite::Result<_>>()?)
}

/// The same of a damaged database, memory by memory: those are left out that cannot be read.
pub(super) fn page_singly(tx: &Connection, query: &PageQuery, kinds: &[Kind]) -> Result<Vec<Memory>> {
    let Clause { select, mut filter, values } = clause(tx, &query.scope, &query.viewer, query.states, query.as_of)?;
    filter.push_str(&of_kinds(kinds));
    let sql = format!("{select} {filter} and m.id = ?{}", values.len() + 1);
    let mut one = tx.prepare(&sql)?;
    // The index on ids tells them without a look at the rows.
    let mut ids = tx.prepare("select id from memory where id > ?1 order by id")?;
    let mut ids = ids.query([query.after.map_or_else(Vec::new, |id| id.0.as_bytes().to_vec())])?;
    let mut found = Vec::new();
    while found.len() < query.limit {
        let Some(row) = ids.next()? else { break };
        let bound = values.iter().cloned().chain([Value::Blob(row.get(0)?)]);
        if let Ok(Some(memory)) = one.query_row(params_from_iter(bound), rows::memory).optional() {
            found.push(memory);
        }
    }
    Ok(found)
}

/// The condition that a memory is of one of these kinds; none of them means all.
fn of_kinds(kinds: &[Kind]) -> String {
    let names: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.as_str())).collect();
    if names.is_empty() { String::new() } else { format!(" and m.kind in ({})", names.join(",")) }
}

/// What a list is read from, and what every row of it fulfils.
struct Clause {
    select: String,
    filter: String,
    values: Vec<Value>,
}

/// The clause of a scope as `viewer` sees it: of an unknown project only what belongs to every project is shown.
fn clause(tx: &Connection, scope: &Scope, viewer: &Viewer, states: States, as_of: Option<Millis>) -> Result<Clause> {
    let mut values = vec![Value::Integer(WORKSPACE)];
    let (select, lifecycle) = match as_of {
        None => (rows::SELECT.to_owned(), "st.lifecycle"),
        Some(then) => {
            values.push(Value::Integer(then.0));
            (rows::then(values.len()), "m.lifecycle")
        }
    };
    // The plus keeps the workspace's index out of it: there is one workspace, and a page must walk in the order of ids.
    let mut filter = "where +m.workspace_id = ?1".to_owned();
    if states == States::Live {
        filter.push_str(&format!(" and {lifecycle} = 'live'"));
    }
    if let Scope::Project(key) = scope {
        values.push(find_project(tx, key)?.map_or(Value::Null, Value::Integer));
        filter.push_str(&format!(" and (m.project_id = ?{} or m.project_id is null)", values.len()));
    }
    filter.push_str(&scopes::condition(tx, scope, viewer, as_of, &mut values)?);
    Ok(Clause { select, filter, values })
}

/// The `where` clause of a scope as `viewer` sees it, whatever hides a memory, for a query with joins of its own.
pub(super) fn scope_filter(tx: &Connection, scope: &Scope, viewer: &Viewer) -> Result<(String, Vec<Value>)> {
    let Clause { filter, values, .. } = clause(tx, scope, viewer, States::All, None)?;
    Ok((filter, values))
}

/// What of memories holds at the moment that parameter `now` names.
pub(super) fn holds(now: usize) -> String {
    format!("(m.valid_from is null or m.valid_from <= ?{now}) and (m.valid_to is null or m.valid_to > ?{now})")
}

/// SQLite counts in 64 bits with a sign.
fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
