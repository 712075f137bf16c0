//! What can go wrong in the store, each case something a caller treats differently.
//! It must not know statuses or exit codes.
//! Invariant: sources are kept, never turned to strings.

use std::path::PathBuf;

use quipu_core::aside;
use quipu_core::change::Refusal;
use quipu_core::mail;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database was written by a newer quipu.
    #[error("the database has schema {found}, this quipu knows {known}; use the newer quipu, or restore a backup")]
    FutureSchema {
        /// Its schema.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// A data directory on a file system without coherent locks and memory maps.
    #[error(
        "{path} is on {name}, where neither file locks nor SQLite's WAL are coherent; set QUIPU_HOME to a directory on a local disk"
    )]
    NetworkFilesystem {
        /// The directory.
        path: PathBuf,
        /// The file system's name.
        name: &'static str,
    },
    /// No room left; nothing of the write is there.
    #[error("the disk is full; nothing of this write was kept")]
    DiskFull(#[source] rusqlite::Error),
    /// Another program holds the database for longer than a writer waits.
    #[error("another program holds the database; nothing of this write was kept")]
    Locked(#[source] rusqlite::Error),
    /// SQLite met a page that cannot be right, or a file that is no database.
    #[error("the database is damaged: {0}")]
    Corrupt(#[source] rusqlite::Error),
    /// Signs of damage were met: nothing is written any more, what is whole is still read.
    #[error("the database is damaged ({reason}); nothing is written to it any more, what is whole is still read")]
    Damaged {
        /// What was met.
        reason: String,
        /// The newest copy of it that was verified.
        backup: Option<PathBuf>,
    },
    /// A file that cannot take the database's place.
    #[error("{path} cannot be restored: {reason}")]
    BadCopy {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another owner took the data directory, or its files were replaced under us.
    #[error("this daemon no longer owns its data directory: {0}")]
    Fenced(String),
    /// This engine reads what another process owns.
    #[error("nothing can be written here: {0}")]
    ReadOnly(String),
    /// A batch was read from an offset that is no longer the stored one.
    #[error("the transcript was already read to {stored}")]
    StaleOffset {
        /// The offset that the store holds.
        stored: u64,
    },
    /// No such project.
    #[error("no project `{0}`")]
    NoSuchProject(String),
    /// A change that the memory it is meant for does not allow.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A message that nobody would get, or that is none.
    #[error(transparent)]
    Mail(#[from] mail::Refusal),
    /// What was to be forgotten, or rewritten, is not what was shown.
    #[error("what it covers has changed since it was shown; nothing was done")]
    Unconfirmed,
    /// The write queue is full.
    #[error("the write queue is full")]
    Busy,
    /// The writer has stopped.
    #[error("the store is closing")]
    Closed,
    /// SQLite failed.
    #[error("database: {0}")]
    Sqlite(#[source] rusqlite::Error),
    /// The text index failed.
    #[error("text index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The failure.
        source: std::io::Error,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => StoreError::DiskFull(error),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => StoreError::Locked(error),
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                StoreError::Corrupt(error)
            }
            _ => StoreError::Sqlite(error),
        }
    }
}

impl From<aside::Refusal> for StoreError {
    fn from(refusal: aside::Refusal) -> Self {
        StoreError::Refused(refusal.into())
    }
}

impl From<rusqlite::types::FromSqlError> for StoreError {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        rusqlite::Error::from(error).into()
    }
}

impl StoreError {
    /// The same failure once more: it met a whole transaction, and each of its writes is answered.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::DiskFull(error) => Self::DiskFull(sqlite_again(error)),
            Self::Locked(error) => Self::Locked(sqlite_again(error)),
            Self::Sqlite(error) => Self::Sqlite(sqlite_again(error)),
            Self::Corrupt(error) => Self::Corrupt(sqlite_again(error)),
            Self::Damaged { reason, backup } => Self::Damaged { reason: reason.clone(), backup: backup.clone() },
            Self::Fenced(reason) => Self::Fenced(reason.clone()),
            other => Self::Sqlite(unnumbered(other)),
        }
    }

    /// SQLite's own code for it, where SQLite failed.
    pub(crate) fn sqlite_code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            Self::DiskFull(error) | Self::Locked(error) | Self::Corrupt(error) | Self::Sqlite(error) => {
                error.sqlite_error_code()
            }
            _ => None,
        }
    }

    /// Names the file that an I/O error is about.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| StoreError::Io { path, source }
    }
}

fn sqlite_again(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => rusqlite::Error::SqliteFailure(*code, text.clone()),
        other => unnumbered(other),
    }
}

fn unnumbered(error: &dyn std::error::Error) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR), Some(error.to_string()))
}
