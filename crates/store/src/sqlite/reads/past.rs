//! What a search of a past moment needs: which chunks stood then, and what a found one said.
//! It must not know how they are ranked.
//! Invariant: the chunks of a memory that stood at a moment are those that were cut from the text that it had then.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::Millis;
use quipu_core::memory::Memory;

use crate::error::StoreError;
use crate::sqlite::rows;
use crate::sqlite::scopes::Roots;
use crate::sqlite::visibility::Facts;

type Result<T> = std::result::Result<T, StoreError>;

/// Calls `each` with the facts of every chunk that stood at `then`, session by session, in the order of its turns. Of a
/// project only its own and what belongs to none.
pub(in crate::sqlite) fn each_slot_then(
    tx: &Connection,
    then: Millis,
    project: Option<u32>,
    mut each: impl FnMut(u32, &Facts),
) -> Result<()> {
    // A text's chunks stand until the revision that has another text; a revision that came whole with an import has none,
    // and is not found rather than found by what was said later.
    let sql = format!(
        "select c.seq, m.seq, m.project_id, m.session_id, m.source_group, m.occurred_at, m.kind, m.lifecycle,
            m.importance, m.pinned, m.valid_from, m.valid_to, m.private, m.applies_to
         from {} m join chunk c on c.memory_seq = m.seq
         where (?2 is null or m.project_id = ?2 or m.project_id is null)
           and c.replaced_in is iif(m.is_past,
                (select min(l.revision) + 1 from memory_revision l
                    where l.memory_seq = m.seq and l.revision >= m.revision and l.body is not null), null)
         order by m.session_id, m.position, c.seq",
        rows::past(1)
    );
    let roots = Roots::read(tx)?;
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query(params![then.0, project])?;
    while let Some(row) = found.next()? {
        each(row.get(0)?, &super::memories::slot(row, &roots)?);
    }
    Ok(())
}

/// The memory of a chunk as it was at `then`, with the chunk's byte range in it.
pub(in crate::sqlite) fn found_then(
    tx: &Connection,
    chunk: u32,
    then: Millis,
) -> Result<Option<(Memory, std::ops::Range<usize>)>> {
    let place: Option<(i64, i64, i64)> = tx
        .prepare_cached("select memory_seq, from_byte, to_byte from chunk where seq = ?1")?
        .query_row([chunk], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((seq, from, to)) = place else { return Ok(None) };
    let sql = format!("{} where m.seq = ?1", rows::then(2));
    let memory = tx.prepare_cached(&sql)?.query_row(params![seq, then.0], rows::memory).optional()?;
    Ok(memory.map(|memory| (memory, from as usize..to as usize)))
}

/// The texts of single chunks, replaced ones too: each as it was cut.
pub(in crate::sqlite) fn chunk_texts_then(tx: &Connection, chunks: &[u32]) -> Result<String> {
    let mut statement = tx.prepare_cached(
        "select coalesce(r.body, m.body), from_byte, to_byte from chunk c join memory m on m.seq = c.memory_seq
         left join memory_revision r on r.memory_seq = c.memory_seq and r.revision = c.replaced_in - 1
         where c.seq = ?1",
    )?;
    let mut out = String::new();
    for chunk in chunks {
        let text: Option<String> = statement
            .query_row([chunk], |row| {
                let (from, to): (i64, i64) = (row.get(1)?, row.get(2)?);
                Ok(row.get_ref(0)?.as_str()?.get(from as usize..to as usize).unwrap_or("").to_owned())
            })
            .optional()?;
        out.push_str(text.as_deref().unwrap_or(""));
        out.push('\n');
    }
    Ok(out)
}
