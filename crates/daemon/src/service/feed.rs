//! What happened lately, for whoever follows: the newest events in memory, each with a number. Those of the feed that is
//! kept are rows too.
//! It must not know how events are sent, nor who follows.
//! Invariant: an event is published after what it tells of is durable; it only wakes, and who lost one can ask. Memory is
//! bounded: nobody's queue is kept but the one ring.

mod resume;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quipu_core::memory::ProjectKey;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::events::{EventView, ForgottenEvent, MemoriesEvent, MemoryEvent};
use quipu_protocol::wire::feed::HappenedView;
use quipu_store::agents::FeedRow;
use quipu_store::read::Scope;
use quipu_store::write::{Deed, News};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

pub(crate) use resume::From;

/// Events that are kept for who resumes.
const KEPT: usize = 1_024;
/// Who may follow at once.
const FOLLOWERS: usize = 32;

/// The feed of one owner: what came after, from where on, and when there is more.
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
    /// The newest row of the feed that is kept.
    row: u64,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) number: u64,
    /// Whose it is; none means everybody's.
    project: Option<ProjectKey>,
    /// Its row in the feed that is kept, where it has one.
    pub(crate) row: Option<u64>,
    /// The newest row with it.
    pub(crate) row_then: u64,
    pub(crate) view: EventView,
}

impl Feed {
    /// Of an owner that found rows up to `row`.
    pub(crate) fn new(epoch: u64, row: u64) -> Self {
        let ring = Mutex::new(Ring { row, ..Ring::default() });
        let newest = watch::Sender::new(0);
        Self { epoch, ring, newest, places: Arc::new(Semaphore::new(FOLLOWERS)) }
    }

    /// Tells everybody who may see `project`; none means all.
    pub(super) fn publish(&self, project: Option<ProjectKey>, view: EventView) {
        let mut ring = self.ring();
        let row = if let EventView::Happened(happened) = &view { Some(happened.id) } else { None };
        // It was there before this owner's service was.
        if row.is_some_and(|row| row <= ring.row) {
            return;
        }
        ring.newest += 1;
        ring.row = row.unwrap_or(ring.row);
        let event = Event { number: ring.newest, project, row, row_then: ring.row, view };
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
                News::Forgotten { count } => (EventView::Forgotten(ForgottenEvent { count }), None),
                News::Happened(row) => {
                    let project = row.project.clone();
                    (EventView::Happened(happened(row)), project)
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

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// The newest row after event `number`, which is not older than the one before the oldest.
    fn row_at(&self, number: u64) -> u64 {
        match self.events.front() {
            Some(oldest) if number < oldest.number => oldest.row.map_or(oldest.row_then, |row| row - 1),
            Some(oldest) => {
                let at = usize::try_from(number - oldest.number).unwrap_or(usize::MAX);
                self.events.get(at).map_or(self.row, |event| event.row_then)
            }
            None => self.row,
        }
    }
}

/// A row of the feed as it is told.
pub(crate) fn happened(row: FeedRow) -> HappenedView {
    HappenedView {
        id: row.id,
        at: row.at.0,
        kind: row.kind.as_str().to_owned(),
        project: row.project.map(|key| key.0),
        session: row.session.map(|session| session.to_string()),
        body: row.body,
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

#[cfg(test)]
mod tests {
    use quipu_core::happening::Happening;
    use quipu_core::id::Millis;

    use super::*;

    pub(super) fn memories(count: u64) -> EventView {
        EventView::Memories(MemoriesEvent { count, project: None })
    }

    pub(super) fn row(id: u64) -> News {
        let (at, kind, body) = (Millis(0), Happening::Joined, serde_json::json!({}));
        News::Happened(FeedRow { id, at, kind, project: None, session: None, body })
    }

    pub(super) fn feed(events: u64) -> Feed {
        let feed = Feed::new(3, 0);
        for n in 0..events {
            let project = ["/a", "/b"].get((n % 3) as usize).map(|path| ProjectKey((*path).to_owned()));
            feed.publish(project, memories(n));
        }
        feed
    }

    #[test]
    fn what_is_kept_comes_in_order_and_what_is_gone_is_told() {
        let feed = feed(KEPT as u64 + 10);
        let numbers = |after| feed.after(after, 3).map(|events| events.iter().map(|e| e.number).collect::<Vec<_>>());
        assert_eq!(numbers(9), None);
        assert_eq!(numbers(10), Some(vec![11, 12, 13]));
        assert_eq!(numbers(KEPT as u64 + 10), Some(vec![]));
        assert_eq!(Feed::new(1, 0).after(0, 3).map(|events| events.len()), Some(0));
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
        let feed = Feed::new(1, 0);
        let all: Vec<_> = (0..FOLLOWERS).map(|_| feed.place().expect("a place")).collect();
        assert_eq!((feed.place().expect_err("full").status(), feed.followers()), (429, FOLLOWERS));
        drop(all);
        assert_eq!(feed.followers(), 0);
    }
}
