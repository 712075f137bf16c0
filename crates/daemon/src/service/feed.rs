//! What happened lately, for whoever follows: the newest events in memory, each with a number.
//! It must not know how events are sent, nor who follows.
//! Invariant: an event is published after what it tells of is durable; it only wakes, and who lost one can ask. Memory is
//! bounded: nobody's queue is kept but the one ring.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quipu_core::memory::ProjectKey;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::events::{EventView, MemoriesEvent, MemoryEvent};
use quipu_store::read::Scope;
use quipu_store::write::{Deed, News};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Events that are kept for who resumes.
const KEPT: usize = 1_024;
/// Who may follow at once.
const FOLLOWERS: usize = 32;

/// The feed of one owner. A later one, on a durable feed, answers the same three questions: what came after, from where
/// on, and when there is more.
pub(crate) struct Feed {
    epoch: u64,
    ring: Mutex<Ring>,
    newest: watch::Sender<u64>,
    places: Arc<Semaphore>,
}

#[derive(Default)]
struct Ring {
    events: VecDeque<Arc<Event>>,
    /// Number of the newest; 0 before the first.
    newest: u64,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) number: u64,
    /// Whose it is; none means everybody's.
    project: Option<ProjectKey>,
    pub(crate) view: EventView,
}

/// Where somebody goes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// After this event.
    After(u64),
    /// After this event, without knowing what was before it, for this reason.
    Anew(u64, &'static str),
}

impl Feed {
    pub(crate) fn new(epoch: u64) -> Self {
        let (ring, newest) = (Mutex::default(), watch::Sender::new(0));
        Self { epoch, ring, newest, places: Arc::new(Semaphore::new(FOLLOWERS)) }
    }

    /// Tells everybody who may see `project`; none means all.
    pub(super) fn publish(&self, project: Option<ProjectKey>, view: EventView) {
        let mut ring = self.ring();
        ring.newest += 1;
        let event = Event { number: ring.newest, project, view };
        if ring.events.len() >= KEPT {
            ring.events.pop_front();
        }
        ring.events.push_back(Arc::new(event));
        let newest = ring.newest;
        drop(ring);
        self.newest.send_replace(newest);
    }

    /// Tells what a commit changed.
    pub(super) fn committed(&self, changes: Vec<News>) {
        for change in changes {
            let path = |project: &Option<ProjectKey>| project.as_ref().map(|key| key.0.clone());
            let (view, project) = match change {
                News::One { id, kind, project, what } => {
                    let change = if what == Deed::Stored { "stored" } else { "changed" }.to_owned();
                    let (id, kind) = (id.to_string(), kind.as_str().to_owned());
                    (EventView::Memory(MemoryEvent { change, id, kind, project: path(&project) }), project)
                }
                News::Many { project, count } => {
                    (EventView::Memories(MemoriesEvent { count, project: path(&project) }), project)
                }
            };
            self.publish(project, view);
        }
    }

    /// A place among those who follow, for as long as it is held.
    pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, Fault> {
        self.places.clone().try_acquire_owned().map_err(|_| {
            Fault::new(FaultKind::Busy, "too_many_subscribers", format!("{FOLLOWERS} follow the events already"))
                .hint("close one, or ask again later")
                .retry_after(std::time::Duration::from_secs(5))
        })
    }

    /// How many follow.
    pub(crate) fn followers(&self) -> usize {
        FOLLOWERS - self.places.available_permits()
    }

    /// The number of the newest event; 0 before the first.
    pub(crate) fn newest(&self) -> u64 {
        self.ring().newest
    }

