//! Reads of memories and their chunks.
//! It must not know how they were ranked.
//! Invariant: lifecycle is taken from `memory_state`, nowhere else.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Memory, SessionRef};
use quipu_core::standing::Esteem;

use crate::error::StoreError;
use crate::sqlite::apply::{WORKSPACE, short};
use crate::sqlite::rows;
use crate::sqlite::scopes::Roots;
use crate::sqlite::visibility::{Facts, NONE, group_code, seconds};

type Result<T> = std::result::Result<T, StoreError>;

/// A memory as it was at a moment.
pub(in crate::sqlite) fn memory_then(tx: &Connection, id: MemoryId, then: Millis) -> Result<Option<Memory>> {
    let sql = format!("{} where m.id = ?1", rows::then(2));
    Ok(tx.prepare_cached(&sql)?.query_row(params![id.0.as_bytes(), then.0], rows::memory).optional()?)
}

pub(in crate::sqlite) fn memory(tx: &Connection, id: MemoryId) -> Result<Option<Memory>> {
    let sql = format!("{} where m.id = ?1", rows::SELECT);
    Ok(tx.prepare_cached(&sql)?.query_row([id.0.as_bytes()], rows::memory).optional()?)
}

/// The row of a memory.
pub(in crate::sqlite) fn memory_number(tx: &Connection, id: MemoryId) -> Result<Option<u32>> {
    let mut statement = tx.prepare_cached("select seq from memory where id = ?1")?;
    Ok(statement.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?)
}

