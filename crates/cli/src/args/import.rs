//! What `quipu import` takes.
//! It must not know what a source's files look like.
//! Invariant: a source's name here is its name in the store and in every report.

use std::path::PathBuf;

use clap::Args;

/// The programs that memories can be brought in from.
pub(crate) const SOURCES: [&str; 8] =
    ["local-recall", "brainlayer", "orchestrator", "claude-mem", "mcp-memory", "rules", "markdown", "jsonl"];

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// What kept them: local-recall (a folder, Markdown or JSON lines), brainlayer, orchestrator, claude-mem, mcp-memory,
    /// rules (CLAUDE.md, AGENTS.md, GEMINI.md, MEMORY.md, .cursor/rules); markdown, a folder of files with front matter, such as
    /// `quipu export markdown` and mirrors write; jsonl, a file of `quipu export jsonl` (`-` is standard input).
    #[arg(value_parser = SOURCES, required_unless_present = "list")]
    pub(crate) source: Option<String>,
    /// Its folder, file or database [default: where it usually lies; `quipu import --list` says where].
    pub(crate) path: Option<PathBuf>,
    /// The directory of the project that they belong to [default: the one that they lie in, or that their source names].
    #[arg(long, value_name = "DIR", conflicts_with = "global")]
    pub(crate) project: Option<PathBuf>,
    /// For every project, where their source names none.
    #[arg(long)]
    pub(crate) global: bool,
    /// Where a project lies that the source knows only by name (several times).
    #[arg(long = "map", value_name = "NAME=DIR")]
    pub(crate) maps: Vec<String>,
    /// Say what would be brought in, and bring in nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// What a source keeps of its own workings, too.
    #[arg(long)]
    pub(crate) include_all: bool,
    /// Look where such programs usually keep their memories, and say what could be brought in, and how.
    #[arg(long, conflicts_with_all = ["source", "path", "project", "global", "maps", "dry_run", "include_all"])]
    pub(crate) list: bool,
}