    /// Resolves, again and again, when there is more.
    pub(crate) fn more(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Where who saw `last` goes on; who saw nothing, with what happens from now on.
    pub(crate) fn from(&self, last: Option<&str>) -> From {
        let ring = self.ring();
        let Some(last) = last else { return From::After(ring.newest) };
        let Some((epoch, number)) = parse(last) else {
            return From::Anew(ring.newest, "the id is none of this feed's");
        };
        let oldest = ring.events.front().map_or(ring.newest, |event| event.number - 1);
        match number {
            _ if epoch != self.epoch => From::Anew(ring.newest, "another daemon gave that id"),
            number if number > ring.newest => From::Anew(ring.newest, "the id is none of this feed's"),
            number if number < oldest => From::Anew(ring.newest, "too much has happened since"),
            number => From::After(number),
        }
    }

    /// Up to `most` events after `number`; `None` where some of them are gone.
    pub(crate) fn after(&self, number: u64, most: usize) -> Option<Vec<Arc<Event>>> {
        let ring = self.ring();
        let first = ring.events.front().map_or(ring.newest + 1, |event| event.number);
        if number + 1 < first {
            return None;
        }
        let skip = usize::try_from(number + 1 - first).unwrap_or(usize::MAX);
        Some(ring.events.iter().skip(skip).take(most).cloned().collect())
    }

    /// The id of an event, as who resumes gives it.
    pub(crate) fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.epoch)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Event {
    /// Whether who asked for `scope` may see it.
    pub(crate) fn is_in(&self, scope: &Scope) -> bool {
        match (scope, &self.project) {
            (Scope::All, _) | (_, None) => true,
            (Scope::Project(own), Some(project)) => own == project,
        }
    }
}

fn parse(id: &str) -> Option<(u64, u64)> {
    let (epoch, number) = id.split_once('-')?;
    Some((epoch.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(events: u64) -> Feed {
        let feed = Feed::new(3);
        for n in 0..events {
            let project = ["/a", "/b"].get((n % 3) as usize).map(|path| ProjectKey((*path).to_owned()));
            feed.publish(project, EventView::Memories(MemoriesEvent { count: n, project: None }));
        }
        feed
    }

    #[test]
    fn who_resumes_goes_on_or_is_told_that_nobody_can() {
        for (events, last, expect) in [
            (0, None, From::After(0)),
            (5, None, From::After(5)),
            (5, Some("3-0"), From::After(0)),
            (5, Some("3-5"), From::After(5)),
            (5, Some("3-6"), From::Anew(5, "the id is none of this feed's")),
            (5, Some("2-1"), From::Anew(5, "another daemon gave that id")),
            (5, Some("x"), From::Anew(5, "the id is none of this feed's")),
            (5, Some("3--1"), From::Anew(5, "the id is none of this feed's")),
            (KEPT as u64 + 10, Some("3-10"), From::After(10)),
            (KEPT as u64 + 10, Some("3-9"), From::Anew(KEPT as u64 + 10, "too much has happened since")),
        ] {
            assert_eq!(feed(events).from(last), expect, "{events} {last:?}");
        }
    }

    #[test]
    fn what_is_kept_comes_in_order_and_what_is_gone_is_told() {
        let feed = feed(KEPT as u64 + 10);
        let numbers = |after| feed.after(after, 3).map(|events| events.iter().map(|e| e.number).collect::<Vec<_>>());
        assert_eq!(numbers(9), None);
        assert_eq!(numbers(10), Some(vec![11, 12, 13]));
        assert_eq!(numbers(KEPT as u64 + 10), Some(vec![]));
        assert_eq!(Feed::new(1).after(0, 3).map(|events| events.len()), Some(0));
    }

    #[test]
    fn a_project_hears_of_its_own_and_of_what_is_everybodys() {
        let feed = feed(6);
        let of = |scope: &Scope| {
            let all = feed.after(0, 10).expect("all are kept");
            all.iter().filter(|event| event.is_in(scope)).map(|event| event.number).collect::<Vec<_>>()
        };
        assert_eq!(of(&Scope::All), [1, 2, 3, 4, 5, 6]);
        assert_eq!(of(&Scope::Project(ProjectKey("/a".into()))), [1, 3, 4, 6]);
        assert_eq!(of(&Scope::Project(ProjectKey("/c".into()))), [3, 6]);
    }

    #[test]
    fn places_are_bounded_and_come_back() {
        let feed = Feed::new(1);
        let all: Vec<_> = (0..FOLLOWERS).map(|_| feed.place().expect("a place")).collect();
        assert_eq!((feed.place().expect_err("full").status(), feed.followers()), (429, FOLLOWERS));
        drop(all);
        assert_eq!(feed.followers(), 0);
    }
}
