//! Which project a directory belongs to: the git repository's common directory, so that worktrees agree.
//! It must not know the store; it reads directories.
//! Invariant: a directory that is gone is its own project, unless a known project lies above it.

use std::path::{Component, Path, PathBuf};

use quipu_core::memory::ProjectKey;
use quipu_core::scope;

/// The project of `directory`. `known` says whether a path is a project already.
pub(crate) fn project_of(directory: &str, known: impl Fn(&ProjectKey) -> bool) -> ProjectKey {
    let path = Path::new(directory);
    if let Some(root) = path.ancestors().find_map(repository) {
        return ProjectKey(root.to_string_lossy().into_owned());
    }
    // A directory that is there and in no repository is a project of its own, whatever lies above it.
    if path.exists() {
        return ProjectKey(without_slash(directory));
    }
    let above = path.ancestors().filter(|a| a.parent().is_some());
    let found = above.map_while(|a| a.to_str()).map(|a| ProjectKey(a.to_owned())).find(|key| known(key));
    found.unwrap_or_else(|| ProjectKey(without_slash(directory)))
}

fn without_slash(directory: &str) -> String {
    match directory.trim_end_matches('/') {
        "" => "/".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

/// The main directory of the repository that `dir` is the root of a working tree of.
fn repository(dir: &Path) -> Option<PathBuf> {
    let dot_git = dir.join(".git");
    let meta = std::fs::metadata(&dot_git).ok()?;
    let common = match meta.is_dir() {
        true => dot_git,
        // A submodule has a git directory of its own and no common one: it is a project at its own path.
        false => common_dir(dir, &dot_git).unwrap_or_else(|| dir.to_owned()),
    };
    let common = std::fs::canonicalize(common).ok()?;
    // A bare repository's common directory is the repository itself.
    let main = if common.file_name().is_some_and(|n| n == ".git") { common.parent()?.to_owned() } else { common };
    Some(main)
}

/// Follows a worktree's `.git` file (`gitdir: …`) and its `commondir` (gitrepository-layout(5)).
fn common_dir(dir: &Path, dot_git: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(dot_git).ok()?;
    let git_dir = dir.join(text.strip_prefix("gitdir:")?.trim());
    let common = std::fs::read_to_string(git_dir.join("commondir")).ok()?;
    Some(git_dir.join(common.trim()))
}

/// `path` from `base` on, without `.` and `..`; nothing on disk is looked at.
pub(crate) fn absolute(base: &Path, path: &str) -> String {
    let mut out = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out.to_string_lossy().into_owned()
}

/// A file of one of a project's working trees as it is called in the main one, whose root is `root`.
pub(crate) fn in_main_tree(path: &str, root: &str) -> String {
    let file = Path::new(path);
    let tree = working_tree(file).filter(|tree| *tree != Path::new(root));
    let inside = tree.filter(|tree| repository(tree).is_some_and(|main| main == Path::new(root)));
    match inside.and_then(|tree| file.strip_prefix(tree).ok()) {
        Some(inside) => Path::new(root).join(inside).to_string_lossy().into_owned(),
        None => path.to_owned(),
    }
}

/// A file as it is called from a project's root on.
pub(crate) fn inside<'p>(file: &'p str, root: &str) -> &'p str {
    file.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')).unwrap_or(file)
}

/// At most so many files of one memory are looked for.
const LOOKED_FOR: usize = 64;

/// Those of `files` that are gone from their working tree. Where the tree itself is not there, nothing is known of them.
pub(crate) fn gone(files: &[String], root: Option<&str>) -> Vec<String> {
    let is_gone = |file: &&String| {
        let path = Path::new(file.as_str());
        let in_tree = root.is_some_and(|root| path.starts_with(root) && Path::new(root).is_dir());
        let missing = std::fs::symlink_metadata(path).is_err_and(|error| {
            matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
        });
        missing && (in_tree || working_tree(path).is_some())
    };
    files.iter().take(LOOKED_FOR).filter(is_gone).cloned().collect()
}

/// The key of a file in a project, or of one that belongs to none ([`quipu_core::scope::file_key`]): the same in each of
/// the project's working trees.
pub(crate) fn file_key(project: Option<&ProjectKey>, path: &str) -> Option<String> {
    let Some(project) = project else { return scope::file_key(path, &[]) };
    let path = path.trim();
    let is_elsewhere = path.starts_with('/') && !Path::new(path).starts_with(&project.0);
    let tree = working_tree(Path::new(path)).filter(|_| is_elsewhere).and_then(Path::to_str);
    let tree = tree.filter(|tree| project_of(tree, |_| false) == *project);
    let roots: Vec<&str> = [Some(project.0.as_str()), tree].into_iter().flatten().collect();
    scope::file_key(path, &roots)
}

/// The root of the working tree that `path` lies in.
pub(crate) fn working_tree(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|above| above.join(".git").exists())
}

/// The branch that is checked out in `directory`, without running git.
pub(crate) fn branch_of(directory: &str) -> Option<String> {
    let root = Path::new(directory).ancestors().find(|a| a.join(".git").exists())?;
    let dot_git = root.join(".git");
    let git_dir = if dot_git.is_dir() {
        dot_git
    } else {
        root.join(std::fs::read_to_string(&dot_git).ok()?.strip_prefix("gitdir:")?.trim())
    };
    let head = std::fs::read_to_string(git_dir.join("HEAD")).ok()?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn never(_: &ProjectKey) -> bool {
        false
    }

    #[test]
    fn worktrees_and_subdirectories_agree() {
        let dir = tempfile::tempdir().expect("a temp dir");
        let home = fs::canonicalize(dir.path()).expect("canonical");
        let main = home.join("main");
        let tree = home.join("tree");
        fs::create_dir_all(main.join(".git/worktrees/tree")).expect("made");
        fs::create_dir_all(main.join("src/deep")).expect("made");
        fs::create_dir_all(&tree).expect("made");
        fs::write(main.join(".git/worktrees/tree/commondir"), "../..\n").expect("written");
        fs::write(main.join(".git/worktrees/tree/HEAD"), "ref: refs/heads/retry-queue\n").expect("written");
        fs::write(tree.join(".git"), format!("gitdir: {}\n", main.join(".git/worktrees/tree").display()))
            .expect("written");
        let key = ProjectKey(main.to_string_lossy().into_owned());
        for directory in [main.clone(), main.join("src/deep"), tree.clone()] {
            assert_eq!(project_of(&directory.to_string_lossy(), never), key);
            // A file that is not there yet has its key too.
            let path = directory.join("made/lock.rs");
            let expect = if directory.ends_with("deep") { "src/deep/made/lock.rs" } else { "made/lock.rs" };
            assert_eq!(file_key(Some(&key), &path.to_string_lossy()).as_deref(), Some(expect));
        }
        assert_eq!(branch_of(&tree.to_string_lossy()).as_deref(), Some("retry-queue"));
    }

    #[test]
    fn gone_directories_fall_to_a_known_project_above_or_to_themselves() {
        let known = |key: &ProjectKey| key.0 == "/gone/acme";
        assert_eq!(project_of("/gone/acme/api/src", known), ProjectKey("/gone/acme".into()));
        assert_eq!(project_of("/gone/other/", never), ProjectKey("/gone/other".into()));
        assert_eq!(project_of("/", never), ProjectKey("/".into()));
    }
}
