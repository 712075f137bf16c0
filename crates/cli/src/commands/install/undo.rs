//! `quipu uninstall`: takes the hooks out, and what was kept for them.
//! It must not know how settings are written.
//! Invariant: a file that was made for the hooks alone goes with them; a kept copy goes only when it says no more than
//! the file does.

use std::path::PathBuf;

use quipu_agents::claude_code::install as recipe;
use quipu_protocol::env::Env;

use super::diff::{self, Line};
use super::file::File;
use super::{Report, settings_path};
use crate::args::install::{Agent, UninstallArgs};
use crate::commands::Outcome;
use crate::output::Form;

/// What was kept of a file: where, and its bytes.
type Backups = [(PathBuf, Vec<u8>)];

/// Takes the hooks out again.
pub(in crate::commands) fn uninstall(args: &UninstallArgs, form: Form) -> Outcome {
    let Agent::ClaudeCode = args.agent;
    let file = File::read(settings_path(args.project, &Env::read())?)?;
    let (before, backups) = (file.text()?, file.backups());
    let original = original(&backups);
    let after = recipe::uninstall(before, original).map_err(|error| file.bad(&error.to_string()))?;
    // Made by an older installation and added to since, it is not what would be made now.
    let after = after.filter(|text| text.trim() != "{}" || original.is_some() || !was_made_by_us(&backups));
    let (is_gone, text) = (after.is_none(), after.as_deref().unwrap_or_default());
    let is_changed = file.exists() && (is_gone || text != before);
    let lines = diff::diff(before, text);
    let mut report = Report::of(&file, is_changed, lines.iter().map(Line::marked).collect());
    if is_changed && is_gone {
        report.notes.push(format!("{} held nothing else, so it goes", file.path.display()));
    }
    if is_changed && !args.dry_run {
        if is_gone {
            file.remove()?;
        } else {
            if original != Some(text) {
                report.backup = file.back_up()?;
            }
            file.write(text)?;
        }
        report.written = true;
        if report.backup.is_none() {
            report.notes.extend(remove_needless(&backups, after.as_deref()));
        }
    }
    let done = "Claude Code runs quipu no more; what is remembered stays";
    report.print(&lines, done, "quipu's hooks are not there", form);
    Ok(())
}

/// The newest copy from before we came.
fn original(backups: &Backups) -> Option<&str> {
    let is_without_us = |text: &&str| recipe::inspect(text).is_ok_and(|found| found.entries.is_empty());
    texts(backups).map(|(_, text)| text).rfind(is_without_us)
}

fn was_made_by_us(backups: &Backups) -> bool {
    texts(backups).next().is_some_and(|(_, text)| recipe::uninstall(text, None) == Ok(None))
}

/// Removes the copies that say no more than `text`, or than that there was no file.
fn remove_needless(backups: &Backups, text: Option<&str>) -> Vec<String> {
    let is_needless = |kept: &str| recipe::uninstall(kept, text).is_ok_and(|without| without.as_deref() == text);
    let needless = texts(backups).filter(|(_, kept)| is_needless(kept));
    let removed = needless.filter(|(path, _)| std::fs::remove_file(path).is_ok());
    removed.map(|(path, _)| format!("{} said no more, and is removed", path.display())).collect()
}

fn texts(backups: &Backups) -> impl DoubleEndedIterator<Item = (&PathBuf, &str)> {
    backups.iter().filter_map(|(path, bytes)| Some((path, std::str::from_utf8(bytes).ok()?)))
}
