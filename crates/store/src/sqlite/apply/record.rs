//! A memory that was taken out whole, brought back: its id, times, lifecycle and revisions are what they were.
//! It must not know the file that it comes from.
//! Invariant: what is there already is never written over; a captured turn is there once, whatever brings it.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::aside::Aside;
use quipu_core::change::{Content, Pin};
use quipu_core::forget::Trace;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::{Lifecycle, Memory, Provenance, SessionRef};
use quipu_core::outcome::{FORGOTTEN, Outcome};
use quipu_core::scope::Privacy;
use quipu_core::standing::Esteem;

use super::insert::Source;
use super::{Effect, Graves, Row, Text, WORKSPACE, change, insert, joined, original, places, revise};
use crate::error::StoreError;
use crate::record::Record;
use crate::sqlite::{aside, rows};
use crate::write::{Applied, LinkCounts};

type Result<T> = std::result::Result<T, StoreError>;

/// Stores a record, unless its memory is there.
pub(super) fn record(tx: &Connection, record: &Record, text: &Text) -> Result<(Applied, Vec<Effect>)> {
    let memory = &record.memory;
    let answer = |outcome| Ok((Applied::Memory(outcome), Vec::new()));
    if let Some(known) = revise::subject(tx, memory.id)? {
        let came = memory.original_hash.as_deref();
        let is_same = known.content.body == memory.body || original::came_as(tx, memory.id, came)?;
        return answer(if is_same {
            Outcome::Duplicate { of: memory.id }
        } else {
            Outcome::Rejected(format!("the id {0} belongs to another text; `quipu history {0}` shows it", memory.id))
        });
    }
    if is_forgotten(tx, record)? {
        return answer(Outcome::Rejected(FORGOTTEN.to_owned()));
    }
    let hash = content_hash(&memory.body);
    if let Some(of) = same(tx, record, &hash)? {
        return answer(Outcome::Duplicate { of });
    }
    let project = memory.project.as_ref().map(|p| places::project(tx, p, memory.recorded_at)).transpose()?;
    let session = match &memory.session {
        Some(session) => Some(session_row(tx, session, project, memory)?),
        None => None,
    };
    let file = match (&memory.provenance, &memory.session) {
        (Some(from), Some(session)) => Some((source_row(tx, &session.agent, from, memory.recorded_at)?, from)),
        _ => None,
    };
    let capture = record.capture.clone().unwrap_or_default();
    let row = Row {
        id: memory.id,
        project,
        session,
        kind: memory.kind,
        class: memory.class,
        title: memory.title.as_deref(),
        applies_to: &memory.applies_to,
        keywords: serde_json::to_string(&memory.keywords).unwrap_or_else(|_| "[]".to_owned()),
        body: &memory.body,
        content_hash: hash,
        occurred_at: memory.occurred_at,
        branch: memory.branch.as_deref(),
        origin: memory.origin,
        programmatic: memory.speaker == quipu_core::turn::Speaker::Program,
        redactions: memory.redactions,
        original_hash: memory.original_hash.as_deref(),
        source: match (&capture.source_id, file) {
            (Some(id), Some((file, from))) => {
                Some(Source { id, group: capture.group.as_deref().unwrap_or(id), file, from: from.from, to: from.to })
            }
            _ => None,
        },
        hook_key: capture.hook_key.as_deref(),
        files: &memory.files,
        importance: memory.importance,
        valid: memory.valid,
        privacy: memory.privacy,
    };
    let (seq, mut effect) = insert(tx, &row, text, memory.recorded_at)?;
    stand(tx, seq, memory)?;
    if record.capture.is_some() {
        tx.prepare_cached("update memory set position = ?2 where seq = ?1")?.execute([seq, capture.position])?;
    }
    aside::put(tx, seq, &Aside::default(), &Aside { links: Default::default(), ..record.aside.clone() })?;
    // A file has its memories in the order of their ids, and a link leads either way.
    let mut links = LinkCounts::default();
    joined::arrived(tx, memory.id, memory.id, &mut links)?;
    joined::keep(tx, memory.id, &record.aside.links, &mut links)?;
    past(tx, seq, record)?;
    if let Effect::Chunks(facts, _) = &mut effect {
        facts.lifecycle = memory.lifecycle;
        facts.esteem = Esteem::new(memory.importance, memory.pin);
    }
    Ok((Applied::Memory(Outcome::Stored(memory.id)), vec![effect]))
}

