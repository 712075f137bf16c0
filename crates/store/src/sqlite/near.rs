//! What was written down already and says nearly the same as a memory.
//! It must not know what is done about it.
//! Invariant: by meaning alone, among what the same people see; nothing is dropped for it.

use quipu_core::kind::Kind;
use quipu_core::scope::{Reach, Viewer};

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
            let mut found = Vec::new();
            for (memory, cosine) in self.memories_near(memory, query) {
                // What is newer than the snapshot is in no row of it.
                if let Some((id, title, body)) = reads::named(tx, memory)? {
                    found.push(NearMemory { id, title, body, cosine });
                }
            }
            Ok(found)
        })
    }

    /// The numbers of others that lie near to what stands first in a memory, nearest first. Its vector is there since it
    /// was saved, and only few are looked through: writers wait for this lock.
    fn memories_near(&self, memory: u32, query: &NearQuery) -> Vec<(u32, f32)> {
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
            now: query.now,
            not_session: None,
            among: None,
            viewer: Viewer { reader: query.reader, reach: Reach::Every },
            left_out: None,
        };
        let is_others = |seq| live.slots.get(seq).is_some_and(|slot| slot.memory != memory);
        let is_seen = |seq| is_others(seq) && live.slots.visible(seq, &filter);
        let mut near: Vec<(u32, f32)> = Vec::new();
        for (chunk, cosine) in live.vectors.written_near(&direction, query.least, EACH * query.limit, is_seen) {
            let Some(slot) = live.slots.get(chunk) else { continue };
            if near.iter().all(|(known, _)| *known != slot.memory) {
                near.push((slot.memory, cosine));
            }
        }
        near.truncate(query.limit);
        near
    }
}
