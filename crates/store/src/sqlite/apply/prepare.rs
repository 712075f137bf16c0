//! What can be done to a write before it queues: cut its body, find its terms and its meaning.
//! It must not know rows, queues or commits.
//! Invariant: works on the caller's thread, so the writer never waits for an analyser or a model.

use std::borrow::Cow;
use std::ops::Range;

use quipu_core::analyse::Analyser;
use quipu_core::change::{Content, Edit, NewText};
use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Memory, Note, ProjectKey};
use quipu_embed::Passage;
use quipu_structure::{Language, chunks};

use super::Meaning;
use crate::agents::AgentsWrite;
use crate::calm::CalmWrite;
use crate::forget::{Forget, Redaction, Step};
use crate::lease::LeaseWrite;
use crate::ledger::Entry;
use crate::mail::MailWrite;
use crate::mirror::MirrorWrite;
use crate::record::Record;
use crate::sqlite::text::tail::TailChunk;
use crate::write::{
    Aggregate, Change, HookTurn, ImportBatch, ImportItem, Merge, Pass, SessionMark, TurnBatch, Undo, Write,
};

/// A write with everything done that needs no database: chunked, analysed and embedded.
pub(in crate::sqlite) enum Prepared {
    Note(Box<Note>, Text),
    Record(Box<Record>, Text),
    /// With its new text, where it has one and the memory was found; and with what makes one, for the writer may find
    /// another state than there was a moment before.
    Change(Box<Change>, Option<Made>, Meaning),
    /// The same of the memory that stays.
    Merge(Box<Merge>, Option<Made>, Meaning),
    Aggregate(Box<Aggregate>, Text),
    /// With the texts that it is thought to bring back.
    Undo(Box<Undo>, Vec<Made>, Meaning),
    /// With the texts of those that are thought to be new, and with what makes those of the others if they are.
    Import(Box<ImportBatch>, Vec<Option<Text>>, Meaning),
    Turns(Box<TurnBatch>, Vec<Hashed>),
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
    Lease(Box<LeaseWrite>),
    Ledger(Box<Entry>),
    Mirror(MirrorWrite),
    /// With the text that a message is searched by.
    Mail(Box<MailWrite>, Option<Text>),
    Agents(Box<AgentsWrite>),
    Calm(CalmWrite),
    /// Vectors of this model's row that chunks lacked.
    Vectors(i64, Vec<(u32, Passage)>),
    Forget(Box<Forget>),
    /// With what cuts the new text.
    Redact(Box<Redaction>, Meaning),
    Strike(Step, i64),
    /// The database file without what was deleted from it.
    Rewrite,
}

/// A body's chunks, ready for rows, indexes and tail.
pub(in crate::sqlite) struct Text {
    pub(super) chunks: Vec<Chunk>,
    /// Row of the model that embedded them.
    pub(super) model: i64,
}

/// The text of a turn with the hash of its body.
pub(in crate::sqlite) struct Hashed {
    pub(super) text: Text,
    pub(super) hash: String,
}

/// The text of a state that a change is thought to lead to.
pub(in crate::sqlite) struct Made {
    pub(super) content: Content,
    pub(super) text: Text,
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
            let text = titled(title.filter(|_| n == 0), &body[range.clone()]);
            let passage = meaning.embedder.passage(&text);
            Chunk { range, terms: TailChunk::new(analyser, &text), passage }
        });
        Text { chunks: chunks.collect(), model: meaning.model }
    }

    /// The text of a note.
    pub(super) fn of_note(meaning: &Meaning, note: &Note) -> Self {
        let form = Form::of(note.kind);
        analysing(meaning, |analyser| Self::of(analyser, meaning, note.title.as_deref(), &note.body, form))
    }

    /// The text of an edited memory.
    pub(super) fn of_content(meaning: &Meaning, content: &Content, class: Class) -> Self {
        let form = Form { class, path: None };
        analysing(meaning, |analyser| Self::of(analyser, meaning, content.title.as_deref(), &content.body, form))
    }
}

/// What is searched of a chunk: of the first with the title.
fn titled<'t>(title: Option<&str>, text: &'t str) -> Cow<'t, str> {
    title.map_or(Cow::Borrowed(text), |title| Cow::Owned(format!("{title}\n{text}")))
}

/// Of two at the same time the second pays for a cold cache; nobody waits.
fn analysing<T>(meaning: &Meaning, work: impl FnOnce(&mut Analyser) -> T) -> T {
    match meaning.analyser.try_lock() {
        Ok(mut kept) => work(&mut kept),
        Err(_) => work(&mut Analyser::new()),
    }
}

/// A look at what there is to be changed, before the writer looks.
pub(in crate::sqlite) trait Look {
    /// A memory as it is.
    fn memory(&self, id: MemoryId) -> Option<Memory>;
    /// Texts that an undo would bring back.
    fn texts_before(&self, undo: &Undo) -> Vec<(Content, Class)>;
    /// What each of these said when it was brought in, in their order, where it was.
    fn said_before(&self, ids: &[MemoryId]) -> Vec<Option<String>>;
}

