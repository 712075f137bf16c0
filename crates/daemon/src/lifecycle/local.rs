//! `--no-daemon`: one process takes the data directory for the length of a command, and serves itself without a socket.
//! It must not know commands; it calls the same table of operations as the socket does.
//! Invariant: it holds `owner.lock` or it opens nothing; what it answered is durable; at its end every thread of the
//! store and the embedder has ended, so the process's exit meets no native state that is in use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use quipu_protocol::client::{Client, Request, retry};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::{self, Owner};
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::make_private_dir;
use quipu_protocol::wire::daemon::Health;
use quipu_protocol::{PROTOCOL, SESSION_HEADER};
use quipu_store::Engine;
use quipu_store::sqlite::SqliteEngine;

use super::lock::{OwnerLock, Refusal};
use super::{log, process, run, start, store};
use crate::doors::routes;
use crate::jobs::{Jobs, ingest::Ingest};
use crate::service::{self, Ending, Service};
use crate::settings::Settings;

/// How long a command waits for others that own the data directory as briefly as it will.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A data directory that this process owns until the value is dropped.
pub struct LocalDaemon {
    service: Arc<Service>,
    engine: Arc<SqliteEngine>,
    /// Taken at the end.
    jobs: Option<Jobs>,
    /// Falls last.
    _lock: OwnerLock,
}

impl LocalDaemon {
    /// Takes the data directory and opens it: at once where nobody has it, after a wait where another command has it.
    ///
    /// # Errors
    /// That a daemon owns it, that others kept it beyond `patience`, or why it cannot be opened.
    pub fn open(env: &Env, paths: &Paths, flags: &[(String, String)], patience: Duration) -> Result<Self, Fault> {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        make_private_dir(&paths.data).map_err(|error| start::no_data_dir(&paths.data, &error))?;
        run::close_to_others(&paths.data);
        quipu_store::sqlite::refuse_network(&paths.data).map_err(service::fault_of)?;
        let mut lock = take_lock(paths, Deadline::within(patience))?;
        log::start(&paths.daemon_log()).map_err(|error| start::no_data_dir(&paths.log, &error))?;
        let engine = Arc::new(store::open(paths, &lock, store::Length::Command)?);
        let card = Owner {
            socket: PathBuf::new(),
            pid: std::process::id(),
            epoch: engine.epoch(),
            version: quipu_protocol::env::version(),
            protocol: PROTOCOL,
            inode: lock.inode(),
        };
        lock.write_card(&card).map_err(|error| start::no_data_dir(&paths.data, &error))?;
        tracing::info!(version = card.version, pid = card.pid, epoch = card.epoch, "owner for one command");
        let settings = Arc::new(Settings::new(paths.config.clone(), env.clone(), flags.to_vec()));
        let ingest = Arc::new(Ingest::new(engine.clone(), settings.clone(), process::now));
        let place = (paths.clone(), env.clone(), settings);
        let (now, ending) = (process::now, Ending::new());
        let service = Arc::new(Service::new(engine.clone(), ingest.clone(), place, now, card.epoch, ending));
        // The same jobs as a daemon's: without them, nobody would ever empty the spool where no daemon is wanted.
        let jobs = Some(Jobs::start(service.clone(), ingest));
        Ok(Self { service, engine, jobs, _lock: lock })
    }

    /// What answers, for tests that put a door before it.
    #[cfg(test)]
    pub(crate) fn service(&self) -> Arc<Service> {
        self.service.clone()
    }

    /// Answers a request as the socket would: the body of the answer.
    ///
    /// # Errors
    /// The fault of the operation, or that there is no such one.
    pub fn call(&self, request: &Request<'_>) -> Result<Vec<u8>, Fault> {
        let (method, path, event, body) = request.parts();
        let session = request.said(SESSION_HEADER).map(routes::session).transpose()?;
        routes::call(&self.service, (method, path), (event, session), body)
    }
}

impl Drop for LocalDaemon {
    fn drop(&mut self) {
        self.service.ending().stop("the command is done");
        if let Some(jobs) = self.jobs.take() {
            jobs.stop();
        }
        self.service.embedder().close();
        self.engine.close();
        tracing::info!("stopped");
    }
}

/// Takes the lock, or says who has it. A daemon that serves is no reason to wait: it can be asked.
fn take_lock(paths: &Paths, deadline: Deadline) -> Result<OwnerLock, Fault> {
    let mut tries = 0;
    loop {
        match OwnerLock::take(&paths.owner_lock()) {
            Ok(lock) => return Ok(lock),
            Err(Refusal::Io(error)) => return Err(start::no_data_dir(&paths.data, &error)),
            Err(Refusal::Held) => {}
        }
        if let Some(owner) = serving(paths, deadline) {
            return Err(owned(&owner));
        }
        if deadline.passed() {
            return Err(kept(paths));
        }
        std::thread::sleep(retry::pause(tries, retry::chance()).min(deadline.left()));
        tries += 1;
    }
}

/// The daemon that holds the lock, unless it is about to end.
fn serving(paths: &Paths, deadline: Deadline) -> Option<Owner> {
    let socket = start::live_socket(paths, deadline)?;
    let probe = Deadline::within(Duration::from_millis(500));
    let ends = Client::new(&socket).call(&Request::get("/v1/health"), probe);
    if ends.is_ok_and(|health: Health| health.mode == "draining") {
        return None;
    }
    owner::read(&paths.owner_lock()).filter(Owner::listens)
}

fn owned(owner: &Owner) -> Fault {
    let message = format!("a daemon (process {}, version {}) owns this data directory", owner.pid, owner.version);
    Fault::new(FaultKind::Conflict, "already_owned", message)
        .hint("leave out `--no-daemon` (and QUIPU_NO_DAEMON), and it answers; or stop it with `quipu down`")
}

fn kept(paths: &Paths) -> Fault {
    let who = owner::read(&paths.owner_lock()).map_or_else(String::new, |owner| format!(" (process {})", owner.pid));
    let message = format!("another process{who} keeps this data directory and does not finish");
    Fault::new(FaultKind::Busy, "owner_busy", message).hint("wait for it to end, then try again")
}
