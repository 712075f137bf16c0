//! Looking at everything, making the derived anew, and copying, all while the engine serves.
//! It must not know who asks.
//! Invariant: a damaged database is neither copied nor built from.

use std::path::Path;
use std::sync::PoisonError;

use super::SqliteEngine;
use crate::engine::Engine;
use crate::error::StoreError;
use crate::read::{Check, CopyFacts, Derived, Rebuilding};
use crate::sqlite::forget::purge;
use crate::sqlite::vectors::{Again, Vectors};
use crate::sqlite::{check, copies, open};

type Result<T> = std::result::Result<T, StoreError>;

impl SqliteEngine {
    pub(super) fn look(&self) -> Result<Check> {
        let derived = {
            let live = self.live();
            check::Derived {
                searcher: live.searcher.clone(),
                tail: live.tail.chunks(),
                indexed: live.indexed,
                rebuilding: (live.indexed < live.catching_up_to)
                    .then_some(Rebuilding { at: live.indexed, of: live.catching_up_to }),
                newest: live.slots.len() as u32,
            }
        };
        let looked = || -> Result<Check> {
            let connection = open::reader(&self.options.database)?;
            let model = self.meaning.embedder.model();
            check::look(&connection, &self.options.database, Some(&derived), model)
        };
        let mut check = self.damage.told(looked())?;
        if let Some(found) = check.integrity.first() {
            self.damage.note(found);
        }
        check.damage = self.damage.reason();
        Ok(check)
    }

    pub(super) fn make_anew(&self, what: Derived) -> Result<()> {
        // Of rows that cannot all be read nothing whole can be made.
        self.damage.refuse()?;
        match what {
            Derived::Text => self.signal.ask_anew(),
            Derived::Vectors => {
                let newest = self.live().slots.len() as u32;
                let keeper = match self.progress.again(newest) {
                    Some(Again::Make) => self.keeper(newest, newest),
                    Some(Again::Load) => {
                        let none_yet = Vectors::at(self.options.vectors.as_deref());
                        self.live.write().unwrap_or_else(PoisonError::into_inner).vectors = none_yet;
                        self.keeper(newest, 0)
                    }
                    None => return Ok(()),
                };
                let thread = self.spawn("quipu-vectors", Box::new(|| keeper.run()))?;
                self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
            }
        }
        Ok(())
    }

    pub(super) fn how_far(&self) -> Option<Rebuilding> {
        let live = self.live();
        let (at, of) = (live.indexed, live.catching_up_to);
        let newest = live.slots.len() as u32;
        drop(live);
        if self.signal.is_asked_anew() {
            return Some(Rebuilding { at: 0, of: newest });
        }
        (at < of).then_some(Rebuilding { at, of })
    }

    pub(super) fn copy_to(&self, target: &Path) -> Result<CopyFacts> {
        // A copy of a damaged database would push out a whole one.
        self.damage.refuse()?;
        let _one = self.copying.lock().unwrap_or_else(PoisonError::into_inner);
        self.fence()?;
        loop {
            let before = self.read(|tx| purge::newest(tx))?;
            let made = self.damage.told(copies::copy(&self.options.database, target))?;
            // A copy that began before something was forgotten would hold it.
            if self.read(|tx| purge::newest(tx))? == before {
                return self.damage.told(made.finish());
            }
        }
    }
}
