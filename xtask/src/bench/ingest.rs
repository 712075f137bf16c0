//! `cargo xtask bench ingest`: `quipu index` of transcripts, beside Python's json.loads over the same lines.
//!
//! It must not know how a transcript is read. Invariant: file by file in turn, the daemon settled before the yardstick
//! runs; what is timed is the command until it returns, when all is redacted, embedded and committed. And the memory
//! that reading takes: the daemon's own figure while it reads a small and a large file, each in a home of its own.

mod transcript;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::figures::timed;
use super::flags::Flags;
use super::memory;
use super::prose::Prose;
use super::python::Python;
use super::report::{Verdicts, machine, mb};
use super::scratch::{self, Scratch};
use crate::shell::Outcome;
use transcript::Written;

/// Several files are of this size.
const FILE: u64 = 25_000_000;
/// A small file, for its memory.
const SMALL: u64 = 4_000_000;
/// The claims: a share of the yardstick's speed, and how much more memory a large file may take than a small one.
const SHARE: f64 = 0.5;
const MORE_TIMES: f64 = 1.5;
const MORE_BYTES: f64 = 40e6;
/// Between two looks at the daemon's memory.
const LOOK: Duration = Duration::from_millis(25);

/// Bytes and seconds of one side.
#[derive(Default)]
struct Side {
    seconds: f64,
    /// The slowest and the quickest file, in MB/s.
    range: Option<(f64, f64)>,
}

impl Side {
    fn add(&mut self, bytes: u64, seconds: f64) {
        self.seconds += seconds;
        let rate = bytes as f64 / 1e6 / seconds;
        let (low, high) = self.range.unwrap_or((rate, rate));
        self.range = Some((low.min(rate), high.max(rate)));
    }

    fn print(&self, name: &str, bytes: u64) {
        let (low, high) = self.range.unwrap_or((f64::NAN, f64::NAN));
        println!("  {name:<44} {:>7.1} MB/s (files: {low:.1}–{high:.1})", self.rate(bytes));
    }

