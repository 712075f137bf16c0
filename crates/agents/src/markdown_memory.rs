//! The Markdown memory file: one memory as YAML front matter followed by a Markdown body.
//!
//! This room knows the file format and nothing else: no store, no daemon, no HTTP, no clock, no
//! environment and no file system. Callers hand in text and get text back.
//!
//! Invariant: what [`write()`] makes of a memory that [`read()`] returned, [`read()`] takes back as the
//! same memory; and a file as local-recall wrote it comes back from [`write()`] byte for byte,
//! although the writer sees only the fields and never the bytes that were read.

use std::collections::BTreeMap;

use thiserror::Error;
use uuid::Uuid;

mod fields;
#[cfg(test)]
mod hostile;
mod own;
mod read;
#[cfg(test)]
mod tests;
mod write;
mod yaml;

pub(crate) use fields::utc_millis;
pub use quipu_core::hash::{content_hash, js_trim};
pub use read::{read, thought_parts};
pub use write::{thought_body, write};

/// One memory, as its file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkdownMemory {
    /// The identity of the memory, which is also its file name.
    pub id: Uuid,
    /// One line that says what the memory is about. Empty, it is not written, and the file is for who can do without.
    pub subject: String,
    /// Words to find it by; empty for thinking memories.
    pub keywords: Vec<String>,
    /// What the memory is about: everything, files or areas.
    pub applies_to: AppliesTo,
    /// When it happened: ISO 8601, UTC, with milliseconds, such as `2025-12-03T11:14:22.409Z`.
    pub occurred_at: String,
    /// The hash the file states, or the computed one where the file states none. Empty, it is not written: a file that is
    /// made to be edited has no use for it.
    pub content_hash: String,
    /// quipu's own key `kind`, which foreign files do not have.
    pub kind: Option<String>,
    /// quipu's own key `project`, which foreign files do not have.
    pub project: Option<String>,
    /// The session the memory comes from.
    pub session: Option<String>,
    /// The agent that wrote it.
    pub agent: Option<String>,
    /// quipu's other keys, those of [`OWN`], with a text or a list each; in that order they are written.
    pub own: BTreeMap<String, Field>,
    /// The Markdown after the front matter, trimmed as by [`js_trim`].
    pub body: String,
    /// Other scalar keys in file order; every value is kept as text and written back as a string.
    pub unknown: Vec<(String, String)>,
}

/// quipu's keys beyond `kind`, `project`, `session` and `agent`, in the order in which they are written.
pub const OWN: [&str; 14] = [
    "files",
    "pinned",
    "private",
    "importance",
    "status",
    "priority",
    "due",
    "links",
    "valid_from",
    "valid_to",
    "lifecycle",
    "superseded_by",
    "aggregated_into",
    "archive_reason",
];

/// The value of a key of quipu's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// One text.
    Text(String),
    /// Several.
    List(Vec<String>),
}

