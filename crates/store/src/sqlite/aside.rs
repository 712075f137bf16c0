//! What stands beside a memory's text, as rows, and as the copy that a revision keeps.
//! It must not know what may be changed of it, nor what follows from a change.
//! Invariant: `of` gives what `put` wrote, and `at` what `keep` kept.

use std::collections::BTreeSet;

use quipu_core::aside::Aside;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::link::{End, Link, Relation};
use quipu_core::work::{Priority, Status, Work};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::rows;
use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// What stands beside the text of memory number `seq`.
pub(super) fn of(tx: &Connection, seq: i64) -> Result<Aside> {
    let work = tx
        .prepare_cached("select status, held, priority, due_at from work_item where memory_seq = ?1")?
        .query_row([seq], |row| work(row, 0))
        .optional()?;
    let links = tx
        .prepare_cached("select relation, id from link join memory on memory.seq = to_seq where memory_seq = ?1")?
        .query_map([seq], |row| {
            let relation = rows::named(0, &row.get::<_, String>(0)?, kept_as)?;
            Ok(Link { relation, to: rows::memory_id(&row.get::<_, Vec<u8>>(1)?)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Aside {
        work,
        links,
        files: names(tx, "select path from file_touch where memory_seq = ?1 and given > 0", seq)?,
        symbols: names(tx, "select name from symbol_named where memory_seq = ?1", seq)?,
    })
}

/// A work item from the columns (status, held, priority, due) that begin at `first`.
pub(super) fn work(row: &Row<'_>, first: usize) -> rusqlite::Result<Work> {
    let held: Option<String> = row.get(first + 1)?;
    Ok(Work {
        status: rows::named(first, &row.get::<_, String>(first)?, Status::parse)?,
        held: held.as_deref().and_then(Status::parse),
        priority: Priority::of_number(row.get(first + 2)?).unwrap_or_default(),
        due: row.get::<_, Option<i64>>(first + 3)?.map(Millis),
    })
}

/// The relation that a row of `link` holds.
pub(super) fn kept_as(word: &str) -> Option<Relation> {
    Relation::parse(word).filter(|(relation, _)| relation.word(End::Keeper) == word).map(|(relation, _)| relation)
}

/// Writes `new` in the place of `old`. Links to memories that are gone are left out.
pub(super) fn put(tx: &Connection, seq: i64, old: &Aside, new: &Aside) -> Result<()> {
    if new.work != old.work {
        match &new.work {
            None => tx.prepare_cached("delete from work_item where memory_seq = ?1")?.execute([seq])?,
            Some(work) => tx
                .prepare_cached(
                    "insert or replace into work_item (memory_seq, status, held, priority, due_at)
                     values (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    seq,
                    work.status.as_str(),
                    work.held.map(Status::as_str),
                    work.priority as u8,
                    work.due.map(|due| due.0),
                ])?,
        };
    }
    for link in old.links.difference(&new.links) {
        tx.prepare_cached(
            "delete from link where memory_seq = ?1 and relation = ?2 and to_seq = (select seq from memory where id = ?3)",
        )?
        .execute(params![seq, link.relation.word(End::Keeper), link.to.0.as_bytes()])?;
    }
    for link in new.links.difference(&old.links) {
        tx.prepare_cached(
            "insert or ignore into link (memory_seq, relation, to_seq) select ?1, ?2, seq from memory where id = ?3",
        )?
        .execute(params![seq, link.relation.word(End::Keeper), link.to.0.as_bytes()])?;
    }
    for path in old.files.difference(&new.files) {
        tx.prepare_cached("delete from file_touch where memory_seq = ?1 and path = ?2 and given = 1")?
            .execute(params![seq, path])?;
        tx.prepare_cached("update file_touch set given = 0 where memory_seq = ?1 and path = ?2 and given = 2")?
            .execute(params![seq, path])?;
    }
    for path in new.files.difference(&old.files) {
        tx.prepare_cached(
            "insert into file_touch (memory_seq, path, given) values (?1, ?2, 1)
             on conflict (path, memory_seq) do update set given = 2 where given = 0",
        )?
        .execute(params![seq, path])?;
    }
    for name in old.symbols.difference(&new.symbols) {
        tx.prepare_cached("delete from symbol_named where memory_seq = ?1 and name = ?2")?
            .execute(params![seq, name])?;
    }
    for name in new.symbols.difference(&old.symbols) {
        tx.prepare_cached("insert or ignore into symbol_named (memory_seq, name) values (?1, ?2)")?
            .execute(params![seq, name])?;
    }
    Ok(())
}

/// Keeps it beside a revision that is being replaced.
pub(super) fn keep(tx: &Connection, seq: i64, revision: u32, aside: &Aside) -> Result<()> {
    if !aside.is_empty() {
        tx.prepare_cached("insert into aside_revision (memory_seq, revision, aside) values (?1, ?2, ?3)")?
            .execute(params![seq, revision, encode(aside).to_string()])?;
    }
    Ok(())
}

/// What stood beside an earlier revision.
pub(super) fn at(tx: &Connection, seq: i64, revision: u32) -> Result<Aside> {
    let kept: Option<String> = tx
        .prepare_cached("select aside from aside_revision where memory_seq = ?1 and revision = ?2")?
        .query_row(params![seq, revision], |row| row.get(0))
        .optional()?;
    let value = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(decode(&value))
}

fn names(tx: &Connection, sql: &str, seq: i64) -> Result<BTreeSet<String>> {
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.query_map([seq], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

fn encode(aside: &Aside) -> Value {
    let link = |link: &Link| json!([link.relation.word(End::Keeper), link.to.to_string()]);
    json!({
        "work": aside.work.map(|work| json!({
            "status": work.status.as_str(),
            "held": work.held.map(Status::as_str),
            "priority": work.priority as u8,
            "due": work.due.map(|due| due.0),
        })),
        "links": aside.links.iter().map(link).collect::<Vec<_>>(),
        "files": aside.files,
        "symbols": aside.symbols,
    })
}

fn decode(kept: &Value) -> Aside {
    let words = |value: &Value| -> BTreeSet<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let status = |value: &Value| value.as_str().and_then(Status::parse);
    let link = |pair: &Value| -> Option<Link> {
        let to: MemoryId = pair[1].as_str()?.parse().ok()?;
        Some(Link { relation: kept_as(pair[0].as_str()?)?, to })
    };
    let work = &kept["work"];
    Aside {
        work: status(&work["status"]).map(|status_then| Work {
            status: status_then,
            held: status(&work["held"]),
            priority: work["priority"].as_u64().and_then(|n| Priority::of_number(n as u8)).unwrap_or_default(),
            due: work["due"].as_i64().map(Millis),
        }),
        links: kept["links"].as_array().into_iter().flatten().filter_map(link).collect(),
        files: words(&kept["files"]),
        symbols: words(&kept["symbols"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_keeps_all_of_it() {
        let id = MemoryId(uuid::Uuid::from_u128(7));
        let full = Aside {
            work: Some(Work {
                status: Status::Blocked,
                held: Some(Status::Active),
                priority: Priority::Low,
                due: Some(Millis(-5)),
            }),
            links: Relation::ALL.into_iter().map(|relation| Link { relation, to: id }).collect(),
            files: ["/w/a.rs".to_owned(), "/w/b \"c\".rs".to_owned()].into(),
            symbols: ["Store::open".to_owned()].into(),
        };
        for aside in [full, Aside::default(), Aside { work: Some(Work::default()), ..Aside::default() }] {
            assert_eq!(decode(&encode(&aside)), aside);
        }
    }
}
