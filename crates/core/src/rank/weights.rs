//! Every number that decides an order. Measured on the LoCoMo dev split (543 questions, R@10, conversation / global,
//! standard error ≈ .02) through the product's own path unless said otherwise; docs/decisions/0008 tells what was tried
//! and lost.
//! It must not know how a number is used. Invariant: no weight of a ranking stands anywhere else.

/// Weight of each neighbouring chunk's BM25. LoCoMo, ten conversations: .632 without, .681 with 0.4.
pub const TEXT_NEIGHBOUR: f32 = 0.4;
/// Weight of each neighbouring chunk's coverage.
pub const COVERAGE_NEIGHBOUR: f32 = 0.5;

/// Weight of what tools printed, beside what was said: it repeats words without saying anything of them.
pub const OUTCOME: f32 = 0.5;

/// Weight of the cosine of each neighbouring chunk that the dense lane found too.
pub const COSINE_NEIGHBOUR: f32 = 0.4;

/// Shares of the three signals in a score, each taken in proportion to its best among the candidates.
pub const TEXT: f32 = 0.3;
/// See [`TEXT`].
pub const COVERAGE: f32 = 0.5;
/// See [`TEXT`].
pub const COSINE: f32 = 0.2;

/// A chunk that shares no word with the question is a hit only from this cosine on, or from this coverage on: the
/// dense lane always finds something, and what it finds of a word that nobody has used is nothing.
pub const LEAST_COSINE: f32 = 0.3;
/// See [`LEAST_COSINE`].
pub const LEAST_COVERAGE: f32 = 0.15;

/// A best BM25 below this is no measure: a word that every chunk has scores next to nothing, and in proportion to
/// that a rounding would decide the order.
pub const LEAST_BM25: f32 = 1.0;

/// Chunks that the text lane gathers before scores are combined; with each come those beside it.
pub const GATHER: usize = 64;
/// Chunks that the dense lane gathers.
pub const NEAREST: usize = 128;

/// A word of the question that stands in more than this share of all chunks is left out of what is compared by
/// meaning: names of people who say everything, the project's own name.
pub const COMMON: f32 = 0.15;
/// And nothing that stands in at most so many chunks: in a small memory a subject is soon in a fifth of all.
pub const COMMON_FROM: u64 = 50;
/// Words compared by meaning, the first so many of a question: a long prompt is about what it begins with.
pub const MAX_WORDS: usize = 24;

/// An answer stands for its message before a better thought or outcome of it from this share of their score on.
pub const ANSWER: f32 = 0.6;

/// What a session's standing adds to its turns' scores.
pub const SESSION: f32 = 0.2;
/// A session stands by so many of its turns.
pub const SESSION_BEST: usize = 3;

/// Weights of what speaks for showing a hit unasked, and how much is enough. Bundled coding set (203 questions, 159
/// prompts that deserve silence), on which they were fitted: of the answers among the first four hits 90.6 % are shown,
/// off-topic prompts get something in 0 %, unanswerable ones in 4.4 %; of 240 prompts of 6 to 39 words glued together
/// from those, 1.7 % (replayed outside of the daemon). By words alone, before: 86.5 %, 2.9 % and 4.4 %.
pub const BY_IDF: f32 = 0.54;
/// See [`BY_IDF`].
pub const BY_COVERAGE: f32 = 1.13;
/// See [`BY_IDF`].
pub const BY_COSINE: f32 = 0.94;
/// See [`BY_IDF`]; of the logarithm of the number of words asked for.
pub const BY_WORDS: f32 = 0.5;
/// See [`BY_IDF`].
pub const ENOUGH: f32 = 1.84;
/// What the share of words that no memory has takes away: the subject itself may be among them.
pub const BY_UNKNOWN: f32 = 0.2;
/// More words than this count as so many. Uncapped, glued prompts got something in 55 %.
pub const MOST_ASKED: usize = 10;
/// One or two words speak for a hit only if one of them occurs in at most this many chunks: a name, an error code.
pub const PARTICULAR: u64 = 3;

/// What today's memory counts more than an ancient one, as a share. Not measured to gain: it settles near-ties.
pub const RECENCY: f32 = 0.03;
/// What each step of importance above or below the ordinary counts, as a share; as much as a month of age, so that a note
/// that is said to matter most leads among its like and nowhere else. No question of the evaluations has any.
pub const IMPORTANCE: f32 = 0.015;
/// Half-life of what was said in a session, in days.
pub const SAID_DAYS: f32 = 30.0;
/// Half-life of what was written down on purpose, in days.
pub const WRITTEN_DAYS: f32 = 365.0;

/// From this cosine on a hit repeats a better one.
pub const REPEAT: f32 = 0.9;
/// From this cosine on a note says nearly what another says, and whoever saves it is told. Nine of ten notes told again in
/// other words, one of fourteen that share a subject and say something else (`store/tests/conformance/near.rs`).
pub const NEARLY_THE_SAME: f32 = 0.8;
/// What a full repeat loses of its score; one at [`REPEAT`] loses nothing.
pub const REPEAT_LOSS: f32 = 0.5;
