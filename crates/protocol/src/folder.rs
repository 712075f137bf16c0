//! A folder of files that quipu writes and reads for a person, and never leaves: no link is followed, no name leads out.
//! It must not know what is in the files.
//! Invariant: a file is there whole, as it was or as it is to be; whoever dies between leaves a name that is known as unfinished.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, mkdirat, open, openat, renameat, statat, unlinkat};

/// Begins the name of a file that is being written.
pub const UNFINISHED: &str = ".quipu-unfinished-";
/// Folders deeper than this are not looked into.
const DEPTH: usize = 8;

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    root: OwnedFd,
}

/// A file in it, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name below the folder: parts with `/` between.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Changes when its content does: time of change in nanoseconds, and inode.
    pub stamp: (i128, u64),
}

impl Folder {
    /// Opens a folder that is there; of a link the folder that it leads to.
    ///
    /// # Errors
    /// It is not there, no folder, or closed to us.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = std::fs::canonicalize(path)?;
        let root = open(&path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { path, root })
    }

    /// The same, made first where it is not there.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn make(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Self::open(path)
    }

    /// Where it is, all links followed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of `name` below, with the last part of the name.
    fn parent<'n>(&self, name: &'n str, missing: Missing) -> io::Result<(OwnedFd, &'n str)> {
        let mut parts: Vec<&str> = name.split('/').collect();
        if parts.iter().any(|part| part.is_empty() || *part == "." || *part == ".." || part.contains('\0')) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no name in a folder")));
        }
        let last = parts.pop().unwrap_or_default();
        let mut at = self.root.try_clone()?;
        for part in parts {
            if missing == Missing::Make
                && let Err(error) = mkdirat(&at, part, Mode::from_raw_mode(0o755))
                && error != rustix::io::Errno::EXIST
            {
                return Err(error.into());
            }
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            at = openat(&at, part, flags, Mode::empty())?;
        }
        Ok((at, last))
    }

    /// The bytes of a file; none where there is none. A link is none of ours, and an error.
    ///
    /// # Errors
    /// It cannot be read, is no regular file, or has more than `most` bytes.
    pub fn read(&self, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
        let found = self.parent(name, Missing::Leave).and_then(|(at, last)| {
            // Without waiting: a pipe has no other end.
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            Ok(File::from(openat(&at, last, flags, Mode::empty())?))
        });
        let file = match found {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            found => found?,
        };
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(most)).unwrap_or(0));
        file.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::Error::other(format!("it has more than {most} bytes")));
        }
        Ok(Some(bytes))
    }

    /// Puts a file there, whole, whatever had the name; folders on the way are made.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let (at, last) = self.parent(name, Missing::Make)?;
        let unfinished = format!("{UNFINISHED}{}", uuid::Uuid::now_v7().simple());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(&at, unfinished.as_str(), flags, Mode::from_raw_mode(0o644))?);
        let done = file
            .write_all(bytes)
            .and_then(|()| file.sync_all())
            .and_then(|()| renameat(&at, unfinished.as_str(), &at, last).map_err(Into::into));
        if done.is_err() {
            // It has no use any more; what cannot be removed is swept up later.
            let _ = unlinkat(&at, unfinished.as_str(), AtFlags::empty());
        }
        done
    }

    /// Removes a file; one that is not there is removed.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match self.parent(name, Missing::Leave).and_then(|(at, last)| Ok(unlinkat(&at, last, AtFlags::empty())?)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Every regular file whose name `wanted` takes, by name; folders and files whose names begin with a point are left
    /// out, and so are links. Stops with an error beyond `most`.
    ///
    /// # Errors
    /// A folder cannot be read, or there are too many.
    pub fn list(&self, most: usize, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<Entry>> {
        let mut found = Vec::new();
        // Opened anew: the place in a list is the descriptor's.
        let root = openat(&self.root, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let mut open = vec![(root, String::new(), 0)];
        while let Some((dir, below, depth)) = open.pop() {
            for entry in Dir::read_from(&dir)? {
                let entry = entry?;
                // A name that is no text is none of ours.
                let Ok(name) = entry.file_name().to_str() else { continue };
                if name.starts_with('.') {
                    if name.starts_with(UNFINISHED) && is_old(&dir, name) {
                        let _ = unlinkat(&dir, name, AtFlags::empty());
                    }
                    continue;
                }
                let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
                let Ok(stat) = statat(&dir, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
                match FileType::from_raw_mode(stat.st_mode) {
                    FileType::Directory if depth < DEPTH => {
                        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                        open.push((openat(&dir, name, flags, Mode::empty())?, path, depth + 1));
                    }
                    FileType::RegularFile if wanted(&path) => {
                        let changed = i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec);
                        let size = u64::try_from(stat.st_size).unwrap_or(0);
                        found.push(Entry { name: path, size, stamp: (changed, stat.st_ino) });
                        if found.len() > most {
                            return Err(io::Error::other(format!("it holds more than {most} files")));
                        }
                    }
                    _ => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

/// What becomes of a folder that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    Make,
    Leave,
}

/// An unfinished file that nobody has written to for an hour was left by somebody who died.
fn is_old(dir: &OwnedFd, name: &str) -> bool {
    let Ok(stat) = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) else { return false };
    let written = u64::try_from(stat.st_mtime).unwrap_or(0);
    let since = std::time::UNIX_EPOCH + std::time::Duration::from_secs(written);
    since.elapsed().is_ok_and(|age| age.as_secs() > 3_600)
}

/// Whether `dir` is `data` or lies in it, also where it is not there yet.
pub fn is_inside(dir: &Path, data: &Path) -> bool {
    // The part of a path that is there yet decides: what is made below it lies where it lies.
    let there = |path: &Path| -> OsString {
        let above = path.ancestors().find_map(|above| {
            let rest = path.strip_prefix(above).ok()?;
            Some(std::fs::canonicalize(above).ok()?.join(rest))
        });
        above.unwrap_or_else(|| path.to_owned()).into_os_string()
    };
    Path::new(&there(dir)).starts_with(there(data))
}

#[cfg(test)]
mod tests;
