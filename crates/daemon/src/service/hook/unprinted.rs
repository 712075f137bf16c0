//! What hooks were answered and nobody has said yet that it was printed: until then it counts as said, but not for long.
//! It must not know what is said, nor how a client says that it has printed it.
//! Invariant: what a hook had no time left to print is said again; what was printed is said once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use quipu_core::id::EventId;
use quipu_core::lease::ClaimId;
use quipu_core::memory::SessionRef;
use quipu_protocol::fault::Fault;
use quipu_store::calm::CalmWrite;
use quipu_store::ledger::Offer;
use quipu_store::write::{Lane, Write};

use super::trail;
use crate::service::{Service, fault_of};

/// A client prints an answer as soon as it has it, and says so: after so long it will not.
const UNDER_WAY: Duration = Duration::from_secs(2);
/// So many answers may be under way.
const ANSWERS: usize = 256;

/// Something said to a session that is said once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Once {
    /// What was learnt of a file.
    Note { session: String, file: String },
    /// Who else edits it.
    Editing { session: String, file: String },
    /// Who has leased it.
    Leased { session: String, claim: ClaimId, file: String },
    /// What a turn left open.
    LeftOpen(SessionRef),
}

/// One hook's answer.
#[derive(Debug)]
struct Answer {
    event: EventId,
    at: Instant,
    once: Vec<Once>,
    /// What the ledger is told of it.
    offer: Option<Box<Offer>>,
}

/// Answers that are under way, the newest last.
#[derive(Debug, Default)]
pub(in crate::service) struct Unprinted(Mutex<VecDeque<Answer>>);

impl Unprinted {
    /// Whether it is being said just now.
    pub(super) fn is_under_way(&self, what: &Once) -> bool {
        self.all().iter().any(|answer| answer.at.elapsed() < UNDER_WAY && answer.once.contains(what))
    }

    /// Lets go of all: it may be of what is forgotten. It counts as said.
    pub(in crate::service) fn let_go(&self) {
        self.all().clear();
    }

    fn all(&self) -> std::sync::MutexGuard<'_, VecDeque<Answer>> {
        // Whole after every line that holds it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, event: EventId, once: Vec<Once>, offer: Option<Box<Offer>>, at: Instant) {
        let mut all = self.all();
        all.push_back(Answer { event, at, once, offer });
        if all.len() > ANSWERS {
            // Counts as said.
            all.pop_front();
        }
    }

    fn take(&self, event: EventId) -> Option<Answer> {
        let mut all = self.all();
        let place = all.iter().position(|answer| answer.event == event)?;
        all.remove(place)
    }

    /// What will not be printed any more.
    fn take_overdue(&self, now: Instant) -> Vec<Once> {
        let mut all = self.all();
        let overdue = all.iter().take_while(|answer| now.duration_since(answer.at) >= UNDER_WAY).count();
        all.drain(..overdue).flat_map(|answer| answer.once).collect()
    }
}

/// Takes back what was said and not printed, before anything is said anew.
pub(super) fn take_back(service: &Service) {
    for once in service.unprinted.take_overdue(Instant::now()) {
        match once {
            Once::Note { session, file } => service.told().untell(&session, &file),
            Once::Editing { session, file } => service.told().unwarn(&session, &file),
            Once::Leased { session, claim, file } => service.warned.take_back(&session, claim, &file),
            // Its row is written once it is printed.
            Once::LeftOpen(_) => {}
        }
    }
}

/// Waits for the word that an answer was printed; says whether there will be one. Nobody can say it of an event that has no id.
pub(super) fn wait(
    service: &Service,
    event: Option<EventId>,
    once: Vec<Once>,
    offer: Option<Offer>,
) -> Result<bool, Fault> {
    let offer = offer.map(Box::new);
    if once.is_empty() && offer.is_none() {
        return Ok(false);
    }
    match event {
        Some(event) => service.unprinted.add(event, once, offer, Instant::now()),
        None => count(service, once, offer)?,
    }
    Ok(event.is_some())
}

/// Notes that the answer to `event` was printed. Of one that is not known there is nothing to note.
pub(crate) fn printed(service: &Service, event: EventId) -> Result<(), Fault> {
    service.unprinted.take(event).map_or(Ok(()), |answer| count(service, answer.once, answer.offer))
}

fn count(service: &Service, once: Vec<Once>, offer: Option<Box<Offer>>) -> Result<(), Fault> {
    offer.into_iter().for_each(|offer| trail::submit(service, *offer));
    for once in once {
        if let Once::LeftOpen(session) = once {
            // The row outlives the daemon.
            let write = Write::Calm(CalmWrite::Remind(session));
            service.engine().write(None, write, Lane::Interactive, service.now()).map_err(fault_of)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printed_is_taken_back_after_a_while() {
        let unprinted = Unprinted::default();
        let event = |n: u128| EventId(uuid::Uuid::from_u128(n));
        let note = |file: &str| Once::Note { session: "s".into(), file: file.into() };
        let now = Instant::now();
        unprinted.add(event(1), vec![note("a"), note("b")], None, now);
        unprinted.add(event(2), vec![note("c")], None, now);
        unprinted.add(event(3), vec![note("d")], None, now + UNDER_WAY);
        assert!(unprinted.is_under_way(&note("b")) && !unprinted.is_under_way(&note("x")));
        assert!(unprinted.take(event(2)).is_some_and(|answer| answer.once == [note("c")]));
        assert!(unprinted.take(event(2)).is_none(), "printed once");
        assert!(unprinted.take_overdue(now + UNDER_WAY - Duration::from_millis(1)).is_empty());
        assert_eq!(unprinted.take_overdue(now + UNDER_WAY), [note("a"), note("b")]);
        assert_eq!(unprinted.take_overdue(now + 2 * UNDER_WAY), [note("d")]);
        (0..ANSWERS as u128 + 5).for_each(|n| unprinted.add(event(n), Vec::new(), None, now));
        assert_eq!(unprinted.all().len(), ANSWERS);
        unprinted.let_go();
        assert!(unprinted.take(event(ANSWERS as u128)).is_none());
    }
}
