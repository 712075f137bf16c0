//! The daemon's log file, cut off by size.
//! It must not know what is logged; memories' texts are never logged by anyone.
//! Invariant: at most `KEEP` + 1 files of about `LIMIT` bytes; a log that cannot be written stops nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::fmt::MakeWriter;

const LIMIT: u64 = 4 << 20;
const KEEP: usize = 2;

/// Sends everything from `info` up to the file at `path`.
pub(super) fn start(path: &Path) -> io::Result<()> {
    let log = Log::open(path)?;
    // A second call (tests run several daemons in one process never, but a library may) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_writer(log)
        .with_ansi(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .log_internal_errors(false)
        .try_init();
    Ok(())
}

struct Log(Mutex<State>);

struct State {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Log {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(dir) = path.parent() {
            quipu_protocol::spool::make_private_dir(dir)?;
        }
        let file = for_appending(path)?;
        let size = file.metadata()?.len();
        Ok(Self(Mutex::new(State { path: path.to_owned(), file, size })))
    }
}

fn for_appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

impl State {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.size > LIMIT {
            self.rotate()?;
        }
        self.file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        let name = |n: usize| match n {
            0 => self.path.clone(),
            n => self.path.with_extension(format!("log.{n}")),
        };
        for n in (0..KEEP).rev() {
            if name(n).exists() {
                fs::rename(name(n), name(n + 1))?;
            }
        }
        self.file = for_appending(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

/// One line on its way to the file.
struct Line<'a>(&'a Mutex<State>);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A full disk must not reach the subscriber: it would complain on standard error, which is this file too,
        // and end the thread that only wanted to log.
        let _ = state.append(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;
    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_lines_move_on_and_the_oldest_go() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let path = dir.path().join("log").join("daemon.log");
        let log = Log::open(&path).expect("opens");
        let block = vec![b'x'; 1 << 20];
        for _ in 0..30 {
            log.make_writer().write_all(&block).expect("written");
        }
        let mut sizes: Vec<u64> = fs::read_dir(dir.path().join("log"))
            .expect("listed")
            .map(|e| e.expect("entry").metadata().expect("meta").len())
            .collect();
        sizes.sort_unstable();
        assert_eq!(sizes.len(), KEEP + 1);
        assert!(sizes.iter().all(|s| *s <= LIMIT + (1 << 20)));
    }
}
