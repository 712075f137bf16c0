//! The writes that the store takes: whole operations, prepared (redacted) before they queue.
//! It must not know SQL or who asks.
//! Invariant: a write with an event id has one outcome for ever; repeating it returns that outcome.

use std::path::PathBuf;

use quipu_core::change::{Action, Edit};
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Note, ProjectKey, SessionRef};
use quipu_core::outcome::{Also, Changed, Outcome, Together};
use quipu_core::scope::Reader;
use quipu_core::turn::{Skipped, Speaker, Turn};

use crate::agents::{AgentsWrite, FeedRow};
use crate::calm::CalmWrite;
use crate::forget::{Forget, Forgotten, Redaction, Step};
use crate::lease::{Asked, LeaseWrite};
use crate::ledger::Entry;
use crate::mail::MailWrite;
use crate::mirror::MirrorWrite;
use crate::read::Scope;
use crate::record::Record;

mod import;

pub use import::{
    Gone, ImportBatch, ImportCounts, ImportItem, ImportOutcome, ImportedFrom, LinkCounts, Pass, Said, Stood,
};

/// Which queue a write waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Somebody waits for it.
    Interactive,
    /// Ingest and imports: yields to the other lane at every slice.
    Bulk,
    /// Nobody waits for it, and it may be lost: it goes with the next commit, or alone once the writer has nothing else to
    /// do. Where too many wait it is dropped.
    Aside,
}

/// One operation.
#[derive(Debug, Clone)]
pub enum Write {
    /// A saved or imported memory.
    Note(Box<Note>),
    /// A memory that was taken out whole, brought back.
    Record(Box<Record>),
    /// A memory that is there is changed.
    Change(Box<Change>),
    /// Memories that other programs kept, some at once.
    Import(Box<ImportBatch>),
    /// Several memories become one.
    Merge(Box<Merge>),
    /// A new memory stands for several.
    Aggregate(Box<Aggregate>),
    /// What was done last is taken back.
    Undo(Box<Undo>),
    /// A slice of a transcript, with the offset it moves.
    Turns(Box<TurnBatch>),
    /// What a hook carried, until the transcript tells it.
    Hook(Box<HookTurn>),
    /// A session began, went on, was compacted or ended.
    Session(Box<SessionMark>),
    /// All that belongs to one project belongs to another from now on.
    MergeProjects {
        /// The project that goes.
        old: ProjectKey,
        /// The project that stays; it may be new.
        new: ProjectKey,
    },
    /// Stop recalling and keeping.
    Pause {
        /// One project, or all.
        project: Option<ProjectKey>,
        /// When it ends by itself.
        until: Option<Millis>,
    },
    /// Go on.
    Resume {
        /// The pauses of one project, or every pause.
        project: Option<ProjectKey>,
    },
    /// A directory whose transcripts the sweep looks at.
    AddRoot(PathBuf),
    /// Memories go for good.
    Forget(Box<Forget>),
    /// A memory's secrets are replaced where they lie.
    Redact(Box<Redaction>),
    /// A step outside of the rows was done, for every forgetting up to this one.
    Strike(Step, i64),
    /// What a hook was answered, and the rest of the ledger of that.
    Ledger(Box<Entry>),
    /// Of leases and roles.
    Lease(Box<LeaseWrite>),
    /// What is known of a mirror.
    Mirror(MirrorWrite),
    /// A message, or what became of messages.
    Mail(Box<MailWrite>),
    /// What agents do, and what is told of it.
    Agents(Box<AgentsWrite>),
    /// What a session leaves open.
    Calm(CalmWrite),
}

/// A change of one memory.
#[derive(Debug, Clone)]
pub struct Change {
    /// Which one.
    pub id: MemoryId,
    /// Where it is looked for: a memory of another project is none.
    pub scope: Scope,
    /// Who asks: what he may not see is none.
    pub reader: Reader,
    /// Only if it is at this revision.
    pub if_revision: Option<u32>,
    /// What is to be edited, redacted.
    pub edit: Edit,
    /// What is to become of it as a whole.
    pub action: Option<Action>,
    /// Why, redacted.
    pub reason: Option<String>,
}

/// Several memories that become one: all or none.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The one that stays, with the keywords of all.
    pub keep: MemoryId,
    /// Those that stand behind it from now on.
    pub others: Vec<MemoryId>,
    /// Where all of them are looked for.
    pub scope: Scope,
    /// Another text for the one that stays, redacted.
    pub text: Option<String>,
    /// Why, redacted.
    pub reason: Option<String>,
}

/// A summary and what it stands for: all or none.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// The summary.
    pub note: Note,
    /// What it stands for from now on; captured turns may be among them.
    pub members: Vec<MemoryId>,
    /// Where all of them are looked for.
    pub scope: Scope,
}

/// What is to be undone: everything that one change did, whatever it touched.
#[derive(Debug, Clone)]
pub struct Undo {
    /// The last change of this memory; of none named: the last that was made by hand in the scope.
    pub of: Option<MemoryId>,
    /// Where it is looked for; of a project's scope what belongs to none counts too where it is named.
    pub scope: Scope,
    /// Who asks: what he may not see is none.
    pub reader: Reader,
    /// Why, redacted.
    pub reason: Option<String>,
}

