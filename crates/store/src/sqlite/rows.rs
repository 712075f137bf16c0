//! Turns rows into memories.
//! It must not know which query asked.
//! Invariant: `SELECT` and `memory` agree on order; every reader of memories goes through them, and who asks what was
//! there at a moment goes through [`then`], which has the same columns.

use rusqlite::Row;
use uuid::Uuid;

use quipu_core::change::Pin;
use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Memory, Origin, ProjectKey, Provenance, SessionRef};
use quipu_core::scope::Privacy;
use quipu_core::standing::{Importance, Validity};
use quipu_core::turn::Speaker;

/// The condition of the index `memory_written`, term for term, or it would not be used; before each column stands what
/// says whose it is. One by one: a list makes SQLite fill a table of its own at every row that is written.
macro_rules! written {
    ($of:literal) => {
        concat!(
            $of,
            "kind <> 'prompt' and ",
            $of,
            "kind <> 'answer' and ",
            $of,
            "kind <> 'thought' and ",
            $of,
            "kind <> 'checkpoint' and ",
            $of,
            "kind <> 'outcome' and ",
            $of,
            "kind <> 'message'"
        )
    };
}
pub(super) use written;

/// `select` list and joins for whole memories; a query adds `where` and `order by`.
pub(super) const SELECT: &str = "select m.id, m.kind, m.title, m.applies_to, m.keywords, m.body, m.content_hash,
        m.occurred_at, m.recorded_at, p.key, s.agent, s.external_id, m.branch, m.origin, m.programmatic,
        st.lifecycle, f.path, m.source_from, m.source_to, m.redactions, m.class,
        (select json_group_array(path) from (select path from file_touch where memory_seq = m.seq order by path)),
        m.superseded_by, m.archived_at, m.archive_reason, m.pinned, m.revision,
        m.aggregated_into, m.importance, m.valid_from, m.valid_to, m.original_hash, m.private
     from memory m
     join memory_state st on st.seq = m.seq
     left join project p on p.id = m.project_id
     left join session s on s.id = m.session_id
     left join source_file f on f.id = m.source_file_id ";

/// [`SELECT`] of what was there at the moment that is bound as parameter number `at`: each memory as the revision says
/// that stood then. What quipu hid by itself made no revision, and says when.
pub(super) fn then(at: usize) -> String {
    let now = "memory m\n     join memory_state st on st.seq = m.seq";
    SELECT.replace("st.lifecycle", "m.lifecycle").replace(now, &format!("{} m", past(at)))
}

/// Memories as they were at the moment that is bound as parameter number `at`, in the columns of `memory`. What is private
/// now or was then is private.
pub(super) fn past(at: usize) -> String {
    PAST.replace("?then", &format!("?{at}"))
}

/// See [`past`].
const PAST: &str = "(select m.seq, m.workspace_id, m.id, m.project_id, m.session_id, m.position, m.source_group,
        m.source_file_id, m.source_from, m.source_to, m.occurred_at, m.recorded_at, m.branch, m.origin, m.programmatic,
        m.redactions, m.original_hash, max(m.private, coalesce(r.private, 0)) as private, r.revision is not null as is_past,
        iif(r.revision is null, m.kind, r.kind) as kind,
        iif(r.revision is null or r.kind = m.kind, m.class, '') as class,
        iif(r.revision is null, m.title, r.title) as title,
        iif(r.revision is null, m.applies_to, r.applies_to) as applies_to,
        iif(r.revision is null, m.keywords, r.keywords) as keywords,
        iif(r.revision is null, m.body, coalesce(r.body, (select l.body from memory_revision l
            where l.memory_seq = m.seq and l.revision > r.revision and l.body is not null
            order by l.revision limit 1), m.body)) as body,
        iif(r.revision is null, m.content_hash, '') as content_hash,
        iif(r.revision is null, m.pinned, r.pinned) as pinned,
        iif(r.revision is null, m.revision, r.revision) as revision,
        iif(r.revision is null, m.superseded_by, r.superseded_by) as superseded_by,
        iif(r.revision is null, m.aggregated_into, r.aggregated_into) as aggregated_into,
        iif(iif(r.revision is null, m.archived_at, r.archived_at) > ?then, null,
            iif(r.revision is null, m.archived_at, r.archived_at)) as archived_at,
        iif(iif(r.revision is null, m.archived_at, r.archived_at) > ?then, null,
            iif(r.revision is null, m.archive_reason, r.archive_reason)) as archive_reason,
        iif(r.revision is null, m.importance, r.importance) as importance,
        iif(r.revision is null, m.valid_from, r.valid_from) as valid_from,
        iif(r.revision is null, m.valid_to, r.valid_to) as valid_to,
        iif(iif(r.revision is null, st.lifecycle, r.lifecycle) = 'archived'
            and iif(r.revision is null, m.archived_at, r.archived_at) > ?then, 'live',
            iif(r.revision is null, st.lifecycle, r.lifecycle)) as lifecycle
     from memory m
     join memory_state st on st.seq = m.seq
     left join memory_revision r on r.memory_seq = m.seq and r.revision =
        (select min(l.revision) from memory_revision l where l.memory_seq = m.seq and l.replaced_at > ?then)
     where m.recorded_at <= ?then)";

