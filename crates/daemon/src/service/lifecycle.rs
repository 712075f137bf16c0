//! When the daemon stops: asked to, or idle.
//! It must not know signals or sockets.
//! Invariant: a stop is asked for once; the first reason stands.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use quipu_protocol::config::keys;
use tokio::sync::watch;

use super::Service;

/// The socket's time is refreshed this often, so that cleaners of old files leave it.
const FRESHEN: u64 = 60;
/// So often it is judged whether all is as it should be, in seconds.
const JUDGED: u64 = 5;

/// Whether the process ends, and why; told by any door, job or signal.
#[derive(Clone)]
pub(crate) struct Ending(watch::Sender<Option<&'static str>>);

impl Ending {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Asks the process to stop.
    pub(crate) fn stop(&self, reason: &'static str) {
        self.0.send_if_modified(|stop| {
            let first = stop.is_none();
            if first {
                *stop = Some(reason);
            }
            first
        });
    }

    /// Whether it was asked to.
    pub(crate) fn is_near(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Why it stops; `none` while it does not.
    pub(crate) fn reason(&self) -> &'static str {
        self.0.borrow().unwrap_or("none")
    }

    /// Resolves once a stop was asked for.
    pub(crate) async fn stopped(&self) {
        let mut watch = self.0.subscribe();
        // The sender lives as long as this, so waiting cannot fail.
        let _ = watch.wait_for(Option::is_some).await;
    }
}

impl Service {
    /// Every second: is the data directory still ours, and is anybody there?
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut seconds = 0u64;
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = self.ending.stopped() => return self.embedder.drain(),
            }
            seconds += 1;
            let service = self.clone();
            // The fence reads the database: not on a thread that serves.
            let fenced = tokio::task::spawn_blocking(move || {
                service.tell_levels();
                service.look_at_leases();
                if seconds.is_multiple_of(JUDGED) {
                    service.tell_degraded();
                }
                service.engine.fence()
            })
            .await;
            if let Ok(Err(error)) = fenced {
                tracing::error!(%error, "stepping down");
                self.ending.stop("fenced");
                return self.embedder.drain();
            }
            // An earlier owner that was only slow may have put its own there; nobody would find this one any more.
            if file_id(&self.paths.socket) != self.socket {
                tracing::error!(socket = %self.paths.socket.display(), "stepping down: the socket was replaced or removed");
                return self.ending.stop("socket lost");
            }
            if seconds.is_multiple_of(FRESHEN) {
                freshen(&self.paths.socket);
            }
            let idle = self.settings.user().config.time(keys::IDLE);
            let quiet = self.now().0 - self.used.load(Ordering::Relaxed);
            if !self.ingest.is_busy() && quiet > i64::try_from(idle.as_millis()).unwrap_or(i64::MAX) {
                self.ending.stop("idle");
                return self.embedder.drain();
            }
        }
    }
}

/// Device and inode.
pub(super) type FileId = (u64, u64);

/// Which file lies at `path`, if one does.
pub(super) fn file_id(path: &Path) -> Option<FileId> {
    std::fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

fn freshen(socket: &Path) {
    use rustix::fs::{AtFlags, CWD, Timestamps};
    let now = rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW as _ };
    let times = Timestamps { last_access: now, last_modification: now };
    // A socket that cannot be touched is only at the mercy of a cleaner.
    let _ = rustix::fs::utimensat(CWD, socket, &times, AtFlags::empty());
}
