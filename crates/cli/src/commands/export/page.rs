//! The page of `export html`: its pieces as text, in the order in which they are written.
//! It must not know where memories come from.
//! Invariant: whatever a memory holds, it is text on the page: every piece of it passes through `escaped`; the page loads
//! nothing, and runs no script but its own, by hash.

use std::collections::BTreeMap;
use std::fmt::Write;

use quipu_daemon::markdown::subject;
use quipu_protocol::wire::memory::MemoryView;
use sha2::{Digest, Sha256};

use crate::commands::project_name;
use crate::dates::iso;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) const END_SESSION: &str = "</details>\n";
pub(super) const END_PROJECT: &str = "</section>\n";

/// What the page holds.
pub(super) struct Summary {
    pub(super) shown: usize,
    pub(super) all: u64,
    pub(super) kinds: BTreeMap<String, usize>,
    /// In the order of the page; none is every project.
    pub(super) projects: Vec<(Option<String>, usize)>,
    /// Of the oldest and the newest, UTC ms.
    pub(super) times: Option<(i64, i64)>,
}

/// Everything before the first project.
pub(super) fn head(summary: &Summary) -> String {
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    let Summary { shown, all, kinds, projects, times } = summary;
    let count =
        if *shown as u64 == *all { format!("{all} memories") } else { format!("the newest {shown} of {all} memories") };
    let times = times.map(|(first, last)| format!(", {} to {}", day(first), day(last))).unwrap_or_default();
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>What quipu remembers</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>What quipu remembers</h1>\n\
         <p class=\"soft\">{count}{times} (UTC)</p>\n<nav>\n<ul>\n"
    );
    for (project, count) in projects {
        let (id, name) = (section(project.as_deref()), shown_name(project.as_deref()));
        let _ = writeln!(out, "<li><a href=\"#{id}\">{name}</a> {count}</li>");
    }
    out.push_str("</ul>\n</nav>\n</header>\n<div class=\"bar\"><form hidden>\n");
    out.push_str(
        "<input type=\"search\" name=\"words\" placeholder=\"Words\" aria-label=\"Words\" autocomplete=\"off\">\n",
    );
    let _ = writeln!(out, "<select name=\"kind\" aria-label=\"Kind\"><option value=\"\">every kind</option>");
    for (kind, count) in kinds {
        let kind = escaped(kind);
        let _ = writeln!(out, "<option value=\"{kind}\">{kind} ({count})</option>");
    }
    let _ = writeln!(
        out,
        "</select>\n<select name=\"project\" aria-label=\"Project\"><option value=\"\">every section</option>"
    );
    for (project, count) in projects {
        let (id, name) = (section(project.as_deref()), shown_name(project.as_deref()));
        let _ = writeln!(out, "<option value=\"{id}\">{name} ({count})</option>");
    }
    out.push_str("</select>\n<output id=\"told\" class=\"soft\"></output>\n</form></div>\n<main>\n");
    out
}

/// Where a project begins.
pub(super) fn project(project: Option<&str>, count: usize) -> String {
    let (id, name) = (section(project), shown_name(project));
    let path = project.map(escaped).unwrap_or_default();
    format!("<section id=\"{id}\">\n<h2>{name} <small>{count} {path}</small></h2>\n")
}

/// Where a session begins, or the notes, which belong to none.
pub(super) fn session(session: Option<&str>, count: usize, (first, last): (i64, i64)) -> String {
    match session {
        None => format!("<details open>\n<summary>Notes <small>{count}</small></summary>\n"),
        Some(id) => {
            let to = if day(first) == day(last) { String::new() } else { format!(" to {}", minute(last)) };
            let (from, id) = (minute(first), escaped(id));
            format!("<details>\n<summary>Session of {from}{to} <small>{count} · {id}</small></summary>\n")
        }
    }
}

