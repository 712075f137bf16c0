//! Reading a real folder, with git and without.

use super::*;

/// A folder of this test alone, below the build's own folder, removed at the end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let exe = std::env::current_exe().expect("a test has a path");
        let path = exe.with_file_name(format!("xtask-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("sub")).expect("the build folder is writable");
        fs::create_dir_all(path.join("target")).expect("the build folder is writable");
        for file in ["a.rs", "sub/b.md", "target/built.rs"] {
            fs::write(path.join(file), "//! Text.\n").expect("the build folder is writable");
        }
        fs::write(path.join("sub/c.bin"), [0xff, 0x00]).expect("the build folder is writable");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn a_copy_without_git_is_walked_but_not_its_build() {
    let folder = Folder::new("walk");
    assert_eq!(walk(&folder.0).unwrap(), ["a.rs", "sub/b.md", "sub/c.bin"]);
}

#[test]
fn git_says_what_belongs_and_a_deleted_file_does_not() {
    let folder = Folder::new("git");
    let git = |args: &[&str]| Command::new("git").args(args).current_dir(&folder.0).output();
    let Ok(_) = git(&["init", "-q"]) else { return };
    fs::write(folder.0.join(".gitignore"), "/target\n").unwrap();
    git(&["add", "."]).unwrap();
    fs::remove_file(folder.0.join("a.rs")).unwrap();
    let tree = Tree::read(&folder.0).unwrap();
    assert_eq!(tree.len(), 3, "{:?}", tree.paths);
    assert_eq!((tree.files().len(), tree.sources().len()), (2, 0));
    assert!(tree.holds("sub/c.bin"), "a binary file is a file");
}

#[test]
fn a_folder_is_held_if_something_is_in_it() {
    let tree = Tree::of(&[("docs/a.md", ""), ("docs-old/b.md", "")]);
    for path in ["", "docs", "docs/", "docs/a.md", "docs-old"] {
        assert!(tree.holds(path), "{path}");
    }
    for path in ["doc", "docs/b.md", "a.md", "../docs"] {
        assert!(!tree.holds(path), "{path}");
    }
}
