//! The one place where the store's failures become faults.
//! It must not know doors.
//! Invariant: what the asker can mend has a hint; what he cannot is logged in full and told in short.

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_store::StoreError;

/// Turns a failure of the store into what the asker is told.
pub(crate) fn fault_of(error: StoreError) -> Fault {
    let message = error.to_string();
    match error {
        StoreError::FutureSchema { .. } => Fault::new(FaultKind::Unavailable, "future_schema", message)
            .hint("install the newer quipu again, or restore a backup"),
        StoreError::NetworkFilesystem { .. } => Fault::new(FaultKind::Unavailable, "network_filesystem", message)
            .hint("set QUIPU_HOME to a directory on a local disk"),
        StoreError::DiskFull(_) => Fault::new(FaultKind::Unavailable, "disk_full", message)
            .hint("free some space; the write can be repeated as it is"),
        StoreError::Fenced(_) => {
            Fault::new(FaultKind::Unavailable, "not_owner", message).hint("try again: the new owner will answer")
        }
        StoreError::ReadOnly(_) => Fault::new(FaultKind::Unavailable, "read_only", message)
            .hint("try again in a moment; `quipu status` says who owns the data directory"),
        StoreError::StaleOffset { .. } => Fault::new(FaultKind::Conflict, "stale_offset", message),
        StoreError::NoSuchProject(_) => {
            Fault::new(FaultKind::Missing, "no_such_project", message).hint("`quipu project list` names them all")
        }
        StoreError::Busy => Fault::new(FaultKind::Busy, "busy", message).hint("try again in a moment"),
        StoreError::Closed => Fault::new(FaultKind::Unavailable, "closing", message).hint("try again in a moment"),
        StoreError::Io { .. } => Fault::new(FaultKind::Unavailable, "io", message)
            .hint("check permissions and space of the data directory; `quipu doctor` looks at both"),
        StoreError::Sqlite(_) | StoreError::Index(_) => {
            tracing::error!(error = message, "the store failed");
            Fault::new(FaultKind::Internal, "store", message).hint("`quipu logs` has the detail")
        }
    }
}
