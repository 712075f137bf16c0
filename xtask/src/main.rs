//! `cargo xtask <command>`: the chores of this repository, so that CI and people run the same thing.
//!
//! Never shipped. It must not know how quipu works: it runs cargo and reads files. `ci`, `test` and `tidy` need
//! nothing but std; `bench`, `fuzz` and `torture` need a client, parsers and a yardstick, from crates the product is built
//! with anyway.

mod bench;
mod ci;
mod distill;
mod eval;
mod fuzz;
mod shell;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

use shell::Outcome;

/// A chore: what it is called, what it is for, and what does it with the arguments that follow its name.
struct Chore {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

/// To add a chore: a `mod` line above and a row here.
const CHORES: &[Chore] = &[
    Chore { name: "bench", about: "what hooks and searches cost, beside a yardstick", run: bench::run },
    Chore { name: "ci", about: "everything CI checks, stopping at the first failure", run: ci::run },
    Chore { name: "distill", about: "makes the bundled model anew from all-MiniLM-L6-v2", run: distill::run },
    Chore {
        name: "eval",
        about: "how well searches find what answers a question, on a corpus you name",
        run: eval::run,
    },
    Chore { name: "fuzz", about: "[--seconds N] [TARGET]: what others write, bent until it breaks", run: fuzz::run },
    Chore { name: "test", about: "all tests, in release mode, then tidy", run: test::run },
    Chore { name: "tidy", about: "the house rules a compiler does not know, in a second", run: tidy::run },
    Chore {
        name: "torture",
        about: "[--minutes M] [--seconds S]: clients at work while daemons die, stop and lose lock and disk",
        run: torture::run,
    },
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Outcome {
    let Some((name, rest)) = args.split_first() else {
        return Err(format!("which chore?\n{}", usage()));
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        println!("{}", usage());
        return Ok(());
    }
    match CHORES.iter().find(|chore| chore.name == name) {
        Some(chore) => (chore.run)(rest),
        None => Err(format!("there is no chore `{name}`\n{}", usage())),
    }
}

fn usage() -> String {
    let rows: Vec<String> =
        CHORES.iter().map(|chore| format!("  cargo xtask {:<7} {}", chore.name, chore.about)).collect();
    rows.join("\n")
}
