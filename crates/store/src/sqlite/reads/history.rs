//! What a memory was before each change.
//! It must not know what may be changed.
//! Invariant: the newest revision is the memory itself; those before are never written again.

use rusqlite::{Connection, params};

use quipu_core::change::Content;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Revision};

use crate::error::StoreError;
use crate::sqlite::{aside, rows};

type Result<T> = std::result::Result<T, StoreError>;

/// Texts of so many bytes are read: a large text that was changed often fits no answer.
const MOST: usize = 8 << 20;

/// The revisions, newest first, the oldest left out where their texts are too much for one answer; nothing where there is no
/// such memory.
pub(in crate::sqlite) fn history(tx: &Connection, id: MemoryId) -> Result<Vec<Revision>> {
    let Some(memory) = super::memory(tx, id)? else { return Ok(Vec::new()) };
    let seq: i64 = tx.query_row("select seq from memory where id = ?1", [id.0.as_bytes()], |row| row.get(0))?;
    let mut content = memory.content();
    content.aside = aside::of(tx, seq)?;
    let newest = Revision {
        number: memory.revision,
        content,
        lifecycle: memory.lifecycle,
        since: memory.recorded_at,
        reason: None,
    };
    let mut all = vec![newest];
    let mut statement = tx.prepare_cached(
        "select r.revision, r.kind, r.title, r.applies_to, r.keywords, r.body, r.pinned, r.lifecycle, r.replaced_at, r.reason,
            r.importance, r.valid_from, r.valid_to, r.private
         from memory_revision r join memory m on m.seq = r.memory_seq where m.id = ?1 order by r.revision desc",
    )?;
    let mut found = statement.query(params![id.0.as_bytes()])?;
    let mut bytes = memory.body.len();
    while bytes < MOST
        && let Some(row) = found.next()?
    {
        // A row says when and why the one that came after it did.
        let Some(after) = all.last_mut() else { break };
        (after.since, after.reason) = (Millis(row.get(8)?), row.get(9)?);
        let body: Option<String> = row.get(5)?;
        let content = Content {
            kind: rows::named(1, &row.get::<_, String>(1)?, Kind::parse)?,
            title: row.get(2)?,
            applies_to: row.get(3)?,
            keywords: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
            body: body.unwrap_or_else(|| after.content.body.clone()),
            pin: rows::pin(row.get(6)?),
            privacy: rows::privacy(row.get(13)?),
            importance: rows::importance(row.get(10)?),
            valid: rows::valid(row, 11)?,
            aside: aside::at(tx, seq, row.get(0)?)?,
        };
        bytes += content.body.len();
        all.push(Revision {
            number: row.get(0)?,
            content,
            lifecycle: rows::named(7, &row.get::<_, String>(7)?, Lifecycle::parse)?,
            since: memory.recorded_at,
            reason: None,
        });
    }
    Ok(all)
}
