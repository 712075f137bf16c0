//! The files of the repository, read once, so that no check touches the disk.
//!
//! It must not know any rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::rust::Source;
use super::testcode;

/// A text file; paths are relative to the root, with `/`.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether it is data for tests, written by other programs or made to look so.
    pub(crate) fn is_sample(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "fixtures" | "golden" | "samples"))
    }
}

/// Everything tidy looks at.
#[derive(Default)]
pub(crate) struct Tree {
    paths: BTreeSet<String>,
    files: Vec<File>,
    sources: Vec<Source>,
}

impl Tree {
    /// What git tracks or would track. A copy without git (an unpacked archive) is walked instead.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let paths = match git_files(root) {
            Some(paths) => paths,
            None => walk(root).map_err(|error| format!("cannot list {}: {error}", root.display()))?,
        };
        let mut tree = Self::default();
        for path in paths {
            // A file that is tracked but deleted is no file; git lists it until the deletion is staged.
            let Ok(bytes) = fs::read(root.join(&path)) else { continue };
            match String::from_utf8(bytes) {
                Ok(text) => tree.add(path, text),
                Err(_) => drop(tree.paths.insert(path)),
            }
        }
        testcode::mark(&mut tree.sources);
        Ok(tree)
    }

    /// A tree for a test, in reading order.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.add((*path).to_owned(), (*text).to_owned());
        }
        testcode::mark(&mut tree.sources);
        tree
    }

    /// Every text file.
    pub(crate) fn files(&self) -> &[File] {
        &self.files
    }

    /// Every Rust file, taken apart.
    pub(crate) fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The text of the file at a path.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Whether a file or folder stands there; the root is the empty path.
    pub(crate) fn holds(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        let first_inside = self.paths.range(folder.clone()..).next();
        path.is_empty() || self.paths.contains(path) || first_inside.is_some_and(|inside| inside.starts_with(&folder))
    }

    /// How many files there are, binary ones too.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    fn add(&mut self, path: String, text: String) {
        if path.ends_with(".rs") {
            self.sources.push(Source::new(&path, &text));
        }
        self.paths.insert(path.clone());
        self.files.push(File { path, text });
    }
}

fn git_files(root: &Path) -> Option<Vec<String>> {
    // A checkout owned by another user (a container's mount) is listed too: nothing of its configuration is trusted
    // here that building it would not trust anyway.
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.current_dir(root).output().ok().filter(|output| output.status.success())?;
    let list = String::from_utf8(output.stdout).ok()?;
    Some(list.split_terminator('\0').map(str::to_owned).collect())
}

fn walk(root: &Path) -> std::io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let relative = entry.path().strip_prefix(root).map(Path::to_path_buf).unwrap_or_default();
            if kind.is_dir() && entry.file_name() != ".git" && relative != Path::new("target") {
                folders.push(entry.path());
            } else if let (true, Some(path)) = (kind.is_file(), relative.to_str()) {
                paths.push(path.to_owned());
            }
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests;
