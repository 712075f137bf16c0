//! Names of files that a mirror makes.
//! It must not know folders.
//! Invariant: a name is ASCII in lower case, so that it is one name on every file system, and it stays when its title changes.

use quipu_protocol::wire::memory::MemoryView;

/// Longest part of a name that a title makes.
const TITLE: usize = 60;

/// The name of a new file: what its title says in letters that every file system has, and the end of its id. `is_taken`
/// knows the names that there are.
pub(super) fn new(memory: &MemoryView, is_taken: impl Fn(&str) -> bool) -> String {
    let title = memory.title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&memory.text);
    let words = slug(title);
    let words = if words.is_empty() { slug(&memory.kind) } else { words };
    let id: String = memory.id.chars().filter(char::is_ascii_hexdigit).collect();
    let short = format!("{words}-{}.md", &id[id.len().saturating_sub(8)..]);
    if is_taken(&short) { format!("{words}-{id}.md") } else { short }
}

/// The name of what is kept beside a file after a conflict.
pub(super) fn beside(name: &str, n: u32) -> String {
    let stem = name.get(..name.len().saturating_sub(3)).unwrap_or(name);
    if n == 1 { format!("{stem}.conflict.md") } else { format!("{stem}.conflict-{n}.md") }
}

fn slug(text: &str) -> String {
    let mut out = String::new();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    for c in line.chars() {
        if out.len() >= TITLE {
            break;
        }
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_makes_a_name_that_every_file_system_has() {
        let long = "Very long ".repeat(40);
        for (title, name) in [
            ("Use One writer!", "use-one-writer"),
            ("  ../../etc/passwd ", "etc-passwd"),
            ("Caf\u{e9} cafe\u{301}", "caf-cafe"),
            ("日本語", ""),
            ("con", "con"),
            (long.as_str(), "very-long-very-long-very-long-very-long-very-long-very-long"),
            ("\u{202e}a\u{0}b\n# c", "a-b"),
        ] {
            assert_eq!(slug(title), name, "{title:?}");
        }
        assert_eq!(beside("a/b.md", 1), "a/b.conflict.md");
        assert_eq!(beside("b.md", 3), "b.conflict-3.md");
    }
}
