//! `quipu install` and `quipu uninstall`: connects a coding agent, and disconnects it.
//! It must not know how an agent's settings are written (see `agents::claude_code::install`).
//! Invariant: what is written is what is shown, and nothing is written unless all of it can be.

mod diff;
pub(super) mod file;
mod places;
mod standing;
mod undo;
mod version;

use std::path::PathBuf;
use std::process::ExitCode;

use quipu_agents::claude_code::hook::EDIT_EVENT;
use quipu_agents::claude_code::install::{self as recipe, Installed, Wanted};
use quipu_protocol::env::Env;
use quipu_protocol::fault::Fault;
use serde::Serialize;

use self::diff::{Line, Mark};
use self::file::File;
use crate::args::install::{Agent, InstallArgs};
use crate::output::{BAD, BOLD, DIM, Form, GOOD, WARN, json, styled};

pub(super) use self::places::{local, project_root, shared, user};
pub(super) use self::standing::{Obstacle, Settings, Trouble, obstacles, trouble, unknown_to_host};
pub(super) use self::undo::uninstall;

/// What was done, or would be.
#[derive(Debug, Serialize)]
struct Report {
    agent: &'static str,
    file: PathBuf,
    changed: bool,
    written: bool,
    backup: Option<PathBuf>,
    diff: Vec<String>,
    notes: Vec<String>,
}

/// Puts the hooks in, or says whether they are there.
pub(super) fn install(args: &InstallArgs, form: Form) -> Result<ExitCode, Fault> {
    let Agent::ClaudeCode = args.agent;
    let env = Env::read();
    let file = File::read(settings_path(args.project, &env)?)?;
    let program = places::this_program()?;
    let before = file.text()?;
    let bad = |error: recipe::SettingsError| file.bad(&error.to_string());
    let found = recipe::inspect(before).map_err(bad)?;
    let too_new = unknown_to_host(&found);
    let unwanted = args.no_file_notes.then_some(EDIT_EVENT);
    let leave_out: Vec<&str> = too_new.iter().copied().chain(unwanted).collect();
    let is_same = |word: &str| places::is_same(word, &program, &env);
    let wanted = Wanted { program: &program, is_same: &is_same, leave_out: &leave_out };
    let after = recipe::install(before, &wanted).map_err(bad)?;
    let is_current = file.exists() && after == before;
    if args.check {
        let mut cure = "quipu install claude-code".to_owned();
        cure.extend(args.project.then_some(" --project").into_iter().chain(unwanted.map(|_| " --no-file-notes")));
        let differs = if is_current { Vec::new() } else { differences(&found, &wanted) };
        return Ok(check(&file, &differs, &cure, form));
    }
    let lines = diff::diff(before, &after);
    let mut report = Report::of(&file, !is_current, lines.iter().map(Line::marked).collect());
    if !is_current && !args.dry_run {
        report.backup = file.back_up()?;
        file.write(&after)?;
        report.written = true;
    }
    report.notes = notes(&file, &after, &program, &too_new, args.project)?;
    report.print(
        &lines,
        "Claude Code runs quipu's hooks from its next session on",
        "quipu's hooks are there already",
        form,
    );
    Ok(ExitCode::SUCCESS)
}

fn settings_path(project: bool, env: &Env) -> Result<PathBuf, Fault> {
    if project { Ok(places::local(&project_root()?)) } else { places::user(env) }
}

/// What an installation would change, in words.
fn differences(found: &Installed, wanted: &Wanted<'_>) -> Vec<String> {
    let missing = found.missing.iter().filter(|event| !wanted.leave_out.contains(event));
    let others = found.entries.iter().filter(|(_, program)| program != wanted.program && !(wanted.is_same)(program));
    let unwanted = found.entries.iter().filter(|(event, _)| wanted.leave_out.contains(&event.as_str()));
    let unwanted = unwanted.map(|(event, _)| format!("{event} has a hook of quipu's"));
    let missing = missing.map(|event| format!("{event} has no hook of quipu's"));
    let others = others.map(|(event, program)| format!("{event} runs {program}, this is {}", wanted.program));
    let all: Vec<String> = missing.chain(unwanted).chain(others).collect();
    if all.is_empty() {
        return vec!["a hook is there twice, or has no time limit where it needs one".to_owned()];
    }
    all
}

