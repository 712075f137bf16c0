//! The real binary, started as people and hosts start it: processes, sockets, signals, disks.
//! It must not know crates' insides: it sees argv, exit codes, standard streams, files and the API.
//! Invariant: each test has a home of its own, asserts no times but bounds that tell a hang from a wait, and
//! leaves neither process nor file behind.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "it/run.rs"]
mod run;
#[path = "it/support.rs"]
mod support;
