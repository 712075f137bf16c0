//! What became of an import, in numbers, and what is to be told of single memories.
//! It must not know how they were read or sent.
//! Invariant: every memory that was found is counted once: by its outcome, or by why it was passed over.

use std::collections::BTreeMap;
use std::time::Instant;

use quipu_protocol::wire::import::{ImportItem, ImportedView, LinkCounts};
use serde_json::{Value, json};

use crate::commands::stats::bytes;
use crate::output::{self, DIM, Form, WARN, styled};

/// Doubts and refusals that are told one by one.
const TOLD: usize = 1_000;
/// The same on a terminal: the rest is in `--json`.
const SHOWN: usize = 20;

pub(crate) struct Report {
    pub(super) source: String,
    pub(super) dry_run: bool,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) archived: u64,
    /// Links made, left out, and how many more wait for a memory than before.
    links: (u64, u64, i64),
    outcomes: BTreeMap<String, u64>,
    kinds: BTreeMap<String, u64>,
    skipped: BTreeMap<String, u64>,
    redacted: u64,
    /// Projects that are only names, with how many memories.
    unplaced: BTreeMap<String, u64>,
    notes: Vec<(String, String)>,
    notes_left_out: u64,
    started: Instant,
    took_ms: u64,
}

impl Report {
    pub(super) fn new(source: &str, dry_run: bool) -> Self {
        Self {
            source: source.to_owned(),
            dry_run,
            files: 0,
            bytes: 0,
            archived: 0,
            links: (0, 0, 0),
            outcomes: BTreeMap::new(),
            kinds: BTreeMap::new(),
            skipped: BTreeMap::new(),
            redacted: 0,
            unplaced: BTreeMap::new(),
            notes: Vec::new(),
            notes_left_out: 0,
            started: Instant::now(),
            took_ms: 0,
        }
    }

    /// The same when all is sent.
    pub(super) fn ended(mut self) -> Self {
        self.took_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Memories that were answered.
    pub(super) fn memories(&self) -> u64 {
        self.outcomes.values().sum()
    }

    pub(super) fn passed_over(&mut self, why: &'static str) {
        *self.skipped.entry(why.to_owned()).or_default() += 1;
    }

    pub(super) fn doubt(&mut self, place: &str, doubt: String) {
        if self.notes.len() < TOLD {
            self.notes.push((place.to_owned(), doubt));
        } else {
            self.notes_left_out += 1;
        }
    }

    /// Counts what became of links.
    pub(super) fn linked(&mut self, links: LinkCounts) {
        self.links.0 += u64::from(links.made);
        self.links.1 += u64::from(links.left_out);
        self.links.2 += i64::from(links.waiting);
    }

    /// Counts what became of a memory.
    pub(super) fn became(&mut self, item: &ImportItem, became: ImportedView) {
        let place = || match item.lines {
            Some((line, _)) if line > 1 => format!("{}:{line}", item.path),
            _ => item.path.clone(),
        };
        if became.outcome == "stored" || became.outcome == "changed" {
            *self.kinds.entry(item.kind.clone()).or_default() += 1;
            if let Some(name) = item.project.as_ref().filter(|project| !project.starts_with('/')) {
                *self.unplaced.entry(name.clone()).or_default() += 1;
            }
            if !became.redacted.is_empty() {
                self.redacted += 1;
                let labels = became.redacted.join(", ");
                self.doubt(&place(), format!("secrets were replaced, so its hash is another now: {labels}"));
            }
        }
        became.notes.into_iter().for_each(|note| self.doubt(&place(), note));
        if let Some(code) = became.code {
            *self.skipped.entry(code).or_default() += 1;
        }
        if let Some(reason) = became.reason {
            self.doubt(&place(), reason);
        }
        *self.outcomes.entry(became.outcome).or_default() += 1;
    }

    pub(super) fn print(&self, form: Form) {
        if form == Form::Json {
            return output::json(&self.json());
        }
        let counted = |counts: &BTreeMap<String, u64>| {
            counts.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
        };
        for (file, note) in self.notes.iter().take(SHOWN) {
            anstream::println!("{} {}: {}", styled(WARN, "note"), output::shown(file), output::shown(note));
        }
        let more = self.notes_left_out + self.notes.len().saturating_sub(SHOWN) as u64;
        if more > 0 {
            anstream::println!("{} {more} more {}", styled(WARN, "note"), styled(DIM, "(`--json` lists up to 1000)"));
        }
        let outcomes = if self.outcomes.is_empty() { "none".to_owned() } else { counted(&self.outcomes) };
        let speed = self.bytes.saturating_mul(1_000) / self.took_ms.max(1);
        let speed = format!("({}, {}/s)", bytes(self.bytes), bytes(speed));
        anstream::println!("{} files: {outcomes} {}", self.files, styled(DIM, &speed));
        for (word, counts) in [("kinds", &self.kinds), ("skipped", &self.skipped)] {
            if !counts.is_empty() {
                anstream::println!("  {}: {}", word, counted(counts));
            }
        }
        if self.redacted > 0 {
            anstream::println!("  redacted: secrets in {} were replaced", self.redacted);
        }
        if self.archived > 0 {
            anstream::println!("  archived: {}, for their source has them no more", self.archived);
        }
        let (made, left_out, waiting) = self.links;
        if made > 0 {
            anstream::println!("  links: {made}");
        }
        if left_out > 0 {
            let why = "(a circle, one of too many, or it leads where it may not)";
            anstream::println!("  links left out: {left_out} {}", styled(DIM, why));
        }
        if waiting > 0 {
            let why = "(for memories that are not here; they are made once those come)";
            anstream::println!("  links that wait: {waiting} {}", styled(DIM, why));
        }
        for (name, n) in &self.unplaced {
            let cure = format!("`quipu project merge '{name}' DIR` gives them a place");
            anstream::println!("  {n} of a project that is only a name here, {name} {}", styled(DIM, &cure));
        }
        if self.dry_run {
            anstream::println!("nothing was brought in: leave out `--dry-run` for that");
        }
    }

    fn json(&self) -> Value {
        let notes: Vec<_> = self.notes.iter().map(|(file, note)| json!({ "file": file, "warning": note })).collect();
        json!({
            "source": self.source, "files": self.files, "bytes": self.bytes, "took_ms": self.took_ms,
            "outcomes": self.outcomes, "kinds": self.kinds, "skipped": self.skipped, "redacted": self.redacted,
            "archived": self.archived, "links": { "made": self.links.0, "left_out": self.links.1, "waiting": self.links.2 },
            "unplaced": self.unplaced, "warnings": notes,
            "warnings_left_out": self.notes_left_out, "dry_run": self.dry_run,
        })
    }
}
