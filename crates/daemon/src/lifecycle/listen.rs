//! The socket's place: bound beside it and renamed into it, and removed by whom it belongs to.
//! It must not know what is served there.
//! Invariant: a client never finds a socket that does not listen yet, and nobody's socket is removed by another.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::spool::make_private_dir;

use crate::service::Service;

/// Binds beside the place and renames into it: a client never finds a socket that does not listen yet.
pub(super) fn bind(socket: &Path, unfinished: &str) -> Result<UnixListener, Fault> {
    let fault = |error: std::io::Error| {
        Fault::new(FaultKind::Unavailable, "socket", format!("cannot listen at {}: {error}", socket.display()))
            .hint("set XDG_RUNTIME_DIR or QUIPU_HOME to a directory of your own on a local disk")
    };
    if let Some(dir) = socket.parent() {
        make_private_dir(dir).map_err(fault)?;
    }
    let unfinished = socket.with_extension(unfinished);
    let _ = std::fs::remove_file(&unfinished);
    let listener = UnixListener::bind(&unfinished).map_err(fault)?;
    std::fs::set_permissions(&unfinished, std::fs::Permissions::from_mode(0o600)).map_err(fault)?;
    std::fs::rename(&unfinished, socket).map_err(fault)?;
    listener.set_nonblocking(true).map_err(fault)?;
    Ok(listener)
}

/// Removes the socket unless a successor has put its own there.
pub(super) fn remove_own_socket(socket: &Path, service: &Service) {
    let owner = quipu_protocol::owner::read(&service.paths().owner_lock());
    let ours = owner.is_some_and(|o| o.pid == std::process::id());
    let is_ours = std::fs::metadata(socket).is_ok_and(|m| m.uid() == rustix::process::getuid().as_raw());
    if ours && is_ours {
        let _ = std::fs::remove_file(socket);
    }
}
