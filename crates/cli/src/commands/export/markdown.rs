//! `export markdown`: one file a memory, the same bytes as long as the memory is the same.
//! It must not know how a file is spelt (see `agents::markdown_memory`).
//! Invariant: what somebody else wrote, or changed since, is neither written over nor removed unless that was asked for.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use quipu_agents::markdown_memory::{self, thought_parts};
use quipu_core::hash::bytes_hash;
use quipu_daemon::markdown::{self, Spans};
use quipu_protocol::folder::Folder;
use quipu_protocol::wire::search::{MemoriesReply, PageRequest};

use super::{cannot, outside_data};
use crate::commands::Outcome;
use crate::connect::Daemon;
use crate::output::{BAD, DIM, Form, WARN, json, styled};

/// Where an export notes what it wrote.
const NOTE: &str = ".quipu-export";
/// Its first line.
const NOTE_HEAD: &str = "# What `quipu export markdown` wrote here; `--prune` removes nothing else.\n";
/// No file of ours is longer.
const MOST: u64 = 64 << 20;
/// At most so many files are named in words.
const NAMED: usize = 20;

/// What became of the files, by name.
#[derive(Default)]
struct Report {
    written: u64,
    unchanged: u64,
    /// Changed by somebody, and left so.
    kept: Vec<String>,
    /// Of an earlier export, and no longer in this one.
    gone: Vec<String>,
    removed: Vec<String>,
}

/// What an export wrote: a hash of each file by its name.
type Note = BTreeMap<String, String>;

pub(super) fn markdown(
    dir: &Path,
    mut request: PageRequest,
    (all, prune, overwrite): (bool, bool, bool),
    form: Form,
) -> Outcome {
    outside_data(dir)?;
    let folder = Folder::make(dir).map_err(|e| cannot(dir, &e))?;
    let before = read_note(&folder).map_err(|e| cannot(&dir.join(NOTE), &e))?;
    let spans = if all { Spans::All } else { Spans::Project };
    let mut daemon = Daemon::patient()?;
    let (mut now, mut report) = (Note::new(), Report::default());
    loop {
        let page: MemoriesReply = daemon.ask("/v1/export", &request)?;
        for memory in &page.memories {
            let Some(file) = markdown::file(memory, markdown::Folder::Export(spans)) else {
                anstream::eprintln!("{} a memory without a readable id was left out", styled(BAD, "error:"));
                continue;
            };
            let is_thought = thought_parts(&memory.text).is_some();
            let name = format!("{}/{}.md", if is_thought { "thinking-memory" } else { "episodic-memory" }, file.id);
            let text = markdown_memory::write(&file);
            put(&folder, &name, &text, (before.get(&name), overwrite), &mut report)
                .map_err(|e| cannot(&dir.join(&name), &e))?;
            let hash = if report.kept.last() == Some(&name) {
                before.get(&name).cloned()
            } else {
                Some(bytes_hash(text.as_bytes()))
            };
            now.extend(hash.map(|hash| (name, hash)));
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    for (name, hash) in before {
        if now.contains_key(&name) || report.kept.contains(&name) {
            continue;
        }
        match folder.read(&name, MOST) {
            Ok(None) => {}
            Ok(Some(bytes)) if prune && bytes_hash(&bytes) == hash => {
                folder.remove(&name).map_err(|e| cannot(&dir.join(&name), &e))?;
                report.removed.push(name);
            }
            Ok(Some(bytes)) => {
                if bytes_hash(&bytes) == hash { &mut report.gone } else { &mut report.kept }.push(name.clone());
                now.insert(name, hash);
            }
            Err(_) => report.kept.push(name),
        }
    }
    write_note(&folder, &now).map_err(|e| cannot(&dir.join(NOTE), &e))?;
    tell(dir, &report, form);
    Ok(())
}

/// Writes a file where that loses nothing of anybody's.
fn put(
    folder: &Folder,
    name: &str,
    text: &str,
    (known, overwrite): (Option<&String>, bool),
    report: &mut Report,
) -> io::Result<()> {
    match folder.read(name, MOST) {
        Ok(Some(there)) if there == text.as_bytes() => {
            report.unchanged += 1;
            return Ok(());
        }
        Ok(Some(there)) if !overwrite && !is_ours(name, &there, known) => {
            report.kept.push(name.to_owned());
            return Ok(());
        }
        Ok(_) => {}
        // A link, a pipe, something endless: none of ours.
        Err(_) if !overwrite => {
            report.kept.push(name.to_owned());
            return Ok(());
        }
        Err(_) => {}
    }
    folder.write(name, text.as_bytes())?;
    report.written += 1;
    Ok(())
}

/// Whether a file is as an export left it: the one that noted it, or, where none did, any that did.
fn is_ours(name: &str, there: &[u8], known: Option<&String>) -> bool {
    if let Some(hash) = known {
        return bytes_hash(there) == *hash;
    }
    let Ok(text) = std::str::from_utf8(there) else { return false };
    let read = markdown_memory::read(name, text);
    read.is_ok_and(|read| markdown_memory::write(&read.memory) == text && read.warnings.is_empty())
}

fn read_note(folder: &Folder) -> io::Result<Note> {
    let bytes = folder.read(NOTE, MOST)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let pairs = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once("  "));
    Ok(pairs.map(|(hash, name)| (name.to_owned(), hash.to_owned())).collect())
}

fn write_note(folder: &Folder, note: &Note) -> io::Result<()> {
    let lines: String = note.iter().map(|(name, hash)| format!("{hash}  {name}\n")).collect();
    let text = format!("{NOTE_HEAD}{lines}");
    if folder.read(NOTE, MOST)?.as_deref() == Some(text.as_bytes()) {
        return Ok(());
    }
    folder.write(NOTE, text.as_bytes())
}

fn tell(dir: &Path, report: &Report, form: Form) {
    let Report { written, unchanged, kept, gone, removed } = report;
    if form == Form::Json {
        return json(&serde_json::json!({ "written": written, "unchanged": unchanged, "kept": kept, "gone": gone,
            "removed": removed, "dir": dir }));
    }
    let count = |n: u64| format!("{n} {}", if n == 1 { "file" } else { "files" });
    anstream::println!("{} written to {}, {unchanged} as they were", count(*written), dir.display());
    let name = |what: &str, names: &[String], cure: &str| {
        if names.is_empty() {
            return;
        }
        anstream::println!("{} {} {what} {}", styled(WARN, "note"), count(names.len() as u64), styled(DIM, cure));
        for name in names.iter().take(NAMED) {
            anstream::println!("     {name}");
        }
        if names.len() > NAMED {
            anstream::println!("     and {} more", names.len() - NAMED);
        }
    };
    name(
        "kept: somebody else wrote or changed them",
        kept,
        "(`--overwrite` writes over those whose memories are here)",
    );
    name("of an earlier export are in this one no more", gone, "(`--prune` removes them)");
    name("removed", removed, "");
}
