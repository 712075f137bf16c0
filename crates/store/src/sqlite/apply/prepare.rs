//! What can be done to a write before it queues: cut its body, find its terms and its meaning.
//! It must not know rows, queues or commits.
//! Invariant: works on the caller's thread, so the writer never waits for an analyser or a model.

use std::borrow::Cow;
use std::ops::Range;

use quipu_core::analyse::Analyser;
use quipu_core::class::Class;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::{Note, ProjectKey};
use quipu_embed::Passage;
use quipu_structure::{Language, chunks};

use super::Meaning;
use crate::sqlite::text::tail::TailChunk;
use crate::write::{HookTurn, SessionMark, TurnBatch, Write};

/// A write with everything done that needs no database: chunked, analysed and embedded.
pub(in crate::sqlite) enum Prepared {
    Note(Box<Note>, Text),
    Turns(Box<TurnBatch>, Vec<Text>),
    Hook(Box<HookTurn>, Text),
    Session(Box<SessionMark>),
    MergeProjects {
        old: ProjectKey,
        new: ProjectKey,
    },
    Pause {
        project: Option<ProjectKey>,
        until: Option<Millis>,
    },
    Resume {
        project: Option<ProjectKey>,
    },
    AddRoot(std::path::PathBuf),
    /// Vectors of this model's row that chunks lacked.
    Vectors(i64, Vec<(u32, Passage)>),
}

/// A body's chunks, ready for rows, indexes and tail.
pub(in crate::sqlite) struct Text {
    pub(super) chunks: Vec<Chunk>,
    /// Row of the model that embedded them.
    pub(super) model: i64,
}

/// One of them.
pub(super) struct Chunk {
    pub(super) range: Range<usize>,
    pub(super) terms: TailChunk,
    pub(super) passage: Passage,
}

/// What decides where a body is cut.
#[derive(Clone, Copy)]
struct Form<'a> {
    class: Class,
    /// The file it is of, where it is of one: its ending tells the language.
    path: Option<&'a str>,
}

impl Form<'_> {
    /// Of what a hook or a person brought.
    fn of(kind: Kind) -> Self {
        Self { class: Class::of_kind(kind), path: None }
    }
}

impl Text {
    fn of(analyser: &mut Analyser, meaning: &Meaning, title: Option<&str>, body: &str, kind: Form<'_>) -> Self {
        let cut = chunks(body, kind.class, kind.path.and_then(Language::of_path)).into_iter().enumerate();
        let chunks = cut.map(|(n, range)| {
            let text = match title {
                Some(title) if n == 0 => Cow::Owned(format!("{title}\n{}", &body[range.clone()])),
                _ => Cow::Borrowed(&body[range.clone()]),
            };
            let passage = meaning.embedder.passage(&text);
            Chunk { range, terms: TailChunk::new(analyser, &text), passage }
        });
        Text { chunks: chunks.collect(), model: meaning.model }
    }
}

/// Does the work that needs no database, on the caller's thread.
pub(in crate::sqlite) fn prepare(write: Write, meaning: &Meaning) -> Prepared {
    // Of two at the same time the second pays for a cold cache; nobody waits.
    let mut kept = meaning.analyser.try_lock().ok();
    let mut fresh = Analyser::new();
    let analyser = kept.as_deref_mut().unwrap_or(&mut fresh);
    match write {
        Write::Note(note) => {
            let text = Text::of(analyser, meaning, note.title.as_deref(), &note.body, Form::of(note.kind));
            Prepared::Note(note, text)
        }
        Write::Turns(batch) => {
            let texts = batch.turns.iter().map(|ready| {
                let turn = &ready.turn;
                let form = Form { class: turn.class, path: turn.files.first().map(String::as_str) };
                Text::of(analyser, meaning, None, &turn.body, form)
            });
            let texts = texts.collect();
            Prepared::Turns(batch, texts)
        }
        Write::Hook(hook) => {
            let text = Text::of(analyser, meaning, None, &hook.body, Form::of(hook.kind));
            Prepared::Hook(hook, text)
        }
        Write::Session(mark) => Prepared::Session(mark),
        Write::MergeProjects { old, new } => Prepared::MergeProjects { old, new },
        Write::Pause { project, until } => Prepared::Pause { project, until },
        Write::Resume { project } => Prepared::Resume { project },
        Write::AddRoot(path) => Prepared::AddRoot(path),
    }
}
