//! What was said of files to which session, so that nothing is said twice.
//! It must not know what was said.
//! Invariant: bounded: a few files a session, the newest sessions. What it has forgotten the ledger knows.

use std::collections::VecDeque;

use quipu_core::id::Millis;

/// A session is told so much at most.
const FILES: usize = 5;
/// So many sessions are remembered.
const SESSIONS: usize = 256;
/// So many warnings are remembered.
const WARNED: usize = 1_024;
/// Somebody who goes on editing is told of again after so long, in ms.
const AGAIN: i64 = 300_000;

/// Sessions with the files that they were told something of, the newest last.
#[derive(Debug, Default)]
pub(in crate::service) struct Told(VecDeque<(String, Vec<String>)>, VecDeque<Warned>);

/// A session, a file, and the newest edit of others that it was told of.
type Warned = (String, String, Millis);

impl Told {
    /// Whether it knows what `session` was told, if only that it was nothing.
    pub(super) fn knows(&self, session: &str) -> bool {
        self.0.iter().any(|(name, _)| name == session)
    }

    /// Takes what `session` was told from elsewhere, unless it knows it.
    pub(super) fn learn(&mut self, session: &str, files: Vec<String>) {
        if !self.knows(session) {
            self.put(session.to_owned(), files);
        }
    }

    /// The session's context is empty: it may be told everything again.
    pub(super) fn forget(&mut self, session: &str) {
        self.0.retain(|(name, _)| name != session);
        self.1.retain(|(name, ..)| name != session);
    }

    /// Whether `session` may still be told something of `file`.
    pub(super) fn may(&self, session: &str, file: &str) -> bool {
        let files = self.0.iter().find(|(name, _)| name == session).map(|(_, files)| files);
        files.is_none_or(|files| files.len() < FILES && files.iter().all(|told| told != file))
    }

    /// Notes that `session` is told of an edit of `file` by others at `at`; says whether that is news to it.
    pub(super) fn warn(&mut self, session: &str, file: &str, at: Millis) -> bool {
        let is_it = |(known, name, _): &Warned| known == session && name == file;
        let known = self.1.iter().position(is_it).and_then(|place| self.1.remove(place));
        let is_news = known.as_ref().is_none_or(|(_, _, told)| at.0 - told.0 > AGAIN);
        self.1.push_back((session.to_owned(), file.to_owned(), if is_news { at } else { known.map_or(at, |k| k.2) }));
        if self.1.len() > WARNED {
            self.1.pop_front();
        }
        is_news
    }

    /// It was not told of that edit after all.
    pub(super) fn unwarn(&mut self, session: &str, file: &str) {
        self.1.retain(|(known, name, _)| (known.as_str(), name.as_str()) != (session, file));
    }

    /// It was told nothing of that file after all.
    pub(super) fn untell(&mut self, session: &str, file: &str) {
        let known = self.0.iter_mut().filter(|(name, _)| name == session);
        known.for_each(|(_, files)| files.retain(|told| told != file));
    }

    /// Notes that it is told; says whether it still may be, for two may ask at once.
    pub(super) fn tell(&mut self, session: &str, file: &str) -> bool {
        if !self.may(session, file) {
            return false;
        }
        let known = self.0.iter().position(|(name, _)| name == session).and_then(|at| self.0.remove(at));
        let (name, mut files) = known.unwrap_or_else(|| (session.to_owned(), Vec::new()));
        files.push(file.to_owned());
        self.put(name, files);
        true
    }

    fn put(&mut self, session: String, files: Vec<String>) {
        self.0.push_back((session, files));
        if self.0.len() > SESSIONS {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_once_and_five_at_most() {
        let mut told = Told::default();
        assert!(told.may("s", "a") && told.tell("s", "a") && !told.may("s", "a") && !told.tell("s", "a"));
        assert!(told.tell("t", "a"));
        assert!(["b", "c", "d", "e"].iter().all(|file| told.tell("s", file)));
        assert!(!told.may("s", "f") && told.may("t", "f"));
        told.untell("s", "c");
        assert!(!told.may("s", "a") && told.tell("s", "c") && !told.may("s", "f"), "one more may be told");
        told.forget("s");
        assert!(!told.knows("s") && told.may("s", "a"));
        told.learn("s", vec!["a".into()]);
        told.learn("t", vec!["z".into()]);
        assert!(told.knows("s") && !told.may("s", "a") && told.may("t", "z"), "what it knows it knows better");
    }

    #[test]
    fn the_edits_of_others_are_told_once_and_again_after_a_while() {
        let mut told = Told::default();
        let mut warn = |session: &str, file: &str, at: i64| told.warn(session, file, Millis(at));
        assert!(warn("s", "a", 0) && !warn("s", "a", 0) && !warn("s", "a", AGAIN) && warn("s", "a", AGAIN + 1));
        assert!(warn("t", "a", 0) && warn("s", "b", 0));
        told.unwarn("t", "a");
        assert!(told.warn("t", "a", Millis(1)) && !told.warn("s", "b", Millis(1)), "it was not told");
        told.forget("s");
        assert!(told.warn("s", "a", Millis(0)), "its context is empty");
    }

    #[test]
    fn old_sessions_are_forgotten() {
        let mut told = Told::default();
        assert!((0..SESSIONS + 9).all(|n| told.tell(&format!("s{n}"), "a")));
        assert_eq!(told.0.len(), SESSIONS);
        assert!(told.may("s0", "a") && !told.may(&format!("s{}", SESSIONS + 8), "a"));
    }
}
