//! The mail of the SQLite engine.
//! It must not know SQL.
//! Invariant: each question is answered from one snapshot.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::mail::Mailbox;
use quipu_core::memory::SessionRef;

use super::SqliteEngine;
use crate::error::StoreError;
use crate::mail::{Context, Envelope, Inbox, InboxQuery, Letter, Mail};
use crate::sqlite::reads;

type Result<T> = std::result::Result<T, StoreError>;

impl Mail for SqliteEngine {
    fn inbox(&self, query: &InboxQuery) -> Result<Inbox> {
        self.read(|tx| reads::inbox(tx, query))
    }
    fn undelivered(&self, session: &SessionRef, context: Context, limit: usize, now: Millis) -> Result<Inbox> {
        self.read(|tx| reads::undelivered(tx, session, context, limit, now))
    }
    fn awaited(&self) -> Result<Vec<SessionRef>> {
        self.read(|tx| reads::awaited(tx))
    }
    fn letter(&self, id: MemoryId) -> Result<Option<Letter>> {
        self.read(|tx| reads::letter(tx, id))
    }
    fn thread(&self, id: MemoryId, limit: usize) -> Result<Vec<Letter>> {
        self.read(|tx| reads::thread(tx, id, limit))
    }
    fn sent(&self, by: &Mailbox, limit: usize) -> Result<Vec<Letter>> {
        self.read(|tx| reads::sent(tx, by, limit))
    }
    fn envelopes(&self, ids: &[MemoryId]) -> Result<Vec<(MemoryId, Envelope)>> {
        self.read(|tx| reads::envelopes(tx, ids))
    }
}
