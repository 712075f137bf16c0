//! Tells settings and data: JSON, TOML, INI, YAML, `.env`.
//! It must not parse them: a file cut short is still a setting.
//! Invariant: a key is a name, so a sentence with a colon is none.

use super::sample::Sample;

/// The text is one JSON value, or one a line.
pub(super) fn is_json(sample: &Sample<'_>) -> bool {
    let (first, last) = (sample.first().trim(), sample.last().trim());
    let opens = first.starts_with('{') || first.starts_with('[');
    let closes = last.ends_with('}') || last.ends_with(']');
    let keyed = |line: &str| {
        let line = line.trim_start().trim_start_matches(['{', '[', ' ']);
        line.starts_with('"') && (line.contains("\":") || line.contains("\" :"))
    };
    let data = |line: &str| {
        let line = line.trim();
        keyed(line) || line.starts_with(['{', '}', '[', ']', '"']) || line.trim_end_matches(',').parse::<f64>().is_ok()
    };
    opens && closes && sample.count(keyed) > 0 && sample.share(90, data)
}

pub(super) fn is_config(sample: &Sample<'_>) -> bool {
    let keys = sample.count(is_key);
    let sections = sample.count(is_section);
    is_json(sample) || (keys >= 2 && keys + sections >= 3 && sample.share(80, |line| is_key(line) || is_other(line)))
}

fn is_section(line: &str) -> bool {
    let line = line.trim();
    let name = line.trim_start_matches('[').trim_end_matches(']');
    line.starts_with('[')
        && line.ends_with(']')
        && !name.is_empty()
        && name.bytes().all(|b| is_name(b) || b" :/\"'".contains(&b))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'@' | b'/')
}

/// `key = value`, `key: value`, `KEY=value`, `- key: value`, `export KEY=value`
fn is_key(line: &str) -> bool {
    let line = line.trim().trim_start_matches("- ").trim_start_matches("export ");
    let Some(at) = line.find(['=', ':']) else { return false };
    let (key, value) = (line[..at].trim_end().trim_matches(['"', '\'']), &line[at + 1..]);
    let apart = line[at..].starts_with('=') || value.is_empty() || value.starts_with(' ');
    let plain = !line.ends_with(['{', ';', '(']) && !value.starts_with(['=', ':']);
    apart && plain && !key.is_empty() && key.len() <= 60 && key.bytes().all(is_name)
}

/// Sections, comments, items of lists, brackets.
fn is_other(line: &str) -> bool {
    let line = line.trim();
    is_section(line)
        || line.starts_with(['#', ';', '"', ']', '}'])
        || line.starts_with("- ")
        || line == "---"
        || line == "..."
}
