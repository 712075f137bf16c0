//! The table of chunks: which is whose, and which stands beside which in its session.
//! It must not know who asks nor SQL.
//! Invariant: a memory's chunks are consecutive; what is hidden is stepped over, never taken out.

use std::collections::HashMap;
use std::sync::Arc;

use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::Lifecycle;
use quipu_core::scope::{Home, Place, Privacy, Reach};
use quipu_core::standing::{Esteem, Validity};

use super::{AT_TIMES, EMPTY, Facts, Filter, LIFECYCLE, LIVE, NARROW, NONE, Places, Slot, filed, state_code};

#[derive(Default)]
pub(in crate::sqlite) struct Slots {
    slots: Vec<Slot>,
    /// First chunk of each memory; a memory's chunks are consecutive.
    first: HashMap<u32, u32>,
    /// Newest chunk of each session.
    last: HashMap<u32, u32>,
    /// Where those memories hold that do not hold in all of their project.
    places: HashMap<u32, Arc<[Place]>>,
    /// When those memories hold that do not always.
    bounds: HashMap<u32, Validity>,
}

impl Slots {
    /// Adds chunk `seq` at the end of its session.
    pub(in crate::sqlite) fn push(&mut self, seq: u32, facts: &Facts) {
        if self.slots.len() <= seq as usize {
            // By an eighth at a time: twice the room of a million slots would be 32 MB of nothing.
            if self.slots.capacity() <= seq as usize {
                self.slots.reserve_exact(seq as usize + 1 - self.slots.len() + self.slots.len() / 8);
            }
            self.slots.resize(seq as usize + 1, EMPTY);
        }
        let first = self.first.entry(facts.memory).or_insert(seq);
        *first = seq.min(*first);
        let lifecycle = self.state_of(facts.memory, facts.lifecycle, facts.valid);
        self.slots[seq as usize] = Slot {
            memory: facts.memory,
            project: facts.project,
            session: facts.session,
            group: facts.group,
            prev: NONE,
            next: NONE,
            at: facts.at,
            kind: facts.kind as u8,
            state: lifecycle | filed(facts.privacy, &facts.places),
            esteem: facts.esteem,
        };
        if let Some(places) = &facts.places {
            self.places.insert(facts.memory, places.clone());
        }
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
    pub(in crate::sqlite) fn forget(&mut self, memory: u32) {
        self.each_chunk(memory, |slot| *slot = EMPTY);
        self.first.remove(&memory);
        self.places.remove(&memory);
    }

    /// Puts the chunks of a session in this order; all of them.
    pub(in crate::sqlite) fn relink(&mut self, session: u32, chunks: &[u32]) {
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

    pub(in crate::sqlite) fn get(&self, seq: u32) -> Option<&Slot> {
        self.slots.get(seq as usize).filter(|s| s.state != u8::MAX)
    }

    /// The visible chunk of what was said last before a tool did what `seq` tells; none for what was said.
    pub(in crate::sqlite) fn caller(&self, seq: u32, filter: &Filter) -> Option<u32> {
        let slot = self.get(seq).filter(|slot| slot.is_outcome())?;
        (slot.prev != NONE && self.visible(slot.prev, filter)).then_some(slot.prev)
    }

    /// Whether a chunk is of a memory that was written down on purpose.
    pub(in crate::sqlite) fn is_written(&self, seq: u32) -> bool {
        self.get(seq).and_then(|slot| Kind::of_code(slot.kind)).is_some_and(Kind::is_written)
    }

    /// The first chunk of a memory.
    pub(in crate::sqlite) fn first_of(&self, memory: u32) -> Option<u32> {
        self.first.get(&memory).copied()
    }

    /// Chunks known.
    pub(in crate::sqlite) fn len(&self) -> usize {
        self.slots.len().saturating_sub(1)
    }

    pub(in crate::sqlite) fn visible(&self, seq: u32, filter: &Filter) -> bool {
        let Some(slot) = self.get(seq) else { return false };
        filter.project.is_none_or(|p| slot.project == p || slot.project == NONE)
            && (!filter.only_live || self.is_live(slot, filter.now))
            && filter.kinds & (1 << slot.kind) != 0
            && (filter.since..=filter.until).contains(&slot.at)
            && filter.not_session.is_none_or(|(session, upto)| slot.session != session || slot.memory <= upto)
            && filter.among.as_ref().is_none_or(|among| among.contains(&slot.memory))
            && filter.left_out.as_ref().is_none_or(|left_out| !left_out.holds(slot.memory, seq))
            && filter.viewer.reader.may_see(slot.privacy())
            && (matches!(filter.viewer.reach, Reach::Every) || self.is_within(slot, &filter.viewer.reach))
    }

    /// Whether a memory is shown at `now`, and what it says holds then.
    fn is_live(&self, slot: &Slot, now: Millis) -> bool {
        let holds = || self.bounds.get(&slot.memory).is_none_or(|valid| valid.holds(now));
        match slot.state & LIFECYCLE {
            LIVE => true,
            AT_TIMES => holds(),
            _ => false,
        }
    }

    /// Whether a memory holds within `reach`.
    fn is_within(&self, slot: &Slot, reach: &Reach) -> bool {
        let home = if slot.project == NONE { Home::Workspace } else { Home::Project };
        let narrow = if slot.state & NARROW == 0 { None } else { self.places.get(&slot.memory) };
        reach.holds(home, narrow.map_or(&[], |places| places))
    }

    /// The nearest visible chunk of the same session before and after `seq`, for what was said.
    pub(in crate::sqlite) fn neighbours(&self, seq: u32, filter: &Filter) -> (Option<u32>, Option<u32>) {
        if self.get(seq).is_none_or(Slot::is_outcome) {
            return (None, None);
        }
        let walk = |from: u32, step: fn(&Slot) -> u32| {
            let mut at = self.get(from).map_or(NONE, step);
            // Hidden chunks are stepped over; a handful at most lie side by side.
            for _ in 0..=8 {
                if at == NONE {
                    break;
                }
                if self.visible(at, filter) {
                    return Some(at);
                }
                at = self.get(at).map_or(NONE, step);
            }
            None
        };
        (walk(seq, |s| s.prev), walk(seq, |s| s.next))
    }

    /// Hides a memory, or shows it again; when it holds is as it was.
    pub(in crate::sqlite) fn set_lifecycle(&mut self, memory: u32, lifecycle: Lifecycle) {
        let valid = self.bounds.get(&memory).copied().unwrap_or_default();
        let state = self.state_of(memory, lifecycle, valid);
        self.each_chunk(memory, |slot| slot.state = slot.state & !LIFECYCLE | state);
    }

    /// The same, and when it holds, and how much it matters.
    pub(in crate::sqlite) fn set_standing(
        &mut self,
        memory: u32,
        lifecycle: Lifecycle,
        valid: Validity,
        esteem: Esteem,
    ) {
        let state = self.state_of(memory, lifecycle, valid);
        self.each_chunk(memory, |slot| {
            (slot.state, slot.esteem) = (slot.state & !LIFECYCLE | state, esteem);
        });
    }

    /// Who may see a memory from now on, and where it holds.
    pub(in crate::sqlite) fn file(&mut self, memory: u32, privacy: Privacy, places: Places) {
        let filed = filed(privacy, &places);
        self.each_chunk(memory, |slot| slot.state = slot.state & LIFECYCLE | filed);
        match places {
            Some(places) => self.places.insert(memory, places),
            None => self.places.remove(&memory),
        };
    }

    /// The code of a lifecycle; notes when the memory holds, where that is not always.
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
    pub(in crate::sqlite) fn tell(&mut self, memory: u32, project: u32, group: u32, at: u32) {
        self.each_chunk(memory, |slot| (slot.project, slot.group, slot.at) = (project, group, at));
        let Some(&first) = self.first.get(&memory) else { return };
        let chunks = self.slots[first as usize..].iter().take_while(|s| s.memory == memory).count() as u32;
        for seq in first..first + chunks {
            self.unlink(seq);
            self.link_last(seq);
        }
    }

    pub(in crate::sqlite) fn move_project(&mut self, old: u32, new: u32) {
        self.slots.iter_mut().filter(|s| s.project == old).for_each(|s| s.project = new);
    }

    fn each_chunk(&mut self, memory: u32, mut change: impl FnMut(&mut Slot)) {
        let Some(&first) = self.first.get(&memory) else { return };
        for slot in self.slots[first as usize..].iter_mut().take_while(|s| s.memory == memory) {
            change(slot);
        }
    }
}
