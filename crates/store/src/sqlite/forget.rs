//! Forgetting outside of the rows: what a selection covers, which copies hold it, what is still to be done, and the text
//! index without it.
//! It must not know how rows are deleted (`apply/forget.rs`), nor who asks.
//! Invariant: what is pending is told by rows, so that whoever opens the database next goes on.

pub(super) mod copies;
pub(super) mod cover;
pub(super) mod purge;
pub(super) mod restored;
pub(super) mod segments;
pub(super) mod texts;
