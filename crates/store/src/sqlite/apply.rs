//! What each write does to the rows, one file per family, and what of it searches must be told.
//! It must not know queues, commits or replies.
//! Invariant: runs inside a transaction or a savepoint of its own; an error leaves no row behind.

mod agents;
mod aside;
mod calm;
mod change;
mod event;
mod events;
mod files;
mod forget;
mod import;
mod insert;
mod joined;
mod lease;
mod ledger;
mod machine;
mod mail;
mod mirror;
mod note;
mod original;
mod places;
mod prepare;
mod record;
mod redact;
mod revise;
mod seen;
mod session;
mod together;
mod turns;
mod undo;
mod undoable;
mod vectors;
mod work;

use rusqlite::Connection;

use quipu_core::id::Millis;
use quipu_core::memory::Lifecycle;
use quipu_core::scope::Privacy;
use quipu_core::standing::{Esteem, Validity};
use quipu_embed::Passage;

use super::forget::purge;
use super::indexer::Live;
use super::text::tail::TailChunk;
use super::visibility::{Facts, Places};
use crate::error::StoreError;
use crate::write::Applied;

use insert::{Next, Row, insert, insert_next, turn_row};
use prepare::{Hashed, Text};

pub(super) use event::{record, recorded};
pub(super) use forget::{Graves, erase_in_copy};
pub(super) use places::find_project;
pub(super) use prepare::{Look, Prepared, prepare};
pub(super) use undo::texts_before;
pub(super) use vectors::Meaning;

/// The one workspace of an engine of this kind.
pub(super) const WORKSPACE: i64 = 1;

/// Applies a prepared write, with what follows from it for other work items.
pub(super) fn apply(tx: &Connection, write: &Prepared, now: Millis) -> Result<(Applied, Vec<Effect>), StoreError> {
    let (applied, mut effects) = apply_alone(tx, write, now)?;
    let also = work::follow(tx, &mut effects, now)?;
    Ok(match write {
        Prepared::Change(change, ..) => (applied.with(work::told(tx, &also, change)?), effects),
        _ => (applied, effects),
    })
}

fn apply_alone(tx: &Connection, write: &Prepared, now: Millis) -> Result<(Applied, Vec<Effect>), StoreError> {
    match write {
        Prepared::Note(note, text) => note::note(tx, note, text, now),
        Prepared::Import(batch, texts, meaning) => import::import(tx, batch, texts, meaning, now),
        Prepared::Record(record, text) => record::record(tx, record, text),
        Prepared::Change(change, made, meaning) => change::change(tx, change, made, meaning, now),
        Prepared::Merge(merge, made, meaning) => together::merge(tx, merge, made, meaning, now),
        Prepared::Aggregate(aggregate, text) => together::aggregate(tx, aggregate, text, now),
        Prepared::Undo(undo, made, meaning) => undo::undo(tx, undo, made, meaning, now),
        Prepared::Turns(batch, texts) => turns::turns(tx, batch, texts, now),
        Prepared::Hook(hook, text) => turns::hook(tx, hook, text, now),
        Prepared::Session(mark) => session::mark(tx, mark),
        Prepared::MergeProjects { old, new } => places::merge_projects(tx, old, new, now),
        Prepared::Pause { project, until } => session::pause(tx, project.as_ref(), *until, now),
        Prepared::Resume { project } => session::resume(tx, project.as_ref(), now),
        Prepared::Agents(write) => agents::agents(tx, write, now),
        Prepared::Mirror(write) => mirror::mirror(tx, write, now),
        Prepared::AddRoot(path) => places::add_root(tx, path, now),
        Prepared::Lease(write) => lease::lease(tx, write, now),
        Prepared::Ledger(entry) => ledger::entry(tx, entry, now),
        Prepared::Calm(write) => calm::calm(tx, write, now),
        Prepared::Mail(write, text) => mail::mail(tx, write, text.as_ref(), now),
        Prepared::Vectors(model, made) => vectors::vectors(tx, *model, made),
        Prepared::Forget(wanted) => forget::forget(tx, wanted, now),
        Prepared::Redact(redaction, meaning) => redact::redact(tx, redaction, meaning, now),
        Prepared::Strike(step, upto) => {
            purge::strike(tx, *step, *upto, now)?;
            Ok((Applied::Done, Vec::new()))
        }
        // Done by the writer itself, outside of any transaction.
        Prepared::Rewrite => Ok((Applied::Done, Vec::new())),
    }
}

