//! Which files must say what they are for, and what counts as saying it.

use super::super::tests::expect;
use super::*;

#[test]
fn sources_of_crates_open_with_their_purpose() {
    for text in ["//! What it is for.\n", "//! What it is for.\n//! What it must not know.\nfn f() {}\n"] {
        expect(check, &[("crates/a/src/b.rs", text)], &[]);
    }
    for text in ["fn f() {}\n", "\n//! Late.\n", "/// Of an item.\n", "// A comment.\n", "//!\n", ""] {
        expect(check, &[("crates/a/src/b/c.rs", text)], &["crates/a/src/b/c.rs:1"]);
    }
}

#[test]
fn tests_and_other_folders_may() {
    expect(check, &[("crates/a/tests/b.rs", "fn f() {}"), ("xtask/src/a.rs", ""), ("crates/a/build.rs", "")], &[]);
}
