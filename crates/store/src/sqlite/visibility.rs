//! Who may be seen: scope, lifecycle, privacy, kind and time of every chunk, in memory, tested inside the collectors.
//! It must not know SQL nor how a chunk scores.
//! Invariant: changed only by the writer, in commit order, after the commit.

mod slots;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use quipu_core::change::Pin;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::Lifecycle;
use quipu_core::scope::{Place, Privacy, Viewer};
use quipu_core::standing::{Esteem, Importance, Validity};

use super::left_out::LeftOut;

pub(super) use slots::Slots;

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
    /// The lifecycle in the low four bits, and above it [`PRIVATE`] and [`NARROW`].
    state: u8,
    /// How much it matters, and whether it is held on to.
    pub(super) esteem: Esteem,
}

/// Only a person may see it.
const PRIVATE: u8 = 0x10;
/// It holds in some places only, which a table beside the slots has: few memories do.
const NARROW: u8 = 0x20;
/// The bits of the lifecycle.
const LIFECYCLE: u8 = 0x0f;

impl Slot {
    fn is_outcome(&self) -> bool {
        self.kind == Kind::Outcome as u8
    }

    fn privacy(&self) -> Privacy {
        if self.state & PRIVATE == 0 { Privacy::Shared } else { Privacy::Private }
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

/// The places that a memory holds in; none where it is no narrower than its project.
pub(super) type Places = Option<Arc<[Place]>>;

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
    /// Who looks, and at which places.
    pub(super) viewer: Viewer,
    /// Not these memories, or parts of them: the asker's session has seen them, or they are not wanted there.
    pub(super) left_out: Option<Arc<LeftOut>>,
}

/// The facts that all chunks of one memory share.
#[derive(Debug, Clone)]
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
    pub(super) privacy: Privacy,
    pub(super) places: Places,
}

/// The bits above the lifecycle.
fn filed(privacy: Privacy, places: &Places) -> u8 {
    let private = if privacy == Privacy::Private { PRIVATE } else { 0 };
    private | if places.is_some() { NARROW } else { 0 }
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
