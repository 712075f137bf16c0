//! What stands beside a memory's text: where a work item stands, links, the files and symbols that it is about.
//! It must not know rows, disks or how a path is found.
//! Invariant: a work item, and nothing else, has a state of work; a revision keeps all of it.

use std::collections::BTreeSet;

use crate::id::MemoryId;
use crate::kind::Kind;
use crate::link::{self, Link, Relation};
use crate::work::{Due, Misstep, Priority, Status, Step, Work};

/// A memory is said to be about at most so many files, and as many symbols.
pub const MOST_NAMED: usize = 64;
/// The longest name of a symbol or path, in bytes.
pub const LONGEST: usize = 1_024;

/// It.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aside {
    /// Where it stands, if it is a work item.
    pub work: Option<Work>,
    /// What it is to others, as far as it keeps the link.
    pub links: BTreeSet<Link>,
    /// Absolute paths of the files that it was said to be about; those that a session touched are not among them.
    pub files: BTreeSet<String>,
    /// Names in code that it was said to be about.
    pub symbols: BTreeSet<String>,
}

/// Names to add to a set and to take out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names<T> {
    /// In.
    pub add: Vec<T>,
    /// Out.
    pub remove: Vec<T>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self { add: Vec::new(), remove: Vec::new() }
    }
}

impl<T: Ord + Clone> Names<T> {
    fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    fn apply(&self, set: &mut BTreeSet<T>) {
        for name in &self.remove {
            set.remove(name);
        }
        set.extend(self.add.iter().cloned());
    }
}

/// What becomes of the open parts of what is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parts {
    /// It is not closed while there are any.
    #[default]
    Keep,
    /// They are closed with it.
    Close,
}

/// What of it is to be changed; what is not named stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AsideEdit {
    /// Another status.
    pub step: Option<Step>,
    /// Another priority.
    pub priority: Option<Priority>,
    /// Another day.
    pub due: Option<Due>,
    /// Links.
    pub links: Names<Link>,
    /// Files, by absolute path.
    pub files: Names<String>,
    /// Symbols.
    pub symbols: Names<String>,
    /// What becomes of its open parts.
    pub parts: Parts,
}

/// Why a change of it is refused. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only work items have a status, a priority and a day.
    #[error("{0} is no work item, so it has no status, no priority and no due date")]
    NotWork(MemoryId),
    /// The one does not come after the other.
    #[error("{id} is {}, and from there it does not become {}", .from.as_str(), .to.as_str())]
    Step {
        /// The item.
        id: MemoryId,
        /// Its status.
        from: Status,
        /// The one that was asked for.
        to: Status,
    },
    /// Something that is still open blocks it.
    #[error("{id} cannot become {}: {} blocks it and is still open", .to.as_str(), .by)]
    Blocked {
        /// The item.
        id: MemoryId,
        /// The status that was asked for.
        to: Status,
        /// One of its open blockers.
        by: MemoryId,
    },
    /// Parts of it are open.
    #[error("parts of {id} are open still: {open}")]
    OpenParts {
        /// The item.
        id: MemoryId,
        /// How many.
        open: usize,
    },
    /// What is closed has no open parts.
    #[error("{whole} is closed already, so {id} cannot be an open part of it")]
    WholeClosed {
        /// The part.
        id: MemoryId,
        /// The whole.
        whole: MemoryId,
    },
    /// A memory is nothing to itself.
    #[error("{0} cannot be linked to itself")]
    ToItself(MemoryId),
    /// The chain would come back to where it began.
    #[error("{id} cannot be `{}` {to}: {to} is so of {id} already, directly or by others", .relation.word(link::End::Keeper))]
    Circle {
        /// The memory that would keep the link.
        id: MemoryId,
        /// The relation.
        relation: Relation,
        /// The other.
        to: MemoryId,
    },
    /// An agent sees the one and does not see the other: what is said of the one would tell of the other.
    #[error("{private} is private and {shared} is not: they are not tied to each other")]
    Apart {
        /// The one that only a person sees.
        private: MemoryId,
        /// The other.
        shared: MemoryId,
    },
    /// Whoever sees the one does not see the other.
    #[error("{to} belongs to another project than {id}")]
    OtherProject {
        /// The memory that would keep the link.
        id: MemoryId,
        /// The other.
        to: MemoryId,
    },
    /// Nobody can look at so many.
    #[error("{id} would have more than {most} {what}")]
    TooMany {
        /// The memory.
        id: MemoryId,
        /// Of what: `links`, `files`, `symbols`.
        what: &'static str,
        /// How many it may have.
        most: usize,
    },
}

