//! Where memories hold, from what their rows say: for the tables in memory, and as a condition on rows.
//! It must not know what is searched, nor decide what holds where (`quipu_core::scope`).
//! Invariant: derived, never stored: what was written in `applies_to` stays as it was written.

use std::collections::HashMap;

use quipu_core::id::Millis;
use quipu_core::scope::{AppliesTo, Home, Place, Reach, Reader, Viewer, file_key};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::apply::find_project;
use super::rows;
use super::visibility::Places;
use crate::error::StoreError;
use crate::read::Scope;

type Result<T> = std::result::Result<T, StoreError>;

/// What nearly every row says: it is no narrower than its project.
const GLOBAL: &str = "global";

/// Where projects lie, and lay before they were merged: a path is relative to its project wherever that lay.
#[derive(Default)]
pub(super) struct Roots(HashMap<i64, Vec<String>>);

impl Roots {
    /// Reads them.
    pub(super) fn read(tx: &Connection) -> Result<Self> {
        let mut statement =
            tx.prepare_cached("select coalesce(merged_into, id), key from project order by merged_into")?;
        let mut found = statement.query([])?;
        let mut roots: HashMap<i64, Vec<String>> = HashMap::new();
        // Nulls come first, and so does where the project lies now.
        while let Some(row) = found.next()? {
            roots.entry(row.get(0)?).or_default().push(row.get(1)?);
        }
        Ok(Self(roots))
    }

    fn of(&self, project: Option<i64>) -> Vec<&str> {
        let roots = project.and_then(|project| self.0.get(&project));
        roots.into_iter().flatten().map(String::as_str).collect()
    }

    /// The places in `applies_to` of a memory of `project`.
    pub(super) fn places(&self, applies_to: &str, project: Option<i64>) -> Places {
        if applies_to == GLOBAL {
            return None;
        }
        let roots = self.of(project);
        let narrow = AppliesTo::repair(applies_to, |path| file_key(path, &roots)).applies_to.narrow();
        (!narrow.is_empty()).then(|| narrow.into())
    }
}

/// The places in `applies_to` of a memory of `project`.
pub(super) fn places(tx: &Connection, applies_to: &str, project: Option<i64>) -> Result<Places> {
    if applies_to == GLOBAL { Ok(None) } else { Ok(Roots::read(tx)?.places(applies_to, project)) }
}

/// What a row `m` of `memory` has to be for `viewer` to see it, as the end of a `where` clause; its values are added to
/// `values`.
pub(super) fn condition(
    tx: &Connection,
    scope: &Scope,
    viewer: &Viewer,
    as_of: Option<Millis>,
    values: &mut Vec<Value>,
) -> Result<String> {
    let mut sql = String::new();
    if viewer.reader == Reader::Agent {
        sql.push_str(" and m.private = 0");
    }
    if viewer.reach == Reach::Every {
        return Ok(sql);
    }
    let whole = match [Home::Project, Home::Workspace].map(|home| viewer.reach.holds(home, &[])) {
        [true, true] => "m.applies_to = 'global'",
        [true, false] => "m.applies_to = 'global' and m.project_id is not null",
        [false, true] => "m.applies_to = 'global' and m.project_id is null",
        [false, false] => "false",
    };
    values.push(Value::Text(numbers(tx, scope, &viewer.reach, as_of)?));
    sql.push_str(&format!(" and ({whole} or m.seq in (select value from json_each(?{})))", values.len()));
    Ok(sql)
}

/// The memories that say where they hold, now or at a moment, and do so within `reach`, as a JSON list of their numbers.
pub(super) fn numbers(tx: &Connection, scope: &Scope, reach: &Reach, as_of: Option<Millis>) -> Result<String> {
    let roots = Roots::read(tx)?;
    let project = match scope {
        Scope::All => None,
        // A project that nobody has heard of has nothing.
        Scope::Project(key) => Some(find_project(tx, key)?.unwrap_or(0)),
    };
    // The condition is that of the index `memory_narrow`, word for word, or it would not be used.
    let sql = |from: &str| {
        format!(
            "select seq, applies_to, project_id from {from}
             where applies_to <> 'global' and (?1 is null or project_id = ?1 or project_id is null)"
        )
    };
    let (sql, values) = match as_of {
        None => (sql("memory"), vec![project]),
        Some(then) => (sql(&rows::past(2)), vec![project, Some(then.0)]),
    };
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query(params_from_iter(values))?;
    let mut numbers: Vec<i64> = Vec::new();
    while let Some(row) = found.next()? {
        let project: Option<i64> = row.get(2)?;
        let places = roots.places(&row.get::<_, String>(1)?, project);
        let home = if project.is_some() { Home::Project } else { Home::Workspace };
        let places: &[Place] = places.as_deref().unwrap_or_default();
        if reach.holds(home, places) {
            numbers.push(row.get(0)?);
        }
    }
    // Numbers as text are JSON whatever they are.
    Ok(serde_json::to_string(&numbers).unwrap_or_else(|_| "[]".to_owned()))
}
