//! quipu's hooks in Claude Code's settings: which there are, how they look, putting them in, taking them out.
//! It must not know files, where they lie or what is said about them: text goes in, text comes out.
//! Invariant: installing twice is installing once; what is not ours keeps every byte, and taking out what was put in
//! gives back the text from before.

mod command;
mod document;
mod edit;
mod entries;
mod put;
mod style;
mod take;
#[cfg(test)]
mod tests;

use serde::de::IgnoredAny;

use super::hook::{EDIT_EVENT, SERVED, STEP_EVENT};
use document::{Document, property};

pub use command::is_program_name;
pub use put::install;
pub use take::uninstall;

/// The name of the settings file in a person's folder of Claude Code, and in a project's.
pub const SETTINGS: &str = "settings.json";
/// The name of a project's settings that are one person's: they hold paths of one machine.
pub const LOCAL_SETTINGS: &str = "settings.local.json";
/// The folder of a project's settings.
pub const PROJECT_FOLDER: &str = ".claude";
/// Where an administrator's settings lie: `managed-settings.json`, and a folder `managed-settings.d` of more.
pub const MANAGED_FOLDER: &str =
    if cfg!(target_os = "macos") { "/Library/Application Support/ClaudeCode" } else { "/etc/claude-code" };

/// The first version of Claude Code that knows an event, where one in use may not: those before 2.1.101 refuse a
/// whole file for an event that they do not know.
pub const SINCE: [(&str, [u32; 3]); 1] = [("PostCompact", [2, 1, 76])];

/// Why a settings file was left alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is not JSON.
    #[error("line {line}, column {column}: {what}")]
    Syntax {
        /// What is wrong there.
        what: String,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
    },
    /// Something in it is not what Claude Code wants there.
    #[error("line {line}, column {column}: {place} must be {wanted}")]
    Shape {
        /// What.
        place: String,
        /// `an object`, `an array`.
        wanted: &'static str,
        /// From 1.
        line: usize,
        /// From 1, in characters.
        column: usize,
    },
}

/// What is to be installed.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The absolute path of the program.
    pub program: &'a str,
    /// Whether another way of writing a path means the same program: such an entry stays as it is.
    pub is_same: &'a dyn Fn(&str) -> bool,
    /// Events that the host does not know yet, or that a person does without: an entry for one of them goes.
    pub leave_out: &'a [&'a str],
}

impl Wanted<'_> {
    fn agrees(&self, program: &str) -> bool {
        program == self.program || (self.is_same)(program)
    }
}

/// What a settings file says about quipu.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    /// Our entries: event and program, in the order of the file.
    pub entries: Vec<(String, String)>,
    /// Served events without an entry.
    pub missing: Vec<&'static str>,
    /// Events in which quipu's hook is part of another command.
    pub combined: Vec<String>,
    /// `disableAllHooks`.
    pub disable_all_hooks: bool,
    /// `allowManagedHooksOnly`, which counts in managed settings only.
    pub managed_hooks_only: bool,
    /// Whether it has comments or trailing commas, for which Claude Code (2.1.197) ignores the whole file.
    pub is_lenient: bool,
}

/// Reads what `text` says about quipu.
pub fn inspect(text: &str) -> Result<Installed, SettingsError> {
    let (_, text) = split_mark(text);
    if text.trim().is_empty() {
        return Ok(Installed { missing: SERVED.to_vec(), ..Installed::default() });
    }
    let document = Document::parse(text)?;
    let entries = entries::entries(&document);
    let is_set = |name| {
        let value = property(&document.root, name).and_then(|property| property.value.as_boolean_lit());
        value.is_some_and(|value| value.value)
    };
    Ok(Installed {
        missing: entries::missing(&document, &entries),
        combined: entries::mentions(&document),
        entries: entries.iter().map(|entry| (entry.event().to_owned(), entry.command.program.clone())).collect(),
        disable_all_hooks: is_set("disableAllHooks"),
        managed_hooks_only: is_set("allowManagedHooksOnly"),
        is_lenient: serde_json::from_str::<IgnoredAny>(text).is_err(),
    })
}

/// Apart: a byte order mark, and the text behind it.
fn split_mark(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 })
}
