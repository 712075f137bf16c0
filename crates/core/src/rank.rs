//! How what was found is ordered, and when it is worth showing unasked: rules on plain numbers.
//! It must not know the indexes, rows or who asks.
//! Invariant: every weight stands in `weights`, with the figure that justifies it.

mod evidence;
mod fuse;
mod repeats;
pub mod weights;

pub use evidence::{Evidence, evidence, worth_injecting};
pub use fuse::{Signals, fuse, recency, session_shares};
pub use repeats::without_repeats;
