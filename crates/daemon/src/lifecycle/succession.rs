//! Waiting to own the data directory: until its owner is gone, however it went, or its lock file is another one.
//! It must not know what the owner does, nor what is done meanwhile.
//! Invariant: the lock is asked for by the operating system's own wait, so a death is noticed when it happens.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::{Sender, channel};

use super::lock::{OwnerLock, Refusal};

/// A lock file that was removed or replaced is noticed within this time: nobody wakes those who wait for the old one.
const LOOK: Duration = Duration::from_millis(200);

/// Resolves with the lock once it is ours. Threads that wait for files that are gone end with the process.
pub(super) async fn wait(path: &Path) -> OwnerLock {
    let (freed, mut taken) = channel(1);
    let mut waited_for = inode(path);
    spawn_waiter(path.to_owned(), freed.clone());
    loop {
        if let Ok(Some(lock)) = tokio::time::timeout(LOOK, taken.recv()).await {
            // The lock of a file that lies there no more guards nothing.
            if (lock.fence())().is_ok() {
                return lock;
            }
        } else if inode(path) == waited_for {
            continue;
        }
        match OwnerLock::take(path) {
            Ok(lock) => return lock,
            Err(Refusal::Held) => {}
            Err(Refusal::Io(error)) => tracing::warn!(%error, "the lock cannot be asked for; it is tried again"),
        }
        waited_for = inode(path);
        spawn_waiter(path.to_owned(), freed.clone());
    }
}

/// A thread that takes the lock file, as it is now, when its holder has gone.
fn spawn_waiter(path: PathBuf, freed: Sender<OwnerLock>) {
    let waiter = move || {
        let lock = loop {
            match OwnerLock::wait(&path) {
                Ok(lock) => break lock,
                // No descriptor to be had, say: that passes.
                Err(_) => std::thread::sleep(LOOK),
            }
        };
        // Nobody takes it any more where this process ends.
        let _ = freed.blocking_send(lock);
    };
    if let Err(error) = std::thread::Builder::new().name("quipu-successor".to_owned()).spawn(waiter) {
        tracing::error!(%error, "no thread to wait for the lock");
    }
}

fn inode(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}
