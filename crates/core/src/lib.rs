//! quipu-core: what is true with the machine off. Memories, sessions, projects, ranking, redaction, packing.
//! It must not know SQL, sockets, the clock, the environment, serde formats or async.
//! Invariant: every function here is a pure function of its arguments.

pub mod address;
pub mod analyse;
pub mod aside;
pub mod briefing;
pub mod change;
pub mod class;
pub mod confirm;
pub mod fault_point;
pub mod fence;
pub mod file_note;
pub mod forget;
pub mod happening;
pub mod hash;
pub mod id;
pub mod kind;
pub mod letter;
pub mod link;
pub mod mail;
pub mod memory;
pub mod offer;
pub mod outcome;
pub mod pack;
pub mod personal;
pub mod rank;
pub mod redact;
pub mod scope;
pub mod select;
pub mod standing;
pub mod tokens;
pub mod turn;
pub mod used;
pub mod work;
