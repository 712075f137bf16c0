//! `quipu doctor`: looks for what is wrong; every finding names what mends it.
//! It must not know the store's inside; what only the daemon knows it asks the daemon.
//! Invariant: without `--fix` it mends nothing (it starts a daemon, as every command does); exits with 1 when something
//! is broken.

mod config;
mod fix;
mod hooks;
mod places;
mod store;

use std::path::PathBuf;
use std::process::ExitCode;

use quipu_protocol::env::Env;
use quipu_protocol::fault::Fault;
use quipu_protocol::paths::{self, Paths};
use serde::Serialize;

use crate::connect;
use crate::output::{BAD, DIM, Form, GOOD, WARN, json, styled};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Weak,
    Broken,
    /// What `--fix` has done.
    Fixed,
}

#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    found: String,
    cure: Option<String>,
    /// What `--fix` can do about it.
    #[serde(skip)]
    remedy: Option<Remedy>,
}

/// What can be done without losing anything.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Remedy {
    /// Close these to other users.
    Close(Vec<PathBuf>),
    /// Remove this leftover.
    Remove(PathBuf),
    /// Remove this socket, if still nobody listens at it.
    Socket(PathBuf),
    /// Make the text index anew.
    Text,
    /// Make the vectors that are missing.
    Vectors,
}

pub(super) fn doctor(fix: bool, form: Form) -> Result<ExitCode, Fault> {
    let paths = connect::paths()?;
    let env = Env::read();
    let mut findings = look(&paths, &env);
    if fix {
        let done = fix::all(&paths, &findings);
        if !done.is_empty() {
            findings = look(&paths, &env);
        }
        findings.splice(0..0, done);
    }
    let broken = findings.iter().any(|f| f.verdict == Verdict::Broken);
    if form == Form::Json {
        json(&findings);
    } else {
        findings.iter().for_each(print);
        if !fix && findings.iter().any(|f| f.remedy.is_some()) {
            anstream::println!("{}", styled(DIM, "`quipu doctor --fix` mends what is marked with *"));
        }
    }
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn look(paths: &Paths, env: &Env) -> Vec<Finding> {
    let mut findings = vec![places::data_dir(&paths.data), places::space(&paths.data)];
    findings.extend(places::closed(paths));
    findings.extend(places::leftovers(paths, env));
    findings.extend(store::store(paths));
    findings.push(places::spool(&paths.spool()));
    findings.extend(config::config(env, paths));
    findings.push(transcripts(env));
    findings.extend(hooks::hooks(env));
    findings
}

fn print(finding: &Finding) {
    let mark = match finding.verdict {
        Verdict::Good => styled(GOOD, "ok  "),
        Verdict::Weak => styled(WARN, "weak"),
        Verdict::Broken => styled(BAD, "bad "),
        Verdict::Fixed => styled(GOOD, "done"),
    };
    anstream::println!("{mark} {:<12} {}", finding.check, finding.found);
    if let Some(cure) = &finding.cure {
        let star = if finding.remedy.is_some() { "*" } else { "" };
        anstream::println!("     {star:<12} {}", styled(DIM, cure));
    }
}

fn finding(check: &'static str, verdict: Verdict, found: impl Into<String>) -> Finding {
    Finding { check, verdict, found: found.into(), cure: None, remedy: None }
}

impl Finding {
    fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
    fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

fn transcripts(env: &Env) -> Finding {
    match paths::claude_projects(env).filter(|dir| dir.is_dir()) {
        Some(dir) => finding("claude-code", Verdict::Good, format!("transcripts in {}", dir.display())),
        None => finding("claude-code", Verdict::Weak, "no transcripts of Claude Code here")
            .cure("set CLAUDE_CONFIG_DIR if they are elsewhere"),
    }
}
