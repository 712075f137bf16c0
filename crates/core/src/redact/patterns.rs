//! The table of what counts as a secret: who issues it, how it looks, from the most specific to the least.
//! Knows no SQL, sockets, clock, environment, serde or async, nor how a text is searched or rewritten.
//! Invariant: every expression decides within a bounded distance where its match ends, and no row accepts a placeholder
//! for a value.

#[macro_use]
mod row;

mod clouds;
mod forms;
mod hosts;
mod infra;
mod keys;
mod messages;
mod models;
mod money;

use std::sync::LazyLock;

pub(super) use row::{Find, Pattern};

/// Every kind of secret. Of two rows that claim the same text the earlier one names it.
pub(super) static PATTERNS: LazyLock<Vec<&'static Pattern>> = LazyLock::new(|| {
    let families =
        [keys::ROWS, clouds::ROWS, hosts::ROWS, models::ROWS, messages::ROWS, money::ROWS, infra::ROWS, forms::ROWS];
    families.into_iter().flatten().collect()
});
