//! The release binary that is measured: the one beside the running xtask, built if it is not there.
//!
//! It must not know what it does. Invariant: a binary older than its sources is never measured in silence.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::shell;

/// The binary's path.
pub(crate) fn quipu() -> Result<PathBuf, String> {
    let xtask = std::env::current_exe().map_err(|error| format!("cannot tell where xtask lies: {error}"))?;
    let folder = xtask.parent().ok_or("xtask lies in no folder")?;
    let quipu = folder.join("quipu");
    if !quipu.is_file() {
        let target = folder.parent().ok_or("the target folder has no parent")?;
        let build = &mut shell::cargo(&["build", "--release", "--locked", "--package", "quipu"])?;
        shell::stream(build.arg("--target-dir").arg(target))?;
    } else if newest_source()? > modified(&quipu) {
        println!("note: sources are newer than this binary; `cargo build --release` first, to measure them");
    }
    Ok(quipu)
}

fn newest_source() -> Result<Option<SystemTime>, String> {
    let root = shell::root()?;
    Ok(["daemon", "store", "core", "embed", "protocol", "agents", "cli"]
        .iter()
        .filter_map(|name| newest_below(&root.join("crates").join(name).join("src")))
        .max())
}

fn newest_below(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.filter_map(|e| if e.path().is_dir() { newest_below(&e.path()) } else { modified(&e.path()) }).max()
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
}
