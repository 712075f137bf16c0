//! Where programs usually keep their memories, and which of those places there are.
//! It must not know what is in them beyond that they are there.
//! Invariant: nothing is brought in, nothing is opened but to see that it is there.

use std::path::{Path, PathBuf};

use quipu_agents::import::{brainlayer, claude_mem, local_recall, mcp_memory, orchestrator, rules};
use quipu_protocol::env::Env;
use quipu_protocol::paths::claude_config;
use serde_json::{Value, json};

use super::walk::{self, Within};
use crate::commands::Outcome;
use crate::output::{self, DIM, Form, styled};

/// A place where a source usually lies.
struct Usual {
    source: &'static str,
    path: PathBuf,
    /// What else the command needs.
    flags: &'static str,
}

/// Every usual place, those of this directory first.
fn places(env: &Env) -> Vec<Usual> {
    let here = std::env::current_dir().unwrap_or_default();
    let home = env.home.clone().unwrap_or_default();
    let data = env.xdg_data_home.clone().unwrap_or_else(|| home.join(".local/share"));
    let place = |source, path, flags| Usual { source, path, flags };
    let mut places = vec![
        place(local_recall::SOURCE, here.join("local-recall"), ""),
        place(orchestrator::SOURCE, here.join(".orchestrator/project.db"), ""),
        place(brainlayer::SOURCE, data.join("brainlayer/brainlayer.db"), ""),
        place(brainlayer::SOURCE, home.join(".brainlayer"), ""),
        place(claude_mem::SOURCE, home.join(".claude-mem/claude-mem.db"), ""),
    ];
    if let Some(claude) = claude_config(env) {
        places.push(place(orchestrator::SOURCE, claude.join("orchestrator/global.db"), ""));
        places.push(place(rules::SOURCE, claude.join("CLAUDE.md"), ""));
    }
    for (folder, name) in [(".codex", "AGENTS.md"), (".gemini", "GEMINI.md")] {
        places.push(place(rules::SOURCE, home.join(folder).join(name), ""));
    }
    for folder in [&here, &home] {
        for name in ["memory.json", "memory.jsonl"] {
            places.push(place(mcp_memory::SOURCE, folder.join(name), if *folder == home { "--global" } else { "" }));
        }
    }
    places
}

/// Where `source` is looked for when nobody says where it is.
pub(super) fn usual(source: &str, env: &Env) -> Option<PathBuf> {
    if source == rules::SOURCE {
        return std::env::current_dir().ok();
    }
    let all = places(env).into_iter().filter(|usual| usual.source == source).map(|usual| usual.path);
    all.into_iter().find(|path| path.exists())
}

pub(super) fn list(env: &Env, form: Form) -> Outcome {
    let mut found: Vec<Value> = Vec::new();
    let mut tell = |source: &str, path: &Path, flags: &str, what: String| {
        let command = format!("quipu import {source} {} {flags}", quoted(path));
        found.push(json!({ "source": source, "path": path, "what": what, "command": command.trim_end() }));
    };
    let here = std::env::current_dir().unwrap_or_default();
    let of_agents = |path: &Path| path.file_name().is_some_and(|name| rules::NAMES.iter().any(|known| name == *known));
    let rule_files = walk::files(&here, Within::Project, of_agents).unwrap_or_default();
    for usual in places(env) {
        let Ok(meta) = std::fs::metadata(&usual.path) else { continue };
        let what = if meta.is_dir() { "a folder".to_owned() } else { crate::commands::stats::bytes(meta.len()) };
        tell(usual.source, &usual.path, usual.flags, what);
    }
    if !rule_files.is_empty() {
        let names: Vec<String> = rule_files
            .iter()
            .filter_map(|file| Some(file.strip_prefix(&here).ok()?.to_string_lossy().into()))
            .collect();
        tell(rules::SOURCE, &here, "", names.join(", "));
    }
    if form == Form::Json {
        output::json(&json!({ "found": found }));
        return Ok(());
    }
    if found.is_empty() {
        anstream::println!(
            "nothing was found in the usual places {}",
            styled(DIM, "(`quipu import SOURCE PATH` reads any)")
        );
    }
    for one in &found {
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        anstream::println!("{} {}", output::shown(&text("command")), styled(DIM, &format!("({})", text("what"))));
    }
    Ok(())
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
