//! Where identifiers are cut: `getUserById`, `HTTPServerError`, `snake_case_name`.
//! It must not know bytes, ranges or stems: it sees one kind per character.
//! Invariant: parts are in order, do not overlap, are not empty, and hold every character but the underscores.

/// What a character is to the cutter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A capital.
    Upper,
    /// A small letter.
    Lower,
    /// A digit or another number.
    Digit,
    /// `_`.
    Underscore,
    /// A letter of a script without case.
    Other,
}

/// The part of a word that starts at or after `from`, as a range of characters; `kind` answers for a word of `length`.
///
/// Cuts fall around underscores, between a small letter and a capital, and before the last capital of several if small
/// letters follow (`HTTP|Server`). A digit belongs to what is before it: `utf8`, `sha256`, `E0277` stay whole.
pub(super) fn next_part(length: usize, from: usize, kind: impl Fn(usize) -> Kind) -> Option<(usize, usize)> {
    let start = (from..length).find(|at| kind(*at) != Kind::Underscore)?;
    // No language has identifiers that start with a digit; `0xDEADbeef` and `1e10F` are numbers.
    let named = kind(0) != Kind::Digit;
    let is = |at: usize, expected: Kind| at < length && kind(at) == expected;
    let cut = |at: usize| match (kind(at - 1), kind(at)) {
        (_, Kind::Underscore) => true,
        (Kind::Lower, Kind::Upper) => named,
        (Kind::Digit, Kind::Upper) => named && is(at + 1, Kind::Lower),
        // One small letter behind capitals belongs to them: `URLs`, `IPv4`.
        (Kind::Upper, Kind::Upper) => named && is(at + 1, Kind::Lower) && is(at + 2, Kind::Lower),
        _ => false,
    };
    let end = (start + 1..length).find(|at| cut(*at)).unwrap_or(length);
    Some((start, end))
}

/// Whether a word of `length` characters in `parts` parts is a key or a digest rather than a name: its parts are
/// accidents of the encoding. Names have parts of four letters and more, and random base64 of less than three.
pub(super) fn is_opaque(length: usize, parts: usize, digits: bool) -> bool {
    digits && length >= 20 && parts * 4 > length
}
