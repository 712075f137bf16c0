//! Puts a verified copy in the database's place. The caller holds the owner's lock, and no engine is open.
//! It must not know who asked for it, nor how an owner is made to stop.
//! Invariant: what was there is kept under another name; the copy takes its place in one step, verified, or not at all.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::forget::restored::{self, Obeyed};
use super::{copies, damage, migrate, open};
use crate::error::StoreError;
use crate::read::CopyFacts;

type Result<T> = std::result::Result<T, StoreError>;

/// More tokens than a present that cannot be read will have given.
const UNKNOWN: i64 = 1_000_000;

/// What a restore did.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The database as it is now.
    pub database: CopyFacts,
    /// Where the one is that was there before.
    pub aside: Option<PathBuf>,
    /// What of the copy had been forgotten since.
    pub obeyed: Obeyed,
}

/// Restores `database` from `from`. `epoch` is the newest that anybody has heard of; `stamp` names what is put aside.
///
/// # Errors
/// As [`copies::verify`]; then nothing was changed.
pub fn restore(from: &Path, database: &Path, index: &Path, epoch: u64, stamp: &str) -> Result<Restored> {
    copies::verify(from)?;
    let same = std::fs::canonicalize(from).ok() == std::fs::canonicalize(database).ok();
    if same {
        let reason = "it is the database itself".to_owned();
        return Err(StoreError::BadCopy { path: from.to_owned(), reason });
    }
    let present = open::reader(database).and_then(|connection| open::epoch(&connection)).unwrap_or(0);
    let tokens = tokens(database);
    let made = copies::copy(from, database)?;
    let obeyed = restored::obey(made.path(), database)?;
    let epoch = raise_beyond(made.path(), epoch.max(present))?;
    end_leases(made.path(), tokens)?;
    let aside = put_aside(database, stamp)?;
    // An old WAL beside another database would be read as that database's own.
    for side in ["-wal", "-shm"] {
        remove_file(&beside(database, side))?;
    }
    copies::sync_folder_of(database)?;
    let facts = made.finish()?;
    remove_file(&damage::marker(database))?;
    // Derived: the next owner makes it anew from the rows.
    match std::fs::remove_dir_all(index) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::io(index)(error)),
        _ => {}
    }
    let memories = facts.memories.saturating_sub(obeyed.forgotten);
    Ok(Restored { database: CopyFacts { epoch, memories, ..facts }, aside, obeyed })
}

/// An owner of either past must not take itself for the owner of this database.
fn raise_beyond(copy: &Path, epoch: u64) -> Result<u64> {
    let connection = Connection::open(copy)?;
    connection.pragma_update(None, "synchronous", "extra")?;
    let raised = epoch.max(open::epoch(&connection)?) + 1;
    connection.execute("update meta set value = ?1 where key = 'epoch'", [raised as i64])?;
    Ok(raised)
}

/// The greatest token that was given in the present; none where that cannot be read.
fn tokens(database: &Path) -> Option<i64> {
    let connection = open::reader(database).ok()?;
    if migrate::schema(&connection).ok()? < migrate::WITH_LEASES {
        return Some(0);
    }
    connection.query_row("select coalesce(max(last_token), 0) from lease_resource", [], |row| row.get(0)).ok()
}

/// Leases of another past are nobody's, and no token of the present is given again.
fn end_leases(copy: &Path, present: Option<i64>) -> Result<()> {
    let connection = Connection::open(copy)?;
    if migrate::schema(&connection)? < migrate::WITH_LEASES {
        return Ok(());
    }
    connection.pragma_update(None, "synchronous", "extra")?;
    let own: i64 = connection.query_row(
        "select max(value, (select coalesce(max(last_token), 0) from lease_resource))
         from meta where key = 'token_floor'",
        [],
        |row| row.get(0),
    )?;
    let floor = present.map_or(own + UNKNOWN, |present| own.max(present));
    connection.execute("delete from lease", [])?;
    connection.execute("update lease_resource set last_token = ?1", [floor])?;
    connection.execute("update meta set value = ?1 where key = 'token_floor'", [floor])?;
    Ok(())
}

/// Gives the database, and the WAL that belongs to it, a second name.
fn put_aside(database: &Path, stamp: &str) -> Result<Option<PathBuf>> {
    if !database.exists() {
        return Ok(None);
    }
    let aside = beside(database, &format!(".before-restore-{stamp}"));
    let wal = beside(database, "-wal");
    if wal.exists() {
        second_name(&wal, &beside(&aside, "-wal"))?;
    }
    second_name(database, &aside)?;
    copies::sync_folder_of(&aside)?;
    Ok(Some(aside))
}

fn second_name(file: &Path, name: &Path) -> Result<()> {
    // Where the file system knows no second names it is copied.
    std::fs::hard_link(file, name).or_else(|_| std::fs::copy(file, name).map(drop)).map_err(StoreError::io(name))
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove_file(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(StoreError::io(file)(error)),
        _ => Ok(()),
    }
}
