//! A disk whose fsync takes two milliseconds, as an ordinary laptop's does: a library that is loaded before libc.
//!
//! It must not know who writes. Invariant: it is the same library for every process that is compared, and the real
//! fsync is called after the wait, so nothing is promised that the disk does not keep.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::shell;

/// What the wait adds.
const WAIT: Duration = Duration::from_millis(2);

/// Raw system calls: to ask the dynamic linker for the real functions would need another library in old systems.
const SOURCE: &str = r"
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static void wait_for_disk(void) { struct timespec t = {0, 2000000}; nanosleep(&t, 0); }
int fsync(int fd) { wait_for_disk(); return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { wait_for_disk(); return syscall(SYS_fdatasync, fd); }
";

/// How long an fsync takes.
pub(super) enum Fsync {
    AsItIs,
    /// The library, in a folder that goes with it.
    Slow(tempfile::TempDir),
}

impl Fsync {
    /// Compiles the library, or says why it cannot.
    pub(super) fn slow() -> Result<Self, String> {
        if !cfg!(target_os = "linux") {
            return Err("the library that slows it down is written for Linux".to_owned());
        }
        if !shell::in_path("gcc") {
            return Err("gcc is not in PATH".to_owned());
        }
        let folder = tempfile::Builder::new().prefix("quipu-fsync-").tempdir().map_err(|error| error.to_string())?;
        let source = folder.path().join("fsync.c");
        std::fs::write(&source, SOURCE).map_err(|error| format!("{}: {error}", source.display()))?;
        let mut gcc = Command::new("gcc");
        gcc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(library(&folder)).arg(&source);
        shell::stream(&mut gcc)?;
        Ok(Self::Slow(folder))
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::AsItIs => "the disk's own fsync",
            Self::Slow(_) => "fsync with 2 ms more",
        }
    }

    /// Lets `command` run with it.
    pub(super) fn put_on(&self, command: &mut Command) {
        if let Self::Slow(folder) = self {
            command.env("LD_PRELOAD", library(folder));
        }
    }

    /// Whether `took` is what an fsync takes here: a library that was not loaded would make a race of nothing.
    pub(super) fn agrees(&self, took: Duration) -> bool {
        matches!(self, Self::AsItIs) || took >= WAIT
    }
}

/// How long an fsync takes in this process.
pub(super) fn probe() -> std::io::Result<Duration> {
    let file = tempfile::tempfile()?;
    file.set_len(1)?;
    let start = Instant::now();
    file.sync_all()?;
    Ok(start.elapsed())
}

fn library(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("fsync.so")
}
