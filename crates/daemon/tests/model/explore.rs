//! Walks through every state that a world can reach, breadth first, and says how it got to the first bad one.
//! It must not know what a world is.
//! Invariant: a state is looked at once; what is found first is reached in the fewest steps.

use std::collections::{HashMap, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;

/// Something that goes from state to state.
pub(crate) trait Model {
    type State: Clone + Eq + Hash;
    type Action: Clone + Debug;

    fn start(&self) -> Self::State;
    /// Everything that can happen next. A fault may happen; anything else does, if nothing else happens before.
    fn steps(&self, state: &Self::State) -> Vec<(Self::Action, Happens, Self::State)>;
    /// What is wrong with this state.
    fn wrong(&self, state: &Self::State) -> Option<&'static str>;
    /// Whether all that was wanted is done.
    fn is_done(&self, state: &Self::State) -> bool;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happens {
    Maybe,
    InTheEnd,
}

/// What a walk found.
#[derive(Debug)]
pub(crate) enum Found<A> {
    /// Nothing bad, in so many states.
    Holds(usize),
    /// What is wrong, and what led there.
    Broken(&'static str, Vec<A>),
}

/// A state that nothing more happens in, although not everything is done.
pub(crate) const STUCK: &str = "it ends before all is done";
/// A state from which no way leads to the end, though something always happens.
pub(crate) const LOST_WAY: &str = "it goes on for ever";

pub(crate) fn explore<M: Model>(model: &M) -> Found<M::Action> {
    let start = model.start();
    let mut known = HashMap::from([(start.clone(), 0)]);
    let mut walk = Walk { came_from: vec![None], back: vec![Vec::new()] };
    let (mut waiting, mut done) = (VecDeque::from([(start, 0)]), Vec::new());
    while let Some((state, at)) = waiting.pop_front() {
        if let Some(what) = model.wrong(&state) {
            return Found::Broken(what, walk.way_to(at));
        }
        if model.is_done(&state) {
            done.push(at);
        }
        let steps = model.steps(&state);
        if !model.is_done(&state) && steps.iter().all(|(_, happens, _)| *happens == Happens::Maybe) {
            return Found::Broken(STUCK, walk.way_to(at));
        }
        for (action, happens, next) in steps {
            let to = *known.entry(next).or_insert_with_key(|next| {
                waiting.push_back((next.clone(), walk.came_from.len()));
                walk.came_from.push(Some((at, action)));
                walk.back.push(Vec::new());
                walk.came_from.len() - 1
            });
            if happens == Happens::InTheEnd {
                walk.back[to].push(at as u32);
            }
        }
    }
    match walk.without_way_to(done) {
        Some(at) => Found::Broken(LOST_WAY, walk.way_to(at)),
        None => Found::Holds(known.len()),
    }
}

struct Walk<A> {
    came_from: Vec<Option<(usize, A)>>,
    /// From where each state is reached without a fault.
    back: Vec<Vec<u32>>,
}

impl<A: Clone> Walk<A> {
    fn way_to(&self, mut at: usize) -> Vec<A> {
        let mut way = Vec::new();
        while let Some((before, action)) = &self.came_from[at] {
            way.push(action.clone());
            at = *before;
        }
        way.reverse();
        way
    }

    /// A state from which none of `goals` can be reached without another fault.
    fn without_way_to(&self, goals: Vec<usize>) -> Option<usize> {
        let mut reaches = vec![false; self.back.len()];
        let mut waiting = goals;
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut reaches[at], true) {
                waiting.extend(self.back[at].iter().map(|before| *before as usize));
            }
        }
        reaches.iter().position(|reaches| !reaches)
    }
}
