//! How much a memory matters, when what it says holds, and where it stands with those who look for it.
//! It must not know how memories are ranked or stored.
//! Invariant: nothing here hides a memory from who asks for it by its id.

use crate::change::Pin;
use crate::id::Millis;

/// How much a memory matters, as who wrote it said: 1, hardly, to 5, more than anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Importance(u8);

impl Importance {
    /// Of what nobody has said.
    pub const ORDINARY: Self = Self(3);
    /// The least and the most.
    pub const RANGE: std::ops::RangeInclusive<u8> = 1..=5;

    /// The importance of that number, if there is one.
    pub fn of(number: u8) -> Option<Self> {
        Self::RANGE.contains(&number).then_some(Self(number))
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }
}

/// When what a memory says holds: from a moment on, up to a moment (which is no more in it), or without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Validity {
    /// From when on; none: it always did.
    pub from: Option<Millis>,
    /// Up to when; none: for ever.
    pub to: Option<Millis>,
}

impl Validity {
    /// Without bounds.
    pub const ALWAYS: Self = Self { from: None, to: None };

    /// Whether it holds at `at`.
    pub fn holds(self, at: Millis) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// Whether it holds at no moment at all.
    pub fn is_never(self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| to <= from)
    }
}

/// What of a memory counts in the order of hits, in one byte: a table of a million has room for no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Esteem(u8);

impl Esteem {
    const PINNED: u8 = 0x80;

    /// Of a memory.
    pub const fn new(importance: Importance, pin: Pin) -> Self {
        Self(match pin {
            Pin::Pinned => importance.0 | Self::PINNED,
            Pin::Loose => importance.0,
        })
    }

    /// How much it matters.
    pub fn importance(self) -> Importance {
        Importance(self.0 & !Self::PINNED)
    }

    /// Whether it is held on to.
    pub fn is_pinned(self) -> bool {
        self.0 & Self::PINNED != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_from_its_first_moment_to_before_its_last() {
        let of = |from: Option<i64>, to: Option<i64>| Validity { from: from.map(Millis), to: to.map(Millis) };
        for (valid, holds, never) in [
            (of(None, None), [true, true, true], false),
            (of(Some(5), None), [false, true, true], false),
            (of(None, Some(5)), [true, false, false], false),
            (of(Some(5), Some(6)), [false, true, false], false),
            (of(Some(6), Some(6)), [false, false, false], true),
        ] {
            assert_eq!([4, 5, 6].map(|at| valid.holds(Millis(at))), holds, "{valid:?}");
            assert_eq!(valid.is_never(), never, "{valid:?}");
        }
    }

    #[test]
    fn esteem_keeps_both() {
        for number in Importance::RANGE {
            let importance = Importance::of(number).expect("it is in the range");
            for pin in [Pin::Pinned, Pin::Loose] {
                let esteem = Esteem::new(importance, pin);
                assert_eq!((esteem.importance(), esteem.is_pinned()), (importance, pin == Pin::Pinned));
            }
        }
        assert_eq!([0, 6].map(Importance::of), [None, None]);
    }
}
