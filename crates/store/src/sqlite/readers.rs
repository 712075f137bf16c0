//! A small pool of read-only connections, one snapshot per request.
//! It must not know what is read.
//! Invariant: while the gate is shut no new snapshot begins, so that the WAL can be restarted.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction};

use super::damage::Damage;
use super::open;
use crate::error::StoreError;

const SIZE: usize = 4;

pub(super) struct Readers {
    database: PathBuf,
    damage: Arc<Damage>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    idle: Vec<Connection>,
    in_use: usize,
    shut: bool,
    /// Since when each snapshot in use is held.
    held: Vec<Instant>,
}

impl Readers {
    pub(super) fn new(database: PathBuf, damage: Arc<Damage>) -> Self {
        let state = State { idle: Vec::new(), in_use: 0, shut: false, held: Vec::new() };
        Self { database, damage, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Runs `read` on one snapshot. Whatever thread meets a damaged page, the writer stops.
    pub(super) fn with<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.damage.told(self.run(read))
    }

    fn run<T>(&self, read: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let (connection, since) = self.take()?;
        let mut lease = Lease { readers: self, connection: Some(connection), since };
        let connection = lease.connection.as_mut().expect("the lease holds it until it is dropped");
        let tx = connection.transaction()?;
        read(&tx)
    }

    fn take(&self) -> Result<(Connection, Instant), StoreError> {
        let mut state = self.lock();
        while state.shut || state.in_use == SIZE {
            state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
        let connection = match state.idle.pop() {
            Some(connection) => connection,
            None => open::reader(&self.database)?,
        };
        state.in_use += 1;
        let since = Instant::now();
        state.held.push(since);
        Ok((connection, since))
    }

    /// How long the oldest snapshot in use has been held.
    pub(super) fn oldest(&self) -> Option<Duration> {
        self.lock().held.iter().min().map(Instant::elapsed)
    }

    /// Shuts the gate and waits up to `patience` for the snapshots in use to end; then runs `work` and opens it.
    pub(super) fn without<T>(&self, patience: Duration, work: impl FnOnce() -> T) -> T {
        let mut state = self.lock();
        state.shut = true;
        let until = Instant::now() + patience;
        while state.in_use > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        drop(state);
        let done = work();
        self.lock().shut = false;
        self.changed.notify_all();
        done
    }

    /// Drops idle connections; those in use are dropped when they come back to a closed database.
    pub(super) fn close(&self) {
        self.lock().idle.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic while holding it leaves counts that the lease still mends.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

struct Lease<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
    since: Instant,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.readers.lock();
        state.in_use -= 1;
        if let Some(place) = state.held.iter().position(|since| *since == self.since) {
            state.held.swap_remove(place);
        }
        if let Some(connection) = self.connection.take() {
            state.idle.push(connection);
        }
        self.readers.changed.notify_all();
    }
}
