//! The vector index: what every chunk means, in memory, and the thread that fills it from the rows.
//! It must not know how texts become vectors, SQL, nor how scores are combined.
//! Invariant: derived from the rows; a search never waits for it.

mod keeper;
mod lane;
mod table;

pub(super) use keeper::{Again, Keeper, Progress};
pub(super) use lane::nearest;
pub(super) use table::Vectors;
