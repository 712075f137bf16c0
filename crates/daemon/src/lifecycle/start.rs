//! How a client finds the daemon of a data directory, and brings one up when there is none.
//! It must not know what the client wants of it.
//! Invariant: any number of clients at once bring up one daemon; a start ends, well or badly, by its deadline.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::{self, Owner};
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::make_private_dir;
use quipu_protocol::version::is_newer;
use quipu_protocol::wire::daemon::Health;

use super::ready::{self, Ready};

/// How long a start may take.
pub const START: Duration = Duration::from_secs(5);
/// After a hook has started a daemon, hooks leave it at that for so long.
const PAUSE: Duration = Duration::from_secs(2);
/// Between two tries for the start lock.
const TRY: Duration = Duration::from_millis(5);
/// After so many of them there is a look whether a daemon listens.
const TRIES_A_LOOK: u32 = 10;

/// Where the owner of the data directory says it listens. Whether it does, the first request shows.
pub fn known_socket(paths: &Paths) -> Option<PathBuf> {
    owner::read(&paths.owner_lock()).filter(Owner::listens).map(|owner| owner.socket)
}

/// Whether the owner is of an older version than this process: the next daemon takes over from it.
pub fn is_outdated(paths: &Paths) -> bool {
    let owner = owner::read(&paths.owner_lock());
    owner.is_some_and(|owner| is_newer(&env::version(), &owner.version)) && is_owned(paths)
}

/// The socket of a live daemon; starts one if need be, also where the owner is of an older version.
///
/// # Errors
/// Why no daemon could be had by `deadline`.
pub fn ensure(paths: &Paths, deadline: Deadline) -> Result<PathBuf, Fault> {
    if let Some(socket) = served(paths, deadline) {
        return Ok(socket);
    }
    make_private_dir(&paths.data).map_err(|error| no_data_dir(&paths.data, &error))?;
    let _start = match turn(paths, deadline)? {
        Turn::Start(lock) => lock,
        Turn::Served(socket) => return Ok(socket),
    };
    if let Some(socket) = served(paths, deadline) {
        return Ok(socket);
    }
    let report = spawn(paths).map_err(|error| {
        Fault::new(FaultKind::Unavailable, "start_failed", format!("the daemon could not be started: {error}"))
    })?;
    match ready::wait(report, deadline)? {
        Ready::Listening(owner) => Ok(owner.socket),
        Ready::Already(Some(owner)) if owner.listens() => Ok(owner.socket),
        Ready::Already(owner) => Err(not_listening(owner.as_ref())),
        Ready::Failed(fault) => Err(fault),
    }
}

/// The fault for an owner that nobody can ask: a daemon that is starting, or a command with `--no-daemon`.
fn not_listening(owner: Option<&Owner>) -> Fault {
    let who = owner.map_or_else(|| "another process".to_owned(), |owner| format!("process {}", owner.pid));
    Fault::new(FaultKind::Busy, "owner_starting", format!("{who} owns the data directory and does not listen (yet)"))
        .hint("try again in a moment: a command with `--no-daemon` may be at work")
        .retry_after(Duration::from_millis(200))
}

/// Starts a daemon without waiting for it, unless somebody is starting one already. For hooks.
pub fn nudge(paths: &Paths) {
    if make_private_dir(&paths.data).is_err() {
        return;
    }
    let Ok(lock) = start_lock(paths) else { return };
    // A daemon that holds the lock and does not listen is starting or ending; a start that has just been tried
    // is under way or failed. Neither gets better by one more process for each hook.
    let is_served = is_owned(paths) && !is_outdated(paths);
    if lock.try_lock().is_err() || is_served || tried_within(&lock, PAUSE) {
        return;
    }
    // Its first byte says that a hook has tried, its time when.
    let _ = lock.set_len(1).and_then(|()| lock.set_modified(SystemTime::now()));
    let _ = spawn(paths);
}

/// Whether some process holds the owner's lock; asking takes it for a moment at most.
pub fn is_owned(paths: &Paths) -> bool {
    File::open(paths.owner_lock()).is_ok_and(|file| file.try_lock_shared().is_err())
}

fn tried_within(lock: &File, time: Duration) -> bool {
    let Ok(meta) = lock.metadata() else { return false };
    meta.len() > 0 && meta.modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age < time))
}

