//! The walls between crates, as their manifests state them. A wall is a sentence "may not know".
//!
//! It must not know what a crate does; it reads names of dependencies, those of tests included: a wall with a door
//! for tests is no wall.

use super::{Tree, Violation};

/// A crate and what it may not depend on; `quipu-*` stands for every crate of ours.
struct Wall {
    of: &'static str,
    not_on: &'static [&'static str],
    may_not_know: &'static str,
}

const WALLS: &[Wall] = &[
    Wall {
        of: "core",
        not_on: &["rusqlite", "tokio", "axum", "serde", "serde_json", "tantivy", "quipu-*"],
        may_not_know: "SQL, sockets, clock, environment, serde formats, async",
    },
    Wall {
        of: "structure",
        not_on: &[
            "quipu-store",
            "quipu-protocol",
            "quipu-agents",
            "quipu-daemon",
            "rusqlite",
            "tokio",
            "axum",
            "tantivy",
            "serde",
            "serde_json",
        ],
        may_not_know: "memories, SQL, agents, sockets, the clock, serde formats, async",
    },
    Wall {
        of: "protocol",
        not_on: &["quipu-store", "quipu-daemon", "tokio", "rusqlite", "tantivy"],
        may_not_know: "the store, tokio, or how an answer is found",
    },
    Wall {
        of: "embed",
        not_on: &["quipu-*", "rusqlite", "tokio", "axum", "tantivy", "serde"],
        may_not_know: "what a memory is, SQL or who asks",
    },
    Wall {
        of: "agents",
        not_on: &["quipu-store", "quipu-daemon", "axum", "tokio", "rusqlite"],
        may_not_know: "the store, the daemon or HTTP",
    },
    Wall {
        of: "store",
        not_on: &["quipu-protocol", "quipu-daemon", "axum", "tokio"],
        may_not_know: "wire types, HTTP, MCP or who asks",
    },
    Wall { of: "daemon", not_on: &["clap", "rusqlite", "tantivy"], may_not_know: "the terminal, flags or SQL" },
    Wall { of: "cli", not_on: &["rusqlite", "tantivy"], may_not_know: "SQL or an index" },
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for wall in WALLS {
        let path = format!("crates/{}/Cargo.toml", wall.of);
        for (line, name) in dependencies(tree.text(&path).unwrap_or_default()) {
            if wall.not_on.iter().any(|banned| is_banned(banned, &name)) {
                let what = format!("{} depends on {name}, but may not know {}", wall.of, wall.may_not_know);
                found.push(Violation::new(&path, line, what, "move the line that needs it to the crate that may"));
            }
        }
    }
    found
}

fn is_banned(banned: &str, name: &str) -> bool {
    match banned.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => name == banned,
    }
}

/// Every dependency a manifest names, with its line; a renamed one by both names.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_table = false;
    for (line, text) in (1..).zip(manifest.lines().map(str::trim)) {
        if let Some(header) = text.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            // `[dependencies]`, `[target.'cfg(unix)'.dev-dependencies]`; or one of its own: `[dependencies.tokio]`.
            in_table = header.ends_with("dependencies");
            if let Some((_, name)) = header.split_once("dependencies.") {
                found.push((line, plain(name)));
            }
        } else if let (true, Some((key, value))) = (in_table && !text.starts_with('#'), text.split_once('=')) {
            found.push((line, plain(key.split('.').next().unwrap_or(key))));
            found.extend(package(value).map(|name| (line, name)));
        } else if let Some(("package", name)) = text.split_once('=').map(|(key, value)| (key.trim(), value)) {
            found.push((line, plain(name)));
        }
    }
    found
}

/// The `package = "name"` of an inline table.
fn package(value: &str) -> Option<String> {
    let (_, after) = value.split_once("package")?;
    after.trim_start().strip_prefix('=')?.split('"').nth(1).map(str::to_owned)
}

fn plain(name: &str) -> String {
    name.trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests;
