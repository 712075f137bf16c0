//! What was written down already and says nearly the same as a text.
//! It must not know what is done about it.
//! Invariant: by meaning alone, among what the same people see; nothing is dropped for it.

use quipu_core::class::Class;
use quipu_core::kind::Kind;
use quipu_structure::chunks;

use super::engine::SqliteEngine;
use super::visibility::{Filter, NONE};
use super::{apply, reads, vectors};
use crate::error::StoreError;
use crate::read::{NearMemory, NearQuery};

/// Chunks looked at for each memory asked for: a long one may be near by several.
const EACH: usize = 8;

impl SqliteEngine {
    pub(super) fn look_near(&self, query: &NearQuery) -> Result<Vec<NearMemory>, StoreError> {
        if !self.progress.is_loaded() {
            return Ok(Vec::new());
        }
        let first = chunks(&query.text, Class::AssistantText, None).into_iter().next().unwrap_or_default();
        let text = apply::titled(query.title.as_deref(), &query.text[first]);
        let Some(direction) = self.meaning.embedder.passage(&text).vector else { return Ok(Vec::new()) };
        self.read(|tx| {
            let live = self.live();
            let project = match &query.project {
                None => NONE,
                Some(key) => apply::find_project(tx, key)?.map_or(NONE, apply::short),
            };
            let written = Kind::ALL.into_iter().filter(|kind| kind.is_written());
            let filter = Filter {
                project: Some(project),
                kinds: written.fold(0, |bits, kind| bits | 1 << kind as u8),
                since: 0,
                until: u32::MAX,
                only_live: true,
                not_session: None,
            };
            let wanted = EACH * (query.limit + query.not.len());
            let found = vectors::nearest(&live.vectors, &live.slots, &direction, &filter, wanted);
            drop(live);
            let mut near: Vec<NearMemory> = Vec::new();
            for (chunk, cosine) in found.into_iter().take_while(|(_, cosine)| *cosine >= query.least) {
                let Some(memory) = reads::standing_in(tx, chunk)? else { continue };
                if !query.not.contains(&memory.id) && near.iter().all(|known| known.memory.id != memory.id) {
                    near.push(NearMemory { memory, cosine });
                }
                if near.len() == query.limit {
                    break;
                }
            }
            Ok(near)
        })
    }
}
