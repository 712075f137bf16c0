//! Tells texts that hold nothing for a reader: empty ones, acknowledgements, progress, blobs.
//! It must not call noise what it merely does not understand: what is noise is lost.
//! Invariant: text beyond ASCII is never a blob for want of spaces.

use super::sample::Sample;
use crate::limits::{BLOB_LINE, COMPACT_JSON};
use crate::plain::head;

/// Whole outputs that only say that something was done.
const SAID: [&str; 17] = [
    "ok",
    "okay",
    "done",
    "success",
    "true",
    "null",
    "none",
    "undefined",
    "{}",
    "[]",
    "(no output)",
    "(no content)",
    "no output",
    "[image]",
    "yes",
    "1",
    "0",
];

/// Beginnings of the agents' own acknowledgements.
const ACKNOWLEDGED: [&str; 8] = [
    "file created successfully",
    "todos have been modified successfully",
    "tool ran without output or errors",
    "the file has been updated",
    "command running in background with id",
    "successfully killed shell",
    "file written successfully",
    "successfully replaced text",
];

/// What turns while one waits.
const SPINNERS: &str = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏⣾⣽⣻⢿⡿⣟⣯⣷◐◓◑◒";
/// What bars are drawn with.
const BARS: &str = "█▉▊▋▌▍▎▏░▒▓━╸╺■□▪▫";

pub(super) fn is_noise(sample: &Sample<'_>) -> bool {
    sample.lines.is_empty() || is_acknowledgement(sample) || is_progress(sample) || is_binary(sample) || is_blob(sample)
}

fn is_acknowledgement(sample: &Sample<'_>) -> bool {
    if sample.lines.len() > 2 || sample.bytes > 600 {
        return false;
    }
    let first = sample.first().trim().to_ascii_lowercase();
    let word = first.trim_end_matches(['.', '!']);
    let file =
        word.starts_with("the file ") && (word.contains(" has been updated") || word.contains(" has been created"));
    let said = sample.lines.len() == 1 && SAID.contains(&word);
    said || file || ACKNOWLEDGED.iter().any(|begin| word.starts_with(begin))
}

fn is_progress(sample: &Sample<'_>) -> bool {
    sample.share(90, is_progress_line)
}

/// A bar, a spinner, a percentage or a count of bytes, and hardly a word.
fn is_progress_line(line: &str) -> bool {
    let words = line.trim();
    let bars = if words.is_ascii() { 0 } else { words.chars().filter(|c| BARS.contains(*c)).count() };
    let ascii_bar =
        words.contains("[==") || words.contains("[##") || words.contains("====>") || words.contains("|####");
    let percent = words.split([' ', '|', '[', '(', '\t']).any(is_percent);
    let letters = words.chars().filter(|c| c.is_alphabetic()).count();
    let drawn = bars >= 3 || ascii_bar;
    let spinner = words.starts_with(|c: char| SPINNERS.contains(c));
    (drawn && (percent || letters < 30)) || (percent && letters < 12) || (spinner && letters < 60)
}

fn is_percent(word: &str) -> bool {
    let Some((number, after)) = word.split_once('%') else { return false };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    !number.is_empty() && digits && after.bytes().all(|byte| byte.is_ascii_punctuation())
}

/// Control characters and replacement characters where text would be.
fn is_binary(sample: &Sample<'_>) -> bool {
    let mut all = 0;
    let mut broken = 0;
    for c in head(sample.raw[0], 8_192).chars() {
        all += 1;
        let control = c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x1b' | '\x08' | '\x07' | '\x0c');
        broken += usize::from(control || c == '\u{fffd}');
    }
    broken * 20 > all
}

/// Most bytes stand in lines that no person wrote: encoded, or packed by a minifier.
fn is_blob(sample: &Sample<'_>) -> bool {
    if sample.bytes <= COMPACT_JSON && sample.first().starts_with(['{', '[']) {
        return false;
    }
    let all: usize = sample.lines.iter().map(|line| line.len()).sum();
    let blob: usize =
        sample.lines.iter().filter(|line| is_encoded(line) || is_packed(line)).map(|line| line.len()).sum();
    all >= 200 && blob * 100 >= all * 80
}

/// A shorter line may be a word.
const ENCODED: usize = 60;

/// Base64 or hexadecimal digits without an end.
fn is_encoded(line: &str) -> bool {
    let line = line.trim();
    if line.len() < ENCODED {
        return false;
    }
    let line = line.split_once(";base64,").map_or(line, |(_, data)| data.trim_end_matches(['"', '\'', ')', ';', '>']));
    let bytes = line.as_bytes();
    let has = |is: fn(&u8) -> bool| bytes.iter().any(is);
    if bytes.len() >= 160 && bytes.iter().all(u8::is_ascii_hexdigit) {
        return true;
    }
    let digits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let slashes = bytes.iter().filter(|byte| matches!(byte, b'/' | b'-' | b'_')).count();
    bytes.len() >= ENCODED
        && bytes.iter().all(digits)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        // Long paths and names have the same letters, but more often a slash or a dash.
        && slashes * 14 < bytes.len()
}

fn is_packed(line: &str) -> bool {
    if line.len() < BLOB_LINE {
        return false;
    }
    let spaces = line.bytes().filter(|byte| matches!(byte, b' ' | b'\t')).count();
    let beyond = line.bytes().filter(|byte| !byte.is_ascii()).count();
    spaces * 100 < line.len() * 6 && beyond * 20 < line.len()
}
