//! The yardstick: a message as a row in SQLite and nothing else, written and read by the same number of threads.
//!
//! It must not know quipu. Invariant: a message is durable before it counts; one connection, for SQLite has one writer and its
//! own waiting is unfair.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, params};

use super::{BLOCK, Side, text};
use crate::bench::figures::timed;
use crate::bench::words::Words;

pub(super) struct Bare(Mutex<Connection>);

impl Bare {
    pub(super) fn new(path: &Path) -> Result<Self, String> {
        let connection = Connection::open(path).map_err(|error| error.to_string())?;
        let made = connection.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full;
             create table message (id integer primary key, sender integer, body text, at integer) strict;
             create table delivery (message integer, receiver integer, shown_at integer,
                primary key (receiver, message)) strict, without rowid;
             create index open on delivery (receiver) where shown_at is null;",
        );
        made.map_err(|error| error.to_string())?;
        Ok(Self(Mutex::new(connection)))
    }

    /// One block of one agent: the same steps as through quipu.
    pub(super) fn block(&self, words: &Words, agents: usize, me: usize, block: usize) -> Result<Side, String> {
        let mut side = Side::default();
        for n in 0..BLOCK {
            let (to, body) = ((me + 1 + n % (agents - 1)) % agents, text(words, me, block, n));
            let (sent, took) = timed(|| self.send(me, to, &body));
            sent.map_err(|error| error.to_string())?;
            side.send.add(took);
            if n % 5 == 4 {
                let (read, took) = timed(|| self.read(me));
                read.map_err(|error| error.to_string())?;
                side.inbox.add(took);
            }
        }
        Ok(side)
    }

    fn send(&self, me: usize, to: usize, body: &str) -> rusqlite::Result<()> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = connection.transaction()?;
        tx.prepare_cached("insert into message (sender, body, at) values (?1, ?2, 0)")?
            .execute(params![me as i64, body])?;
        let id = tx.last_insert_rowid();
        tx.prepare_cached("insert into delivery (message, receiver) values (?1, ?2)")?
            .execute(params![id, to as i64])?;
        tx.commit()
    }

    fn read(&self, me: usize) -> rusqlite::Result<usize> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = connection.transaction()?;
        let rows: Vec<(i64, String)> = tx
            .prepare_cached(
                "select m.id, m.body from delivery d join message m on m.id = d.message
                 where d.receiver = ?1 and d.shown_at is null order by m.id limit 20",
            )?
            .query_map([me as i64], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (id, _) in &rows {
            tx.prepare_cached("update delivery set shown_at = 1 where receiver = ?1 and message = ?2")?
                .execute(params![me as i64, id])?;
        }
        tx.commit()?;
        Ok(rows.len())
    }
}
