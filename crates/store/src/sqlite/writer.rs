//! The one writer: takes what is queued, runs it in one transaction with a savepoint each, commits, answers all.
//! It must not know what an operation does (see `apply`), nor who waits for the answer.
//! Invariant: nothing is answered before its commit is durable; an event id has one outcome for ever.

mod queue;
mod recovery;
mod told;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::apply::{self, Effect, Prepared};
use super::damage::Damage;
use super::indexer::{Live, Signal, TAIL_BOUND};
use super::open::{self, FileId, OpenOptions};
use super::pulse::Pulse;
use super::readers::Readers;
use super::wal::Wal;
use crate::engine::Reply;
use crate::error::StoreError;
use crate::write::{Applied, Lane};
use quipu_core::fault_point::{FaultPoint, pass};
use quipu_core::id::{EventId, Millis};

pub(super) use queue::Queue;
pub(super) use told::Follower;
use told::Touched;

/// A queued operation.
pub(super) struct Job {
    pub(super) event: Option<EventId>,
    pub(super) prepared: Prepared,
    pub(super) lane: Lane,
    pub(super) now: Millis,
    pub(super) reply: Reply,
}

/// Nothing was written for this long: the WAL is emptied.
const IDLE: Duration = Duration::from_millis(1_500);

pub(super) struct Writer {
    pub(super) options: OpenOptions,
    pub(super) connection: Connection,
    pub(super) epoch: u64,
    /// Row of the embedding model in use.
    pub(super) model: i64,
    pub(super) database: FileId,
    pub(super) queue: Arc<Queue>,
    pub(super) readers: Arc<Readers>,
    pub(super) live: Arc<RwLock<Live>>,
    pub(super) signal: Arc<Signal>,
    pub(super) wal: Wal,
    pub(super) pulse: Arc<Pulse>,
    pub(super) damage: Arc<Damage>,
    pub(super) follower: Follower,
    /// The newest number of the feed that whoever follows was told of.
    pub(super) told_to: u64,
    /// The file was written anew since something was last deleted from it.
    pub(super) rewritten: bool,
}

type Outcome = Result<(Applied, Vec<Effect>), StoreError>;

impl Writer {
    /// Runs until the queue is closed and empty.
    pub(super) fn run(mut self) {
        // A panic (a reply's, for one) must leave nobody waiting for a thread that is gone.
        let _abandon = Abandon(self.queue.clone());
        loop {
            match self.queue.next(IDLE) {
                queue::Next::Jobs(jobs) => self.serve(jobs),
                // What the WAL holds stays there: a checkpoint writes to the database too.
                queue::Next::Idle if self.damage.is_met() => {}
                queue::Next::Idle => self.wal.when_idle(&mut self.connection, &self.readers),
                queue::Next::Closed => break,
            }
            self.pulse.beat();
        }
        self.readers.close();
        if !self.damage.is_met() {
            self.wal.when_idle(&mut self.connection, &self.readers);
        } else if let Err(error) = open::leave_wal_at_end(&self.connection) {
            tracing::warn!(%error, "the end may write to the damaged database");
        }
    }

    fn serve(&mut self, jobs: Vec<Job>) {
        let (rewrites, jobs): (Vec<Job>, Vec<Job>) =
            jobs.into_iter().partition(|job| matches!(job.prepared, Prepared::Rewrite));
        if !jobs.is_empty() {
            self.serve_writes(jobs);
        }
        for job in rewrites {
            let done = self.rewrite();
            (job.reply)(done.map(|()| Applied::Done));
        }
    }

    fn serve_writes(&mut self, jobs: Vec<Job>) {
        let mut forgotten = 0;
        let (answers, touched) = match self.transact(&jobs) {
            Ok(outcomes) => {
                self.pulse.commit();
                let touched = self.touched(&outcomes);
                forgotten = outcomes.iter().flatten().map(|(_, effects)| told::forgotten(effects)).sum();
                (self.publish(outcomes), touched)
            }
            Err(error) => (self.after_failure(&error, &jobs), Vec::new()),
        };
        for (job, answer) in jobs.into_iter().zip(answers) {
            (job.reply)(answer);
        }
        told::tell(&self.connection, &self.follower, &touched);
        told::tell_forgotten(&self.follower, forgotten);
        told::tell_happened(&self.connection, &self.follower, &mut self.told_to);
        if !self.damage.is_met() {
            // Behind the answers: nobody waits for a checkpoint.
            let is_bulk = self.queue.depths().1 > 0;
            self.wal.after_commit(&mut self.connection, &self.readers, is_bulk);
        }
    }

