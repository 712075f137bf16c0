//! What each write does to the rows, one file per family, and what of it searches must be told.
//! It must not know queues, commits or replies.
//! Invariant: runs inside a savepoint; an error leaves no row behind.

mod event;
mod files;
mod machine;
mod note;
mod places;
mod session;
mod turns;
mod vectors;

use rusqlite::{Connection, Savepoint, params};

use quipu_core::analyse::Analyser;
use quipu_core::chunk;
use quipu_core::class::Class;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Note, Origin, ProjectKey};

use super::indexer::Live;
use super::text::tail::TailChunk;
use super::visibility::{Facts, NONE, seconds};
use crate::error::StoreError;
use crate::write::{Applied, HookTurn, ReadyTurn, SessionMark, TurnBatch, Write};
use quipu_embed::Passage;

pub(super) use event::{record, recorded};
pub(super) use places::find_project;
pub(super) use vectors::Meaning;

/// The one workspace of an engine of this kind.
pub(super) const WORKSPACE: i64 = 1;

/// A write with everything done that needs no database: chunked, analysed and embedded.
pub(super) enum Prepared {
    Note(Box<Note>, Text),
    Turns(Box<TurnBatch>, Vec<Text>),
    Hook(Box<HookTurn>, Text),
    Session(Box<SessionMark>),
    MergeProjects {
        old: ProjectKey,
        new: ProjectKey,
    },
    Pause {
        project: Option<ProjectKey>,
        until: Option<Millis>,
    },
    Resume {
        project: Option<ProjectKey>,
    },
    AddRoot(std::path::PathBuf),
    /// Vectors of this model's row that chunks lacked.
    Vectors(i64, Vec<(u32, Passage)>),
}

/// A body's chunks, ready for rows, indexes and tail.
pub(super) struct Text {
    chunks: Vec<Chunk>,
    /// Row of the model that embedded them.
    model: i64,
}

/// One of them.
struct Chunk {
    range: std::ops::Range<usize>,
    terms: TailChunk,
    passage: Passage,
}

impl Text {
    fn of(analyser: &mut Analyser, meaning: &Meaning, title: Option<&str>, body: &str) -> Self {
        let cut = chunk::chunks(body).into_iter().enumerate();
        let chunks = cut.map(|(n, range)| {
            let text = match title {
                Some(title) if n == 0 => format!("{title}\n{}", &body[range.clone()]),
                _ => body[range.clone()].to_owned(),
            };
            let passage = meaning.embedder.passage(&text);
            Chunk { range, terms: TailChunk::new(analyser, text), passage }
        });
        Text { chunks: chunks.collect(), model: meaning.model }
    }
}

/// Does the work that needs no database, on the caller's thread.
pub(super) fn prepare(write: Write, meaning: &Meaning) -> Prepared {
    let analyser = &mut Analyser::new();
    match write {
        Write::Note(note) => {
            let text = Text::of(analyser, meaning, note.title.as_deref(), &note.body);
            Prepared::Note(note, text)
        }
        Write::Turns(batch) => {
            let texts = batch.turns.iter().map(|t| Text::of(analyser, meaning, None, &t.turn.body)).collect();
            Prepared::Turns(batch, texts)
        }
        Write::Hook(hook) => {
            let text = Text::of(analyser, meaning, None, &hook.body);
            Prepared::Hook(hook, text)
        }
        Write::Session(mark) => Prepared::Session(mark),
        Write::MergeProjects { old, new } => Prepared::MergeProjects { old, new },
        Write::Pause { project, until } => Prepared::Pause { project, until },
        Write::Resume { project } => Prepared::Resume { project },
        Write::AddRoot(path) => Prepared::AddRoot(path),
    }
}

/// Applies a prepared write.
pub(super) fn apply(tx: &Savepoint<'_>, write: &Prepared, now: Millis) -> Result<(Applied, Vec<Effect>), StoreError> {
    match write {
        Prepared::Note(note, text) => note::note(tx, note, text, now),
        Prepared::Turns(batch, texts) => turns::turns(tx, batch, texts, now),
        Prepared::Hook(hook, text) => turns::hook(tx, hook, text, now),
        Prepared::Session(mark) => session::mark(tx, mark),
        Prepared::MergeProjects { old, new } => places::merge_projects(tx, old, new, now),
        Prepared::Pause { project, until } => session::pause(tx, project.as_ref(), *until, now),
        Prepared::Resume { project } => session::resume(tx, project.as_ref(), now),
        Prepared::AddRoot(path) => places::add_root(tx, path, now),
        Prepared::Vectors(model, made) => vectors::vectors(tx, *model, made),
    }
}

