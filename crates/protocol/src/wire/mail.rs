//! Messages between sessions and people.
//! It must not know how a message reaches anybody.
//! Invariant: who asks is said by the request's head (`quipu-session`), never by a field: nobody writes in another's name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `POST /v1/mail/send`: a message, or an answer to one.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendRequest {
    /// A session (`claude-code/1f2e3d4c`, or how its id begins), `role:NAME`, `project`, `project:NAME`, `all` or `user`; of
    /// an answer whoever wrote what it answers, unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The text.
    pub body: String,
    /// A subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The message that it answers: it goes into the same thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// `low`, `normal` (unless given), `high` or `urgent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importance: Option<String>,
    /// Whether whoever gets it is to say that he has taken it in hand.
    #[serde(default)]
    pub ack_required: bool,
    /// After so many milliseconds it is given up; a week unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_ms: Option<i64>,
    /// Keep it for a session that has left, or for whoever takes the role, in place of refusing it.
    #[serde(default)]
    pub wait: bool,
    /// The sender's own name for this message: sent again under the same one, it is the same message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Where it is written: the project of this directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// The same as the project's path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct SendReply {
    /// `sent`; `waiting` where nobody can get it yet; `rejected` where nothing was said but what is private.
    pub outcome: String,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// Who gets it.
    #[serde(default)]
    pub to: Vec<ReceiptView>,
    /// What it waits for, in words, where it does: `until somebody takes the role prime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
    /// When it is given up: UTC milliseconds.
    #[serde(default)]
    pub expires_at: i64,
    /// What was cut out of it as secret.
    #[serde(default)]
    pub redacted: Vec<String>,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `owner` when all is well.
    pub mode: String,
}

/// How a message is with one of those that it went to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiptView {
    /// The session, `agent/id`, or `user`.
    pub to: String,
    /// `acknowledged`, `shown`, `offered` (handed to a client that has not said that it printed it), `waiting` or `expired`.
    pub state: String,
    /// When it was printed: UTC milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_at: Option<i64>,
    /// When it was taken in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_at: Option<i64>,
    /// When the session ended, where it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<i64>,
}

/// `POST /v1/mail/inbox`: the asker's messages, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxRequest {
    /// Those that were shown and need no answer too.
    #[serde(default)]
    pub all: bool,
    /// Only this thread's: its id, or any message's of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// At most so many, 1 to 200; 10 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Look into the mailbox of this session, `agent/id`, without taking anything out of it; a person only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// The asker's messages.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct InboxReply {
    /// Whose: `agent/id` or `user`.
    pub mailbox: String,
    /// The messages. Each is shown once `POST /v1/mail/shown` was told its `delivery`.
    pub messages: Vec<LetterView>,
    /// How many are not shown, or wait for an acknowledgement, whatever the limit.
    pub open: u64,
    /// `owner` when all is well.
    pub mode: String,
}

/// A message.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct LetterView {
    /// Its id; it is a memory, and has the same.
    pub id: String,
    /// Its thread: the id of the first message of that.
    pub thread: String,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Who wrote it: `agent/id`, `user`, or `agent` for one that does not say which session it is.
    pub from: String,
    /// Whether a person wrote it.
    #[serde(default)]
    pub from_person: bool,
    /// Whom it was written to, as that was written.
    pub to: String,
    /// Its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its text.
    pub text: String,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// When: UTC milliseconds.
    pub sent_at: i64,
    /// When it is given up.
    pub expires_at: i64,
    /// `low`, `normal`, `high` or `urgent`.
    pub importance: String,
    /// Whether it is to be acknowledged.
    #[serde(default)]
    pub ack_required: bool,
    /// When it was, by the asker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked_at: Option<i64>,
    /// When it was shown to the asker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_at: Option<i64>,
    /// Whether it was handed out before and is not known to have been seen.
    #[serde(default)]
    pub again: bool,
    /// What says that it was printed, at `POST /v1/mail/shown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<i64>,
    /// How it is with everybody that it went to, where that was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub receipts: Vec<ReceiptView>,
    /// The role that it waits for somebody to take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_for_role: Option<String>,
}

/// `POST /v1/mail/shown`: these were printed, and the rest of a hook's answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownRequest {
    /// Deliveries, as they were handed out.
    #[serde(default)]
    pub deliveries: Vec<i64>,
    /// The event of a hook whose answer was printed, where that asked for it (`once`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hook: Option<String>,
}

/// `POST /v1/mail/ack`: the asker has taken these in hand.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AckRequest {
    /// Ids of messages.
    pub ids: Vec<String>,
}

/// How many messages were touched that were not before.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct MailCountReply {
    /// So many.
    pub count: u64,
    /// `owner` when all is well.
    pub mode: String,
}

/// `GET /v1/mail/thread/{id}?limit=50`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ThreadQuery {
    /// At most so many, the newest, 1 to 200; 50 unless given.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// `POST /v1/mail/sent`: what the asker sent, newest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentRequest {
    /// At most so many, 1 to 200; 10 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// Messages with what became of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct LettersReply {
    /// The messages.
    pub messages: Vec<LetterView>,
    /// `owner` when all is well.
    pub mode: String,
}
