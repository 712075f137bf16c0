//! Stopping on request: a person's, or a newer daemon's that takes over.
//! It must not know who asks beyond the version he names.
//! Invariant: an older quipu never ends a newer daemon.

use quipu_protocol::env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::version::is_newer;
use quipu_protocol::wire::daemon::{ShutdownReply, ShutdownRequest};

use super::Ending;

pub(crate) fn shutdown(ending: &Ending, request: &ShutdownRequest) -> Result<ShutdownReply, Fault> {
    let own = env::version();
    if let Some(theirs) = request.version.as_deref().filter(|theirs| is_newer(&own, theirs)) {
        let message = format!("this daemon is of version {own}, and version {theirs} does not end it");
        return Err(Fault::new(FaultKind::Conflict, "newer_daemon", message)
            .hint(format!("use quipu {own}: `quipu --version` says which one your PATH finds")));
    }
    ending.stop(if request.takes_over { "a newer daemon takes over" } else { "asked" });
    Ok(ShutdownReply { stopping: true })
}
