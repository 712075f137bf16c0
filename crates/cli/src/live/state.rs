//! The view as it stands, and what keys and answers make of it: a machine that does nothing by itself.
//! It must not know the terminal, the daemon or the clock; what is to be done it gives back as an effect.
//! Invariant: only the answer to the newest question changes the list, and a selected row is there.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Zoned;
use quipu_core::analyse;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::MemoryView;

use super::filters::{Asked, Filters, Question};
use super::input::{Input, Reach, Side};
use super::item::Item;
use super::keys::{Command, Screen};
use super::page::{Key, Page};
use super::worker::{Answer, Found, Then};
use crate::commands::project_name;
use crate::plain::plain_line;

/// What the loop has to do for a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Ask the daemon anew.
    Ask,
    /// Give this id to the terminal's clipboard.
    Copy(String),
    /// Draw everything again.
    Redraw,
    /// End.
    Leave,
}

/// A memory on the screen, and how far it was scrolled.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    pub(super) page: Page,
    /// The first line shown.
    pub(super) top: usize,
    /// Lines that there is room for.
    pub(super) rows: usize,
}

/// Whole memories that are kept; beyond that all are asked for again.
const KEPT: usize = 64;

/// Everything that is drawn.
#[derive(Debug)]
pub(super) struct State {
    pub(super) screen: Screen,
    /// The screen that help was called from.
    under_help: Screen,
    pub(super) help_top: usize,
    pub(super) input: Input,
    pub(super) filters: Filters,
    pub(super) items: Vec<Item>,
    pub(super) selected: usize,
    /// The first row of the list that is shown, and how many there is room for; drawing sets them.
    pub(super) list_top: usize,
    pub(super) list_rows: usize,
    pub(super) preview: Option<Sheet>,
    pub(super) reader: Option<Sheet>,
    /// What the shown results were found by.
    pub(super) terms: HashSet<String>,
    wholes: HashMap<String, Result<MemoryView, String>>,
    fetching: Option<String>,
    asked: u64,
    answered: u64,
    /// How long the newest question has waited.
    pub(super) waited: Duration,
    /// What the last answer said of itself.
    pub(super) summary: String,
    pub(super) note: Option<String>,
    pub(super) trouble: Option<String>,
    /// What the last command said.
    pub(super) said: Option<String>,
    /// The project that was searched, if not all.
    pub(super) project: Option<String>,
    /// The id that was copied last.
    pub(super) copied: Option<String>,
}

impl State {
    pub(super) fn new(asked: Asked) -> Self {
        Self {
            screen: Screen::List,
            under_help: Screen::List,
            help_top: 0,
            input: Input::new(&asked.query),
            filters: Filters::new(asked),
            items: Vec::new(),
            selected: 0,
            list_top: 0,
            list_rows: 1,
            preview: None,
            reader: None,
            terms: HashSet::new(),
            wholes: HashMap::new(),
            fetching: None,
            asked: 0,
            answered: 0,
            waited: Duration::ZERO,
            summary: String::new(),
            note: None,
            trouble: None,
            said: None,
            project: None,
            copied: None,
        }
    }

    /// The question to be asked now; from now on answers to older ones are stale.
    pub(super) fn ask(&mut self, now: &Zoned) -> (u64, Question) {
        self.asked += 1;
        self.waited = Duration::ZERO;
        (self.asked, self.filters.question(self.input.text(), now))
    }

    /// Whether an answer is due.
    pub(super) fn is_waiting(&self) -> bool {
        self.answered < self.asked
    }

    pub(super) fn item(&self) -> Option<&Item> {
        self.items.get(self.selected)
    }

    /// The memory that should be fetched, told once.
    pub(super) fn wants(&mut self) -> Option<String> {
        let id = &self.items.get(self.selected)?.id;
        if self.wholes.contains_key(id) || self.fetching.as_ref() == Some(id) {
            return None;
        }
        self.fetching = Some(id.clone());
        self.fetching.clone()
    }

    /// Does what was commanded.
    pub(super) fn command(&mut self, command: Command) -> Option<Effect> {
        self.said = None;
        match command {
            Command::Leave => return Some(Effect::Leave),
            Command::Redraw => return Some(Effect::Redraw),
            Command::Copy => return self.copy(),
            Command::Help => self.help(),
            command => match self.screen {
                Screen::List => return self.in_list(command),
                Screen::Reader => self.in_reader(&command),
                Screen::Help => match command {
                    Command::Move(by) => self.help_top = self.help_top.saturating_add_signed(by),
                    _ => self.screen = self.under_help,
                },
            },
        }
        None
    }

    fn in_list(&mut self, command: Command) -> Option<Effect> {
        let before = self.input.text().to_owned();
        match command {
            Command::Type(text) if text == "?" && before.is_empty() => self.help(),
            Command::Type(text) => self.input.insert(&text),
            Command::Go(side, reach) => self.input.go(side, reach),
            Command::Delete(side, reach) => self.input.delete(side, reach),
            Command::EndOfInput if before.is_empty() => return Some(Effect::Leave),
            Command::EndOfInput => self.input.delete(Side::After, Reach::Character),
            Command::Move(by) => self.select(by),
            Command::Page(by) => self.select(by * self.list_rows.max(1).cast_signed()),
            Command::Scroll(by) => scroll(self.preview.as_mut(), by),
            Command::Open if self.item().is_some() => self.open(),
            Command::NextScope => return self.filtered(|filters| filters.scope.next()),
            Command::NextKinds => return self.filtered(|filters| filters.kinds.next()),
            Command::NextTime => return self.filtered(Filters::next_time),
            _ => {}
        }
        // Where only blanks came or went, the answer would be the same.
        (self.input.text().trim() != before.trim()).then_some(Effect::Ask)
    }