/// Does the work that needs no database, on the caller's thread.
pub(in crate::sqlite) fn prepare(write: Write, meaning: &Meaning, look: &impl Look) -> Prepared {
    match write {
        Write::Change(change) => {
            let made = edited(meaning, look, change.id, &change.edit);
            Prepared::Change(change, made, meaning.clone())
        }
        Write::Lease(write) => Prepared::Lease(write),
        Write::Ledger(entry) => Prepared::Ledger(entry),
        Write::Mail(write) if !matches!(*write, MailWrite::Send(_)) => Prepared::Mail(write, None),
        Write::Agents(write) => Prepared::Agents(write),
        Write::Calm(write) => Prepared::Calm(write),
        Write::Merge(merge) => {
            let text = merge.text.clone().map(NewText::Instead);
            let made = edited(meaning, look, merge.keep, &Edit { text, ..Edit::default() });
            Prepared::Merge(merge, made, meaning.clone())
        }
        Write::Undo(undo) => {
            let texts = look.texts_before(&undo).into_iter();
            let made = texts.map(|(content, class)| Made { text: Text::of_content(meaning, &content, class), content });
            Prepared::Undo(undo, made.collect(), meaning.clone())
        }
        Write::Import(batch) => {
            let texts = imported(meaning, look, &batch);
            Prepared::Import(batch, texts, meaning.clone())
        }
        other => analysing(meaning, |analyser| with_analyser(other, meaning, analyser)),
    }
}

/// The text that an edit of a memory leads to, where it is searched otherwise than the one that there is.
fn edited(meaning: &Meaning, look: &impl Look, id: MemoryId, edit: &Edit) -> Option<Made> {
    let memory = edit.is_of_text().then(|| look.memory(id)).flatten()?;
    let before = memory.content();
    let content = before.edited(edit, id, memory.origin).ok()?;
    let class = if content.kind == before.kind { memory.class } else { Class::of_kind(content.kind) };
    (!content.is_found_as(&before)).then(|| Made { text: Text::of_content(meaning, &content, class), content })
}

/// The texts of those of a batch that are thought to be new.
fn imported(meaning: &Meaning, look: &impl Look, batch: &ImportBatch) -> Vec<Option<Text>> {
    if batch.pass == Pass::Rehearse {
        return Vec::new();
    }
    let ids: Vec<MemoryId> = batch.items.iter().map(|item| item.note.id).collect();
    let said = look.said_before(&ids);
    let is_new = |n: usize, item: &ImportItem| said.get(n).is_none_or(|said| *said != Some(item.said.to_string()));
    analysing(meaning, |analyser| {
        let texts = batch.items.iter().enumerate().map(|(n, item)| {
            let (note, form) = (&item.note, Form::of(item.note.kind));
            is_new(n, item).then(|| Text::of(analyser, meaning, note.title.as_deref(), &note.body, form))
        });
        texts.collect()
    })
}

fn with_analyser(write: Write, meaning: &Meaning, analyser: &mut Analyser) -> Prepared {
    match write {
        Write::Change(change) => Prepared::Change(change, None, meaning.clone()),
        Write::Merge(merge) => Prepared::Merge(merge, None, meaning.clone()),
        Write::Undo(undo) => Prepared::Undo(undo, Vec::new(), meaning.clone()),
        Write::Aggregate(aggregate) => {
            let note = &aggregate.note;
            let text = Text::of(analyser, meaning, note.title.as_deref(), &note.body, Form::of(note.kind));
            Prepared::Aggregate(aggregate, text)
        }
        Write::Note(note) => {
            let text = Text::of(analyser, meaning, note.title.as_deref(), &note.body, Form::of(note.kind));
            Prepared::Note(note, text)
        }
        Write::Import(batch) => Prepared::Import(batch, Vec::new(), meaning.clone()),
        Write::Record(record) => {
            let memory = &record.memory;
            // As it was cut where it came from.
            let path = record.capture.as_ref().and_then(|_| memory.files.first()).map(String::as_str);
            let form = Form { class: memory.class, path };
            let text = Text::of(analyser, meaning, memory.title.as_deref(), &memory.body, form);
            Prepared::Record(record, text)
        }
        Write::Turns(batch) => {
            let texts = batch.turns.iter().map(|ready| {
                let turn = &ready.turn;
                let form = Form { class: turn.class, path: turn.files.first().map(String::as_str) };
                let text = Text::of(analyser, meaning, None, &turn.body, form);
                Hashed { text, hash: content_hash(&turn.body) }
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
        Write::Forget(forget) => Prepared::Forget(forget),
        Write::Redact(redaction) => Prepared::Redact(redaction, meaning.clone()),
        Write::Strike(step, upto) => Prepared::Strike(step, upto),
        Write::Ledger(entry) => Prepared::Ledger(entry),
        Write::Agents(write) => Prepared::Agents(write),
        Write::Calm(write) => Prepared::Calm(write),
        Write::Mirror(write) => Prepared::Mirror(write),
        Write::Lease(write) => Prepared::Lease(write),
        Write::Mail(write) => {
            let text = match &*write {
                MailWrite::Send(send) => {
                    Some(Text::of(analyser, meaning, send.subject.as_deref(), &send.body, Form::of(Kind::Message)))
                }
                _ => None,
            };
            Prepared::Mail(write, text)
        }
    }
}
