//! Birth, ownership and death of the daemon, and how a client brings one up.
//! It must not know operations.
//! Invariant: exactly one process per data directory holds `owner.lock`; it dies with its holder.

mod detach;
mod listen;
pub mod local;
mod lock;
mod log;
pub mod offline;
mod process;
mod ready;
mod run;
pub mod start;
pub(crate) mod store;
mod succession;

pub use run::{RunOptions, run};
