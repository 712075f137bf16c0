//! What the daemon does without being asked: reads transcripts, sweeps for missed ones, empties the spool.
//! It must not know doors.
//! Invariant: every thread ends when `stop` is called; progress is on disk, so nothing has to be finished.

pub(crate) mod beats;
pub(crate) mod embedder;
pub(crate) mod ingest;
mod mirrors;
mod spool;
mod sweep;

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::service::Service;
use ingest::Ingest;

/// The running jobs.
pub(crate) struct Jobs {
    ingest: Arc<Ingest>,
    stop: Arc<Stop>,
    threads: Vec<JoinHandle<()>>,
}

/// Tells jobs that sleep to end.
#[derive(Default)]
pub(crate) struct Stop {
    stopped: std::sync::Mutex<bool>,
    changed: std::sync::Condvar,
}

impl Stop {
    /// Sleeps, and says whether to end.
    fn sleep(&self, time: std::time::Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (stopped, _) = self
            .changed
            .wait_timeout_while(stopped, time, |stopped| !*stopped)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *stopped
    }

    fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = true;
        self.changed.notify_all();
    }
}

impl Jobs {
    /// Starts every job on a thread of its own.
    pub(crate) fn start(service: Arc<Service>, ingest: Arc<Ingest>) -> Self {
        let stop = Arc::new(Stop::default());
        let spawn =
            |name: &str, run: Box<dyn FnOnce() + Send>| std::thread::Builder::new().name(name.to_owned()).spawn(run);
        let (reader, spooler, sweeper, keeper) = (ingest.clone(), stop.clone(), stop.clone(), stop.clone());
        let (for_spool, for_mirrors, for_sweep, swept) = (service.clone(), service.clone(), service, ingest.clone());
        let started = [
            spawn("quipu-ingest", Box::new(move || reader.run())),
            spawn("quipu-spool", Box::new(move || spool::run(&for_spool, &spooler))),
            spawn("quipu-mirrors", Box::new(move || mirrors::run(&for_mirrors, &keeper))),
            spawn("quipu-sweep", Box::new(move || sweep::run(&for_sweep, &swept, &sweeper))),
        ];
        let threads = started
            .into_iter()
            .filter_map(|thread| thread.inspect_err(|error| tracing::error!(%error, "a job could not be started")).ok())
            .collect();
        Self { ingest, stop, threads }
    }

    /// Ends every job and waits for it.
    pub(crate) fn stop(self) {
        self.ingest.stop();
        self.stop.stop();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a job panicked");
            }
        }
    }
}
