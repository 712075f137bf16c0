//! The text lane: a tantivy index that follows the writer, and the tail that it does not hold yet.
//! It must not know rows beyond `chunk.seq`, nor who may see what (a filter is handed in).
//! Invariant: index and tail together hold every committed chunk, each exactly once for a search.

pub(super) mod index;
pub(super) mod lane;
pub(super) mod tail;
pub(super) mod terms;