/// Whether it was forgotten here: the memory, the turn or event that it was, its text, its session, its transcript.
fn is_forgotten(tx: &Connection, record: &Record) -> Result<bool> {
    let (graves, memory) = (Graves::of(tx)?, &record.memory);
    let mut traces = vec![Trace::Memory(memory.id), Trace::Text(&memory.body)];
    if let Some(capture) = &record.capture {
        traces.extend(capture.source_id.as_deref().map(Trace::Record));
        traces.extend(capture.hook_key.as_deref().map(Trace::Hook));
    }
    traces.extend(memory.provenance.as_ref().map(|from| Trace::File(&from.path)));
    let of_session = match &memory.session {
        Some(session) => graves.hold_session(tx, &session.agent, &session.id)?,
        None => false,
    };
    Ok(of_session || graves.hold_any(tx, &traces)?)
}

/// The memory that is this one under another id: the same turn, or a live note that says the same.
fn same(tx: &Connection, record: &Record, hash: &str) -> Result<Option<MemoryId>> {
    let memory = &record.memory;
    let Some(capture) = &record.capture else {
        if memory.lifecycle != Lifecycle::Live {
            return Ok(None);
        }
        let project = match &memory.project {
            Some(key) => match places::find_project(tx, key)? {
                // A project that nobody has heard of holds no twin.
                None => return Ok(None),
                known => known,
            },
            None => None,
        };
        return change::twin(tx, (memory.kind, memory.privacy, project, &memory.applies_to, &memory.body), hash, None);
    };
    let found: Option<Vec<u8>> = tx
        .prepare_cached("select id from memory where workspace_id = ?1 and (source_id = ?2 or hook_key = ?3) limit 1")?
        .query_row(params![WORKSPACE, capture.source_id, capture.hook_key], |row| row.get(0))
        .optional()?;
    Ok(found.map(|bytes| rows::memory_id(&bytes)).transpose()?)
}

/// The row of its session; a subagent's hangs on that of the agent who called it.
fn session_row(tx: &Connection, session: &SessionRef, project: Option<i64>, memory: &Memory) -> Result<i64> {
    let at = memory.occurred_at;
    let row = places::session(tx, session, project, memory.branch.as_deref(), None, at)?;
    if let Some((caller, _)) = session.id.split_once('/') {
        let caller = SessionRef { agent: session.agent.clone(), id: caller.to_owned() };
        let parent = places::session(tx, &caller, project, None, None, at)?;
        places::set_parent(tx, row, parent)?;
    }
    Ok(row)
}

/// The row of its transcript: of one that is not known here nothing was read, should it ever be found.
fn source_row(tx: &Connection, agent: &str, from: &Provenance, now: Millis) -> Result<i64> {
    tx.prepare_cached(
        "insert or ignore into source_file
            (workspace_id, agent, path, device, inode, head_bytes, head_hash, read_to, seen_size, updated_at)
         values (?1, ?2, ?3, 0, 0, 0, '', 0, 0, ?4)",
    )?
    .execute(params![WORKSPACE, agent, from.path, now.0])?;
    Ok(tx
        .prepare_cached("select id from source_file where workspace_id = ?1 and path = ?2")?
        .query_row(params![WORKSPACE, from.path], |row| row.get(0))?)
}

/// What hides it, and at which revision it is.
fn stand(tx: &Connection, seq: i64, memory: &Memory) -> Result<()> {
    tx.prepare_cached(
        "update memory set revision = ?2, pinned = ?3, superseded_by = ?4, archived_at = ?5, archive_reason = ?6,
            aggregated_into = ?7
         where seq = ?1",
    )?
    .execute(params![
        seq,
        memory.revision,
        memory.pin == Pin::Pinned,
        memory.superseded_by.map(|id| id.0.as_bytes().to_vec()),
        memory.archived_at.map(|at| at.0),
        memory.archive_reason,
        memory.aggregated_into.map(|id| id.0.as_bytes().to_vec()),
    ])?;
    Ok(())
}

/// The revisions before the one that it is; a gap ends them, for a row tells when the next one came.
fn past(tx: &Connection, seq: i64, record: &Record) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "insert into memory_revision
            (memory_seq, revision, kind, title, applies_to, keywords, body, pinned, lifecycle, replaced_at, reason,
             importance, valid_from, valid_to, private)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    for pair in record.past.windows(2) {
        let [after, before] = pair else { break };
        if before.number + 1 != after.number {
            break;
        }
        let Content { kind, title, applies_to, keywords, body, pin, privacy, importance, valid, aside: beside } =
            &before.content;
        statement.execute(params![
            seq,
            before.number,
            kind.as_str(),
            title,
            applies_to,
            serde_json::to_string(keywords).unwrap_or_else(|_| "[]".to_owned()),
            (!after.content.is_found_as(&before.content)).then_some(body),
            *pin == Pin::Pinned,
            before.lifecycle.as_str(),
            after.since.0,
            after.reason,
            importance.number(),
            valid.from.map(|at| at.0),
            valid.to.map(|at| at.0),
            *privacy == Privacy::Private,
        ])?;
        aside::keep(tx, seq, before.number, beside)?;
    }
    Ok(())
}
