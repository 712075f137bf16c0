//! A new memory with its chunks and vectors, as rows.
//! It must not know where a memory comes from beyond what its columns say.
//! Invariant: a memory's chunks are numbered one after the other.

use quipu_embed::Passage;
use rusqlite::{Connection, params};

use quipu_core::change::Pin;
use quipu_core::class::Class;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Origin};
use quipu_core::scope::Privacy;
use quipu_core::standing::{Esteem, Importance, Validity};

use super::prepare::{Chunk, Text};
use super::{Effect, WORKSPACE, files, short, vectors};
use crate::error::StoreError;
use crate::sqlite::scopes;
use crate::sqlite::text::tail::TailChunk;
use crate::sqlite::visibility::{Facts, NONE, group_code, seconds};
use crate::write::ReadyTurn;

/// The columns of a new memory row.
pub(super) struct Row<'a> {
    pub(super) id: MemoryId,
    pub(super) project: Option<i64>,
    pub(super) session: Option<i64>,
    pub(super) kind: Kind,
    pub(super) class: Class,
    pub(super) title: Option<&'a str>,
    pub(super) applies_to: &'a str,
    pub(super) keywords: String,
    pub(super) body: &'a str,
    pub(super) content_hash: String,
    pub(super) occurred_at: Millis,
    pub(super) branch: Option<&'a str>,
    pub(super) origin: Origin,
    pub(super) programmatic: bool,
    pub(super) redactions: u32,
    pub(super) original_hash: Option<&'a str>,
    pub(super) source: Option<Source<'a>>,
    pub(super) hook_key: Option<&'a str>,
    pub(super) files: &'a [String],
    pub(super) privacy: Privacy,
    pub(super) importance: Importance,
    pub(super) valid: Validity,
}

pub(super) struct Source<'a> {
    pub(super) id: &'a str,
    pub(super) group: &'a str,
    pub(super) file: i64,
    pub(super) from: u64,
    pub(super) to: u64,
}

/// The numbers of the next rows: above every number that was ever given, also to what is forgotten. Good as long as
/// nothing else inserts any.
pub(super) struct Next {
    memory: i64,
    chunk: i64,
}

impl Next {
    /// As the rows have it.
    pub(super) fn of(tx: &Connection) -> Result<Self, StoreError> {
        let number = |sql: &str| tx.prepare_cached(sql)?.query_row([], |row| row.get(0));
        Ok(Self {
            memory: number(
                "select 1 + max(coalesce((select max(seq) from memory), 0),
                    (select value from meta where key = 'memory_floor'))",
            )?,
            chunk: number(
                "select 1 + max(coalesce((select max(seq) from chunk), 0),
                    (select value from meta where key = 'chunk_floor'))",
            )?,
        })
    }
}

/// Inserts a memory with its chunks; the number of its row.
pub(super) fn insert(tx: &Connection, row: &Row<'_>, text: &Text, now: Millis) -> Result<(i64, Effect), StoreError> {
    insert_next(tx, &mut Next::of(tx)?, row, (text, None), now)
}

