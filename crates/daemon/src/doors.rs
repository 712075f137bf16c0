//! Doors: decode → service → encode, nothing else.
//! It must not know rules; a rule found here moves to `service`.
//! Invariant: every door serves the same table of operations.

mod routes;
pub(crate) mod socket;
