//! What other programs remembered, as drafts of memories: a room for each of them, and what they all say it in.
//! It must not know files, SQL, the store or how a draft is sent; callers hand in texts and rows and get drafts back.
//! Invariant: the same record gives the same draft under the same id, on every machine and at every time.

pub mod brainlayer;
pub mod claude_mem;
pub mod database;
pub mod local_recall;
pub mod markdown;
pub mod mcp_memory;
pub mod orchestrator;
mod record;
pub mod rules;

use quipu_core::kind::Kind;
use quipu_core::link::Link;
use quipu_core::scope::Privacy;
use quipu_core::work::Work;
use uuid::Uuid;

pub use record::Record;

/// Longest title, in characters.
const TITLE: usize = 200;
/// Most keywords, and characters of one.
const KEYWORDS: (usize, usize) = (64, 100);

/// A memory as another program kept it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The id that it has there, or one that is made from what it is called there.
    pub id: Uuid,
    /// What it is here.
    pub kind: Kind,
    /// One line that says what it is about.
    pub title: Option<String>,
    /// `global`, `file:<path>`, `area:<name>`.
    pub applies_to: String,
    /// Words it is filed under.
    pub keywords: Vec<String>,
    /// The text.
    pub body: String,
    /// UTC milliseconds, where that is known.
    pub occurred_at: Option<i64>,
    /// Whose it is.
    pub place: Place,
    /// Agent and session that it came from.
    pub session: Option<(String, String)>,
    /// Files that it is about, as written.
    pub files: Vec<String>,
    /// Whether it is held on to.
    pub pinned: bool,
    /// How much it matters, 1 to 5, where that is said.
    pub importance: Option<u8>,
    /// From when to when it holds, UTC milliseconds.
    pub valid: (Option<i64>, Option<i64>),
    /// What hides it there.
    pub stood: Stood,
    /// Whether only people may see it.
    pub privacy: Privacy,
    /// Where it stands, if it is a work item and that is said.
    pub work: Option<Work>,
    /// Links that it keeps, by ids of other drafts.
    pub links: Vec<Link>,
    /// Its first and last line, from 1; of a table the number of the row.
    pub lines: Option<(u64, u64)>,
    /// What it is called there.
    pub name: Option<String>,
}

/// Whose a memory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// That of whoever brings it in.
    Asked,
    /// Every project's.
    Everywhere,
    /// The project's of a directory.
    Directory(String),
    /// The project's that has this path, whatever lies there.
    Exactly(String),
    /// The project's that the other program calls so.
    Named(String),
}

/// What hides a memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stood {
    /// Nothing.
    Live,
    /// It was put away, then (UTC milliseconds) and why, where that is known.
    Archived(Option<i64>, Option<String>),
    /// Another one stands in its place.
    Superseded(Uuid),
    /// A summary stands for it.
    Aggregated(Uuid),
}

/// What a record gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A memory.
    Memory(Box<Draft>),
    /// Nothing, and why: a word of few, for counts.
    Nothing(&'static str),
}

impl Draft {
    /// A live memory of whoever brings it in; titles and words are brought within bounds.
    fn new(id: Uuid, kind: Kind, body: &str) -> Self {
        Self {
            id,
            kind,
            title: None,
            applies_to: "global".to_owned(),
            keywords: Vec::new(),
            body: clean(body),
            occurred_at: None,
            place: Place::Asked,
            session: None,
            files: Vec::new(),
            pinned: false,
            importance: None,
            valid: (None, None),
            stood: Stood::Live,
            privacy: Privacy::Shared,
            work: None,
            links: Vec::new(),
            lines: None,
            name: None,
        }
    }

    fn titled(mut self, title: Option<String>) -> Self {
        self.title = title.and_then(|title| one_line(&title, TITLE));
        self
    }

    /// Files it under `words`, each once.
    fn filed_under(mut self, words: impl IntoIterator<Item = String>) -> Self {
        for word in words {
            let word = one_line(&word, KEYWORDS.1);
            if let Some(word) = word.filter(|word| !self.keywords.contains(word) && self.keywords.len() < KEYWORDS.0) {
                self.keywords.push(word);
            }
        }
        self
    }
}

/// A text without what no text has: a NUL is a damaged file's.
fn clean(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

/// A text on one line, cut at a word; none where it says nothing.
fn one_line(text: &str, most: usize) -> Option<String> {
    let flat = clean(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let line = match flat.char_indices().nth(most) {
        None => flat,
        Some((at, _)) => format!("{}...", flat[..at].rsplit_once(' ').map_or(&flat[..at], |(head, _)| head)),
    };
    Some(line).filter(|line| !line.is_empty())
}

/// The id of a record: its own where that is a UUID, else one made from where it is and what it is called there.
fn id_of(own: &str, names: &[&str]) -> Uuid {
    Uuid::try_parse(own.trim()).unwrap_or_else(|_| quipu_core::hash::named_id(names))
}

/// A name for a project that is no path: its own project until it is merged into one.
pub fn unplaced(source: &str, name: &str) -> String {
    format!("{source}:{}", name.replace('/', "-"))
}

#[cfg(test)]
mod tests;
