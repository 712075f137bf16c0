//! All texts of a memory, of every state it had, and the memories one after the other: for who looks through them.
//! It must not know what is looked for.
//! Invariant: what is written back over these texts was read here.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::MemoryId;

use crate::error::StoreError;
use crate::forget::{RevisionTexts, Texts};
use crate::sqlite::apply::WORKSPACE;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// The texts of a memory; none where there is no such one.
pub(in crate::sqlite) fn of(tx: &Connection, id: MemoryId) -> Result<Option<Texts>> {
    let words = |text: String| serde_json::from_str(&text).unwrap_or_default();
    let found = tx
        .prepare_cached(
            "select m.seq, m.title, m.body, m.keywords, m.applies_to, m.branch, m.archive_reason, p.key
             from memory m left join project p on p.id = m.project_id where m.workspace_id = ?1 and m.id = ?2",
        )?
        .query_row(params![WORKSPACE, id.0.as_bytes()], |row| {
            let texts = Texts {
                project: row.get(7)?,
                title: row.get(1)?,
                body: row.get(2)?,
                keywords: words(row.get(3)?),
                applies_to: row.get(4)?,
                branch: row.get(5)?,
                archive_reason: row.get(6)?,
                revisions: Vec::new(),
            };
            Ok((row.get::<_, i64>(0)?, texts))
        })
        .optional()?;
    let Some((seq, mut texts)) = found else { return Ok(None) };
    let mut earlier = tx.prepare_cached(
        "select revision, title, body, keywords, applies_to, reason, archive_reason from memory_revision
         where memory_seq = ?1 order by revision",
    )?;
    let revisions = earlier.query_map([seq], |row| {
        Ok(RevisionTexts {
            number: row.get(0)?,
            title: row.get(1)?,
            body: row.get(2)?,
            keywords: words(row.get(3)?),
            applies_to: row.get(4)?,
            reason: row.get(5)?,
            archive_reason: row.get(6)?,
        })
    })?;
    texts.revisions = revisions.collect::<rusqlite::Result<_>>()?;
    Ok(Some(texts))
}

/// Up to `limit` ids after `after`, in their order, until their bodies are `bytes` together.
pub(in crate::sqlite) fn ids_after(
    tx: &Connection,
    after: Option<MemoryId>,
    limit: usize,
    bytes: usize,
) -> Result<Vec<MemoryId>> {
    let mut statement = tx.prepare_cached("select id, length(body) from memory where id > ?1 order by id limit ?2")?;
    let after = after.map_or_else(Vec::new, |id| id.0.as_bytes().to_vec());
    let mut rows = statement.query(params![after, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let (mut found, mut sum) = (Vec::new(), 0);
    while let Some(row) = rows.next()?
        && sum < bytes
    {
        found.push(rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?);
        sum += row.get::<_, i64>(1)? as usize;
    }
    Ok(found)
}
