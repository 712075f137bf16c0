//! Asking twice: what is not undone by a word must be asked for again, by the code that the first answer gave.
//! It must not know what is asked for, nor who asks.
//! Invariant: a code stands for exactly what was shown; when that has changed since, the old code confirms nothing.

use sha2::{Digest, Sha256};

use crate::hash::hex;

/// Twelve hex digits for an operation and everything that it would touch, in an order that the caller keeps: ids with
/// their revisions, counts, paths.
pub fn code<'a>(operation: &'a str, touched: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for part in std::iter::once(operation).chain(touched) {
        // The length before each part: "ab", "c" is not "a", "bc".
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    hex(&digest.finalize()[..6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_for_exactly_what_was_shown() {
        let shown = code("archive", ["a@1", "b@2"]);
        assert_eq!(shown.len(), 12);
        assert_eq!(shown, code("archive", ["a@1", "b@2"]));
        let others: [(&str, &[&str]); 4] = [
            ("forget", &["a@1", "b@2"]),
            ("archive", &["a@1", "b@3"]),
            ("archive", &["b@2", "a@1"]),
            ("archive", &["a@1b@", "2"]),
        ];
        for (operation, touched) in others {
            assert_ne!(shown, code(operation, touched.iter().copied()));
        }
    }
}
