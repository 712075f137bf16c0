//! Where git stands in a working tree, from its files alone.
//! It must not run git, nor know what a mirror does about it.
//! Invariant: nothing is written; what cannot be read is as if it were not there.

use std::path::{Path, PathBuf};

/// What lies in git's folder while somebody is in the middle of something.
const UNDER_WAY: [(&str, &str); 8] = [
    ("index.lock", "git is at work"),
    ("HEAD.lock", "git is at work"),
    ("rebase-merge", "a rebase is under way"),
    ("rebase-apply", "a rebase is under way"),
    ("MERGE_HEAD", "a merge is under way"),
    ("CHERRY_PICK_HEAD", "a cherry-pick is under way"),
    ("REVERT_HEAD", "a revert is under way"),
    ("BISECT_LOG", "a bisection is under way"),
];

/// Where git stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Git {
    /// The branch that is checked out, or nothing of that form where none is.
    branch: String,
    /// The commit, where it could be found.
    commit: String,
    /// What somebody is in the middle of.
    pub(super) under_way: Option<&'static str>,
}

/// What has moved between two looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Nothing,
    /// Another commit of the same branch.
    Commit,
    /// Another branch.
    Branch,
}

impl Git {
    /// As it is kept.
    pub(super) fn head(&self) -> String {
        format!("{} {}", self.branch, self.commit)
    }

    /// The name by which people know the branch.
    pub(super) fn name(&self) -> &str {
        name(&self.branch)
    }

    /// What has moved since `head` was kept.
    pub(super) fn moved(&self, head: Option<&str>) -> Moved {
        match head.and_then(|head| head.split_once(' ')) {
            None => Moved::Nothing,
            Some((branch, _)) if branch != self.branch => Moved::Branch,
            Some((_, commit)) if commit != self.commit => Moved::Commit,
            Some(_) => Moved::Nothing,
        }
    }
}

/// The branch of a kept head, as people know it.
pub(super) fn branch_of(head: &str) -> &str {
    name(head.split_once(' ').map_or(head, |(branch, _)| branch))
}

fn name(branch: &str) -> &str {
    match branch {
        "" => "no branch",
        branch => branch.strip_prefix("refs/heads/").unwrap_or(branch),
    }
}

/// Where git stands in the working tree that `dir` lies in; none where it lies in none.
pub(super) fn look(dir: &Path) -> Option<Git> {
    let git = dir.ancestors().find_map(folder)?;
    let line = |path: PathBuf| std::fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
    let head = line(git.join("HEAD"));
    let (branch, commit) = match head.strip_prefix("ref: ") {
        None => (String::new(), head),
        Some(branch) => {
            // A worktree's references lie with those of the first one.
            let common =
                Some(line(git.join("commondir"))).filter(|c| !c.is_empty()).map_or(git.clone(), |c| git.join(c));
            let loose = [&git, &common].map(|at| line(at.join(branch)));
            let found = loose.into_iter().find(|commit| !commit.is_empty());
            (branch.to_owned(), found.unwrap_or_else(|| packed(&common, branch)))
        }
    };
    let under_way = UNDER_WAY.iter().find(|(file, _)| git.join(file).exists()).map(|(_, what)| *what);
    Some(Git { branch, commit, under_way })
}

fn folder(tree: &Path) -> Option<PathBuf> {
    let dot = tree.join(".git");
    let meta = std::fs::metadata(&dot).ok()?;
    if meta.is_dir() {
        return dot.join("HEAD").exists().then_some(dot);
    }
    let text = std::fs::read_to_string(&dot).ok()?;
    Some(tree.join(text.trim().strip_prefix("gitdir: ")?))
}

fn packed(git: &Path, branch: &str) -> String {
    let text = std::fs::read_to_string(git.join("packed-refs")).unwrap_or_default();
    let found = text.lines().find_map(|line| line.split_once(' ').filter(|(_, name)| *name == branch));
    found.map(|(commit, _)| commit.to_owned()).unwrap_or_default()
}
