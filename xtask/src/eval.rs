//! `cargo xtask eval --data DIR --runs OUT [--baseline DIR]`: how well quipu finds what answers a question.
//!
//! Ingests a corpus shaped like LoCoMo (`corpus.jsonl`, `queries.jsonl`) through the product's own write path, asks
//! the product's own search, prints retrieval metrics per category, and writes `conversation.jsonl` and
//! `global.jsonl` (a line a question: `question_id`, `ranked`) for an independent scorer.
//! It must not know how quipu ranks. Invariant: every question is asked; none is left out of the means.

mod coding;
mod data;
mod play;
mod score;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::bench::binary;
use crate::shell::Outcome;
use data::Question;
use score::Metrics;

/// What is searched: the question's own conversation, or all of them.
pub(crate) const SETTINGS: [&str; 2] = ["conversation", "global"];

pub(crate) fn run(args: &[String]) -> Outcome {
    let usage = "cargo xtask eval --data DIR --runs OUT [--baseline DIR], or: cargo xtask eval --coding [--runs OUT] [--baseline DIR]";
    let bundled = args.first().is_some_and(|flag| flag == "--coding");
    let mut args = args.iter().skip(usize::from(bundled));
    let (mut data, mut runs, mut baseline) = (None, None, None);
    while let Some(flag) = args.next() {
        let value = args.next().map(PathBuf::from).ok_or(usage)?;
        match flag.as_str() {
            "--data" => data = Some(value),
            "--runs" => runs = Some(value),
            "--baseline" => baseline = Some(value),
            _ => return Err(format!("`{flag}` is not understood\n{usage}")),
        }
    }
    if bundled {
        return coding::run(runs, baseline);
    }
    let (data, runs) = data.zip(runs).ok_or(usage)?;
    let corpus = data::corpus(&data.join("corpus.jsonl"))?;
    let questions = data::questions(&data.join("queries.jsonl"))?;
    println!("{} turns, {} questions with evidence", corpus.len(), questions.len());
    std::fs::create_dir_all(&runs).map_err(|e| format!("{}: {e}", runs.display()))?;
    let play::Played { answers, given } = play::play(binary::quipu()?, &corpus, &questions)?;
    for (setting, ranked) in SETTINGS.iter().zip(&answers) {
        let file = runs.join(format!("{setting}.jsonl"));
        data::write_run(&file, &questions, ranked)?;
        let scored = score_all(&questions, ranked);
        let before = match &baseline {
            Some(dir) => {
                Some(score_all(&questions, &data::read_run(&dir.join(format!("{setting}.jsonl")), &questions)?))
            }
            None => None,
        };
        println!("\n{setting} ({})", file.display());
        print(&questions, &scored, before.as_deref());
    }
    print_given(&questions, &given);
    Ok(())
}

fn score_all(questions: &[Question], ranked: &[Vec<String>]) -> Vec<Metrics> {
    questions.iter().zip(ranked).map(|(question, ranked)| score::score(ranked, &question.evidence)).collect()
}

/// One row a category, one for all; with a baseline the paired difference in R@10 and its 95 % interval.
fn print(questions: &[Question], scored: &[Metrics], before: Option<&[Metrics]>) {
    let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, question) in questions.iter().enumerate() {
        rows.entry(format!("category {}", question.category)).or_default().push(at);
        rows.entry("~all".to_owned()).or_default().push(at);
    }
    let heads = score::NAMES.iter().map(|name| format!("{name:>8}")).collect::<String>();
    println!("{:<12} {:>5}{heads}{}", "", "n", if before.is_some() { "   R@10 − baseline" } else { "" });
    for (name, members) in rows {
        let chosen: Vec<Metrics> = members.iter().map(|at| scored[*at]).collect();
        let means = score::mean(&chosen).iter().map(|value| format!("{value:>8.3}")).collect::<String>();
        let difference = before.map(|before| {
            let pairs: Vec<f64> = members.iter().map(|at| scored[*at].recall_10() - before[*at].recall_10()).collect();
            let (mean, low, high) = score::interval(&pairs);
            let word = if low > 0.0 || high < 0.0 { "" } else { " (no difference shown)" };
            format!("   {mean:+.3} [{low:+.3}, {high:+.3}]{word}")
        });
        println!("{:<12} {:>5}{means}{}", name.trim_start_matches('~'), members.len(), difference.unwrap_or_default());
    }
}

/// How often a prompt hook would give something, by category: to its own conversation, and where nothing can be known.
fn print_given(questions: &[Question], given: &[[bool; 2]]) {
    println!("\nprompts given something unasked: in their own conversation, and asked of another");
    let mut rows: BTreeMap<u64, Vec<&[bool; 2]>> = BTreeMap::new();
    for (question, given) in questions.iter().zip(given) {
        rows.entry(question.category).or_default().push(given);
    }
    for (category, given) in rows {
        let share = |at: usize| given.iter().filter(|g| g[at]).count() as f64 / given.len() as f64;
        println!("category {category} {:>5} {:>8.3} {:>8.3}", given.len(), share(0), share(1));
    }
}

/// The error for a file that cannot be read or written.
fn about(path: &Path) -> impl FnOnce(std::io::Error) -> String {
    let path = path.to_owned();
    move |error| format!("{}: {error}", path.display())
}
