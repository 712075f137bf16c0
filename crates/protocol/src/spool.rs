//! The spool: one file per event that no daemon took in time.
//! It must not know what applying an event means.
//! Invariant: a file with its final name is whole; the event id in it makes applying it twice harmless.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use quipu_core::fault_point::{FaultPoint, pass};
use serde::{Deserialize, Serialize};

/// Version of the spool's file format; files of a newer one are left alone.
pub const SPOOL_VERSION: u32 = 1;

/// The `agent` of an entry that is no hook's: a note that somebody saved while no daemon could be asked. Its body is the request.
pub const SPOOL_NOTE: &str = "quipu";

/// What a hook leaves behind, or somebody who saves a note. The body is kept only where no transcript will tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpoolEntry {
    /// [`SPOOL_VERSION`] of the writer.
    pub version: u32,
    /// The id given before the first try.
    pub event_id: String,
    /// `claude-code`, …
    pub agent: String,
    /// The hook's event.
    pub event: String,
    /// The agent's session id.
    pub session_id: String,
    /// The transcript, which has the rest.
    #[serde(default)]
    pub transcript_path: Option<PathBuf>,
    /// Working directory of the session.
    #[serde(default)]
    pub cwd: Option<String>,
    /// When the hook ran: UTC milliseconds.
    pub at: i64,
    /// Redacted hook payload, only where there is no transcript.
    #[serde(default)]
    pub body: Option<String>,
}

/// A spool of so many files is full: nobody has emptied it for days.
pub const MOST_FILES: usize = 10_000;
/// The same in bytes.
pub const MOST_BYTES: u64 = 256 << 20;
/// What was refused because the spool was full, a line an event; beside the spool, for it has to be told.
const REFUSED: &str = "spool-refused.log";
/// That file grows no further, in bytes; the first refusals say enough.
const REFUSED_BYTES: u64 = 256 << 10;

/// Whether a write has to survive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Renamed into place without fsync: survives `kill -9`; the transcript sweep covers the rest.
    Rename,
    /// Synced before and after the rename: it may be acknowledged.
    Fsync,
}

/// Writes `entry` into `dir` (made if missing, mode 0700).
///
/// # Errors
/// The I/O error that stopped it; then no file with a final name exists. [`io::ErrorKind::QuotaExceeded`] when the spool
/// is full: then the refusal has to be told, with [`note_refusal`] and to whoever is there.
pub fn write(dir: &Path, entry: &SpoolEntry, durability: Durability) -> io::Result<PathBuf> {
    make_private_dir(dir)?;
    if is_full(dir, MOST_FILES, MOST_BYTES) {
        let message = format!("the spool holds {MOST_FILES} files or {} MiB already", MOST_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::QuotaExceeded, message));
    }
    let text = serde_json::to_vec(entry).map_err(io::Error::other)?;
    let target = dir.join(format!("{}.json", entry.event_id));
    let unfinished = dir.join(format!(".{}.{}", entry.event_id, std::process::id()));
    let done = (|| {
        let mut file = File::create(&unfinished)?;
        file.write_all(&text)?;
        if durability == Durability::Fsync {
            file.sync_all()?;
        }
        pass(FaultPoint::SpoolWritten);
        fs::rename(&unfinished, &target)?;
        pass(FaultPoint::SpoolRenamed);
        if durability == Durability::Fsync {
            File::open(dir)?.sync_all()?;
        }
        Ok(target)
    })();
    if done.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    done
}

fn is_full(dir: &Path, files: usize, bytes: u64) -> bool {
    let mut left = bytes;
    for (n, entry) in fs::read_dir(dir).into_iter().flatten().flatten().enumerate() {
        left = left.saturating_sub(entry.metadata().map_or(0, |meta| meta.len()));
        if n + 1 >= files || left == 0 {
            return true;
        }
    }
    false
}

/// Notes beside the spool that an event was refused.
///
/// # Errors
/// The I/O error that stopped it.
pub fn note_refusal(data: &Path, entry: &SpoolEntry) -> io::Result<()> {
    let mut file = File::options().append(true).create(true).open(data.join(REFUSED))?;
    if file.metadata()?.len() < REFUSED_BYTES {
        writeln!(file, "{} {} {}", entry.at, entry.event, entry.event_id)?;
    }
    Ok(())
}

/// How many events are noted as refused.
pub fn refusals(data: &Path) -> u64 {
    fs::read(data.join(REFUSED)).map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count() as u64)
}

/// Forgets refusals that were told for a day.
pub fn forget_refusals(data: &Path) {
    let file = data.join(REFUSED);
    let age = fs::metadata(&file).ok().and_then(|meta| meta.modified().ok()?.elapsed().ok());
    if age.is_some_and(|age| age > std::time::Duration::from_secs(86_400)) {
        let _ = fs::remove_file(file);
    }
}

/// Makes `dir` and what is above it, for this user alone.
pub fn make_private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_entry_reads_back_and_leaves_no_unfinished_file() {
        let home = tempfile::tempdir().expect("a temp dir");
        let dir = home.path().join("spool");
        let entry = SpoolEntry {
            version: SPOOL_VERSION,
            event_id: crate::new_event_id().to_string(),
            agent: "claude-code".into(),
            event: "Stop".into(),
            session_id: "s".into(),
            transcript_path: Some("/t.jsonl".into()),
            cwd: None,
            at: 1,
            body: None,
        };
        for durability in [Durability::Rename, Durability::Fsync] {
            let path = write(&dir, &entry, durability).expect("written");
            let back: SpoolEntry = serde_json::from_slice(&fs::read(path).expect("read")).expect("parsed");
            assert_eq!(back, entry);
        }
        assert_eq!(fs::read_dir(&dir).expect("listed").count(), 1);
    }

    #[test]
    fn a_full_spool_refuses_and_refusals_are_counted() {
        let home = tempfile::tempdir().expect("a temp dir");
        let dir = home.path().join("spool");
        assert!(!is_full(&dir, 2, 10), "there is none yet");
        make_private_dir(&dir).expect("made");
        fs::write(dir.join("a.json"), "12345").expect("written");
        assert!(!is_full(&dir, 2, 10) && is_full(&dir, 1, 10) && is_full(&dir, 2, 5));
        fs::write(dir.join("b.json"), "12345").expect("written");
        assert!(is_full(&dir, 2, 100) && is_full(&dir, 9, 10) && !is_full(&dir, 9, 11));
        let entry: SpoolEntry = serde_json::from_value(serde_json::json!({
            "version": 1, "event_id": "e", "agent": "a", "event": "Stop", "session_id": "s", "at": 7
        }))
        .expect("an entry");
        assert_eq!(refusals(home.path()), 0);
        for n in 1..=3 {
            note_refusal(home.path(), &entry).expect("noted");
            assert_eq!(refusals(home.path()), n);
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_an_error() {
        let home = tempfile::tempdir().expect("a temp dir");
        let file = home.path().join("file");
        fs::write(&file, "x").expect("written");
        assert!(make_private_dir(&file.join("spool")).is_err());
    }
}
