//! `quipu import markdown` and `export markdown`: memories as files, there and back.
//! It must not know the file format (see `agents::markdown_memory`) nor the store.
//! Invariant: a file that cannot be read stops nothing; a file is replaced whole or not at all.

use std::path::{Path, PathBuf};

use quipu_agents::markdown_memory::{self, AppliesTo, MarkdownMemory};
use quipu_core::kind::Kind;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::{MemoryView, SaveReply, SaveRequest};
use quipu_protocol::wire::search::{MemoriesReply, PageRequest};

use super::memories::iso;
use super::{Outcome, cwd};
use crate::args::Scope;
use crate::connect::Daemon;
use crate::output::{BAD, Form, WARN, json, styled};

/// Stands for the project of a memory that belongs to every project, where an export spans several.
const EVERY_PROJECT: &str = "*";
/// Longest subject that is made from a text, in characters.
const SUBJECT: usize = 100;

pub(super) fn import(dir: &Path, global: bool, form: Form) -> Outcome {
    let files = markdown_below(dir)?;
    let mut daemon = Daemon::new()?;
    let (mut counts, mut notes) = (std::collections::BTreeMap::<String, u64>::new(), Vec::new());
    for file in &files {
        match import_one(&mut daemon, file, global) {
            Ok((outcome, warnings)) => {
                *counts.entry(outcome).or_default() += 1;
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

fn import_one(daemon: &mut Daemon, file: &Path, global: bool) -> Result<(String, Vec<String>), Fault> {
    let caller = |message: String| Fault::new(FaultKind::Caller, "unreadable", message);
    let text = std::fs::read_to_string(file).map_err(|e| caller(e.to_string()))?;
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let read = markdown_memory::read(&name, &text).map_err(|e| caller(e.to_string()))?;
    let mut warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    let memory = read.memory;
    let occurred_at =
        memory.occurred_at.parse::<jiff::Timestamp>().map_err(|e| caller(e.to_string()))?.as_millisecond();
    let thought = markdown_memory::thought_parts(&memory.body).is_some();
    let everywhere = global || memory.project.as_deref() == Some(EVERY_PROJECT);
    let kind = memory.kind.unwrap_or_else(|| if thought { Kind::Thought } else { Kind::Insight }.as_str().to_owned());
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
        ..SaveRequest::default()
    };
    let reply: SaveReply = daemon.write("/v1/memories", &request)?;
    warnings.extend(reply.reason);
    warnings.extend(reply.notes);
    if !reply.redacted.is_empty() {
        warnings.push(format!("secrets were replaced, so its hash is another now: {}", reply.redacted.join(", ")));
    }
    Ok((reply.outcome, warnings))
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

pub(super) fn export(dir: &Path, scope: Scope, include_private: bool, form: Form) -> Outcome {
    let cannot = |path: &Path, e: &std::io::Error| {
        Fault::new(FaultKind::Caller, "cannot_write", format!("{}: {e}", path.display()))
            .hint("name a folder that this user can write to")
    };
    std::fs::create_dir_all(dir).map_err(|e| cannot(dir, &e))?;
    let all = scope.all;
    let mut request = PageRequest { scope: super::scope(scope), include_private, ..PageRequest::default() };
    let mut daemon = Daemon::new()?;
    let mut written = 0u64;
    loop {
        let page: MemoriesReply = daemon.ask("/v1/export", &request)?;
        for memory in page.memories {
            let Some(file) = as_file(memory, all) else {
                anstream::eprintln!("{} a memory without a readable id was left out", styled(BAD, "error:"));
                continue;
            };
            let path = dir.join(format!("{}.md", file.id));
            replace(&path, &markdown_memory::write(&file)).map_err(|e| cannot(&path, &e))?;
            written += 1;
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    if form == Form::Json {
        json(&serde_json::json!({ "written": written, "dir": dir }));
    } else {
        anstream::println!("{written} files written to {}", dir.display());
    }
    Ok(())
}

/// A memory as a file. The project is named only where an export spans several.
fn as_file(memory: MemoryView, spans_projects: bool) -> Option<MarkdownMemory> {
    let thought = memory.kind == Kind::Thought.as_str() && markdown_memory::thought_parts(&memory.text).is_some();
    Some(MarkdownMemory {
        id: memory.id.parse().ok()?,
        subject: memory.title.unwrap_or_else(|| subject(&memory.text)),
        keywords: memory.keywords,
        applies_to: AppliesTo::parse(&memory.applies_to),
        occurred_at: iso(memory.occurred_at),
        content_hash: memory.content_hash,
        kind: (!thought).then_some(memory.kind),
        project: spans_projects.then(|| memory.project.unwrap_or_else(|| EVERY_PROJECT.to_owned())),
        session: memory.session_id,
        agent: memory.agent,
        body: memory.text,
        unknown: Vec::new(),
    })
}

/// The first words of a text, as earlier systems made their subjects.
fn subject(text: &str) -> String {
    let flat =
        text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(SUBJECT) {
        None => flat,
        Some((at, _)) => format!("{}...", flat[..at].rsplit_once(' ').map_or(&flat[..at], |(head, _)| head)),
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let unfinished = path.with_extension("md.new");
    std::fs::write(&unfinished, text)?;
    std::fs::rename(&unfinished, path)
}
