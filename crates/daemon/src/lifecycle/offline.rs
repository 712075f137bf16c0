//! What is done to a data directory while no daemon owns it: looking at it, and putting a backup in the database's place.
//! It must not know the terminal, nor operations of a running daemon.
//! Invariant: whoever looks or changes here holds `owner.lock` meanwhile; an owner is asked to stop, never ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quipu_protocol::client::{Client, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner;
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::make_private_dir;
use quipu_protocol::wire::repair::{CheckReply, CopyView};
use quipu_store::sqlite;

use super::lock::{OwnerLock, Refusal};
use super::{start, store};
use crate::service;

/// How long an owner may take to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a restore does about a daemon that owns the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owned {
    /// Nothing: it is refused.
    Refuse,
    /// It is asked to stop, and waited for.
    Stop,
}

/// What a restore did.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The database as it is now.
    pub database: CopyView,
    /// Where the one is that was there before.
    pub aside: Option<PathBuf>,
    /// Whether a daemon was stopped for it.
    pub stopped: bool,
    /// Memories of the copy that had been forgotten since it was made: they did not come back.
    pub forgotten: u64,
    /// What had been forgotten could not be read from the database that was there.
    pub forgotten_unread: bool,
}

/// A whole look at what is stored, in this process.
///
/// # Errors
/// That another process owns the data directory, or what keeps the database from being opened at all.
pub fn check(paths: &Paths) -> Result<CheckReply, Fault> {
    let lock = take(paths)?;
    let options = store::options(paths, Arc::new(lock.fence()));
    sqlite::check_files(&options).map(service::view_of_check).map_err(service::fault_of)
}

/// The copies in their own folder, newest first, each verified now or with what is wrong with it.
pub fn backups(paths: &Paths) -> Vec<(PathBuf, Result<CopyView, Fault>)> {
    let verified = |path: PathBuf| {
        let facts = sqlite::verify_copy(&path).map(service::view_of_copy).map_err(service::fault_of);
        (path, facts)
    };
    sqlite::list_copies(&paths.backups()).into_iter().map(verified).collect()
}

/// The newest of them; it was verified when it was made.
pub fn newest_backup(paths: &Paths) -> Option<PathBuf> {
    sqlite::list_copies(&paths.backups()).into_iter().next()
}

/// Puts a verified copy of `from` in the database's place.
///
/// # Errors
/// Why it cannot be; then nothing was changed.
pub fn restore(paths: &Paths, from: &Path, owned: Owned) -> Result<Restored, Fault> {
    // Before anybody is stopped for it.
    sqlite::verify_copy(from).map_err(service::fault_of)?;
    make_private_dir(&paths.data).map_err(|error| start::no_data_dir(&paths.data, &error))?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let card = owner::read(&paths.owner_lock());
    let stopped = start::is_owned(paths);
    let _lock = match owned {
        Owned::Refuse => take(paths)?,
        Owned::Stop => stop_and_take(paths)?,
    };
    let epoch = card.map_or(0, |card| card.epoch);
    let done = sqlite::restore(from, &paths.database(), &paths.index(), epoch, &service::stamp());
    let done = done.map_err(service::fault_of)?;
    let (database, aside, obeyed) = (service::view_of_copy(done.database), done.aside, done.obeyed);
    Ok(Restored { database, aside, stopped, forgotten: obeyed.forgotten, forgotten_unread: obeyed.unread })
}

fn take(paths: &Paths) -> Result<OwnerLock, Fault> {
    OwnerLock::take(&paths.owner_lock()).map_err(|refusal| refused(paths, refusal))
}

/// Asks whoever holds the lock to stop, until nobody does.
fn stop_and_take(paths: &Paths) -> Result<OwnerLock, Fault> {
    let patience = Deadline::within(PATIENCE);
    loop {
        match OwnerLock::take(&paths.owner_lock()) {
            Err(Refusal::Held) if !patience.passed() => {}
            taken => return taken.map_err(|refusal| refused(paths, refusal)),
        }
        if let Some(socket) = start::known_socket(paths) {
            let request = Request::post("/v1/shutdown", &serde_json::json!({}));
            // Whether it stopped, the lock tells; one that has just gone does not answer.
            let _ = Client::new(&socket).call::<serde_json::Value>(&request, patience);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn refused(paths: &Paths, refusal: Refusal) -> Fault {
    match refusal {
        Refusal::Io(error) => start::no_data_dir(&paths.data, &error),
        Refusal::Held => {
            let who = owner::read(&paths.owner_lock())
                .map_or("another process".to_owned(), |card| format!("the daemon, process {},", card.pid));
            Fault::new(FaultKind::Conflict, "owned", format!("{who} owns the data directory"))
                .hint("`--stop` asks it to stop first; or stop it yourself: `quipu down`")
        }
    }
}
