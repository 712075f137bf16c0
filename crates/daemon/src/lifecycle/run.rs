//! `quipu daemon run`: take the lock, open the store, listen, serve, stop.
//! It must not know operations; it starts the parts in order and ends them in order.
//! Invariant: on SIGTERM nothing new is accepted, what was acknowledged is finished, and the process ends within a second.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quipu_core::id::Millis;
use quipu_embed::StaticModel;
use quipu_protocol::PROTOCOL;
use quipu_protocol::client::{Client, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::{self, Env};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::Owner;
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::make_private_dir;
use quipu_protocol::version::is_newer;
use quipu_protocol::wire::daemon::ShutdownRequest;
use quipu_store::sqlite::{OpenOptions, SqliteEngine};
use quipu_store::{Engine, StoreError};

use super::lock::{OwnerLock, Refusal};
use super::ready::{self, Ready};
use super::{detach, log, start, succession};
use crate::doors::front::{Front, Now};
use crate::doors::standby::Standby;
use crate::jobs::{Jobs, ingest::Ingest};
use crate::service::{Ending, Service};
use crate::{doors, service};
use tokio::runtime::Runtime;

/// How the daemon runs.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Detached by a client: standard input is the ready socket.
    pub detached: bool,
    /// Ends after this long without client or job.
    pub idle: Duration,
}

/// How long a new daemon waits for one that holds the lock and does not listen: it is ending, or only starting.
/// Shorter than a client's patience with a start, so that the client hears what came of it.
const SUCCESSION: Duration = Duration::from_secs(4);
/// An owner that does not answer within this time is taken for one that cannot be reached.
const PROBE: Duration = Duration::from_millis(500);
/// What is left of requests gets this long after a stop was asked for.
const DRAIN: Duration = Duration::from_millis(400);

/// Runs until it is told to stop or has been idle. `Ok(Some(owner))` means another daemon owns the data directory.
///
/// # Errors
/// Why it could not start, or that it lost its data directory.
pub fn run(env: &Env, options: &RunOptions) -> Result<Option<Owner>, Fault> {
    // Whatever is made from here on is for this user alone, also in a directory that others may enter.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let mut report = if options.detached { detach::detach() } else { None };
    match serve(env, options, &mut report) {
        Ok(Started::Other(owner)) => {
            ready::report(report, &Ready::Already(owner.clone()));
            owner.map(Some).ok_or_else(|| Fault::new(FaultKind::Busy, "owner_starting", "another daemon is starting"))
        }
        Ok(Started::Done) => Ok(None),
        Err(fault) => {
            tracing::error!(code = fault.code, "{}", fault.message);
            ready::report(report, &Ready::Failed(fault.clone()));
            Err(fault)
        }
    }
}

enum Started {
    /// Served and stopped.
    Done,
    /// Another process holds the lock.
    Other(Option<Owner>),
}

fn serve(env: &Env, options: &RunOptions, report: &mut Option<UnixStream>) -> Result<Started, Fault> {
    let paths = Paths::resolve(env).map_err(|e| Fault::new(FaultKind::Caller, "paths", e.to_string()))?;
    make_private_dir(&paths.data).map_err(|e| start::no_data_dir(&paths.data, &e))?;
    close_to_others(&paths.data);
    quipu_store::sqlite::refuse_network(&paths.data).map_err(service::fault_of)?;
    let ending = Ending::new();
    let mut process = Process { env, paths, ending, idle: options.idle, runtime: None };
    match take_lock(&process.paths)? {
        Some(lock) => {
            log::start(&process.paths.daemon_log()).map_err(|e| start::no_data_dir(&process.paths.log, &e))?;
            process.own(lock, None, report).map(|()| Started::Done)
        }
        // Whoever was started by a client is one too many where the owner can be asked.
        None if options.detached && start::live_socket(&process.paths, Deadline::within(PROBE)).is_some() => {
            Ok(Started::Other(quipu_protocol::owner::read(&process.paths.owner_lock())))
        }
        None => process.stand_by(report),
    }
}

/// One daemon process, first as a standby perhaps, then as the owner.
struct Process<'e> {
    env: &'e Env,
    paths: Paths,
    ending: Ending,
    idle: Duration,
    runtime: Option<Runtime>,
}

