//! `cargo xtask tidy`: the house rules a compiler does not know, over every file git tracks or would track.
//!
//! It must not change a file, start a build, or take longer than a person waits (two seconds for everything).
//! Every check is a function from the tree to its violations, so a test can hand it a tree of three lines.

mod forgotten;
mod headers;
mod leftovers;
mod links;
mod lockfile;
mod migrations;
mod places;
mod rust;
mod size;
mod sql;
mod testcode;
mod tree;
mod walls;

use std::fmt;
use std::time::Instant;

use crate::shell::{self, Outcome};

pub(crate) use tree::Tree;

/// A line that breaks a rule, and how to mend it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Violation {
    path: String,
    line: usize,
    what: String,
    cure: String,
}

impl Violation {
    fn new(path: &str, line: usize, what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into(), cure: cure.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.cure)
    }
}

/// A rule by name; the name is what its test is found by.
type Check = (&'static str, fn(&Tree) -> Vec<Violation>);

const CHECKS: &[Check] = &[
    ("sql stays in the store", sql::check),
    ("migrations are a list", migrations::check),
    ("environment is read in one file", places::environment),
    ("only the cli speaks to the terminal", places::terminal),
    ("core is true with the machine off", places::machine),
    ("files are rooms, not halls", size::check),
    ("no test file is forgotten", forgotten::check),
    ("crates depend inwards", walls::check),
    ("a file says what it is for", headers::check),
    ("nothing is left lying about", leftovers::markers),
    ("no path of somebody's machine", leftovers::home_paths),
    ("dependencies are counted", lockfile::check),
    ("links lead somewhere", links::check),
];

pub(crate) fn run(args: &[String]) -> Outcome {
    shell::no_arguments(args)?;
    let started = Instant::now();
    let tree = Tree::read(&shell::root()?)?;
    let mut violations: Vec<Violation> = CHECKS.iter().flat_map(|(_, check)| check(&tree)).collect();
    violations.sort();
    for violation in &violations {
        println!("{violation}");
    }
    let seen = format!("{} checks over {} files in {} ms", CHECKS.len(), tree.len(), started.elapsed().as_millis());
    if violations.is_empty() {
        println!("tidy: {seen}, all in order");
        Ok(())
    } else {
        let plural = if violations.len() == 1 { "" } else { "s" };
        Err(format!("tidy: {} violation{plural} ({seen})", violations.len()))
    }
}

#[cfg(test)]
mod tests;
