//! The orchestrator's links, gathered before the notes that they belong to.
//! It must not know how a note's name becomes an id.
//! Invariant: of a note no more is held than a memory may keep, the strongest; what is left out is told with its reason.

use std::collections::HashMap;

use quipu_core::link::{MOST, Relation};

use crate::import::record::Record;

/// What is said of a link that is not taken.
const NO_WORD: &str = "a link that quipu has no word for (conflicts_with and the like)";
const BY_ITS_NOTE: &str = "a link that its note says too (supersedes)";
const TOO_MANY: &str = "a link beyond the 25 strongest of its memory";
const UNREADABLE: &str = "a link without two ends";

/// Links by the name of the note that keeps them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    by_keeper: HashMap<String, Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    relation: Relation,
    to: String,
    strength: f64,
}

impl Held {
    /// What is only near in meaning gives way to what somebody has to wait for.
    fn rank(&self) -> (bool, f64) {
        (self.relation != Relation::RelatesTo, self.strength)
    }
}

impl Gathered {
    /// Takes a row; else why something is not taken, be it this one or a weaker one.
    pub(super) fn take(&mut self, row: Record<'_>) -> Result<(), &'static str> {
        let text = |name: &str| row.text(&[name]);
        let (Some(from), Some(to), Some(word)) = (text("from_note_id"), text("to_note_id"), text("relationship"))
        else {
            return Err(UNREADABLE);
        };
        if from == to {
            return Err(UNREADABLE);
        }
        let (relation, keeper, to) = match word.as_str() {
            "related_to" | "relates_to" => (Relation::RelatesTo, from, to),
            "depends_on" => (Relation::DependsOn, from, to),
            "blocked_by" => (Relation::BlockedBy, from, to),
            "part_of" => (Relation::PartOf, from, to),
            // These are kept with the other end.
            "enables" => (Relation::DependsOn, to, from),
            "blocks" => (Relation::BlockedBy, to, from),
            "supersedes" => return Err(BY_ITS_NOTE),
            _ => return Err(NO_WORD),
        };
        let held = Held { relation, to, strength: row.number("strength").unwrap_or(0.0) };
        let kept = self.by_keeper.entry(keeper).or_default();
        if kept.iter().any(|other| other.relation == held.relation && other.to == held.to) {
            return Ok(());
        }
        if kept.len() < MOST {
            kept.push(held);
            return Ok(());
        }
        // Of equals the earlier one stays.
        let weakest =
            kept.iter_mut().min_by(|a, b| a.rank().partial_cmp(&b.rank()).unwrap_or(std::cmp::Ordering::Equal));
        if let Some(weakest) = weakest.filter(|weakest| weakest.rank() < held.rank()) {
            *weakest = held;
        }
        Err(TOO_MANY)
    }

    /// What the note of that name keeps.
    pub(super) fn of(&self, keeper: &str) -> impl Iterator<Item = (Relation, &str)> {
        self.by_keeper.get(keeper).into_iter().flatten().map(|held| (held.relation, held.to.as_str()))
    }
}
