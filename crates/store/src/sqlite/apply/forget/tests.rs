//! Whether every table that hangs on a memory, a session or a transcript is cleared with it.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{Overwriting, ROWS};
use crate::sqlite::migrate;

/// Tables that point at something that can be forgotten, and are cleared elsewhere than in [`ROWS`].
const ELSEWHERE: [(&str, &str); 5] = [
    // With the memory itself.
    ("memory", "session"),
    ("memory", "source_file"),
    // With the session, and with the transcript (`places.rs`).
    ("machine_prompt", "session"),
    ("session", "session"),
    ("skipped_record", "source_file"),
];

#[test]
fn no_table_that_hangs_on_what_is_forgotten_was_overlooked() {
    let dir = tempfile::tempdir().expect("a temp dir");
    let path = dir.path().join("q.db");
    let mut connection = Connection::open(&path).expect("opens");
    migrate::run(&mut connection, &path).expect("migrates");
    let mut tables = connection.prepare("select name from sqlite_master where type = 'table'").expect("prepares");
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("asks").collect::<rusqlite::Result<_>>().expect("reads");
    let mut hanging = BTreeSet::new();
    for table in &tables {
        // What goes with its row by itself needs nobody who remembers it.
        let sql = "select \"table\" from pragma_foreign_key_list(?1) where on_delete <> 'CASCADE'";
        let mut keys = connection.prepare(sql).expect("prepares");
        let targets: Vec<String> =
            keys.query_map([table], |row| row.get(0)).expect("asks").collect::<rusqlite::Result<_>>().expect("reads");
        let forgettable = ["memory", "chunk", "session", "source_file"];
        hanging
            .extend(targets.into_iter().filter(|to| forgettable.contains(&to.as_str())).map(|to| (table.clone(), to)));
    }
    assert!(hanging.len() >= 9, "{hanging:?}");
    for (table, to) in hanging {
        let deleted = ROWS.iter().any(|sql| sql.contains(&format!("from {table} ")));
        let elsewhere = ELSEWHERE.iter().any(|(a, b)| *a == table && *b == to);
        assert!(deleted || elsewhere, "`{table}` points at `{to}`: forget has to delete from it too (apply/forget.rs)");
    }
}

/// A file whose rows were deleted and whose log was emptied into it; whether it still holds what they said.
fn holds_after(overwrites: bool) -> bool {
    const WORD: &str = "qzoverwritten";
    let dir = tempfile::tempdir().expect("a temp dir");
    let path = dir.path().join("q.db");
    let connection = Connection::open(&path).expect("opens");
    connection
        .execute_batch("pragma journal_mode = wal; create table note (id integer primary key, body text)")
        .expect("makes a table");
    for _ in 0..50 {
        connection.execute("insert into note (body) values (?1)", [WORD]).expect("inserts");
    }
    let emptied = "pragma wal_checkpoint(truncate)";
    connection.query_row(emptied, [], |_| Ok(())).expect("goes into the file");
    {
        let _overwriting = overwrites.then(|| Overwriting::start(&connection).expect("starts"));
        connection.execute("delete from note where id % 2 = 0", []).expect("deletes");
        connection.execute("delete from note", []).expect("deletes");
    }
    connection.query_row(emptied, [], |_| Ok(())).expect("goes into the file");
    let bytes = std::fs::read(&path).expect("reads");
    bytes.windows(WORD.len()).any(|window| window == WORD.as_bytes())
}

/// Until the file is written anew, what is deleted lies in it, unless it is overwritten.
#[test]
fn without_overwriting_the_file_holds_what_was_deleted() {
    assert!(holds_after(false), "else the pragma proves nothing");
    assert!(!holds_after(true));
}
