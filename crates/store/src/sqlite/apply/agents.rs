//! What is written about agents: what happens between them.
//! It must not know who follows the feed.
//! Invariant: each change and what tells of it are in one transaction.

use rusqlite::Connection;

use quipu_core::id::Millis;

use super::{Effect, events};
use crate::agents::AgentsWrite;
use crate::error::StoreError;
use crate::write::Applied;

pub(super) fn agents(tx: &Connection, write: &AgentsWrite, now: Millis) -> Result<(Applied, Vec<Effect>), StoreError> {
    let applied = match write {
        AgentsWrite::Tell(happened) => {
            events::happened(tx, happened, now)?;
            Applied::Done
        }
        AgentsWrite::Prune { before, most } => Applied::Count(events::prune(tx, *before, *most)?),
    };
    Ok((applied, Vec::new()))
}