/// What searches must be told after the commit.
pub(super) enum Effect {
    /// New chunks of one memory.
    Chunks(Facts, Vec<(TailChunk, Passage)>),
    /// A memory's chunks in place of those it had, and where it lies in a session all current chunks of that, in order.
    Replaced {
        facts: Facts,
        chunks: Vec<(TailChunk, Passage)>,
        session: Vec<u32>,
    },
    /// Vectors that chunks lacked.
    Vectors(Vec<(u32, Passage)>),
    Lifecycle(u32, Lifecycle),
    /// Who may see a memory, and where it holds.
    Filed {
        memory: u32,
        privacy: Privacy,
        places: Places,
    },
    /// Where a memory stands, when it holds and how much it counts.
    Standing {
        memory: u32,
        lifecycle: Lifecycle,
        valid: Validity,
        esteem: Esteem,
    },
    /// A transcript's record took the place of what a hook had carried.
    Told {
        memory: u32,
        project: u32,
        group: u32,
        at: u32,
    },
    MoveProject(u32, u32),
    /// Memories that are no more, with all their chunks; of each session that lost some, the chunks that are left, in order.
    Forgotten {
        memories: Vec<u32>,
        chunks: Vec<u32>,
        sessions: Vec<(u32, Vec<u32>)>,
    },
}

impl Effect {
    /// The memory that has another revision by it.
    fn revised(&self) -> Option<u32> {
        match self {
            Effect::Standing { memory, .. } => Some(*memory),
            Effect::Replaced { facts, .. } => Some(facts.memory),
            _ => None,
        }
    }

    pub(super) fn publish(self, live: &mut Live) {
        match self {
            Effect::Chunks(facts, chunks) => add(live, &facts, chunks),
            Effect::Replaced { facts, chunks, session } => {
                live.slots.forget(facts.memory);
                add(live, &facts, chunks);
                live.slots.relink(facts.session, &session);
            }
            Effect::Vectors(made) => made.iter().for_each(|(seq, passage)| live.set_vector(*seq, passage)),
            Effect::Lifecycle(memory, lifecycle) => live.slots.set_lifecycle(memory, lifecycle),
            Effect::Filed { memory, privacy, places } => live.slots.file(memory, privacy, places),
            Effect::Standing { memory, lifecycle, valid, esteem } => {
                live.slots.set_standing(memory, lifecycle, valid, esteem);
            }
            Effect::Told { memory, project, group, at } => live.slots.tell(memory, project, group, at),
            Effect::MoveProject(old, new) => live.slots.move_project(old, new),
            Effect::Forgotten { memories, chunks, sessions } => {
                memories.iter().for_each(|memory| live.slots.forget(*memory));
                live.tail.forget(&chunks);
                chunks.iter().for_each(|chunk| live.vectors.forget(*chunk));
                sessions.iter().for_each(|(session, chunks)| live.slots.relink(*session, chunks));
            }
        }
    }
}

fn add(live: &mut Live, facts: &Facts, chunks: Vec<(TailChunk, Passage)>) {
    for (chunk, passage) in chunks {
        live.slots.push(chunk.seq, facts);
        live.set_vector(chunk.seq, &passage);
        live.tail.push(chunk);
    }
}

/// Row numbers as the in-memory tables hold them.
pub(super) fn short(rowid: i64) -> u32 {
    u32::try_from(rowid).expect("four thousand million rows do not fit one SQLite store of ours")
}
