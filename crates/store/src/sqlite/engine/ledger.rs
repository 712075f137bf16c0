//! The ledger of the SQLite engine.
//! It must not know SQL.
//! Invariant: each question is answered from one snapshot.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::{Memory, ProjectKey, SessionRef};
use quipu_core::scope::Reader;

use super::SqliteEngine;
use crate::error::StoreError;
use crate::ledger::{Ledger, OfferQuery, OfferRow, Open, Tally, Usage};
use crate::read::Scope;
use crate::sqlite::reads;

type Result<T> = std::result::Result<T, StoreError>;

impl Ledger for SqliteEngine {
    fn offers(&self, query: &OfferQuery) -> Result<Vec<OfferRow>> {
        self.read(|tx| reads::offers(tx, query))
    }
    fn tally(&self, memory: MemoryId) -> Result<Tally> {
        self.read(|tx| reads::tally(tx, memory))
    }
    fn usage(&self, scope: &Scope, reader: Reader, since: Option<Millis>, top: usize) -> Result<Usage> {
        self.read(|tx| reads::usage(tx, (scope, reader), since, top))
    }
    fn hushed(&self, scope: &Scope) -> Result<Vec<(Memory, ProjectKey)>> {
        self.read(|tx| reads::hushed(tx, scope))
    }
    fn hushed_in(&self, memory: MemoryId) -> Result<Vec<ProjectKey>> {
        self.read(|tx| reads::hushed_in(tx, memory))
    }
    fn files_told(&self, session: &SessionRef) -> Result<Vec<String>> {
        self.read(|tx| reads::files_told(tx, session))
    }
    fn open_lines(&self, session: &SessionRef, since: Millis) -> Result<Open> {
        self.read(|tx| reads::open_lines(tx, session, since))
    }
}
