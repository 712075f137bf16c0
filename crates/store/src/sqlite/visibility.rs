//! Who may be seen: scope, lifecycle, kind and time of every chunk, in memory, tested inside the collectors.
//! It must not know SQL nor how a chunk scores.
//! Invariant: changed only by the writer, in commit order, after the commit.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use quipu_core::change::Pin;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::Lifecycle;
use quipu_core::standing::{Esteem, Importance, Validity};

use super::left_out::LeftOut;

/// What is known of one chunk; its number is `chunk.seq`. 32 bytes, so that a million take 32 MB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) memory: u32,
    pub(super) project: u32,
    pub(super) session: u32,
    /// Parts of one message share it; 0 means none.
    pub(super) group: u32,
    /// Chunk before it in its session; 0 means none.
    pub(super) prev: u32,
    /// Chunk after it.
    pub(super) next: u32,
    /// Seconds since the epoch.
    pub(super) at: u32,
    pub(super) kind: u8,
    pub(super) state: u8,
    /// How much it matters, and whether it is held on to.
    pub(super) esteem: Esteem,
}

impl Slot {
    fn is_outcome(&self) -> bool {
        self.kind == Kind::Outcome as u8
    }
}

/// Of a chunk that nobody knows, or no more.
const EMPTY: Slot = Slot {
    memory: 0,
    project: 0,
    session: 0,
    group: 0,
    prev: 0,
    next: 0,
    at: 0,
    kind: 0,
    state: u8::MAX,
    esteem: ORDINARY,
};

/// Of most memories.
pub(super) const ORDINARY: Esteem = Esteem::new(Importance::ORDINARY, Pin::Loose);

/// Stands for "no project" and "no session".
pub(super) const NONE: u32 = 0;

/// What a search may see.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// Only this project and what belongs to none.
    pub(super) project: Option<u32>,
    /// Bit n stands for the kind with code n.
    pub(super) kinds: u32,
    pub(super) since: u32,
    pub(super) until: u32,
    pub(super) only_live: bool,
    /// When it is asked: a live one that does not hold then is not seen.
    pub(super) now: Millis,
    /// Not of this session, but for memories up to this one (a compaction took them out of its context).
    pub(super) not_session: Option<(u32, u32)>,
    /// Only these memories, where only some are asked for.
    pub(super) among: Option<Arc<HashSet<u32>>>,
    /// Not these memories, or parts of them: the asker's session has seen them, or they are not wanted there.
    pub(super) left_out: Option<Arc<LeftOut>>,
}

/// The facts that all chunks of one memory share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub(super) memory: u32,
    pub(super) project: u32,
    pub(super) session: u32,
    pub(super) group: u32,
    pub(super) at: u32,
    pub(super) kind: Kind,
    pub(super) lifecycle: Lifecycle,
    pub(super) esteem: Esteem,
    pub(super) valid: Validity,
}

#[derive(Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// First chunk of each memory; a memory's chunks are consecutive.
    first: HashMap<u32, u32>,
    /// Newest chunk of each session.
    last: HashMap<u32, u32>,
    /// When those memories hold that do not always.
    bounds: HashMap<u32, Validity>,
}

impl Slots {
    /// Adds chunk `seq` at the end of its session.
    pub(super) fn push(&mut self, seq: u32, facts: &Facts) {
        if self.slots.len() <= seq as usize {
            // By an eighth at a time: twice the room of a million slots would be 32 MB of nothing.
            if self.slots.capacity() <= seq as usize {
                self.slots.reserve_exact(seq as usize + 1 - self.slots.len() + self.slots.len() / 8);
            }
            self.slots.resize(seq as usize + 1, EMPTY);
        }
        let first = self.first.entry(facts.memory).or_insert(seq);
        *first = seq.min(*first);
        let state = self.state_of(facts.memory, facts.lifecycle, facts.valid);
        self.slots[seq as usize] = Slot {
            memory: facts.memory,
            project: facts.project,
            session: facts.session,
            group: facts.group,
            prev: NONE,
            next: NONE,
            at: facts.at,
            kind: facts.kind as u8,
            state,
            esteem: facts.esteem,
        };
        self.link_last(seq);
    }

