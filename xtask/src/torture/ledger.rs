//! What was tried and what was acknowledged, written down outside of quipu.
//!
//! It must not know who tried it. Invariant: a text is written down before it is handed over, and its acknowledgement
//! only after it came.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many complaints are told in full.
const TOLD: usize = 20;

#[derive(Default)]
pub(super) struct Ledger(Mutex<Book>);

#[derive(Default)]
struct Book {
    /// Each text, with the id that was acknowledged for it.
    tried: HashMap<String, Option<String>>,
    refused: usize,
    searches: usize,
    hooks: usize,
    complaints: Vec<String>,
}

impl Ledger {
    pub(super) fn tries(&self, text: &str) {
        self.lock().tried.insert(text.to_owned(), None);
    }

    pub(super) fn acknowledged(&self, text: &str, id: &str) {
        self.lock().tried.insert(text.to_owned(), Some(id.to_owned()));
    }

    /// An error: the text may be there or not, but not twice.
    pub(super) fn refused(&self) {
        self.lock().refused += 1;
    }

    pub(super) fn searched(&self) {
        self.lock().searches += 1;
    }

    pub(super) fn hooked(&self) {
        self.lock().hooks += 1;
    }

    /// Something that must not happen, whatever goes wrong.
    pub(super) fn complain(&self, what: String) {
        self.lock().complaints.push(what);
    }

    pub(super) fn complaints(&self) -> Vec<String> {
        self.lock().complaints.iter().take(TOLD).cloned().collect()
    }

    /// Whether nothing was acknowledged.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().tried.values().all(Option::is_none)
    }

    /// How many acknowledged texts are not among `kept`, and how many are there more than once.
    pub(super) fn compare(&self, kept: &[(String, String)]) -> (usize, usize) {
        let mut there: HashMap<&str, Vec<&str>> = HashMap::new();
        for (text, id) in kept {
            there.entry(text).or_default().push(id);
        }
        let mut book = self.lock();
        let acknowledged = book.tried.iter().filter_map(|(text, id)| Some((text, id.as_ref()?)));
        let lost: Vec<String> = acknowledged
            .filter(|(text, id)| there.get(text.as_str()).is_none_or(|ids| !ids.contains(&id.as_str())))
            .map(|(text, id)| format!("lost: {text} ({id})"))
            .collect();
        let twice = there.iter().filter(|(_, ids)| ids.len() > 1);
        let doubled: Vec<String> = twice.map(|(text, ids)| format!("there {} times: {text}", ids.len())).collect();
        let unknown = there.keys().filter(|text| !book.tried.contains_key(**text));
        let made_up: Vec<String> = unknown.map(|text| format!("nobody wrote: {text}")).collect();
        let counts = (lost.len(), doubled.len());
        book.complaints.extend(lost.into_iter().chain(doubled).chain(made_up));
        counts
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let book = self.lock();
        let acknowledged = book.tried.values().flatten().count();
        let (tried, refused) = (book.tried.len(), book.refused);
        write!(f, "{tried} texts, {acknowledged} acknowledged, {refused} refused, {} of hooks, ", book.hooks)?;
        write!(f, "{} searches answered", book.searches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_doubled_or_made_up_is_told() {
        let ledger = Ledger::default();
        for text in ["kept", "lost", "twice", "refused"] {
            ledger.tries(text);
        }
        assert!(ledger.is_empty());
        ["kept", "lost", "twice"].iter().for_each(|text| ledger.acknowledged(text, text));
        let there = ["kept", "twice", "twice", "nobody's"].map(|text| (text.to_owned(), text.to_owned()));
        assert_eq!(ledger.compare(&there), (1, 1));
        assert_eq!(ledger.complaints().len(), 3);
        assert!(!ledger.is_empty());
    }
}