impl MarkdownMemory {
    /// The text of one of quipu's own keys.
    pub fn own_text(&self, key: &str) -> Option<&str> {
        match self.own.get(key) {
            Some(Field::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The list of one of quipu's own keys; a text alone is a list of one.
    pub fn own_list(&self, key: &str) -> Vec<String> {
        match self.own.get(key) {
            Some(Field::List(items)) => items.clone(),
            Some(Field::Text(text)) => vec![text.clone()],
            None => Vec::new(),
        }
    }
}

/// The scope of a memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppliesTo {
    /// The whole project: `global`.
    Global,
    /// One file: `file:<path>`.
    File(String),
    /// One part of the project: `area:<name>`.
    Area(String),
    /// Several scopes, from lists such as `file:a, file:b`.
    Many(Vec<AppliesTo>),
    /// Text with a prefix this format does not define, kept verbatim.
    Other(String),
}

/// A memory that was read, with everything the reader had to repair or doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMemory {
    /// The memory.
    pub memory: MarkdownMemory,
    /// What was not as the format says; none of it is a reason to refuse the memory.
    pub warnings: Vec<Warning>,
}

/// Something in a file that the reader accepted although the format says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// The body was edited after it was hashed, or the hash was made otherwise.
    #[error("content_hash says {stated}, the body has {computed}; the body was taken as it is")]
    HashMismatch {
        /// The hash in the file.
        stated: String,
        /// The hash of the body.
        computed: String,
    },
    /// The file states no hash.
    #[error("content_hash is missing; {computed} was computed from the body")]
    MissingHash {
        /// The hash of the body.
        computed: String,
    },
    /// The file was renamed, or copied from another memory.
    #[error("id {id} is not the file name {file_name}; the id was taken")]
    IdIsNotFileName {
        /// The id in the front matter.
        id: Uuid,
        /// The file name as handed in.
        file_name: String,
    },
    /// The front matter has no usable id.
    #[error("id `{found}` is not a UUID; {id} was taken from the file name")]
    IdFromFileName {
        /// What the front matter says; empty where it says nothing.
        found: String,
        /// The id in the file name.
        id: Uuid,
    },
    /// The scope was a list, or not spelt as the format says.
    #[error("applies_to `{found}` was read as `{read_as}`")]
    RepairedScope {
        /// What the file says.
        found: String,
        /// What the writer will write.
        read_as: String,
    },
    /// The file states no scope.
    #[error("applies_to is missing; global was taken")]
    MissingScope,
    /// The keywords were one text instead of a list.
    #[error("keywords `{found}` was split at its commas")]
    RepairedKeywords {
        /// What the file says.
        found: String,
    },
    /// The time was not written as ISO 8601 UTC with milliseconds.
    #[error("occurred_at `{found}` was read as {read_as}")]
    NormalisedTime {
        /// What the file says.
        found: String,
        /// The same instant as the format writes it.
        read_as: String,
    },
    /// A file of the oldest format, which knew only `created_at`.
    #[error("occurred_at is missing; created_at was taken")]
    TimeFromCreatedAt,
    /// A key this format does not know has a number, a truth value or nothing as its value.
    #[error("`{key}: {found}` was kept as text and will be written with quotes")]
    RetypedKey {
        /// The key.
        key: String,
        /// The value as the file spells it.
        found: String,
    },
    /// A key this format does not know has a list, a mapping or another node that is not a scalar.
    #[error("`{key}` was left out because its value is not a scalar")]
    DroppedKey {
        /// The key.
        key: String,
    },
}

/// Why a file is not a memory, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// The file is some other Markdown.
    #[error("no front matter; start the file with a line `---`, the keys, and another line `---`")]
    NoFrontMatter,
    /// The front matter runs to the end of the file.
    #[error("the front matter does not end; put a line `---` between the keys and the body")]
    UnterminatedFrontMatter,
    /// The front matter is not YAML.
    #[error("line {line} is not valid YAML ({message}); put quotes around the value or indent it")]
    InvalidYaml {
        /// The line in the file, from 1.
        line: usize,
        /// What the YAML parser says.
        message: String,
    },
    /// The front matter says one thing twice.
    #[error("line {line} has `{key}` a second time; delete one of the two lines")]
    DuplicateKey {
        /// The line in the file, from 1.
        line: usize,
        /// The key.
        key: String,
    },
    /// The front matter is a list or a text.
    #[error("the front matter is not a mapping; write one `key: value` a line")]
    NotAMapping,
    /// There is nothing to remember.
    #[error("the body is empty; write the memory below the second line `---`, or delete the file")]
    EmptyBody,
    /// A key without which there is no memory.
    #[error("`{key}` is missing or empty; add a line `{key}: …` to the front matter")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
    /// Neither the front matter nor the file name says which memory this is.
    #[error("no UUID in `id` nor in the name `{file_name}`; add `id: <uuid>` or rename the file")]
    NoId {
        /// The file name as handed in.
        file_name: String,
    },
    /// A known key has a list or a mapping as its value.
    #[error("`{key}` has the wrong shape; write it as one text, keywords as a list of texts")]
    WrongShape {
        /// The key.
        key: &'static str,
    },
    /// The time cannot be understood.
    #[error("`{found}` is not a time; write it as '2025-12-03T11:14:22.409Z'")]
    BadTime {
        /// What the file says.
        found: String,
    },
}
