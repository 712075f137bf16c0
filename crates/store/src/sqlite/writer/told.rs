//! Tells whoever follows what a commit changed: few memories one by one, many as a count for each project.
//! It must not know who follows, nor what he does with it.
//! Invariant: nothing is told before its commit, and a failure to tell fails nothing. Of what only a person may see nothing is
//! told: whoever follows may be anybody's program.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_core::memory::ProjectKey;
use quipu_core::scope::Privacy;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use crate::engine::Tell;
use crate::sqlite::apply::Effect;
use crate::sqlite::reads;
use crate::sqlite::visibility::NONE;
use crate::write::{Deed, News};

/// More of one commit are counted: reading each back would make the reading of transcripts slower.
const EACH: usize = 16;

/// Rows of the feed that are told at once.
const AT_ONCE: usize = 256;

/// Who follows; nobody until somebody does.
pub(in crate::sqlite) type Follower = Arc<OnceLock<Tell>>;

/// A memory that was changed, by its row's number and its project's, where that is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touched {
    memory: u32,
    project: Option<u32>,
    what: Deed,
}

/// The memories that `effects` changed.
pub(super) fn touched(effects: &[Effect]) -> impl Iterator<Item = Touched> {
    effects.iter().filter_map(|effect| {
        if let Effect::Chunks(facts, _) | Effect::Replaced { facts, .. } = effect
            && facts.privacy == Privacy::Private
        {
            return None;
        }
        let (memory, project, what) = match effect {
            Effect::Chunks(facts, _) => (facts.memory, Some(facts.project), Deed::Stored),
            Effect::Replaced { facts, .. } => (facts.memory, Some(facts.project), Deed::Changed),
            Effect::Told { memory, project, .. } => (*memory, Some(*project), Deed::Changed),
            Effect::Lifecycle(memory, _) | Effect::Standing { memory, .. } => (*memory, None, Deed::Changed),
            Effect::Vectors(_) | Effect::MoveProject(..) | Effect::Filed { .. } | Effect::Forgotten { .. } => {
                return None;
            }
        };
        Some(Touched { memory, project, what })
    })
}

/// How many memories are no more: of those nothing can be read back.
pub(super) fn forgotten(effects: &[Effect]) -> u64 {
    let count = |effect: &Effect| if let Effect::Forgotten { memories, .. } = effect { memories.len() } else { 0 };
    effects.iter().map(count).sum::<usize>() as u64
}

/// Tells that so many are.
pub(super) fn tell_forgotten(follower: &Follower, count: u64) {
    if let Some(tell) = follower.get().filter(|_| count > 0) {
        tell(vec![News::Forgotten { count }]);
    }
}

/// Tells what was written to the feed after `told_to`, which moves on with it. What is not told for a fault is told with what
/// comes next.
pub(super) fn tell_happened(connection: &Connection, follower: &Follower, told_to: &mut u64) {
    let Some(tell) = follower.get() else { return };
    loop {
        match reads::happened_after(connection, *told_to, AT_ONCE) {
            Ok(rows) => {
                let (is_all, newest) = (rows.len() < AT_ONCE, rows.last().map(|row| row.id));
                *told_to = newest.unwrap_or(*told_to);
                if newest.is_some() {
                    tell(rows.into_iter().map(News::Happened).collect());
                }
                if is_all {
                    return;
                }
            }
            Err(error) => return tracing::warn!(%error, "what happened could not be read back"),
        }
    }
}

/// Tells of them.
pub(super) fn tell(connection: &Connection, follower: &Follower, touched: &[Touched]) {
    let Some(tell) = follower.get().filter(|_| !touched.is_empty()) else { return };
    let changes = if touched.len() > EACH { many(connection, touched) } else { each(connection, touched) };
    match changes {
        Ok(changes) => tell(changes),
        // Whoever follows finds out when he asks.
        Err(error) => tracing::warn!(%error, "what was changed could not be read back"),
    }
}

fn each(connection: &Connection, touched: &[Touched]) -> rusqlite::Result<Vec<News>> {
    let mut statement = connection.prepare_cached(
        "select m.id, m.kind, p.key from memory m left join project p on p.id = m.project_id
         where m.seq = ?1 and m.private = 0",
    )?;
    let mut changes = Vec::with_capacity(touched.len());
    for Touched { memory, what, .. } in touched {
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let found: Option<(Vec<u8>, String, Option<String>)> = statement.query_row([memory], row).optional()?;
        // One that was forgotten in the same commit is told of as such.
        let Some((id, kind, project)) = found else { continue };
        if let (Ok(id), Some(kind)) = (Uuid::from_slice(&id), Kind::parse(&kind)) {
            changes.push(News::One { id: MemoryId(id), kind, project: project.map(ProjectKey), what: *what });
        }
    }
    Ok(changes)
}

fn many(connection: &Connection, touched: &[Touched]) -> rusqlite::Result<Vec<News>> {
    let mut of_memory = connection.prepare_cached("select project_id from memory where seq = ?1 and private = 0")?;
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for Touched { memory, project, .. } in touched {
        let project = match project {
            Some(project) => *project,
            None => match of_memory.query_row([memory], |row| row.get::<_, Option<u32>>(0)).optional()? {
                Some(project) => project.unwrap_or(NONE),
                None => continue,
            },
        };
        *counts.entry(project).or_default() += 1;
    }
    let mut key = connection.prepare_cached("select key from project where id = ?1")?;
    let mut name = |project: u32| match project {
        NONE => Ok(None),
        project => key.query_row([project], |row| row.get(0)).map(|key| Some(ProjectKey(key))),
    };
    counts.into_iter().map(|(project, count)| Ok(News::Many { project: name(project)?, count })).collect()
}