/// The fault for a data directory that cannot be made or entered.
pub(crate) fn no_data_dir(dir: &Path, error: &io::Error) -> Fault {
    let message = format!("the data directory {} cannot be used: {error}", dir.display());
    Fault::new(FaultKind::Unavailable, "data_dir", message)
        .hint("give it to this user (`chown`, `chmod 700`), or set QUIPU_HOME to a directory of your own")
}

/// The socket of the owner, if somebody behind it takes connections; else that of a standby here.
pub(super) fn live_socket(paths: &Paths, deadline: Deadline) -> Option<PathBuf> {
    let sockets = known_socket(paths).into_iter().chain([paths.standby_socket()]);
    sockets.into_iter().find(|socket| {
        let probe = Deadline::within(deadline.left().min(Duration::from_millis(500)));
        match Client::new(socket).call::<Health>(&Request::get("/v1/health"), probe) {
            Err(ClientError::Absent(_) | ClientError::Broken(_)) => false,
            // A daemon that is slow or speaks another protocol is there all the same.
            _ => true,
        }
    })
}

fn start_lock(paths: &Paths) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(paths.start_lock())
}

/// What waiting for the start lock came to.
enum Turn {
    /// It is ours: whoever has it may start a daemon.
    Start(File),
    /// Somebody else's daemon listens by now.
    Served(PathBuf),
}

/// Waits for the start lock, or for the daemon that its holder starts: forty clients that lose their daemon at once need
/// one start, not forty turns.
fn turn(paths: &Paths, deadline: Deadline) -> Result<Turn, Fault> {
    let file = start_lock(paths).map_err(|error| no_data_dir(&paths.data, &error))?;
    let mut tries = 0u32;
    while file.try_lock().is_err() {
        tries += 1;
        // A look costs a request, a try nothing.
        if tries.is_multiple_of(TRIES_A_LOOK)
            && let Some(socket) = served(paths, deadline)
        {
            return Ok(Turn::Served(socket));
        }
        if deadline.passed() {
            let fault =
                Fault::new(FaultKind::Busy, "start_busy", "another client is starting the daemon and does not finish");
            return Err(fault.hint("look at `quipu logs`, then try again").retry_after(Duration::from_millis(200)));
        }
        std::thread::sleep(TRY);
    }
    Ok(Turn::Start(file))
}

/// The socket of a live daemon that is no older than this process.
fn served(paths: &Paths, deadline: Deadline) -> Option<PathBuf> {
    live_socket(paths, deadline).filter(|_| !is_outdated(paths))
}

/// What the daemon's allocator is told, where it is glibc's; others do not know these names.
///
/// The arenas: threads that share one wait for each other at every allocation that is not cached. With 2 an ingest of 200 MB
/// waited 27 000 times and was 7–15 % slower than with 16, with 8 it was 5 % slower. So there are more than threads at work.
///
/// The threshold, in bytes: unless it is set it grows with the largest block that was ever given back, and from then on such blocks
/// stay in the arena of the thread that asked for them, of which the index writer has a new one at each commit. After
/// 100 000 chunks anonymous memory was 80 MB with 2 arenas and 110–150 MB with 16; it is 60–75 MB with 8 to 64 where larger blocks are
/// mapped each by itself (`cargo xtask bench search` holds it to a bound).
const ALLOCATOR: [(&str, &str); 2] = [("MALLOC_ARENA_MAX", "32"), ("MALLOC_MMAP_THRESHOLD_", "131072")];

/// Spawns this binary as a detached daemon; its report arrives on the returned socket.
fn spawn(paths: &Paths) -> io::Result<UnixStream> {
    let (ours, theirs) = UnixStream::pair()?;
    let errors = log_file(paths).map_or_else(|_| Stdio::null(), Stdio::from);
    Command::new(std::env::current_exe()?)
        .args(["daemon", "run", "--detached"])
        .env_clear()
        .envs(env::passed_on())
        .envs(ALLOCATOR)
        .current_dir(&paths.data)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()?;
    Ok(ours)
}

/// Where a panic of the daemon is written.
fn log_file(paths: &Paths) -> io::Result<File> {
    make_private_dir(&paths.log)?;
    OpenOptions::new().create(true).append(true).mode(0o600).open(paths.daemon_log())
}
