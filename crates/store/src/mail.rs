//! Messages between sessions and people: what is written of them, and what can be asked.
//! It must not know SQL, nor how a message is put before anybody.
//! Invariant: a message is shown when whoever printed it says so, and not before; handing it out only counts.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::mail::{Ack, Mailbox, Sender, Urgency, Wait};
use quipu_core::memory::{Memory, ProjectKey, SessionRef};

use crate::error::StoreError;

/// A write of mail.
#[derive(Debug, Clone)]
pub enum MailWrite {
    /// A message is sent.
    Send(Send),
    /// Messages are handed to a client, which may or may not print them.
    Offer {
        /// Which deliveries, with when each was shown as far as was read: one that was shown since is not handed out.
        deliveries: Vec<(i64, Option<Millis>)>,
        /// None where one of the mailbox was handed out after this moment and nothing was heard since: another client is
        /// about to print it.
        unless_since: Option<Millis>,
    },
    /// A client has printed them.
    Shown(Vec<i64>),
    /// Whoever got these says that he has taken them in hand.
    Ack {
        /// Whose mailbox.
        of: Mailbox,
        /// The messages.
        ids: Vec<MemoryId>,
    },
}

/// A message that is to be sent, redacted.
#[derive(Debug, Clone)]
pub struct Send {
    /// Its id, and its memory's.
    pub id: MemoryId,
    /// Its subject.
    pub subject: Option<String>,
    /// Its text.
    pub body: String,
    /// Where it was written; none where it is for every project.
    pub project: Option<ProjectKey>,
    /// Who wrote it.
    pub from: Sender,
    /// Whom it is for.
    pub to: To,
    /// The same as it was written.
    pub address: String,
    /// The message that it answers.
    pub reply_to: Option<MemoryId>,
    /// How pressing it is.
    pub urgency: Urgency,
    /// Whether its sender wants to know that it was taken in hand.
    pub ack: Ack,
    /// When it is given up.
    pub expires_at: Millis,
    /// What is done where nobody can get it now.
    pub wait: Wait,
    /// How many secrets were replaced in it.
    pub redactions: u32,
}

/// Whom a message is for.
#[derive(Debug, Clone)]
pub enum To {
    /// These mailboxes.
    These(Vec<Mailbox>),
    /// A session by how its id begins; where none is called so, who has the role of that name.
    Named {
        /// Its agent, where that was said.
        agent: Option<String>,
        /// How its id begins.
        id: String,
    },
    /// Who has a role in the message's project.
    Role(String),
    /// The sessions that are in a project now.
    Project(ProjectKey),
    /// The sessions that are here now.
    All,
}

/// What a message is beside its text.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The first message of its thread.
    pub thread: MemoryId,
    /// The one that it answers.
    pub reply_to: Option<MemoryId>,
    /// Who wrote it.
    pub from: Sender,
    /// Whom it was written to, as that was written.
    pub address: String,
    /// How pressing it is.
    pub urgency: Urgency,
    /// Whether its sender wants to know that it was taken in hand.
    pub ack: Ack,
    /// When it is given up.
    pub expires_at: Millis,
    /// The role that it waits for somebody to take.
    pub role: Option<String>,
}

/// A message with its text.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The text, its subject as title, its project and time.
    pub memory: Memory,
    /// The rest.
    pub envelope: Envelope,
    /// How it is with the mailbox that was asked about.
    pub delivery: Option<Delivery>,
    /// How it is with every mailbox that it went to, where that was asked.
    pub receipts: Vec<Receipt>,
}

/// A message in one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// How often it was handed to a client.
    pub offers: u32,
    /// When it was printed.
    pub shown_at: Option<Millis>,
    /// When it was taken in hand.
    pub acked_at: Option<Millis>,
}

/// What became of a message in one mailbox.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Whose.
    pub to: Mailbox,
    /// How it is with it.
    pub delivery: Delivery,
    /// When its session ended, where it has.
    pub left_at: Option<Millis>,
}

/// Which messages of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that were not shown, and those that are to be acknowledged and were not.
    Open,
    /// The newest of all.
    All,
}

/// What of a mailbox is to be put before a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// What it was shown it still has.
    Kept,
    /// What it was shown is out of it: what is to be acknowledged and was not is shown again.
    Anew,
}

/// A mailbox's question.
#[derive(Debug, Clone)]
pub struct InboxQuery {
    /// Whose.
    pub of: Mailbox,
    /// Which messages.
    pub which: Which,
    /// Only this thread's.
    pub thread: Option<MemoryId>,
    /// At most so many, the oldest of the open ones, the newest of all.
    pub limit: usize,
    /// What has expired by now is not open.
    pub now: Millis,
}

/// Messages of a mailbox, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    /// The messages.
    pub letters: Vec<Letter>,
    /// How many are open, whatever the limit.
    pub open: u64,
}

/// The mail of an engine.
pub trait Mail {
    /// Messages of a mailbox.
    fn inbox(&self, query: &InboxQuery) -> Result<Inbox, StoreError>;
    /// What is to be put before a session now, oldest first, at most `limit`; and how many there are.
    fn undelivered(
        &self,
        session: &SessionRef,
        context: Context,
        limit: usize,
        now: Millis,
    ) -> Result<Inbox, StoreError>;
    /// Sessions that may have something to come. Asked once, at the beginning.
    fn awaited(&self) -> Result<Vec<SessionRef>, StoreError>;
    /// A message with its receipts.
    fn letter(&self, id: MemoryId) -> Result<Option<Letter>, StoreError>;
    /// All of a message's thread, oldest first, with receipts; at most `limit`, the newest.
    fn thread(&self, id: MemoryId, limit: usize) -> Result<Vec<Letter>, StoreError>;
    /// What somebody sent, newest first, with receipts.
    fn sent(&self, by: &Mailbox, limit: usize) -> Result<Vec<Letter>, StoreError>;
    /// What these memories are as messages; those that are none are left out.
    fn envelopes(&self, ids: &[MemoryId]) -> Result<Vec<(MemoryId, Envelope)>, StoreError>;
}
