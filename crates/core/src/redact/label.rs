//! Values that a label gives away: `API_KEY=`, `"password": "`, `--token x`, in code, settings, headers and prose.
//! Knows no provider.
//! Invariant: linear in the text; a value's end is where its quote, its line or the next field says.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::judge::{constant, is_variable, random, stand_in};
use super::{head, next_wall, touches};

/// A value that follows a label, with what the judgement needs to know of its surroundings.
pub(super) struct Value<'t> {
    /// The text in front of the label.
    before: &'t [u8],
    /// The label with its separator and opening quote.
    label: &'t str,
    /// The beginning of the value.
    text: &'t str,
    /// The text after the value.
    after: &'t [u8],
    /// Whether the value stands in quotes.
    quoted: bool,
}

/// What stands between a key and its value: a version or stage, closing marks, then the separator and perhaps an opening
/// quote. The separators are, in order: a typed declaration, the usual signs, prose, markup, a call or list, and a
/// table cell.
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        r"\A(?:[_-]?(?i-u:[0-9]{1,2}|base|prod|production|dev|staging|test|live|value|string|key)){0,2}",
        r#"(?:\?|\*\*)?\\*["'`]?\]?"#,
        "(?:",
        r#"[ \t]*:[ \t]*(?:&(?:'[a-z]{1,12} )?)?[A-Za-z_][A-Za-z0-9_<>&:.|\[\]]{0,40}[ \t]{1,4}=[ \t]{1,4}["'`]"#,
        r#"|[ \t]*(?::=|=>|={1,3}|!=|:|：|＝)(?:\*\*)?[ \t]*(?:[bBfFrRuU@$]{0,2}\\*(?:"""|'''|["'`]))?"#,
        r#"|[ \t]+is[ \t:]+["'`]?"#,
        "|>",
        r#"|[ \t]*[(,][ \t]*\\*["'`]"#,
        r"|[ \t]+\|[ \t]+",
        ")"
    ))
});
/// A command line flag needs no sign before its value.
static FLAG: LazyLock<Regex> = LazyLock::new(|| constant(r#"\A[ \t]+["'`]?"#));
/// So much stands between a key and its value at most, in bytes, but for white space.
const GAP: usize = 200;
/// The longest beginning of a flag before its key, in bytes.
const FLAG_NAME: usize = 40;

/// Where a bare value gives way to the next field of a query, a list or a connection string, or to
/// the end of a link in Markdown.
static NEXT_FIELD: LazyLock<Regex> = LazyLock::new(|| constant(r"[&;,|][A-Za-z_][A-Za-z0-9_.-]{0,40}=|\)\]|\]\("));

/// Starts of values that say where a secret is kept.
const REFERENCES: &[&str] = &["./", "../", "~/", "arn:", "env:", "env.", "file:", "ref+", "ssm:", "projects/"];

/// A call, an index or a construction: an identifier path followed by a bracket.
static CODE: LazyLock<Regex> = LazyLock::new(|| constant(r"^[&*!@-]*(?:[A-Za-z_$][\w.$:>?!-]*)?[(\[{]"));

/// Identifiers joined by member access, or behind an operator.
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"^(?:[&*!@$]+[A-Za-z_][\w$]*|[A-Za-z_][\w$]*\??(?:(?:\.|::|->|/|\$)[A-Za-z_][\w$]*[?!]?)+)(?:(?:\.|::|->|/)\w+)*$",
    )
});

/// A locator, whose own password has a row of its own.
static LOCATOR: LazyLock<Regex> = LazyLock::new(|| constant(r"^[A-Za-z][A-Za-z0-9+.-]{0,20}://"));

