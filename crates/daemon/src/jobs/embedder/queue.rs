//! Who waits for vectors, in which order their texts are taken, and what has been made for them.
//! It must not know threads, locks or models; the time is an argument.
//! Invariant: interactive texts wait behind one slice of bulk texts at most; no request keeps others of its kind
//! waiting for longer than a slice; both lanes are bounded, and neither starves.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use quipu_protocol::wire::embed::{EmbedKind, Priority};

use super::{Refused, Text};

/// One direction a text, if it has any.
pub(crate) type Vectors = Vec<Option<Vec<f32>>>;

/// Most texts in a slice, and about the most bytes: a text is not cut. With the bundled model that is a few milliseconds.
pub(super) const SLICE_TEXTS: usize = 32;
const SLICE_BYTES: usize = 64 << 10;
/// Most requests that wait at once. Each holds one of the daemon's 24 threads that answer, and half of those stay free.
pub(super) const MOST: [usize; 2] = [8, 4];
/// After so many interactive slices in a row, bulk texts get one.
const OWED_AFTER: u32 = 8;

#[derive(Debug, Default)]
pub(super) struct Queue {
    requests: BTreeMap<u64, Request>,
    /// Ids with texts that are not taken yet, by priority: the front is next. One that has left may stand here still.
    lanes: [VecDeque<u64>; 2],
    next_id: u64,
    /// Interactive slices since the last of bulk texts.
    in_a_row: u32,
}

#[derive(Debug)]
struct Request {
    texts: Arc<[String]>,
    kind: EmbedKind,
    lane: usize,
    deadline: Instant,
    taken: usize,
    vectors: Vectors,
    failed: Option<Refused>,
}

/// Texts of one or more requests, to be embedded in one go.
#[derive(Debug)]
pub(super) struct Slice(Vec<Part>);

#[derive(Debug)]
struct Part {
    id: u64,
    texts: Arc<[String]>,
    range: Range<usize>,
    kind: EmbedKind,
}

impl Slice {
    pub(super) fn texts(&self) -> impl Iterator<Item = Text<'_>> {
        self.0.iter().flat_map(|p| p.texts[p.range.clone()].iter().map(|text| Text { text, kind: p.kind }))
    }
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|part| part.range.len()).sum()
    }
}

fn lane(priority: Priority) -> usize {
    match priority {
        Priority::Interactive => 0,
        Priority::Bulk => 1,
    }
}

impl Queue {
    /// Takes a request in, or says that too many are there.
    pub(super) fn admit(
        &mut self,
        texts: Vec<String>,
        kind: EmbedKind,
        priority: Priority,
        deadline: Instant,
    ) -> Result<u64, Refused> {
        let lane = lane(priority);
        let there = self.requests.values().filter(|request| request.lane == lane).count();
        if there >= MOST[lane] {
            return Err(Refused::Full(there));
        }
        let id = self.next_id;
        self.next_id += 1;
        let vectors = Vec::with_capacity(texts.len());
        let request = Request { texts: texts.into(), kind, lane, deadline, taken: 0, vectors, failed: None };
        if !request.texts.is_empty() {
            self.lanes[lane].push_back(id);
        }
        self.requests.insert(id, request);
        Ok(id)
    }

    /// The next texts to embed. What has run out of time is passed over: whoever waits for it knows that himself.
    pub(super) fn slice(&mut self, now: Instant) -> Option<Slice> {
        let owed = self.in_a_row >= OWED_AFTER;
        let order = if owed { [1, 0] } else { [0, 1] };
        let (lane, slice) = order.into_iter().find_map(|lane| Some((lane, self.slice_of(lane, now)?)))?;
        self.in_a_row = if lane == 0 { self.in_a_row + 1 } else { 0 };
        Some(slice)
    }

    fn slice_of(&mut self, lane: usize, now: Instant) -> Option<Slice> {
        let (mut parts, mut room, mut bytes) = (Vec::new(), SLICE_TEXTS, SLICE_BYTES);
        while room > 0 && bytes > 0 {
            let Some(id) = self.lanes[lane].pop_front() else { break };
            let live = |request: &&mut Request| request.failed.is_none() && request.deadline > now;
            let Some(request) = self.requests.get_mut(&id).filter(live) else { continue };
            let from = request.taken;
            while room > 0 && bytes > 0 && request.taken < request.texts.len() {
                bytes = bytes.saturating_sub(request.texts[request.taken].len());
                room -= 1;
                request.taken += 1;
            }
            if request.taken < request.texts.len() {
                // Behind the others: each gets its turn.
                self.lanes[lane].push_back(id);
            }
            parts.push(Part { id, texts: request.texts.clone(), range: from..request.taken, kind: request.kind });
        }
        (!parts.is_empty()).then_some(Slice(parts))
    }

    /// Hands out the vectors of a slice: as many as it has texts.
    pub(super) fn put(&mut self, slice: &Slice, vectors: Vectors) {
        let mut vectors = vectors.into_iter();
        for part in &slice.0 {
            let own: Vectors = vectors.by_ref().take(part.range.len()).collect();
            if let Some(request) = self.requests.get_mut(&part.id) {
                request.vectors.extend(own);
            }
        }
    }

    /// What has become of a request, once it is settled: asked for once.
    pub(super) fn outcome(&mut self, id: u64) -> Option<Result<Vectors, Refused>> {
        let request = self.requests.get(&id)?;
        if request.failed.is_none() && request.vectors.len() < request.texts.len() {
            return None;
        }
        let request = self.requests.remove(&id)?;
        Some(request.failed.map_or(Ok(request.vectors), Err))
    }

    /// Nobody waits for it any more.
    pub(super) fn leave(&mut self, id: u64) {
        self.requests.remove(&id);
    }

    /// Ends every request of a priority.
    pub(super) fn fail(&mut self, priority: Priority, refused: &Refused) {
        let lane = lane(priority);
        self.lanes[lane].clear();
        self.requests.values_mut().filter(|r| r.lane == lane).for_each(|r| r.fail(refused));
    }

    /// Ends the requests that have texts in a slice.
    pub(super) fn fail_slice(&mut self, slice: &Slice, refused: &Refused) {
        for part in &slice.0 {
            if let Some(request) = self.requests.get_mut(&part.id) {
                request.fail(refused);
            }
        }
    }

    /// Texts that are not embedded yet.
    pub(super) fn waiting(&self, priority: Priority) -> u64 {
        let of_lane = self.requests.values().filter(|r| r.lane == lane(priority) && r.failed.is_none());
        of_lane.map(|r| (r.texts.len() - r.vectors.len()) as u64).sum()
    }
}

impl Request {
    /// One that is whole stays so.
    fn fail(&mut self, refused: &Refused) {
        if self.vectors.len() < self.texts.len() {
            self.failed.get_or_insert_with(|| refused.clone());
        }
    }
}

#[cfg(test)]
mod tests;