/// Reads a row of [`SELECT`].
pub(super) fn memory(row: &Row<'_>) -> rusqlite::Result<Memory> {
    let agent: Option<String> = row.get(10)?;
    let external: Option<String> = row.get(11)?;
    let path: Option<String> = row.get(16)?;
    let from: Option<i64> = row.get(17)?;
    let to: Option<i64> = row.get(18)?;
    let kind = named(1, &row.get::<_, String>(1)?, Kind::parse)?;
    // Of another kind than it is now it was another kind of text; of another text nobody has kept the hash.
    let class: String = row.get(20)?;
    let class = if class.is_empty() { Class::of_kind(kind) } else { named(20, &class, Class::parse)? };
    let body: String = row.get(5)?;
    let hash: String = row.get(6)?;
    Ok(Memory {
        id: memory_id(&row.get::<_, Vec<u8>>(0)?)?,
        kind,
        class,
        title: row.get(2)?,
        applies_to: row.get(3)?,
        keywords: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
        files: serde_json::from_str(&row.get::<_, String>(21)?).unwrap_or_default(),
        content_hash: if hash.is_empty() { content_hash(&body) } else { hash },
        body,
        occurred_at: Millis(row.get(7)?),
        recorded_at: Millis(row.get(8)?),
        project: row.get::<_, Option<String>>(9)?.map(ProjectKey),
        session: agent.zip(external).map(|(agent, id)| SessionRef { agent, id }),
        branch: row.get(12)?,
        origin: named(13, &row.get::<_, String>(13)?, Origin::parse)?,
        speaker: if row.get(14)? { Speaker::Program } else { Speaker::Person },
        lifecycle: named(15, &row.get::<_, String>(15)?, Lifecycle::parse)?,
        provenance: path.zip(from.zip(to)).map(|(path, (from, to))| Provenance {
            path,
            from: from as u64,
            to: to as u64,
        }),
        superseded_by: other(row, 22)?,
        aggregated_into: other(row, 27)?,
        archived_at: row.get::<_, Option<i64>>(23)?.map(Millis),
        archive_reason: row.get(24)?,
        pin: pin(row.get(25)?),
        privacy: privacy(row.get(32)?),
        importance: importance(row.get(28)?),
        valid: valid(row, 29)?,
        revision: row.get(26)?,
        redactions: row.get(19)?,
        original_hash: row.get(31)?,
    })
}

/// A stored pin.
pub(super) fn pin(is_pinned: bool) -> Pin {
    if is_pinned { Pin::Pinned } else { Pin::Loose }
}

/// A stored privacy.
pub(super) fn privacy(is_private: bool) -> Privacy {
    if is_private { Privacy::Private } else { Privacy::Shared }
}

/// A stored importance.
pub(super) fn importance(number: u8) -> Importance {
    Importance::of(number).unwrap_or(Importance::ORDINARY)
}

/// When something holds, from two columns.
pub(super) fn valid(row: &Row<'_>, first: usize) -> rusqlite::Result<Validity> {
    let bound = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Millis));
    Ok(Validity { from: bound(first)?, to: bound(first + 1)? })
}

/// Another memory's id, where there is one.
pub(super) fn other(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<MemoryId>> {
    row.get::<_, Option<Vec<u8>>>(column)?.map(|bytes| memory_id(&bytes)).transpose()
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
