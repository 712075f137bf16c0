//! What is SQL, and what only sounds like it.

use super::super::tests::expect;
use super::*;

#[test]
fn statements_are_seen() {
    for text in [
        "select id, body from memory where id = ?1",
        "SELECT count(*) FROM memory",
        "\n    select id\n    from memory",
        "with old as (select id from memory) delete from old",
        "insert into memory values (?1)",
        "insert or ignore into memory (id) values (?1)",
        "update memory set body = ?1",
        "update or replace memory set body = ?1",
        "update {table} set body = ?1",
        "delete from memory",
        "create table memory (id blob primary key)",
        "create unique index by_hash on memory (hash)",
        "create table if not exists memory (id)",
        "drop table memory",
        "pragma journal_mode = wal",
        "commit; begin immediate",
        r"-- why: a reason\ncreate table memory (id)",
        "select id from (",
    ] {
        assert!(statement(text).is_some(), "{text}");
    }
}

#[test]
fn prose_is_not() {
    for text in [
        "Select a session from yesterday",
        "select one from the list",
        "selected from",
        "delete from the index",
        "delete this memory",
        "update quipu, then set QUIPU_HOME",
        "update the plugin and set it up",
        "Update memory set",
        "insert a note into memory",
        "create a table",
        "create table",
        "pragma",
        "begin",
        "where you come from",
        "",
    ] {
        assert_eq!(statement(text), None, "{text}");
    }
}

#[test]
fn only_strings_count_and_only_outside_the_rooms() {
    let sql = "//! Doc: \"delete from memory\".\n// \"delete from memory\"\nconst A: &str = \"delete from memory\";\n";
    expect(check, &[("crates/cli/src/a.rs", sql)], &["crates/cli/src/a.rs:3"]);
    expect(check, &[("crates/cli/tests/a.rs", sql)], &["crates/cli/tests/a.rs:3"]);
    let rooms = [("crates/store/src/a.rs", sql), ("xtask/src/bench.rs", sql), ("xtask/src/bench/db.rs", sql)];
    expect(check, &rooms, &[]);
}

#[test]
fn a_sample_says_that_it_is_one() {
    let above = "// not sql: a user's words\nf(\"delete from users\");\n";
    let beside = "f(\"delete from users\"); // not sql: a user's words\n";
    let too_far = "// not sql: a user's words\n\nf(\"delete from users\");\n";
    let files = [("crates/a/src/a.rs", above), ("crates/a/src/b.rs", beside), ("crates/a/src/c.rs", too_far)];
    expect(check, &files, &["crates/a/src/c.rs:3"]);
}

#[test]
fn sql_files_live_in_the_store() {
    let files = [("crates/store/src/sqlite/recall.sql", ""), ("crates/daemon/src/recall.sql", ""), ("a.sql", "")];
    expect(check, &files, &["a.sql:1", "crates/daemon/src/recall.sql:1"]);
}