impl Process<'_> {
    /// Serves as the owner until the end.
    fn own(
        &mut self,
        mut lock: OwnerLock,
        front: Option<Arc<Front>>,
        report: &mut Option<UnixStream>,
    ) -> Result<(), Fault> {
        let engine = Arc::new(open(&self.paths, &lock)?);
        let listener = bind(&self.paths.socket, "new")?;
        let owner = self.card(&self.paths.socket, engine.epoch(), lock.inode());
        let ingest = Arc::new(Ingest::new(engine.clone(), now));
        let (paths, ending) = (self.paths.clone(), self.ending.clone());
        let service =
            Arc::new(Service::new(engine.clone(), ingest.clone(), paths, self.env.clone(), now, owner.epoch, ending));
        // Who was asked as a standby answers as the owner before the card leads anybody here.
        let front = match front {
            Some(front) => {
                front.promote(service.clone());
                front
            }
            None => Arc::new(Front::new(Now::Owner(service.clone()), self.ending.clone())),
        };
        lock.write_card(&owner).map_err(|e| start::no_data_dir(&self.paths.data, &e))?;
        let (version, pid, epoch) = (&owner.version, owner.pid, owner.epoch);
        tracing::info!(version, pid, epoch, socket = %self.paths.socket.display(), "owner");
        let jobs = Jobs::start(service.clone(), ingest);
        ready::report(report.take(), &Ready::Listening(owner));

        let (idle, ending) = (self.idle, self.ending.clone());
        self.runtime()?.block_on(async {
            tokio::spawn(doors::socket::stop_on_signal(ending));
            tokio::spawn(service.clone().watch(idle));
            doors::socket::serve(listener, front, DRAIN).await;
        });
        // From here on: what was acknowledged is on disk; what is queued is finished by `close`.
        jobs.stop();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_millis(100));
        }
        engine.close();
        remove_own_socket(&self.paths.socket, &service);
        tracing::info!(reason = self.ending.reason(), "stopped");
        // It falls with the process: whoever waits for the lock finds this process gone, and all its files closed.
        std::mem::forget(lock);
        Ok(())
    }

    /// Hands on what it is asked, until the lock is free.
    fn stand_by(&mut self, report: &mut Option<UnixStream>) -> Result<Started, Fault> {
        let socket = self.paths.standby_socket();
        let Some(place) = self.standby_place(&socket)? else {
            let other = quipu_protocol::owner::read(&self.paths.owner_lock());
            return Ok(Started::Other(other.map(|owner| Owner { socket, ..owner })));
        };
        log::start(&self.paths.daemon_log()).map_err(|e| start::no_data_dir(&self.paths.log, &e))?;
        let standby = Arc::new(Standby::new(self.paths.clone(), self.env.clone(), self.ending.clone(), now));
        let front = Arc::new(Front::new(Now::Standby(standby.clone()), self.ending.clone()));
        let listener = bind(&socket, "next")?;
        tracing::info!(pid = std::process::id(), socket = %socket.display(), "standby");
        ready::report(report.take(), &Ready::Listening(self.card(&socket, 0, 0)));

        let (idle, ending, lock_path) = (self.idle, self.ending.clone(), self.paths.owner_lock());
        let serving = front.clone();
        let lock = self.runtime()?.block_on(async {
            tokio::spawn(doors::socket::stop_on_signal(ending.clone()));
            let door = tokio::spawn(doors::socket::serve(listener, serving, DRAIN));
            let quiet = async {
                while standby.quiet() < idle {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            };
            tokio::select! {
                lock = succession::wait(&lock_path) => return Some(lock),
                () = quiet => ending.stop("idle"),
                () = ending.stopped() => {}
            }
            // Requests in flight get their time.
            let _ = door.await;
            None
        });
        let ended = match lock {
            Some(lock) => {
                tracing::info!("the lock is free: this standby takes over");
                self.own(lock, Some(front), report)
            }
            None => {
                tracing::info!(reason = self.ending.reason(), "stopped");
                Ok(())
            }
        };
        let _ = std::fs::remove_file(&socket);
        drop(place);
        ended.map(|()| Started::Done)
    }

    /// The lock of the one standby that listens here; `None` while another does.
    fn standby_place(&self, socket: &Path) -> Result<Option<OwnerLock>, Fault> {
        if let Some(dir) = socket.parent() {
            make_private_dir(dir).map_err(|e| start::no_data_dir(dir, &e))?;
        }
        match OwnerLock::take(&socket.with_extension("wait")) {
            Ok(place) => Ok(Some(place)),
            Err(Refusal::Held) => Ok(None),
            Err(Refusal::Io(error)) => Err(start::no_data_dir(&self.paths.data, &error)),
        }
    }

    fn card(&self, socket: &Path, epoch: u64, inode: u64) -> Owner {
        let (pid, version) = (std::process::id(), env::version());
        Owner { socket: socket.to_owned(), pid, epoch, version, protocol: PROTOCOL, inode }
    }

    fn runtime(&mut self) -> Result<&Runtime, Fault> {
        if self.runtime.is_none() {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .max_blocking_threads(24)
                .enable_all()
                .build()
                .map_err(|e| Fault::new(FaultKind::Internal, "runtime", e.to_string()))?;
            self.runtime = Some(runtime);
        }
        self.runtime.as_ref().ok_or_else(|| Fault::new(FaultKind::Internal, "runtime", "there is none"))
    }
}

