//! What is somebody's own: hiding it or taking it away is asked twice.
//! It must not know what is asked for, nor how it is asked again (`confirm`).
//! Invariant: a word is compared whole and without regard to case; `healthcheck` is nobody's health.

use crate::kind::Kind;

/// Kinds that hold what a person wrote about themselves.
const KINDS: [Kind; 2] = [Kind::Journal, Kind::Preference];

/// Keywords that say the same of a memory of any kind.
const KEYWORDS: [&str; 3] = ["personal", "health", "finance"];

/// Whether a memory of this kind, filed under these words, is somebody's own.
pub fn is_personal<S: AsRef<str>>(kind: Kind, keywords: &[S]) -> bool {
    let is_own = |word: &S| KEYWORDS.iter().any(|own| word.as_ref().trim().eq_ignore_ascii_case(own));
    KINDS.contains(&kind) || keywords.iter().any(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_whole_words_say_it() {
        let cases: [(Kind, &[&str], bool); 7] = [
            (Kind::Journal, &[], true),
            (Kind::Preference, &["editor"], true),
            (Kind::Decision, &["personal"], true),
            (Kind::Insight, &["deploy", " Health "], true),
            (Kind::Prompt, &["FINANCE"], true),
            (Kind::Insight, &["healthcheck", "financed"], false),
            (Kind::Decision, &[], false),
        ];
        for (kind, keywords, expect) in cases {
            assert_eq!(is_personal(kind, keywords), expect, "{kind:?} {keywords:?}");
        }
    }
}
