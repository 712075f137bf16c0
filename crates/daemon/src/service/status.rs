//! Health and counts.
//! It must not know how they are shown.
//! Invariant: what cannot be known is left out, never guessed.

use std::sync::Arc;

use quipu_core::id::Millis;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::daemon::{Health, SkippedView, StatsReply};
use quipu_protocol::wire::places::PauseView;
use quipu_protocol::{PROTOCOL, VERSION};

use super::{Service, fault_of};

pub(crate) fn health(service: &Service) -> Result<Health, Fault> {
    let now = service.now();
    let gauges = service.engine.gauges();
    let holds = |to: Option<Millis>| to.is_none_or(|to| now < to);
    let damage = service.engine.damage();
    let pauses = match service.pauses() {
        // A damaged database still says that it is damaged.
        Err(_) if damage.is_some() => Arc::default(),
        pauses => pauses?,
    };
    let pauses = pauses
        .iter()
        .filter(|p| holds(p.to))
        .map(|p| PauseView {
            project: p.project.as_ref().map(|k| k.0.clone()),
            from: p.from.0,
            until: p.to.map(|t| t.0),
        })
        .collect();
    Ok(Health {
        mode: service.mode().to_owned(),
        version: VERSION.to_owned(),
        protocol: PROTOCOL,
        pid: std::process::id(),
        epoch: service.epoch,
        data: service.paths.data.clone(),
        uptime_ms: u64::try_from(service.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        wal_bytes: gauges.wal_bytes,
        tail: gauges.tail,
        spool: files_in(&service.paths.spool()),
        quarantined: files_in(&service.paths.spool().join("quarantine")),
        anonymous_bytes: anonymous_bytes(),
        ingest: service.ingest.progress(),
        pauses,
        damage,
    })
}

pub(crate) fn stats(service: &Service) -> Result<StatsReply, Fault> {
    let stats = service.engine.stats().map_err(fault_of)?;
    Ok(StatsReply {
        by_kind: stats.by_kind,
        chunks: stats.chunks,
        vectors: stats.vectors,
        sessions: stats.sessions,
        projects: stats.projects,
        transcripts: stats.sources,
        redactions: stats.redactions,
        skipped: stats
            .skipped
            .into_iter()
            .map(|s| SkippedView {
                path: s.path,
                record_type: s.record_type,
                reason: s.reason,
                count: s.count,
                first: (s.first.start, s.first.end),
                last: (s.last.start, s.last.end),
            })
            .collect(),
        database_bytes: stats.database_bytes,
        wal_bytes: stats.wal_bytes,
        index_bytes: stats.index_bytes,
        mode: service.mode().to_owned(),
    })
}

fn files_in(dir: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|e| e.path().extension().is_some_and(|x| x == "json")).count() as u64
}

/// `RssAnon` of proc(5); other systems do not say it.
fn anonymous_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("RssAnon:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1_024)
}