/// A data directory of ours that others may enter is closed to them.
fn close_to_others(dir: &Path) {
    let own = |m: &std::fs::Metadata| m.uid() == rustix::process::getuid().as_raw() && m.mode() & 0o077 != 0;
    if std::fs::metadata(dir).is_ok_and(|m| own(&m)) {
        // Where it cannot be closed, `quipu doctor` says so.
        let _ = std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700));
    }
}

/// Takes the lock, or finds that its holder serves. Clients that come while one daemon ends and the next begins
/// are then answered by the next one, instead of being told of a daemon that is gone. An owner of an older version is
/// asked to end: it finishes what it took, and this one takes over.
fn take_lock(paths: &Paths) -> Result<Option<OwnerLock>, Fault> {
    let patience = Deadline::within(SUCCESSION);
    let mut asked = None;
    loop {
        match OwnerLock::take(&paths.owner_lock()) {
            Ok(lock) => return Ok(Some(lock)),
            Err(Refusal::Io(error)) => return Err(start::no_data_dir(&paths.data, &error)),
            Err(Refusal::Held) if patience.passed() => return Ok(None),
            Err(Refusal::Held) => {}
        }
        let owner = quipu_protocol::owner::read(&paths.owner_lock());
        match owner.filter(|owner| is_newer(&env::version(), &owner.version)) {
            Some(older) if asked != Some(older.pid) => {
                if ask_to_end(&older, patience) {
                    asked = Some(older.pid);
                }
            }
            Some(_) => {}
            None if start::live_socket(paths, patience).is_some() => return Ok(None),
            None => {}
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether the older owner has heard that it is to end.
fn ask_to_end(older: &Owner, patience: Deadline) -> bool {
    let request = ShutdownRequest { version: Some(env::version()), takes_over: true };
    let probe = Deadline::within(patience.left().min(PROBE));
    let answer = Client::new(&older.socket).send(&Request::post("/v1/shutdown", &request), probe);
    answer.is_ok_and(|response| response.status == 200)
}

fn open(paths: &Paths, lock: &OwnerLock) -> Result<SqliteEngine, Fault> {
    let opened = SqliteEngine::open(OpenOptions {
        data: paths.data.clone(),
        database: paths.database(),
        index: paths.index(),
        fence: Arc::new(lock.fence()),
        embedder: Arc::new(StaticModel::bundled()),
    });
    // Indexers of the operating system keep off the folder when they find this.
    let _ = std::fs::write(paths.data.join(".metadata_never_index"), "");
    opened.map_err(|error: StoreError| service::fault_of(error))
}

/// Binds beside the place and renames into it: a client never finds a socket that does not listen yet.
fn bind(socket: &Path, unfinished: &str) -> Result<UnixListener, Fault> {
    let fault = |error: std::io::Error| {
        Fault::new(FaultKind::Unavailable, "socket", format!("cannot listen at {}: {error}", socket.display()))
            .hint("set XDG_RUNTIME_DIR or QUIPU_HOME to a directory of your own on a local disk")
    };
    if let Some(dir) = socket.parent() {
        make_private_dir(dir).map_err(fault)?;
    }
    let unfinished = socket.with_extension(unfinished);
    let _ = std::fs::remove_file(&unfinished);
    let listener = UnixListener::bind(&unfinished).map_err(fault)?;
    std::fs::set_permissions(&unfinished, std::fs::Permissions::from_mode(0o600)).map_err(fault)?;
    std::fs::rename(&unfinished, socket).map_err(fault)?;
    listener.set_nonblocking(true).map_err(fault)?;
    Ok(listener)
}

/// Removes the socket unless a successor has put its own there.
fn remove_own_socket(socket: &Path, service: &Service) {
    let owner = quipu_protocol::owner::read(&service.paths().owner_lock());
    let ours = owner.is_some_and(|o| o.pid == std::process::id());
    let is_ours = std::fs::metadata(socket).is_ok_and(|m| m.uid() == rustix::process::getuid().as_raw());
    if ours && is_ours {
        let _ = std::fs::remove_file(socket);
    }
}

/// The clock of the daemon.
fn now() -> Millis {
    Millis(jiff::Timestamp::now().as_millisecond())
}
