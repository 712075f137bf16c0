//! Chance that can be had again: a seeded generator and texts made with it.
//! It must not know the engine.
//! Invariant: the same seed gives the same numbers on every machine (xorshift64*).

/// A seeded generator.
pub(crate) struct Random(u64);

/// Words with distinct stems, so that a word finds what it was written in and nothing else.
pub(crate) const WORDS: [&str; 40] = [
    "anchor", "basalt", "copper", "dahlia", "ember", "falcon", "garnet", "harbour", "indigo", "juniper", "kestrel",
    "lantern", "marble", "nectar", "orchid", "pebble", "quartz", "raven", "saffron", "timber", "umbra", "velvet",
    "walnut", "xenon", "yonder", "zephyr", "bamboo", "cactus", "dolphin", "fjord", "glacier", "hazel", "iris",
    "jungle", "koala", "lagoon", "mango", "nutmeg", "opal", "pumpkin",
];

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// One of `choices`.
    pub(crate) fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    /// A word; those at the front of the list come more often, as words do.
    pub(crate) fn word(&mut self) -> &'static str {
        let bound = 1 + self.below(WORDS.len());
        WORDS[self.below(bound)]
    }

    /// So many words.
    pub(crate) fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}
