//! The Unix socket: only this user's processes, told apart by their numbers.
//! It must not know operations, nor how a connection is served.
//! Invariant: who is there is asked of the system before a byte is read.

use std::os::unix::net::UnixListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::front::Front;
use super::router::router;
use super::serve::{self, Door, Gate, Limits};
use crate::service::Ending;

/// Bytes of a head: as much as hyper takes by itself. Connections may rest: an agent's is there as long as the agent.
const LIMITS: Limits = Limits { head_bytes: 400 << 10, head_time: None };

/// Serves until a stop is asked for; then lets requests in flight end within `drain`.
pub(crate) async fn serve(listener: StdListener, front: Arc<Front>, drain: Duration) {
    let listener = match UnixListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the socket cannot be served");
            return;
        }
    };
    let (uid, ending) = (rustix::process::getuid().as_raw(), front.ending().clone());
    let door =
        Door { router: router(&front), front: front.clone(), gate: Gate::Open, limits: LIMITS, ending: ending.clone() };
    // Each connection has a sender; when the last has gone, so have they.
    let (here, mut gone) = mpsc::channel::<()>(1);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ending.stopped() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let Some(process) = process(&stream, uid) else { continue };
                let (client, door, here) = (front.clients().process(process), door.clone(), here.clone());
                tokio::spawn(async move {
                    serve::connection(stream, client, door).await;
                    drop(here);
                });
            }
            // Out of descriptors, most likely: giving others time to close theirs is all that helps.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop((listener, here));
    // Kept-alive connections without a request end at once; requests get their time.
    let _ = tokio::time::timeout(drain, gone.recv()).await;
}

/// The process at the other end, as far as the system tells it, if it is this user's.
fn process(stream: &UnixStream, uid: u32) -> Option<Option<u32>> {
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == uid => Some(peer.pid().and_then(|pid| pid.try_into().ok())),
        Ok(peer) => {
            tracing::warn!(uid = peer.uid(), "refused a connection of another user");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "refused a connection of nobody knows whom");
            None
        }
    }
}

/// Waits for SIGTERM or SIGINT, and asks for a stop.
///
/// They are caught when this returns, before anybody is told that the daemon is there: one that came earlier would end it on the
/// spot. Must be called within the runtime.
pub(crate) fn stop_on_signal(ending: Ending) -> impl Future<Output = ()> + Send + 'static {
    let caught = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async move {
        let (Ok(mut term), Ok(mut interrupt)) = caught else {
            tracing::error!("signals cannot be caught; use `quipu down`");
            return;
        };
        tokio::select! {
            _ = term.recv() => ending.stop("SIGTERM"),
            _ = interrupt.recv() => ending.stop("SIGINT"),
        }
    }
}
