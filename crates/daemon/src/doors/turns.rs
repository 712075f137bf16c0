//! Who may have how many operations under way: one client never has all threads.
//! It must not know operations, nor what a client is beyond a number.
//! Invariant: a client beyond its share waits without holding a thread, and is told after a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use quipu_protocol::fault::{Fault, FaultKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A request waits so long for its client's others.
const WAIT: Duration = Duration::from_secs(2);
/// What is refused is worth another try after so long.
const AGAIN: Duration = Duration::from_millis(500);
/// So many clients may be known that are gone.
const FORGET: usize = 64;
/// Processes whose numbers the system does not tell.
const UNKNOWN: u32 = u32::MAX;

/// The clients of all doors.
pub(crate) struct Clients {
    share: usize,
    known: Mutex<HashMap<u32, Weak<Semaphore>>>,
}

/// The share of one client.
#[derive(Clone)]
pub(crate) struct Client {
    turns: Arc<Semaphore>,
    /// The process behind it, where the system tells.
    process: Option<u32>,
}

impl Clients {
    /// Each client gets a third of `threads`.
    pub(crate) fn of_threads(threads: usize) -> Self {
        Self { share: (threads / 3).max(1), known: Mutex::default() }
    }

    /// The client with this number, process or door.
    pub(super) fn client(&self, number: u32) -> Client {
        Client { turns: self.turns(number), process: None }
    }

    /// The same, of a process; of one whose number the system does not tell all others are.
    pub(super) fn process(&self, process: Option<u32>) -> Client {
        Client { turns: self.turns(process.unwrap_or(UNKNOWN)), process }
    }

    fn turns(&self, number: u32) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = known.get(&number).and_then(Weak::upgrade) {
            return turns;
        }
        if known.len() >= FORGET {
            known.retain(|_, turns| turns.strong_count() > 0);
        }
        let turns = Arc::new(Semaphore::new(self.share));
        known.insert(number, Arc::downgrade(&turns));
        turns
    }
}

impl Client {
    /// The process behind it.
    pub(super) fn process_number(&self) -> Option<u32> {
        self.process
    }

    /// Waits for a turn, in the order of asking; the turn lasts as long as what is returned.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, Fault> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        match tokio::time::timeout(WAIT, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Fault::new(FaultKind::Busy, "too_many_requests", "this client has too many requests under way")
                .hint("send fewer at once: others are served meanwhile")
                .retry_after(AGAIN)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_clients_own_and_comes_back() {
        let clients = Clients::of_threads(6);
        let take = |number: u32| clients.client(number).turns.try_acquire_owned();
        let connection = clients.client(7);
        let turns = [take(7), take(7)];
        assert!(turns.iter().all(Result::is_ok) && take(7).is_err() && take(8).is_ok());
        drop(turns);
        assert!(take(7).is_ok());
        drop(connection);
        for number in 100..300 {
            assert!(take(number).is_ok());
        }
        assert!(clients.known.lock().expect("whole").len() <= FORGET, "clients that are gone are forgotten");
    }
}