    fn in_reader(&mut self, command: &Command) {
        let sheet = self.reader.as_mut();
        let rows = sheet.as_ref().map_or(1, |sheet| sheet.rows).max(2).cast_signed() - 1;
        match command {
            Command::Move(by) => scroll(sheet, *by),
            Command::Page(by) => scroll(sheet, by * rows),
            Command::First => scroll(sheet, isize::MIN),
            Command::Last => scroll(sheet, isize::MAX),
            Command::Turn(by) => self.select(*by),
            Command::Back => self.screen = Screen::List,
            _ => {}
        }
    }

    fn help(&mut self) {
        if self.screen != Screen::Help {
            (self.under_help, self.screen, self.help_top) = (self.screen, Screen::Help, 0);
        }
    }

    fn open(&mut self) {
        (self.screen, self.reader) = (Screen::Reader, None);
    }

    fn copy(&mut self) -> Option<Effect> {
        let id = self.item()?.id.clone();
        self.said = Some(format!("copied {id}; it is told again when you leave"));
        self.copied = Some(id.clone());
        Some(Effect::Copy(id))
    }

    fn filtered(&mut self, change: impl FnOnce(&mut Filters)) -> Option<Effect> {
        change(&mut self.filters);
        self.project = None;
        Some(Effect::Ask)
    }

    fn select(&mut self, by: isize) {
        let last = self.items.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// Takes an answer in.
    pub(super) fn answer(&mut self, answer: Answer, now: &Zoned) {
        match answer {
            Answer::Found { asked, .. } if asked != self.asked => {}
            Answer::Found { asked, found: Ok(found), query } => {
                (self.answered, self.trouble, self.waited) = (asked, None, Duration::ZERO);
                self.terms = analyse::query_terms(&query).into_iter().collect();
                self.found(found, now);
            }
            Answer::Found { asked, found: Err((fault, then)), .. } => {
                if then == Then::Stays {
                    self.answered = asked;
                }
                self.trouble = Some(words(&fault, then));
            }
            Answer::Whole { id, memory } => self.whole(id, memory),
        }
    }

    fn found(&mut self, found: Found, now: &Zoned) {
        let (mode, fallback);
        match found {
            Found::Search(reply) => {
                self.items = reply.hits.iter().map(|hit| Item::of_hit(hit, &self.terms, now)).collect();
                self.summary = format!("{} in {:.1} ms", self.items.len(), reply.took_ms);
                self.project = reply.project.as_deref().map(project_name).map(|name| plain_line(&name));
                (mode, fallback) = (reply.mode, reply.fallback);
            }
            Found::Newest(reply) => {
                self.items = reply.memories.iter().rev().map(|memory| Item::of_memory(memory, now)).collect();
                self.summary = format!("the newest {}", self.items.len());
                (mode, fallback) = (reply.mode, None);
                for memory in reply.memories {
                    self.keep(plain_line(&memory.id), Ok(memory));
                }
            }
        }
        let mode = Some(mode).filter(|mode| mode != "owner").map(|mode| format!("mode: {mode}"));
        let notes: Vec<String> = fallback.into_iter().chain(mode).collect();
        self.note = (!notes.is_empty()).then(|| plain_line(&notes.join("; ")));
        (self.selected, self.list_top, self.preview) = (0, 0, None);
        if self.screen == Screen::Reader && self.items.is_empty() {
            self.screen = Screen::List;
        }
    }

    fn whole(&mut self, id: String, memory: Result<Box<MemoryView>, (Fault, Then)>) {
        if let Err((fault, Then::TriesAgain)) = memory {
            self.trouble = Some(words(&fault, Then::TriesAgain));
            return;
        }
        if self.fetching.as_ref() == Some(&id) {
            self.fetching = None;
        }
        if !self.is_waiting() {
            self.trouble = None;
        }
        self.keep(id, memory.map(|memory| *memory).map_err(|(fault, then)| words(&fault, then)));
    }

    fn keep(&mut self, id: String, memory: Result<MemoryView, String>) {
        // More at once than a screen needs: those of one answer of the timeline.
        if self.wholes.len() >= KEPT + self.items.len() {
            self.wholes.clear();
        }
        self.wholes.insert(id, memory);
    }

    /// The selected memory laid out for `rows` of `width` columns: the sheet that was there, as long as it fits.
    pub(super) fn sheet(&self, old: Option<Sheet>, width: usize, rows: usize, now: &Zoned) -> Option<Sheet> {
        let item = self.item()?;
        let whole = self.wholes.get(&item.id);
        let key = Key { id: item.id.clone(), width, is_whole: whole.is_some() };
        if let Some(mut sheet) = old.filter(|sheet| sheet.page.key == key) {
            (sheet.rows, sheet.top) = (rows, sheet.top.min(sheet.page.last(rows)));
            return Some(sheet);
        }
        let page = Page::new(item, whole, width, now);
        let top = if self.screen == Screen::Reader { 0 } else { page.first(rows) };
        Some(Sheet { page, top, rows })
    }
}

fn scroll(sheet: Option<&mut Sheet>, by: isize) {
    if let Some(sheet) = sheet {
        sheet.top = sheet.top.saturating_add_signed(by).min(sheet.page.last(sheet.rows));
    }
}

fn words(fault: &Fault, then: Then) -> String {
    let hint = fault.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let again = if then == Then::TriesAgain { "; trying again" } else { "" };
    plain_line(&format!("{}{again}{hint}", fault.message))
}

#[cfg(test)]
#[path = "state/tests.rs"]
mod tests;
