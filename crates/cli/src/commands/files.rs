//! `quipu import markdown`: memories from files.
//! It must not know the file format (see `agents::markdown_memory`) nor the store.
//! Invariant: a file that cannot be read stops nothing.

use std::path::{Path, PathBuf};

use quipu_agents::markdown_memory;
use quipu_daemon::markdown::{self, EVERY_PROJECT, implied_kind};
use quipu_protocol::config::keys;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::{SaveReply, SaveRequest, UpdateReply, UpdateRequest};

use super::{Outcome, cwd};
use crate::connect::Daemon;
use crate::output::{Form, WARN, json, styled};

pub(super) fn import(dir: &Path, global: bool, form: Form) -> Outcome {
    let files = markdown_below(dir)?;
    let config = super::config::effective(&[], true)?;
    let mut daemon = Daemon::new()?;
    let (mut counts, mut notes) = (std::collections::BTreeMap::<String, u64>::new(), Vec::new());
    let mut standing = Vec::new();
    for file in &files {
        let real = std::fs::canonicalize(file).unwrap_or_default();
        if let Some(pattern) = config.denial(keys::DENY_PATHS, &[&real]) {
            *counts.entry("denied".to_owned()).or_default() += 1;
            notes.push((file.clone(), format!("not read: `{pattern}` of privacy.deny_paths covers it")));
            continue;
        }
        match import_one(&mut daemon, file, global) {
            Ok((outcome, warnings, asked)) => {
                *counts.entry(outcome).or_default() += 1;
                standing.extend(asked.map(|asked| (file, asked)));
                notes.extend(warnings.into_iter().map(|w| (file.clone(), w)));
            }
            // Without the daemon no file can go in: that is the answer, not a note on each file.
            Err(fault) if matches!(fault.kind, FaultKind::Unavailable | FaultKind::Internal) => return Err(fault),
            Err(fault) => {
                *counts.entry("unreadable".to_owned()).or_default() += 1;
                notes.push((file.clone(), fault.message));
            }
        }
    }
    // Last: what stands in the place of another has to be there.
    for (file, (id, asked)) in standing {
        for request in asked {
            if let Err(fault) = daemon.change::<_, UpdateReply>(&format!("/v1/memories/{id}"), &request) {
                notes.push((file.clone(), format!("it is stored and shown: {}", fault.message)));
            }
        }
    }
    if form == Form::Json {
        let warnings: Vec<_> = notes.iter().map(|(f, w)| serde_json::json!({ "file": f, "warning": w })).collect();
        json(&serde_json::json!({ "files": files.len(), "outcomes": counts, "warnings": warnings }));
        return Ok(());
    }
    for (file, note) in &notes {
        anstream::println!("{} {}: {note}", styled(WARN, "note"), file.display());
    }
    let words: Vec<String> = counts.iter().map(|(word, n)| format!("{n} {word}")).collect();
    anstream::println!(
        "{} files: {}",
        files.len(),
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    );
    Ok(())
}

/// What became of a file, what there is to say of it, and what is left to be asked for its memory.
type Imported = (String, Vec<String>, Option<(String, Vec<UpdateRequest>)>);

fn import_one(daemon: &mut Daemon, file: &Path, global: bool) -> Result<Imported, Fault> {
    let caller = |message: String| Fault::new(FaultKind::Caller, "unreadable", message);
    let text = std::fs::read_to_string(file).map_err(|e| caller(e.to_string()))?;
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let read = markdown_memory::read(&name, &text).map_err(|e| caller(e.to_string()))?;
    let mut warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    let memory = read.memory;
    let occurred_at =
        memory.occurred_at.parse::<jiff::Timestamp>().map_err(|e| caller(e.to_string()))?.as_millisecond();
    let everywhere = global || memory.project.as_deref() == Some(EVERY_PROJECT);
    let kind = memory.kind.clone().unwrap_or_else(|| implied_kind(&memory.body).as_str().to_owned());
    let standing = markdown::standing(&memory);
    let private = memory.own_text("private").is_some_and(markdown::is_yes);
    let request = SaveRequest {
        id: Some(memory.id.to_string()),
        text: memory.body,
        kind: Some(kind),
        title: Some(memory.subject),
        keywords: memory.keywords,
        applies_to: Some(memory.applies_to.to_string()),
        occurred_at: Some(occurred_at),
        cwd: if everywhere { None } else { cwd() },
        project: memory.project.filter(|p| p != EVERY_PROJECT),
        session: memory.agent.zip(memory.session),
        private,
        ..SaveRequest::default()
    };
    let reply: SaveReply = daemon.write("/v1/memories", &request)?;
    warnings.extend(reply.reason);
    warnings.extend(reply.notes);
    if !reply.redacted.is_empty() {
        let was = reply.original_hash.map(|hash| format!(" (it was {hash})")).unwrap_or_default();
        let labels = reply.redacted.join(", ");
        warnings.push(format!("secrets were replaced, so its hash is another now{was}: {labels}"));
    }
    let is_new = reply.outcome == "stored" && !standing.is_empty();
    Ok((reply.outcome, warnings, reply.id.filter(|_| is_new).map(|id| (id, standing))))
}

fn markdown_below(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    let missing = |e: std::io::Error| {
        Fault::new(FaultKind::Missing, "no_such_path", format!("{}: {e}", dir.display()))
            .hint("name a folder of Markdown files")
    };
    std::fs::read_dir(dir).map_err(missing)?;
    let (mut found, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                open.push(path);
            } else if path.extension().is_some_and(|x| x == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
