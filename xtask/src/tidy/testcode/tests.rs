//! Which code counts as a test's.

use super::*;
use crate::tidy::Tree;

/// The word `x` stands once in each file; says whether tests alone see it.
fn check(files: &[(&str, &str)], path: &str, only_tests: bool) {
    let tree = Tree::of(files);
    let source = tree.sources().iter().find(|source| source.path == path).expect("the file is in the tree");
    let at = source.find("x").next().expect("the file holds an x");
    assert_eq!(source.is_test(at), only_tests, "{path}: {:?}", source.tests);
}

#[test]
fn by_place() {
    check(&[("crates/a/tests/b.rs", "x")], "crates/a/tests/b.rs", true);
    check(&[("crates/a/tests/b/c.rs", "x")], "crates/a/tests/b/c.rs", true);
    check(&[("crates/a/src/b/tests/c.rs", "x")], "crates/a/src/b/tests/c.rs", true);
    check(&[("crates/a/src/latests/c.rs", "x")], "crates/a/src/latests/c.rs", false);
    check(&[("crates/a/src/tests.rs", "x")], "crates/a/src/tests.rs", false);
}

#[test]
fn by_attribute() {
    let path = "crates/a/src/b.rs";
    for (text, only_tests) in [
        ("#[cfg(test)]\nmod t { fn f() { x } }", true),
        ("#[cfg(test)]\n#[allow(dead_code)]\npub(crate) fn f(a: [u8; 2]) -> u8 { x }", true),
        ("#[cfg(all(test, unix))]\nuse a::{b, x};", true),
        ("#![cfg(test)]\nx", true),
        ("#[cfg(test)]\nmod t { fn f() {} }\nx", false),
        ("#[cfg(test)]\nuse a::b;\nfn f() { x }", false),
        ("#[cfg(not(test))]\nfn f() { x }", false),
        ("#[cfg(any(test, feature = \"y\"))]\nfn f() { x }", false),
        ("// #[cfg(test)]\nfn f() { x }", false),
    ] {
        check(&[(path, text)], path, only_tests);
    }
}

#[test]
fn by_declaration_and_what_it_declares() {
    let files = [
        ("crates/a/src/lib.rs", "mod b; mod d;"),
        ("crates/a/src/b.rs", "#[cfg(test)]\nmod tests;"),
        ("crates/a/src/b/tests.rs", "mod c; fn f() { x }"),
        ("crates/a/src/b/tests/c.rs", "x"),
        ("crates/a/src/d.rs", "#[cfg(test)]\n#[path = \"elsewhere.rs\"]\nmod tests; fn f() { x }"),
        ("crates/a/src/elsewhere.rs", "mod deep; fn f() { x }"),
        ("crates/a/src/elsewhere/deep.rs", "x"),
    ];
    check(&files, "crates/a/src/b/tests.rs", true);
    check(&files, "crates/a/src/b/tests/c.rs", true);
    check(&files, "crates/a/src/elsewhere.rs", true);
    check(&files, "crates/a/src/elsewhere/deep.rs", true);
    check(&files, "crates/a/src/d.rs", false);
}

#[test]
fn paths_are_joined_as_a_reader_would() {
    assert_eq!(join("a/b", "../c.md"), "a/c.md");
    assert_eq!(join("", "./c.md"), "c.md");
    assert_eq!(join("a", "../../c.md"), "../c.md");
    assert_eq!(folder("a/b.md"), "a");
    assert_eq!(folder("b.md"), "");
}
