//! Who is here: what follows from the signs of life of a session, what it is called in short, and whose work touches
//! whose.
//! It must not know processes, connections or the clock; signs are handed in.
//! Invariant: a session that ended is never here, and one with an open connection never silent.

use std::collections::HashMap;

use crate::analyse::{is_stop_word, query_terms};
use crate::id::Millis;
use crate::memory::SessionRef;

/// A session's name is shown so short.
const SHORT: usize = 8;
/// A prefix that stands for a session has at least so many characters.
pub const LEAST_PREFIX: usize = 4;
/// Words of two tasks are worth telling from so many on: one alone is in every other task.
const SHARED_WORDS: usize = 2;

/// How a session is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its process holds a connection, or it was heard of a moment ago.
    Here,
    /// Nothing was heard of it for a while, and nothing holds it.
    Silent,
    /// It ended.
    Left,
}

impl State {
    /// The word at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Here => "here",
            State::Silent => "silent",
            State::Left => "left",
        }
    }
}

/// What is known of a session's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// When it ended, if it did.
    pub left: Option<Millis>,
    /// Connections that its process holds open.
    pub connections: usize,
    /// When it was heard of last.
    pub seen: Millis,
}

impl Signs {
    /// How it is there at `now`, where what is silent for `patience` ms counts as silent.
    pub fn state(self, now: Millis, patience: i64) -> State {
        match self {
            Signs { left: Some(_), .. } => State::Left,
            Signs { connections: 1.., .. } => State::Here,
            // A clock that was set back makes nobody silent.
            Signs { seen, .. } if now.0.saturating_sub(seen.0) < patience => State::Here,
            _ => State::Silent,
        }
    }
}

/// A session as it is shown where its agent is known anyway: the first characters of its id.
pub fn short(session: &SessionRef) -> &str {
    session.id.char_indices().nth(SHORT).map_or(&session.id, |(end, _)| &session.id[..end])
}

/// A session as it is shown where several agents may be meant.
pub fn shown(session: &SessionRef) -> String {
    format!("{}/{}", session.agent, short(session))
}

/// Whether `name` can stand for `session`: its whole name, its id, or enough of the beginning of either.
pub fn is_named(session: &SessionRef, name: &str) -> bool {
    let id = match name.split_once('/') {
        Some((agent, id)) if agent == session.agent => id,
        _ => name,
    };
    session.id == id || id.chars().count() >= LEAST_PREFIX && session.id.starts_with(id)
}

/// What two sessions share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Files that both edit.
    pub files: Vec<String>,
    /// Words that both tasks have, as the other's says them.
    pub words: Vec<String>,
}

impl Overlap {
    /// What one with these files and this task shares with another.
    pub fn of(own: (&[String], Option<&str>), other: (&[String], Option<&str>)) -> Self {
        let files = other.0.iter().filter(|file| own.0.contains(file)).cloned().collect();
        let words = match (own.1, other.1) {
            (Some(own), Some(other)) => shared(own, other),
            _ => Vec::new(),
        };
        Self { files, words }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.words.is_empty()
    }
}

/// Words of `other` that mean what a word of `own` does; none where they are too few to say anything.
fn shared(own: &str, other: &str) -> Vec<String> {
    let meant: Vec<String> = query_terms(own);
    let mut said: HashMap<String, &str> = HashMap::new();
    let words = other.split(|c: char| c.is_whitespace() || ",;:!?()\"".contains(c));
    let words: Vec<&str> = words.map(|word| word.trim_matches('.')).filter(|word| !word.is_empty()).collect();
    let mut found = Vec::new();
    for word in words.iter().filter(|word| !is_stop_word(&word.to_lowercase())) {
        let terms = query_terms(word);
        let is_meant = !terms.is_empty() && terms.iter().any(|term| meant.contains(term));
        let key = terms.join(" ");
        if is_meant && said.insert(key, word).is_none() {
            found.push((*word).to_owned());
        }
    }
    if found.len() < SHARED_WORDS { Vec::new() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: &str) -> SessionRef {
        SessionRef { agent: "claude-code".into(), id: id.into() }
    }

    #[test]
    fn signs_of_life_say_how_a_session_is_there() {
        let signs =
            |left: Option<i64>, connections, seen| Signs { left: left.map(Millis), connections, seen: Millis(seen) };
        for (signs, expect) in [
            (signs(None, 0, 1_000), State::Here),
            (signs(None, 0, 500), State::Silent),
            (signs(None, 1, 0), State::Here),
            (signs(Some(900), 1, 1_000), State::Left),
            (signs(Some(900), 0, 0), State::Left),
            // The clock was set back.
            (signs(None, 0, 9_000), State::Here),
            (signs(None, 0, i64::MIN), State::Silent),
        ] {
            assert_eq!(signs.state(Millis(1_400), 500), expect, "{signs:?}");
        }
    }

    #[test]
    fn a_session_is_named_by_enough_of_its_id() {
        for (name, is_meant) in [
            ("claude-code/1f2e3d4c-aa", true),
            ("1f2e3d4c-aa", true),
            ("1f2e", true),
            ("claude-code/1f2e3", true),
            ("1f2", false),
            ("codex/1f2e3d4c-aa", false),
            ("2e3d", false),
            ("", false),
        ] {
            assert_eq!(is_named(&session("1f2e3d4c-aa"), name), is_meant, "{name}");
        }
        assert!(is_named(&session("s1"), "s1"), "a short id is named whole");
        assert_eq!((short(&session("1f2e3d4c-aa")), short(&session("äöüß"))), ("1f2e3d4c", "äöüß"));
        assert_eq!(shown(&session("1f2e3d4c-aa")), "claude-code/1f2e3d4c");
    }

    #[test]
    fn work_that_touches_is_told_and_one_common_word_is_not() {
        let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (own, other, shared_files, words) in [
            ((&["a.rs", "b.rs"][..], None), (&["b.rs", "c.rs"][..], None), &["b.rs"][..], &[][..]),
            ((&[], Some("fix the login form")), (&[], Some("Login forms: add tests")), &[], &["Login", "forms"]),
            ((&[], Some("fix the login")), (&[], Some("the login page")), &[], &[]),
            ((&[], Some("fix")), (&[], None), &[], &[]),
            ((&[], Some("login login")), (&[], Some("login login login")), &[], &[]),
        ]
            as [((&[&str], Option<&str>), (&[&str], Option<&str>), &[&str], &[&str]); 5]
        {
            let found = Overlap::of((&files(own.0), own.1), (&files(other.0), other.1));
            assert_eq!(found, Overlap { files: files(shared_files), words: files(words) }, "{own:?} {other:?}");
            assert_eq!(found.is_empty(), shared_files.is_empty() && words.is_empty());
        }
    }
}
