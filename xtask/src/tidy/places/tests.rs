//! Which words may stand where.

use super::super::tests::expect;
use super::*;

/// The line at several paths, and those where the check refuses it.
fn at_paths(check: fn(&Tree) -> Vec<Violation>, line: &str, paths: &[&str], refused: &[&str]) {
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, line)).collect();
    let at: Vec<String> = refused.iter().map(|path| format!("{path}:1")).collect();
    expect(check, &files, &at.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn the_environment_has_one_reader() {
    let paths = ["crates/cli/src/a.rs", "crates/protocol/src/env.rs", "crates/cli/tests/a.rs", "xtask/src/a.rs"];
    for line in [
        "let home = std::env::var(\"HOME\");",
        "let home = env::var_os(\"HOME\");",
        "for (k, v) in std::env::vars() {}",
        "let home = std::env::home_dir();",
        "const X: Option<&str> = option_env!(\"X\");",
        "const X: &str = env!(\"X\");",
    ] {
        at_paths(environment, line, &paths, &["crates/cli/src/a.rs"]);
    }
    for line in [
        "const V: &str = env!(\"CARGO_PKG_VERSION\");",
        "command.env(\"QUIPU_HOME\", home).env_remove(\"X\");",
        "let args = std::env::args();",
        "// std::env::var(\"HOME\")",
        "#[cfg(test)] mod t { fn f() { std::env::var(\"HOME\"); } }",
    ] {
        at_paths(environment, line, &paths, &[]);
    }
}

#[test]
fn the_terminal_belongs_to_the_cli() {
    let paths = [
        "crates/cli/src/a.rs",
        "crates/daemon/src/a.rs",
        "crates/daemon/tests/a.rs",
        "crates/store/build.rs",
        "xtask/src/a.rs",
    ];
    for line in ["println!(\"a\");", "eprintln!();", "print!(\"\");", "eprint!(\"\");", "dbg!(a);", "process::exit(1);"]
    {
        at_paths(terminal, line, &paths, &["crates/daemon/src/a.rs"]);
    }
    for line in ["/// println!()", "writeln!(out)", "my_println!()", "let a = \"println!\";"] {
        at_paths(terminal, line, &paths, &[]);
    }
}

#[test]
fn core_uses_no_machine() {
    let paths = ["crates/core/src/a.rs", "crates/core/tests/a.rs", "crates/daemon/src/a.rs"];
    for line in
        ["SystemTime::now();", "std::time::Instant::now();", "Uuid::now_v7()", "use std::fs;", "use std::net::X;"]
    {
        at_paths(machine, line, &paths, &["crates/core/src/a.rs"]);
    }
    for line in ["fn f(now: SystemTime) {}", "use std::time::Duration;", "#[cfg(test)] mod t { use std::fs; }"] {
        at_paths(machine, line, &paths, &[]);
    }
}

#[test]
fn each_place_is_named() {
    let text = "fn f() {\n    println!();\n    a();\n    dbg!(1);\n}\n";
    expect(terminal, &[("crates/core/src/a.rs", text)], &["crates/core/src/a.rs:2", "crates/core/src/a.rs:4"]);
}
