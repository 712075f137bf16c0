//! That every check can fail and can pass; the cases of a check stand in its own folder.

use super::*;

/// Runs a check over a small tree and compares where it finds something: `path:line`.
pub(super) fn expect(check: fn(&Tree) -> Vec<Violation>, files: &[(&str, &str)], at: &[&str]) {
    let mut found = check(&Tree::of(files));
    found.sort();
    let places: Vec<String> = found.iter().map(|violation| format!("{}:{}", violation.path, violation.line)).collect();
    assert_eq!(places, at, "{found:#?}");
}

/// A name of a check, a file it must refuse and one it must accept.
type Sample = (&'static str, (&'static str, &'static str), (&'static str, &'static str));

const SAMPLES: &[Sample] = &[
    ("sql stays in the store", ("crates/cli/src/a.rs", "\"pragma x\""), ("crates/store/src/a.rs", "\"pragma x\"")),
    ("migrations are a list", ("a/migrations/0001_add_x.sql", ""), ("a/0001_add_x.sql", "")),
    ("environment is read in one file", ("crates/cli/src/a.rs", "env::var(\"A\")"), ("xtask/a.rs", "env::var(\"A\")")),
    ("only the cli speaks to the terminal", ("crates/core/src/a.rs", "dbg!(1)"), ("crates/cli/src/a.rs", "dbg!(1)")),
    (
        "core is true with the machine off",
        ("crates/core/src/a.rs", "use std::fs;"),
        ("crates/cli/src/a.rs", "use std::fs;"),
    ),
    ("files are rooms, not halls", ("a.rs", LONG), ("a.txt", LONG)),
    ("no test file is forgotten", ("crates/a/tests/b/c.rs", ""), ("crates/a/tests/b.rs", "")),
    ("crates depend inwards", ("crates/core/Cargo.toml", DEPENDS), ("crates/daemon/Cargo.toml", DEPENDS)),
    ("a file says what it is for", ("crates/a/src/b.rs", "fn f() {}"), ("crates/a/src/b.rs", "//! For f.")),
    ("nothing is left lying about", ("a.md", concat!("FIX", "ME")), ("a.md", "done")),
    ("no path of somebody's machine", ("a.md", concat!("/ho", "me/me/x")), ("a.md", concat!("/ho", "me/dev/x"))),
    ("dependencies are counted", ("Cargo.toml", ""), ("Cargo.lock", "[[package]]\n")),
    ("links lead somewhere", ("a.md", "[b](b.md)"), ("a.md", "[a](a.md)")),
];

const DEPENDS: &str = "[dependencies]\ntokio = \"1\"\n";
/// More lines than any file may have.
const LONG: &str = match str::from_utf8(&[b'\n'; 801]) {
    Ok(lines) => lines,
    Err(_) => "",
};

#[test]
fn every_check_refuses_its_bad_sample_and_accepts_its_good_one() {
    for (name, check) in CHECKS {
        let (_, bad, good) = SAMPLES.iter().find(|sample| sample.0 == *name).expect(name);
        assert_ne!(check(&Tree::of(&[*bad])), [], "{name} accepts {}", bad.0);
        assert_eq!(check(&Tree::of(&[*good])), [], "{name} refuses {}", good.0);
    }
}

#[test]
fn a_violation_reads_as_place_fact_and_cure() {
    let violation = Violation::new("a/b.rs", 7, "reads the environment", "pass the value");
    assert_eq!(violation.to_string(), "a/b.rs:7: reads the environment; pass the value");
}
