//! The files of a mirror as they are now: what each is, and what a file without an id would be with one.
//! It must not know rows, nor what becomes of a file.
//! Invariant: a file that cannot be understood is named, and neither taken nor written over.

use quipu_agents::markdown_memory::{self, AppliesTo, MarkdownMemory, ReadError, js_trim};
use quipu_core::hash::bytes_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_protocol::folder::{Entry, Folder};

use crate::dates::iso;

/// More files than these are no mirror.
pub(super) const MOST_FILES: usize = 10_000;
/// A memory has 1 MiB at most; the rest is for its front matter.
pub(super) const MOST_BYTES: u64 = 2 << 20;
/// Files that are about a folder, not in it, unless they say otherwise in a front matter.
const ABOUT: [&str; 8] = ["readme", "license", "contributing", "changelog", "agents", "claude", "gemini", "memory"];

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its name below the folder.
    pub(super) name: String,
    /// Hash of its bytes.
    pub(super) hash: String,
    pub(super) content: Content,
}

/// What is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// The memory of this id.
    Memory(MemoryId),
    /// A text without an id.
    Note,
    /// Nothing that could be taken, and why.
    Bad(String),
}

/// The entries of a mirror's files; what lies beside a file after a conflict is none.
///
/// # Errors
/// The folder cannot be read, or holds too many.
pub(super) fn entries(folder: &Folder) -> std::io::Result<Vec<Entry>> {
    let is_ours = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.strip_suffix(".md").is_some_and(|stem| !stem.rsplit('/').next().unwrap_or(stem).contains(".conflict"))
    };
    folder.list(MOST_FILES, is_ours)
}

/// What each of them is.
pub(super) fn scan(folder: &Folder, entries: &[Entry]) -> Vec<Found> {
    let look = |entry: &Entry| {
        let bad =
            |why: String| Some(Found { name: entry.name.clone(), hash: String::new(), content: Content::Bad(why) });
        match folder.read(&entry.name, MOST_BYTES) {
            Ok(Some(bytes)) => {
                let content = content(&entry.name, &bytes)?;
                Some(Found { name: entry.name.clone(), hash: bytes_hash(&bytes), content })
            }
            // It went meanwhile.
            Ok(None) => None,
            Err(error) => bad(error.to_string()),
        }
    };
    entries.iter().filter_map(look).collect()
}

/// What bytes are; none for a file that is about the folder.
fn content(name: &str, bytes: &[u8]) -> Option<Content> {
    let bad = |why: &str| Some(Content::Bad(why.to_owned()));
    let Ok(text) = std::str::from_utf8(bytes) else { return bad("it is not UTF-8") };
    if js_trim(text).is_empty() {
        return bad("it is empty");
    }
    if has_markers(text) {
        return bad("it holds the marks of a merge conflict; it is taken once they are resolved");
    }
    match loose(name, text) {
        Ok(memory) => Some(Content::Memory(MemoryId(memory.id))),
        Err(ReadError::NoFrontMatter) if is_about(name) => None,
        Err(ReadError::NoFrontMatter | ReadError::NoId { .. }) => Some(Content::Note),
        Err(error) => Some(Content::Bad(error.to_string())),
    }
}

fn is_about(name: &str) -> bool {
    let stem = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    ABOUT.contains(&stem.strip_suffix(".md").unwrap_or(&stem))
}

fn has_markers(text: &str) -> bool {
    let begins = |mark: &str| text.lines().any(|line| line.starts_with(mark));
    begins("<<<<<<< ") && begins(">>>>>>> ")
}

/// A file without an id as it is with one: what a memory needs and the file lacks is put in, and nothing else is changed.
pub(super) fn with_id(text: &str, id: MemoryId, now: Millis) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or("");
    if first.trim_end() != "---" {
        let file = MarkdownMemory {
            id: id.0,
            subject: title(text).unwrap_or_default(),
            keywords: Vec::new(),
            applies_to: AppliesTo::Global,
            occurred_at: iso(now.0),
            content_hash: String::new(),
            kind: None,
            project: None,
            session: None,
            agent: None,
            own: std::collections::BTreeMap::new(),
            body: text.to_owned(),
            unknown: Vec::new(),
        };
        return markdown_memory::write(&file);
    }
    let (head, rest) = text.split_once('\n').unwrap_or((text, ""));
    let end = if head.ends_with('\r') { "\r\n" } else { "\n" };
    let fence = rest.lines().position(|line| line.trim_end() == "---").unwrap_or(0);
    let (front, body): (Vec<&str>, Vec<&str>) =
        (rest.lines().take(fence).collect(), rest.lines().skip(fence + 1).collect());
    let has = |key: &str| front.iter().any(|line| line.starts_with(&format!("{key}:")));
    let mut added = vec![format!("id: {id}")];
    // A quoted text of JSON is one of YAML.
    let title = title(&body.join("\n")).filter(|_| !has("subject"));
    added.extend(title.map(|title| format!("subject: {}", serde_json::Value::from(title))));
    if !has("occurred_at") && !has("created_at") {
        added.push(format!("occurred_at: '{}'", iso(now.0)));
    }
    // An id that is there is none, or there would have been one.
    let kept = front.iter().filter(|line| !line.starts_with("id:")).map(|line| (*line).to_owned());
    let front = added.into_iter().chain(kept).map(|line| format!("{}{end}", line.trim_end_matches('\r')));
    let after = rest.split_inclusive('\n').skip(fence).collect::<String>();
    format!("{head}\n{}{after}", front.collect::<String>())
}

