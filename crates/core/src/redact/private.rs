//! Spans that somebody marked as private: `<private>…</private>`, in any case, with attributes, nested, or never closed.
//! Knows no kind of secret, nor who said it.
//! Invariant: what stands in a span is never part of a result, whether its end is in the same text, in a later one of the
//! same message, or missing. A mention of the mark in code counts as the mark: better too much than a word too few.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::judge::constant;

/// Stands in the place of a span.
pub const PRIVATE: &str = "[private]";

/// Either end of a span; JSON that was written for web pages escapes its brackets. An attribute has a value, for
/// `<private key>` stands for a file in many a command.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r"(?:<|\\u003[cC])(/?)(?i-u:private)",
        r#"(?:\s+[A-Za-z_][A-Za-z0-9_.:-]*\s*=\s*(?:\\?"[^"]*"|\\?'[^']*'|[^\s"'<>\\]+))*\s*"#,
        r"(?:>|\\u003[eE])"
    ))
});

/// What a mark is about, and where in it its rarest letter stands.
const WORD: &[u8] = b"private";
const RAREST: usize = 3;

/// The spans of one message, over as many texts as it has.
#[derive(Debug, Default)]
pub struct Spans {
    /// So many are open, one in the other.
    depth: usize,
}

impl Spans {
    /// Whether what comes next is private.
    pub fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// The next text of the message without what is private in it, and how many spans began there.
    pub fn without<'t>(&mut self, text: &'t str) -> (Cow<'t, str>, u32) {
        if !self.is_open() && !may_have_one(text) {
            return (Cow::Borrowed(text), 0);
        }
        let (mut out, mut kept, mut begun) = (String::new(), 0, 0);
        for mark in MARK.captures_iter(text) {
            let range = mark.get(0).map(|whole| whole.range()).unwrap_or_default();
            let closes = mark.get(1).is_some_and(|slash| !slash.is_empty());
            match (closes, self.depth) {
                // The end of nothing is a word like others.
                (true, 0) => {}
                (true, 1) => {
                    self.depth = 0;
                    kept = range.end;
                }
                (true, _) => self.depth -= 1,
                (false, 0) => {
                    out.push_str(&text[kept..range.start]);
                    out.push_str(PRIVATE);
                    self.depth = 1;
                    begun += 1;
                }
                (false, _) => self.depth += 1,
            }
        }
        if begun == 0 && kept == 0 && !self.is_open() {
            return (Cow::Borrowed(text), 0);
        }
        if !self.is_open() {
            out.push_str(&text[kept..]);
        }
        (Cow::Owned(out), begun)
    }
}

/// Whether nothing but what is private was said: of such a text nothing is kept.
pub fn is_all(text: &str) -> bool {
    text.contains(PRIVATE) && text.replace(PRIVATE, "").trim().is_empty()
}

/// One cheap look: texts with a mark are rare.
fn may_have_one(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Its rarest letter is looked for.
    let around = |at: usize| at.checked_sub(RAREST).and_then(|start| bytes.get(start..start + WORD.len()));
    memchr::memchr2_iter(b'v', b'V', bytes).any(|at| around(at).is_some_and(|word| word.eq_ignore_ascii_case(WORD)))
        && MARK.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parts: &[&str], expect: &[&str]) {
        let mut spans = Spans::default();
        let kept: Vec<String> = parts.iter().map(|part| spans.without(part).0.into_owned()).collect();
        assert_eq!(kept, expect, "{parts:?}");
    }

    #[test]
    fn spans_go_and_the_rest_stays() {
        for (said, kept) in [
            ("a <private>b</private> c", "a [private] c"),
            ("<PRIVATE>b</Private>", "[private]"),
            ("a <private reason=\"mine > yours\" x='1'>b</private>", "a [private]"),
            (r#"{\"a\":\"<private why=\"no\">b</private>\"}"#, r#"{\"a\":\"[private]\"}"#),
            ("ssh -i <private key> host", "ssh -i <private key> host"),
            ("a <private>b<private>c</private>d</private> e", "a [private] e"),
            ("a <private>b", "a [private]"),
            ("a <private\nx=1>b\nc", "a [private]"),
            ("<private>a</private> <private>b</private>", "[private] [private]"),
            ("the tag `<private>` hides what follows", "the tag `[private]"),
            (r"{\u003cprivate\u003ea\u003c/private\u003e}", "{[private]}"),
            ("a </private> b", "a </private> b"),
            ("<privateer>a</privateer> private <public>", "<privateer>a</privateer> private <public>"),
            ("vec<private_key> and x<private", "vec<private_key> and x<private"),
            ("私<private>秘</private>密", "私[private]密"),
            ("", ""),
        ] {
            check(&[said], &[kept]);
        }
    }

    #[test]
    fn a_span_may_go_on_in_the_next_part_of_its_message() {
        check(&["a <private>b", "c", "d</private> e", "f"], &["a [private]", "", " e", "f"]);
        check(&["<private>a<private>", "b</private>", "c</private>d"], &["[private]", "", "d"]);
    }

    #[test]
    fn nothing_else_is_nothing() {
        assert!(is_all("[private]") && is_all(" [private]\n[private] "));
        assert!(!is_all("a [private]") && !is_all("") && !is_all("private"));
    }
}
