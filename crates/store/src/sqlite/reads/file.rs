//! What is known of one file: notes about it, answers of turns that changed it.
//! It must not know what of it is worth saying.
//! Invariant: walks indexes only; an agent waits.

use std::collections::HashSet;

use quipu_core::scope::{Place, Reach};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::error::StoreError;
use crate::read::{FileMemories, FileQuery, Scope};
use crate::sqlite::apply::find_project;
use crate::sqlite::left_out::{LeftOut, Seen, left_out};
use crate::sqlite::{rows, scopes};

type Result<T> = std::result::Result<T, StoreError>;

/// A name is looked for in so many of the newest notes.
const NOTES: i64 = 500;

pub(in crate::sqlite) fn on_file(tx: &Connection, query: &FileQuery, pending: &[Seen]) -> Result<FileMemories> {
    let project = find_project(tx, &query.project)?;
    let asker = super::session_context(tx, &query.asker)?;
    let session = asker.map(|(session, _)| session);
    let LeftOut { hidden, .. } = left_out(tx, &query.asker, pending, project)?;
    let hidden = serde_json::to_string(&Vec::from_iter(hidden)).unwrap_or_else(|_| "[]".to_owned());
    let paths = serde_json::to_string(&query.paths).unwrap_or_else(|_| "[]".to_owned());
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let scope = Scope::Project(query.project.clone());
    let about = scopes::numbers(tx, &scope, &Reach::Only(Place::File(query.key.clone())), None)?;

    let mut values = vec![
        project.map_or(Value::Null, Value::Integer),
        Value::Integer(NOTES),
        session.map_or(Value::Null, |session| Value::Integer(session.into())),
        Value::Text(about),
        Value::Text(query.name.clone()),
        Value::Integer(limit),
        Value::Integer(query.now.0),
        Value::Text(hidden.clone()),
        Value::Text(paths.clone()),
    ];
    let (written, n_written) = (rows::written!(""), rows::written!("n."));
    let sql = format!(
        "{} where m.seq in (
            select seq from (select seq from memory
                where {written} and project_id = ?1
                order by occurred_at desc limit ?2)
            union all
            select seq from (select seq from memory
                where {written} and project_id is null
                order by occurred_at desc limit ?2)
            union all
            select f.memory_seq from file_touch f join memory n on n.seq = f.memory_seq
                where f.path in (select value from json_each(?9))
                  and {n_written}
                  and (n.project_id is null or n.project_id = ?1))
           and st.lifecycle = 'live' and (?3 is null or m.session_id is not ?3)
           and (m.valid_from is null or m.valid_from <= ?7) and (m.valid_to is null or m.valid_to > ?7)
           and (m.seq in (select value from json_each(?4))
             or m.seq in (select memory_seq from file_touch where path in (select value from json_each(?9)))
             or instr(m.body, ?5) > 0 or instr(coalesce(m.title, ''), ?5) > 0)
           and m.seq not in (select value from json_each(?8)){}
         order by m.occurred_at desc, m.seq desc limit ?6",
        rows::SELECT,
        scopes::condition(tx, &scope, &query.viewer, None, &mut values)?
    );
    let notes =
        tx.prepare_cached(&sql)?.query_map(params_from_iter(values), rows::memory)?.collect::<rusqlite::Result<_>>()?;

    let upto = asker.map_or(Value::Null, |(_, compacted)| Value::Integer(compacted.into()));
    let mut values = vec![
        Value::Text(paths),
        project.map_or(Value::Null, Value::Integer),
        session.map_or(Value::Null, |session| Value::Integer(session.into())),
        upto,
        Value::Integer(limit),
        Value::Text(hidden),
    ];
    let sql = format!(
        "{} where m.seq in (select memory_seq from file_touch where path in (select value from json_each(?1)))
           and m.kind = 'answer' and m.project_id = ?2 and st.lifecycle = 'live'
           and (?3 is null or m.session_id is not ?3 or m.seq <= ?4)
           and m.seq not in (select value from json_each(?6)){}
         order by m.seq desc limit ?5",
        rows::SELECT,
        scopes::condition(tx, &scope, &query.viewer, None, &mut values)?
    );
    let answers =
        tx.prepare_cached(&sql)?.query_map(params_from_iter(values), rows::memory)?.collect::<rusqlite::Result<_>>()?;
    Ok(FileMemories { notes, answers })
}

/// The numbers of memories that changed or name one of these files, or one below it.
pub(in crate::sqlite) fn touching(tx: &Connection, paths: &[String]) -> Result<HashSet<u32>> {
    let mut statement = tx.prepare_cached(
        "select memory_seq from file_touch where path = ?1
         union all select memory_seq from file_touch where path >= ?2 and path < ?3",
    )?;
    let mut found = HashSet::new();
    for path in paths {
        let path = path.trim_end_matches('/');
        // What lies below a folder lies between its name with a slash and with what comes after a slash.
        let rows = statement.query_map(params![path, format!("{path}/"), format!("{path}0")], |row| row.get(0))?;
        for row in rows {
            found.insert(row?);
        }
    }
    Ok(found)
}
