//! What a transcript's place says about it: whose it is, and where a session's subagents write theirs.
//! It must not open a file, nor take a project from a folder's name.
//! Invariant: a record's own words outweigh its file's name.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The folder of a session's subagents, beside its transcript in a folder of the session's name.
const SUBAGENTS: &str = "subagents";
/// How a subagent's file begins.
const PREFIX: &str = "agent-";

/// Whose records a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The session of records that do not name one.
    pub session: String,
    /// The subagent, in a file of its own.
    pub subagent: Option<String>,
}

impl Place {
    /// The place of a main transcript.
    pub fn main(session: &str) -> Self {
        Self { session: session.to_owned(), subagent: None }
    }

    /// What `path` says: `<session>.jsonl`, `<session>/subagents/agent-<id>.jsonl` (or deeper, for a workflow's run),
    /// and until about 2.0 `agent-<id>.jsonl` beside the main file.
    pub fn of(path: &Path) -> Self {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let subagent = stem.strip_prefix(PREFIX).map(str::to_owned);
        let session = folder_of_session(path).and_then(Path::file_name).filter(|_| subagent.is_some());
        Self { session: session.map_or(stem, |name| name.to_string_lossy().into_owned()), subagent }
    }
}

/// Whether a file of that name holds a conversation: other files lie beside those of subagents.
pub fn is_transcript(path: &Path) -> bool {
    let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or("");
    let is_conversation = folder_of_session(path).is_none() || stem.starts_with(PREFIX);
    path.extension().is_some_and(|extension| extension == "jsonl") && is_conversation
}

/// Where the subagents of the session with this main transcript write theirs.
pub fn subagents_of(main: &Path) -> PathBuf {
    main.with_extension("").join(SUBAGENTS)
}

/// The folder above `subagents`, for a file below it.
fn folder_of_session(path: &Path) -> Option<&Path> {
    path.ancestors().skip(1).find(|folder| folder.file_name().is_some_and(|name| name == SUBAGENTS))?.parent()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_names() {
        for (path, session, subagent, is_one) in [
            ("/c/p/-slug/s1.jsonl", "s1", None, true),
            ("/c/p/-slug/s1/subagents/agent-a7.jsonl", "s1", Some("a7"), true),
            ("/c/p/-slug/s1/subagents/workflows/run/agent-a7.jsonl", "s1", Some("a7"), true),
            ("/c/p/-slug/s1/subagents/workflows/run/journal.jsonl", "journal", None, false),
            ("/c/p/-slug/agent-a7.jsonl", "agent-a7", Some("a7"), true),
            ("/c/p/-slug/s1/subagents/agent-a7.meta.json", "s1", Some("a7.meta"), false),
            ("/c/p/-slug/s1.jsonl.bak", "s1.jsonl", None, false),
            ("s1", "s1", None, false),
        ] {
            let path = Path::new(path);
            assert_eq!(Place::of(path), Place { session: session.into(), subagent: subagent.map(str::to_owned) });
            assert_eq!(is_transcript(path), is_one, "{}", path.display());
        }
        assert_eq!(subagents_of(Path::new("/c/s1.jsonl")), Path::new("/c/s1/subagents"));
    }
}
