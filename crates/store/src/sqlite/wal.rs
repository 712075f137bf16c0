//! Keeps the WAL bounded, also when the writer is never idle.
//! It must not know what is written.
//! Invariant: above the hard bound no new snapshot begins until a RESTART checkpoint ran.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::open;
use super::readers::Readers;

/// From this size on the writer checkpoints after a commit without making anyone wait,
const PASSIVE_BYTES: u64 = 4 << 20;
/// and from this one on while more of a bulk write waits for it: a checkpoint then costs a tenth of the writer's time, and pages
/// that several slices change are copied once.
const PASSIVE_BULK_BYTES: u64 = 12 << 20;
/// So much it grows between two of them.
const STEP: u64 = 1 << 20;
/// From this size on readers wait until the WAL could be restarted.
const RESTART_BYTES: u64 = 16 << 20;
/// How long a checkpoint waits for snapshots in use.
const PATIENCE: Duration = Duration::from_millis(250);

/// The WAL's policy for one database.
pub(super) struct Wal {
    file: PathBuf,
    /// Size at the last passive checkpoint: it is not repeated until the file has grown again.
    settled: u64,
}

impl Wal {
    pub(super) fn new(database: &Path) -> Self {
        let mut file = database.as_os_str().to_owned();
        file.push("-wal");
        Self { file: file.into(), settled: 0 }
    }

    /// Bytes of the WAL file.
    pub(super) fn bytes(&self) -> u64 {
        std::fs::metadata(&self.file).map_or(0, |m| m.len())
    }

    /// After a commit, while more of a bulk write waits or not.
    pub(super) fn after_commit(&mut self, connection: &mut Connection, readers: &Readers, is_bulk: bool) {
        let bytes = self.bytes();
        let least = if is_bulk { PASSIVE_BULK_BYTES } else { PASSIVE_BYTES };
        if bytes > RESTART_BYTES {
            readers.without(PATIENCE, || checkpoint(connection, "restart"));
            self.settled = 0;
        } else if bytes > least && bytes > self.settled + STEP {
            checkpoint(connection, "passive");
            // It is cut to that when it begins anew.
            self.settled = bytes.min(open::JOURNAL_SIZE_LIMIT);
        }
    }

    /// When nothing has been written for a while, and at the end.
    pub(super) fn when_idle(&mut self, connection: &mut Connection, readers: &Readers) {
        if self.bytes() > 0 {
            readers.without(PATIENCE, || checkpoint(connection, "truncate"));
            self.settled = 0;
        }
    }
}

fn checkpoint(connection: &mut Connection, mode: &str) {
    let statement = match mode {
        "passive" => "pragma wal_checkpoint(passive)",
        "restart" => "pragma wal_checkpoint(restart)",
        _ => "pragma wal_checkpoint(truncate)",
    };
    // A checkpoint that cannot run now (a reader, a foreign tool) runs after one of the next commits. It must not wait
    // as statements do: the writer and, with the gate shut, every reader would wait with it.
    let run = connection
        .busy_timeout(Duration::ZERO)
        .and_then(|()| connection.query_row(statement, [], |_| Ok(())))
        .and(open::wait_for_others(connection));
    if let Err(error) = run {
        tracing::warn!(%error, mode, "checkpoint did not run");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::damage::Damage;
    use super::*;

    /// Commits so many blobs of 1 MiB, one by one.
    fn commits(wal: &mut Wal, connection: &mut Connection, readers: &Readers, many: usize, is_bulk: bool) {
        for _ in 0..many {
            connection.execute("insert into blob values (zeroblob(1 << 20))", []).expect("inserts");
            wal.after_commit(connection, readers, is_bulk);
        }
    }

    #[test]
    fn while_more_of_a_bulk_write_waits_the_journal_may_grow_further() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("journal.db");
        let mut connection = Connection::open(&path).expect("opens");
        connection
            .execute_batch("pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table blob (bytes)")
            .expect("is made");
        let damage = Damage::none(&path, &dir.path().join("backups"));
        let (readers, mut wal) = (Readers::new(path.clone(), Arc::new(damage)), Wal::new(&path));
        let database = || std::fs::metadata(&path).expect("it is there").len();
        commits(&mut wal, &mut connection, &readers, 8, true);
        assert!(wal.bytes() > PASSIVE_BYTES && database() < 1 << 20, "none of it is in the database yet");
        // One that nobody waits behind.
        commits(&mut wal, &mut connection, &readers, 1, false);
        assert!(database() > 8 << 20, "{}", database());
        wal.when_idle(&mut connection, &readers);
        assert_eq!(wal.bytes(), 0);
        commits(&mut wal, &mut connection, &readers, 40, true);
        assert!(wal.bytes() <= RESTART_BYTES, "{} bytes", wal.bytes());
        assert!(database() > 30 << 20, "{}", database());
    }
}
