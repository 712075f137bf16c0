//! Which test files a target reaches.

use super::super::tests::expect;
use super::*;

#[test]
fn files_directly_in_tests_are_targets() {
    expect(check, &[("crates/a/tests/b.rs", ""), ("crates/a/tests/c/main.rs", "")], &[]);
}

#[test]
fn a_file_nobody_declares_is_forgotten() {
    expect(check, &[("crates/a/tests/b.rs", ""), ("crates/a/tests/b/c.rs", "")], &["crates/a/tests/b/c.rs:1"]);
    let commented =
        [("crates/a/tests/b.rs", "// mod c;\nconst C: &str = \"mod c;\";"), ("crates/a/tests/c/mod.rs", "")];
    expect(check, &commented, &["crates/a/tests/c/mod.rs:1"]);
}

#[test]
fn declarations_are_followed_as_rustc_does() {
    let files = [
        ("crates/a/tests/it.rs", "mod common;\nmod doors;\n#[path = \"odd/name.rs\"]\nmod odd;\nmod inline { }"),
        ("crates/a/tests/common/mod.rs", "pub mod home;"),
        ("crates/a/tests/common/home.rs", "mod deep;"),
        ("crates/a/tests/common/home/deep.rs", ""),
        ("crates/a/tests/doors.rs", ""),
        ("crates/a/tests/odd/name.rs", ""),
        ("crates/a/tests/big/main.rs", "mod part;"),
        ("crates/a/tests/big/part.rs", ""),
        ("crates/a/src/b/tests/c.rs", "a unit test is the compiler's to find"),
    ];
    expect(check, &files, &[]);
    let next_door = [("crates/a/tests/it.rs", "mod part;"), ("crates/a/tests/it/part.rs", "")];
    expect(check, &next_door, &["crates/a/tests/it/part.rs:1"]);
}

#[test]
fn a_manifest_may_name_the_targets() {
    let manifest = "[package]\nautotests = false\n[[test]]\nname = \"it\"\npath = \"tests/it/run.rs\"\n";
    let files = [
        ("crates/a/Cargo.toml", manifest),
        ("crates/a/tests/it/run.rs", "mod a;"),
        ("crates/a/tests/it/run/a.rs", ""),
        ("crates/a/tests/stray.rs", ""),
    ];
    expect(check, &files, &["crates/a/tests/stray.rs:1"]);
}

#[test]
fn other_crates_do_not_declare_for_us() {
    let files = [("crates/a/tests/it.rs", "mod common;"), ("crates/b/tests/common/mod.rs", "")];
    expect(check, &files, &["crates/b/tests/common/mod.rs:1"]);
}