    /// What tools did stands between what was said and is no part of it: it knows what it came after, and is nobody's
    /// neighbour itself.
    fn link_last(&mut self, seq: u32) {
        let session = self.slots[seq as usize].session;
        if session == NONE {
            return;
        }
        if self.slots[seq as usize].is_outcome() {
            self.slots[seq as usize].prev = self.last.get(&session).copied().unwrap_or(NONE);
            return;
        }
        let prev = self.last.insert(session, seq).unwrap_or(NONE);
        (self.slots[seq as usize].prev, self.slots[seq as usize].next) = (prev, NONE);
        if prev != NONE {
            self.slots[prev as usize].next = seq;
        }
    }

    /// Takes a memory's chunks out: others come in their place. Who stood beside them is told by [`Slots::relink`].
    pub(super) fn forget(&mut self, memory: u32) {
        self.each_chunk(memory, |slot| *slot = EMPTY);
        self.first.remove(&memory);
    }

    /// Puts the chunks of a session in this order; all of them.
    pub(super) fn relink(&mut self, session: u32, chunks: &[u32]) {
        self.last.remove(&session);
        chunks.iter().for_each(|seq| self.link_last(*seq));
    }

    fn unlink(&mut self, seq: u32) {
        let Slot { session, prev, next, .. } = self.slots[seq as usize];
        if prev != NONE {
            self.slots[prev as usize].next = next;
        }
        if next != NONE {
            self.slots[next as usize].prev = prev;
        } else if self.last.get(&session) == Some(&seq) {
            self.last.insert(session, prev);
        }
        // What is taken out was carried by a hook a moment ago: few came after it.
        let after = self.slots[seq as usize + 1..].iter_mut();
        after
            .filter(|slot| slot.is_outcome() && slot.session == session && slot.prev == seq)
            .for_each(|s| s.prev = prev);
    }

    pub(super) fn get(&self, seq: u32) -> Option<&Slot> {
        self.slots.get(seq as usize).filter(|s| s.state != u8::MAX)
    }

    /// The visible chunk of what was said last before a tool did what `seq` tells; none for what was said.
    pub(super) fn caller(&self, seq: u32, filter: &Filter) -> Option<u32> {
        let slot = self.get(seq).filter(|slot| slot.is_outcome())?;
        (slot.prev != NONE && self.visible(slot.prev, filter)).then_some(slot.prev)
    }

    /// Whether a chunk is of a memory that was written down on purpose.
    pub(super) fn is_written(&self, seq: u32) -> bool {
        self.get(seq).and_then(|slot| Kind::of_code(slot.kind)).is_some_and(Kind::is_written)
    }

    /// The first chunk of a memory.
    pub(super) fn first_of(&self, memory: u32) -> Option<u32> {
        self.first.get(&memory).copied()
    }

    /// Chunks known.
    pub(super) fn len(&self) -> usize {
        self.slots.len().saturating_sub(1)
    }

    pub(super) fn visible(&self, seq: u32, filter: &Filter) -> bool {
        let Some(slot) = self.get(seq) else { return false };
        filter.project.is_none_or(|p| slot.project == p || slot.project == NONE)
            && (!filter.only_live || slot.state == LIVE || (slot.state == AT_TIMES && self.holds(slot, filter.now)))
            && filter.kinds & (1 << slot.kind) != 0
            && (filter.since..=filter.until).contains(&slot.at)
            && filter.not_session.is_none_or(|(session, upto)| slot.session != session || slot.memory <= upto)
            && filter.among.as_ref().is_none_or(|among| among.contains(&slot.memory))
            && filter.left_out.as_ref().is_none_or(|left_out| !left_out.holds(slot.memory, seq))
    }

    /// Whether what a memory says that does not always hold holds at `now`.
    fn holds(&self, slot: &Slot, now: Millis) -> bool {
        self.bounds.get(&slot.memory).is_none_or(|valid| valid.holds(now))
    }

    /// The nearest visible chunk of the same session before and after `seq`, for what was said.
    pub(super) fn neighbours(&self, seq: u32, filter: &Filter) -> (Option<u32>, Option<u32>) {
        if self.get(seq).is_none_or(Slot::is_outcome) {
            return (None, None);
        }
        let walk = |from: u32, step: fn(&Slot) -> u32| {
            let mut at = self.get(from).map_or(NONE, step);
            // Hidden chunks are stepped over; a handful at most lie side by side.
            for _ in 0..8 {
                if at == NONE || self.visible(at, filter) {
                    break;
                }
                at = self.get(at).map_or(NONE, step);
            }
            (at != NONE && self.visible(at, filter)).then_some(at)
        };
        (walk(seq, |s| s.prev), walk(seq, |s| s.next))
    }

