//! A folder against links, pipes, names that lead out, and files that are unfinished.

use super::*;
use std::os::unix::fs::symlink;

#[test]
fn writes_reads_lists_and_removes_only_below_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    let (inside, outside) = (dir.path().join("in"), dir.path().join("out"));
    std::fs::create_dir(&outside).expect("made");
    std::fs::write(outside.join("theirs.md"), "theirs").expect("written");
    let folder = Folder::make(&inside).expect("made");
    folder.write("a.md", b"one").expect("written");
    folder.write("deep/er/b.md", b"two").expect("written");
    folder.write("a.md", b"three").expect("written over");
    assert_eq!(folder.read("a.md", 100).expect("read").as_deref(), Some(&b"three"[..]));
    assert_eq!(folder.read("none.md", 100).expect("read"), None);
    assert_eq!(folder.read("no/such/folder.md", 100).expect("read"), None);
    assert!(folder.read("a.md", 4).is_err(), "too long");
    for name in ["../out/theirs.md", "/etc/hosts", "a//b", "", ".", "deep/../../out/theirs.md"] {
        assert!(folder.write(name, b"x").is_err() && folder.read(name, 9).is_err(), "{name}");
    }
    symlink(&outside, inside.join("link")).expect("linked");
    symlink(outside.join("theirs.md"), inside.join("file.md")).expect("linked");
    assert!(folder.write("link/new.md", b"x").is_err() && folder.remove("link/theirs.md").is_err());
    assert!(folder.read("link/theirs.md", 99).is_err() && folder.read("file.md", 99).is_err());
    assert!(folder.read("deep", 99).is_err(), "a folder is no file");
    let names = |folder: &Folder| {
        let all = folder.list(9, |name| name.ends_with(".md")).expect("listed");
        all.into_iter().map(|entry| entry.name).collect::<Vec<_>>()
    };
    std::fs::write(inside.join(".hidden.md"), "x").expect("written");
    std::fs::write(inside.join(format!("{UNFINISHED}x")), "x").expect("written");
    assert_eq!(names(&folder), ["a.md", "deep/er/b.md"]);
    // In the place of a link there is a file; what it led to is as it was.
    folder.write("file.md", b"ours").expect("written");
    assert_eq!(std::fs::read(outside.join("theirs.md")).expect("read"), b"theirs");
    assert_eq!(names(&folder), ["a.md", "deep/er/b.md", "file.md"]);
    assert!(folder.list(2, |_| true).is_err(), "too many");
    folder.remove("file.md").expect("removed");
    folder.remove("file.md").expect("removed already");
    assert_eq!(std::fs::read_dir(&outside).expect("read").count(), 1);
}

#[test]
fn knows_what_lies_in_the_data_directory() {
    let dir = tempfile::tempdir().expect("a folder");
    let data = dir.path().join("data");
    std::fs::create_dir(&data).expect("made");
    symlink(&data, dir.path().join("link")).expect("linked");
    for (path, expect) in [
        ("data", true),
        ("data/export/new", true),
        ("link/export", true),
        ("database", false),
        ("elsewhere/data", false),
    ] {
        assert_eq!(is_inside(&dir.path().join(path), &data), expect, "{path}");
    }
    assert!(!is_inside(dir.path(), &data));
}
