//! The messages that are being gathered: one a thread, for subagents' records may lie between those of their caller.
//! It must not know what a message is made of.
//! Invariant: no message lies across the safe offset, or its second half would be read for a whole one.

use std::collections::BTreeMap;
use std::ops::Range;

use super::group::Group;
use super::place::Place;

/// A message with so many records of other threads behind its beginning is not waited for any longer.
const PATIENCE: u64 = 8_192;

#[derive(Debug, Default)]
pub(super) struct Open {
    /// By subagent; none is the session itself.
    groups: BTreeMap<Option<String>, Opened>,
    /// Messages that are done, but lie across the beginning of one that is not.
    across: Vec<Range<u64>>,
    /// Records seen.
    records: u64,
}

#[derive(Debug)]
struct Opened {
    group: Group,
    /// Which record began it.
    record: u64,
}

impl Open {
    /// The open message of a thread.
    pub(super) fn of(&mut self, thread: &Place) -> Option<&mut Group> {
        self.groups.get_mut(&thread.subagent).map(|opened| &mut opened.group)
    }

    /// The open message of a thread, or a new one.
    pub(super) fn of_or(&mut self, thread: &Place, new: impl FnOnce() -> Group) -> &mut Group {
        let record = self.records;
        &mut self.groups.entry(thread.subagent.clone()).or_insert_with(|| Opened { group: new(), record }).group
    }

    /// Takes the open message of a thread out: it is done.
    pub(super) fn take(&mut self, thread: &Place) -> Option<Group> {
        self.remove(&thread.subagent.clone())
    }

    /// Takes out every message that `done` says is done, in the order of the file.
    pub(super) fn take_all(&mut self, done: impl Fn(&Group) -> bool) -> Vec<Group> {
        let ready = self.groups.iter().filter(|(_, opened)| done(&opened.group));
        let mut ready: Vec<_> = ready.map(|(key, opened)| (opened.group.bytes.start, key.clone())).collect();
        ready.sort();
        ready.iter().filter_map(|(_, key)| self.remove(key)).collect()
    }

    /// Counts a record, and takes out what was waited for too long.
    pub(super) fn take_forgotten(&mut self) -> Vec<Group> {
        self.records += 1;
        let old = self.records.saturating_sub(PATIENCE);
        let forgotten = self.groups.iter().filter(|(_, opened)| opened.record < old);
        let forgotten: Vec<_> = forgotten.map(|(key, _)| key.clone()).collect();
        forgotten.iter().filter_map(|key| self.remove(key)).collect()
    }

    /// The last place at or before `end` that no message lies across.
    pub(super) fn safe_offset(&self, end: u64) -> u64 {
        let mut safe = self.groups.values().map(|opened| opened.group.bytes.start).min().unwrap_or(end);
        let before = |safe: u64| self.across.iter().filter(|r| r.start < safe && safe < r.end).map(|r| r.start).min();
        while let Some(start) = before(safe) {
            safe = start;
        }
        safe
    }

    fn remove(&mut self, key: &Option<String>) -> Option<Group> {
        let group = self.groups.remove(key)?.group;
        if self.groups.is_empty() {
            self.across.clear();
        } else {
            self.across.push(group.bytes.clone());
            let safe = self.safe_offset(u64::MAX);
            self.across.retain(|range| range.end > safe);
        }
        Some(group)
    }
}
