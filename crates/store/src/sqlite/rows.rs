//! Turns rows into memories.
//! It must not know which query asked.
//! Invariant: `COLUMNS` and `memory` agree on order; every reader of memories goes through them.

use rusqlite::Row;
use uuid::Uuid;

use quipu_core::change::Pin;
use quipu_core::class::Class;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Memory, Origin, ProjectKey, Provenance, SessionRef};
use quipu_core::scope::Privacy;
use quipu_core::turn::Speaker;

/// `select` list and joins for whole memories; a query adds `where` and `order by`.
pub(super) const SELECT: &str = "select m.id, m.kind, m.title, m.applies_to, m.keywords, m.body, m.content_hash,
        m.occurred_at, m.recorded_at, p.key, s.agent, s.external_id, m.branch, m.origin, m.programmatic,
        st.lifecycle, f.path, m.source_from, m.source_to, m.redactions, m.class,
        (select json_group_array(path) from (select path from file_touch where memory_seq = m.seq order by path)),
        m.superseded_by, m.archived_at, m.archive_reason, m.pinned, m.revision, m.private
     from memory m
     join memory_state st on st.seq = m.seq
     left join project p on p.id = m.project_id
     left join session s on s.id = m.session_id
     left join source_file f on f.id = m.source_file_id ";

/// Reads a row of [`SELECT`].
pub(super) fn memory(row: &Row<'_>) -> rusqlite::Result<Memory> {
    let agent: Option<String> = row.get(10)?;
    let external: Option<String> = row.get(11)?;
    let path: Option<String> = row.get(16)?;
    let from: Option<i64> = row.get(17)?;
    let to: Option<i64> = row.get(18)?;
    Ok(Memory {
        id: memory_id(&row.get::<_, Vec<u8>>(0)?)?,
        kind: named(1, &row.get::<_, String>(1)?, Kind::parse)?,
        class: named(20, &row.get::<_, String>(20)?, Class::parse)?,
        title: row.get(2)?,
        applies_to: row.get(3)?,
        keywords: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
        files: serde_json::from_str(&row.get::<_, String>(21)?).unwrap_or_default(),
        body: row.get(5)?,
        content_hash: row.get(6)?,
        occurred_at: Millis(row.get(7)?),
        recorded_at: Millis(row.get(8)?),
        project: row.get::<_, Option<String>>(9)?.map(ProjectKey),
        session: agent.zip(external).map(|(agent, id)| SessionRef { agent, id }),
        branch: row.get(12)?,
        origin: named(13, &row.get::<_, String>(13)?, Origin::parse)?,
        speaker: if row.get(14)? { Speaker::Program } else { Speaker::Person },
        lifecycle: named(15, &row.get::<_, String>(15)?, lifecycle)?,
        provenance: path.zip(from.zip(to)).map(|(path, (from, to))| Provenance {
            path,
            from: from as u64,
            to: to as u64,
        }),
        superseded_by: row.get::<_, Option<Vec<u8>>>(22)?.map(|bytes| memory_id(&bytes)).transpose()?,
        archived_at: row.get::<_, Option<i64>>(23)?.map(Millis),
        archive_reason: row.get(24)?,
        pin: pin(row.get(25)?),
        privacy: privacy(row.get(27)?),
        revision: row.get(26)?,
        redactions: row.get(19)?,
    })
}

/// The lifecycle of that name in `memory_state`.
pub(super) fn lifecycle(name: &str) -> Option<Lifecycle> {
    [Lifecycle::Live, Lifecycle::Archived, Lifecycle::Superseded].into_iter().find(|l| l.as_str() == name)
}

/// A stored pin.
pub(super) fn pin(is_pinned: bool) -> Pin {
    if is_pinned { Pin::Pinned } else { Pin::Loose }
}

/// A stored privacy.
pub(super) fn privacy(is_private: bool) -> Privacy {
    if is_private { Privacy::Private } else { Privacy::Shared }
}

/// A stored id.
pub(super) fn memory_id(bytes: &[u8]) -> rusqlite::Result<MemoryId> {
    Uuid::from_slice(bytes)
        .map(MemoryId)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(e)))
}

/// A stored word of a closed list.
pub(super) fn named<T>(column: usize, word: &str, parse: impl Fn(&str) -> Option<T>) -> rusqlite::Result<T> {
    parse(word).ok_or_else(|| {
        let error = format!("`{word}` is not a word of this version");
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}