/// What searches must be told after the commit.
pub(super) enum Effect {
    /// New chunks of one memory.
    Chunks(Facts, Vec<(TailChunk, Passage)>),
    /// Vectors that chunks lacked.
    Vectors(Vec<(u32, Passage)>),
    Lifecycle(u32, Lifecycle),
    /// A transcript's record took the place of what a hook had carried.
    Told {
        memory: u32,
        project: u32,
        group: u32,
        at: u32,
    },
    MoveProject(u32, u32),
}

impl Effect {
    pub(super) fn publish(self, live: &mut Live) {
        match self {
            Effect::Chunks(facts, chunks) => {
                for (chunk, passage) in chunks {
                    live.slots.push(chunk.seq, &facts);
                    live.vectors.set(chunk.seq, &passage);
                    live.tail.push(chunk);
                }
            }
            Effect::Vectors(made) => made.iter().for_each(|(seq, passage)| live.vectors.set(*seq, passage)),
            Effect::Lifecycle(memory, lifecycle) => live.slots.set_lifecycle(memory, lifecycle),
            Effect::Told { memory, project, group, at } => live.slots.tell(memory, project, group, at),
            Effect::MoveProject(old, new) => live.slots.move_project(old, new),
        }
    }
}

/// The columns of a new memory row.
struct Row<'a> {
    id: MemoryId,
    project: Option<i64>,
    session: Option<i64>,
    kind: Kind,
    class: Class,
    title: Option<&'a str>,
    applies_to: &'a str,
    keywords: String,
    body: &'a str,
    content_hash: String,
    occurred_at: Millis,
    branch: Option<&'a str>,
    origin: Origin,
    programmatic: bool,
    redactions: u32,
    source: Option<Source<'a>>,
    hook_key: Option<&'a str>,
    files: &'a [String],
}

struct Source<'a> {
    id: &'a str,
    group: &'a str,
    file: i64,
    from: u64,
    to: u64,
}

/// Inserts a memory with its chunks.
fn insert(tx: &Connection, row: &Row<'_>, text: &Text, now: Millis) -> Result<Effect, StoreError> {
    let source = row.source.as_ref();
    tx.prepare_cached(
        "insert into memory (workspace_id, id, project_id, session_id, kind, title, applies_to, keywords, body,
            content_hash, occurred_at, recorded_at, branch, origin, programmatic, redactions,
            source_id, source_group, source_file_id, source_from, source_to, hook_key, provisional, class, position)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
            ?24, (select 1 + coalesce(max(position), 0) from memory where session_id = ?4))",
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
    ])?;
    let memory = tx.last_insert_rowid();
    files::touch(tx, memory, row.files)?;
    let mut chunks = Vec::with_capacity(text.chunks.len());
    let mut statement =
        tx.prepare_cached("insert into chunk (memory_seq, ordinal, from_byte, to_byte) values (?1, ?2, ?3, ?4)")?;
    for (ordinal, Chunk { range, terms, passage }) in text.chunks.iter().enumerate() {
        statement.execute(params![memory, ordinal as i64, range.start as i64, range.end as i64])?;
        let chunk = tx.last_insert_rowid();
        vectors::put(tx, chunk, text.model, passage)?;
        chunks.push((terms.numbered(short(chunk)), passage.clone()));
    }
    let facts = Facts {
        memory: short(memory),
        project: row.project.map_or(NONE, short),
        session: row.session.map_or(NONE, short),
        group: super::visibility::group_code(source.map(|s| s.group)),
        at: seconds(row.occurred_at.0),
        kind: row.kind,
        lifecycle: Lifecycle::Live,
    };
    Ok(Effect::Chunks(facts, chunks))
}

/// Row numbers as the in-memory tables hold them.
pub(super) fn short(rowid: i64) -> u32 {
    u32::try_from(rowid).expect("four thousand million rows do not fit one SQLite store of ours")
}

/// The row of a ready turn.
fn turn_row<'a>(ready: &'a ReadyTurn, project: i64, session: i64, file: i64) -> Row<'a> {
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
        content_hash: quipu_core::hash::content_hash(&turn.body),
        occurred_at: turn.occurred_at,
        branch: turn.branch.as_deref(),
        origin: Origin::Transcript,
        programmatic: turn.origin == quipu_core::turn::Speaker::Program,
        redactions: ready.redactions,
        source: Some(Source {
            id: &turn.source_id,
            group: &turn.group,
            file,
            from: turn.bytes.start,
            to: turn.bytes.end,
        }),
        hook_key: None,
        files: &turn.files,
    }
}
