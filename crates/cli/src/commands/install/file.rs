//! A settings file on disk: read, replaced whole or not at all, with what it was kept beside it.
//! It must not know what is in it.
//! Invariant: the file that is replaced is the one that was read; its mode, owner and the links to it stay.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use quipu_protocol::fault::{Fault, FaultKind};

/// What a kept copy is called after the file's own name.
const BACKUP: &str = "quipu-backup";
/// Links that lead to links, at most.
const MAX_LINKS: usize = 40;

/// One file, as it was when it was read.
pub(in crate::commands) struct File {
    /// As the host names it.
    pub(super) path: PathBuf,
    /// Where the bytes are: the end of the links.
    target: PathBuf,
    bytes: Option<Vec<u8>>,
}

impl File {
    /// Reads the file; one that is not there is no error.
    pub(in crate::commands) fn read(path: PathBuf) -> Result<Self, Fault> {
        let target = follow(&path)?;
        let bytes = match std::fs::read(&target) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(cannot("read", &target, &error)),
        };
        Ok(Self { path, target, bytes })
    }

    /// Whether it is there.
    pub(super) fn exists(&self) -> bool {
        self.bytes.is_some()
    }

    /// Its text; empty for one that is not there.
    pub(in crate::commands) fn text(&self) -> Result<&str, Fault> {
        let bytes = self.bytes.as_deref().unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|error| {
            let before = &bytes[..error.valid_up_to()];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            let column = String::from_utf8_lossy(before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default())
                .chars()
                .count()
                + 1;
            self.bad(&format!("line {line}, column {column}: not UTF-8"))
        })
    }

    /// The fault that the file cannot be understood.
    pub(super) fn bad(&self, what: &str) -> Fault {
        let message = format!("{}: {what}; nothing was written", self.path.display());
        Fault::new(FaultKind::Conflict, "bad_settings", message)
            .hint("mend that place (Claude Code ignores a file that it cannot read), then run this again")
    }

    /// Puts `text` in its place.
    pub(in crate::commands) fn write(&self, text: &str) -> Result<(), Fault> {
        self.check_unchanged()?;
        let cannot = |error: std::io::Error| cannot("write", &self.target, &error);
        let folder = self.target.parent().unwrap_or(Path::new("/"));
        if !self.path.is_symlink() {
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        let meta = std::fs::metadata(&self.target).ok();
        if meta.as_ref().is_some_and(|meta| meta.mode() & 0o222 == 0) {
            return Err(Fault::new(
                FaultKind::Unavailable,
                "read_only",
                format!("{} is read-only", self.target.display()),
            )
            .hint(format!("`chmod u+w '{}'`, or write it where it is made", self.target.display())));
        }
        let temporary = written(folder, text.as_bytes(), meta.as_ref()).map_err(cannot)?;
        // Somebody else's change between reading and now would be lost without a word.
        self.check_unchanged()?;
        let put =
            if meta.is_some() { temporary.persist(&self.target) } else { temporary.persist_noclobber(&self.target) };
        put.map_err(|failed| cannot(failed.error))?;
        synced(folder).map_err(cannot)
    }

    /// Takes it away.
    pub(super) fn remove(&self) -> Result<(), Fault> {
        self.check_unchanged()?;
        std::fs::remove_file(&self.target).map_err(|error| cannot("remove", &self.target, &error))
    }

    /// Keeps what was read beside it, unless that is kept already; where it lies.
    pub(super) fn back_up(&self) -> Result<Option<PathBuf>, Fault> {
        let Some(bytes) = &self.bytes else { return Ok(None) };
        let backups = self.backups();
        if let Some((path, _)) = backups.iter().find(|(_, kept)| kept == bytes) {
            return Ok(Some(path.clone()));
        }
        let meta = std::fs::metadata(&self.target).ok();
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        let mut number = backups.len() + 1;
        loop {
            let path = self.backup_path(number);
            let failed = |error: &std::io::Error| cannot("write", &path, error);
            let temporary = written(folder, bytes, meta.as_ref()).map_err(|error| failed(&error))?;
            match temporary.persist_noclobber(&path) {
                Ok(_) => {
                    synced(folder).map_err(|error| failed(&error))?;
                    return Ok(Some(path));
                }
                Err(taken) if taken.error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
                Err(other) => return Err(failed(&other.error)),
            }
        }
    }

    /// What was kept, the oldest first.
    pub(super) fn backups(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let paths = (1..).map(|number| self.backup_path(number));
        paths.map_while(|path| std::fs::read(&path).ok().map(|bytes| (path, bytes))).collect()
    }

    fn backup_path(&self, number: usize) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{BACKUP}"));
        if number > 1 {
            name.push(format!(".{number}"));
        }
        name.into()
    }

    fn check_unchanged(&self) -> Result<(), Fault> {
        if std::fs::read(&self.target).ok() == self.bytes {
            return Ok(());
        }
        let message = format!("{} was changed by somebody else just now; nothing was written", self.path.display());
        Err(Fault::new(FaultKind::Busy, "changed_meanwhile", message).hint("run this again"))
    }
}

/// A synced temporary file in `folder` with `bytes`, and with the mode and owner of the file that it will replace.
fn written(folder: &Path, bytes: &[u8], meta: Option<&std::fs::Metadata>) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".quipu-").suffix(".tmp");
    if meta.is_none() {
        // As any program would make it: the umask has its say.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    if let Some(meta) = meta {
        let own = temporary.as_file().metadata()?;
        if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
            // A group that cannot be given matters less than a file that its owner no longer owns.
            let given = fchown(temporary.as_file(), Some(meta.uid()), Some(meta.gid()));
            given.or_else(|error| if own.uid() == meta.uid() { Ok(()) } else { Err(error) })?;
        }
        temporary.as_file().set_permissions(std::fs::Permissions::from_mode(meta.mode() & 0o7777))?;
    }
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// Makes the names in `folder` durable.
fn synced(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// The end of the links from `path` on, whether there is a file or not.
fn follow(path: &Path) -> Result<PathBuf, Fault> {
    let mut at = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = std::fs::read_link(&at) else { return Ok(at) };
        at = at.parent().unwrap_or(Path::new("/")).join(next);
    }
    let message = format!("{}: its links lead in a circle", path.display());
    Err(Fault::new(FaultKind::Conflict, "bad_link", message).hint("mend the link"))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Unavailable, "cannot_write", format!("cannot {what} {}: {error}", path.display()))
        .hint("give this user the file and its folder, or put the hooks in by hand (docs/hooks.md)")
}
