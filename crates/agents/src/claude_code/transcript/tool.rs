//! A tool call: what it is called in one line, what it runs, which file it changes.
//! It must not know its result.
//! Invariant: bounded and redacted, whatever the call's input is.

use std::ops::Range;
use std::path::Path;

use serde_json::Value;

use quipu_structure::Source;

use super::outcome::{capped, floor};
use super::{diff, text};
use crate::Privacy;

/// Tools that hand a task to a subagent, whose transcript tells what came of it.
const DELEGATES: [&str; 2] = ["Task", "Agent"];
/// Tools that change one file, with the input that names it.
const WRITES: [(&str, &str); 4] =
    [("Edit", "file_path"), ("Write", "file_path"), ("MultiEdit", "file_path"), ("NotebookEdit", "notebook_path")];
/// So much of a command tells what it runs, in bytes.
const COMMAND: usize = 2_000;

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: String,
    /// `→ Bash: cargo test`
    pub(super) line: String,
    /// It asks quipu itself.
    pub(super) ours: bool,
    /// It hands its task on.
    pub(super) delegates: bool,
    /// It is on a file of which nothing is kept.
    pub(super) is_denied: bool,
    pub(super) command: Option<String>,
    /// The file it changes.
    pub(super) change: Option<Change>,
    /// The line of the transcript.
    pub(super) bytes: Range<u64>,
    name: String,
    path: Option<String>,
}

/// A change of one file.
#[derive(Debug)]
pub(super) struct Change {
    /// Absolute.
    pub(super) path: String,
    /// What the call itself says of it.
    pub(super) diff: String,
}

impl Call {
    pub(super) fn new(
        id: &str,
        (name, input): (&str, &Value),
        cwd: Option<&str>,
        bytes: Range<u64>,
        privacy: &Privacy,
    ) -> Self {
        let named = |key: &str| input.get(key).and_then(Value::as_str).map(str::to_owned);
        let writes = WRITES.iter().find(|(tool, _)| *tool == name);
        let command = named("command").map(|command| command[..floor(&command, COMMAND)].to_owned());
        let path = named("file_path").or_else(|| named("notebook_path")).or_else(|| named("path"));
        let on_denied = command.as_deref().and_then(|command| privacy.denied_in_command(command, cwd));
        let is_denied = on_denied.is_some() || path.as_deref().is_some_and(|path| privacy.denies(path, cwd));
        let change = writes.and_then(|(_, key)| absolute(&named(key)?, cwd)).map(|path| {
            let diff = if is_denied { String::new() } else { own(input, privacy) };
            Change { path, diff }
        });
        Self {
            id: id.to_owned(),
            line: match on_denied {
                Some(file) => format!("→ {name}: (a command on {})", privacy.redact(file)),
                None => text::tool_call(name, input, privacy),
            },
            ours: text::is_ours(name, input),
            delegates: DELEGATES.contains(&name),
            is_denied,
            command,
            change,
            bytes,
            name: name.to_owned(),
            path,
        }
    }

    /// Where its result came from.
    pub(super) fn source(&self) -> Source<'_> {
        Source::Tool { name: &self.name, command: self.command.as_deref(), path: self.path.as_deref() }
    }
}

/// Paths are absolute since 2.1.89; before, they may count from the working directory.
fn absolute(path: &str, cwd: Option<&str>) -> Option<String> {
    let path = Path::new(cwd.unwrap_or("")).join(path);
    path.is_absolute().then(|| path.to_string_lossy().into_owned())
}

/// The change as the call has it, for results that do not tell it: old and new text, or the whole new text.
fn own(input: &Value, privacy: &Privacy) -> String {
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let one = |of: &Value| diff::of_texts(&text(of, "old_string"), &text(of, "new_string"), privacy);
    let mut out = match input.get("edits").and_then(Value::as_array) {
        Some(edits) => edits.iter().map(one).collect::<Vec<_>>().join("@@\n"),
        None => one(input),
    };
    for key in ["content", "new_source"] {
        out.push_str(&diff::of_texts("", &text(input, key), privacy));
    }
    capped(out)
}
