//! Where a project's own file lies.
//! It must not know what is in it.
//! Invariant: sessions of one working tree have one file.

use std::path::Path;

/// The file's name, at the root of a project.
pub const PROJECT_FILE: &str = ".quipu.toml";

/// The root of the project that `directory` lies in: its git working tree, or itself.
pub fn project_root(directory: &Path) -> &Path {
    directory.ancestors().find(|above| above.join(".git").exists()).unwrap_or(directory)
}