/// A turn that is ready to be stored: redacted, with its project found.
#[derive(Debug, Clone)]
pub struct ReadyTurn {
    /// The turn; its body is redacted.
    pub turn: Turn,
    /// The id it gets if it is new.
    pub id: MemoryId,
    /// Its project.
    pub project: ProjectKey,
    /// How many secrets were replaced.
    pub redactions: u32,
}

/// What is known of a transcript file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Which agent writes it.
    pub agent: String,
    /// Its path.
    pub path: PathBuf,
    /// Device of the file that was read.
    pub device: u64,
    /// Its inode.
    pub inode: u64,
    /// How many of its first bytes `head_hash` covers.
    pub head_bytes: u64,
    /// Hash of them: a replaced file is recognised by it.
    pub head_hash: String,
    /// How far it was read: the next read starts here.
    pub read_to: u64,
    /// Its size when it was read.
    pub seen_size: u64,
}

/// A slice of a transcript.
#[derive(Debug, Clone)]
pub struct TurnBatch {
    /// The file, with the offset that holds after this batch.
    pub source: SourceFile,
    /// The offset this batch was read from; `None` when the file is new or was replaced.
    pub from: Option<u64>,
    /// The turns, in the order of the file.
    pub turns: Vec<ReadyTurn>,
    /// What was seen and not kept.
    pub skipped: Vec<Skipped>,
    /// Per session: the time of the newest record read. Older provisional rows of it have had their chance.
    pub reached: Vec<(String, Millis)>,
}

/// What a hook carried.
#[derive(Debug, Clone)]
pub struct HookTurn {
    /// The id it gets if it is new.
    pub id: MemoryId,
    /// Names the same turn whichever process carries it: session, kind, prompt id or text.
    pub key: String,
    /// Prompt, answer or checkpoint.
    pub kind: Kind,
    /// The text, redacted.
    pub body: String,
    /// When the hook ran.
    pub at: Millis,
    /// Whose session it is.
    pub session: SessionRef,
    /// Its project.
    pub project: ProjectKey,
    /// How many secrets were replaced.
    pub redactions: u32,
    /// Who stands behind it. A machine's words are not kept; only their hash is, so that the transcript's
    /// record of them is not taken for a person's either.
    pub speaker: Speaker,
}

/// Something that happened to a session.
#[derive(Debug, Clone)]
pub struct SessionMark {
    /// The session.
    pub session: SessionRef,
    /// Its project.
    pub project: ProjectKey,
    /// Its working directory.
    pub cwd: Option<String>,
    /// When.
    pub at: Millis,
    /// What.
    pub event: SessionEvent,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionEvent {
    /// It began or went on.
    Seen,
    /// Its context was replaced by a summary.
    Compacted,
    /// It goes on with an empty context, or with a summary: what it was shown before is out of it.
    Anew,
    /// It ended, for this reason.
    Ended(String),
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// Of one memory.
    Memory(Outcome),
    /// Of a change.
    Changed {
        /// The memory that was to be changed.
        id: MemoryId,
        /// What became of it.
        what: Changed,
        /// The revision that it is at now.
        revision: u32,
    },
    /// Of an import.
    Imported(ImportCounts),
    /// Of several memories at once.
    Together(Together),
    /// Of a transcript slice.
    Turns(TurnCounts),
    /// Of a merge: memories moved. Of a resume: pauses ended.
    Count(u64),
    /// Of a lease that was asked for. Of others: how many they met.
    Lease(Asked),
    /// Of a message: it is sent.
    Sent(MemoryId),
    /// Of handing messages out: these deliveries, and how often each had been before.
    Offered(Vec<(i64, u32)>),
    /// Of a forgetting.
    Forgotten(Forgotten),
    /// Of a write that was done long ago: what it was about was forgotten since.
    Gone,
    /// Of anything else.
    Done,
    /// One of these, and what it did to other memories.
    With(Box<Applied>, Vec<Also>),
}

impl Applied {
    /// The same, with what it did to others.
    pub(crate) fn with(self, also: Vec<Also>) -> Self {
        if also.is_empty() { self } else { Applied::With(Box::new(self), also) }
    }

    /// What became of the write itself, and what it did to others.
    pub fn apart(self) -> (Self, Vec<Also>) {
        match self {
            Applied::With(own, also) => (*own, also),
            own => (own, Vec::new()),
        }
    }
}

/// What a commit did to memories, and what it told of.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// To one.
    One {
        /// The memory.
        id: MemoryId,
        /// What it is.
        kind: Kind,
        /// Its project; none means every project.
        project: Option<ProjectKey>,
        /// What was done.
        what: Deed,
    },
    /// To so many of a project at once that nobody wants to hear of each.
    Many {
        /// Their project; none means every project.
        project: Option<ProjectKey>,
        /// How many.
        count: u64,
    },
    /// So many are forgotten.
    Forgotten {
        /// How many.
        count: u64,
    },
    /// Something else that happened, as the feed keeps it.
    Happened(FeedRow),
}

/// What was done to a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It is new.
    Stored,
    /// A transcript's record took the place of what a hook had carried, or somebody changed it.
    Changed,
}

/// Counts of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TurnCounts {
    /// New memories.
    pub stored: u64,
    /// Turns that were there already.
    pub duplicate: u64,
    /// Turns that took the place of what a hook had carried.
    pub merged: u64,
    /// Turns that were forgotten, and stay so.
    pub forgotten: u64,
}
