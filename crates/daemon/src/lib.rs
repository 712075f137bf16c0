//! quipu-daemon: the one process that owns database and index. Lifecycle, operations, doors and jobs.
//! It must not know the terminal, flags or SQL text.
//! Invariant: whoever calls an operation, by whatever door, the same function answers.

mod boot;
pub mod dates;
mod doors;
mod host;
mod jobs;
pub mod lifecycle;
pub mod markdown;
mod places;
mod privacy;
mod service;
mod settings;