    fn rate(&self, bytes: u64) -> f64 {
        bytes as f64 / 1e6 / self.seconds
    }
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let several = flags.number("--mb", 100)?.max(10) as u64 * 1_000_000;
    let big = flags.number("--big-mb", 64)?.max(8) as u64 * 1_000_000;
    let strict = flags.switch("--strict");
    flags.finish()?;
    let quipu = super::binary::quipu()?;
    let home = Scratch::new(quipu.clone())?;
    println!("{}", machine());
    let mut prose = Prose::new(20_261_125)?;
    let mut make = |name: &str, number: u64, bytes: u64| {
        let path = home.folder().join(name);
        transcript::write(&path, &mut prose, number, bytes)
            .map(|written| (path.clone(), written))
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    let files = (0..several.div_ceil(FILE)).map(|n| make(&format!("several-{n}.jsonl"), n, FILE));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let (small, large) = (make("small.jsonl", 1_000, SMALL)?, make("large.jsonl", 1_001, big)?);
    describe(&files);
    let mut yardstick = Python::start(Path::new(""), include_str!("ingest/json.py"))
        .map_err(|why| println!("skipped: json.loads cannot be had ({why})"))
        .ok();
    let mut verdicts = Verdicts::default();

    home.run(&["up"])?;
    race(&home, &files, &mut yardstick, &mut verdicts)?;
    let stats = scratch::stats(&mut home.client()?)?;
    println!("  {} chunks; database {}", stats.chunks, mb(stats.database_bytes));
    home.run(&["down"])?;

    println!("\nmemory, each file in a home of its own; {}", machine());
    let (of_small, _) = peak(quipu.clone(), &small)?;
    let (of_large, seconds) = peak(quipu, &large)?;
    println!("  {} in one file: {:.1} MB/s", mb(large.1.bytes), large.1.bytes as f64 / 1e6 / seconds);
    match (of_small, of_large) {
        (Some(few), Some(many)) => {
            let bound = (few as f64 * MORE_TIMES).max(few as f64 + MORE_BYTES);
            let what = format!(
                "peak anonymous memory with a file of {}: {} ≤ {} (with one of {}: {})",
                mb(large.1.bytes),
                mb(many),
                mb(bound as u64),
                mb(small.1.bytes),
                mb(few)
            );
            verdicts.at_most(many as f64, bound, &what);
        }
        _ => verdicts.not_measured("peak anonymous memory: this system does not say"),
    }
    verdicts.finish(strict)
}

fn describe(files: &[(PathBuf, Written)]) {
    let sum = |of: fn(&Written) -> u64| files.iter().map(|(_, written)| of(written)).sum::<u64>();
    let (bytes, text) = (sum(|w| w.bytes), sum(|w| w.text));
    println!(
        "{} files, {}, {} lines; {} of it prompts, answers and thoughts ({:.1} %)",
        files.len(),
        mb(bytes),
        sum(|w| w.lines),
        mb(text),
        100.0 * text as f64 / bytes as f64
    );
}

/// File by file, each side first in turn.
fn race(
    home: &Scratch,
    files: &[(PathBuf, Written)],
    yardstick: &mut Option<Python>,
    verdicts: &mut Verdicts,
) -> Outcome {
    let (mut ours, mut theirs, mut behind) = (Side::default(), Side::default(), 0.0f64);
    let before = cpu_seconds(home);
    let mut json_loads = |path: &Path, written: &Written| -> Outcome {
        let Some(yardstick) = yardstick else { return Ok(()) };
        theirs.add(written.bytes, yardstick.seconds(&json!({ "path": path }))?);
        Ok(())
    };
    for (n, (path, written)) in files.iter().enumerate() {
        if n % 2 == 1 {
            json_loads(path, written)?;
        }
        ours.add(written.bytes, index(home, path)?);
        behind = behind.max(settle(home)?);
        if n % 2 == 0 {
            json_loads(path, written)?;
        }
    }
    let bytes = files.iter().map(|(_, written)| written.bytes).sum();
    println!("\nfile by file in turn; {}", machine());
    ours.print("quipu index (until it is committed)", bytes);
    if let (Some(before), Some(after)) = (before, cpu_seconds(home)) {
        println!(
            "  of the daemon's processor time: {:.1} MB/s; the text index at most {behind:.2} s behind",
            bytes as f64 / 1e6 / (after - before)
        );
    }
    if theirs.seconds == 0.0 {
        verdicts.not_measured(&format!("≥ {SHARE} × json.loads"));
        return Ok(());
    }
    theirs.print("json.loads (one process, nothing kept)", bytes);
    let (us, them) = (ours.rate(bytes), theirs.rate(bytes));
    let what = format!("{us:.1} MB/s ≥ {SHARE} × json.loads' {them:.1} = {:.1} MB/s ({:.2})", SHARE * them, us / them);
    verdicts.holds(us >= SHARE * them, &what);
    Ok(())
}

/// Seconds until `quipu index` returns.
fn index(home: &Scratch, path: &Path) -> Result<f64, String> {
    let (told, took) = timed(|| home.run(&["index", &path.to_string_lossy()]));
    told?;
    Ok(took.as_secs_f64())
}

/// Waits until the text index holds everything; seconds.
fn settle(home: &Scratch) -> Result<f64, String> {
    let mut client = home.client()?;
    let (settled, took) = timed(|| {
        while scratch::health(&mut client)?.tail > 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok::<(), String>(())
    });
    settled?;
    Ok(took.as_secs_f64())
}

/// The most anonymous memory while a fresh daemon reads one file, and the seconds it took.
fn peak(quipu: PathBuf, file: &(PathBuf, Written)) -> Result<(Option<u64>, f64), String> {
    let home = Scratch::new(quipu)?;
    home.run(&["up"])?;
    let before = memory::now(&home);
    let (seconds, seen) = memory::watch_every(LOOK, &home, || index(&home, &file.0));
    let seconds = seconds?;
    let chunks = scratch::stats(&mut home.client()?)?.chunks;
    let shown = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), mb);
    println!(
        "  {}: {} before, at most {} meanwhile; {chunks} chunks",
        mb(file.1.bytes),
        shown(before),
        shown(before.map(|_| seen.most))
    );
    Ok((before.map(|_| seen.most), seconds))
}

/// Processor time of the daemon so far; none where there is no `/proc`.
fn cpu_seconds(home: &Scratch) -> Option<f64> {
    let pid = quipu_protocol::owner::read(&home.paths.owner_lock())?.pid;
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name in parentheses: the 12th and 13th field are user and system time in hundredths.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / 100.0)
}
