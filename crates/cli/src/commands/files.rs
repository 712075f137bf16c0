//! `quipu export markdown`: memories as files, which `quipu import markdown` takes back.
//! It must not know the file format (see `agents::markdown_memory`) nor the store.
//! Invariant: a file is replaced whole or not at all.

use std::path::Path;

use quipu_agents::import::local_recall::EVERY_PROJECT;
use quipu_agents::markdown_memory::{self, AppliesTo, MarkdownMemory};
use quipu_core::kind::Kind;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::MemoryView;
use quipu_protocol::wire::search::{MemoriesReply, PageRequest};

use super::Outcome;
use super::memories::iso;
use crate::args::Scope;
use crate::connect::Daemon;
use crate::output::{BAD, Form, json, styled};

/// Longest subject that is made from a text, in characters.
const SUBJECT: usize = 100;

pub(super) fn export(dir: &Path, scope: Scope, form: Form) -> Outcome {
    let cannot = |path: &Path, e: &std::io::Error| {
        Fault::new(FaultKind::Caller, "cannot_write", format!("{}: {e}", path.display()))
            .hint("name a folder that this user can write to")
    };
    std::fs::create_dir_all(dir).map_err(|e| cannot(dir, &e))?;
    let all = scope.all;
    let mut request = PageRequest { scope: super::scope(scope), ..PageRequest::default() };
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
