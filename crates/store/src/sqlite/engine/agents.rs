//! What the SQLite engine knows of agents.
//! It must not know SQL.
//! Invariant: each question is answered from one snapshot.

use quipu_core::id::Millis;

use super::SqliteEngine;
use crate::agents::{AgentRow, Agents, DeliveryPause, FeedBounds, FeedQuery, FeedRow};
use crate::error::StoreError;
use crate::sqlite::reads;

type Result<T> = std::result::Result<T, StoreError>;

impl Agents for SqliteEngine {
    fn agents(&self, since: Millis) -> Result<Vec<AgentRow>> {
        self.read(|tx| reads::agents(tx, since))
    }
    fn delivery_pauses(&self, now: Millis) -> Result<Vec<DeliveryPause>> {
        self.read(|tx| reads::delivery_pauses(tx, now))
    }
    fn feed(&self, query: &FeedQuery) -> Result<Vec<FeedRow>> {
        self.read(|tx| reads::feed(tx, query))
    }
    fn feed_bounds(&self) -> Result<FeedBounds> {
        self.read(|tx| reads::feed_bounds(tx))
    }
}
