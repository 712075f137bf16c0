//! Which memories an agent is not shown unasked: what its session has seen, and what is not wanted in its project.
//! It must not know how memories are ranked, nor how they are packed.
//! Invariant: what was offered counts from the moment on that it was handed to the writer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quipu_core::id::MemoryId;
use quipu_core::memory::SessionRef;
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
    /// Seen as they were before they changed: they may be shown again.
    pub(super) changed: FxHashSet<u32>,
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
    /// Memories with the revisions that were shown.
    shown: Vec<(MemoryId, u32)>,
}

impl Pending {
    /// Notes an answer with lines until its write is replied to: then it is committed, or never will be.
    pub(super) fn follow(this: &Arc<Self>, write: &Write, reply: Reply) -> Reply {
        let Write::Ledger(entry) = write else { return reply };
        let Entry::Offer(Offer { session, lines, .. }) = &**entry else { return reply };
        let mut waiting = this.lock();
        waiting.next += 1;
        let (ticket, pending) = (waiting.next, this.clone());
        let shown = lines.iter().map(|line| (line.memory, line.revision)).collect();
        waiting.offers.push(Offered { ticket, session: session.clone(), shown });
        Box::new(move |outcome| {
            pending.lock().offers.retain(|offered| offered.ticket != ticket);
            reply(outcome);
        })
    }

    /// What waits of `session`'s: to be asked before the rows are, for what is committed between is then in one of the two.
    pub(super) fn of(&self, session: &SessionRef) -> Vec<(MemoryId, u32)> {
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
    pending: &[(MemoryId, u32)],
    project: Option<i64>,
) -> Result<LeftOut> {
    let mut out = LeftOut::default();
    let mut note = |memory: u32, shown: u32, now: u32| {
        if shown >= now {
            out.hidden.insert(memory);
        } else {
            out.changed.insert(memory);
        }
    };
    for (id, shown) in pending {
        let row: Option<(u32, u32)> = tx
            .prepare_cached("select seq, revision from memory where id = ?1")?
            .query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        row.into_iter().for_each(|(memory, now)| note(memory, *shown, now));
    }
    let mut seen = tx.prepare_cached(
        "select i.memory_seq, i.revision, m.revision
         from session s join injection i on i.session_id = s.id join memory m on m.seq = i.memory_seq
         where s.workspace_id = ?1 and s.agent = ?2 and s.external_id = ?3
           and i.at >= s.context_since and i.late = 0
         order by i.at desc limit ?4",
    )?;
    let mut rows = seen.query(params![WORKSPACE, session.agent, session.id, LINES])?;
    while let Some(row) = rows.next()? {
        note(row.get(0)?, row.get(1)?, row.get(2)?);
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
