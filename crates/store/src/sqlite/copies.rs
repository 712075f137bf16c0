//! Copies of a database: made, verified, listed.
//! It must not know who asks, nor what is done with them.
//! Invariant: a file has its final name only when it is whole on disk and was verified there.

use std::fs::File;
use std::path::{Path, PathBuf};

use quipu_core::id::Millis;
use rusqlite::{Connection, OptionalExtension};

use super::{migrate, open};
use crate::error::StoreError;
use crate::read::CopyFacts;

type Result<T> = std::result::Result<T, StoreError>;

/// At most so many findings of one check are told.
const FINDINGS: usize = 20;
/// How the names of copies begin and end that are kept in the folder for them; between them is a time.
const PREFIX: &str = "quipu-";
const SUFFIX: &str = ".db";

/// What SQLite finds wrong with a database; empty when nothing is.
pub(super) fn integrity(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("pragma quick_check(20)")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    loop {
        match rows.next().map_err(StoreError::from) {
            Ok(Some(row)) => found.push(row.get::<_, String>(0)?),
            Ok(None) => break,
            // It may stop at what it finds instead of telling it.
            Err(error @ StoreError::Corrupt(_)) => {
                found.push(error.to_string());
                break;
            }
            Err(error) => return Err(error),
        }
    }
    found.retain(|line| line != "ok");
    found.truncate(FINDINGS);
    Ok(found)
}

/// The same of a file.
pub(super) fn integrity_of(database: &Path) -> Result<Vec<String>> {
    integrity(&open::reader(database)?)
}

/// Verifies that `path` is a whole database of ours that this version can open.
///
/// # Errors
/// [`StoreError::BadCopy`] with what is wrong, or [`StoreError::FutureSchema`].
pub fn verify(path: &Path) -> Result<CopyFacts> {
    let bad = |reason: String| StoreError::BadCopy { path: path.to_owned(), reason };
    let meta = std::fs::metadata(path).map_err(StoreError::io(path))?;
    if !meta.is_file() {
        return Err(bad("it is not a regular file".into()));
    }
    let facts = || -> Result<CopyFacts> {
        let connection = open::reader(path)?;
        let facts = facts(&connection, path)?;
        match integrity(&connection)?.into_iter().next() {
            Some(found) => Err(bad(format!("it is damaged: {found}"))),
            None => Ok(facts),
        }
    };
    facts().map_err(|error| match error {
        StoreError::Corrupt(cause) if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            bad("it is no SQLite database".into())
        }
        StoreError::Corrupt(cause) => bad(format!("it is damaged: {cause}")),
        other => other,
    })
}

/// What a database holds; refuses one that is not ours or too new.
fn facts(connection: &Connection, path: &Path) -> Result<CopyFacts> {
    let ours = connection
        .query_row(
            "select count(*) from sqlite_master where type = 'table' and name in ('meta', 'memory', 'chunk', 'session')",
            [],
            |row| row.get::<_, i64>(0),
        )
        .optional()?;
    if ours != Some(4) {
        let reason = "it is no database of quipu".to_owned();
        return Err(StoreError::BadCopy { path: path.to_owned(), reason });
    }
    let (found, known) = (migrate::schema(connection)?, migrate::KNOWN);
    if found > known {
        return Err(StoreError::FutureSchema { found, known });
    }
    let count = |sql: &str| -> Result<i64> { Ok(connection.query_row(sql, [], |row| row.get(0))?) };
    let last: Option<i64> = connection.query_row("select max(occurred_at) from memory", [], |row| row.get(0))?;
    Ok(CopyFacts {
        path: path.to_owned(),
        bytes: std::fs::metadata(path).map_or(0, |meta| meta.len()),
        schema: found,
        epoch: open::epoch(connection)?,
        memories: count("select count(*) from memory")? as u64,
        sessions: count("select count(*) from session")? as u64,
        last_at: last.map(Millis),
    })
}

/// Writes a whole copy of `source` beside `target` and verifies it; [`Unfinished::finish`] gives it its name.
///
/// It has a connection of its own: a snapshot of the pool's would hold back the writer's checkpoints.
pub(super) fn copy(source: &Path, target: &Path) -> Result<Unfinished> {
    let unfinished = unfinished(target);
    if unfinished.exists() {
        std::fs::remove_file(&unfinished).map_err(StoreError::io(&unfinished))?;
    }
    // From here on it is removed again unless it is finished.
    let made = Unfinished { path: unfinished, target: target.to_owned(), facts: None };
    let connection = open::reader(source)?;
    connection.pragma_update(None, "query_only", false)?;
    let memories = |connection: &Connection| -> Result<i64> {
        Ok(connection.query_row("select count(*) from memory", [], |row| row.get(0))?)
    };
    let before = memories(&connection)?;
    connection.execute("vacuum into ?1", [made.path.to_string_lossy()])?;
    let after = memories(&connection)?;
    drop(connection);
    // Some may have come meanwhile, or been forgotten.
    made.verified(before.min(after) as u64..=before.max(after) as u64)
}

/// A copy without its final name; removed unless it gets one.
pub(super) struct Unfinished {
    path: PathBuf,
    target: PathBuf,
    facts: Option<CopyFacts>,
}

impl Unfinished {
    fn verified(mut self, memories: std::ops::RangeInclusive<u64>) -> Result<Self> {
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(StoreError::io(&self.path))?;
        let facts = verify(&self.path)?;
        if !memories.contains(&facts.memories) {
            let reason = format!("it holds {} memories, the database {}", facts.memories, memories.end());
            return Err(StoreError::BadCopy { path: self.path.clone(), reason });
        }
        self.facts = Some(CopyFacts { path: self.target.clone(), ..facts });
        Ok(self)
    }

    /// The file as it is now.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name and makes that durable.
    pub(super) fn finish(mut self) -> Result<CopyFacts> {
        std::fs::rename(&self.path, &self.target).map_err(StoreError::io(&self.target))?;
        sync_folder_of(&self.target)?;
        self.facts.take().ok_or(StoreError::Closed)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a finish there is nothing of that name any more.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Makes names in the folder of `file` durable.
pub(super) fn sync_folder_of(file: &Path) -> Result<()> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::io(folder))
}

/// The name of a copy that is being written.
fn unfinished(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.unfinished"))
}

/// The name of a copy that was made at `stamp`, in the folder for them.
pub fn name_of(folder: &Path, stamp: &str) -> PathBuf {
    folder.join(format!("{PREFIX}{stamp}{SUFFIX}"))
}

/// The copies in the folder for them, newest first, as their names say; none was verified for this list.
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let is_copy = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX)).is_some_and(|stamp| !stamp.is_empty())
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_copy).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found
}

/// The newest copy that still looks as it did when it was verified: ours, and not too new. A restore verifies all of it.
pub(super) fn newest(folder: &Path) -> Option<PathBuf> {
    list(folder).into_iter().find(|path| open::reader(path).and_then(|copy| facts(&copy, path)).is_ok())
}

/// Removes what copies that were broken off have left in the folder for them, and all but the newest `keep` copies.
pub fn tidy(folder: &Path, keep: usize) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let broken_off = entries.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!(".{PREFIX}")) && name.contains(".unfinished")
    });
    for path in broken_off.chain(list(folder).into_iter().skip(keep)) {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "an old copy cannot be removed");
        }
    }
}
