//! `quipu daemon run`: take the lock, open the store, listen, serve, stop.
//! It must not know operations; it starts the parts in order and ends them in order.
//! Invariant: on SIGTERM nothing new is accepted, what was acknowledged is finished, and the process ends within a second.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quipu_core::id::Millis;
use quipu_embed::StaticModel;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::Owner;
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::make_private_dir;
use quipu_protocol::{PROTOCOL, VERSION};
use quipu_store::sqlite::{OpenOptions, SqliteEngine};
use quipu_store::{Engine, StoreError};

use super::lock::{OwnerLock, Refusal};
use super::ready::{self, Ready};
use super::{detach, log, start};
use crate::jobs::{Jobs, ingest::Ingest};
use crate::service::Service;
use crate::{doors, service};

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
    let Some(mut lock) = take_lock(&paths)? else {
        return Ok(Started::Other(quipu_protocol::owner::read(&paths.owner_lock())));
    };
    log::start(&paths.daemon_log()).map_err(|e| start::no_data_dir(&paths.log, &e))?;
    let engine = Arc::new(open(&paths, &lock)?);
    let listener = bind(&paths.socket)?;
    let owner = Owner {
        socket: paths.socket.clone(),
        pid: std::process::id(),
        epoch: engine.epoch(),
        version: VERSION.to_owned(),
        protocol: PROTOCOL,
        inode: lock.inode(),
    };
    lock.write_card(&owner).map_err(|e| start::no_data_dir(&paths.data, &e))?;
    tracing::info!(version = VERSION, pid = owner.pid, epoch = owner.epoch, socket = %paths.socket.display(), "owner");

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(24)
        .enable_all()
        .build()
        .map_err(|e| Fault::new(FaultKind::Internal, "runtime", e.to_string()))?;
    let ingest = Arc::new(Ingest::new(engine.clone(), now));
    let service = Arc::new(Service::new(engine.clone(), ingest.clone(), paths.clone(), env.clone(), now, owner.epoch));
    let jobs = Jobs::start(service.clone(), ingest);
    ready::report(report.take(), &Ready::Listening(owner));

    runtime.block_on(async {
        tokio::spawn(service.clone().watch(options.idle));
        doors::socket::serve(listener, service.clone(), DRAIN).await;
    });
    // From here on: what was acknowledged is on disk; what is queued is finished by `close`.
    jobs.stop();
    runtime.shutdown_timeout(Duration::from_millis(100));
    engine.close();
    remove_own_socket(&paths.socket, &service);
    tracing::info!(reason = service.stop_reason(), "stopped");
    // It falls with the process: whoever waits for the lock finds this process gone, and all its files closed.
    std::mem::forget(lock);
    Ok(Started::Done)
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
/// are then answered by the next one, instead of being told of a daemon that is gone.
fn take_lock(paths: &Paths) -> Result<Option<OwnerLock>, Fault> {
    let patience = Deadline::within(SUCCESSION);
    loop {
        match OwnerLock::take(&paths.owner_lock()) {
            Ok(lock) => return Ok(Some(lock)),
            Err(Refusal::Io(error)) => return Err(start::no_data_dir(&paths.data, &error)),
            Err(Refusal::Held) if patience.passed() || start::live_socket(paths, patience).is_some() => {
                return Ok(None);
            }
            Err(Refusal::Held) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

fn open(paths: &Paths, lock: &OwnerLock) -> Result<SqliteEngine, Fault> {
    let opened = SqliteEngine::open(OpenOptions {
        data: paths.data.clone(),
        database: paths.database(),
        index: paths.index(),
        backups: paths.backups(),
        fence: Arc::new(lock.fence()),
        embedder: Arc::new(StaticModel::bundled()),
    });
    // Indexers of the operating system keep off the folder when they find this.
    let _ = std::fs::write(paths.data.join(".metadata_never_index"), "");
    opened.map_err(|error: StoreError| service::fault_of(error))
}

/// Binds beside the place and renames into it: a client never finds a socket that does not listen yet.
fn bind(socket: &Path) -> Result<UnixListener, Fault> {
    let fault = |error: std::io::Error| {
        Fault::new(FaultKind::Unavailable, "socket", format!("cannot listen at {}: {error}", socket.display()))
            .hint("set XDG_RUNTIME_DIR or QUIPU_HOME to a directory of your own on a local disk")
    };
    if let Some(dir) = socket.parent() {
        make_private_dir(dir).map_err(fault)?;
    }
    let unfinished = unfinished_name(socket);
    let _ = std::fs::remove_file(&unfinished);
    let listener = UnixListener::bind(&unfinished).map_err(fault)?;
    std::fs::set_permissions(&unfinished, std::fs::Permissions::from_mode(0o600)).map_err(fault)?;
    std::fs::rename(&unfinished, socket).map_err(fault)?;
    listener.set_nonblocking(true).map_err(fault)?;
    Ok(listener)
}

fn unfinished_name(socket: &Path) -> PathBuf {
    // One byte longer than the socket's own path at most, which is kept well below the limit.
    socket.with_extension("new")
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
