//! `cargo xtask bench search`: searches over a large memory, beside an FTS5 query over the same texts.
//!
//! It must not know how either engine finds anything. Invariant: what is timed is what a client waits for, over the
//! socket and decoded; the texts came in through `quipu index`, as anybody's do.

pub(super) mod corpus;
mod floor;
mod race;
mod writers;
mod yardstick;

use std::time::Duration;

use super::figures::timed;
use super::flags::Flags;
use super::memory;
use super::report::{Verdicts, machine, mb};
use super::scratch::{self, Scratch};
use crate::shell::Outcome;
use corpus::{Corpus, Query};
use race::{Race, Times};
use writers::{WRITERS, Writers};
use yardstick::Yardstick;

/// Different queries of each kind; fewer over a large memory, where the yardstick takes seconds for one.
fn queries(chunks: usize) -> usize {
    if chunks > 3 * CLAIMED_FOR { 20 } else { 200 }
}
/// The size that most is claimed for.
const CLAIMED_FOR: usize = 100_000;
/// The claims about memory, in bytes, by the number of chunks.
const ANONYMOUS: [(usize, u64); 2] = [(CLAIMED_FOR, 150_000_000), (1_000_000, 500_000_000)];

/// A code of one bit a dimension, in bytes.
const CODE_BYTES: usize = 32;

/// A kind of query and the share of the yardstick's median that it may take.
struct Kind {
    name: &'static str,
    share: f64,
    queries: Vec<Query>,
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let chunks = flags.number("--chunks", CLAIMED_FOR)?.max(1_000);
    let least = Duration::from_secs(flags.number("--seconds", 5)? as u64);
    let strict = flags.switch("--strict");
    flags.finish()?;
    let home = Scratch::new(super::binary::quipu()?)?;
    println!("{}", machine());
    if chunks != CLAIMED_FOR {
        println!("note: what is claimed is claimed of {CLAIMED_FOR} chunks, not of {chunks}");
    }
    let count = queries(chunks);
    let mut corpus = Corpus::new(chunks);
    let mut verdicts = Verdicts::default();
    ingest(&home, &corpus)?;
    let yardstick = yardstick(&home, &corpus)?;
    let kinds = [
        Kind { name: "5 content words", share: 0.5, queries: corpus.content_queries(count, 5) },
        Kind { name: "5 words, any", share: 0.5, queries: corpus.any_queries(count, 5) },
        Kind { name: "60 words, any", share: 0.1, queries: corpus.any_queries(count, 60) },
    ];
    let mut race = Race { client: home.client()?, yardstick: &yardstick };
    for kind in &kinds {
        race.warm_up(&kind.queries[..count / 10])?;
    }

    println!("\nalone: query by query in turn, at least {} s a kind; {}", least.as_secs(), machine());
    let alone = kinds.iter().map(|kind| race.alone(&kind.queries, least)).collect::<Result<Vec<_>, _>>()?;
    table(&kinds, &alone);
    claims(&mut verdicts, &kinds, &alone, "alone");
    both_lanes(&mut verdicts, &kinds, &alone, chunks);
    let planted = planted(&mut race, &corpus)?;
    verdicts.holds(planted.0, &planted.1);
    let bytes = memory::now(&home);
    anonymous(&mut verdicts, bytes, chunks, "after ingest and queries");

    println!(
        "\nwith {WRITERS} writers, in blocks; FTS5's blocks run alone, over the texts without the notes; {}",
        machine()
    );
    let mut writers = Writers::new(&home, corpus.words)?;
    let (busy, seen) = memory::watch(&home, || {
        kinds.iter().map(|kind| race.with_writers(&kind.queries, &mut writers)).collect::<Result<Vec<_>, _>>()
    });
    let busy = busy?;
    table(&kinds, &busy);
    let (saved, rate, took) = writers.figures();
    println!("  {saved} notes saved, {rate:.0} a second; a save: p50 {:.2}, p99 {:.2} ms", took.median(), took.p99());
    claims(&mut verdicts, &kinds, &busy, "with writers");
    drop(writers);
    println!("  anonymous memory: {}", course(&seen.course));
    anonymous(&mut verdicts, bytes.map(|_| seen.most), chunks, "at most, with writers");
    sizes(&home)?;
    verdicts.finish(strict)
}

