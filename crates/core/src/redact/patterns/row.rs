//! What a row of the table is, and short ways of writing one.
//! Knows no kind of secret.
//! Invariant: whatever a row's expression matches contains that row's hint, and a hint is made of a few plain words: all
//! of them are looked for in one pass over every text.

/// One kind of secret; of two rows that claim the same text the upper one names it.
pub(in crate::redact) struct Pattern {
    /// Stands in the text in place of the secret.
    pub(in crate::redact) label: &'static str,
    /// An expression cheap to look for, without which the row need not be tried.
    pub(in crate::redact) hint: &'static str,
    /// How the row's secrets are found.
    pub(in crate::redact) find: Find,
}

/// The ways of finding a secret.
pub(in crate::redact) enum Find {
    /// Group 1 of the expression, if the judgement accepts it.
    Group(&'static str, fn(&str) -> bool),
    /// Group 1 of the second expression, where the first stands before it in the same line.
    Beside(&'static str, &'static str, fn(&str) -> bool),
    /// The blocks between the begin and end markers that the expression finds.
    Pem(&'static str),
    /// What follows a key that the expression finds, if the judgement accepts it.
    Labelled(&'static str, fn(&super::super::label::Value<'_>) -> bool),
}

/// What may precede a token whose prefix alone also occurs inside words: a word boundary, or the
/// last letter of an escape sequence (`\n`, `%3D`, a terminal colour), which only looks like a word.
macro_rules! edge {
    () => {
        r"(?:(?-u:\b)|\\[nrt]|%[0-9A-Fa-f]{2}|\[[0-9;]{1,12}m)"
    };
}

/// A token that its prefix gives away wherever it stands.
macro_rules! token {
    ($label:literal, $prefix:literal, $body:literal) => {
        token!($label, $prefix, $body, $crate::redact::judge::anything)
    };
    ($label:literal, $prefix:literal, $body:literal, $accept:expr) => {
        group!($label, $prefix, concat!("(", $prefix, $body, ")"), $accept)
    };
}

/// A token whose prefix must begin a word.
macro_rules! word {
    ($label:literal, $prefix:literal, $body:literal) => {
        word!($label, $prefix, $body, $crate::redact::judge::anything)
    };
    ($label:literal, $prefix:literal, $body:literal, $accept:expr) => {
        group!($label, $prefix, concat!(edge!(), "(", $prefix, $body, ")"), $accept)
    };
}

macro_rules! group {
    ($label:literal, $hint:expr, $regex:expr, $accept:expr) => {
        $crate::redact::patterns::row::Pattern {
            label: $label,
            hint: $hint,
            find: $crate::redact::patterns::row::Find::Group($regex, $accept),
        }
    };
}
