//! Copies of the database that hold what is to be forgotten: backups, what migrations and restores left beside it.
//! It must not know who asks, nor remove anything by itself.
//! Invariant: a copy that cannot be read is told as such; it may hold anything.

use std::path::{Path, PathBuf};

use quipu_core::id::MemoryId;
use rusqlite::OptionalExtension;

use crate::error::StoreError;
use crate::forget::Holding;
use crate::sqlite::{copies, open};

/// The copies in the folder for them and beside the database, with how many of `ids` each holds; those that hold none
/// are left out.
pub(in crate::sqlite) fn holding(database: &Path, backups: &Path, ids: &[MemoryId]) -> Vec<Holding> {
    let all = copies::list(backups).into_iter().chain(beside(database));
    let counted = all.map(|path| Holding { holds: held(&path, ids).ok(), path });
    counted.filter(|copy| copy.holds != Some(0)).collect()
}

fn held(copy: &Path, ids: &[MemoryId]) -> Result<u64, StoreError> {
    let connection = open::reader(copy)?;
    let mut statement = connection.prepare("select 1 from memory where id = ?1")?;
    let mut held = 0;
    for id in ids {
        held += u64::from(statement.query_row([id.0.as_bytes()], |_| Ok(())).optional()?.is_some());
    }
    Ok(held)
}

/// What migrations (`quipu.schema-4.backup.db`) and restores (`quipu.db.before-restore-…`) have left.
fn beside(database: &Path) -> Vec<PathBuf> {
    let folder = database.parent().unwrap_or(Path::new("/"));
    let own = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (name, stem) = (own(database), database.file_stem().unwrap_or_default().to_string_lossy().into_owned());
    let is_copy = |path: &PathBuf| {
        let file = own(path);
        let of_restore = file.starts_with(&format!("{name}.before-restore-"));
        let of_migration = file.starts_with(&format!("{stem}.schema-")) && file.ends_with(".backup.db");
        (of_restore || of_migration) && !["-wal", "-shm", "-journal"].iter().any(|side| file.ends_with(side))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_copy).collect();
    found.sort();
    found
}

/// Removes a copy with what lies beside it.
///
/// # Errors
/// Why it is still there.
pub fn remove(copy: &Path) -> Result<(), StoreError> {
    for side in ["-wal", "-shm", ""] {
        let mut file = copy.as_os_str().to_owned();
        file.push(side);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::io(file)(error)),
            _ => {}
        }
    }
    copies::sync_folder_of(copy)
}
