//! When the daemon stops: asked to, or idle.
//! It must not know signals or sockets.
//! Invariant: a stop is asked for once; the first reason stands.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Service;

/// The socket's time is refreshed this often, so that cleaners of old files leave it.
const FRESHEN: u64 = 60;

impl Service {
    /// Asks the daemon to stop.
    pub(crate) fn stop(&self, reason: &'static str) {
        self.stop.send_if_modified(|stop| {
            let first = stop.is_none();
            if first {
                *stop = Some(reason);
            }
            first
        });
        self.embedder.drain();
    }

    /// Why it stops; `none` while it does not.
    pub(crate) fn stop_reason(&self) -> &'static str {
        self.stop.borrow().unwrap_or("none")
    }

    /// Resolves once a stop was asked for.
    pub(crate) async fn stopped(&self) {
        let mut watch = self.stop.subscribe();
        // The sender lives as long as the service, so waiting cannot fail.
        let _ = watch.wait_for(Option::is_some).await;
    }

    /// Every second: is the data directory still ours, and is anybody there?
    pub(crate) async fn watch(self: Arc<Self>, idle: Duration) {
        let mut seconds = 0u64;
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = self.stopped() => return,
            }
            seconds += 1;
            let service = self.clone();
            // The fence reads the database: not on a thread that serves.
            let fenced = tokio::task::spawn_blocking(move || service.engine.fence()).await;
            if let Ok(Err(error)) = fenced {
                tracing::error!(%error, "stepping down");
                return self.stop("fenced");
            }
            if seconds.is_multiple_of(FRESHEN) {
                freshen(&self.paths.socket);
            }
            let quiet = self.now().0 - self.used.load(Ordering::Relaxed);
            if !self.ingest.is_busy() && quiet > i64::try_from(idle.as_millis()).unwrap_or(i64::MAX) {
                return self.stop("idle");
            }
        }
    }
}

fn freshen(socket: &std::path::Path) {
    use rustix::fs::{AtFlags, CWD, Timestamps};
    let now = rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW as _ };
    let times = Timestamps { last_access: now, last_modification: now };
    // A socket that cannot be touched is only at the mercy of a cleaner.
    let _ = rustix::fs::utimensat(CWD, socket, &times, AtFlags::empty());
}
