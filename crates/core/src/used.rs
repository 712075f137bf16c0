//! Whether a session went by a memory that it was given: the memory's id, its file or its wording comes again.
//! It must not know the store, nor when anything was said: what stood before and what came after are arguments.
//! Invariant: what the prompt or the session itself had said before is no sign.

use std::collections::HashSet;

use crate::analyse::Analyser;
use crate::id::MemoryId;

/// How it is known that a memory was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace {
    /// Its id was named.
    Id,
    /// A file that it is about was changed, and nobody had named or changed it before.
    File,
    /// Several stretches of its wording came again.
    Words,
}

impl Trace {
    /// The word in the store and at every door.
    pub fn as_str(self) -> &'static str {
        match self {
            Trace::Id => "id",
            Trace::File => "file",
            Trace::Words => "words",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Trace::Id, Trace::File, Trace::Words].into_iter().find(|trace| trace.as_str() == name)
    }
}

/// So many characters of an id name it: the time and twelve bits of chance.
const ID: usize = 18;
/// Words in a stretch, those that say nothing left out.
const STRETCH: usize = 3;
/// Stretches that have to come again: one is soon a coincidence, two are four words in a row or two sayings.
const ENOUGH: usize = 2;
/// A memory of more files than this is about none of them in particular.
const FILES: usize = 5;

/// What a text says, ready to be compared.
#[derive(Debug, Default)]
pub struct Wording {
    terms: HashSet<u64>,
    stretches: HashSet<[u64; STRETCH]>,
}

impl Wording {
    /// The wording of `text`.
    pub fn of(analyser: &mut Analyser, text: &str) -> Self {
        let mut terms = Vec::new();
        analyser.terms(text, |term| terms.push(code(term.text)));
        let stretches = terms.windows(STRETCH).filter_map(|w| {
            let stretch: [u64; STRETCH] = w.try_into().ok()?;
            // A word said three times says one thing.
            (stretch[0] != stretch[1] && stretch[1] != stretch[2] && stretch[0] != stretch[2]).then_some(stretch)
        });
        Self { stretches: stretches.collect(), terms: terms.into_iter().collect() }
    }

    /// Adds what another text says.
    pub fn add(&mut self, other: Self) {
        self.terms.extend(other.terms);
        self.stretches.extend(other.stretches);
    }
}

/// A memory that was given.
#[derive(Debug)]
pub struct Given<'a> {
    /// Its id.
    pub id: MemoryId,
    /// What it says.
    pub wording: &'a Wording,
    /// The files that it is about.
    pub files: &'a [String],
}

/// What the session said or did later.
#[derive(Debug)]
pub struct Later<'a> {
    /// Its text, without what tools said.
    pub text: &'a str,
    /// What that says.
    pub wording: &'a Wording,
    /// The files that it changed.
    pub files: &'a [String],
}

/// What was there before the memory was given.
#[derive(Debug, Default)]
pub struct Before<'a> {
    /// The prompt, and what the session had said.
    pub wording: Wording,
    /// The same as texts: a file may be named in them.
    pub texts: Vec<&'a str>,
    /// Files that the session had changed.
    pub files: HashSet<&'a str>,
}

/// The sign, if there is one, that `later` goes by what was given.
pub fn trace(given: &Given<'_>, before: &Before<'_>, later: &Later<'_>) -> Option<Trace> {
    let id = given.id.to_string();
    let is_named = |text: &str| text.contains(&id[..ID]);
    if is_named(later.text) && !before.texts.iter().any(|text| is_named(text)) {
        return Some(Trace::Id);
    }
    let is_new = |file: &str| {
        let name = file.rsplit('/').next().unwrap_or(file);
        !before.files.contains(file) && !before.texts.iter().any(|text| text.contains(name))
    };
    if given.files.len() <= FILES && given.files.iter().any(|file| later.files.contains(file) && is_new(file)) {
        return Some(Trace::File);
    }
    let shared = given.wording.stretches.iter().filter(|stretch| {
        later.wording.stretches.contains(*stretch)
            && !before.wording.stretches.contains(*stretch)
            && stretch.iter().any(|term| !before.wording.terms.contains(term))
    });
    (shared.take(ENOUGH).count() == ENOUGH).then_some(Trace::Words)
}

