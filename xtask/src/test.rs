//! `cargo xtask test`: every test of the workspace, then tidy; before that, what will be skipped and why.
//!
//! It must not know what a test does: a tool is wanted if a source names it in a string, and a test that looks
//! for a tool in `PATH` decides itself what to do without. A missing tool therefore never fails the run here.

use std::process::Command;
use std::time::Duration;

use crate::shell::{self, Outcome};
use crate::tidy::{self, Tree};

/// Programs a test may use when they are there.
const OPTIONAL_TOOLS: &[&str] = &["strace", "python3", "node", "npm"];

/// As long as a person would wait for a package before running the tests without it.
const INSTALL_LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn run(args: &[String]) -> Outcome {
    shell::no_arguments(args)?;
    let tests = cargo_test();
    let tidy = tidy::run(&[]);
    match (tests, tidy) {
        (Ok(()), tidy) => tidy,
        (Err(why), Ok(())) => Err(why),
        (Err(why), Err(also)) => Err(format!("{why}; {also}")),
    }
}

/// The tests alone, all of them even if some fail: one run, the whole list.
pub(crate) fn cargo_test() -> Outcome {
    let tree = Tree::read(&shell::root()?)?;
    for &tool in OPTIONAL_TOOLS {
        let users = users(&tree, tool);
        if users.is_empty() || shell::in_path(tool) {
            continue;
        }
        let obtained = if tool == "strace" { install(tool) } else { Err("not in PATH".to_owned()) };
        match obtained {
            Ok(()) => println!("{tool} was missing and is installed now"),
            Err(why) => println!("{tool} is missing ({why}); tests that need it skip themselves: {}", users.join(", ")),
        }
    }
    shell::stream(&mut shell::cargo(&["test", "--release", "--workspace", "--locked", "--no-fail-fast"])?)
}

/// The files under crates/ that name the tool as a program.
fn users<'t>(tree: &'t Tree, tool: &str) -> Vec<&'t str> {
    let crates = tree.sources().iter().filter(|source| source.path.starts_with("crates/"));
    let named = crates.filter(|source| source.literals.iter().any(|literal| literal.text == tool));
    named.map(|source| source.path.as_str()).collect()
}

/// By the system's package manager, where that needs no password and asks nothing.
fn install(tool: &str) -> Outcome {
    if !shell::in_path("apt-get") {
        return Err("no apt-get to install it with".to_owned());
    }
    let me = Command::new("id").arg("-u").output().map_err(|error| format!("cannot tell who runs this: {error}"))?;
    if me.stdout.trim_ascii() != b"0" {
        return Err(format!("not root; to have it: sudo apt-get install {tool}"));
    }
    println!("{tool} is missing: trying apt-get install, {} s at most", INSTALL_LIMIT.as_secs());
    let mut apt_get = Command::new("apt-get");
    shell::within(INSTALL_LIMIT, apt_get.args(["install", "-y", tool]).env("DEBIAN_FRONTEND", "noninteractive"))?;
    if shell::in_path(tool) { Ok(()) } else { Err("apt-get said it was done, but it is not in PATH".to_owned()) }
}

#[cfg(test)]
mod tests;
