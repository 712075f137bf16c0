//! `quipu daemon run`: from the options to a process that owns, stands by, or is one too many.
//! It must not know operations, nor how either is served (see `process`).
//! Invariant: an owner of an older version is asked to end; nobody else's ever is.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quipu_protocol::client::{Client, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::{self, Env};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::Owner;
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::make_private_dir;
use quipu_protocol::version::is_newer;
use quipu_protocol::wire::daemon::ShutdownRequest;

use super::lock::{OwnerLock, Refusal};
use super::process::{Process, Started};
use super::ready::{self, Ready};
use super::{detach, log, start};
use crate::service::{self, Ending};
use crate::settings::Settings;

/// How the daemon runs.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Detached by a client: standard input is the ready socket.
    pub detached: bool,
    /// Keys and values that stand over every file (`protocol::config`).
    pub flags: Vec<(String, String)>,
}

/// How long a new daemon waits for one that holds the lock and does not listen: it is ending, or only starting.
/// Shorter than a client's patience with a start, so that the client hears what came of it.
const SUCCESSION: Duration = Duration::from_secs(4);
/// An owner that does not answer within this time is taken for one that cannot be reached.
const PROBE: Duration = Duration::from_millis(500);

/// Runs until it is told to stop or has been idle. `Ok(Some(owner))` means another daemon owns the data directory.
///
/// # Errors
/// Why it could not start, or that it lost its data directory.
pub fn run(env: &Env, options: &RunOptions) -> Result<Option<Owner>, Fault> {
    // Whatever is made from here on is for this user alone, also in a directory that others may enter.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    env::arm_fault_point();
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

fn serve(env: &Env, options: &RunOptions, report: &mut Option<UnixStream>) -> Result<Started, Fault> {
    let paths = Paths::resolve(env).map_err(|e| Fault::new(FaultKind::Caller, "paths", e.to_string()))?;
    make_private_dir(&paths.data).map_err(|e| start::no_data_dir(&paths.data, &e))?;
    close_to_others(&paths.data);
    quipu_store::sqlite::refuse_network(&paths.data).map_err(service::fault_of)?;
    let ending = Ending::new();
    let settings = Arc::new(Settings::new(paths.config.clone(), env.clone(), options.flags.clone()));
    let mut process = Process { env, paths, ending, settings, runtime: None };
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

/// A data directory of ours that others may enter is closed to them.
pub(super) fn close_to_others(dir: &Path) {
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
            Some(older) if asked != Some(older.pid) && ask_to_end(&older, patience) => asked = Some(older.pid),
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
