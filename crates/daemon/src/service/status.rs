//! Health and counts.
//! It must not know how they are shown.
//! Invariant: what cannot be known is left out, never guessed.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use quipu_core::id::Millis;
use quipu_core::scope::{Privacy, Reader};
use quipu_protocol::PROTOCOL;
use quipu_protocol::config::keys;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::paths::Paths;
use quipu_protocol::spool;
use quipu_protocol::wire::daemon::{
    ConfigReply, Health, IngestProgress, SettingView, SkippedQuery, SkippedReply, SkippedView, StatsReply,
};
use quipu_protocol::wire::embed::EmbedderView;
use quipu_protocol::wire::places::PauseView;

use quipu_store::read::{Gauges, SkippedRow};

use super::pages::{limit, page};
use super::{Service, fault_of};
use crate::jobs::beats::Job;

pub(crate) fn health(
    service: &Service,
    writes: Vec<&'static str>,
    refused_when_damaged: Vec<&'static str>,
) -> Result<Health, Fault> {
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
    let delivery_paused = match service.delivery_paused_views() {
        Err(_) if damage.is_some() => Vec::new(),
        views => views?,
    };
    let ingest = service.ingest.progress();
    let blank = blank_health(&service.paths);
    let reasons = complaints(service);
    let (leases, leases_waiting) = service.held_leases();
    let mode = service.mode();
    let refused = match mode {
        "draining" => names(writes),
        _ if damage.is_some() => names(refused_when_damaged),
        _ => Vec::new(),
    };
    Ok(Health {
        mode: mode.to_owned(),
        state: if reasons.is_empty() { "ok" } else { "degraded" }.to_owned(),
        reasons,
        refused,
        version: service.version.clone(),
        protocol: PROTOCOL,
        pid: std::process::id(),
        epoch: service.epoch,
        data: service.paths.data.clone(),
        uptime_ms: u64::try_from(service.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        wal_bytes: gauges.wal_bytes,
        tail: gauges.tail,
        queued: gauges.queued,
        last_commit_ms: gauges.last_commit.map(millis),
        oldest_reader_ms: gauges.oldest_reader.map_or(0, millis),
        jobs: Job::ALL.map(|job| (job.name().to_owned(), millis(service.beats().since(job)))).to_vec(),
        ingest,
        embedder: service.embedder.view(),
        pauses,
        delivery_paused,
        agents: service.counted_agents(),
        damage,
        config: service.settings.notes(),
        http: service.http(),
        forgetting: super::forget::pending(service),
        leases,
        leases_waiting,
        ..blank
    })
}

/// What is not as it should be, in words.
pub(in crate::service) fn complaints(service: &Service) -> Vec<String> {
    let damage =
        service.engine.damage().map(|damage| format!("the database is damaged ({damage}); nothing is written to it"));
    let others = reasons(&service.engine.gauges(), &blank_health(&service.paths), spool::refusals(&service.paths.data));
    let http = service.http().and_then(|http| http.problem).map(|problem| format!("HTTP is not served: {problem}"));
    let left = super::forget::pending(service);
    let forgetting = (!left.is_empty())
        .then(|| format!("a forgetting is not finished, the daemon goes on with it: {}", left.join(", ")));
    damage.into_iter().chain(forgetting).chain(others).chain(of_jobs(service)).chain(http).collect()
}

/// What keeps the store from making progress, in words; nothing where it does.
fn reasons(gauges: &Gauges, health: &Health, refusals: u64) -> Vec<String> {
    let mut reasons = Vec::new();
    let (people, bulk) = gauges.queued;
    if people + bulk > 0 && gauges.idle_for.is_none_or(|idle| idle > STALLED) {
        let idle = gauges.idle_for.map_or(0, |idle| idle.as_secs());
        reasons.push(format!("{} writes wait and nothing was committed for {idle} s", people + bulk));
    }
    if gauges.index_failed {
        reasons.push(
            "the text index does not follow the rows (`quipu logs`); newer memories are searched from memory".into(),
        );
    }
    if !gauges.threads_alive {
        reasons.push(
            "a thread of the store has died (`quipu logs`); `quipu down`, and the next command starts a new daemon"
                .into(),
        );
    }
    if gauges.oldest_reader.is_some_and(|age| age > STALLED) {
        reasons.push("a reader has held its snapshot for long; the WAL grows meanwhile".into());
    }
    if refusals > 0 {
        reasons.push(format!("{refusals} events of hooks were refused because the spool was full (`quipu doctor`)"));
    }
    if health.quarantined > 0 {
        reasons.push(format!(
            "{} spooled events could not be read and are kept aside (`quipu doctor`)",
            health.quarantined
        ));
    }
    reasons
}

/// Jobs that have work and do not move on.
fn of_jobs(service: &Service) -> Vec<String> {
    let silent =
        |job: Job| Some(service.beats().since(job)).filter(|since| *since > SILENT).map(|since| since.as_secs());
    let mut found = Vec::new();
    let waiting = files_in(&service.paths.spool());
    if let Some(seconds) = silent(Job::Spool).filter(|_| waiting > 0 && service.engine.damage().is_none()) {
        found.push(format!(
            "{waiting} events wait in the spool, and it was not looked at for {seconds} s (`quipu logs`)"
        ));
    }
    if let (Some(seconds), Some(path)) = (silent(Job::Ingest), service.ingest.progress().current) {
        found.push(format!("{} is being read and has not moved on for {seconds} s (`quipu logs`)", path.display()));
    }
    if let Some(seconds) = silent(Job::Sweep) {
        found.push(format!("nobody has looked for transcripts for {seconds} s (`quipu logs`)"));
    }
    found
}

/// A job that says nothing for this long does nothing: each does so at least once a second, or with every slice.
const SILENT: Duration = Duration::from_secs(60);

/// Nothing moves for this long although something waits: that is no progress.
const STALLED: Duration = Duration::from_secs(10);

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn names(names: Vec<&'static str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// What can be told of a process that owns nothing: the spool and its own memory.
pub(crate) fn blank_health(paths: &Paths) -> Health {
    Health {
        mode: String::new(),
        state: String::new(),
        reasons: Vec::new(),
        refused: Vec::new(),
        version: String::new(),
        protocol: PROTOCOL,
        pid: std::process::id(),
        epoch: 0,
        data: paths.data.clone(),
        uptime_ms: 0,
        wal_bytes: 0,
        tail: 0,
        queued: (0, 0),
        last_commit_ms: None,
        oldest_reader_ms: 0,
        spool: files_in(&paths.spool()),
        quarantined: files_in(&paths.spool().join("quarantine")),
        anonymous_bytes: resident(&["RssAnon:"]),
        mapped_bytes: resident(&["RssFile:", "RssShmem:"]),
        jobs: Vec::new(),
        ingest: IngestProgress::default(),
        embedder: EmbedderView::default(),
        pauses: Vec::new(),
        delivery_paused: Vec::new(),
        agents: (0, 0),
        damage: None,
        config: Vec::new(),
        http: None,
        forgetting: Vec::new(),
        leases: 0,
        leases_waiting: 0,
    }
}

/// What the daemon goes by.
pub(crate) fn config(service: &Service) -> ConfigReply {
    service.settings.reply()
}

/// One of its values.
pub(crate) fn setting(service: &Service, key: &str) -> Result<SettingView, Fault> {
    let found = service.settings.reply().settings.into_iter().find(|setting| setting.key == key);
    found.ok_or_else(|| {
        let nearest = keys::KEYS[keys::nearest(key).0].name;
        Fault::new(FaultKind::Missing, "unknown_key", format!("unknown key `{key}`; did you mean `{nearest}`?"))
            .hint("GET /v1/config has them all")
    })
}

/// What is stored was counted so long ago at most, where nobody waits for the newest number.
const COUNTED: Duration = Duration::from_secs(10);

/// [`stats`] for who asks again and again: counting reads every row.
pub(crate) fn counted(service: &Service) -> Result<Arc<StatsReply>, Fault> {
    let mut kept = service.counted.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((at, stats)) = &*kept
        && at.elapsed() < COUNTED
    {
        return Ok(stats.clone());
    }
    let stats = Arc::new(stats(service, Reader::Person)?);
    *kept = Some((Instant::now(), stats.clone()));
    Ok(stats)
}

/// Counts, as `reader` may know them: to an agent what is private is not there.
pub(crate) fn stats(service: &Service, reader: Reader) -> Result<StatsReply, Fault> {
    let stats = service.engine.stats().map_err(fault_of)?;
    let hidden = if reader.may_see(Privacy::Private) { Vec::new() } else { stats.private_by_kind };
    let seen = |(kind, count): (String, u64)| {
        let hidden = hidden.iter().find(|(other, _)| *other == kind).map_or(0, |(_, hidden)| *hidden);
        Some((kind, count.saturating_sub(hidden))).filter(|(_, count)| *count > 0)
    };
    Ok(StatsReply {
        by_kind: stats.by_kind.into_iter().filter_map(seen).collect(),
        chunks: stats.chunks,
        vectors: stats.vectors,
        sessions: stats.sessions,
        projects: stats.projects,
        transcripts: stats.sources,
        redactions: stats.redactions,
        skipped: stats.skipped.into_iter().map(skipped_view).collect(),
        database_bytes: stats.database_bytes,
        wal_bytes: stats.wal_bytes,
        index_bytes: stats.index_bytes,
        mode: service.mode().to_owned(),
    })
}

/// Records seen and not kept, page by page. In an order of their own: counts change while somebody reads.
pub(crate) fn skipped(service: &Service, asked: &SkippedQuery) -> Result<SkippedReply, Fault> {
    let limit = limit(asked.limit, 100, 1_000)?;
    let mut all = service.engine.stats().map_err(fault_of)?.skipped;
    let key = |row: &SkippedRow| format!("{}\u{1f}{}\u{1f}{}", row.path.display(), row.record_type, row.reason);
    all.sort_by_cached_key(key);
    let (rows, next) = page(all, asked.cursor.as_deref(), limit, key)?;
    Ok(SkippedReply { skipped: rows.into_iter().map(skipped_view).collect(), next })
}

fn skipped_view(row: SkippedRow) -> SkippedView {
    SkippedView {
        path: row.path,
        record_type: row.record_type,
        reason: row.reason,
        count: row.count,
        first: (row.first.start, row.first.end),
        last: (row.last.start, row.last.end),
    }
}

fn files_in(dir: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|e| e.path().extension().is_some_and(|x| x == "json")).count() as u64
}

/// The sum of lines of `/proc/self/status` (proc(5)) that count resident memory; other systems do not say it.
fn resident(names: &[&str]) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib = |name: &&str| {
        let line = status.lines().find(|line| line.starts_with(*name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    names.iter().map(kib).sum::<Option<u64>>().map(|kib| kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_is_told_and_what_moves_is_not() {
        let env = quipu_protocol::env::Env { quipu_home: Some("/nowhere".into()), ..Default::default() };
        let blank = blank_health(&Paths::resolve(&env).expect("an absolute path"));
        let long = Some(STALLED * 2);
        let moving = Gauges { threads_alive: true, idle_for: Some(Duration::ZERO), ..Gauges::default() };
        for (gauges, refusals, word) in [
            (Gauges { queued: (3, 1), ..moving }, 0, ""),
            (Gauges { idle_for: long, ..moving }, 0, ""),
            (Gauges { queued: (3, 1), idle_for: long, ..moving }, 0, "4 writes wait"),
            (Gauges { index_failed: true, ..moving }, 0, "text index"),
            (Gauges { threads_alive: false, ..moving }, 0, "has died"),
            (Gauges { oldest_reader: long, ..moving }, 0, "snapshot"),
            (moving, 7, "7 events"),
        ] {
            let told = reasons(&gauges, &blank, refusals).join("; ");
            assert!(if word.is_empty() { told.is_empty() } else { told.contains(word) }, "{word}: {told}");
        }
    }
}
