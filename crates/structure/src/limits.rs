//! Every bound of this crate, so that what is kept, cut and looked at can be read in one place.
//! It must not know how a bound is used.
//! Invariant: a number that another module needs stands here once.

/// The most estimated tokens a chunk may hold (the window of the embedder). Whole stack traces are the one exception.
pub const MAX_TOKENS: usize = 256;

/// A stack trace up to this many estimated tokens stays whole: half a trace names neither the cause nor the place.
pub const TRACE_TOKENS: usize = 4 * MAX_TOKENS;

/// A chunk below this many estimated tokens is a crumb, and joins a neighbour where it fits.
pub const CRUMB_TOKENS: usize = 32;

/// Lines kept from the beginning of a log: the command's own words and the first complaint.
pub const LOG_HEAD: usize = 12;

/// Lines kept from the end of a log: the summary.
pub const LOG_TAIL: usize = 25;

/// Lines kept from between because they tell an outcome, their context included.
pub const LOG_OUTCOME: usize = 60;

/// Lines after an error that belong to it: the place, the expected and the found.
pub const ERROR_CONTEXT: usize = 3;

/// Names kept from the beginning of a listing.
pub const LISTING_HEAD: usize = 20;

/// Names kept from the end of a listing.
pub const LISTING_TAIL: usize = 10;

/// Bytes kept of one line of a masked text; a log may hold a whole file on one line.
pub const MASKED_LINE: usize = 1_000;

/// Fewer lines than this are not left out: the line that counts them would be no shorter.
pub const LEAST_GAP: usize = 2;

/// Code above this many bytes is cut at indentation: a parser's tree takes some thirty times the text's memory, and
/// files that long are generated.
pub const PARSE_BYTES: usize = 256 << 10;

/// The parser calls back every hundred steps. Code was measured at 106 to 280 bytes between two calls, text that is
/// no code of that language at 15 to 90: with more than a call for each of these bytes the parser is stopped.
pub const PARSE_STRIDE: usize = 80;

/// Calls back that the parser has free, for a broken piece at the beginning.
pub const PARSE_SLACK: usize = 60;

/// The parser is given this many bytes at once, so that what it reads can be counted.
pub const PARSE_PIECE: usize = 4 << 10;

/// How often the parser may read the whole text: once, and what it looks ahead.
pub const PARSE_READS: usize = 8;

/// Nodes above each other that are looked into; code nested deeper is cut at lines.
pub const PARSE_DEPTH: usize = 128;

/// Bytes looked at from the beginning of a text to tell its class.
pub const SAMPLE_HEAD: usize = 64 << 10;

/// Bytes looked at from the end of a text to tell its class.
pub const SAMPLE_TAIL: usize = 16 << 10;

/// A line of this many bytes that hardly holds a space was not written for a reader.
pub const BLOB_LINE: usize = 1_000;

/// Compact JSON up to this many bytes is an answer somebody asked for; above it is a blob.
pub const COMPACT_JSON: usize = 4_096;
