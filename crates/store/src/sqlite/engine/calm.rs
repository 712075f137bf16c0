//! What the engine answers about what sessions leave open.
//! It must not know what is said of it.
//! Invariant: each answer is of one snapshot.

use quipu_core::memory::SessionRef;

use super::SqliteEngine;
use crate::calm::{Calm, Edited, LeftOpen};
use crate::error::StoreError;
use crate::sqlite::reads::calm as reads;

type Result<T> = std::result::Result<T, StoreError>;

impl Calm for SqliteEngine {
    fn left_open(&self, session: &SessionRef) -> Result<LeftOpen> {
        self.read(|tx| reads::left_open(tx, session))
    }
    fn edited(&self, session: &SessionRef, limit: usize) -> Result<Edited> {
        self.read(|tx| reads::edited(tx, session, limit))
    }
}
