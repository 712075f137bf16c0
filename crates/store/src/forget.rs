//! What is to be forgotten, what that covers, and what of it is still to be done.
//! It must not know SQL, nor who asks.
//! Invariant: nothing here carries a memory's text but the few first lines that are shown to who is asked.

use std::path::PathBuf;

use quipu_core::confirm;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::ProjectKey;
use quipu_core::scope::Reader;

/// Which memories: those with these ids, or all that fit everything else that is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// These; then nothing else is named.
    pub ids: Vec<MemoryId>,
    /// An agent's session, with its subagents'.
    pub session: Option<String>,
    /// A project.
    pub project: Option<ProjectKey>,
    /// What was read from this transcript.
    pub source: Option<PathBuf>,
    /// What happened before.
    pub before: Option<Millis>,
    /// What says this, letter by letter: in text, title or a keyword, now or in a revision.
    pub text: Option<String>,
    /// Who chooses: an agent's choice holds nothing that is private, whatever it names.
    pub reader: Reader,
}

impl Selection {
    /// Whether sessions and transcripts are meant as a whole, and not only some memories of theirs.
    pub fn is_of_wholes(&self) -> bool {
        let names_one = self.session.is_some() || self.project.is_some() || self.source.is_some();
        names_one && self.before.is_none() && self.text.is_none()
    }

    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        *self == Self { reader: self.reader, ..Self::default() }
    }
}

/// What a selection covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cover {
    /// Memories, by kind.
    pub by_kind: Vec<(String, u64)>,
    /// Earlier states of theirs.
    pub revisions: u64,
    /// Their chunks, those of earlier states too.
    pub chunks: u64,
    /// The vectors of those.
    pub vectors: u64,
    /// Files that they touched.
    pub files: u64,
    /// Links from and to them.
    pub links: u64,
    /// Sessions of which nothing is left then.
    pub sessions: u64,
    /// Transcripts of which nothing is left, and that will not be read again.
    pub sources: u64,
    /// The first lines of some, for the eyes of who is asked.
    pub lines: Vec<(MemoryId, String)>,
    /// Their ids, in the order of their rows.
    pub ids: Vec<MemoryId>,
    /// What agents call the sessions that are chosen as wholes.
    pub names: Vec<String>,
    /// Stands for exactly these memories as they are now.
    pub digest: String,
}

impl Cover {
    /// How many memories.
    pub fn memories(&self) -> u64 {
        self.ids.len() as u64
    }

    /// Whether there is nothing of it.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.names.is_empty()
    }

    /// The code by which who was shown this says that it is to go; `with` stands for what goes beside it.
    pub fn code(&self, with: &str) -> String {
        code(&self.digest, with)
    }
}

/// The code for memories of this digest.
pub(crate) fn code(digest: &str, with: &str) -> String {
    confirm::code("forget", [digest, with])
}

/// A selection that is to go, as it was shown.
#[derive(Debug, Clone)]
pub struct Forget {
    /// What.
    pub selection: Selection,
    /// What goes beside it, as [`Cover::code`] was asked with.
    pub with: String,
    /// [`Cover::code`] of what was shown: of anything else nothing is forgotten.
    pub confirm: String,
}

/// What went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Memories.
    pub memories: u64,
    /// Earlier states.
    pub revisions: u64,
    /// Chunks.
    pub chunks: u64,
    /// Sessions.
    pub sessions: u64,
    /// Transcripts that will not be read again.
    pub sources: u64,
}

/// What is still to be done after rows are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Segments of the text index that held it are to be rewritten.
    Index,
    /// The database file is to be rewritten and its log emptied.
    Database,
    /// Files of spool and quarantine are to be looked through.
    Files,
}

impl Step {
    /// In the order in which they are done.
    pub const ALL: [Self; 3] = [Step::Files, Step::Index, Step::Database];

    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Step::Index => "text index",
            Step::Database => "database file",
            Step::Files => "spool",
        }
    }
}

/// One forgetting, as it is remembered: when and how much, never what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// Its number.
    pub number: i64,
    /// `forget` or `redact`.
    pub what: String,
    /// When it was asked for.
    pub began: Millis,
    /// How many memories.
    pub memories: u64,
    /// What is still to be done.
    pub left: Vec<Step>,
    /// When all of it was done.
    pub done: Option<Millis>,
}

/// What must not come back, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tombstones {
    /// By what they stand for, with how many and the newest.
    pub by_what: Vec<(String, u64, Millis)>,
    /// The forgettings, newest first, the last hundred.
    pub purges: Vec<Purge>,
}

/// A copy of the database, and how much of what is to be forgotten it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The file.
    pub path: PathBuf,
    /// How many of the memories; none where it cannot be read.
    pub holds: Option<u64>,
}

/// One memory whose secrets are to be replaced where it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redaction {
    /// Which.
    pub id: MemoryId,
    /// Only if it still says what it said when it was looked through.
    pub if_texts: Texts,
    /// What stands there then.
    pub texts: Texts,
    /// How many secrets are replaced.
    pub count: u32,
}

/// All that a memory says or said, in the order in which it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// The path of its project, whose rules hold for it.
    pub project: Option<String>,
    /// Of the memory as it is.
    pub title: Option<String>,
    /// Its body.
    pub body: String,
    /// What it is filed under.
    pub keywords: Vec<String>,
    /// Where it applies.
    pub applies_to: String,
    /// The branch it was said on.
    pub branch: Option<String>,
    /// Why it was archived.
    pub archive_reason: Option<String>,
    /// Of each earlier state: its number, title, body, keywords, where it applied, and why it was replaced.
    pub revisions: Vec<RevisionTexts>,
}

/// What an earlier state said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RevisionTexts {
    /// Its number.
    pub number: u32,
    /// Its title.
    pub title: Option<String>,
    /// Its body, where the next state says another.
    pub body: Option<String>,
    /// What it was filed under.
    pub keywords: Vec<String>,
    /// Where it applied.
    pub applies_to: String,
    /// Why it was archived, where it was.
    pub archive_reason: Option<String>,
    /// Why it was replaced.
    pub reason: Option<String>,
}

impl Texts {
    /// The same with every text as `change` makes it.
    pub fn each(&self, mut change: impl FnMut(&str) -> String) -> Self {
        let words =
            |words: &[String], change: &mut dyn FnMut(&str) -> String| words.iter().map(|w| change(w)).collect();
        let change: &mut dyn FnMut(&str) -> String = &mut change;
        Self {
            project: self.project.clone(),
            title: self.title.as_deref().map(&mut *change),
            body: change(&self.body),
            keywords: words(&self.keywords, change),
            applies_to: change(&self.applies_to),
            branch: self.branch.as_deref().map(&mut *change),
            archive_reason: self.archive_reason.as_deref().map(&mut *change),
            revisions: self
                .revisions
                .iter()
                .map(|revision| RevisionTexts {
                    number: revision.number,
                    title: revision.title.as_deref().map(&mut *change),
                    body: revision.body.as_deref().map(&mut *change),
                    keywords: words(&revision.keywords, change),
                    applies_to: change(&revision.applies_to),
                    archive_reason: revision.archive_reason.as_deref().map(&mut *change),
                    reason: revision.reason.as_deref().map(&mut *change),
                })
                .collect(),
        }
    }
}