    /// Hides a memory, or shows it again; when it holds is as it was.
    pub(super) fn set_lifecycle(&mut self, memory: u32, lifecycle: Lifecycle) {
        let valid = self.bounds.get(&memory).copied().unwrap_or_default();
        let state = self.state_of(memory, lifecycle, valid);
        self.each_chunk(memory, |slot| slot.state = state);
    }

    /// The same, and when it holds, and how much it matters.
    pub(super) fn set_standing(&mut self, memory: u32, lifecycle: Lifecycle, valid: Validity, esteem: Esteem) {
        let state = self.state_of(memory, lifecycle, valid);
        self.each_chunk(memory, |slot| (slot.state, slot.esteem) = (state, esteem));
    }

    /// The code of a state; notes when the memory holds, where that is not always.
    fn state_of(&mut self, memory: u32, lifecycle: Lifecycle, valid: Validity) -> u8 {
        if valid == Validity::ALWAYS {
            if !self.bounds.is_empty() {
                self.bounds.remove(&memory);
            }
            return state_code(lifecycle);
        }
        self.bounds.insert(memory, valid);
        if lifecycle == Lifecycle::Live { AT_TIMES } else { state_code(lifecycle) }
    }

    /// The transcript tells what a hook had carried: the memory takes its place behind what was told before.
    pub(super) fn tell(&mut self, memory: u32, project: u32, group: u32, at: u32) {
        self.each_chunk(memory, |slot| (slot.project, slot.group, slot.at) = (project, group, at));
        let Some(&first) = self.first.get(&memory) else { return };
        let chunks = self.slots[first as usize..].iter().take_while(|s| s.memory == memory).count() as u32;
        for seq in first..first + chunks {
            self.unlink(seq);
            self.link_last(seq);
        }
    }

    pub(super) fn move_project(&mut self, old: u32, new: u32) {
        self.slots.iter_mut().filter(|s| s.project == old).for_each(|s| s.project = new);
    }

    fn each_chunk(&mut self, memory: u32, mut change: impl FnMut(&mut Slot)) {
        let Some(&first) = self.first.get(&memory) else { return };
        for slot in self.slots[first as usize..].iter_mut().take_while(|s| s.memory == memory) {
            change(slot);
        }
    }
}

/// Live, whenever it is asked.
const LIVE: u8 = 0;
/// Live, but at times only.
const AT_TIMES: u8 = 4;

fn state_code(lifecycle: Lifecycle) -> u8 {
    match lifecycle {
        Lifecycle::Live => LIVE,
        Lifecycle::Archived => 1,
        Lifecycle::Superseded => 2,
        Lifecycle::Aggregated => 3,
    }
}

/// A short code for a message group (FNV-1a); parts are only ever compared within one session.
pub(super) fn group_code(group: Option<&str>) -> u32 {
    group.map_or(0, |g| g.bytes().fold(0x811c_9dc5u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193)).max(1))
}

