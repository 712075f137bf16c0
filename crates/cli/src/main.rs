//! The one binary: reads its arguments, runs a command, turns a fault into words and an exit code.
//! It must not know SQL or the index; what it wants it asks the daemon for.
//! Invariant: a hook exits 0 whatever happens; nothing of it runs through clap, a runtime or the store.

#[allow(rustdoc::broken_intra_doc_links, reason = "help texts write [default: …], which is no link")]
mod args;
mod commands;
mod connect;
mod demo;
mod hook;
mod live;
mod mcp;
mod output;
mod plain;

use std::process::ExitCode;
use std::time::Instant;

use quipu_daemon::dates;

fn main() -> ExitCode {
    let start = Instant::now();
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == "hook") {
        return hook::run(start, words, &[]);
    }
    commands::run(args::parse())
}