/// A short code for a term (FNV-1a); two of one code in one session would have to stand in one stretch.
fn code(term: &str) -> u64 {
    term.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const GIVEN: &str =
        "The spool renames without fsync because a hook has no time; the sweep covers what power loss takes.";

    /// Memory, its files, what stood before with its files, what came after with its files.
    type Case<'a> = (&'a str, &'a [&'a str], &'a str, &'a [&'a str], &'a str, &'a [&'a str]);

    fn check((given, files, before, changed, later, did): Case<'_>) -> Option<Trace> {
        let mut analyser = Analyser::new();
        let owned = |files: &[&str]| files.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>();
        let (files, did) = (owned(files), owned(did));
        let (given, said) = (Wording::of(&mut analyser, given), Wording::of(&mut analyser, later));
        let id = MemoryId(Uuid::from_u128(0x0193_e0a4_7c1e_7abc_8def_0000_0000_0001));
        let before = Before {
            wording: Wording::of(&mut analyser, before),
            texts: vec![before],
            files: changed.iter().copied().collect(),
        };
        let given = Given { id, wording: &given, files: &files };
        trace(&given, &before, &Later { text: later, wording: &said, files: &did })
    }

    #[test]
    fn wording_that_comes_again_is_a_sign_and_the_prompts_own_is_none() {
        let asked = "why does the spool not fsync?";
        for (before, later, expect) in [
            (asked, "As noted, the sweep covers what power loss takes, so I leave it.", Some(Trace::Words)),
            (asked, "It renames without fsync, because a hook has no time.", Some(Trace::Words)),
            (asked, "I do not know why the spool does not fsync.", None),
            (asked, "The sweep runs every five minutes.", None),
            (asked, "", None),
            // The session knew it.
            (
                "A rename without fsync: the sweep covers what power loss takes.",
                "the sweep covers what power loss takes",
                None,
            ),
            ("", "日本語のテキスト", None),
        ] {
            assert_eq!(check((GIVEN, &[], before, &[], later, &[])), expect, "{later}");
        }
        let wide = "書き込みは一つのスレッドだけが行うので競合は起きない";
        assert_eq!(check((wide, &[], "", &[], "つまり書き込みは一つのスレッドだけが行う", &[])), Some(Trace::Words));
    }

    #[test]
    fn its_id_and_its_file_are_signs() {
        let id = "see 0193e0a4-7c1e-7abc-8def-000000000001 for that";
        assert_eq!(check((GIVEN, &[], "", &[], id, &[])), Some(Trace::Id));
        assert_eq!(check((GIVEN, &[], "", &[], "see memory 0193e0a4-7c1e-7abc", &[])), Some(Trace::Id));
        assert_eq!(check((GIVEN, &[], id, &[], id, &[])), None, "whoever asked had named it");
        assert_eq!(check((GIVEN, &[], "", &[], "see 0193e0a4-7c1e-7fff", &[])), None);
        let file: &[&str] = &["/p/src/spool.rs"];
        assert_eq!(check((GIVEN, file, "go on", &[], "done", file)), Some(Trace::File));
        assert_eq!(check((GIVEN, file, "look at spool.rs", &[], "done", file)), None, "it was asked for");
        assert_eq!(check((GIVEN, file, "go on", file, "done", file)), None, "it was being edited");
        assert_eq!(check((GIVEN, file, "go on", &[], "done", &["/p/src/other.rs"])), None);
        let many: &[&str] = &["/a", "/b", "/c", "/d", "/e", "/p/src/spool.rs"];
        assert_eq!(check((GIVEN, many, "go on", &[], "done", file)), None, "a session that changed everything");
    }

    #[test]
    fn every_trace_reads_back() {
        assert!([Trace::Id, Trace::File, Trace::Words].into_iter().all(|t| Trace::parse(t.as_str()) == Some(t)));
    }
}
