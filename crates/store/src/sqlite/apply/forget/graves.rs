//! Tombstones: what must not come back, and whether something is one of them.
//! It must not know what asks, nor what becomes of what is recognised.
//! Invariant: a tombstone is a keyed hash; nothing that was said can be read from it.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::forget::{Trace, TraceKey, caller};
use quipu_core::id::Millis;

use crate::error::StoreError;
use crate::sqlite::apply::WORKSPACE;

type Result<T> = std::result::Result<T, StoreError>;

/// The keys by which tombstones are told; none where nothing was ever forgotten.
#[derive(Debug)]
pub(in crate::sqlite) struct Graves(Vec<TraceKey>);

impl Graves {
    /// One look: as long as nothing was forgotten, nothing is hashed.
    pub(in crate::sqlite) fn of(tx: &Connection) -> Result<Self> {
        let mut statement = tx.prepare_cached("select key from tombstone_key")?;
        let keys = statement.query_map([], |row| row.get::<_, [u8; 32]>(0).map(TraceKey))?;
        Ok(Self(keys.collect::<rusqlite::Result<_>>()?))
    }

    /// Whether nothing was ever forgotten.
    pub(in crate::sqlite) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `trace` was forgotten.
    pub(in crate::sqlite) fn hold(&self, tx: &Connection, trace: &Trace<'_>) -> Result<bool> {
        for key in &self.0 {
            let held = tx
                .prepare_cached("select 1 from tombstone where workspace_id = ?1 and what = ?2 and hash = ?3")?
                .query_row(params![WORKSPACE, trace.what(), trace.hash(key)], |_| Ok(()))
                .optional()?;
            if held.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether any of `traces` was forgotten.
    pub(in crate::sqlite) fn hold_any(&self, tx: &Connection, traces: &[Trace<'_>]) -> Result<bool> {
        for trace in traces {
            if self.hold(tx, trace)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a session was forgotten, or the one that called it.
    pub(in crate::sqlite) fn hold_session(&self, tx: &Connection, agent: &str, id: &str) -> Result<bool> {
        if self.are_none() {
            return Ok(false);
        }
        let sessions = std::iter::once(id).chain(caller(id));
        let traces: Vec<_> = sessions.map(|id| Trace::Session { agent, id }).collect();
        self.hold_any(tx, &traces)
    }
}

/// Puts up tombstones.
pub(in crate::sqlite) struct Digger<'tx> {
    tx: &'tx Connection,
    key: TraceKey,
    now: Millis,
}

impl<'tx> Digger<'tx> {
    /// With the key of this database, which is made where there is none.
    pub(in crate::sqlite) fn new(tx: &'tx Connection, now: Millis) -> Result<Self> {
        // SQLite's own generator is seeded by the system's.
        tx.execute(
            "insert into tombstone_key (key) select randomblob(32) where not exists (select 1 from tombstone_key)",
            [],
        )?;
        let key = tx.query_row("select key from tombstone_key order by key limit 1", [], |row| row.get(0))?;
        Ok(Self { tx, key: TraceKey(key), now })
    }

    /// Puts up one; one that stands already stays as it was.
    pub(in crate::sqlite) fn bury(&self, trace: &Trace<'_>) -> Result<()> {
        self.tx
            .prepare_cached(
                "insert or ignore into tombstone (workspace_id, what, hash, forgotten_at) values (?1, ?2, ?3, ?4)",
            )?
            .execute(params![WORKSPACE, trace.what(), trace.hash(&self.key), self.now.0])?;
        Ok(())
    }
}
