//! Doors: decode → service → encode, nothing else.
//! It must not know rules; a rule found here moves to `service`.
//! Invariant: every door serves the same table of operations.

mod events;
pub(crate) mod front;
mod hold;
pub(crate) mod loopback;
mod mcp;
mod meters;
mod metrics;
mod openapi;
mod reply;
mod router;
pub(crate) mod routes;
mod serve;
pub(crate) mod socket;
pub(crate) mod standby;
pub(crate) mod turns;
