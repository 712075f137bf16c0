//! What one memory is to another.
//! It must not know rows, nor what either of them says.
//! Invariant: a link is kept with one of its ends, the one that it changes: what blocks an item is kept with the item.

use crate::id::MemoryId;

/// A memory keeps at most so many links; at its other end as many as there are.
pub const MOST: usize = 25;

/// What the memory that keeps a link is to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// The two have to do with each other.
    RelatesTo,
    /// It holds, or can be done, only with the other.
    DependsOn,
    /// The other has to end first.
    BlockedBy,
    /// It is a piece of the other.
    PartOf,
}

/// At which of its ends a link is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// At the one that keeps it.
    Keeper,
    /// At the other.
    Other,
}

impl End {
    /// The other end.
    pub fn opposite(self) -> Self {
        match self {
            End::Keeper => End::Other,
            End::Other => End::Keeper,
        }
    }
}

impl Relation {
    /// Every relation.
    pub const ALL: [Relation; 4] = [Relation::RelatesTo, Relation::DependsOn, Relation::BlockedBy, Relation::PartOf];

    /// The word for it, seen from `end`. Seen from the keeper it is also the word in the store.
    pub fn word(self, end: End) -> &'static str {
        match (self, end) {
            (Relation::RelatesTo, _) => "relates_to",
            (Relation::DependsOn, End::Keeper) => "depends_on",
            (Relation::DependsOn, End::Other) => "needed_by",
            (Relation::BlockedBy, End::Keeper) => "blocked_by",
            (Relation::BlockedBy, End::Other) => "blocks",
            (Relation::PartOf, End::Keeper) => "part_of",
            (Relation::PartOf, End::Other) => "has_part",
        }
    }

    /// What a word means, and at which end whoever says it of himself stands.
    pub fn parse(word: &str) -> Option<(Self, End)> {
        let all = Relation::ALL.into_iter().flat_map(|relation| [(relation, End::Keeper), (relation, End::Other)]);
        all.into_iter().find(|(relation, end)| relation.word(*end) == word)
    }

    /// Whether a chain of them may come back to where it began.
    pub fn may_circle(self) -> bool {
        self == Relation::RelatesTo
    }
}

/// A link as its keeper has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Link {
    /// What the keeper is to the other.
    pub relation: Relation,
    /// The other.
    pub to: MemoryId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_from_which_end() {
        for relation in Relation::ALL {
            assert_eq!(Relation::parse(relation.word(End::Keeper)), Some((relation, End::Keeper)));
        }
        for (word, expect) in [
            ("blocks", Some((Relation::BlockedBy, End::Other))),
            ("has_part", Some((Relation::PartOf, End::Other))),
            ("needed_by", Some((Relation::DependsOn, End::Other))),
            ("supersedes", None),
            ("", None),
        ] {
            assert_eq!(Relation::parse(word), expect, "{word}");
        }
    }
}
