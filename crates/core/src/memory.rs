//! A memory as the rest of quipu sees it: text, provenance, lifecycle.
//! It must not know tables, wire shapes or files.
//! Invariant: `body` is redacted before a value of these types reaches the store.

use crate::aside::Aside;
use crate::change::{Content, Pin};
use crate::class::Class;
use crate::id::{MemoryId, Millis};
use crate::kind::Kind;
use crate::link::Link;
use crate::scope::Privacy;
use crate::standing::{Importance, Validity};
use crate::turn::Speaker;

/// A project: its key is the canonical path of the git common dir's parent, or the directory itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectKey(pub String);

impl ProjectKey {
    /// The short name a person knows it by: the last part of the path.
    pub fn name(&self) -> &str {
        self.0.trim_end_matches('/').rsplit('/').next().filter(|n| !n.is_empty()).unwrap_or(&self.0)
    }
}

/// A session as named by the agent that ran it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionRef {
    /// `claude-code`, …
    pub agent: String,
    /// The agent's own id of the session.
    pub id: String,
}

impl SessionRef {
    /// Reads `agent/id`, as [`Display`](std::fmt::Display) writes it; a subagent's id has a stroke of its own.
    pub fn parse(text: &str) -> Option<Self> {
        let (agent, id) = text.trim().split_once('/')?;
        let is_word = |word: &str| !word.is_empty() && word.len() <= 200 && !word.contains(char::is_whitespace);
        (is_word(agent) && is_word(id)).then(|| Self { agent: agent.to_owned(), id: id.to_owned() })
    }
}

impl std::fmt::Display for SessionRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.agent, self.id)
    }
}

/// Something to be remembered that was not captured from a transcript: a saved note, or an imported memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its id; a new one for a saved note, the file's for an import.
    pub id: MemoryId,
    /// What it is.
    pub kind: Kind,
    /// A short title, if it has one.
    pub title: Option<String>,
    /// Where it holds, as written ([`crate::scope`]).
    pub applies_to: String,
    /// Words it is filed under.
    pub keywords: Vec<String>,
    /// The text, trimmed and redacted.
    pub body: String,
    /// The hash of the text that was brought in, where the redaction has changed it.
    pub original_hash: Option<String>,
    /// When it happened.
    pub occurred_at: Millis,
    /// The project it belongs to; none means every project.
    pub project: Option<ProjectKey>,
    /// The session it came from, if any.
    pub session: Option<SessionRef>,
    /// How it came here.
    pub origin: Origin,
    /// The memory in whose place it stands from now on.
    pub supersedes: Option<MemoryId>,
    /// Who may see it.
    pub privacy: Privacy,
    /// How much it matters.
    pub importance: Importance,
    /// When what it says holds.
    pub valid: Validity,
    /// What stands beside the text: of a work item where it stands, links, files, symbols.
    pub aside: Aside,
    /// Links to it that others are to keep: what it blocks, depends on it, or is part of it.
    pub kept_by: Vec<Link>,
}

/// The way by which a memory came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Read from a transcript.
    Transcript,
    /// Carried by a hook, until the transcript's record replaces it.
    Hook,
    /// Saved by a person or an agent on purpose.
    Saved,
    /// Imported from files.
    Imported,
}

impl Origin {
    /// The word in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Transcript => "transcript",
            Origin::Hook => "hook",
            Origin::Saved => "saved",
            Origin::Imported => "imported",
        }
    }

    /// The origin of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Origin::Transcript, Origin::Hook, Origin::Saved, Origin::Imported].into_iter().find(|o| o.as_str() == name)
    }
}

/// Whether a memory is shown by default, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// Shown.
    Live,
    /// Hidden unless archived ones are asked for.
    Archived,
    /// Another memory took its place.
    Superseded,
    /// A summary stands for it and others.
    Aggregated,
}

impl Lifecycle {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Live, Self::Archived, Self::Superseded, Self::Aggregated];

    /// The word at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            Lifecycle::Live => "live",
            Lifecycle::Archived => "archived",
            Lifecycle::Superseded => "superseded",
            Lifecycle::Aggregated => "aggregated",
        }
    }

    /// The state of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Where in which file a memory came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The transcript.
    pub path: String,
    /// First byte of the lines it was made from.
    pub from: u64,
    /// One past their last byte.
    pub to: u64,
}

/// A memory as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// Its id.
    pub id: MemoryId,
    /// What it is.
    pub kind: Kind,
    /// What kind of text it is.
    pub class: Class,
    /// A short title, if it has one.
    pub title: Option<String>,
    /// Where it holds, as written ([`crate::scope`]).
    pub applies_to: String,
    /// Words it is filed under.
    pub keywords: Vec<String>,
    /// Absolute paths of the files that it changed or names, sorted.
    pub files: Vec<String>,
    /// The text.
    pub body: String,
    /// First 16 hex digits of SHA-256 over the trimmed body.
    pub content_hash: String,
    /// When it happened.
    pub occurred_at: Millis,
    /// When quipu wrote it down.
    pub recorded_at: Millis,
    /// The project it belongs to.
    pub project: Option<ProjectKey>,
    /// The session it came from.
    pub session: Option<SessionRef>,
    /// Git branch at the time.
    pub branch: Option<String>,
    /// How it came here.
    pub origin: Origin,
    /// Who stands behind it.
    pub speaker: Speaker,
    /// Shown, or what hides it.
    pub lifecycle: Lifecycle,
    /// What stands in its place.
    pub superseded_by: Option<MemoryId>,
    /// The summary that stands for it.
    pub aggregated_into: Option<MemoryId>,
    /// When it was archived, where it is.
    pub archived_at: Option<Millis>,
    /// Why it was archived.
    pub archive_reason: Option<String>,
    /// Whether it is held on to.
    pub pin: Pin,
    /// Who may see it.
    pub privacy: Privacy,
    /// How much it matters.
    pub importance: Importance,
    /// When what it says holds.
    pub valid: Validity,
    /// How often it was changed, and one.
    pub revision: u32,
    /// The transcript it can be walked back to.
    pub provenance: Option<Provenance>,
    /// How many secrets were replaced in it.
    pub redactions: u32,
    /// The hash of the text that was brought in, where the redaction has changed it.
    pub original_hash: Option<String>,
}

impl Memory {
    /// What of it can be edited, but for what stands beside the text: that is not read with it.
    pub fn content(&self) -> Content {
        Content {
            kind: self.kind,
            title: self.title.clone(),
            applies_to: self.applies_to.clone(),
            keywords: self.keywords.clone(),
            body: self.body.clone(),
            pin: self.pin,
            privacy: self.privacy,
            importance: self.importance,
            valid: self.valid,
            aside: Aside::default(),
        }
    }
}

/// A memory as it is or once was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number; the first is 1.
    pub number: u32,
    /// What it said.
    pub content: Content,
    /// Shown, or what hid it.
    pub lifecycle: Lifecycle,
    /// When it came to be.
    pub since: Millis,
    /// Why, where that was said.
    pub reason: Option<String>,
}
