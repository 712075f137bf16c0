//! What agents do that others want to hear of: the words of the feed.
//! It must not know who tells of it, who listens, nor where it is kept.
//! Invariant: a word that was given out stays what it means; whoever follows goes by it.

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Happening {
    /// A session began, or came back.
    Joined,
    /// A session ended, or the process that held it is gone.
    Left,
    /// Nothing was heard of a session for a while, and nothing holds it.
    Silent,
    /// A session's context was replaced by a summary.
    Compacted,
    /// A message was sent.
    Message,
    /// A message was acknowledged.
    Acked,
    /// A lease was given.
    LeaseGranted,
    /// Somebody waits for a lease.
    LeaseWaiting,
    /// A lease was given back.
    LeaseReleased,
    /// A lease ran out.
    LeaseExpired,
    /// Something was refused because of a lease.
    LeaseDenied,
    /// A role was taken from whoever held it.
    Takeover,
    /// A role was handed on, with a note.
    Handover,
    /// A pause began: of recalling and keeping, or of delivery.
    Paused,
    /// It ended.
    Resumed,
    /// The daemon is not all that it should be, or is so again.
    Degraded,
}

impl Happening {
    /// All of them.
    pub const ALL: [Happening; 16] = [
        Happening::Joined,
        Happening::Left,
        Happening::Silent,
        Happening::Compacted,
        Happening::Message,
        Happening::Acked,
        Happening::LeaseGranted,
        Happening::LeaseWaiting,
        Happening::LeaseReleased,
        Happening::LeaseExpired,
        Happening::LeaseDenied,
        Happening::Takeover,
        Happening::Handover,
        Happening::Paused,
        Happening::Resumed,
        Happening::Degraded,
    ];

    /// The word in the store and at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            Happening::Joined => "joined",
            Happening::Left => "left",
            Happening::Silent => "silent",
            Happening::Compacted => "compacted",
            Happening::Message => "message",
            Happening::Acked => "acked",
            Happening::LeaseGranted => "lease_granted",
            Happening::LeaseWaiting => "lease_waiting",
            Happening::LeaseReleased => "lease_released",
            Happening::LeaseExpired => "lease_expired",
            Happening::LeaseDenied => "lease_denied",
            Happening::Takeover => "takeover",
            Happening::Handover => "handover",
            Happening::Paused => "paused",
            Happening::Resumed => "resumed",
            Happening::Degraded => "degraded",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|happening| happening.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Happening;

    #[test]
    fn every_word_reads_back_and_none_is_anothers() {
        for happening in Happening::ALL {
            assert_eq!(Happening::parse(happening.as_str()), Some(happening));
        }
        assert_eq!(Happening::parse("joined "), None);
    }
}
