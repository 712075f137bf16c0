//! `cargo xtask bench`: what the release binary costs, beside a yardstick that runs in the same minutes.
//!
//! House rule: measure, then claim. Everything is interleaved with its yardstick (A B A B …), because machines are
//! shared and noisy; what is claimed is a ratio, and a verdict prints both of its numbers.
//! It must not know how quipu works: it runs the binary as a user would and speaks to its socket as any client.

pub(crate) mod binary;
pub(crate) mod chance;
mod embed;
mod figures;
pub(crate) mod flags;
mod hook;
mod incident;
mod ingest;
mod knn;
mod mail;
mod mcp;
mod memory;
mod prose;
mod python;
mod report;
pub(crate) mod scratch;
mod search;
mod words;
mod writers;

use crate::shell::Outcome;

/// A benchmark: its name, what it measures, and what runs it.
struct Bench {
    name: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const BENCHES: &[Bench] = &[
    Bench {
        name: "embed",
        about: "[--rounds N] [--strict]: vectors of texts beside model2vec's own Python, on one thread",
        run: embed::run,
    },
    Bench {
        name: "hook",
        about: "[--runs N] [--strict]: whole hook processes beside `true` and `node -e ''`",
        run: hook::run,
    },
    Bench {
        name: "incident",
        about: "[--sessions N] [--rounds N] [--strict]: sessions that end together while all write, by SQLite alone and through quipu",
        run: incident::run,
    },
    Bench {
        name: "ingest",
        about: "[--mb N] [--big-mb N] [--strict]: `quipu index` of transcripts beside Python's json.loads",
        run: ingest::run,
    },
    Bench {
        name: "knn",
        about: "[--vectors N] [--rounds N] [--prose|--made-up] [--strict]: the nearest of 100 000 vectors beside sqlite-vec and hnswlib",
        run: knn::run,
    },
    Bench {
        name: "mail",
        about: "[--agents N] [--messages N] [--strict]: messages sent and read beside the same rows in bare SQLite",
        run: mail::run,
    },
    Bench {
        name: "mcp",
        about: "[--chunks N] [--clients N] [--queries N] [--strict]: searches by MCP beside /v1/search, a shim beside a command",
        run: mcp::run,
    },
    Bench {
        name: "search",
        about: "[--chunks N] [--seconds N] [--strict]: searches beside an FTS5 query over the same texts",
        run: search::run,
    },
    Bench {
        name: "writers",
        about: "[--processes N] [--each N] [--strict]: processes that write at once, by SQLite alone and through quipu",
        run: writers::run,
    },
];

pub(crate) fn run(args: &[String]) -> Outcome {
    // One of its writers, started by the benchmark itself.
    if let Some((writers::PROCESS, rest)) = args.split_first().map(|(name, rest)| (name.as_str(), rest)) {
        return writers::process(rest);
    }
    if let Some((incident::PROCESS, rest)) = args.split_first().map(|(name, rest)| (name.as_str(), rest)) {
        return incident::process(rest);
    }
    let chosen = args.split_first().and_then(|(name, rest)| Some((BENCHES.iter().find(|b| b.name == name)?, rest)));
    match chosen {
        Some((bench, rest)) => (bench.run)(rest),
        None => {
            let rows: Vec<String> =
                BENCHES.iter().map(|b| format!("  cargo xtask bench {:<8} {}", b.name, b.about)).collect();
            Err(format!("which benchmark?\n{}", rows.join("\n")))
        }
    }
}