    /// One transaction for all; an operation that fails takes only its own savepoint with it. One that is alone has the
    /// transaction for itself: a savepoint copies every page before it is changed.
    fn transact(&mut self, jobs: &[Job]) -> Result<Vec<Outcome>, StoreError> {
        self.fence()?;
        let mut tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        pass(FaultPoint::CommitBegun);
        if let [job] = jobs {
            let outcome = apply_once(&tx, job);
            match outcome {
                Ok(_) => commit(tx, self.epoch, &self.options)?,
                Err(error) if is_of_all(&error) => return Err(error),
                Err(_) => tx.rollback()?,
            }
            return Ok(vec![outcome]);
        }
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            let savepoint = tx.savepoint()?;
            let outcome = apply_once(&savepoint, job);
            match outcome {
                Ok(_) => savepoint.commit()?,
                // Whether the transaction still stands is not known; the caller tries each alone.
                Err(error) if is_of_all(&error) => return Err(error),
                Err(_) => drop(savepoint),
            }
            outcomes.push(outcome);
        }
        commit(tx, self.epoch, &self.options)?;
        Ok(outcomes)
    }

    /// Writes the database file anew from its rows and empties the log: what was deleted, or moved from page to page before it
    /// was, leaves no byte.
    fn rewrite(&mut self) -> Result<(), StoreError> {
        self.fence()?;
        // What only waits for the log to be emptied is not done twice.
        if !self.rewritten {
            let rewritten = self.vacuum();
            self.damage.told(rewritten)?;
            self.rewritten = true;
        }
        pass(FaultPoint::ForgetFile);
        self.wal.when_idle(&mut self.connection, &self.readers);
        if self.wal.bytes() > 0 {
            // Somebody reads from it, or another program has it: the next try finds it done.
            return Err(StoreError::Busy);
        }
        pass(FaultPoint::ForgetLog);
        Ok(())
    }

    /// What lies in between is in a file without a name, in the data directory and not in the system's shared one.
    fn vacuum(&self) -> Result<(), StoreError> {
        let set = |name: &str, value: &str| self.connection.pragma_update(None, name, value);
        set("temp_store", "file")?;
        let done = self.connection.execute_batch("vacuum");
        set("temp_store", "memory")?;
        Ok(done?)
    }

    /// The lock file and the database are still the ones that were opened, and nobody has met damage.
    fn fence(&self) -> Result<(), StoreError> {
        self.damage.refuse()?;
        (self.options.fence)().map_err(StoreError::Fenced)?;
        match FileId::of(&self.options.database) {
            Ok(id) if id == self.database => Ok(()),
            _ => Err(StoreError::Fenced("the database file was replaced or removed".into())),
        }
    }

    /// What whoever follows will be told of.
    fn touched(&self, outcomes: &[Outcome]) -> Vec<Touched> {
        if self.follower.get().is_none() {
            return Vec::new();
        }
        outcomes.iter().flatten().flat_map(|(_, effects)| told::touched(effects)).collect()
    }

    /// Makes committed changes visible to searches, in commit order, then wakes the indexer.
    fn publish(&mut self, outcomes: Vec<Outcome>) -> Vec<Result<Applied, StoreError>> {
        let mut answers = Vec::with_capacity(outcomes.len());
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        let mut gone = false;
        for outcome in outcomes {
            answers.push(outcome.map(|(applied, effects)| {
                for effect in effects {
                    gone |= matches!(effect, Effect::Forgotten { .. });
                    effect.publish(&mut live);
                }
                applied
            }));
        }
        let dirty = live.tail.len() > 0;
        drop(live);
        if dirty {
            self.signal.wake();
        }
        if gone {
            self.rewritten = false;
            pass(FaultPoint::ForgetRows);
            self.signal.ask_without_gone();
        }
        answers
    }
}

/// Whether a failure is of the database itself, and not of one write.
fn is_of_all(error: &StoreError) -> bool {
    matches!(error, StoreError::DiskFull(_) | StoreError::Corrupt(_) | StoreError::Sqlite(_))
}

/// Commits what the owner of this epoch has done, if it still is the owner.
fn commit(tx: Transaction<'_>, epoch: u64, options: &OpenOptions) -> Result<(), StoreError> {
    if open::epoch(&tx)? != epoch {
        return Err(StoreError::Fenced("another owner has raised the epoch".into()));
    }
    (options.fence)().map_err(StoreError::Fenced)?;
    pass(FaultPoint::CommitApplied);
    tx.commit()?;
    pass(FaultPoint::CommitDone);
    Ok(())
}

/// Ends the queue with the writer, however that ends.
struct Abandon(Arc<Queue>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Applies `job` unless its event was applied before; records the outcome in the same transaction.
fn apply_once(tx: &Connection, job: &Job) -> Outcome {
    if let Some(event) = job.event {
        if let Some(applied) = apply::recorded(tx, event)? {
            return Ok((applied, Vec::new()));
        }
        let (applied, effects) = apply::apply(tx, &job.prepared, job.now)?;
        apply::record(tx, event, &applied, job.now)?;
        return Ok((applied, effects));
    }
    apply::apply(tx, &job.prepared, job.now)
}

/// Makes a bulk writer wait until the tail is short enough for searches to stay quick.
pub(super) fn wait_for_tail(live: &RwLock<Live>, signal: &Signal) {
    signal.wait_until(|| live.read().unwrap_or_else(PoisonError::into_inner).tail.len() < TAIL_BOUND);
}