impl AsideEdit {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.step.is_none() && !self.is_of_work() && self.links.is_empty() && !self.names_things()
    }

    /// Whether files or symbols are to change.
    pub fn names_things(&self) -> bool {
        !self.files.is_empty() || !self.symbols.is_empty()
    }

    fn is_of_work(&self) -> bool {
        self.step.is_some() || self.priority.is_some() || self.due.is_some()
    }
}

impl Aside {
    /// The state of a new memory of `kind`.
    pub fn new(kind: Kind) -> Self {
        Self { work: (kind == Kind::WorkItem).then(Work::default), ..Self::default() }
    }

    /// Whether there is nothing beside the text.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The memories that block it.
    pub fn blockers(&self) -> impl Iterator<Item = MemoryId> {
        self.links.iter().filter(|link| link.relation == Relation::BlockedBy).map(|link| link.to)
    }

    /// The same after `edit`, for the memory `id` that is of `kind` now. `open` gives those of some memories that are
    /// open still: what is open blocks.
    ///
    /// # Errors
    /// A step that is not to be taken, and too much of anything.
    pub fn edited<E: From<Refusal>>(
        &self,
        edit: &AsideEdit,
        (id, kind): (MemoryId, Kind),
        open: impl Fn(&[MemoryId]) -> Result<Vec<MemoryId>, E>,
    ) -> Result<Self, E> {
        let mut new = self.clone();
        edit.links.apply(&mut new.links);
        edit.files.apply(&mut new.files);
        edit.symbols.apply(&mut new.symbols);
        if edit.step == Some(Step::Unblock) {
            new.links.retain(|link| link.relation != Relation::BlockedBy);
        }
        for (what, count, before, most) in [
            ("links", new.links.len(), self.links.len(), link::MOST),
            ("files", new.files.len(), self.files.len(), MOST_NAMED),
            ("symbols", new.symbols.len(), self.symbols.len(), MOST_NAMED),
        ] {
            if count > most && count > before {
                return Err(Refusal::TooMany { id, what, most }.into());
            }
        }
        if new.links.iter().any(|link| link.to == id) {
            return Err(Refusal::ToItself(id).into());
        }
        if kind != Kind::WorkItem {
            new.work = None;
            return if edit.is_of_work() { Err(Refusal::NotWork(id).into()) } else { Ok(new) };
        }
        let before = open(&self.blockers().collect::<Vec<_>>())?.len();
        let now = open(&new.blockers().collect::<Vec<_>>())?;
        let mut work = self.work.unwrap_or_default();
        if let Some(step) = edit.step {
            work = work.stepped(step, now.len()).map_err(|misstep| match (misstep, now.first()) {
                (Misstep::Blocked(to), Some(by)) => Refusal::Blocked { id, to, by: *by },
                (Misstep::Blocked(to), None) => Refusal::Step { id, from: work.status, to },
                (Misstep::From(from, to), _) => Refusal::Step { id, from, to },
            })?;
        }
        work.priority = edit.priority.unwrap_or(work.priority);
        work.due = match edit.due {
            None => work.due,
            Some(Due::At(at)) => Some(at),
            Some(Due::Never) => None,
        };
        // Who changes nothing of it leaves it as it stands.
        if edit.step.is_some() || !edit.links.is_empty() || self.work.is_none() {
            work = work.settled(before, now.len());
        }
        new.work = Some(work);
        Ok(new)
    }
}

#[cfg(test)]
mod tests;
