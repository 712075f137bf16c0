//! `cargo xtask ci`: what must hold before a change is merged, cheapest first, stopping at the first failure.
//!
//! It must not know how a step does its work: a step is a name and a function.

use std::time::{Duration, Instant};

use crate::shell::{self, Outcome};
use crate::{fuzz, test, tidy, torture};

/// One thing CI checks.
struct Step {
    name: &'static str,
    run: fn() -> Result<Done, String>,
}

/// A step that did not fail has either run or says why it could not.
enum Done {
    Ran,
    Skipped(&'static str),
}

const STEPS: &[Step] = &[
    Step { name: "tools", run: || tools_are_here().map(ran) },
    Step { name: "fmt", run: || cargo(&["fmt", "--all", "--check"]).map(ran) },
    Step { name: "clippy", run: || cargo(CLIPPY).map(ran) },
    Step { name: "doc", run: || doc().map(ran) },
    Step { name: "tidy", run: || tidy::run(&[]).map(ran) },
    Step { name: "deny", run: deny },
    Step { name: "test", run: || test::cargo_test().map(ran) },
    Step { name: "fuzz", run: || fuzz::run(&[]).map(ran) },
    Step { name: "torture", run: || torture::run(&[]).map(ran) },
    Step { name: "demo", run: || cargo(&["run", "--release", "--locked", "--", "demo"]).map(ran) },
];

const CLIPPY: &[&str] = &["clippy", "--workspace", "--all-targets", "--release", "--locked", "--", "-D", "warnings"];
const DOC: &[&str] = &["doc", "--no-deps", "--workspace", "--release", "--locked", "--document-private-items"];

pub(crate) fn run(args: &[String]) -> Outcome {
    shell::no_arguments(args)?;
    let mut report = Vec::new();
    let mut outcome = Ok(());
    for step in STEPS {
        println!("── {} ──", step.name);
        let started = Instant::now();
        let result = (step.run)();
        report.push(line(step.name, &result, started.elapsed()));
        if let Err(why) = result {
            outcome = Err(format!("ci stopped at {}: {why}", step.name));
            break;
        }
    }
    report.extend(STEPS.iter().skip(report.len()).map(|step| format!("{:<8} not run", step.name)));
    println!("── ci ──\n{}", report.join("\n"));
    outcome
}

fn line(name: &str, result: &Result<Done, String>, took: Duration) -> String {
    match result {
        Ok(Done::Ran) => format!("{name:<8} ok      {:>6.1} s", took.as_secs_f64()),
        Ok(Done::Skipped(why)) => format!("{name:<8} skipped: {why}"),
        Err(_) => format!("{name:<8} FAILED  {:>6.1} s", took.as_secs_f64()),
    }
}

/// Without them the steps would end in cargo's `no such command`, which names no cure.
fn tools_are_here() -> Outcome {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !shell::answers(&mut shell::cargo(&[subcommand, "--version"])?) {
            return Err(format!("`cargo {subcommand}` is not installed: rustup component add {component}"));
        }
    }
    Ok(())
}

fn doc() -> Outcome {
    shell::stream(shell::cargo(DOC)?.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Advisories need the network, so CI machines carry cargo-deny and a laptop need not.
fn deny() -> Result<Done, String> {
    if !shell::answers(&mut shell::cargo(&["deny", "--version"])?) {
        println!("skipped: cargo-deny not installed");
        return Ok(Done::Skipped("cargo-deny not installed"));
    }
    cargo(&["deny", "--locked", "check"]).map(ran)
}

fn cargo(args: &[&str]) -> Outcome {
    shell::stream(&mut shell::cargo(args)?)
}

fn ran(_: ()) -> Done {
    Done::Ran
}
