//! `quipu stats`.
//! It must not know tables.
//! Invariant: what was seen and not kept is counted beside what was kept.

use quipu_protocol::wire::daemon::StatsReply;

use super::Outcome;
use crate::connect::Daemon;
use crate::output::{BOLD, DIM, Form, json, styled};

pub(super) fn stats(form: Form) -> Outcome {
    let stats: StatsReply = Daemon::new()?.get("/v1/stats")?;
    if form == Form::Json {
        json(&stats);
        return Ok(());
    }
    let total: u64 = stats.by_kind.iter().map(|(_, n)| n).sum();
    anstream::println!(
        "{} memories in {} chunks ({} with a vector), from {} sessions of {} projects",
        styled(BOLD, &total.to_string()),
        stats.chunks,
        stats.vectors,
        stats.sessions,
        stats.projects
    );
    for (kind, count) in &stats.by_kind {
        anstream::println!("  {count:>8}  {kind}");
    }
    anstream::println!("{} transcripts read, {} secrets redacted", stats.transcripts, stats.redactions);
    if !stats.skipped.is_empty() {
        anstream::println!("seen and not kept:");
    }
    for row in &stats.skipped {
        let place = format!("{} first at bytes {}–{}", row.path.display(), row.first.0, row.first.1);
        anstream::println!("  {:>8}  {} ({})  {}", row.count, row.record_type, row.reason, styled(DIM, &place));
    }
    anstream::println!(
        "database {}, WAL {}, index {}",
        bytes(stats.database_bytes),
        bytes(stats.wal_bytes),
        bytes(stats.index_bytes)
    );
    Ok(())
}

/// A size as people say it.
pub(super) fn bytes(n: u64) -> String {
    match n {
        0..1_024 => format!("{n} B"),
        1_024..1_048_576 => format!("{:.1} KiB", n as f64 / 1_024.0),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", n as f64 / 1_048_576.0),
        _ => format!("{:.2} GiB", n as f64 / 1_073_741_824.0),
    }
}
