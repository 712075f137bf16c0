//! Brings a database to the newest schema: append-only scripts, each in one transaction.
//! It must not know what the tables are for.
//! Invariant: runs only under the owner's lock; a future schema is refused untouched; a backup is made first.

use std::path::Path;

use quipu_core::fault_point::{FaultPoint, pass};
use rusqlite::{Connection, TransactionBehavior};

use crate::error::StoreError;

/// Scripts in order; the number of the last is the schema's version.
const MIGRATIONS: [&str; 7] = [
    include_str!("../../migrations/0001_create_memory.sql"),
    include_str!("../../migrations/0002_create_vector.sql"),
    include_str!("../../migrations/0003_add_provenance.sql"),
    include_str!("../../migrations/0004_add_revisions.sql"),
    include_str!("../../migrations/0005_add_lifecycle.sql"),
    include_str!("../../migrations/0006_add_agents.sql"),
    include_str!("../../migrations/0007_compare_written_index.sql"),
];

/// The newest schema known here.
pub(super) const KNOWN: i64 = MIGRATIONS.len() as i64;

/// The first schema that knows what was forgotten.
pub(super) const WITH_TOMBSTONES: i64 = 5;

/// The first schema that knows leases.
pub(super) const WITH_LEASES: i64 = 6;

/// The schema that a database has.
pub(super) fn schema(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("pragma user_version", [], |row| row.get(0))?)
}

/// Migrates `connection`, whose database file is `path`.
pub(super) fn run(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let (found, known) = (schema(connection)?, KNOWN);
    if found > known {
        return Err(StoreError::FutureSchema { found, known });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        back_up(connection, path, found)?;
        pass(FaultPoint::MigrationBackedUp);
    }
    scripts(connection, found)
}

/// Migrates a copy that has no name yet: what it was made from is still there.
pub(super) fn without_a_copy(connection: &mut Connection) -> Result<(), StoreError> {
    let (found, known) = (schema(connection)?, KNOWN);
    if found > known {
        return Err(StoreError::FutureSchema { found, known });
    }
    scripts(connection, found)
}

fn scripts(connection: &mut Connection, found: i64) -> Result<(), StoreError> {
    for (index, script) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(script)?;
        tx.pragma_update(None, "user_version", index as i64 + 1)?;
        pass(FaultPoint::MigrationRun);
        tx.commit()?;
        pass(FaultPoint::MigrationCommitted);
    }
    Ok(())
}

/// Refuses a database of any schema but this build's: who does not own it cannot migrate it.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let known = MIGRATIONS.len() as i64;
    match connection.query_row("pragma user_version", [], |row| row.get(0))? {
        found if found > known => Err(StoreError::FutureSchema { found, known }),
        found if found < known => Err(StoreError::ReadOnly(format!(
            "the database has schema {found}, and only its owner brings it to {known}"
        ))),
        _ => Ok(()),
    }
}

/// A whole copy beside the database, named after the schema it has.
fn back_up(connection: &Connection, path: &Path, schema: i64) -> Result<(), StoreError> {
    let copy = path.with_extension(format!("schema-{schema}.backup.db"));
    if copy.exists() {
        std::fs::remove_file(&copy).map_err(StoreError::io(&copy))?;
    }
    connection.execute("vacuum into ?1", [copy.to_string_lossy()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrates_once_and_refuses_the_future() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let path = dir.path().join("q.db");
        let mut connection = Connection::open(&path).expect("opens");
        run(&mut connection, &path).expect("migrates");
        run(&mut connection, &path).expect("is idempotent");
        connection.pragma_update(None, "user_version", 99).expect("set");
        assert!(matches!(run(&mut connection, &path), Err(StoreError::FutureSchema { found: 99, .. })));
    }

    #[test]
    fn what_was_there_before_gets_its_class() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let path = dir.path().join("q.db");
        let mut connection = Connection::open(&path).expect("opens");
        connection.execute_batch(MIGRATIONS[0]).expect("the first schema");
        connection.pragma_update(None, "user_version", 1).expect("set");
        for (n, kind) in ["prompt", "thought", "answer", "decision"].into_iter().enumerate() {
            let row = "insert into memory (workspace_id, id, kind, body, content_hash, occurred_at, recorded_at, origin, position)
                values (1, ?1, ?2, 'x', 'h', 0, 0, 'saved', 1)";
            connection.execute(row, (vec![n as u8; 16], kind)).expect("inserted");
        }
        run(&mut connection, &path).expect("migrates");
        let mut statement = connection.prepare("select class from memory order by seq").expect("prepares");
        let classes: Vec<String> =
            statement.query_map([], |row| row.get(0)).expect("asks").collect::<rusqlite::Result<_>>().expect("reads");
        assert_eq!(classes, ["user_message", "thinking", "assistant_text", "assistant_text"]);
    }

    #[test]
    fn what_was_there_before_stands_as_it_stood() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let path = dir.path().join("q.db");
        let mut connection = Connection::open(&path).expect("opens");
        MIGRATIONS[..3].iter().for_each(|script| connection.execute_batch(script).expect("an earlier schema"));
        connection.pragma_update(None, "user_version", 3).expect("set");
        let rows = "insert into memory (workspace_id, id, kind, body, content_hash, occurred_at, recorded_at, origin, position)
                values (1, x'00', 'insight', 'x', 'h', 0, 0, 'saved', 1);
            insert into chunk (memory_seq, ordinal, from_byte, to_byte) values (1, 0, 0, 1);";
        connection.execute_batch(rows).expect("inserted");
        run(&mut connection, &path).expect("migrates");
        let of = "select revision, pinned, (select count(*) from chunk where replaced_in is null and ordinal = 0),
                (select count(*) from memory_revision) from memory";
        let found: (i64, i64, i64, i64) = connection
            .query_row(of, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .expect("reads");
        assert_eq!(found, (1, 0, 1, 0));
        assert!(path.with_extension("schema-3.backup.db").exists(), "a copy was made first");
    }

    #[test]
    fn every_script_says_why() {
        assert!(MIGRATIONS.iter().all(|m| m.starts_with("-- why:")));
    }
}
