//! Files below a folder.
//! It must not know what is in them.
//! Invariant: no link to a folder is followed, so no loop is walked; the order is that of names.

use std::path::{Path, PathBuf};

/// Folders in which nobody writes for agents, and there may be a million files.
const PASSED_OVER: [&str; 9] =
    [".git", "node_modules", "target", "vendor", "dist", "build", ".venv", "venv", "__pycache__"];

/// Which files are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// Those of every folder.
    All,
    /// Those of a project, without what tools put there.
    Project,
}

/// The files below `root` (or `root` itself) that `is_wanted`.
pub(super) fn files(root: &Path, within: Within, is_wanted: impl Fn(&Path) -> bool) -> std::io::Result<Vec<PathBuf>> {
    if root.is_file() {
        return Ok(vec![root.to_owned()]);
    }
    // What can be listed decides whether there is a folder at all; what lies deeper is left out if it cannot be.
    std::fs::read_dir(root)?;
    let (mut found, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let Ok(kind) = entry.file_type() else { continue };
            let is_passed_over = || PASSED_OVER.iter().any(|passed| name == **passed);
            if kind.is_dir() {
                if within == Within::All || !is_passed_over() {
                    open.push(path);
                }
            } else if is_wanted(&path) && (kind.is_file() || leads_into(&path, root)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a link leads to a regular file below `root`: one that leads elsewhere is somebody else's.
fn leads_into(link: &Path, root: &Path) -> bool {
    std::fs::canonicalize(link).is_ok_and(|real| real.starts_with(root) && real.is_file())
}
