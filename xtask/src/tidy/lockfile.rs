//! How many packages we build on. A ceiling does not forbid growth; it makes growth a decision.
//!
//! It must not know which packages; deny.toml does.

use super::{Tree, Violation};

/// Raise it in the commit that needs it, and say there what the new packages buy.
/// 360 became 420 with MCP (`rmcp`, 28 packages, a third of them for Windows alone) and the live search (`ratatui-core` and its terminal, 24).
const CEILING: usize = 420;

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let Some(lock) = tree.text("Cargo.lock") else {
        let cure = "commit it: everything here is built with --locked";
        return vec![Violation::new("Cargo.lock", 1, "there is no lock file", cure)];
    };
    let packages = lock.lines().filter(|line| *line == "[[package]]").count();
    if packages <= CEILING {
        return Vec::new();
    }
    let what = format!("{packages} packages, more than {CEILING}");
    let cure = "do without the new ones, or raise the ceiling in xtask/src/tidy/lockfile.rs and say why";
    vec![Violation::new("Cargo.lock", 1, what, cure)]
}

#[cfg(test)]
mod tests;