/// Says whether the file is as an installation would leave it, and what is not.
fn check(file: &File, differs: &[String], cure: &str, form: Form) -> ExitCode {
    let is_current = differs.is_empty();
    let notes: Vec<String> = obstacles(&file.path, &[]).iter().map(Obstacle::note).collect();
    if form == Form::Json {
        json(&serde_json::json!({
            "agent": quipu_agents::claude_code::AGENT, "file": file.path, "current": is_current, "differs": differs,
            "notes": notes,
        }));
    } else {
        let (mark, word) = if is_current { (GOOD, "current") } else { (BAD, "not current") };
        anstream::println!("{} {}", styled(mark, word), file.path.display());
        differs.iter().for_each(|what| anstream::println!("  {what}"));
        if !is_current {
            anstream::println!("  {}", styled(DIM, &format!("`{cure}` mends it; add --dry-run to see how")));
        }
        print_notes(&notes);
    }
    if is_current { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a person should know beside what was written.
fn notes(file: &File, after: &str, program: &str, left_out: &[&str], project: bool) -> Result<Vec<String>, Fault> {
    let env = Env::read();
    let mut others = vec![places::user(&env)?];
    if let Ok(root) = project_root() {
        others.extend([places::shared(&root), places::local(&root)]);
    }
    let mut notes: Vec<String> = obstacles(&file.path, &others).iter().map(Obstacle::note).collect();
    for event in left_out {
        notes.push(format!(
            "`{event}` was left out: the `claude` in PATH is too old to know it, and would refuse the file"
        ));
    }
    if PathBuf::from(program).ancestors().any(|dir| dir.join("CACHEDIR.TAG").is_file()) {
        notes.push(format!(
            "{program} lies in a build folder and may be cleaned away; `cargo install --path crates/cli` first"
        ));
    }
    if project && !file.exists() && !after.is_empty() {
        notes.push(format!("{} holds paths of this machine: keep it out of git", file.path.display()));
    }
    Ok(notes)
}

impl Report {
    fn of(file: &File, changed: bool, diff: Vec<String>) -> Self {
        let (agent, file) = (quipu_agents::claude_code::AGENT, file.path.clone());
        Self { agent, file, changed, written: false, backup: None, diff, notes: Vec::new() }
    }

    /// Prints the change and what came of it; `done` and `nothing` say what that means.
    fn print(&self, lines: &[Line], done: &str, nothing: &str, form: Form) {
        if form == Form::Json {
            return json(self);
        }
        let file = self.file.display();
        if !self.changed {
            anstream::println!("nothing to change: {nothing} ({file})");
            return print_notes(&self.notes);
        }
        anstream::println!("{}\n{}", styled(BOLD, &format!("--- {file}")), styled(BOLD, &format!("+++ {file}")));
        for line in lines {
            let text = line.marked();
            anstream::println!(
                "{}",
                match line.mark {
                    Mark::Place => styled(DIM, &text),
                    Mark::Same => text,
                    Mark::Out => styled(BAD, &text),
                    Mark::In => styled(GOOD, &text),
                }
            );
        }
        if self.written {
            anstream::println!("written: {file}; {done}");
        } else {
            anstream::println!("nothing was written (--dry-run)");
        }
        if let Some(backup) = &self.backup {
            anstream::println!("as it was: {}", backup.display());
        }
        print_notes(&self.notes);
    }
}

fn print_notes(notes: &[String]) {
    for note in notes {
        anstream::eprintln!("{} {note}", styled(WARN, "note:"));
    }
}
