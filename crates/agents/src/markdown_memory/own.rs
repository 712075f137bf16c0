//! What quipu's own keys of a file say: how a memory stands, where its work stands, what it is to others.
//! It must not know how they are spelt as YAML, nor what becomes of them.
//! Invariant: a key that says nothing that can be read is as if it were not there.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::link::{End, Link, Relation};
use quipu_core::scope::Privacy;
use quipu_core::standing::{Importance, Validity};
use quipu_core::work::{Priority, Status, Work};

use super::{Field, MarkdownMemory};

impl MarkdownMemory {
    /// Whether it is held on to.
    pub fn is_pinned(&self) -> bool {
        self.own_text("pinned").is_some_and(is_yes)
    }

    /// Whether only people see it.
    pub fn privacy(&self) -> Privacy {
        if self.own_text("private").is_some_and(is_yes) { Privacy::Private } else { Privacy::Shared }
    }

    /// How much it matters, where that is said.
    pub fn importance(&self) -> Option<Importance> {
        Importance::of(self.own_text("importance")?.trim().parse().ok()?)
    }

    /// From when to when it holds.
    pub fn validity(&self) -> Validity {
        Validity { from: self.moment("valid_from"), to: self.moment("valid_to") }
    }

    /// Where it stands as a work item: none where no status is said, for then nothing is.
    pub fn work(&self) -> Option<Work> {
        let status = Status::parse(self.own_text("status")?.trim())?;
        let priority = self.own_text("priority").and_then(|word| Priority::parse(word.trim())).unwrap_or_default();
        Some(Work { status, held: None, priority, due: self.moment("due") })
    }

    /// The links that it keeps, and what of them cannot be read; none where the key is not there, which says nothing.
    pub fn links(&self) -> Option<(Vec<Link>, Vec<String>)> {
        self.own.get("links")?;
        let read = |text: &String| {
            let (word, id) = text.trim().split_once(char::is_whitespace)?;
            match Relation::parse(word)? {
                (relation, End::Keeper) => Some(Link { relation, to: id.trim().parse::<MemoryId>().ok()? }),
                (_, End::Other) => None,
            }
        };
        let (links, bad) = self.own_list("links").into_iter().partition::<Vec<_>, _>(|text| read(text).is_some());
        Some((links.iter().filter_map(read).collect(), bad))
    }

    /// Says where it stands as a work item.
    pub fn say_work(&mut self, work: &Work, moment: impl Fn(i64) -> String) {
        let text = |text: &str| Field::Text(text.to_owned());
        self.own.insert("status".to_owned(), text(work.status.as_str()));
        if work.priority != Priority::default() {
            self.own.insert("priority".to_owned(), text(work.priority.as_str()));
        }
        if let Some(due) = work.due {
            self.own.insert("due".to_owned(), Field::Text(moment(due.0)));
        }
    }

    /// Says what it is to others.
    pub fn say_links(&mut self, links: impl IntoIterator<Item = Link>) {
        let mut lines: Vec<String> =
            links.into_iter().map(|link| format!("{} {}", link.relation.word(End::Keeper), link.to)).collect();
        lines.sort();
        if !lines.is_empty() {
            self.own.insert("links".to_owned(), Field::List(lines));
        }
    }

    fn moment(&self, key: &str) -> Option<Millis> {
        let text = super::utc_millis(self.own_text(key)?.trim())?;
        Some(Millis(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
    }
}

/// A truth as people write it.
fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "yes" | "true" | "on" | "1")
}