/// What a file says, as the memory of this id.
///
/// # Errors
/// Why it is none.
pub(super) fn read(name: &str, bytes: &[u8], id: MemoryId, now: Millis) -> Result<MarkdownMemory, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let whole = match loose(name, text) {
        Err(ReadError::NoFrontMatter | ReadError::NoId { .. }) => loose(name, &with_id(text, id, now)),
        read => read,
    };
    whole.map_err(|error| error.to_string())
}

/// A file as a memory, also one without a subject: that is empty then.
fn loose(name: &str, text: &str) -> Result<MarkdownMemory, ReadError> {
    match (markdown_memory::read(name, text), text.split_once('\n')) {
        (Err(ReadError::MissingKey { key: "subject" }), Some((fence, rest))) => {
            let mut is_front = true;
            let kept = rest.split_inclusive('\n').filter(|line| {
                is_front &= line.trim_end() != "---";
                !(is_front && line.starts_with("subject:"))
            });
            let kept: String = kept.collect();
            let read = markdown_memory::read(name, &format!("{fence}\nsubject: none\n{kept}"))?;
            Ok(MarkdownMemory { subject: String::new(), ..read.memory })
        }
        (read, _) => read.map(|read| read.memory),
    }
}

/// The first heading of a text, if it has one.
fn title(text: &str) -> Option<String> {
    let heading = text.lines().find_map(|line| line.strip_prefix("# "))?.trim();
    (!heading.is_empty()).then(|| heading.chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_memory_a_note_or_bad() {
        let id = "0193e0a4-7c1e-7000-8000-000000000001";
        let whole = format!("---\nid: {id}\nsubject: s\noccurred_at: 2026-01-01\n---\nbody\n");
        let memory = Some(Content::Memory(id.parse().expect("an id")));
        let bad = Some(Content::Bad(String::new()));
        for (name, text, expect) in [
            ("a.md", whole.as_str(), &memory),
            ("README.md", &whole, &memory),
            ("a/Readme.md", "# About\n", &None),
            ("a.md", "# A note\n\ntext", &Some(Content::Note)),
            ("a.md", "---\nsubject: s\n---\nbody", &Some(Content::Note)),
            ("a.md", "---\nid: 1\nsubject: s\n---\nbody", &Some(Content::Note)),
            ("a.md", &whole.replace("subject: s\n", ""), &memory),
            ("a.md", &whole.replace("subject: s\n", "subject:\n"), &memory),
            ("a.md", "---\nid: [\n---\nbody", &bad),
            ("a.md", " \n", &bad),
            ("a.md", "---\nid: 1\n---\n\n", &bad),
            ("a.md", "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\n", &bad),
        ] {
            let found = content(name, text.as_bytes());
            match (expect, &found) {
                (Some(Content::Bad(_)), Some(Content::Bad(why))) => assert!(!why.is_empty()),
                _ => assert_eq!(&found, expect, "{name} {text}"),
            }
        }
        assert!(matches!(content("a.md", b"\xff"), Some(Content::Bad(_))));
    }

    #[test]
    fn an_id_is_put_in_and_nothing_else_is_changed() {
        let id: MemoryId = "0193e0a4-7c1e-7000-8000-000000000001".parse().expect("an id");
        for (text, kept) in [
            ("# T\n\nbody  \n\n- x\n", "# T\n\nbody  \n\n- x\n"),
            (
                "---\nkind: decision\ntags: [a]\n---\n\n# \"T\"\nbody\n",
                "kind: decision\ntags: [a]\n---\n\n# \"T\"\nbody\n",
            ),
            ("---\r\nsubject: T\r\nid: \r\n---\r\nbody\r\n", "subject: T\r\n---\r\nbody\r\n"),
            ("---\nsubject: T\noccurred_at: 2026-01-01\n---\nbody", "subject: T\noccurred_at: 2026-01-01\n---\nbody"),
        ] {
            let with = with_id(text, id, Millis(0));
            assert!(with.ends_with(kept), "{with:?}");
            let read = markdown_memory::read("a.md", &with).expect("a memory").memory;
            assert_eq!((read.id, read.subject.trim_matches('"')), (id.0, "T"), "{with:?}");
        }
    }
}
