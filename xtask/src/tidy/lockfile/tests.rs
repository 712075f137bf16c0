//! Counting packages.

use super::super::tests::expect;
use super::*;

fn lock(packages: usize) -> String {
    format!("version = 4\n{}", "\n[[package]]\nname = \"a\"\n".repeat(packages))
}

#[test]
fn the_ceiling_itself_is_allowed() {
    expect(check, &[("Cargo.lock", &lock(CEILING))], &[]);
    expect(check, &[("Cargo.lock", &lock(CEILING + 1))], &["Cargo.lock:1"]);
}

#[test]
fn a_missing_lock_file_is_no_small_one() {
    expect(check, &[], &["Cargo.lock:1"]);
}
