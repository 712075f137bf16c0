//! Which memories an agent is not shown unasked: what its session has seen, and what is not wanted in its project.
//! It must not know how memories are ranked, nor how they are packed.
//! Invariant: what was offered counts from the moment on that it was handed to the writer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quipu_core::id::MemoryId;
use quipu_core::memory::SessionRef;
use quipu_core::offer::Part;
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashSet;

use crate::engine::Reply;
use crate::error::StoreError;
use crate::ledger::{Entry, Offer};
use crate::sqlite::apply::WORKSPACE;
use crate::write::Write;

type Result<T> = std::result::Result<T, StoreError>;

/// So many of the newest lines of a session are looked at: more have gone out of any context.
const LINES: i64 = 2_000;

/// Memories by their rows' numbers.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// Not to be shown.
    pub(super) hidden: FxHashSet<u32>,
    /// Chunks that are not, of memories that were shown in part.
    pub(super) chunks: FxHashSet<u32>,
    /// Seen as they were before they changed: they may be shown again.
    pub(super) changed: FxHashSet<u32>,
}

impl LeftOut {
    /// Whether there is nothing in it that is not to be shown.
    pub(super) fn is_empty(&self) -> bool {
        self.hidden.is_empty() && self.chunks.is_empty()
    }

    /// Memories and parts of such that are not to be shown.
    pub(super) fn len(&self) -> usize {
        self.hidden.len() + self.chunks.len()
    }

    /// Whether a chunk of a memory is not to be shown.
    pub(super) fn holds(&self, memory: u32, chunk: u32) -> bool {
        self.hidden.contains(&memory) || self.chunks.contains(&chunk)
    }

    /// Notes that a memory, or so many bytes of it, was shown as it was at a revision. Of a part those chunks are left out that lie
    /// in it whole.
    fn note(&mut self, tx: &Connection, memory: u32, (shown, now): (u32, u32), part: Option<(i64, i64)>) -> Result<()> {
        if shown < now {
            self.changed.insert(memory);
            return Ok(());
        }
        let Some((from, to)) = part else {
            self.hidden.insert(memory);
            return Ok(());
        };
        let mut chunks = tx.prepare_cached(
            "select seq from chunk
             where memory_seq = ?1 and replaced_in is null and from_byte >= ?2 and to_byte <= ?3",
        )?;
        for chunk in chunks.query_map(params![memory, from, to], |row| row.get(0))? {
            self.chunks.insert(chunk?);
        }
        Ok(())
    }
}

/// What was handed to the writer and is not committed yet.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    offers: Vec<Offered>,
}

#[derive(Debug)]
struct Offered {
    ticket: u64,
    session: SessionRef,
    shown: Vec<Seen>,
}

/// A memory, the revision that was shown, and what of it.
pub(super) type Seen = (MemoryId, u32, Part);

impl Pending {
    /// Notes an answer with lines until its write is replied to: then it is committed, or never will be.
    pub(super) fn follow(this: &Arc<Self>, write: &Write, reply: Reply) -> Reply {
        let Write::Ledger(entry) = write else { return reply };
        let Entry::Offer(Offer { session, lines, .. }) = &**entry else { return reply };
        let mut waiting = this.lock();
        waiting.next += 1;
        let (ticket, pending) = (waiting.next, this.clone());
        let shown = lines.iter().map(|line| (line.memory, line.revision, line.part.clone())).collect();
        waiting.offers.push(Offered { ticket, session: session.clone(), shown });
        Box::new(move |outcome| {
            pending.lock().offers.retain(|offered| offered.ticket != ticket);
            reply(outcome);
        })
    }

    /// What waits of `session`'s: to be asked before the rows are, for what is committed between is then in one of the two.
    pub(super) fn of(&self, session: &SessionRef) -> Vec<Seen> {
        let waiting = self.lock();
        waiting.offers.iter().filter(|offered| offered.session == *session).flat_map(|of| of.shown.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `session` is not shown in `project`.
pub(super) fn left_out(
    tx: &Connection,
    session: &SessionRef,
    pending: &[Seen],
    project: Option<i64>,
) -> Result<LeftOut> {
    let mut out = LeftOut::default();
    for (id, shown, part) in pending {
        let row: Option<(u32, u32)> = tx
            .prepare_cached("select seq, revision from memory where id = ?1")?
            .query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((memory, now)) = row {
            let range = match part {
                Part::Whole => None,
                Part::Bytes(range) => Some((range.start as i64, range.end as i64)),
            };
            out.note(tx, memory, (*shown, now), range)?;
        }
    }
    let mut seen = tx.prepare_cached(
        "select i.memory_seq, i.revision, m.revision, i.from_byte, i.to_byte
         from session s join injection i on i.session_id = s.id join memory m on m.seq = i.memory_seq
         where s.workspace_id = ?1 and s.agent = ?2 and s.external_id = ?3
           and i.at >= s.context_since and i.late = 0
         order by i.at desc limit ?4",
    )?;
    let mut rows = seen.query(params![WORKSPACE, session.agent, session.id, LINES])?;
    while let Some(row) = rows.next()? {
        let range = row.get::<_, Option<i64>>(3)?.zip(row.get(4)?);
        out.note(tx, row.get(0)?, (row.get(1)?, row.get(2)?), range)?;
    }
    if let Some(project) = project {
        let mut hushed = tx.prepare_cached("select memory_seq from hush where project_id = ?1")?;
        for memory in hushed.query_map([project], |row| row.get(0))? {
            out.hidden.insert(memory?);
        }
    }
    // Shown as it is now, whatever was shown of it before.
    out.changed.retain(|memory| !out.hidden.contains(memory));
    Ok(out)
}
