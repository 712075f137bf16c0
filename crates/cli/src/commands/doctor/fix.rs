//! What `--fix` does, each with its words.
//! It must not know how findings come about.
//! Invariant: nothing that somebody might miss is removed; what failed is said.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::repair::{RebuildReply, RebuildRequest};

use super::{Finding, Remedy, Verdict, finding, places};
use crate::connect::Daemon;

/// How long a rebuild may stand still.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does what can be done about `findings`; what came of each.
pub(super) fn all(paths: &Paths, findings: &[Finding]) -> Vec<Finding> {
    findings.iter().filter_map(|found| found.remedy.as_ref().map(|remedy| one(paths, found.check, remedy))).collect()
}

fn one(paths: &Paths, check: &'static str, remedy: &Remedy) -> Finding {
    let done = match remedy {
        Remedy::Close(paths) => close(paths),
        Remedy::Remove(path) => remove(path),
        Remedy::Socket(socket) if places::is_dead(paths, socket) => remove(socket),
        // The daemon that was started to look has put its own there.
        Remedy::Socket(socket) => Ok(format!("a daemon listens at {} now", socket.display())),
        Remedy::Text => rebuild(RebuildRequest { text: true, vectors: false })
            .map(|()| "made the text index anew from the rows".to_owned()),
        Remedy::Vectors => rebuild(RebuildRequest { text: false, vectors: true })
            .map(|()| "made the vectors that were missing".to_owned()),
    };
    match done {
        Ok(words) => finding(check, Verdict::Fixed, words),
        Err(fault) => {
            let cure = fault.hint.clone().unwrap_or_else(|| "look at `quipu logs`".to_owned());
            finding(check, Verdict::Broken, format!("it could not be mended: {}", fault.message)).cure(cure)
        }
    }
}

fn close(paths: &[PathBuf]) -> Result<String, Fault> {
    for path in paths {
        let mode = std::fs::symlink_metadata(path).map(|meta| meta.permissions().mode() & 0o7700);
        mode.and_then(|mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)))
            .map_err(|error| not_done(path, &error))?;
    }
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Ok(format!("closed to other users: {}", names.join(", ")))
}

fn remove(path: &Path) -> Result<String, Fault> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(not_done(path, &error)),
        _ => Ok(format!("removed {}", path.display())),
    }
}

fn not_done(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Unavailable, "io", format!("{}: {error}", path.display()))
        .hint("check whose file it is, and whether the disk takes writes")
}

/// Asks for it and waits as long as it goes on.
fn rebuild(request: RebuildRequest) -> Result<(), Fault> {
    let mut daemon = Daemon::new()?;
    let mut before: RebuildReply = daemon.ask("/v1/rebuild", &request)?;
    let mut moved = Instant::now();
    loop {
        std::thread::sleep(Duration::from_millis(50));
        let now: RebuildReply = daemon.get("/v1/rebuild")?;
        let is_done = (!request.text || now.text.is_none()) && (!request.vectors || !now.vectors);
        if is_done {
            return Ok(());
        }
        if now.text != before.text {
            (before, moved) = (now, Instant::now());
        }
        if moved.elapsed() > PATIENCE && now.text.is_some() {
            return Err(Fault::new(FaultKind::Unavailable, "stands_still", "the text index does not grow any more")
                .hint("look at `quipu logs`; `quipu down`, and the next command's daemon makes it anew"));
        }
    }
}
