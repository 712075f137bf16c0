//! A memory laid out for a width: title, facts, text, in lines of that width.
//! It must not know the screen beyond its width.
//! Invariant: its lines are ranges of its text, in order, none wider than the width; all of it is plain.

use std::ops::Range;

use jiff::Zoned;
use quipu_protocol::wire::memory::MemoryView;

use super::item::Item;
use crate::commands::facts;
use crate::plain::{plain, plain_line, wrap};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Fact,
    Body,
}

/// What a page is of; another one has to be laid out when any of it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) width: usize,
    /// Whether the whole memory was there.
    pub(super) is_whole: bool,
}

/// A memory in lines.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) key: Key,
    text: String,
    lines: Vec<(Role, Range<usize>)>,
    /// The line where what matched begins, or the text.
    interest: usize,
}

/// So much of a chunk is enough to find it again in its memory.
const CHUNK_START: usize = 120;
/// Columns of a fact's name, and the space after it.
const NAME: usize = 10;

impl Page {
    /// Lays `item` out: the whole memory where it is there, else what matched, and `trouble` if the rest cannot be had.
    pub(super) fn new(item: &Item, whole: Option<&Result<MemoryView, String>>, width: usize, now: &Zoned) -> Self {
        let key = Key { id: item.id.clone(), width, is_whole: whole.is_some() };
        let mut page = Self { key, text: String::new(), lines: Vec::new(), interest: 0 };
        let Some(Ok(memory)) = whole else {
            if let Some(Err(trouble)) = whole {
                page.add(Role::Fact, &plain(trouble));
            }
            page.add(Role::Body, &item.chunk);
            return page;
        };
        if let Some(title) = &memory.title {
            page.add(Role::Title, &plain_line(title));
        }
        for (name, value) in facts(memory, now) {
            page.fact(name, &plain_line(&value));
        }
        page.fact("id", &item.id);
        if let Some(why) = &item.why {
            page.fact("why", why);
        }
        page.add(Role::Body, "");
        page.interest = page.lines.len();
        let from = page.text.len();
        page.add(Role::Body, &plain(&memory.text));
        let start = item.chunk.char_indices().nth(CHUNK_START).map_or(item.chunk.len(), |(at, _)| at);
        if item.is_partial
            && let Some(at) = page.text[from..].find(item.chunk[..start].trim())
        {
            let line = page.lines.partition_point(|(_, line)| line.start <= from + at);
            page.interest = line.saturating_sub(1);
        }
        page
    }

    /// A fact, its name to the left of all its lines, where there is room for that.
    fn fact(&mut self, name: &str, value: &str) {
        let width = self.key.width.saturating_sub(NAME);
        if width < NAME {
            return self.add(Role::Fact, &format!("{name} {value}"));
        }
        for (n, line) in wrap(value, width).into_iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            self.add(Role::Fact, &format!("{name:>0$} {1}", NAME - 1, &value[line]));
        }
    }

    fn add(&mut self, role: Role, text: &str) {
        let from = self.text.len();
        self.text.push_str(text);
        let lines = wrap(text, self.key.width);
        self.lines.extend(lines.into_iter().map(|line| (role, from + line.start..from + line.end)));
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Lines from `top` on.
    pub(super) fn from(&self, top: usize) -> impl Iterator<Item = (Role, &str)> {
        self.lines.iter().skip(top).map(|(role, line)| (*role, &self.text[line.clone()]))
    }

    /// The first line to be shown in so many `rows`, before anybody scrolled: the page's own first, unless what matters
    /// would not be seen then.
    pub(super) fn first(&self, rows: usize) -> usize {
        let seen = if self.interest + 3 <= rows { 0 } else { self.interest };
        seen.min(self.last(rows))
    }

    /// The furthest that it is worth scrolling to.
    pub(super) fn last(&self, rows: usize) -> usize {
        self.len().saturating_sub(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{item, now, whole};
    use super::*;

    #[test]
    fn a_page_begins_with_what_matters() {
        let text = format!("{}\nthe needle is here\n{}", "before ".repeat(300), "after ".repeat(50));
        let mut item = item("1", "needle");
        (item.chunk, item.is_partial) = ("the needle is here\nafter".to_owned(), true);
        let page = Page::new(&item, Some(&Ok(whole("1", &text))), 40, &now());
        assert!(page.from(page.first(10)).next().unwrap().1.contains("the needle is here"));
        assert_eq!(page.first(1_000), 0, "where all of it fits, it begins at its beginning");
        let lines: Vec<_> = page.from(0).collect();
        assert!(lines.iter().any(|(role, line)| *role == Role::Fact && line.contains("project")), "{lines:?}");
        assert!(lines.iter().all(|(_, line)| line.chars().count() <= 40), "{lines:?}");
        assert_eq!(page.from(page.last(10)).count(), 10);
    }

    #[test]
    fn until_the_whole_is_there_the_part_is_shown() {
        let item = item("1", "a part");
        assert_eq!(Page::new(&item, None, 40, &now()).from(0).collect::<Vec<_>>(), [(Role::Body, "a part")]);
        let gone = Page::new(&item, Some(&Err("it is \x1bgone".to_owned())), 40, &now());
        let lines: Vec<_> = gone.from(0).collect();
        assert_eq!(lines, [(Role::Fact, "it is ␛gone"), (Role::Body, "a part")]);
    }
}
