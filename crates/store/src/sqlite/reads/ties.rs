//! Reads of what stands beside texts: links seen from either end, work items.
//! It must not know what may be changed of them.
//! Invariant: scope is that of `scope_filter`, lifecycle that of `memory_state`: no end of a link is told otherwise.

use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_core::link::{End, Relation};
use quipu_core::memory::{Lifecycle, ProjectKey};
use quipu_core::scope::{Reach, Reader, Viewer};
use quipu_core::work::Status;
use rusqlite::{Connection, OptionalExtension, params_from_iter, types::Value};

use super::lists::{holds, scope_filter};
use crate::error::StoreError;
use crate::read::{Closed, Linked, Scope, Ties, WorkItem, WorkList, WorkQuery};
use crate::sqlite::{aside, rows};

type Result<T> = std::result::Result<T, StoreError>;

/// So many links of one memory are told; the rest is counted.
const MOST_TOLD: usize = 50;

/// Where is looked, and who looks.
type Seen<'q> = (&'q Scope, &'q Viewer);

/// What stands beside each of these memories, in their order; of one that is not there, nothing.
pub(in crate::sqlite) fn ties(tx: &Connection, ids: &[MemoryId], scope: &Scope, reader: Reader) -> Result<Vec<Ties>> {
    let mut number = tx.prepare_cached("select seq from memory where id = ?1")?;
    let viewer = Viewer { reader, reach: Reach::Every };
    ids.iter()
        .map(|id| {
            let seq: Option<i64> = number.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?;
            let Some(seq) = seq else { return Ok(Ties::default()) };
            let mut links = links(tx, seq, (scope, &viewer))?;
            let left_out = links.len().saturating_sub(MOST_TOLD) as u64;
            links.truncate(MOST_TOLD);
            Ok(Ties { aside: aside::of(tx, seq)?, links, left_out })
        })
        .collect()
}

