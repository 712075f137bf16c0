//! One result as a row of the list, made when its answer arrives.
//! It must not know the screen's size or the daemon.
//! Invariant: every text in it is plain.

use std::collections::HashSet;

use jiff::Zoned;
use quipu_protocol::wire::memory::MemoryView;
use quipu_protocol::wire::search::Hit;

use crate::commands::{project_name, reason};
use crate::dates;
use crate::output::{Piece, pieces};
use crate::plain::{plain, plain_line};

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) kind: String,
    /// Project and branch.
    pub(super) place: String,
    /// How long ago.
    pub(super) age: String,
    /// Its lifecycle, where it is not a live one.
    pub(super) state: Option<String>,
    /// Title or excerpt, with the terms marked.
    pub(super) line: Vec<Piece>,
    /// What matched: it is shown until the whole memory is there.
    pub(super) chunk: String,
    /// Whether that is only a part.
    pub(super) is_partial: bool,
    /// Why it is there, where asked for.
    pub(super) why: Option<String>,
}

/// Characters of an excerpt: more than fit on most screens, few enough that the match stays near the start.
const EXCERPT: usize = 160;
/// No excerpt is looked for beyond so many characters of a text.
const LOOKED_AT: usize = 4_000;

impl Item {
    /// A hit of a search for `terms`.
    pub(super) fn of_hit(hit: &Hit, terms: &HashSet<String>, now: &Zoned) -> Self {
        let about = About {
            id: &hit.id,
            kind: &hit.kind,
            title: hit.title.as_deref(),
            project: hit.project.as_deref(),
            branch: hit.branch.as_deref(),
            at: hit.occurred_at,
            lifecycle: &hit.lifecycle,
            text: &hit.text,
        };
        Self { is_partial: hit.partial, why: reason(hit).map(|why| plain_line(&why)), ..about.item(terms, now) }
    }

    /// A memory of the timeline.
    pub(super) fn of_memory(memory: &MemoryView, now: &Zoned) -> Self {
        let about = About {
            id: &memory.id,
            kind: &memory.kind,
            title: memory.title.as_deref(),
            project: memory.project.as_deref(),
            branch: memory.branch.as_deref(),
            at: memory.occurred_at,
            lifecycle: &memory.lifecycle,
            text: &memory.text,
        };
        about.item(&HashSet::new(), now)
    }
}

/// What hits and memories have in common.
struct About<'a> {
    id: &'a str,
    kind: &'a str,
    title: Option<&'a str>,
    project: Option<&'a str>,
    branch: Option<&'a str>,
    at: i64,
    lifecycle: &'a str,
    text: &'a str,
}

impl About<'_> {
    fn item(&self, terms: &HashSet<String>, now: &Zoned) -> Item {
        let project = self.project.map_or_else(|| "every project".to_owned(), project_name);
        let branch = self.branch.map(|branch| format!("/{branch}")).unwrap_or_default();
        let end = self.text.char_indices().nth(LOOKED_AT).map_or(self.text.len(), |(at, _)| at);
        let start = &self.text[..end];
        // A title says more than a line of the text, unless the words that were looked for are in the text alone.
        let title = self.title.map(|title| pieces(&plain_line(title), terms, EXCERPT));
        let has_match = |line: &[Piece]| line.iter().any(|piece| piece.is_match);
        let line = title.filter(|title| terms.is_empty() || has_match(title));
        Item {
            id: plain_line(self.id),
            kind: plain_line(self.kind),
            place: plain_line(&format!("{project}{branch}")),
            age: dates::human(self.at, now),
            state: Some(plain_line(self.lifecycle)).filter(|state| state != "live"),
            line: line.unwrap_or_else(|| pieces(&plain_line(start), terms, EXCERPT)),
            chunk: plain(self.text),
            is_partial: false,
            why: None,
        }
    }
}
