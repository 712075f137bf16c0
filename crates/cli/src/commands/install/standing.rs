//! How an agent's settings stand towards quipu: what is missing, what points elsewhere, what keeps hooks from running.
//! It must not know how settings are written, nor how findings are shown.
//! Invariant: looks only; the one program it runs is one that a person's own settings run anyway.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use quipu_agents::claude_code::install::{Installed, SINCE, inspect};
use quipu_protocol::VERSION;
use quipu_protocol::env::Env;
use quipu_protocol::fault::Fault;

use super::file::File;
use super::{places, version};

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(2);
/// The same for Claude Code, which starts a runtime first.
const HOST_PATIENCE: Duration = Duration::from_secs(5);

/// A settings file and what it says.
pub(crate) struct Settings {
    pub(crate) path: PathBuf,
    /// Nothing for a file that is not there.
    pub(crate) found: Option<Installed>,
}

impl Settings {
    /// Reads a file; the error names the place in it.
    pub(crate) fn read(path: PathBuf) -> Result<Self, Fault> {
        let file = File::read(path)?;
        let found = inspect(file.text()?).map_err(|error| file.bad(&error.to_string()))?;
        Ok(Self { found: file.exists().then_some(found), path: file.path })
    }
    /// The programs that it runs as our hook, each once.
    pub(crate) fn programs(&self) -> Vec<&str> {
        let mut programs: Vec<&str> = self.entries().iter().map(|(_, program)| program.as_str()).collect();
        programs.sort_unstable();
        programs.dedup();
        programs
    }
    /// Event and program of each of our entries.
    pub(crate) fn entries(&self) -> &[(String, String)] {
        self.found.as_ref().map_or(&[], |found| &found.entries)
    }
}

/// What is wrong with a program that a hook names.
pub(crate) enum Trouble {
    /// The hook cannot work.
    Broken(String),
    /// It may, or not for long.
    Weak(String),
}

/// Looks at a program as a hook names it. `project` is the tree that the settings came with, if they came with one:
/// what lies in it is not run, for whoever made the tree chose it.
pub(crate) fn trouble(word: &str, project: Option<&Path>, env: &Env) -> Option<Trouble> {
    let Some(path) = places::resolve(word, env) else {
        return Some(Trouble::Weak(format!("`{word}` is no absolute path: Claude Code may not find it")));
    };
    let shown = path.display();
    let (real, meta) = match std::fs::canonicalize(&path).and_then(|real| Ok((std::fs::metadata(&real)?, real))) {
        Ok((meta, real)) => (real, meta),
        Err(error) => return Some(Trouble::Broken(format!("{shown} cannot be run: {error}"))),
    };
    if !meta.is_file() || meta.permissions().mode() & 0o111 == 0 {
        return Some(Trouble::Broken(format!("{shown} is not executable")));
    }
    if places::this_program().is_ok_and(|own| Path::new(&own) == real) {
        return None;
    }
    if project.and_then(|root| std::fs::canonicalize(root).ok()).is_some_and(|root| real.starts_with(root)) {
        return Some(Trouble::Weak(format!("{shown} lies inside the project, so it was not run to see its version")));
    }
    match version::answered(&path, PATIENCE) {
        Err(reason) => Some(Trouble::Broken(format!("{shown} does not say its version: {reason}"))),
        Ok(line) if line == format!("quipu {VERSION}") => None,
        Ok(line) => Some(Trouble::Weak(format!("{shown} is `{line}`, this is `quipu {VERSION}`"))),
    }
}

/// The events that the Claude Code in PATH is too old for, if it matters for this file. One that is not found, or does
/// not answer, counts as new.
pub(crate) fn unknown_to_host(found: &Installed) -> Vec<&'static str> {
    let mut asked = SINCE.into_iter().filter(|(event, _)| found.missing.contains(event)).peekable();
    if asked.peek().is_none() {
        return Vec::new();
    }
    let answer = version::answered(Path::new("claude"), HOST_PATIENCE).ok();
    let Some(host) = answer.and_then(|line| version::numbers(&line)) else { return Vec::new() };
    asked.filter(|(_, since)| host < *since).map(|(event, _)| event).collect()
}

/// What keeps installed hooks from running, or makes them run twice.
pub(crate) struct Obstacle {
    pub(crate) what: String,
    pub(crate) cure: &'static str,
}

impl Obstacle {
    /// Both in one sentence.
    pub(crate) fn note(&self) -> String {
        format!("{}; {}", self.what, self.cure)
    }
}

/// What stands in the way of the hooks of `path`: in that file, in `others`, and in an administrator's.
pub(crate) fn obstacles(path: &Path, others: &[PathBuf]) -> Vec<Obstacle> {
    let read = |path: &Path| Settings::read(path.to_owned()).ok().and_then(|settings| settings.found);
    let mut told = Vec::new();
    let mut tell = |what: String, cure| told.push(Obstacle { what, cure });
    let others = others.iter().map(PathBuf::as_path).filter(|other| *other != path);
    for file in std::iter::once(path).chain(others) {
        if read(file).is_some_and(|found| found.disable_all_hooks) {
            let what = format!("`disableAllHooks` is set in {}: Claude Code runs no hooks at all", file.display());
            tell(what, "take it out there");
        }
    }
    for managed in places::managed() {
        let Some(found) = read(&managed) else { continue };
        let shown = managed.display();
        if found.disable_all_hooks {
            tell(format!("`disableAllHooks` is set in {shown}: no hooks run"), "ask the administrator");
        }
        if found.managed_hooks_only {
            let what = format!("`allowManagedHooksOnly` is set in {shown}: only an administrator's hooks run");
            tell(what, "ask the administrator");
        }
    }
    let Some(found) = read(path) else { return told };
    if found.is_lenient {
        let what = "has comments or trailing commas: Claude Code (seen with 2.1.197) ignores such a file as a whole";
        tell(format!("{} {what}", path.display()), "take them out if its hooks do not run");
    }
    for event in found.combined {
        let what = format!("another command of `{event}` in {} runs quipu's hook too", path.display());
        tell(what, "it was left as it is; take one of the two out");
    }
    told
}