/// The memory of a chunk, with the chunk's byte range in it. Where the text was changed between the look at the tables and
/// this snapshot, the range is that of the first chunk that it has now.
pub(in crate::sqlite) fn found(tx: &Connection, chunk: u32) -> Result<Option<(Memory, std::ops::Range<usize>)>> {
    let place: Option<(i64, i64, i64, Option<i64>)> = tx
        .prepare_cached("select memory_seq, from_byte, to_byte, replaced_in from chunk where seq = ?1")?
        .query_row([chunk], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((seq, mut from, mut to, replaced)) = place else { return Ok(None) };
    if replaced.is_some() {
        (from, to) = tx
            .prepare_cached("select from_byte, to_byte from chunk where memory_seq = ?1 and ordinal = 0")?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
    }
    let sql = format!("{} where m.seq = ?1", rows::SELECT);
    let memory = tx.prepare_cached(&sql)?.query_row([seq], rows::memory).optional()?;
    Ok(memory.map(|m| (m, from as usize..to as usize)))
}

/// Whose chunk `chunk` is.
pub(in crate::sqlite) fn chunk_owner(tx: &Connection, chunk: u32) -> Result<Option<MemoryId>> {
    let owner = tx
        .prepare_cached("select id from chunk join memory on memory.seq = memory_seq where chunk.seq = ?1")?
        .query_row([chunk], |row| rows::memory_id(&row.get::<_, Vec<u8>>(0)?))
        .optional()?;
    Ok(owner)
}

/// The newest chunk up to some number.
pub(in crate::sqlite) enum Newest {
    /// This one, and whose it is: of those behind it every one is forgotten.
    Of(u32, MemoryId),
    /// All of them are forgotten, or there never was one.
    None,
    /// One that nobody has forgotten is not there: this is another database.
    Lost,
}

/// The newest chunk up to `chunk`.
pub(in crate::sqlite) fn newest_owner(tx: &Connection, chunk: u32) -> Result<Newest> {
    let floor: u32 = tx.query_row("select value from meta where key = 'chunk_floor'", [], |row| row.get(0))?;
    let found = tx
        .prepare_cached(
            "select c.seq, m.id from chunk c join memory m on m.seq = c.memory_seq
             where c.seq <= ?1 order by c.seq desc limit 1",
        )?
        .query_row([chunk], |row| Ok((row.get(0)?, rows::memory_id(&row.get::<_, Vec<u8>>(1)?)?)))
        .optional()?;
    Ok(match found {
        Some((newest, memory)) if newest == chunk || chunk <= floor => Newest::Of(newest, memory),
        None if chunk <= floor => Newest::None,
        _ => Newest::Lost,
    })
}

/// The texts of single chunks; those that are gone are left out.
pub(in crate::sqlite) fn chunk_texts(tx: &Connection, chunks: &[u32]) -> Result<String> {
    let mut statement = tx.prepare_cached(
        "select body, from_byte, to_byte from chunk join memory on memory.seq = memory_seq
         where chunk.seq = ?1 and replaced_in is null",
    )?;
    let mut out = String::new();
    for chunk in chunks {
        let text: Option<String> = statement
            .query_row([chunk], |row| {
                let body = row.get_ref(0)?.as_str()?;
                let (from, to): (i64, i64) = (row.get(1)?, row.get(2)?);
                Ok(body.get(from as usize..to as usize).unwrap_or("").to_owned())
            })
            .optional()?;
        out.push_str(text.as_deref().unwrap_or(""));
        out.push('\n');
    }
    Ok(out)
}

/// Index texts of up to `limit` chunks after `reached`, not beyond `goal`.
pub(in crate::sqlite) fn chunks_after(
    tx: &Connection,
    reached: u32,
    goal: u32,
    limit: usize,
) -> Result<Vec<(u32, String)>> {
    let mut statement = tx.prepare_cached(
        "select c.seq, iif(replaced_in is null, m.title, r.title), coalesce(r.body, m.body), from_byte, to_byte, ordinal
         from chunk c join memory m on m.seq = c.memory_seq
         left join memory_revision r on r.memory_seq = c.memory_seq and r.revision = c.replaced_in - 1
         where c.seq > ?1 and c.seq <= ?2 order by c.seq limit ?3",
    )?;
    let found = statement.query_map(params![reached, goal, limit as i64], index_text)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// A chunk's number and what is indexed of it, from a row of (seq, title, body, from, to, ordinal). A chunk that was replaced
/// keeps the text it was cut from: index and vectors are the same whether they saw the change or are made anew.
pub(super) fn index_text(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u32, String)> {
    let title: Option<String> = row.get(1)?;
    let body = row.get_ref(2)?.as_str()?;
    let (from, to, ordinal): (i64, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let text = body.get(from as usize..to as usize).unwrap_or("");
    let text = match title {
        // Of an ordinal that was replaced the low bits count.
        Some(title) if ordinal as u32 == 0 => format!("{title}\n{text}"),
        _ => text.to_owned(),
    };
    Ok((row.get(0)?, text))
}

/// Calls `each` with the facts of every chunk, session by session, in the order of its turns.
pub(in crate::sqlite) fn each_slot(tx: &Connection, mut each: impl FnMut(u32, &Facts)) -> Result<()> {
    let mut statement = tx.prepare(
        "select c.seq, m.seq, m.project_id, m.session_id, m.source_group, m.occurred_at, m.kind, st.lifecycle,
            m.importance, m.pinned, m.valid_from, m.valid_to, m.private, m.applies_to
         from chunk c join memory m on m.seq = c.memory_seq join memory_state st on st.seq = m.seq
         where c.replaced_in is null order by m.session_id, m.position, c.seq",
    )?;
    let roots = Roots::read(tx)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        each(row.get(0)?, &slot(row, &roots)?);
    }
    Ok(())
}

/// The same of a damaged database: chunk by chunk in the order of their numbers, those left out that cannot be read.
/// Gives how many could not. Neighbours in a session may be told wrong where turns came late.
pub(in crate::sqlite) fn each_slot_singly(
    tx: &Connection,
    newest: u32,
    mut each: impl FnMut(u32, &Facts),
) -> Result<u64> {
    let mut statement = tx.prepare(
        "select c.seq, m.seq, m.project_id, m.session_id, m.source_group, m.occurred_at, m.kind, st.lifecycle,
            m.importance, m.pinned, m.valid_from, m.valid_to, m.private, m.applies_to
         from chunk c join memory m on m.seq = c.memory_seq join memory_state st on st.seq = m.seq
         where c.seq = ?1 and c.replaced_in is null",
    )?;
    // Where projects lie cannot be read: paths stay as they were written.
    let roots = Roots::read(tx).unwrap_or_default();
    let mut lost = 0;
    for seq in 1..=newest {
        match statement.query_row([seq], |row| slot(row, &roots)).optional() {
            Ok(Some(facts)) => each(seq, &facts),
            Ok(None) => {}
            Err(_) => lost += 1,
        }
    }
    Ok(lost)
}

/// The facts in a row of (chunk, memory, project, session, group, time, kind, lifecycle, importance, pin, from, to,
/// private, applies_to).
pub(super) fn slot(row: &rusqlite::Row<'_>, roots: &Roots) -> rusqlite::Result<Facts> {
    let place = |value: Option<i64>| value.map_or(NONE, short);
    let group: Option<String> = row.get(4)?;
    Ok(Facts {
        memory: row.get(1)?,
        project: place(row.get(2)?),
        session: place(row.get(3)?),
        group: group_code(group.as_deref()),
        at: seconds(row.get(5)?),
        kind: rows::named(6, &row.get::<_, String>(6)?, Kind::parse)?,
        lifecycle: rows::named(7, &row.get::<_, String>(7)?, Lifecycle::parse)?,
        esteem: Esteem::new(rows::importance(row.get(8)?), rows::pin(row.get(9)?)),
        valid: rows::valid(row, 10)?,
        privacy: rows::privacy(row.get(12)?),
        places: roots.places(row.get_ref(13)?.as_str()?, row.get(2)?),
    })
}

/// The row of a session and the newest memory that a compaction took out of its context.
pub(in crate::sqlite) fn session_context(tx: &Connection, session: &SessionRef) -> Result<Option<(u32, u32)>> {
    let found = tx
        .prepare_cached(
            "select id, compacted_seq from session where workspace_id = ?1 and agent = ?2 and external_id = ?3",
        )?
        .query_row(params![WORKSPACE, session.agent, session.id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// The id, title and text of memory number `seq`: a look with every save has no time for more.
pub(in crate::sqlite) fn named(tx: &Connection, seq: u32) -> Result<Option<(MemoryId, Option<String>, String)>> {
    let mut statement = tx.prepare_cached("select id, title, body from memory where seq = ?1")?;
    let read = |row: &rusqlite::Row<'_>| Ok((rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?, row.get(1)?, row.get(2)?));
    Ok(statement.query_row([seq], read).optional()?)
}
