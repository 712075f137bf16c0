//! `quipu doctor`: looks for what is wrong; every finding names what mends it.
//! It must not know the store's inside; what only the daemon knows it asks the daemon.
//! Invariant: mends nothing by itself (it starts a daemon, as every command does); exits with 1 when something is broken.

mod config;
mod hooks;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::ExitCode;

use quipu_daemon::lifecycle::start;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::fault::Fault;
use quipu_protocol::paths::{self, Paths};
use quipu_protocol::wire::daemon::Health;
use quipu_protocol::{VERSION, env::Env};
use serde::Serialize;

use super::stats::bytes;
use crate::connect::{self, Daemon};
use crate::output::{BAD, DIM, Form, GOOD, WARN, json, styled};

/// Below this a disk counts as nearly full, in bytes.
const LITTLE_SPACE: u64 = 200 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Weak,
    Broken,
}

#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    found: String,
    cure: Option<String>,
}

pub(super) fn doctor(form: Form) -> Result<ExitCode, Fault> {
    let paths = connect::paths()?;
    let mut findings = vec![data_dir(&paths.data), space(&paths.data)];
    findings.extend(daemon(&paths));
    findings.push(spool(&paths.spool()));
    let env = Env::read();
    findings.extend(config::config(&env, &paths));
    findings.push(transcripts(&env));
    findings.extend(hooks::hooks(&env));
    let broken = findings.iter().any(|f| f.verdict == Verdict::Broken);
    if form == Form::Json {
        json(&findings);
    } else {
        findings.iter().for_each(print);
    }
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(finding: &Finding) {
    let mark = match finding.verdict {
        Verdict::Good => styled(GOOD, "ok  "),
        Verdict::Weak => styled(WARN, "weak"),
        Verdict::Broken => styled(BAD, "bad "),
    };
    anstream::println!("{mark} {:<12} {}", finding.check, finding.found);
    if let Some(cure) = &finding.cure {
        anstream::println!("     {:<12} {}", "", styled(DIM, cure));
    }
}

fn finding(check: &'static str, verdict: Verdict, found: impl Into<String>) -> Finding {
    Finding { check, verdict, found: found.into(), cure: None }
}

impl Finding {
    fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

fn data_dir(dir: &Path) -> Finding {
    let meta = match std::fs::metadata(dir) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return finding(
                "data",
                Verdict::Good,
                format!("{} is not there yet; the first command makes it", dir.display()),
            );
        }
        Err(error) => {
            let cure = "give it to this user, or set QUIPU_HOME to a directory of your own";
            return finding("data", Verdict::Broken, format!("{}: {error}", dir.display())).cure(cure);
        }
    };
    if meta.uid() != rustix::process::getuid().as_raw() {
        let cure = format!("chown it to this user: `sudo chown -R \"$USER\" '{}'`", dir.display());
        return finding("data", Verdict::Broken, format!("{} belongs to another user", dir.display())).cure(cure);
    }
    if meta.permissions().mode() & 0o077 != 0 {
        let cure = format!("`chmod 700 '{}'`", dir.display());
        return finding("data", Verdict::Weak, format!("{} can be read by other users", dir.display())).cure(cure);
    }
    finding("data", Verdict::Good, dir.display().to_string())
}

fn space(dir: &Path) -> Finding {
    let there = dir.ancestors().find(|a| a.exists()).unwrap_or(dir);
    let Ok(stat) = rustix::fs::statvfs(there) else {
        return finding("disk", Verdict::Weak, "free space cannot be asked for");
    };
    let free = stat.f_bavail * stat.f_frsize;
    let verdict = if free < LITTLE_SPACE { Verdict::Broken } else { Verdict::Good };
    let found = finding("disk", verdict, format!("{} free", bytes(free)));
    if verdict == Verdict::Good {
        found
    } else {
        found.cure("free some space: writes are refused when the disk is full")
    }
}

fn daemon(paths: &Paths) -> Vec<Finding> {
    if connect::is_alone() {
        return vec![finding("daemon", Verdict::Good, "none is wanted here (`--no-daemon` or QUIPU_NO_DAEMON)")];
    }
    let logs = "look at `quipu logs`; `quipu down` and `quipu up` start it anew";
    if let Err(fault) = start::ensure(paths, Deadline::within(start::START)) {
        let cure = fault.hint.clone().unwrap_or_else(|| logs.to_owned());
        return vec![finding("daemon", Verdict::Broken, fault.message).cure(cure)];
    }
    let health = Daemon::new().and_then(|mut d| d.get::<Health>("/v1/health"));
    let health = match health {
        Ok(health) => health,
        Err(fault) => return vec![finding("daemon", Verdict::Broken, fault.message).cure(logs)],
    };
    let mut found = vec![finding(
        "daemon",
        Verdict::Good,
        format!("{} process {}, owner number {}", health.mode, health.pid, health.epoch),
    )];
    if health.version != VERSION {
        let text = format!("the daemon is version {}, this command {VERSION}", health.version);
        found.push(finding("version", Verdict::Weak, text).cure("`quipu down`; the next command starts this version"));
    }
    for (path, reason) in &health.ingest.failed {
        let cure = format!("mend or remove it, then `quipu index '{}'`", path.display());
        found.push(finding("transcript", Verdict::Weak, format!("{}: {reason}", path.display())).cure(cure));
    }
    found
}

fn spool(dir: &Path) -> Finding {
    let count = |dir: &Path| {
        std::fs::read_dir(dir)
            .map_or(0, |d| d.flatten().filter(|e| e.path().extension().is_some_and(|x| x == "json")).count())
    };
    let (waiting, aside) = (count(dir), count(&dir.join("quarantine")));
    if aside > 0 {
        let cure = format!("each has its reason beside it in {}", dir.join("quarantine").display());
        return finding("spool", Verdict::Weak, format!("{aside} events could not be read")).cure(cure);
    }
    finding("spool", Verdict::Good, format!("{waiting} events wait"))
}

fn transcripts(env: &Env) -> Finding {
    match paths::claude_projects(env).filter(|dir| dir.is_dir()) {
        Some(dir) => finding("claude-code", Verdict::Good, format!("transcripts in {}", dir.display())),
        None => finding("claude-code", Verdict::Weak, "no transcripts of Claude Code here")
            .cure("set CLAUDE_CONFIG_DIR if they are elsewhere"),
    }
}
