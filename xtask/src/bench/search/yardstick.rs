//! The yardstick: an FTS5 table over the same texts, as anybody would make it.
//!
//! It must not know quipu. Invariant: nothing is tuned against it: default page cache and merging, text in the table,
//! its own bm25, a prepared statement, a word asked for twice given once.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::corpus::Query;

pub(super) struct Yardstick(Connection);

impl Yardstick {
    /// Makes the table and opens it anew; says how long the making took.
    pub(super) fn build(path: &Path, texts: &[String]) -> Result<(Self, Duration), String> {
        let start = Instant::now();
        fill(path, texts).map_err(failed)?;
        let took = start.elapsed();
        Ok((Self(Connection::open(path).map_err(failed)?), took))
    }

    /// The texts of the ten best.
    pub(super) fn search(&self, query: &Query) -> Result<Vec<String>, String> {
        self.ask(&either(query)).map_err(failed)
    }

    fn ask(&self, either: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement =
            self.0.prepare_cached("select rowid, content from said where said match ?1 order by rank limit 10")?;
        let rows = statement.query_map([either], |row| {
            let _: i64 = row.get(0)?;
            row.get(1)
        })?;
        rows.collect()
    }
}

fn fill(path: &Path, texts: &[String]) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("create virtual table said using fts5(content, tokenize = 'porter unicode61')")?;
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare("insert into said (rowid, content) values (?1, ?2)")?;
    for (n, text) in texts.iter().enumerate() {
        insert.execute((n as i64, text))?;
    }
    drop(insert);
    transaction.commit()
}

/// `"a" OR "b" OR …`
fn either(query: &Query) -> String {
    let mut seen = HashSet::new();
    let words = query.0.iter().filter(|word| seen.insert(word.as_str()));
    words.map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" OR ")
}

fn failed(error: rusqlite::Error) -> String {
    format!("the FTS5 yardstick failed: {error}")
}
