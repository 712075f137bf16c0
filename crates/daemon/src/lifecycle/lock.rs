//! `owner.lock`: taking it, writing the owner's card into it, and proving that it is still ours.
//! It must not know what the owner does.
//! Invariant: the lock is an OS file lock, so it dies with the process; the text in it only routes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use quipu_protocol::owner::Owner;

/// The lock, held for life.
pub(crate) struct OwnerLock {
    file: File,
    path: PathBuf,
    id: (u64, u64),
}

/// Why it was not taken.
pub(crate) enum Refusal {
    /// Another process holds it.
    Held,
    /// The file could not be opened or locked.
    Io(io::Error),
}

impl OwnerLock {
    /// Takes the lock without waiting.
    pub(crate) fn take(path: &Path) -> Result<Self, Refusal> {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) => Self::held(file, path),
            Err(TryLockError::WouldBlock) => Err(Refusal::Held),
            Err(TryLockError::Error(error)) => Err(Refusal::Io(error)),
        }
    }

    /// Takes the lock of the file that is there now, as soon as its holder has gone.
    pub(crate) fn wait(path: &Path) -> Result<Self, Refusal> {
        let file = open(path)?;
        file.lock().map_err(Refusal::Io)?;
        Self::held(file, path)
    }

    fn held(file: File, path: &Path) -> Result<Self, Refusal> {
        let meta = file.metadata().map_err(Refusal::Io)?;
        Ok(Self { id: (meta.dev(), meta.ino()), file, path: path.to_owned() })
    }

    /// Inode of the locked file.
    pub(crate) fn inode(&self) -> u64 {
        self.id.1
    }

    /// Writes the card. In place: a renamed file would be another inode, and the lock would guard nothing.
    pub(crate) fn write_card(&mut self, owner: &Owner) -> io::Result<()> {
        let text = serde_json::to_vec(owner).map_err(io::Error::other)?;
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&text)?;
        self.file.sync_data()
    }

    /// A check that the file at the path is still the one that is locked.
    pub(crate) fn fence(&self) -> impl Fn() -> Result<(), String> + Send + Sync + use<> {
        let (path, id) = (self.path.clone(), self.id);
        move || match std::fs::metadata(&path) {
            Ok(meta) if (meta.dev(), meta.ino()) == id => Ok(()),
            Ok(_) => Err(format!("{} was replaced", path.display())),
            Err(error) => Err(format!("{}: {error}", path.display())),
        }
    }
}

fn open(path: &Path) -> Result<File, Refusal> {
    let how = &mut OpenOptions::new();
    how.read(true).write(true).create(true).truncate(false).mode(0o600).open(path).map_err(Refusal::Io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_a_replaced_file_is_noticed() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let path = dir.path().join("owner.lock");
        let mut first = OwnerLock::take(&path).ok().expect("free");
        let inode = first.inode();
        let card = Owner { socket: "/s".into(), pid: 1, epoch: 2, version: "v".into(), protocol: 1, inode };
        first.write_card(&card).expect("written");
        let copy = dir.path().join("copy");
        std::fs::copy(&path, &copy).expect("copied");
        assert_eq!(quipu_protocol::owner::read(&copy), None, "a copied card leads to somebody else's daemon");
        assert!(matches!(OwnerLock::take(&path), Err(Refusal::Held)));
        assert_eq!(quipu_protocol::owner::read(&path), Some(card));
        let fence = first.fence();
        assert!(fence().is_ok());
        std::fs::remove_file(&path).expect("removed");
        assert!(fence().is_err());
        std::fs::write(&path, "x").expect("replaced");
        assert!(fence().is_err_and(|reason| reason.contains("replaced")));
        drop(first);
        assert!(OwnerLock::take(&path).is_ok());
    }
}
