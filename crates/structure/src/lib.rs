//! quipu-structure: what kind of text a text is, what of it is worth keeping, and where it may be cut.
//! It must not know memories, SQL, agents, sockets, the clock, serde formats or async; of `quipu-core` only `class` and `tokens`.
//! Invariant: every function is a pure function of its arguments, takes any UTF-8, and runs in time linear in it.

mod chunk;
mod class;
mod classify;
mod keep;
mod language;
pub mod limits;
mod outcome;
mod plain;
mod trace;

pub use chunk::chunks;
pub use class::{Class, Source};
pub use classify::classify;
pub use keep::{Kept, keep};
pub use language::Language;
pub use limits::MAX_TOKENS;
pub use outcome::{Outcome, Verdict, outcome_of};
pub use trace::may_be_trace;
