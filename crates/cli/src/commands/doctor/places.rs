//! Directories, files and the disk: whose they are, who can read them, what was left over.
//! It must not know what is in the files.
//! Invariant: changes nothing.

use std::fs::TryLockError;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use quipu_daemon::lifecycle::start;
use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::config::{Config, keys};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::Env;
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::daemon::Health;

use super::{Finding, Remedy, Verdict, finding};
use crate::commands::stats::bytes;

/// Below this a disk counts as nearly full, in bytes.
const LITTLE_SPACE: u64 = 200 << 20;
/// What waits longer in the spool is stuck: a daemon looks twice a second.
const STUCK: Duration = Duration::from_secs(60);
/// Reasons told of what was set aside.
const REASONS: usize = 3;

pub(super) fn data_dir(dir: &Path) -> Finding {
    let meta = match std::fs::metadata(dir) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return finding(
                "data",
                Verdict::Good,
                format!("{} is not there yet; the first command makes it", dir.display()),
            );
        }
        Err(error) => {
            let cure = "give it to this user, or set QUIPU_HOME to a directory of your own";
            return finding("data", Verdict::Broken, format!("{}: {error}", dir.display())).cure(cure);
        }
    };
    if meta.uid() != rustix::process::getuid().as_raw() {
        let cure = format!("chown it to this user: `sudo chown -R \"$USER\" '{}'`", dir.display());
        return finding("data", Verdict::Broken, format!("{} belongs to another user", dir.display())).cure(cure);
    }
    if meta.permissions().mode() & 0o077 != 0 {
        let cure = format!("`chmod 700 '{}'`", dir.display());
        let found = format!("{} can be read by other users", dir.display());
        return finding("data", Verdict::Weak, found).cure(cure).remedy(Remedy::Close(vec![dir.to_owned()]));
    }
    finding("data", Verdict::Good, dir.display().to_string())
}

pub(super) fn space(dir: &Path) -> Finding {
    let there = dir.ancestors().find(|a| a.exists()).unwrap_or(dir);
    let Ok(stat) = rustix::fs::statvfs(there) else {
        return finding("disk", Verdict::Weak, "free space cannot be asked for");
    };
    let free = stat.f_bavail * stat.f_frsize;
    let verdict = if free < LITTLE_SPACE { Verdict::Broken } else { Verdict::Good };
    let found = finding("disk", verdict, format!("{} free", bytes(free)));
    if verdict == Verdict::Good {
        found
    } else {
        found.cure("free some space: writes are refused when the disk is full")
    }
}

/// What is in the data directory, and the socket, should be this user's alone too.
pub(super) fn closed(paths: &Paths) -> Option<Finding> {
    let database = paths.database();
    let beside = |ending: &str| {
        let mut name = database.clone().into_os_string();
        name.push(ending);
        PathBuf::from(name)
    };
    let (wal, shm) = (beside("-wal"), beside("-shm"));
    let mut all = vec![database, wal, shm, paths.owner_lock(), paths.start_lock(), paths.spool(), paths.index()];
    all.extend([paths.backups(), paths.log.clone(), paths.socket.clone()]);
    let copies = std::fs::read_dir(paths.backups()).into_iter().flatten().flatten();
    all.extend(copies.map(|entry| entry.path()));
    let own = rustix::process::getuid().as_raw();
    let is_open = |path: &PathBuf| {
        std::fs::symlink_metadata(path)
            .is_ok_and(|meta| !meta.is_symlink() && meta.uid() == own && meta.permissions().mode() & 0o077 != 0)
    };
    let open: Vec<PathBuf> = all.into_iter().filter(is_open).collect();
    let first = open.first()?;
    let more = if open.len() > 1 { format!(" and {} more", open.len() - 1) } else { String::new() };
    let found = format!("{}{more} can be read by other users", first.display());
    let cure = format!("`chmod go-rwx '{}'`", first.display());
    Some(finding("permissions", Verdict::Weak, found).cure(cure).remedy(Remedy::Close(open)))
}

/// What processes that are gone have left, and whoever holds things up just now.
pub(super) fn leftovers(paths: &Paths, env: &Env) -> Vec<Finding> {
    let mut found = Vec::new();
    let socket = start::known_socket(paths).unwrap_or_else(|| paths.socket.clone());
    if is_dead(paths, &socket) {
        let text = format!("nobody listens at {}", socket.display());
        let cure = "it is in nobody's way: the next daemon replaces it";
        found.push(finding("socket", Verdict::Weak, text).cure(cure).remedy(Remedy::Socket(socket)));
    }
    let backoff = paths.backoff();
    let age = std::fs::metadata(&backoff).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
    let left_alone = Config::of_user(&paths.config, env).config.time(keys::BACKOFF);
    if age.is_some_and(|age| age < left_alone) {
        let text = "hooks leave the daemon alone for some seconds: it did not answer in time";
        let cure = "wait, and look at `quipu logs` if it comes again";
        found.push(finding("backoff", Verdict::Weak, text).cure(cure).remedy(Remedy::Remove(backoff)));
    }
    let lock = std::fs::File::open(paths.start_lock());
    if lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock))) {
        let cure = "try again in a moment; if it stays so, end the process that holds `start.lock`";
        found.push(finding("start", Verdict::Weak, "another process is starting the daemon just now").cure(cure));
    }
    for name in broken_off(&paths.data) {
        let text = format!("{} was left by a restore that was broken off", name.display());
        let cure = "restore again; what was there before is in a file with `before-restore` in its name";
        found.push(finding("restore", Verdict::Weak, text).cure(cure));
    }
    found
}

/// Whether nobody listens at a socket, nor will in a moment.
pub(super) fn is_dead(paths: &Paths, socket: &Path) -> bool {
    let is_socket = std::fs::symlink_metadata(socket).is_ok_and(|meta| meta.file_type().is_socket());
    let probe = Deadline::within(Duration::from_millis(500));
    is_socket
        && !start::is_owned(paths)
        && matches!(Client::new(socket).call::<Health>(&Request::get("/v1/health"), probe), Err(ClientError::Absent(_)))
}

/// A copy that should have become the database. While somebody owns the directory it may be about to.
fn broken_off(data: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "unfinished")).collect()
}

pub(super) fn spool(dir: &Path) -> Finding {
    let files = |dir: &Path, ending: &str| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.extension().is_some_and(|x| x == ending)).collect()
    };
    let aside = dir.join("quarantine");
    let (waiting, set_aside) = (files(dir, "json"), files(&aside, "json").len());
    if set_aside > 0 {
        let reasons = files(&aside, "reason").into_iter().take(REASONS);
        let reasons: Vec<String> = reasons.filter_map(|file| std::fs::read_to_string(file).ok()).collect();
        let told = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) };
        let cure = format!(
            "each has its reason beside it in {}; mend one and move it back into {}, or remove it",
            aside.display(),
            dir.display()
        );
        return finding("spool", Verdict::Weak, format!("{set_aside} events could not be read{told}")).cure(cure);
    }
    let is_old = |path: &PathBuf| {
        let age = std::fs::metadata(path).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age > STUCK)
    };
    let old = waiting.iter().filter(|path| is_old(path)).count();
    if old > 0 {
        let cure = "look at `quipu logs` for why; a newer quipu's events wait for that version";
        return finding("spool", Verdict::Weak, format!("{old} events have waited for long")).cure(cure);
    }
    finding("spool", Verdict::Good, format!("{} events wait", waiting.len()))
}
