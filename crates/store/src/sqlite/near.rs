//! What was written down already and says nearly the same as a memory.
//! It must not know what is done about it.
//! Invariant: by meaning alone, among what the same people see; nothing is dropped for it.

use quipu_core::kind::Kind;

use super::engine::SqliteEngine;
use super::reads;
use super::visibility::Filter;
use crate::error::StoreError;
use crate::read::{NearMemory, NearQuery};

/// Chunks weighed by eight bits for each memory asked for, where more than so many may be near: a long one may be near by
/// several, and by its signs alone the nearest is not the first.
const EACH: usize = 8;

impl SqliteEngine {
    pub(super) fn look_near(&self, query: &NearQuery) -> Result<Vec<NearMemory>, StoreError> {
        if !self.progress.is_loaded() {
            return Ok(Vec::new());
        }
        self.read(|tx| {
            let Some(memory) = reads::memory_number(tx, query.to)? else { return Ok(Vec::new()) };
            // What is newer than the snapshot is in no row of it, and is passed over below.
            let near = self.chunks_near(memory, query.least, EACH * query.limit);
            let mut found: Vec<NearMemory> = Vec::new();
            for (chunk, cosine) in near {
                let Some(memory) = reads::standing_in(tx, chunk)? else { continue };
                if found.iter().all(|known| known.memory.id != memory.id) {
                    found.push(NearMemory { memory, cosine });
                }
                if found.len() == query.limit {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// The chunks of others that lie near to what stands first in a memory, nearest first. Its vector is there since it
    /// was saved, and only few are looked through: writers wait for this lock.
    fn chunks_near(&self, memory: u32, least: f32, count: usize) -> Vec<(u32, f32)> {
        let live = self.live();
        let Some(first) = live.slots.first_of(memory) else { return Vec::new() };
        let (Some(slot), Some(direction)) = (live.slots.get(first), live.vectors.direction(first)) else {
            return Vec::new();
        };
        let written = Kind::ALL.into_iter().filter(|kind| kind.is_written());
        let filter = Filter {
            project: Some(slot.project),
            kinds: written.fold(0, |bits, kind| bits | 1 << kind as u8),
            since: 0,
            until: u32::MAX,
            only_live: true,
            not_session: None,
        };
        let is_others = |seq| live.slots.get(seq).is_some_and(|slot| slot.memory != memory);
        live.vectors.written_near(&direction, least, count, |seq| is_others(seq) && live.slots.visible(seq, &filter))
    }
}
