//! The content hash that existing memory files carry, and the trim it is taken over.
//! It must not know files or front matter.
//! Invariant: equal to what JavaScript computes over `body.trim()`.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Trims as JavaScript's `String.prototype.trim` does (ECMA-262 WhiteSpace and LineTerminator).
///
/// Unlike Rust's `trim` it strips U+FEFF and keeps U+0085.
pub fn js_trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}'))
}

/// First 16 hex digits of SHA-256 over the UTF-8 of the trimmed body.
pub fn content_hash(body: &str) -> String {
    hex(&Sha256::digest(js_trim(body).as_bytes())[..8])
}

/// First 16 hex digits of SHA-256 over several texts; where one ends and the next begins counts.
pub fn hash_of(parts: &[&str]) -> String {
    hex(&digest_of(parts)[..8])
}

/// An id for what has a name and no UUID: the same parts give the same one on every machine (UUID version 8).
pub fn named_id(parts: &[&str]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest_of(parts)[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

fn digest_of(parts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().into()
}

/// First 16 hex digits of SHA-256 over bytes as they are: tells whether a file is what it was.
pub fn bytes_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// Lower-case hex of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_examples() {
        assert_eq!(content_hash("Use one writer."), "0208725c8d1487fd");
        let body = "## Thought\n\nThe lock file is not the fault; who loads the library is.\n\n## Output\n\nMoved the embedder into the daemon.";
        assert_eq!(content_hash(&format!("\n\n{body}\n")), "74201c10ca766974");
    }

    #[test]
    fn names_have_one_id_each() {
        let id = named_id(&["claude-mem", "observations", "7"]);
        assert_eq!((id, id.get_version_num()), (named_id(&["claude-mem", "observations", "7"]), 8));
        assert_ne!(id, named_id(&["claude-mem", "observations7", ""]));
        assert_ne!(hash_of(&["a", "bc"]), hash_of(&["ab", "c"]));
    }

    #[test]
    fn trims_as_javascript_does() {
        assert_eq!(js_trim("\u{feff} a\u{a0}\u{2028}"), "a");
        assert_eq!(js_trim("\u{85}a"), "\u{85}a");
        assert_eq!(js_trim("\u{b}\u{c}a\t"), "a");
    }
}
