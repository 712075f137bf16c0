//! `cargo xtask bench knn`: the nearest of many vectors, beside sqlite-vec, hnswlib and exact float32 in numpy.
//!
//! It must not know how any of them looks: ours is `quipu_embed::Flat`, which the store's dense lane calls. Invariant:
//! one thread each, query by query in turn, each timed where it runs; recall is counted against the exact neighbours of
//! vectors that were never cut to eight bits, and ours also against those of the vectors that are stored.

mod texts;
mod yardsticks;

use std::time::Duration;

use quipu_embed::flat::RESCORED;
use quipu_embed::{DIMENSIONS, Direction, Embedder, Flat, StaticModel, Vector};

use super::figures::{Figures, timed};
use super::flags::Flags;
use super::report::{Verdicts, machine, mb};
use crate::shell::Outcome;
use texts::Texts;
use yardsticks::Yardsticks;

const QUERIES: usize = 200;
/// Nearest asked for.
const K: usize = 10;
/// The size that is claimed for.
const CLAIMED_FOR: usize = 100_000;
const RECALL: f64 = 0.99;
const TIMES: f64 = 20.0;

/// What is searched and what for: as the model has it before it is cut to eight bits, and as it is stored.
struct Data {
    exact: Vec<[f32; DIMENSIONS]>,
    stored: Vec<Vector>,
    queries: Vec<[f32; DIMENSIONS]>,
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let size = flags.number("--vectors", CLAIMED_FOR)?.max(1_000);
    let rounds = flags.number("--rounds", 3)?.max(1);
    let (prose, made_up, strict) = (flags.switch("--prose"), flags.switch("--made-up"), flags.switch("--strict"));
    flags.finish()?;
    println!("{}", machine());
    let data = data(&match (prose, made_up) {
        (true, _) => texts::prose(size, QUERIES)?,
        (_, true) => texts::made_up(size, QUERIES)?,
        _ => texts::comments(size, QUERIES)?,
    })?;
    let queries: Vec<Direction> = data.queries.iter().filter_map(Direction::of).collect();
    let mut flat = Flat::default();
    let (_, build) = timed(|| (0..).zip(&data.stored).for_each(|(n, vector)| flat.set(n, vector)));
    let mut yardsticks = Yardsticks::start(&data.exact, &data.queries)?;
    let mut verdicts = Verdicts::default();
    let truth = (0..queries.len()).map(|n| Ok(yardsticks.ask("numpy", n)?.0)).collect::<Result<Vec<_>, String>>()?;
    // What there is to find in the stored vectors: all of them weighed by eight bits.
    let all = flat.len();
    let stored: Vec<Vec<u32>> = queries.iter().map(|q| numbers(&flat.nearest_of(q, K, all, |_| true))).collect();
    rescoring(&flat, &queries, &truth, &stored);

    let (mut ours, mut scan) = (Tally::default(), Tally::default());
    let mut theirs: Vec<Tally> = yardsticks.names().iter().map(|_| Tally::default()).collect();
    for round in 0..=rounds {
        if round == 1 {
            // The first round was for the caches.
            (ours, scan) = (Tally::default(), Tally::default());
            theirs.fill(Tally::default());
        }
        for (n, query) in queries.iter().enumerate() {
            let (found, took) = timed(|| flat.nearest(query, K, |_| true));
            ours.add(took, &numbers(&found), &truth[n]);
            scan.add(took, &numbers(&found), &stored[n]);
            for (name, tally) in yardsticks.names().into_iter().zip(&mut theirs) {
                let (found, took) = yardsticks.ask(name, n)?;
                tally.add(took, &found, &truth[n]);
            }
        }
    }
    println!("\n{rounds} × {} queries in turn, k = {K}, one thread each; {}", queries.len(), machine());
    println!("{:<24} {:>9} {:>9} {:>10} {:>9}", "", "p50 ms", "p99 ms", "recall@10", "build s");
    ours.print(&format!("quipu, {RESCORED} rescored"), build.as_secs_f64());
    for (name, tally) in yardsticks.names().into_iter().zip(&theirs) {
        tally.print(&yardsticks.shown(name), yardsticks.built(name));
    }
    if size != CLAIMED_FOR {
        println!("note: what is claimed is claimed of {CLAIMED_FOR} vectors, not of {size}");
    }
    let got = scan.recall();
    let what = format!("recall@10 of the stored vectors' own nearest, {RESCORED} rescored: {got:.4} ≥ {RECALL}");
    verdicts.holds(got >= RECALL, &what);
    match yardsticks.names().iter().position(|name| *name == "sqlite-vec") {
        Some(at) => {
            let (us, them) = (ours.took.median(), theirs[at].took.median());
            let what = format!("p50 {us:.3} ms ≤ 1/{TIMES} × sqlite-vec's {them:.3} = {:.3} ms", them / TIMES);
            verdicts.at_most(us, them / TIMES, &what);
        }
        None => verdicts.not_measured(&format!("{TIMES} × faster than sqlite-vec")),
    }
    verdicts.finish(strict)
}