/// The same under the next numbers; and at this place of its session, where that is known.
pub(super) fn insert_next(
    tx: &Connection,
    next: &mut Next,
    row: &Row<'_>,
    (text, position): (&Text, Option<i64>),
    now: Millis,
) -> Result<(i64, Effect), StoreError> {
    let source = row.source.as_ref();
    let memory = next.memory;
    next.memory += 1;
    tx.prepare_cached(
        "insert into memory (workspace_id, id, project_id, session_id, kind, title, applies_to, keywords, body,
            content_hash, occurred_at, recorded_at, branch, origin, programmatic, redactions,
            source_id, source_group, source_file_id, source_from, source_to, hook_key, provisional, class, importance, valid_from,
            valid_to, original_hash, private, position, seq)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
            ?24, ?25, ?26, ?27, ?28, ?30,
            coalesce(?31, (select 1 + coalesce(max(position), 0) from memory where session_id = ?4)), ?29)",
    )?
    .execute(params![
        WORKSPACE,
        row.id.0.as_bytes(),
        row.project,
        row.session,
        row.kind.as_str(),
        row.title,
        row.applies_to,
        row.keywords,
        row.body,
        row.content_hash,
        row.occurred_at.0,
        now.0,
        row.branch,
        row.origin.as_str(),
        row.programmatic,
        row.redactions,
        source.map(|s| s.id),
        source.map(|s| s.group),
        source.map(|s| s.file),
        source.map(|s| s.from as i64),
        source.map(|s| s.to as i64),
        row.hook_key,
        row.origin == Origin::Hook,
        row.class.as_str(),
        row.importance.number(),
        row.valid.from.map(|at| at.0),
        row.valid.to.map(|at| at.0),
        row.original_hash,
        memory,
        row.privacy == Privacy::Private,
        position,
    ])?;
    files::touch(tx, memory, row.files)?;
    let chunks = chunks_next(tx, next, memory, text)?;
    let facts = Facts {
        memory: short(memory),
        project: row.project.map_or(NONE, short),
        session: row.session.map_or(NONE, short),
        group: group_code(source.map(|s| s.group)),
        at: seconds(row.occurred_at.0),
        kind: row.kind,
        lifecycle: Lifecycle::Live,
        privacy: row.privacy,
        places: scopes::places(tx, row.applies_to, row.project)?,
        esteem: Esteem::new(row.importance, Pin::Loose),
        valid: row.valid,
    };
    Ok((memory, Effect::Chunks(facts, chunks)))
}

/// Inserts the chunks of a memory that has none, or none that stand.
pub(super) fn chunks(tx: &Connection, memory: i64, text: &Text) -> Result<Vec<(TailChunk, Passage)>, StoreError> {
    chunks_next(tx, &mut Next::of(tx)?, memory, text)
}

fn chunks_next(
    tx: &Connection,
    next: &mut Next,
    memory: i64,
    text: &Text,
) -> Result<Vec<(TailChunk, Passage)>, StoreError> {
    let mut chunks = Vec::with_capacity(text.chunks.len());
    let first = next.chunk;
    next.chunk += text.chunks.len() as i64;
    let mut statement = tx.prepare_cached(
        "insert into chunk (memory_seq, ordinal, from_byte, to_byte, seq) values (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (ordinal, Chunk { range, terms, passage }) in text.chunks.iter().enumerate() {
        let chunk = first + ordinal as i64;
        statement.execute(params![memory, ordinal as i64, range.start as i64, range.end as i64, chunk])?;
        vectors::put(tx, chunk, text.model, passage)?;
        chunks.push((terms.numbered(short(chunk)), passage.clone()));
    }
    Ok(chunks)
}

/// The row of a ready turn.
pub(super) fn turn_row<'a>(ready: &'a ReadyTurn, hash: &str, (project, session): (i64, i64), file: i64) -> Row<'a> {
    let turn = &ready.turn;
    Row {
        id: ready.id,
        project: Some(project),
        session: Some(session),
        kind: turn.kind,
        class: turn.class,
        title: None,
        applies_to: "global",
        keywords: "[]".to_owned(),
        body: &turn.body,
        content_hash: hash.to_owned(),
        occurred_at: turn.occurred_at,
        branch: turn.branch.as_deref(),
        origin: Origin::Transcript,
        programmatic: turn.origin == quipu_core::turn::Speaker::Program,
        redactions: ready.redactions,
        original_hash: None,
        source: Some(Source {
            id: &turn.source_id,
            group: &turn.group,
            file,
            from: turn.bytes.start,
            to: turn.bytes.end,
        }),
        hook_key: None,
        files: &turn.files,
        privacy: Privacy::Shared,
        importance: Importance::ORDINARY,
        valid: Validity::ALWAYS,
    }
}
