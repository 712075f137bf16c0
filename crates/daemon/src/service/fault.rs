//! The one place where the store's failures become faults.
//! It must not know doors.
//! Invariant: what the asker can mend has a hint; what he cannot is logged in full and told in short.

use std::time::Duration;

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_store::StoreError;

/// What passes by itself passes soon.
const SOON: Duration = Duration::from_millis(50);

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
        StoreError::Damaged { backup: Some(backup), .. } => Fault::new(FaultKind::Unavailable, "corrupt", message)
            .hint(format!(
                "`quipu restore '{}' --stop` puts the newest verified backup in its place",
                backup.display()
            )),
        StoreError::Damaged { backup: None, .. } => Fault::new(FaultKind::Unavailable, "corrupt", message).hint(
            "no backup is known: `quipu export markdown DIR --all` takes out what is whole, \
             `quipu restore FILE --stop` takes a copy that you have elsewhere",
        ),
        StoreError::Corrupt(_) => Fault::new(FaultKind::Unavailable, "corrupt", message)
            .hint("`quipu backup --list` shows what can be restored, `quipu restore FILE --stop` does it"),
        StoreError::BadCopy { .. } => Fault::new(FaultKind::Caller, "bad_copy", message)
            .hint("`quipu backup --list` shows the copies that can be restored"),
        StoreError::Locked(_) => Fault::new(FaultKind::Busy, "database_locked", message).hint(
            "close what has the database open for writing (a `sqlite3` shell, say); the write can be repeated as it is",
        ),
        StoreError::Fenced(_) => Fault::new(FaultKind::Unavailable, "not_owner", message)
            .hint("try again: the new owner will answer")
            .retry_after(SOON),
        StoreError::ReadOnly(_) => Fault::new(FaultKind::Unavailable, "read_only", message)
            .hint("try again in a moment; `quipu status` says who owns the data directory"),
        StoreError::StaleOffset { .. } => Fault::new(FaultKind::Conflict, "stale_offset", message),
        StoreError::NoSuchProject(_) => {
            Fault::new(FaultKind::Missing, "no_such_project", message).hint("`quipu project list` names them all")
        }
        StoreError::Refused(refusal) => super::refused::fault(&refusal),
        StoreError::Mail(refusal) => super::refused::mail(&refusal),
        StoreError::Unconfirmed => Fault::new(FaultKind::Conflict, "unconfirmed", message)
            .hint("ask again without the code: the answer shows what it covers now"),
        StoreError::Busy => {
            Fault::new(FaultKind::Busy, "busy", message).hint("try again in a moment").retry_after(SOON)
        }
        StoreError::Closed => {
            Fault::new(FaultKind::Unavailable, "closing", message).hint("try again in a moment").retry_after(SOON)
        }
        StoreError::Io { .. } => Fault::new(FaultKind::Unavailable, "io", message)
            .hint("check permissions and space of the data directory; `quipu doctor` looks at both"),
        StoreError::Sqlite(_) | StoreError::Index(_) => {
            tracing::error!(error = message, "the store failed");
            Fault::new(FaultKind::Internal, "store", message).hint("`quipu logs` has the detail")
        }
    }
}
