//! Whether a text is a secret or only stands where one would: placeholders, references, numbered words, entropy.
//! Knows neither the table nor how a text is searched.
//! Invariant: linear in the text, which is bounded by its callers.

use std::sync::LazyLock;

use regex::Regex;

/// Less disorder than this, in bits a byte, is no token: `aaaa1111` has 1, a word of eight letters about 2.75, twenty
/// characters of base64 about 4.
const LEAST_ENTROPY: f64 = 2.5;

/// Words that stand for a value, or say something about it, compared without their punctuation.
const STAND_INS: &str = "changeme changeit changethis replaceme fillme insert placeholder example sample dummy \
    redacted masked hidden removed omitted censored filtered undefined default optional \
    required invalid missing incorrect unknown expired string boolean number integer object \
    function uint8array bytes foobar foobarbaz prompt disabled enabled plaintext hashed \
    encrypted bcrypt argon2 argon2id sha256 sha512 base64 bearer basic apikey username \
    nullptr option optionstring argument parameter varchar password passwd pass secret token \
    none null true false todo tbd fixme";

/// Fragments that only a placeholder or a template contains.
const STAND_IN_PARTS: &[&str] = &[
    "***",
    "...",
    "…",
    "xxxx",
    "your_",
    "your-",
    "<your",
    "_here",
    "-here",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "example",
    "${",
    "$(",
    "{{",
    "#{",
    "<%",
    "%s",
    "%(",
    "••",
];

/// A variable to be filled in: `$NAME`, `%NAME%`, `{name}`, `<name>`, `__NAME__`, `@name@`.
static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| constant(r"^(?:\$[A-Za-z_]\w*|%[A-Za-z_]\w*%|\{.*\}|<.*>|\[.*\]|__\w+__|@[A-Za-z_.]+@)$"));

/// Compiles an expression of this folder.
pub(super) fn constant(expression: &str) -> Regex {
    Regex::new(expression).expect("the expression is constant and tested")
}

pub(super) fn anything(_: &str) -> bool {
    true
}

/// Letters and digits together: what tells a token from words joined by dashes.
pub(super) fn mixed(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().any(|b| b.is_ascii_alphabetic())
}

/// One unbroken run of letters and digits as long as the oldest keys; style sheets and word lists
/// that happen to begin with the prefix have only short ones.
pub(super) fn long_run(text: &str) -> bool {
    text.split(['-', '_']).any(|run| run.len() >= 20 && mixed(run))
}

pub(super) fn credential(text: &str) -> bool {
    !stand_in(text) && !is_variable(text)
}

pub(super) fn bearer(text: &str) -> bool {
    !stand_in(text) && random(text, true)
}

/// Of what may be words as well: it stands for nothing and looks made by a machine.
pub(super) fn looks_random(text: &str) -> bool {
    credential(text) && random(text, false)
}

/// What follows a flag for a password: no further flag, no file, nothing to be filled in.
pub(super) fn on_command_line(text: &str) -> bool {
    text.chars().count() >= 3 && credential(text) && !text.starts_with(['-', '$', '<', '`', '/', '.', '>', '~'])
}

/// The password part of `user:password@host`; a port with a query behind it is none.
pub(super) fn in_url(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let port = (2..=5).contains(&digits) && text[digits..].starts_with(['?', '#', '&', ',', ';', ')', '\\']);
    text.chars().count() >= 3 && !port && credential(text) && !text.starts_with('$')
}

pub(super) fn is_variable(text: &str) -> bool {
    VARIABLE.is_match(text)
}

/// Whether `text` only stands for a value.
pub(super) fn stand_in(text: &str) -> bool {
    let lower = text.to_lowercase();
    let bare = lower.trim_matches(|c: char| !c.is_alphanumeric()).replace(['_', '-', ' '], "");
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    distinct.len() <= 2
        || STAND_INS.split(' ').any(|word| word == bare)
        || STAND_IN_PARTS.iter().any(|part| lower.contains(part))
}

/// Whether `text` looks made by a machine: a long run with letters and digits that is no numbered
/// word, or all kinds of characters at once. `strict` says that a bare identifier cannot stand here.
pub(super) fn random(text: &str, strict: bool) -> bool {
    if entropy(text) < LEAST_ENTROPY {
        return false;
    }
    let run = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|run| run.len() >= 8 && mixed(run) && !numbered_words(run, strict));
    let kinds: [fn(&u8) -> bool; 4] =
        [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, |b| b"!@#$%^&*+?~".contains(b)];
    run || (text.len() >= 10 && kinds.iter().all(|kind| text.bytes().any(|b| kind(&b))))
}

/// Whether a run is words as identifiers join them, each with a small number at its end; unless
/// `strict`, a number inside a short word is let through as well (`sha256sum`).
fn numbered_words(run: &str, strict: bool) -> bool {
    let bytes = run.as_bytes();
    let mut start = 0;
    (1..=bytes.len()).all(|at| {
        let ends = at == bytes.len()
            || (bytes[at].is_ascii_uppercase()
                && (bytes[at - 1].is_ascii_lowercase() || bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase)));
        if !ends {
            return true;
        }
        let word = &run[std::mem::replace(&mut start, at)..at];
        let plain = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let (head, tail) = plain.split_at(plain.find(|c: char| c.is_ascii_digit()).unwrap_or(plain.len()));
        let inner = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        let joined = !strict
            && word.len() <= 14
            && head.len() >= 2
            && inner.len() >= 2
            && tail.len() - inner.len() <= 3
            && !inner.bytes().any(|b| b.is_ascii_digit());
        word.len() - plain.len() <= 3 && (tail.is_empty() || joined)
    })
}

/// Shannon entropy in bits per byte.
fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    text.bytes().for_each(|b| counts[usize::from(b)] += 1);
    let total = text.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}