/// Milliseconds to the seconds a slot holds.
pub(super) fn seconds(ms: i64) -> u32 {
    u32::try_from(ms.max(0) / 1_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(memory: u32, project: u32, session: u32) -> Facts {
        Facts {
            memory,
            project,
            session,
            group: 0,
            at: 100,
            kind: Kind::Prompt,
            lifecycle: Lifecycle::Live,
            esteem: ORDINARY,
            valid: Validity::ALWAYS,
        }
    }
    const ALL: Filter = Filter {
        project: None,
        kinds: u32::MAX,
        since: 0,
        until: u32::MAX,
        only_live: true,
        now: Millis(100_000),
        not_session: None,
        among: None,
        left_out: None,
    };

    #[test]
    fn scope_lifecycle_kind_and_time_hide() {
        let mut slots = Slots::default();
        slots.push(1, &facts(1, 7, 1));
        slots.push(2, &facts(2, 8, 1));
        slots.push(3, &facts(3, NONE, NONE));
        let of = |filter: Filter| (1..=4).filter(|&s| slots.visible(s, &filter)).collect::<Vec<_>>();
        assert_eq!(of(ALL), [1, 2, 3]);
        assert_eq!(of(Filter { project: Some(7), ..ALL }), [1, 3]);
        assert_eq!(of(Filter { kinds: 1 << Kind::Answer as u8, ..ALL }), [0u32; 0]);
        assert_eq!(of(Filter { since: 101, ..ALL }), [0u32; 0]);
        assert_eq!(of(Filter { not_session: Some((1, 1)), ..ALL }), [1, 3]);
        let (hidden, chunks) = ([2, 9].into_iter().collect(), [3].into_iter().collect());
        let seen = LeftOut { hidden, chunks, ..LeftOut::default() };
        assert_eq!(of(Filter { left_out: Some(Arc::new(seen)), ..ALL }), [1]);
        slots.set_lifecycle(2, Lifecycle::Archived);
        assert!(!slots.visible(2, &ALL) && slots.visible(2, &Filter { only_live: false, ..ALL }));
    }

    #[test]
    fn what_holds_at_times_is_seen_at_these() {
        let mut slots = Slots::default();
        let bounded = Validity { from: None, to: Some(Millis(50)) };
        slots.push(1, &Facts { valid: bounded, ..facts(1, 1, 1) });
        slots.push(2, &facts(2, 1, 1));
        let at = |slots: &Slots, now| [1, 2].map(|seq| slots.visible(seq, &Filter { now: Millis(now), ..ALL }));
        assert_eq!((at(&slots, 49), at(&slots, 50)), ([true, true], [false, true]));
        slots.set_lifecycle(1, Lifecycle::Archived);
        assert_eq!(at(&slots, 49), [false, true]);
        slots.set_lifecycle(1, Lifecycle::Live);
        assert_eq!((at(&slots, 49), at(&slots, 50)), ([true, true], [false, true]), "as it was before");
        slots.set_standing(1, Lifecycle::Live, Validity::ALWAYS, ORDINARY);
        assert_eq!(at(&slots, 50), [true, true]);
    }

    #[test]
    fn what_tools_did_is_nobodys_neighbour() {
        let mut slots = Slots::default();
        for seq in 1..=5 {
            let kind = if seq % 2 == 0 { Kind::Outcome } else { Kind::Answer };
            slots.push(seq, &Facts { kind, ..facts(seq, 1, 5) });
        }
        assert_eq!(slots.neighbours(3, &ALL), (Some(1), Some(5)));
        assert_eq!((slots.neighbours(4, &ALL), slots.caller(4, &ALL)), ((None, None), Some(3)));
        assert_eq!(slots.caller(3, &ALL), None);
        slots.tell(3, 1, 0, 100);
        assert_eq!(slots.neighbours(3, &ALL), (Some(5), None));
        assert_eq!(slots.caller(4, &ALL), Some(1), "as a daemon that starts now would have it");
    }

    #[test]
    fn other_chunks_stand_where_those_before_stood() {
        let mut slots = Slots::default();
        for seq in 1..=4 {
            slots.push(seq, &Facts { kind: Kind::Insight, ..facts(seq.max(2), 1, 5) });
        }
        // Memory 2 has chunks 1 and 2; from now on 5 to 7, one more and behind all others by number.
        slots.push(8, &facts(8, 1, 6));
        slots.forget(2);
        (5..=7).for_each(|seq| slots.push(seq, &facts(2, 1, 5)));
        slots.relink(5, &[5, 6, 7, 3, 4]);
        assert_eq!([1, 2].map(|seq| slots.visible(seq, &ALL)), [false; 2]);
        assert_eq!(
            [5, 7, 3, 4].map(|seq| slots.neighbours(seq, &ALL)),
            [(None, Some(6)), (Some(6), Some(3)), (Some(7), Some(4)), (Some(3), None)]
        );
        slots.set_lifecycle(2, Lifecycle::Archived);
        assert_eq!([5, 6, 7, 3, 8].map(|seq| slots.visible(seq, &ALL)), [false, false, false, true, true]);
    }

    #[test]
    fn neighbours_step_over_what_is_hidden() {
        let mut slots = Slots::default();
        for seq in 1..=4 {
            slots.push(seq, &facts(seq, 1, 5));
        }
        slots.push(5, &facts(5, 1, 6));
        slots.set_lifecycle(2, Lifecycle::Superseded);
        assert_eq!(slots.neighbours(3, &ALL), (Some(1), Some(4)));
        assert_eq!(slots.neighbours(1, &ALL), (None, Some(3)));
        assert_eq!(slots.neighbours(5, &ALL), (None, None));
    }
}
