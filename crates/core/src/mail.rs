//! Messages between sessions and people: who wrote, how pressing it is, and why one is not sent.
//! It must not know who is here, nor how a message reaches anybody.
//! Invariant: a message that nobody will get is a refusal that says so, never silence.

use crate::address::short;
use crate::id::{MemoryId, Millis};
use crate::memory::SessionRef;

/// A message is given up after so long, where nobody says otherwise, in ms: a week.
pub const EXPIRY: i64 = 7 * 86_400_000;
/// The longest that it may be kept for somebody, in ms: a year.
pub const MOST_EXPIRY: i64 = 366 * 86_400_000;

/// How pressing a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Urgency {
    /// For when there is time.
    Low,
    /// As most are.
    #[default]
    Normal,
    /// Before other things.
    High,
    /// Now.
    Urgent,
}

impl Urgency {
    /// All of them, least pressing first.
    pub const ALL: [Urgency; 4] = [Urgency::Low, Urgency::Normal, Urgency::High, Urgency::Urgent];

    /// The word in the store and at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::High => "high",
            Urgency::Urgent => "urgent",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|urgency| urgency.as_str() == name)
    }
}

/// Whether the sender wants to know that a message was taken in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// By a word of whoever gets it.
    Wanted,
    /// That it was shown is enough.
    Unasked,
}

/// What is done with a message that nobody can get now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It is refused.
    No,
    /// It is kept for who comes back, or takes the role, until it expires.
    Yes,
}

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A session of an agent.
    Session(SessionRef),
    /// An agent that does not say which session it is.
    Agent,
    /// A person.
    Person,
}

impl Sender {
    /// As it is shown.
    pub fn name(&self) -> String {
        match self {
            Sender::Session(session) => short(session),
            Sender::Agent => "an unnamed agent".to_owned(),
            Sender::Person => "the user".to_owned(),
        }
    }
}

/// Whose messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Mailbox {
    /// A session's.
    Session(SessionRef),
    /// The person's.
    User,
}

impl Mailbox {
    /// As it is shown.
    pub fn name(&self) -> String {
        match self {
            Mailbox::Session(session) => short(session),
            Mailbox::User => "user".to_owned(),
        }
    }
}

/// Why a message is not sent, or not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Neither a session nor a held role has this name.
    #[error("nobody is called `{0}`: no session's id begins so, and nobody has such a role")]
    Nobody(String),
    /// Several sessions have ids that begin so.
    #[error("`{name}` may be any of {}", of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    Ambiguous {
        /// What was written.
        name: String,
        /// Those.
        of: Vec<SessionRef>,
    },
    /// The session has ended, or was not heard of for long.
    #[error("{} has left; nothing was sent", short(session))]
    Left {
        /// Which.
        session: SessionRef,
        /// When it was last heard of.
        at: Millis,
    },
    /// Nobody has the role.
    #[error("nobody has the role `{0}` now; nothing was sent")]
    RoleFree(String),
    /// Of those that are meant nobody is here.
    #[error("nobody else is there (`{0}`): a message to all of a place reaches those who are there when it is sent")]
    NobodyThere(String),
    /// There is no such message.
    #[error("{0} is no message")]
    NoMessage(MemoryId),
    /// The message was to others.
    #[error("{id} was not to {who}")]
    NotYours {
        /// The message.
        id: MemoryId,
        /// Who asks.
        who: String,
    },
    /// A message to oneself.
    #[error("that is this very session; nothing was sent")]
    Oneself,
    /// It would be given up before anybody can see it.
    #[error("a message that has expired already reaches nobody")]
    Expired,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_there_and_back() {
        for urgency in Urgency::ALL {
            assert_eq!(Urgency::parse(urgency.as_str()), Some(urgency));
        }
        assert!(Urgency::Urgent > Urgency::High && Urgency::parse("Urgent").is_none());
        assert_eq!(Urgency::default(), Urgency::Normal);
    }

    #[test]
    fn refusals_say_who_is_meant() {
        let of = ["1f2e3d4c-1", "1f2e3d4c-2"].map(|id| SessionRef { agent: "codex".into(), id: id.into() });
        let ambiguous = Refusal::Ambiguous { name: "1f2e".into(), of: of.to_vec() };
        assert_eq!(ambiguous.to_string(), "`1f2e` may be any of codex/1f2e3d4c-1, codex/1f2e3d4c-2");
    }
}
