//! What the SQLite engine knows of agents.
//! It must not know SQL.
//! Invariant: each question is answered from one snapshot.

use super::SqliteEngine;
use crate::agents::{Agents, FeedBounds, FeedQuery, FeedRow};
use crate::error::StoreError;
use crate::sqlite::reads;

type Result<T> = std::result::Result<T, StoreError>;

impl Agents for SqliteEngine {
    fn feed(&self, query: &FeedQuery) -> Result<Vec<FeedRow>> {
        self.read(|tx| reads::feed(tx, query))
    }
    fn feed_bounds(&self) -> Result<FeedBounds> {
        self.read(|tx| reads::feed_bounds(tx))
    }
}
