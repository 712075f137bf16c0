//! What a benchmark prints: the machine, verdicts with both their numbers, sizes.
//!
//! It must not know what a number means. Invariant: a claim that was not measured is said to be so, not left out.

use crate::shell::Outcome;

/// Claims with what became of them.
#[derive(Default)]
pub(super) struct Verdicts {
    broken: usize,
}

impl Verdicts {
    /// Claims that `got` is at most `bound`; `what` names both with their numbers.
    pub(super) fn at_most(&mut self, got: f64, bound: f64, what: &str) {
        self.holds(got <= bound, what);
    }

    pub(super) fn holds(&mut self, holds: bool, what: &str) {
        self.broken += usize::from(!holds);
        println!("  {:<14} {what}", if holds { "holds" } else { "does not hold" });
    }

    pub(super) fn not_measured(&self, what: &str) {
        println!("  {:<14} {what}", "not measured");
    }

    /// A benchmark is no test: on a busy machine a claim may fail. With `strict` it is one.
    pub(super) fn finish(self, strict: bool) -> Outcome {
        match self.broken {
            0 => Ok(()),
            broken if strict => Err(format!("{broken} of the claims above did not hold")),
            _ => Ok(()),
        }
    }
}

/// How busy this machine is, ours and everybody's work together; it tells how far absolute times can be believed.
pub(super) fn machine() -> String {
    let load = load().map_or_else(|| "unknown".to_owned(), |load| format!("{load:.1}"));
    format!("load {load} on {} cores", cores())
}

/// Whether others leave the machine to us: what is said of an idle machine is measured on one.
pub(super) fn is_idle() -> bool {
    load().is_some_and(|load| load < cores() as f64 / 2.0)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Over the last minute; none where the system does not say.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Bytes as people read them.
pub(super) fn mb(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