/// One memory.
pub(super) fn memory(memory: &MemoryView) -> String {
    let title = memory.title.clone().unwrap_or_else(|| subject(&memory.text));
    let (id, kind) = (escaped(&memory.id), escaped(&memory.kind));
    let class = if memory.lifecycle == "live" { "" } else { " class=\"hidden-state\"" };
    let mut meta = format!(
        "<span class=\"kind\">{kind}</span> · <time datetime=\"{}\">{}</time>",
        iso(memory.occurred_at),
        minute(memory.occurred_at)
    );
    let mut also = |text: &str| {
        let _ = write!(meta, " · {}", escaped(text));
    };
    if memory.lifecycle != "live" {
        also(&memory.lifecycle);
    }
    if memory.pinned {
        also("pinned");
    }
    if memory.applies_to != "global" {
        also(&memory.applies_to);
    }
    [&memory.agent, &memory.branch, &memory.archive_reason].into_iter().flatten().for_each(|text| also(text));
    for word in &memory.keywords {
        let _ = write!(meta, " <span class=\"chip\">{}</span>", escaped(word));
    }
    if let Some(by) = &memory.superseded_by {
        let by = escaped(by);
        let _ = write!(meta, " · in its place <a href=\"#m-{by}\">{by}</a>");
    }
    format!(
        "<article id=\"m-{id}\" data-kind=\"{kind}\"{class}>\n<h3 dir=\"auto\">{}</h3>\n<p class=\"meta\">{meta} · {id}</p>\n\
         <pre dir=\"auto\">{}</pre>\n</article>\n",
        escaped(&title),
        escaped(&memory.text)
    )
}

/// In the place of a memory that has gone while the page was written.
pub(super) fn missing(kind: &str) -> String {
    format!("<article data-kind=\"{}\"><p class=\"meta\">taken away meanwhile</p></article>\n", escaped(kind))
}

/// Everything behind the last project.
pub(super) fn foot() -> String {
    format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// `text` as it may stand in an element and in a quoted attribute. What a reader could not see, or what would turn the text
/// round it, stands there by its number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\r' => {}
            c if is_unseen(c) => {
                let _ = write!(out, "[U+{:04X}]", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Controls, directions, and what has no width; joiners stay, for scripts and pictures need them.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The id of a project's section: of its path nothing that could mean anything else.
fn section(project: Option<&str>) -> String {
    project.map_or_else(|| "every".to_owned(), |path| format!("p-{}", quipu_core::hash::content_hash(path)))
}

fn shown_name(project: Option<&str>) -> String {
    project.map_or_else(|| "Of every project".to_owned(), |path| escaped(&project_name(path)))
}

fn day(ms: i64) -> String {
    iso(ms).chars().take(10).collect()
}

fn minute(ms: i64) -> String {
    iso(ms).chars().take(16).collect::<String>().replace('T', " ")
}

/// A source of a content security policy: this very text.
fn source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - three.len()));
        for n in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * n)) as usize & 63];
            out.push(if n <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_what_everybody_makes_of_it() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("\u{ff}\u{3f}", "w78/")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn nothing_in_a_text_is_anything_but_text() {
        for (text, shown) in [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onmouseover='x' & y", "&quot; onmouseover=&#39;x&#39; &amp; y"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a[U+202E]b[U+2066]c[U+200F]"),
            ("\x1b[31mred\x07\0\u{9b}", "[U+001B][31mred[U+0007][U+0000][U+009B]"),
            ("a\r\nb\tc", "a\nb\tc"),
            ("日本 👩\u{200d}💻 é", "日本 👩\u{200d}💻 é"),
        ] {
            assert_eq!(escaped(text), shown);
        }
    }

    #[test]
    fn the_page_has_no_way_out() {
        for banned in ["http:", "https:", "url(", "@import", "innerHTML", "eval(", "</script", "document.write"] {
            assert!(!STYLE.contains(banned) && !SCRIPT.contains(banned), "{banned}");
        }
    }
}
