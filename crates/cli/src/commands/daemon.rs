//! `quipu up`, `down`, `status`, `logs` and `daemon run`.
//! It must not know operations.
//! Invariant: `down` returns when the daemon is gone, and starts none to stop it.

use std::time::{Duration, Instant};

use quipu_daemon::lifecycle::{self, RunOptions, start};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::{self, Env};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner;
use quipu_protocol::wire::daemon::{Health, ShutdownReply, ShutdownRequest};

use super::stats::bytes;
use super::{Outcome, config};
use crate::connect::{self, Daemon};
use crate::dates;
use crate::output::{BAD, BOLD, DIM, Form, GOOD, WARN, json, styled};
use crate::plain::plain_line;

pub(super) fn up(form: Form) -> Outcome {
    if connect::is_alone() {
        return Err(Fault::new(FaultKind::Caller, "no_daemon_wanted", "`up` starts a daemon, and none is wanted here")
            .hint("leave out `--no-daemon` (and QUIPU_NO_DAEMON)"));
    }
    start::ensure(&connect::paths()?, Deadline::within(start::START))?;
    status(form)
}

pub(super) fn down(form: Form) -> Outcome {
    let paths = connect::paths()?;
    let pid = owner::read(&paths.owner_lock()).map(|o| o.pid);
    let request = ShutdownRequest { version: Some(env::version()), takes_over: false };
    let asked: Option<ShutdownReply> = Daemon::new()?.post_if_up("/v1/shutdown", &request)?;
    let stopped = asked.is_some();
    let patience = Instant::now() + Duration::from_secs(10);
    // Whoever needs a daemon may have brought up the next one by now.
    let is_there =
        || start::is_owned(&paths) && owner::read(&paths.owner_lock()).is_none_or(|owner| Some(owner.pid) == pid);
    while stopped && is_there() {
        if Instant::now() > patience {
            let message = format!("the daemon (process {}) does not end", pid.unwrap_or_default());
            return Err(Fault::new(FaultKind::Unavailable, "does_not_stop", message).hint("look at `quipu logs`"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    if form == Form::Json {
        json(&serde_json::json!({ "stopped": stopped }));
    } else {
        anstream::println!("{}", if stopped { "stopped" } else { "no daemon was running" });
    }
    Ok(())
}

pub(super) fn status(form: Form) -> Outcome {
    let health: Option<Health> = Daemon::new()?.get_if_up("/v1/health")?;
    if form == Form::Json {
        match &health {
            Some(health) => json(health),
            None => json(&serde_json::json!({ "mode": "absent" })),
        }
        return Ok(());
    }
    let Some(health) = health else {
        anstream::println!("{} {}", styled(WARN, "no daemon is running"), styled(DIM, "(the next command starts it)"));
        return Ok(());
    };
    anstream::println!(
        "{} process {}, version {}, up {}",
        styled(GOOD, &health.mode),
        health.pid,
        health.version,
        length(health.uptime_ms)
    );
    if let Some(damage) = &health.damage {
        anstream::println!("{} the database ({damage}); nothing is written to it any more", styled(BAD, "damaged"));
        anstream::println!("{} `quipu doctor` says what mends it", styled(DIM, "hint:"));
    }
    let own = env::version();
    if health.version != own {
        anstream::println!("{} this command is version {own}; the newer one owns", styled(WARN, "note:"));
    }
    for reason in &health.reasons {
        anstream::println!("{} {reason}", styled(if health.state == "ok" { DIM } else { BAD }, &health.state));
    }
    if !health.refused.is_empty() {
        anstream::println!("{} {}", styled(WARN, "refused"), health.refused.join(", "));
    }
    let mapped = health.mapped_bytes.map(|b| format!(" and {} of files", bytes(b))).unwrap_or_default();
    let memory = health.anonymous_bytes.map(|b| format!(", memory {}{mapped}", bytes(b))).unwrap_or_default();
    anstream::println!("{} {}{memory}, WAL {}", styled(DIM, "data"), health.data.display(), bytes(health.wal_bytes));
    let ingest = &health.ingest;
    match &ingest.current {
        Some(path) => {
            anstream::println!("{} {} ({} more wait)", styled(DIM, "reading"), path.display(), ingest.waiting)
        }
        None => anstream::println!(
            "{} {} transcripts since the start, {} memories stored",
            styled(DIM, "read"),
            ingest.files_done,
            ingest.stored + ingest.merged
        ),
    }
    let embedder = &health.embedder;
    if embedder.loaded || embedder.answered > 0 {
        let state = if embedder.loaded { "loaded" } else { "idle" };
        let waiting = embedder.interactive + embedder.bulk;
        anstream::println!(
            "{} {} ({state}), {} texts since the start, {waiting} wait",
            styled(DIM, "embedder"),
            embedder.model,
            embedder.texts
        );
    }
    if let Some(url) = health.http.as_ref().and_then(|http| http.url.as_ref()) {
        anstream::println!("{} {url}", styled(DIM, "http"));
    }
    if health.spool + health.quarantined > 0 {
        anstream::println!("{} {} waiting, {} set aside", styled(WARN, "spool"), health.spool, health.quarantined);
    }
    for (path, reason) in &ingest.failed {
        anstream::println!("{} {}: {reason}", styled(BAD, "failed"), path.display());
    }
    for note in &health.config {
        anstream::println!("{} {note}", styled(WARN, "settings"));
    }
    if health.leases + health.leases_waiting > 0 {
        let hint = styled(DIM, "(`quipu lease` shows them)");
        anstream::println!(
            "{} {} held, {} waiting {hint}",
            styled(DIM, "leases"),
            health.leases,
            health.leases_waiting
        );
    }
    let now = jiff::Zoned::now();
    for pause in &health.pauses {
        let (what, flag) = pause.project.as_deref().map_or(("every project", " --all"), |p| (p, ""));
        anstream::println!(
            "{} {what} since {} {}",
            styled(BOLD, "paused"),
            dates::human(pause.from, &now),
            styled(DIM, &format!("(`quipu resume{flag}` ends it)"))
        );
    }
    for pause in &health.delivery_paused {
        let what = match pause.name.as_deref() {
            Some(name) => format!("{} {}", pause.of, plain_line(name)),
            None => "everybody".to_owned(),
        };
        anstream::println!(
            "{} to {what} since {} {}",
            styled(BOLD, "delivery paused"),
            dates::human(pause.from, &now),
            styled(DIM, &format!("(`{}` ends it)", plain_line(&pause.resume)))
        );
    }
    if health.agents != (0, 0) {
        let (here, silent) = health.agents;
        anstream::println!(
            "{} {here} here, {silent} silent {}",
            styled(DIM, "agents"),
            styled(DIM, "(`quipu agents --all`)")
        );
    }
    Ok(())
}

pub(super) fn logs(lines: usize) -> Outcome {
    let path = connect::paths()?.daemon_log();
    let text = match std::fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            let message = format!("{}: {error}", path.display());
            return Err(Fault::new(FaultKind::Missing, "no_log", message)
                .hint("the daemon writes it when it starts: `quipu up`"));
        }
    };
    let all: Vec<&str> = text.lines().collect();
    for line in &all[all.len().saturating_sub(lines)..] {
        anstream::println!("{line}");
    }
    Ok(())
}

pub(super) fn run(idle: Option<&str>, flags: &config::Flags, detached: bool) -> Outcome {
    let mut flags = flags.to_vec();
    if let Some(idle) = idle {
        let ms = dates::length(idle).map_err(|message| Fault::new(FaultKind::Caller, "bad_duration", message))?;
        flags.extend(config::flags(&[format!("daemon.idle={ms}ms")])?);
    }
    let options = RunOptions { detached, flags };
    match lifecycle::run(&Env::read(), &options)? {
        None => Ok(()),
        Some(owner) if detached => {
            // The client was told whom to ask; this process was only too late.
            let _ = owner;
            Ok(())
        }
        Some(owner) => {
            let how = match owner.listens() {
                true => format!("socket {}", owner.socket.display()),
                false => "for one command, with `--no-daemon`".to_owned(),
            };
            let message = format!("process {} owns this data directory already ({how})", owner.pid);
            Err(Fault::new(FaultKind::Conflict, "already_owned", message)
                .hint("`quipu status` shows it, `quipu down` stops it"))
        }
    }
}

fn length(ms: u64) -> String {
    match ms / 1_000 {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 => format!("{} min", s / 60),
        s => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
    }
}