/// Brings the texts in, the way sessions come in.
pub(super) fn ingest(home: &Scratch, corpus: &Corpus) -> Outcome {
    let folder = home.folder().join("transcripts");
    let bytes = corpus.write_transcripts(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    println!("{} turns in {} of transcripts", corpus.texts.len(), mb(bytes));
    home.run(&["up"])?;
    let ((told, took), seen) = memory::watch(home, || timed(|| home.run(&["index", &folder.to_string_lossy()])));
    println!("  {}", told?);
    let mut client = home.client()?;
    let (settled, behind) = timed(|| {
        while scratch::health(&mut client)?.tail > 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok::<(), String>(())
    });
    settled?;
    let rate = corpus.texts.len() as f64 / took.as_secs_f64();
    println!(
        "  quipu index: {:.1} s, {rate:.0} rows/s; the text index {:.2} s behind",
        took.as_secs_f64(),
        behind.as_secs_f64()
    );
    println!("  anonymous memory meanwhile: {}, at most {}", course(&seen.course), mb(seen.most));
    sizes(home)?;
    let chunks = scratch::stats(&mut client)?.chunks;
    if chunks == corpus.texts.len() as u64 {
        Ok(())
    } else {
        Err(format!("{} turns became {chunks} chunks; the comparison needs the same rows", corpus.texts.len()))
    }
}

fn yardstick(home: &Scratch, corpus: &Corpus) -> Result<Yardstick, String> {
    let path = home.folder().join("fts5.db");
    let (yardstick, took) = Yardstick::build(&path, &corpus.texts)?;
    let rate = corpus.texts.len() as f64 / took.as_secs_f64();
    let bytes = std::fs::metadata(&path).map_or(0, |meta| meta.len());
    println!("  FTS5, one transaction: {:.1} s, {rate:.0} rows/s; {}", took.as_secs_f64(), mb(bytes));
    Ok(yardstick)
}

fn table(kinds: &[Kind], times: &[Times]) {
    println!(
        "{:<18} {:>11} {:>9} {:>12} {:>11} {:>11} {:>9} {:>8}",
        "", "quipu p50", "p99 ms", "in daemon", "words p50", "FTS5 p50", "p99 ms", "ratio"
    );
    for (kind, Times { quipu, in_daemon, words, fts5 }) in kinds.iter().zip(times) {
        println!(
            "{:<18} {:>11.3} {:>9.3} {:>12.3} {:>11.3} {:>11.3} {:>9.3} {:>8.3}",
            kind.name,
            quipu.median(),
            quipu.p99(),
            in_daemon.median(),
            words.median(),
            fts5.median(),
            fts5.p99(),
            quipu.median() / fts5.median()
        );
    }
}

fn claims(verdicts: &mut Verdicts, kinds: &[Kind], times: &[Times], when: &str) {
    for (kind, Times { quipu, fts5, .. }) in kinds.iter().zip(times) {
        let (got, bound) = (quipu.median(), kind.share * fts5.median());
        let what = format!(
            "{}, {when}: {got:.3} ms ≤ {} × FTS5's {:.3} ms = {bound:.3} ms",
            kind.name,
            kind.share,
            fts5.median()
        );
        verdicts.at_most(got, bound, &what);
    }
}

/// What meaning may cost on top of words: half of the text lane, and one pass over the codes at the memory's speed.
fn both_lanes(verdicts: &mut Verdicts, kinds: &[Kind], times: &[Times], chunks: usize) {
    let floor = floor::pass_ms(chunks * CODE_BYTES);
    println!("  one pass over {} of codes: {floor:.3} ms", mb((chunks * CODE_BYTES) as u64));
    for (kind, Times { quipu, words, .. }) in kinds.iter().zip(times) {
        let (got, bound) = (quipu.median(), 1.5 * words.median() + floor);
        let what = format!(
            "{}, both lanes: {got:.3} ms ≤ 1.5 × {:.3} ms by words alone + {floor:.3} ms = {bound:.3} ms",
            kind.name,
            words.median()
        );
        verdicts.at_most(got, bound, &what);
    }
}

/// Whether the one text that holds a word comes first when that word is asked for.
fn planted(race: &mut Race<'_>, corpus: &Corpus) -> Result<(bool, String), String> {
    let (mut quipu, mut fts5) = (0, 0);
    let all = corpus.planted_queries(5);
    for (query, word) in &all {
        let (ours, theirs) = race.first_hits(query)?;
        let is_it = |text: Option<String>| usize::from(text.is_some_and(|text| text.contains(word.as_str())));
        (quipu, fts5) = (quipu + is_it(ours), fts5 + is_it(theirs));
    }
    let what = format!("the text with the planted word is the first hit: quipu {quipu}, FTS5 {fts5} of {}", all.len());
    Ok((quipu == all.len(), what))
}

fn anonymous(verdicts: &mut Verdicts, bytes: Option<u64>, chunks: usize, when: &str) {
    match bytes {
        Some(bytes) if ANONYMOUS.iter().any(|(size, _)| *size == chunks) => {
            let most = ANONYMOUS.iter().find(|(size, _)| *size == chunks).map_or(0, |(_, most)| *most);
            let what = format!("anonymous memory {when}: {} ≤ {}", mb(bytes), mb(most));
            verdicts.at_most(bytes as f64, most as f64, &what);
        }
        Some(bytes) => verdicts.not_measured(&format!("anonymous memory {when}: {} here", mb(bytes))),
        None => verdicts.not_measured(&format!("anonymous memory {when}: this system does not say")),
    }
}

fn sizes(home: &Scratch) -> Outcome {
    let stats = scratch::stats(&mut home.client()?)?;
    println!(
        "  {} chunks; database {}, WAL {}, text index {}; anonymous memory {}, of files {}",
        stats.chunks,
        mb(stats.database_bytes),
        mb(stats.wal_bytes),
        mb(stats.index_bytes),
        memory::now(home).map_or_else(|| "unknown".to_owned(), mb),
        memory::mapped(home).map_or_else(|| "unknown".to_owned(), mb)
    );
    Ok(())
}

/// Figures over time, in MB.
fn course(bytes: &[u64]) -> String {
    let figures: Vec<String> = bytes.iter().map(|b| format!("{:.0}", *b as f64 / 1e6)).collect();
    format!("{} MB", figures.join(" "))
}
