//! Turns from transcripts, and what hooks carried before the transcript told it.
//! It must not know file formats or hook payloads.
//! Invariant: each turn is there once, in whatever order transcript and hook come, however often.

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use quipu_core::class::Class;
use quipu_core::forget::Trace;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Origin, SessionRef};
use quipu_core::outcome::{FORGOTTEN, Outcome};
use quipu_core::scope::Privacy;
use quipu_core::standing::{Importance, Validity};
use quipu_core::turn::{SkipReason, Skipped, Speaker, Turn};

use super::seen::Seen;
use super::{Effect, Graves, Hashed, Next, Row, Text, WORKSPACE};
use super::{files, insert, insert_next, machine, places, session, short, turn_row};
use crate::error::StoreError;
use crate::sqlite::visibility::{group_code, seconds};
use crate::write::{Applied, HookTurn, ReadyTurn, TurnBatch, TurnCounts};

/// A hook's turn is looked for among records that are at most this much older than the hook, in ms.
pub(super) const HOOK_LAG: i64 = 120_000;
/// Why a row was hidden that no record told.
const RETIRED: &str = "the transcript tells this turn in other words";
/// A provisional row older than the newest record by this much was not in the transcript, in ms.
const GRACE: i64 = 5_000;

/// Stores a slice of a transcript and moves its offset.
pub(super) fn turns(
    tx: &Connection,
    batch: &TurnBatch,
    texts: &[Hashed],
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    let graves = Graves::of(tx)?;
    if graves.hold(tx, &Trace::File(&batch.source.path.to_string_lossy()))? {
        // It was forgotten while this slice was on its way.
        let forgotten = batch.turns.len() as u64;
        return Ok((Applied::Turns(TurnCounts { forgotten, ..TurnCounts::default() }), Vec::new()));
    }
    let file = places::move_source(tx, &batch.source, batch.from, now)?;
    let mut counts = TurnCounts::default();
    let mut forgotten = Vec::new();
    let mut effects = Vec::new();
    let mut seen = Seen::new(&batch.source.agent);
    let mut next = Next::of(tx)?;
    for (ready, Hashed { text, hash }) in batch.turns.iter().zip(texts) {
        let turn = &ready.turn;
        if known(tx, &turn.source_id)? {
            counts.duplicate += 1;
            continue;
        }
        if is_forgotten(tx, &graves, &batch.source.agent, turn)? {
            counts.forgotten += 1;
            let (record_type, bytes) = (turn.kind.as_str().to_owned(), turn.bytes.clone());
            forgotten.push(Skipped { record_type, reason: SkipReason::Forgotten, bytes });
            continue;
        }
        let project = seen.project(tx, &ready.project, now)?;
        let session = seen.session(tx, turn, project)?;
        if turn.kind == Kind::Prompt && machine::wrote(tx, session, hash)? {
            continue;
        }
        let stand = seen.stand(tx, session)?;
        let claimed = match stand.provisional {
            true => claim(tx, ready, hash, (project, session), file)?,
            false => None,
        };
        let memory = if let Some(memory) = claimed {
            counts.merged += 1;
            effects.push(Effect::Told {
                memory: short(memory),
                project: short(project),
                group: group_code(Some(&turn.group)),
                at: seconds(turn.occurred_at.0),
            });
            files::touch(tx, memory, &turn.files)?;
            memory
        } else {
            let row = turn_row(ready, hash, (project, session), file);
            let (memory, effect) = insert_next(tx, &mut next, &row, (text, Some(stand.position)), now)?;
            effects.push(effect);
            counts.stored += 1;
            memory
        };
        stand.position += 1;
        stand.end.join(tx, memory, turn, session)?;
        if turn.kind == Kind::Checkpoint {
            session::compacted(tx, session, turn.occurred_at)?;
        }
    }
    seen.end(tx)?;
    if batch.from.is_none() {
        // Read from its start: what was skipped in a file that was replaced says nothing of the new one.
        tx.prepare_cached("delete from skipped_record where source_file_id = ?1")?.execute([file])?;
    }
    count_skipped(tx, file, batch.skipped.iter().chain(&forgotten))?;
    for (session, at) in &batch.reached {
        effects.extend(retire(tx, &batch.source.agent, session, *at, now)?);
    }
    Ok((Applied::Turns(counts), effects))
}

