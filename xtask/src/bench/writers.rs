//! `cargo xtask bench writers`: sixteen processes that write small notes at once, each by SQLite's own means or through
//! quipu's daemon.
//!
//! It must not know how either keeps what it is given. Invariant: the same texts, the same kind of process, the same
//! disk and the same fsync for both sides; every attempt counts, those that failed too.

mod fsync;
mod process;
mod race;

use super::figures::Figures;
use super::flags::Flags;
use super::report::{Verdicts, machine};
use crate::shell::Outcome;
use fsync::Fsync;
use process::{Mode, Synchronous};
use race::Race;

pub(super) use process::{NAME as PROCESS, run as process};

/// The claims, each against the best of the direct ways.
const FASTER: f64 = 5.0;
const WORST_CASE: f64 = 1.0 / 20.0;
/// A way that refuses more than this share of its writes has no worst case to compare with: it does not wait.
const MAY_REFUSE: f64 = 0.01;

/// One way to write, and what came of it.
struct Row {
    mode: Mode,
    synchronous: Synchronous,
    kept: usize,
    failed: usize,
    /// How long each attempt took, whatever became of it.
    took: Figures,
    seconds: f64,
    /// The first failure's own words.
    why: Option<String>,
}

impl Row {
    fn rate(&self) -> f64 {
        self.kept as f64 / self.seconds
    }

    fn refused(&self) -> f64 {
        self.failed as f64 / (self.kept + self.failed).max(1) as f64
    }

    fn print(&self) {
        println!(
            "{:<30} {:>8.0} {:>9.2} {:>9.1} {:>9} of {}",
            self.name(),
            self.rate(),
            self.took.p99(),
            self.took.max(),
            self.failed,
            self.kept + self.failed
        );
        if let Some(why) = &self.why {
            println!("{:<30} {why}", "");
        }
    }

    fn name(&self) -> String {
        match (self.mode, self.synchronous) {
            (Mode::Quipu, Synchronous::Normal) => "quipu (FULL all the same)".to_owned(),
            (mode, synchronous) => format!("{}, {}", mode.name(), synchronous.name()),
        }
    }
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let processes = flags.number("--processes", 16)?.max(1);
    let each = flags.number("--each", 500)?.max(1);
    let strict = flags.switch("--strict");
    flags.finish()?;
    let quipu = super::binary::quipu()?;
    let mut verdicts = Verdicts::default();
    for fsync in [Fsync::slow(), Ok(Fsync::AsItIs)] {
        let fsync = match fsync {
            Ok(fsync) => fsync,
            Err(why) => {
                verdicts.not_measured(&format!("a slow fsync: {why}"));
                continue;
            }
        };
        let race = Race { quipu: quipu.clone(), processes, each: each * share(&fsync), fsync };
        println!("\n{processes} processes × {} notes, {}; {}", race.each, race.fsync.name(), machine());
        println!("{:<30} {:>8} {:>9} {:>9} {:>9}", "", "rows/s", "p99 ms", "max ms", "failed");
        let mut rows = Vec::new();
        for synchronous in [Synchronous::Full, Synchronous::Normal] {
            for mode in Mode::ALL {
                let row = race.run(mode, synchronous)?;
                row.print();
                rows.push(row);
            }
        }
        claims(&mut verdicts, &rows, &race.fsync);
    }
    verdicts.finish(strict)
}

/// With the disk's own fsync there is time for more.
fn share(fsync: &Fsync) -> usize {
    match fsync {
        Fsync::AsItIs => 4,
        Fsync::Slow(_) => 1,
    }
}

fn claims(verdicts: &mut Verdicts, rows: &[Row], fsync: &Fsync) {
    let ours = rows.iter().filter(|row| row.mode == Mode::Quipu);
    let lost: usize = ours.clone().map(|row| row.failed).sum();
    verdicts.holds(lost == 0, &format!("through quipu nothing fails, {}: {lost} did", fsync.name()));
    let full = |row: &&Row| row.synchronous == Synchronous::Full;
    let Some(quipu) = ours.clone().find(full) else { return };
    let direct: Vec<&Row> = rows.iter().filter(full).filter(|row| row.mode != Mode::Quipu).collect();
    let best = direct.iter().map(|row| row.rate()).fold(0.0, f64::max);
    let waiting = direct.iter().filter(|row| row.refused() <= MAY_REFUSE);
    let shortest = waiting.map(|row| row.took.max()).fold(f64::INFINITY, f64::min);
    let rate = format!(
        "{:.0} rows/s through quipu, {best:.0} the best direct way: {:.1} ×",
        quipu.rate(),
        quipu.rate() / best
    );
    let worst = format!(
        "at worst {:.1} ms through quipu, {shortest:.0} ms the direct way that fails least: 1/{:.0}",
        quipu.took.max(),
        shortest / quipu.took.max()
    );
    match fsync {
        Fsync::Slow(_) => {
            verdicts.at_most(FASTER * best, quipu.rate(), &format!("FULL, 2 ms: {rate} (≥ {FASTER})"));
            verdicts.at_most(quipu.took.max(), WORST_CASE * shortest, &format!("FULL, 2 ms: {worst} (≤ 1/20)"));
        }
        Fsync::AsItIs => println!("  {:<14} FULL: {rate}; {worst}", "not claimed"),
    }
}