/// The other ends of all links of memory number `seq` that `scope` shows the viewer.
fn links(tx: &Connection, seq: i64, (scope, viewer): Seen<'_>) -> Result<Vec<Linked>> {
    let (filter, mut values) = scope_filter(tx, scope, viewer)?;
    values.push(Value::Integer(seq));
    let own = values.len();
    let sql = format!(
        "select l.word, l.keeps, m.id, m.kind, st.lifecycle, w.status, p.key
         from (select relation word, 1 keeps, to_seq other from link where memory_seq = ?{own}
               union all select relation, 0, memory_seq from link where to_seq = ?{own}
               union all select 'supersedes', 1, old.seq from memory own join memory old on old.superseded_by = own.id
                   where own.seq = ?{own}
               union all select 'superseded_by', 1, new.seq from memory own join memory new on new.id = own.superseded_by
                   where own.seq = ?{own}) l
         join memory m on m.seq = l.other join memory_state st on st.seq = m.seq
         left join work_item w on w.memory_seq = m.seq left join project p on p.id = m.project_id
         {filter} order by l.keeps desc, l.word, m.seq"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(params_from_iter(values), |row| {
        let end = if row.get(1)? { End::Keeper } else { End::Other };
        Ok(Linked {
            relation: rows::named(0, &row.get::<_, String>(0)?, |word| word_from(word, end))?,
            end,
            id: rows::memory_id(&row.get::<_, Vec<u8>>(2)?)?,
            kind: rows::named(3, &row.get::<_, String>(3)?, Kind::parse)?,
            lifecycle: rows::named(4, &row.get::<_, String>(4)?, Lifecycle::parse)?,
            status: row.get::<_, Option<String>>(5)?.as_deref().and_then(Status::parse),
            project: row.get::<_, Option<String>>(6)?.map(ProjectKey),
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The word for a kept relation, seen from `end`.
fn word_from(kept: &str, end: End) -> Option<&'static str> {
    match kept {
        "supersedes" => Some("supersedes"),
        "superseded_by" => Some("superseded_by"),
        kept => Relation::parse(kept).map(|(relation, _)| relation.word(end)),
    }
}

/// The work items that are asked for, and counts of all.
pub(in crate::sqlite) fn work(tx: &Connection, query: &WorkQuery) -> Result<WorkList> {
    let (filter, mut values) = scope_filter(tx, &query.scope, &query.viewer)?;
    values.push(Value::Integer(query.now.0));
    let now = values.len();
    let holds = holds(now);
    // The plain condition is that of the index `work_open`, word for word, or it would not be used.
    let counts = format!(
        "select count(*) filter (where w.status not in ('done', 'dropped')),
            count(*) filter (where w.status not in ('done', 'dropped') and w.due_at < ?{now}),
            count(*) filter (where w.status = 'blocked'), count(*)
         from work_item w join memory m on m.seq = w.memory_seq join memory_state st on st.seq = m.seq
         {filter} and st.lifecycle = 'live' and {holds}"
    );
    let mut list = tx.prepare_cached(&counts)?.query_row(params_from_iter(values.clone()), |row| {
        let count = |column: usize| row.get::<_, u32>(column).map(u64::from);
        let (open, overdue, blocked, all) = (count(0)?, count(1)?, count(2)?, count(3)?);
        Ok(WorkList { items: Vec::new(), open, overdue, blocked, all })
    })?;
    let which = match query.closed {
        Closed::Hide => "select memory_seq from work_item where status not in ('done', 'dropped')",
        Closed::Show => "select memory_seq from work_item",
    };
    values.push(Value::Integer(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    let sql = format!(
        "select w.memory_seq, m.id, w.status, w.held, w.priority, w.due_at
         from work_item w join memory m on m.seq = w.memory_seq join memory_state st on st.seq = m.seq
         {filter} and st.lifecycle = 'live' and {holds} and w.memory_seq in ({which})
         order by w.status in ('done', 'dropped'), w.priority, w.due_at is null, w.due_at, w.memory_seq limit ?{}",
        values.len()
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query(params_from_iter(values))?;
    let seen = (&query.scope, &query.viewer);
    while let Some(row) = found.next()? {
        let (seq, id) = (row.get(0)?, rows::memory_id(&row.get::<_, Vec<u8>>(1)?)?);
        let work = aside::work(row, 2)?;
        let Some(memory) = super::memory(tx, id)? else { continue };
        list.items.push(WorkItem {
            memory,
            work,
            blockers: blockers(tx, seq, seen)?,
            wholes: linked(tx, seq, "part_of", seen)?,
            parts: parts(tx, seq, seen)?,
        });
    }
    Ok(list)
}

/// What blocks memory number `seq`, is open and is shown by `scope`.
fn blockers(tx: &Connection, seq: i64, seen: Seen<'_>) -> Result<Vec<MemoryId>> {
    let open = "and st.lifecycle = 'live' and (w.status is null or w.status not in ('done', 'dropped'))";
    others(tx, seq, "blocked_by", seen, open)
}

/// What memory number `seq` has such a link to, as far as `scope` shows it.
fn linked(tx: &Connection, seq: i64, relation: &str, seen: Seen<'_>) -> Result<Vec<MemoryId>> {
    others(tx, seq, relation, seen, "")
}

fn others(tx: &Connection, seq: i64, relation: &str, (scope, viewer): Seen<'_>, only: &str) -> Result<Vec<MemoryId>> {
    let (filter, mut values) = scope_filter(tx, scope, viewer)?;
    values.extend([Value::Integer(seq), Value::Text(relation.to_owned())]);
    let sql = format!(
        "select m.id from link l join memory m on m.seq = l.to_seq join memory_state st on st.seq = m.seq
            left join work_item w on w.memory_seq = m.seq
         {filter} and l.memory_seq = ?{} and l.relation = ?{} {only} order by m.seq",
        values.len() - 1,
        values.len()
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let found = statement.query_map(params_from_iter(values), |row| rows::memory_id(&row.get::<_, Vec<u8>>(0)?))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The parts of memory number `seq` that `scope` shows: open ones, and all.
fn parts(tx: &Connection, seq: i64, (scope, viewer): Seen<'_>) -> Result<(u64, u64)> {
    let (filter, mut values) = scope_filter(tx, scope, viewer)?;
    values.push(Value::Integer(seq));
    let sql = format!(
        "select count(*) filter (where w.status not in ('done', 'dropped')), count(*)
         from link l join memory m on m.seq = l.memory_seq join memory_state st on st.seq = m.seq
            join work_item w on w.memory_seq = m.seq
         {filter} and st.lifecycle = 'live' and l.to_seq = ?{} and l.relation = 'part_of'",
        values.len()
    );
    Ok(tx
        .prepare_cached(&sql)?
        .query_row(params_from_iter(values), |row| Ok((row.get::<_, u32>(0)?.into(), row.get::<_, u32>(1)?.into())))?)
}
