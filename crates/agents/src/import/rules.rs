//! Files that people write for agents: CLAUDE.md, AGENTS.md, GEMINI.md, MEMORY.md, Cursor's rules. Each is cut at its headings.
//! It must not know the file system.
//! Invariant: a section's id is made from its file and the headings above it, so that an edited text is the same memory;
//! a heading within a code block is none.

use std::collections::HashMap;

use quipu_core::hash::named_id;
use quipu_core::kind::Kind;

use super::{Draft, one_line};

/// The name of this source.
pub const SOURCE: &str = "rules";
/// Names of files that are such, wherever in a project they lie.
pub const NAMES: [&str; 5] = ["CLAUDE.md", "CLAUDE.local.md", "AGENTS.md", "GEMINI.md", "MEMORY.md"];
/// Cursor's folder of rules, and how its files end.
pub const CURSOR: (&str, &str) = (".cursor/rules", "mdc");

/// Deepest heading at which a file is cut: what is below belongs to it.
const DEEPEST: usize = 3;

/// The sections of a file, as drafts. `file` is its path as it stands in ids and provenance, `area` the directory below
/// the project's root that it lies in, if it lies in one.
pub fn sections(file: &str, area: Option<&str>, text: &str) -> Vec<Draft> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (start, description) = front_matter(text);
    let mut cutter = Cutter { file, area, description, path: Vec::new(), seen: HashMap::new(), drafts: Vec::new() };
    let (mut from, mut fence) = (start, None::<String>);
    let mut body = String::new();
    let mut last = start;
    for (number, line) in (0..).zip(text.lines()).skip(start) {
        last = number;
        fence = after(line, fence);
        let heading = if fence.is_none() { heading(line) } else { None };
        if let Some((depth, title)) = heading {
            cutter.section(&body, (from, number));
            body.clear();
            cutter.path.retain(|(level, _)| *level < depth);
            cutter.path.push((depth, title.to_owned()));
            from = number;
            continue;
        }
        body.push_str(line);
        body.push('\n');
    }
    cutter.section(&body, (from, last + 1));
    cutter.drafts
}

struct Cutter<'a> {
    file: &'a str,
    area: Option<&'a str>,
    description: Option<String>,
    /// The headings that the section stands under.
    path: Vec<(usize, String)>,
    /// How often the same path of headings came.
    seen: HashMap<String, u32>,
    drafts: Vec<Draft>,
}

impl Cutter<'_> {
    /// Takes the section that ends here: lines from 0, the last one excluded.
    fn section(&mut self, body: &str, (from, to): (usize, usize)) {
        if body.trim().is_empty() {
            return;
        }
        let name = self.path.iter().map(|(_, title)| title.as_str()).collect::<Vec<_>>().join(" > ");
        let again = self.seen.entry(name.clone()).or_default();
        *again += 1;
        let again = again.to_string();
        let base = self.file.rsplit('/').next().unwrap_or(self.file);
        let title = if name.is_empty() { self.description.clone() } else { Some(name.clone()) };
        let title = title.map_or_else(|| base.to_owned(), |title| format!("{base}: {title}"));
        let draft = Draft {
            applies_to: self.area.map_or_else(|| "global".to_owned(), |area| format!("area:{area}")),
            lines: Some((from as u64 + 1, to as u64)),
            name: one_line(&name, 200),
            ..Draft::new(named_id(&[SOURCE, self.file, &name, &again]), Kind::Reference, body.trim())
        };
        self.drafts.push(draft.titled(Some(title)).filed_under([base.to_owned()]));
    }
}

/// The fence that is open after `line`, where `open` was before it.
fn after(line: &str, open: Option<String>) -> Option<String> {
    let line = line.trim_start();
    let run = |mark: char| line.chars().take_while(|c| *c == mark).count();
    let (ticks, tildes) = (run('`'), run('~'));
    let (mark, length) = if ticks >= tildes { ('`', ticks) } else { ('~', tildes) };
    match open {
        None if length >= 3 => Some(mark.to_string().repeat(length)),
        // It is closed by at least as many of the same, and nothing behind them.
        Some(open) if open.starts_with(mark) && length >= open.len() && line[length..].trim().is_empty() => None,
        open => open,
    }
}

/// Depth and text of a heading at which a file is cut.
fn heading(line: &str) -> Option<(usize, &str)> {
    let depth = line.bytes().take_while(|byte| *byte == b'#').count();
    let rest = line.get(depth..)?;
    let title = rest.trim().trim_end_matches('#').trim();
    ((1..=DEEPEST).contains(&depth) && rest.starts_with([' ', '\t']) && !title.is_empty()).then_some((depth, title))
}

/// The line after the front matter of a Cursor rule, and what it says the rule is about.
fn front_matter(text: &str) -> (usize, Option<String>) {
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return (0, None);
    }
    let mut description = None;
    for (number, line) in (2..).zip(lines) {
        if line.trim_end() == "---" {
            return (number, description);
        }
        if let Some(said) = line.strip_prefix("description:") {
            description = one_line(said.trim().trim_matches(['"', '\'']), 200);
        }
    }
    (0, None)
}
