//! Starts an engine's threads.
//! It must not know what they do.
//! Invariant: whoever asks for a thread joins it; none is let go.

use std::thread::JoinHandle;

use super::SqliteEngine;
use crate::error::StoreError;
use crate::sqlite::vectors::Keeper;

impl SqliteEngine {
    /// What loads vectors, and makes those that rows lack.
    pub(super) fn keeper(&self, goal: u32, loaded: u32) -> Keeper {
        Keeper {
            live: self.live.clone(),
            readers: self.readers.clone(),
            queue: self.queue.clone(),
            meaning: self.meaning.clone(),
            progress: self.progress.clone(),
            goal,
            loaded,
        }
    }

    /// A thread of that name.
    pub(super) fn spawn(&self, name: &str, run: Box<dyn FnOnce() + Send>) -> Result<JoinHandle<()>, StoreError> {
        std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(StoreError::io(&self.options.data))
    }
}
