//! Doors: decode → service → encode, nothing else.
//! It must not know rules; a rule found here moves to `service`.
//! Invariant: every door serves the same table of operations.

pub(crate) mod front;
mod mcp;
pub(crate) mod routes;
pub(crate) mod socket;
pub(crate) mod standby;
