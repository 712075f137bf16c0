//! Whether Claude Code's hooks are installed, and whether what they run is there and agrees with this version.
//! It must not know how settings are written.
//! Invariant: changes nothing.

use std::path::{Path, PathBuf};

use quipu_agents::claude_code::hook::EDIT_EVENT;
use quipu_protocol::env::Env;

use super::{Finding, Verdict, finding};
use crate::commands::install::{self, Settings, Trouble};

const CHECK: &str = "hooks";
/// What mends one person's settings for every project, those for this one, and those that a project's people share.
const INSTALL: &str = "`quipu install claude-code`";
const INSTALL_HERE: &str = "`quipu install claude-code --project`";
const BY_HAND: &str = "mend it there by hand: quipu does not write what others share";

/// Looks at one person's settings and at those of this project.
pub(super) fn hooks(env: &Env) -> Vec<Finding> {
    let Ok(user) = install::user(env) else { return Vec::new() };
    let root = install::project_root().ok();
    let of_project = root.iter().flat_map(|root| [install::shared(root), install::local(root)]);
    let of_project: Vec<PathBuf> = of_project.filter(|path| *path != user).collect();
    let mut findings = Vec::new();
    let mut read = |path: &Path| match Settings::read(path.to_owned()) {
        Ok(settings) => Some(settings),
        Err(fault) => {
            let hint = fault.hint.unwrap_or_default();
            findings
                .push(finding(CHECK, Verdict::Broken, fault.message.replace("; nothing was written", "")).cure(hint));
            None
        }
    };
    let own = read(&user);
    let others: Vec<Settings> = of_project.iter().filter_map(|path| read(path)).collect();
    let is_readable = findings.is_empty();
    findings.extend(own.iter().flat_map(|settings| one(settings, None, INSTALL, env)));
    findings.extend(others.iter().flat_map(|settings| {
        let is_local = root.as_deref().is_some_and(|root| settings.path == install::local(root));
        one(settings, root.as_deref(), if is_local { INSTALL_HERE } else { BY_HAND }, env)
    }));
    if is_readable && findings.is_empty() {
        let found = format!("Claude Code does not run quipu ({} has no hook of it)", user.display());
        findings.push(finding(CHECK, Verdict::Weak, found).cure(INSTALL));
        return findings;
    }
    let all: Vec<&Settings> = own.iter().chain(&others).collect();
    findings.extend(twice(&all));
    if all.iter().any(|settings| !settings.entries().is_empty()) {
        let obstacles = install::obstacles(&user, &of_project).into_iter();
        findings.extend(obstacles.map(|it| finding(CHECK, Verdict::Weak, it.what).cure(it.cure)));
    }
    findings
}

/// The findings on one file; none where it has no entry of ours.
fn one(settings: &Settings, project: Option<&Path>, cure: &str, env: &Env) -> Vec<Finding> {
    let (Some(found), false) = (&settings.found, settings.entries().is_empty()) else { return Vec::new() };
    let file = settings.path.display();
    let mut findings = Vec::new();
    for program in settings.programs() {
        findings.extend(install::trouble(program, project, env).map(|trouble| match trouble {
            Trouble::Broken(what) => finding(CHECK, Verdict::Broken, format!("{what} ({file})")).cure(cure),
            Trouble::Weak(what) => finding(CHECK, Verdict::Weak, format!("{what} ({file})")).cure(cure),
        }));
    }
    let unknown = install::unknown_to_host(found);
    let missing: Vec<&str> = found.missing.iter().copied().filter(|event| !unknown.contains(event)).collect();
    if !missing.is_empty() {
        let what = format!("no hook for {} ({file})", missing.join(", "));
        let is_choice = missing == [EDIT_EVENT];
        let cure =
            if is_choice { format!("{cure}, unless it was left out (`--no-file-notes`)") } else { cure.to_owned() };
        findings.push(finding(CHECK, Verdict::Weak, what).cure(cure));
    }
    if findings.is_empty() {
        let what = format!("{} events run {} ({file})", found.entries.len(), settings.programs().join(", "));
        findings.push(finding(CHECK, Verdict::Good, what));
    }
    findings
}

/// Claude Code runs a command once however many files name it, but two programs are two commands.
fn twice(all: &[&Settings]) -> Option<Finding> {
    let mut entries: Vec<&(String, String)> = all.iter().flat_map(|settings| settings.entries()).collect();
    entries.sort();
    entries.dedup();
    let (event, _) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0])?;
    let what = format!("{event} runs two different programs as quipu's hook: everything is recalled twice");
    Some(finding(CHECK, Verdict::Weak, what).cure("`quipu uninstall claude-code --project`, or install both anew"))
}
