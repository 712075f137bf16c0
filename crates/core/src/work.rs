//! A work item: where it stands, how it may go on, and what its blockers make of it.
//! It must not know rows, nor which memories block it: it is told how many do.
//! Invariant: an item that is open and has an open blocker is blocked; what is closed has no blocker that counts.

use crate::id::Millis;

/// Where a work item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Somebody thought of it.
    Proposed,
    /// It is to be done.
    Planned,
    /// It is being done.
    Active,
    /// It waits for something.
    Blocked,
    /// It is done.
    Done,
    /// It will not be done.
    Dropped,
}

impl Status {
    /// Every status, in the order in which help texts list them.
    pub const ALL: [Status; 6] =
        [Status::Proposed, Status::Planned, Status::Active, Status::Blocked, Status::Done, Status::Dropped];

    /// The word at every door and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Proposed => "proposed",
            Status::Planned => "planned",
            Status::Active => "active",
            Status::Blocked => "blocked",
            Status::Done => "done",
            Status::Dropped => "dropped",
        }
    }

    /// The status of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Status::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether there is something left to do.
    pub fn is_open(self) -> bool {
        !matches!(self, Status::Done | Status::Dropped)
    }

    /// Whether `next` may come after this one, blockers aside. What is closed is taken up again before it goes on: from
    /// done to active or planned, from dropped to proposed, planned or active.
    pub fn may_become(self, next: Status) -> bool {
        match (self, next) {
            (from, to) if from == to => true,
            (Status::Done, to) => matches!(to, Status::Active | Status::Planned),
            (Status::Dropped, to) => matches!(to, Status::Proposed | Status::Planned | Status::Active),
            // What was begun is no proposal any more.
            (Status::Active, Status::Proposed) => false,
            _ => true,
        }
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Priority {
    /// Before all else.
    Critical = 1,
    /// Soon.
    High = 2,
    /// What an item has unless somebody says otherwise.
    #[default]
    Medium = 3,
    /// When there is time.
    Low = 4,
    /// One day, perhaps.
    Backlog = 5,
}

impl Priority {
    /// Every priority, the first first.
    pub const ALL: [Priority; 5] =
        [Priority::Critical, Priority::High, Priority::Medium, Priority::Low, Priority::Backlog];

    /// The word at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            Priority::Critical => "critical",
            Priority::High => "high",
            Priority::Medium => "medium",
            Priority::Low => "low",
            Priority::Backlog => "backlog",
        }
    }

    /// The priority of that name, or of that number from 1 to 5, with or without a `P` before it.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let number = name.strip_prefix('p').unwrap_or(&name).parse::<u8>().ok();
        Priority::ALL.into_iter().find(|priority| priority.as_str() == name || Some(*priority as u8) == number)
    }

    /// The priority with this number.
    pub fn of_number(number: u8) -> Option<Self> {
        Priority::ALL.into_iter().find(|priority| *priority as u8 == number)
    }
}

/// What a work item has beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Where it stands.
    pub status: Status,
    /// What it goes back to once nothing blocks it; only while it is blocked.
    pub held: Option<Status>,
    /// How much it matters.
    pub priority: Priority,
    /// When it is due.
    pub due: Option<Millis>,
}

impl Default for Work {
    fn default() -> Self {
        Self { status: Status::Planned, held: None, priority: Priority::Medium, due: None }
    }
}

/// A date to be set, or taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// By then.
    At(Millis),
    /// Whenever.
    Never,
}

/// A step to another status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To this one.
    To(Status),
    /// Out of being blocked, to what it was before.
    Unblock,
}

/// Why a step is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misstep {
    /// The one does not come after the other.
    From(Status, Status),
    /// Something that is still open blocks it.
    Blocked(Status),
}

impl Work {
    /// The same after a step, `blockers` of it being open.
    ///
    /// # Errors
    /// A status that does not come after this one; a start or an end while something blocks it.
    pub fn stepped(self, step: Step, blockers: usize) -> Result<Self, Misstep> {
        let next = match step {
            Step::To(next) => next,
            Step::Unblock if self.status == Status::Blocked => self.held.unwrap_or(Status::Planned),
            Step::Unblock => self.status,
        };
        if !self.status.may_become(next) {
            return Err(Misstep::From(self.status, next));
        }
        // What is blocked can be planned otherwise, and dropped; it cannot be begun or finished.
        if blockers > 0 && matches!(next, Status::Active | Status::Done) {
            return Err(Misstep::Blocked(next));
        }
        Ok(self.at(next))
    }

    /// What its blockers make of it: `before` of them were open, `now` are.
    pub fn settled(self, before: usize, now: usize) -> Self {
        match self.status {
            Status::Blocked if before > 0 && now == 0 => self.at(self.held.unwrap_or(Status::Planned)),
            status if status.is_open() && status != Status::Blocked && now > 0 => self.at(Status::Blocked),
            _ => self,
        }
    }

    /// Whether it is open and its day is over.
    pub fn is_overdue(self, now: Millis) -> bool {
        self.status.is_open() && self.due.is_some_and(|due| due < now)
    }

    fn at(self, next: Status) -> Self {
        let held = match (self.status, next) {
            (Status::Blocked, Status::Blocked) => self.held,
            // What is taken up again and blocked at once goes on as planned.
            (Status::Done | Status::Dropped, Status::Blocked) => Some(Status::Planned),
            (before, Status::Blocked) => Some(before),
            _ => None,
        };
        Self { status: next, held, ..self }
    }
}

#[cfg(test)]
mod tests;
