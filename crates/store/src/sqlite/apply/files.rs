//! Which files a memory changed or names.
//! It must not know what is in a file, nor how a path is found in a text.
//! Invariant: the same turns leave the same rows, however the transcript was cut.

use rusqlite::{Connection, params};

use quipu_core::class::Class;
use quipu_core::kind::Kind;
use quipu_core::turn::Turn;

use super::WORKSPACE;
use crate::error::StoreError;

/// At most so many files of one turn of the agent's are joined to an answer.
const MOST: i64 = 64;
/// The parts of one message stand at most so far apart in their session, with nothing that was told of another between.
const BESIDE: i64 = 256;

/// Notes that `memory` changed or names `files`.
pub(super) fn touch(tx: &Connection, memory: i64, files: &[String]) -> Result<(), StoreError> {
    if files.is_empty() {
        return Ok(());
    }
    let mut insert = tx.prepare_cached(
        "insert into file_touch (memory_seq, path) values (?1, ?2)
         on conflict (path, memory_seq) do update set given = 2 where given = 1",
    )?;
    for path in files {
        insert.execute(params![memory, path])?;
    }
    Ok(())
}

/// Whether an answer at the end of a session would be joined to files: those of the last prompt or answer, and of what was
/// changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// Nobody has looked.
    Unknown,
    Nothing,
    Something,
}

/// Joins what was said with what was changed meanwhile. An answer gets the files of every change since the last
/// prompt; a change is told to what its own message had said, which may have been stored before it. `changed` is before
/// this turn, the answer behind it.
pub(super) fn join(tx: &Connection, turn: &Turn, session: i64, changed: Changed) -> Result<Changed, StoreError> {
    let has_files = !turn.files.is_empty();
    match (turn.kind, turn.class) {
        (Kind::Prompt, _) => Ok(Changed::Nothing),
        // Its own files it has.
        (Kind::Answer, _) if changed == Changed::Nothing => {
            Ok(if has_files { Changed::Something } else { Changed::Nothing })
        }
        (Kind::Answer, _) => {
            let joined = join_answer(tx, turn, session)?;
            Ok(if joined || has_files || changed == Changed::Something { Changed::Something } else { Changed::Nothing })
        }
        (Kind::Outcome, Class::Diff) if has_files => {
            join_change(tx, turn, session)?;
            Ok(Changed::Something)
        }
        _ => Ok(changed),
    }
}

/// Whether there was anything to join. The answer before it, where no prompt lies between, has the files up to there: a
/// turn of a thousand messages is not walked a thousand times.
fn join_answer(tx: &Connection, turn: &Turn, session: i64) -> Result<bool, StoreError> {
    let joined = tx
        .prepare_cached(
            "insert or ignore into file_touch (memory_seq, path)
             select distinct own.seq, path from memory own, memory m join file_touch on memory_seq = m.seq
             where own.workspace_id = ?1 and own.source_id = ?2 and m.session_id = ?3
               and (m.kind = 'answer' or m.kind = 'outcome' and m.class = 'diff')
               and m.position >= coalesce((select position from memory
                   where session_id = ?3 and kind in ('prompt', 'answer') and provisional = 0 and seq <> own.seq
                   order by position desc limit 1), 0)
             order by path limit ?4",
        )?
        .execute(params![WORKSPACE, turn.source_id, session, MOST])?;
    Ok(joined > 0)
}

fn join_change(tx: &Connection, turn: &Turn, session: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "insert or ignore into file_touch (memory_seq, path)
         select said.seq, path from memory own join file_touch on memory_seq = own.seq, memory said
         where own.workspace_id = ?1 and own.source_id = ?2
           and said.session_id = ?3 and said.source_group = ?4 and said.kind in ('answer', 'thought')
           and said.position between own.position - ?5 and own.position
           and said.position > coalesce((select position from memory
               where session_id = ?3 and position < own.position and source_group <> ?4
               order by position desc limit 1), 0)",
    )?
    .execute(params![WORKSPACE, turn.source_id, session, turn.group, BESIDE])?;
    Ok(())
}
