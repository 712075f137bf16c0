//! The SQLite engine: one writer thread, a pool of readers, a text index that follows.
//! It must not know wire types; it knows nothing that `engine.rs` does not name.
//! Invariant: every path to disk goes through the writer thread.

mod apply;
mod aside;
mod beside;
mod check;
mod copies;
mod damage;
mod dense;
mod engine;
mod errands;
mod filesystem;
mod forget;
mod indexer;
mod left_out;
mod migrate;
mod near;
mod open;
mod processor;
mod pulse;
mod ranking;
mod readers;
mod reads;
mod restore;
mod rows;
mod scopes;
mod search;
mod text;
mod vectors;
mod visibility;
mod wal;
mod writer;

pub use check::check_files;
pub use copies::{list as list_copies, name_of as name_of_copy, tidy as tidy_copies, verify as verify_copy};
pub use engine::SqliteEngine;
pub use filesystem::refuse_network;
pub use forget::copies::remove as remove_copy;
pub use forget::restored::Obeyed;
pub use open::{FenceCheck, OpenOptions};
pub use restore::{Restored, restore};