/// What became of the queries.
#[derive(Default, Clone)]
struct Tally {
    took: Figures,
    hits: usize,
    asked: usize,
}

impl Tally {
    fn add(&mut self, took: Duration, found: &[u32], truth: &[u32]) {
        self.took.add(took);
        self.hits += hits(found, truth);
        self.asked += truth.len();
    }

    fn recall(&self) -> f64 {
        self.hits as f64 / self.asked as f64
    }

    fn print(&self, name: &str, build: f64) {
        let (p50, p99) = (self.took.median(), self.took.p99());
        println!("{name:<24} {p50:>9.3} {p99:>9.3} {:>10.4} {build:>9.2}", self.recall());
    }
}

fn hits(found: &[u32], truth: &[u32]) -> usize {
    found.iter().filter(|at| truth.contains(at)).count()
}

fn numbers(found: &[(u32, f32)]) -> Vec<u32> {
    found.iter().map(|(at, _)| *at).collect()
}

/// What the number of rescored vectors is worth, one query after the other, with nothing between that empties caches.
fn rescoring(flat: &Flat, queries: &[Direction], truth: &[Vec<u32>], stored: &[Vec<u32>]) {
    println!("{:<24} {:>9} {:>10} {:>18}", "rescored", "p50 ms", "recall@10", "of the stored's");
    for rescored in [K, 50, 100, 200, 400, 800, 1_600, flat.len()] {
        let (mut tally, mut scan) = (Tally::default(), Tally::default());
        for (n, query) in queries.iter().enumerate() {
            let (found, took) = timed(|| flat.nearest_of(query, K, rescored, |_| true));
            tally.add(took, &numbers(&found), &truth[n]);
            scan.add(took, &numbers(&found), &stored[n]);
        }
        println!("{rescored:<24} {:>9.3} {:>10.4} {:>18.4}", tally.took.median(), tally.recall(), scan.recall());
    }
}

/// The vectors of texts, those that say nothing left out.
fn data(texts: &Texts) -> Result<Data, String> {
    let model = StaticModel::bundled();
    let says = |text: &&String| model.passage(text).vector.is_some();
    let (mut exact, mut stored) = (Vec::new(), Vec::new());
    let (_, took) = timed(|| stored.extend(texts.texts.iter().filter_map(|text| model.passage(text).vector)));
    exact.extend(texts.texts.iter().filter(says).map(|text| model.direction(text)));
    let queries: Vec<_> = texts.queries.iter().filter(says).map(|text| model.direction(text)).collect();
    let memory = stored.len() * (DIMENSIONS + DIMENSIONS / 8 + size_of::<f32>());
    println!("{}; {} queries of 8 words", texts.about, queries.len());
    println!("embedded in {:.1} s; codes, bytes and lengths take {}", took.as_secs_f64(), mb(memory as u64));
    Ok(Data { exact, stored, queries })
}