/// Stores what a hook carried, unless the transcript or another hook has told it already.
pub(super) fn hook(
    tx: &Connection,
    hook: &HookTurn,
    text: &Text,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    if let Some(of) = by_hook_key(tx, &hook.key)? {
        return Ok((Applied::Memory(Outcome::Duplicate { of }), Vec::new()));
    }
    let graves = Graves::of(tx)?;
    let SessionRef { agent, id } = &hook.session;
    let said = Trace::Turn { agent, session: id, kind: hook.kind, body: &hook.body };
    if graves.hold_session(tx, agent, id)? || graves.hold_any(tx, &[Trace::Hook(&hook.key), said])? {
        return Ok((Applied::Memory(Outcome::Rejected(FORGOTTEN.to_owned())), Vec::new()));
    }
    let project = places::project(tx, &hook.project, now)?;
    let session = places::session(tx, &hook.session, Some(project), None, None, hook.at)?;
    let hash = content_hash(&hook.body);
    if hook.speaker == Speaker::Machine {
        return machine::prompt(tx, hook, session, &hash, now);
    }
    let told: Option<(i64, Vec<u8>)> = tx
        .prepare_cached(
            "select seq, id from memory
             where workspace_id = ?6 and content_hash = ?3 and session_id = ?1 and kind = ?2 and body = ?4
               and provisional = 0 and hook_key is null and occurred_at >= ?5
             order by seq limit 1",
        )?
        .query_row(params![session, hook.kind.as_str(), hash, hook.body, hook.at.0 - HOOK_LAG, WORKSPACE], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    if let Some((seq, id)) = told {
        tx.execute(
            "update memory set hook_key = ?2, programmatic = max(programmatic, ?3) where seq = ?1",
            params![seq, hook.key, hook.speaker == Speaker::Program],
        )?;
        return Ok((Applied::Memory(Outcome::Duplicate { of: memory_id(&id) }), Vec::new()));
    }
    let row = Row {
        id: hook.id,
        project: Some(project),
        session: Some(session),
        kind: hook.kind,
        class: Class::of_kind(hook.kind),
        title: None,
        applies_to: "global",
        keywords: "[]".to_owned(),
        body: &hook.body,
        content_hash: hash,
        occurred_at: hook.at,
        branch: None,
        origin: Origin::Hook,
        programmatic: hook.speaker == Speaker::Program,
        redactions: hook.redactions,
        original_hash: None,
        source: None,
        hook_key: Some(&hook.key),
        files: &[],
        privacy: Privacy::Shared,
        importance: Importance::ORDINARY,
        valid: Validity::ALWAYS,
    };
    let (_, effect) = insert(tx, &row, text, now)?;
    Ok((Applied::Memory(Outcome::Stored(hook.id)), vec![effect]))
}

/// Whether a transcript tells again what was forgotten: the record, its session, or the same words in that session.
fn is_forgotten(tx: &Connection, graves: &Graves, agent: &str, turn: &Turn) -> Result<bool, StoreError> {
    if graves.are_none() {
        return Ok(false);
    }
    let session = turn.session_name();
    let said = Trace::Turn { agent, session: &session, kind: turn.kind, body: &turn.body };
    Ok(graves.hold_session(tx, agent, &session)? || graves.hold_any(tx, &[Trace::Record(&turn.source_id), said])?)
}

fn known(tx: &Connection, source_id: &str) -> Result<bool, StoreError> {
    let known = tx
        .prepare_cached("select exists (select 1 from memory where workspace_id = ?1 and source_id = ?2)")?
        .query_row(params![WORKSPACE, source_id], |row| row.get(0))?;
    Ok(known)
}

fn by_hook_key(tx: &Connection, key: &str) -> Result<Option<MemoryId>, StoreError> {
    let id: Option<Vec<u8>> = tx
        .prepare_cached("select id from memory where workspace_id = ?1 and hook_key = ?2")?
        .query_row(params![WORKSPACE, key], |row| row.get(0))
        .optional()?;
    Ok(id.map(|bytes| memory_id(&bytes)))
}

/// Gives the oldest provisional row of the same words to the transcript's record; the id stays, and so does what somebody
/// thought of it: one that was archived on purpose stays archived.
fn claim(
    tx: &Connection,
    ready: &ReadyTurn,
    hash: &str,
    (project, session): (i64, i64),
    file: i64,
) -> Result<Option<i64>, StoreError> {
    let turn = &ready.turn;
    let memory: Option<i64> = tx
        .prepare_cached(
            "select seq from memory
             where workspace_id = ?5 and content_hash = ?3 and session_id = ?1 and kind = ?2 and body = ?4
               and provisional = 1 and (archived_at is null or archive_reason is not ?6)
             order by seq limit 1",
        )?
        .query_row(params![session, turn.kind.as_str(), hash, turn.body, WORKSPACE, RETIRED], |row| row.get(0))
        .optional()?;
    if let Some(seq) = memory {
        tx.prepare_cached(
            "update memory set provisional = 0, origin = ?2, source_id = ?3, source_group = ?4, source_file_id = ?5,
                source_from = ?6, source_to = ?7, occurred_at = ?8, branch = ?9, project_id = ?10,
                programmatic = max(programmatic, ?11),
                position = (select 1 + max(position) from memory where session_id = ?12)
             where seq = ?1",
        )?
        .execute(params![
            seq,
            Origin::Transcript.as_str(),
            turn.source_id,
            turn.group,
            file,
            turn.bytes.start as i64,
            turn.bytes.end as i64,
            turn.occurred_at.0,
            turn.branch,
            project,
            turn.origin == Speaker::Program,
            session
        ])?;
    }
    Ok(memory)
}

/// Hides provisional rows that the transcript has gone past without telling them: it is the only source of turns.
fn retire(
    tx: &Connection,
    agent: &str,
    session: &str,
    reached: Millis,
    now: Millis,
) -> Result<Vec<Effect>, StoreError> {
    let retired: Vec<i64> = tx
        .prepare_cached(
            "update memory set archived_at = ?5, archive_reason = ?6
             where provisional = 1 and archived_at is null and occurred_at < ?4
               and session_id = (select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3)
             returning seq",
        )?
        .query_map(params![WORKSPACE, agent, session, reached.0 - GRACE, now.0, RETIRED], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(retired.into_iter().map(|seq| Effect::Lifecycle(short(seq), Lifecycle::Archived)).collect())
}

/// Counts what was passed over: a row for each sort, with the first and the last place.
fn count_skipped<'s>(tx: &Connection, file: i64, skipped: impl Iterator<Item = &'s Skipped>) -> Result<(), StoreError> {
    let mut sorts: Vec<(&Skipped, &Skipped, i64)> = Vec::new();
    for one in skipped {
        match sorts.iter_mut().find(|(first, ..)| first.reason == one.reason && first.record_type == one.record_type) {
            Some((_, last, count)) => (*last, *count) = (one, *count + 1),
            None => sorts.push((one, one, 1)),
        }
    }
    let mut statement = tx.prepare_cached(
        "insert into skipped_record (source_file_id, record_type, reason, count, first_from, first_to, last_from, last_to)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         on conflict (source_file_id, record_type, reason) do update set
            count = count + excluded.count, last_from = excluded.last_from, last_to = excluded.last_to",
    )?;
    for (first, last, count) in sorts {
        let place = |one: &Skipped| (one.bytes.start as i64, one.bytes.end as i64);
        let ((from, to), (last_from, last_to)) = (place(first), place(last));
        let (sort, reason) = (&first.record_type, first.reason.as_str());
        statement.execute(params![file, sort, reason, count, from, to, last_from, last_to])?;
    }
    Ok(())
}

fn memory_id(bytes: &[u8]) -> MemoryId {
    MemoryId(Uuid::from_slice(bytes).expect("the column holds 16 bytes that we wrote"))
}
