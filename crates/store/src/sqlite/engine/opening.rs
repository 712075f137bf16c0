//! Opens what an engine starts from, of a damaged database as much as can be read.
//! It must not know threads, nor what is done with what it opens.
//! Invariant: a database that is known to be damaged is not written to, not even its epoch.

use std::path::Path;

use rusqlite::Connection;

use crate::error::StoreError;
use crate::sqlite::apply::Meaning;
use crate::sqlite::damage::Damage;
use crate::sqlite::open::{self, OpenOptions};
use crate::sqlite::reads;
use crate::sqlite::visibility::Slots;

type Result<T> = std::result::Result<T, StoreError>;

/// The writer's connection and the epoch; on a damaged database one that cannot write.
pub(super) fn take(options: &OpenOptions, damage: &Damage) -> Result<(Connection, u64)> {
    if !damage.is_met() {
        let taken = open::writer(options).and_then(|connection| {
            let epoch = open::raise_epoch(&connection)?;
            Ok((connection, epoch))
        });
        match taken {
            Err(error) if damage.note_error(&error) => {}
            other => return other,
        }
    }
    let connection = open::spectator(&options.database)?;
    let epoch = open::epoch(&connection)?;
    Ok((connection, epoch))
}

/// The facts of all chunks; of a damaged database those that can be read.
pub(super) fn all_slots(connection: &Connection, damage: &Damage, database: &Path) -> Result<Slots> {
    let mut slots = Slots::default();
    let read = reads::each_slot(connection, |seq, facts| slots.push(seq, facts));
    match read {
        Err(error) if damage.note_error(&error) => {}
        Err(error) => return Err(error),
        Ok(()) => return Ok(slots),
    }
    // A damaged page may tell any number; a row takes some bytes.
    let most = std::fs::metadata(database).map_or(0, |meta| meta.len() / 8);
    let newest = reads::newest_chunk(connection)?.min(u32::try_from(most).unwrap_or(u32::MAX));
    let mut slots = Slots::default();
    let lost = reads::each_slot_singly(connection, newest, |seq, facts| slots.push(seq, facts))?;
    tracing::warn!(lost, of = newest, "some of the damaged database's chunks cannot be read");
    Ok(slots)
}

/// What texts are prepared with; on a damaged database nothing will be.
pub(super) fn meaning(connection: &Connection, damage: &Damage, options: &OpenOptions) -> Result<Meaning> {
    if !damage.is_met() {
        match Meaning::new(connection, options.embedder.clone()) {
            Err(error) if damage.note_error(&error) => {}
            other => return other,
        }
    }
    Ok(Meaning::known(connection, options.embedder.clone()))
}