/// The values of labels that end in one of `keys`.
pub(super) fn values(
    text: &str,
    keys: &Regex,
    walls: &[Range<usize>],
    accept: fn(&Value<'_>) -> bool,
) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut values = Vec::new();
    let (mut from, mut look) = (0, 0);
    // Where the bare value that was measured last ends: labels inside it share that end.
    let mut bare_end = 0;
    while let Some(key) = keys.find_at(text, look) {
        let Some(label) = label(text, &key.range(), from) else {
            // Another key may begin within this one.
            look = key.start() + text[key.start()..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        (from, look) = (label.end, label.end);
        if touches(walls, &label) {
            continue;
        }
        let named = &text[label.clone()];
        let quoted = quoted_end(bytes, named, from);
        let mut end = quoted.unwrap_or_else(|| {
            if bare_end <= from {
                bare_end = from + bare_len(&bytes[from..]);
            }
            bare_end
        });
        if let Some(wall) = next_wall(walls, from) {
            end = end.min(wall.start.max(from));
        }
        if quoted.is_none() {
            if let Some(field) = NEXT_FIELD.find(head(&text[from..end])) {
                end = from + field.start();
            }
            // Brackets and stops of the text around it; a bound keeps rows of them linear.
            let floor = from.max(end.saturating_sub(8));
            while end > floor && b",;.)]}*".contains(&bytes[end - 1]) {
                end -= 1;
            }
        }
        let value = Value {
            before: &bytes[..label.start],
            label: named,
            text: head(&text[from..end]),
            after: &bytes[end..],
            quoted: quoted.is_some(),
        };
        if accept(&value) {
            values.push(from..end);
            (from, look) = (end, end);
        }
    }
    values
}

/// The label that has `key` in it and begins at `from` or behind, with its separator, if one follows.
fn label(text: &str, key: &Range<usize>, from: usize) -> Option<Range<usize>> {
    let mut until = text.len().min(key.end + GAP);
    while !text.is_char_boundary(until) {
        until -= 1;
    }
    let rest = &text[key.end..until];
    let before = &text.as_bytes()[from..key.start];
    let name = before.iter().rev().take(FLAG_NAME).take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    let flag = before[before.len() - name..].windows(2).position(|two| two == b"--");
    if let Some(at) = flag
        && let Some(gap) = FLAG.find(rest)
    {
        return Some(key.start - name + at..key.end + gap.end());
    }
    TAIL.find(rest).map(|tail| key.start..key.end + tail.end())
}

/// Where the quote that `label` ends with is closed on the same line.
fn quoted_end(bytes: &[u8], label: &str, from: usize) -> Option<usize> {
    let quote = label.bytes().last().filter(|b| b"\"'`".contains(b))?;
    // Inside JSON inside JSON the quotes themselves are escaped, so the next one closes.
    let nested = label.as_bytes().get(label.len().wrapping_sub(2)) == Some(&b'\\');
    let mut escapes = 0;
    for (at, &byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'\n' => return None,
            b'\\' => escapes += 1,
            _ if byte == quote && nested => return Some(at - escapes),
            _ if byte == quote && escapes % 2 == 0 => return Some(at),
            _ => escapes = 0,
        }
    }
    None
}

/// The length of a value without quotes: up to white space, a quote, markup, an escaped line end or
/// a character of a script that puts no space between words.
fn bare_len(bytes: &[u8]) -> usize {
    let ends = |at: usize| match bytes[at] {
        0..=b' ' | b'"' | b'\'' | b'`' | b'<' | b'>' | 0xE2.. => true,
        b'\\' => bytes.get(at + 1).is_none_or(|next| b"nrt\"'\\".contains(next)),
        _ => false,
    };
    (0..bytes.len()).find(|&at| ends(at)).unwrap_or(bytes.len())
}

/// Values after labels for passwords: people choose these, so little disorder is enough.
pub(super) fn password(value: &Value<'_>) -> bool {
    let text = value.text;
    if text.chars().count() < 6 || !plausible(value) {
        return false;
    }
    if text.contains(char::is_whitespace) {
        return value.quoted && text.split_whitespace().any(|word| random(word, true));
    }
    let digit = text.bytes().any(|b| b.is_ascii_digit());
    let letter = text.bytes().any(|b| b.is_ascii_alphabetic());
    // Tests pass too, in calls and in front of a colon.
    let label = value.label.to_lowercase();
    let short = label.contains("pass") && !label.contains("passw") && !label.contains("passp");
    if short && !value.quoted && label.starts_with("pass") && label.contains(':') {
        return false;
    }
    match value.separator() {
        Separator::List => return random(text, value.quoted),
        Separator::Loose => return digit && letter && !short,
        Separator::Sign => {}
    }
    let given = value.quoted || value.assigned() || value.in_element();
    let wordy = |c: char| c.is_alphabetic() || matches!(c, '_' | '-' | '.' | ':' | '/' | '?' | '!');
    if text.chars().all(wordy) {
        let lower = text.to_lowercase();
        let named = ["pass", "pwd", "secret", "token", "credential"];
        return text.is_ascii() && given && !named.iter().any(|name| lower.contains(name));
    }
    // Prose and interface texts in other scripts have no digits.
    (text.is_ascii() || digit) && (given || !PATH.is_match(text))
}

/// Values after labels for tokens: machines make these, so they must look random.
pub(super) fn secret(value: &Value<'_>) -> bool {
    value.text.len() >= 8
        && plausible(value)
        && !value.text.contains(char::is_whitespace)
        && random(value.text, value.quoted || value.assigned())
}

enum Separator {
    /// An equals sign, a colon or markup.
    Sign,
    /// A blank or an opening bracket.
    Loose,
    /// A comma or a table's line: the value may have nothing to do with the label.
    List,
}

impl Value<'_> {
    fn separator(&self) -> Separator {
        if self.label.contains([':', '=', '>', '：', '＝']) {
            Separator::Sign
        } else if self.label.contains([',', '|']) {
            Separator::List
        } else {
            Separator::Loose
        }
    }

    fn in_element(&self) -> bool {
        self.label.ends_with('>') && !self.label.ends_with("=>")
    }

    /// The rest of the key in front of the label.
    fn key_start(&self) -> usize {
        let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        self.before.len() - self.before.iter().rev().take(64).take_while(part).count()
    }

    /// Whether this is an assignment as shells and settings files write it, where a bare word is a
    /// value and not a name: an upper case key, a flag, or a line of its own.
    fn assigned(&self) -> bool {
        let start = self.key_start();
        let key = &self.before[start..];
        let upper = !key.iter().chain(self.label.as_bytes()).any(u8::is_ascii_lowercase);
        let own_line = (start == 0 || self.before[start - 1] == b'\n')
            && matches!(self.after.first(), None | Some(b'\n' | b'\r'))
            && !PATH.is_match(self.text);
        !self.quoted && self.label.ends_with('=') && (upper || key.starts_with(b"--") || own_line)
    }
}

/// Whether a value can be a secret at all: no placeholder, reference or piece of code.
fn plausible(value: &Value<'_>) -> bool {
    let text = value.text;
    let start = value.key_start();
    // A file of that name in a listing, as in `/etc/passwd:`, a type, or part of a resource's name.
    let before = &value.before[..start];
    let other =
        before.ends_with(b"/") || before.ends_with(b"::") || (before.ends_with(b":") && value.label == "secret:");
    // Markup holds a value only up to its closing tag.
    let element = value.in_element();
    let reference = REFERENCES.iter().any(|start| text.starts_with(start))
        || LOCATOR.is_match(text)
        || is_variable(text)
        || (text.starts_with("0x") && text.len() <= 18)
        || (text.starts_with('/') && text[1..].contains('/') && !random(text, false));
    let code = !value.quoted
        && !element
        && (CODE.is_match(text)
            || text.starts_with(['$', '{', '(', '[', '|', '=', '/', ':'])
            || (!value.assigned() && PATH.is_match(text)));
    !(other || reference || code || stand_in(text)) && (!element || value.after.starts_with(b"</"))
}
