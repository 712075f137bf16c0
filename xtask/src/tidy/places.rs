//! Words that may stand in one place only: reading the environment, speaking to the terminal, using the machine.
//!
//! It must not know why a file wants the word: who needs it elsewhere moves the line, or the rule here.

use super::rust::Source;
use super::{Tree, Violation};

/// Words, the paths they may not stand in, and what to do with one that does. Tests are free, and so are build
/// scripts: both words are how cargo speaks to them.
struct Rule {
    words: &'static [&'static str],
    banned_in: fn(&str) -> bool,
    what: &'static str,
    cure: &'static str,
}

/// Build-time words are in the list too: an `env!` is a setting nobody can see at run time.
const ENVIRONMENT: Rule = Rule {
    words: &["env::var(", "env::var_os(", "env::vars(", "env::vars_os(", "env::home_dir(", "option_env!", "env!"],
    banned_in: |path| path != "crates/protocol/src/env.rs" && !path.starts_with("xtask/"),
    what: "reads the environment",
    cure: "read it in crates/protocol/src/env.rs and pass the value",
};

const TERMINAL: Rule = Rule {
    words: &["println!", "eprintln!", "print!", "eprint!", "dbg!", "process::exit("],
    banned_in: |path| !path.starts_with("crates/cli/src/") && !path.starts_with("xtask/"),
    what: "speaks to the terminal or ends the process",
    cure: "return the value and let crates/cli print it, or log it with tracing",
};

const MACHINE: Rule = Rule {
    words: &[
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "now_v7(",
        "new_v4(",
        "std::net",
        "std::fs",
        "std::process",
        "std::thread",
    ],
    banned_in: |path| path.starts_with("crates/core/src/"),
    what: "core uses the machine",
    cure: "take the time, the id or the text as an argument",
};

/// A setting that is read in two places has two defaults sooner or later.
pub(super) fn environment(tree: &Tree) -> Vec<Violation> {
    apply(&ENVIRONMENT, tree)
}

/// A daemon's stray line on stdout breaks MCP's framing; a hook's breaks the agent's prompt.
pub(super) fn terminal(tree: &Tree) -> Vec<Violation> {
    apply(&TERMINAL, tree)
}

/// Rules that need no machine can be tested by a table, in any order, at any time of day.
pub(super) fn machine(tree: &Tree) -> Vec<Violation> {
    apply(&MACHINE, tree)
}

fn apply(rule: &Rule, tree: &Tree) -> Vec<Violation> {
    let banned = |path: &str| (rule.banned_in)(path) && !path.ends_with("/build.rs");
    let sources = tree.sources().iter().filter(|source| banned(&source.path));
    sources.flat_map(|source| in_source(rule, source)).collect()
}

fn in_source(rule: &Rule, source: &Source) -> Vec<Violation> {
    let seen = rule.words.iter().flat_map(|word| source.find(word).map(move |at| (at, word)));
    let seen = seen.filter(|&(at, _)| !source.is_test(at) && !names_the_package(&source.text[at..]));
    seen.map(|(at, word)| {
        let what = format!("{} (`{}`)", rule.what, word.trim_end_matches('('));
        Violation::new(&source.path, source.line(at), what, rule.cure)
    })
    .collect()
}

/// What cargo tells a crate about itself at compile time is no setting.
fn names_the_package(text: &str) -> bool {
    let argument = text.strip_prefix("env!").map(|rest| rest.trim_start_matches(['(', '[', '{', ' ', '\n']));
    argument.is_some_and(|argument| argument.starts_with("\"CARGO_"))
}

#[cfg(test)]
mod tests;
