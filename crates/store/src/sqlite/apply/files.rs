//! Which files a memory changed or names.
//! It must not know what is in a file, nor how a path is found in a text.
//! Invariant: the same turns leave the same rows, however the transcript was cut.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use quipu_core::class::Class;
use quipu_core::kind::Kind;
use quipu_core::turn::Turn;

use crate::error::StoreError;

/// At most so many files of one turn of the agent's are joined to an answer.
const MOST: usize = 64;
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

/// What of a session's end decides which files its next turn is joined to.
#[derive(Default)]
pub(super) struct End<'b> {
    /// The files of the last prompt or answer, and of what was changed since; not known before somebody has looked.
    changed: Option<BTreeSet<String>>,
    message: Message<'b>,
}

/// What was told of the newest message.
#[derive(Default)]
struct Message<'b> {
    group: &'b str,
    /// Answers and thoughts, with their rows.
    said: Vec<(i64, &'b Turn)>,
    /// How many of its turns were told, and whether the one before them was of another message: else rows tell of more.
    turns: usize,
    is_whole: bool,
}

impl<'b> End<'b> {
    /// Joins `turn`, stored as `memory`, and what was said before it: an answer gets the files of every change since the
    /// last prompt; a change is told to what its own message had said, which may have been stored before it.
    pub(super) fn join(
        &mut self,
        tx: &Connection,
        memory: i64,
        turn: &'b Turn,
        session: i64,
    ) -> Result<(), StoreError> {
        if self.message.group != turn.group {
            let is_whole = !self.message.group.is_empty();
            self.message = Message { group: &turn.group, said: Vec::new(), turns: 0, is_whole };
        }
        self.message.turns += 1;
        match (turn.kind, turn.class) {
            (Kind::Prompt, _) => self.changed = Some(BTreeSet::new()),
            (Kind::Answer, _) => self.answer(tx, memory, turn, session)?,
            (Kind::Outcome, Class::Diff) if !turn.files.is_empty() => {
                self.message.change(tx, memory, turn, session)?;
                if let Some(changed) = &mut self.changed {
                    changed.extend(turn.files.iter().cloned());
                }
            }
            _ => {}
        }
        if matches!(turn.kind, Kind::Answer | Kind::Thought) {
            self.message.said.push((memory, turn));
        }
        Ok(())
    }

    /// The answer before it, where no prompt lies between, has the files up to there: a turn of a thousand messages is
    /// not walked a thousand times.
    fn answer(&mut self, tx: &Connection, memory: i64, turn: &Turn, session: i64) -> Result<(), StoreError> {
        let Some(changed) = &mut self.changed else {
            self.changed = Some(answer_by_rows(tx, memory, session)?);
            return Ok(());
        };
        changed.extend(turn.files.iter().cloned());
        // As many as an answer is joined to; its own it has.
        let mut most = 0..MOST;
        changed.retain(|path| most.next().is_some() || turn.files.contains(path));
        let joined = changed.iter().filter(|path| !turn.files.contains(path));
        tell(tx, memory, joined)
    }
}

impl Message<'_> {
    fn change(&self, tx: &Connection, memory: i64, turn: &Turn, session: i64) -> Result<(), StoreError> {
        if !self.is_whole || self.turns as i64 > BESIDE {
            return change_by_rows(tx, memory, turn, session);
        }
        for (said, its) in &self.said {
            tell(tx, *said, turn.files.iter().filter(|path| !its.files.contains(path)))?;
        }
        Ok(())
    }
}

/// Joins `memory` to files that it may have already.
fn tell<'p>(tx: &Connection, memory: i64, files: impl Iterator<Item = &'p String>) -> Result<(), StoreError> {
    let mut insert = tx.prepare_cached("insert or ignore into file_touch (memory_seq, path) values (?1, ?2)")?;
    for path in files {
        insert.execute(params![memory, path])?;
    }
    Ok(())
}

/// Joins an answer to the files that the rows before it tell; all that it has then.
fn answer_by_rows(tx: &Connection, memory: i64, session: i64) -> Result<BTreeSet<String>, StoreError> {
    tx.prepare_cached(
        "insert or ignore into file_touch (memory_seq, path)
         select distinct ?1, path from memory m join file_touch on memory_seq = m.seq
         where m.session_id = ?2 and (m.kind = 'answer' or m.kind = 'outcome' and m.class = 'diff')
           and m.position >= coalesce((select position from memory
               where session_id = ?2 and kind in ('prompt', 'answer') and provisional = 0 and seq <> ?1
               order by position desc limit 1), 0)
         order by path limit ?3",
    )?
    .execute(params![memory, session, MOST as i64])?;
    let mut all = tx.prepare_cached("select path from file_touch where memory_seq = ?1")?;
    let all = all.query_map([memory], |row| row.get(0))?;
    Ok(all.collect::<Result<_, _>>()?)
}

fn change_by_rows(tx: &Connection, memory: i64, turn: &Turn, session: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "insert or ignore into file_touch (memory_seq, path)
         select said.seq, path from memory own join file_touch on memory_seq = own.seq, memory said
         where own.seq = ?1 and said.session_id = ?2 and said.source_group = ?3 and said.kind in ('answer', 'thought')
           and said.position between own.position - ?4 and own.position
           and said.position > coalesce((select position from memory
               where session_id = ?2 and position < own.position and source_group <> ?3
               order by position desc limit 1), 0)",
    )?
    .execute(params![memory, session, turn.group, BESIDE])?;
    Ok(())
}
