//! Memories that other programs kept.
//! It must not know those programs, nor files.
//! Invariant: an item that was brought in before and says what it said changes nothing, whatever became of it here; what
//! somebody changed here is not undone by its source.

mod known;

use rusqlite::{Connection, params};

use quipu_core::aside::Aside;
use quipu_core::change::{Content, Pin};
use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::scope::Privacy;
use quipu_core::standing::{Esteem, Importance};
use quipu_core::work::Work;

use super::revise::{self, Standing, Subject};
use super::{Effect, Meaning, Row, Text, change, insert, joined, note, places, work};
use crate::error::StoreError;
use crate::sqlite::aside;
use crate::sqlite::visibility::Facts;
use crate::write::{Applied, ImportBatch, ImportCounts, ImportItem, ImportOutcome, LinkCounts, Pass, Said, Stood};

use known::{Files, Known};

type Result<T> = std::result::Result<T, StoreError>;

/// Why a memory is archived whose source has it no more; one that comes back is shown again.
const GONE: &str = "its source has it no more";

/// Applies a batch; of a rehearsal nothing stays.
pub(super) fn import(
    tx: &Connection,
    batch: &ImportBatch,
    texts: &[Option<Text>],
    meaning: &Meaning,
    now: Millis,
) -> Result<(Applied, Vec<Effect>)> {
    if batch.pass == Pass::Keep {
        return whole(tx, batch, (texts, meaning), now);
    }
    tx.execute_batch("savepoint rehearsal")?;
    let done = whole(tx, batch, (texts, meaning), now);
    tx.execute_batch("rollback to rehearsal; release rehearsal")?;
    done.map(|(applied, _)| (applied, Vec::new()))
}

fn whole(
    tx: &Connection,
    batch: &ImportBatch,
    (texts, meaning): (&[Option<Text>], &Meaning),
    now: Millis,
) -> Result<(Applied, Vec<Effect>)> {
    let mut files = Files::of(&batch.source);
    let (mut counts, mut effects) = (ImportCounts::default(), Vec::new());
    for (n, item) in batch.items.iter().enumerate() {
        let file = files.row(tx, &item.from.path)?;
        let text = texts.get(n).and_then(Option::as_ref);
        let incoming = Incoming { tx, source: &batch.source, item, text, meaning, pass: batch.pass, file, now };
        counts.items.push(incoming.bring_in(&mut effects, &mut counts.links)?);
    }
    let mut gone = batch.gone.ids.clone();
    for path in &batch.gone.whole_files {
        let file = files.row(tx, path)?;
        gone.extend(known::of_file(tx, file)?.into_iter().filter(|id| batch.items.iter().all(|i| i.note.id != *id)));
    }
    for id in gone {
        if let Some(memory) = take_out(tx, id, now, &mut effects)? {
            counts.archived.push(memory);
        }
    }
    Ok((Applied::Imported(counts), effects))
}

/// Hides what came under `id` and is as it came.
fn take_out(tx: &Connection, id: MemoryId, now: Millis, effects: &mut Vec<Effect>) -> Result<Option<MemoryId>> {
    let Some(known) = known::known(tx, id)?.filter(|known| known.memory == id) else { return Ok(None) };
    let Some(old) = revise::subject(tx, id)? else { return Ok(None) };
    if old.standing != Standing::LIVE || content_hash(&old.content.body) != known.kept {
        return Ok(None);
    }
    let standing = Standing { archived: Some((now.0, Some(GONE.to_owned()))), ..Standing::LIVE };
    effects.extend(old.revise(tx, &old.content, &standing, (Some(GONE), now))?);
    Ok(Some(id))
}

/// An item with all that it takes to bring it in.
struct Incoming<'a> {
    tx: &'a Connection,
    /// The program that it comes from.
    source: &'a str,
    item: &'a ImportItem,
    /// Its text, where it was thought to be new.
    text: Option<&'a Text>,
    meaning: &'a Meaning,
    pass: Pass,
    file: i64,
    now: Millis,
}

impl Incoming<'_> {
    fn bring_in(&self, effects: &mut Vec<Effect>, links: &mut LinkCounts) -> Result<ImportOutcome> {
        let (tx, note) = (self.tx, &self.item.note);
        if let Some(known) = known::known(tx, note.id)? {
            // A memory that its source took out and has again is shown again.
            let came_back = self.item.stood == Stood::Live && known.memory == note.id && self.was_taken_out()?;
            if known.said == self.item.said && !came_back {
                return Ok(ImportOutcome::Duplicate { of: known.memory });
            }
            // Another program has it too, or an export of what came from it: how it is filed there is no news.
            if known.source != self.source && content_hash(&note.body) == known.kept {
                return Ok(ImportOutcome::Duplicate { of: known.memory });
            }
            // What was a twin's says something else now: it is a memory of its own.
            if known.memory == note.id {
                return self.change(&known, effects, links);
            }
        }
        if let Some(there) = revise::subject(tx, note.id)? {
            return self.meet(&there);
        }
        if note::is_forgotten(tx, note)? {
            return Ok(ImportOutcome::Forgotten(note.id));
        }
        let hash = content_hash(&note.body);
        if self.item.stood == Stood::Live
            && let Some(of) = self.twin(&hash, note.privacy, None)?
        {
            known::note(tx, self.item, (of, &hash), self.file, self.now)?;
            // Whoever stood behind it stands behind its twin.
            for statement in [
                "update memory set superseded_by = ?2 where superseded_by = ?1",
                "update memory set aggregated_into = ?2 where aggregated_into = ?1",
            ] {
                tx.prepare_cached(statement)?.execute(params![note.id.0.as_bytes(), of.0.as_bytes()])?;
            }
            self.link(of, links)?;
            return Ok(ImportOutcome::Duplicate { of });
        }
        effects.push(self.store(&hash)?);
        self.link(note.id, links)?;
        Ok(ImportOutcome::Stored(note.id))
    }

    /// Ties it to others, and others to it that came before; it is known here as `known_as`.
    fn link(&self, known_as: MemoryId, counts: &mut LinkCounts) -> Result<()> {
        // What has waited was said first: of two that close a circle that one stands.
        joined::arrived(self.tx, self.item.note.id, known_as, counts)?;
        joined::keep(self.tx, known_as, &self.item.note.aside.links, counts)
    }

    /// Where it stands as a work item: as its source says, unless that says what it said before, or somebody here has
    /// said something else since.
    fn work(&self, here: &Aside, before: &Said) -> Result<Option<Work>> {
        let note = &self.item.note;
        if note.kind != Kind::WorkItem {
            return Ok(None);
        }
        let (Some(theirs), Some(ours)) = (note.aside.work, here.work) else {
            return Ok(Some(note.aside.work.or(here.work).unwrap_or_default()));
        };
        let said = |work: &Work| before.work.as_deref() == Some(Said::of_work(work).as_str());
        if said(&theirs) || !said(&ours) {
            return Ok(Some(ours));
        }
        let blockers = work::open_of(self.tx, &here.blockers().collect::<Vec<_>>())?;
        Ok(Some(theirs.settled(0, blockers.len())))
    }

    /// A memory of the same id came another way.
    fn meet(&self, there: &Subject) -> Result<ImportOutcome> {
        let id = there.id;
        if there.content.body != self.item.note.body {
            return Ok(ImportOutcome::IdTaken(id));
        }
        if self.item.stood == Stood::Live && there.standing != Standing::LIVE {
            return Ok(ImportOutcome::HiddenHere(id));
        }
        Ok(ImportOutcome::Duplicate { of: id })
    }

    fn was_taken_out(&self) -> Result<bool> {
        let subject = revise::subject(self.tx, self.item.note.id)?;
        Ok(subject.is_some_and(|s| s.standing.archived.is_some_and(|(_, reason)| reason.as_deref() == Some(GONE))))
    }

    /// Its source says something else than it did when it was brought in.
    fn change(&self, known: &Known, effects: &mut Vec<Effect>, links: &mut LinkCounts) -> Result<ImportOutcome> {
        let (tx, note) = (self.tx, &self.item.note);
        let Some(old) = revise::subject(tx, note.id)? else { return Ok(ImportOutcome::IdTaken(note.id)) };
        if content_hash(&old.content.body) != known.kept {
            return Ok(ImportOutcome::ChangedHere(note.id));
        }
        let hash = content_hash(&note.body);
        let standing = match &self.item.stood {
            // What somebody hid here stays hidden.
            Stood::Live if !self.was_taken_out()? => old.standing.clone(),
            stood => self.standing(stood)?,
        };
        if standing == Standing::LIVE
            && let Some(of) = self.twin(&hash, old.content.privacy, Some(old.seq))?
        {
            return Ok(ImportOutcome::Duplicate { of });
        }
        let content = Content {
            kind: note.kind,
            title: note.title.clone(),
            applies_to: note.applies_to.clone(),
            keywords: note.keywords.clone(),
            body: note.body.clone(),
            // What is weighed here is not weighed again by a source that says nothing of it.
            importance: if note.importance == Importance::ORDINARY { old.content.importance } else { note.importance },
            valid: note.valid,
            pin: old.content.pin,
            aside: Aside { work: self.work(&old.content.aside, &known.said)?, ..old.content.aside.clone() },
            privacy: old.content.privacy,
        };
        known::note(tx, self.item, (note.id, &hash), self.file, self.now)?;
        let made = links.made;
        if known.said.links != self.item.said.links {
            self.link(note.id, links)?;
        }
        if content == old.content && standing == old.standing {
            let is_linked = links.made > made;
            return Ok(if is_linked {
                ImportOutcome::Changed(note.id)
            } else {
                ImportOutcome::Duplicate { of: note.id }
            });
        }
        let told = old.revise(tx, &content, &standing, (Some("its source says something else"), self.now))?;
        if content.is_found_as(&old.content) {
            effects.extend(told);
        } else {
            effects.push(self.with_text(|text| old.cut_anew(tx, &content, standing.lifecycle(), text))?);
        }
        Ok(ImportOutcome::Changed(note.id))
    }

    /// The live memory that says exactly the same.
    fn twin(&self, hash: &str, privacy: Privacy, but: Option<i64>) -> Result<Option<MemoryId>> {
        let note = &self.item.note;
        let project = match &note.project {
            None => None,
            // A project that nobody has heard of holds no twin.
            Some(key) => match places::find_project(self.tx, key)? {
                None => return Ok(None),
                found => found,
            },
        };
        change::twin(self.tx, (note.kind, privacy, project, &note.applies_to, &note.body), hash, but)
    }

    /// Does something with its text as it is cut. Of a rehearsal nobody looks for anything.
    fn with_text<T>(&self, then: impl FnOnce(&Text) -> Result<T>) -> Result<T> {
        let note = &self.item.note;
        match (self.text, self.pass) {
            (Some(text), _) => then(text),
            (None, Pass::Rehearse) => then(&Text { chunks: Vec::new(), model: self.meaning.model }),
            // It was known a moment ago, and is not any more.
            (None, Pass::Keep) => then(&Text::of_note(self.meaning, note)),
        }
    }

    fn store(&self, hash: &str) -> Result<Effect> {
        let (tx, item, now) = (self.tx, self.item, self.now);
        let note = &item.note;
        let project = note.project.as_ref().map(|key| places::project(tx, key, now)).transpose()?;
        let session = match &note.session {
            Some(session) => Some(places::session(tx, session, project, None, None, note.occurred_at)?),
            None => None,
        };
        let row = Row {
            id: note.id,
            project,
            session,
            kind: note.kind,
            class: Class::of_kind(note.kind),
            title: note.title.as_deref(),
            applies_to: &note.applies_to,
            keywords: serde_json::to_string(&note.keywords).unwrap_or_else(|_| "[]".to_owned()),
            body: &note.body,
            content_hash: hash.to_owned(),
            occurred_at: note.occurred_at,
            branch: None,
            origin: note.origin,
            programmatic: false,
            redactions: item.redactions,
            original_hash: note.original_hash.as_deref(),
            source: None,
            hook_key: None,
            files: &item.files,
            importance: note.importance,
            valid: note.valid,
            privacy: note.privacy,
        };
        let (seq, effect) = self.with_text(|text| insert(tx, &row, text, now))?;
        aside::put(tx, seq, &Aside::default(), &Aside { links: Default::default(), ..note.aside.clone() })?;
        known::note(tx, item, (note.id, hash), self.file, now)?;
        self.stand(effect)
    }

    /// Lets a new memory stand as it stood in its source.
    fn stand(&self, effect: Effect) -> Result<Effect> {
        if self.item.stood == Stood::Live && self.item.pin == Pin::Loose {
            return Ok(effect);
        }
        let standing = self.standing(&self.item.stood)?;
        self.tx
            .prepare_cached(
                "update memory set superseded_by = ?2, aggregated_into = ?3, archived_at = ?4, archive_reason = ?5, pinned = ?6
                 where id = ?1",
            )?
            .execute(params![
                self.item.note.id.0.as_bytes(),
                standing.superseded_by.map(|by| by.0.as_bytes().to_vec()),
                standing.aggregated.map(|by| by.0.as_bytes().to_vec()),
                standing.archived.as_ref().map(|(at, _)| at),
                standing.archived.as_ref().and_then(|(_, reason)| reason.as_deref()),
                self.item.pin == Pin::Pinned,
            ])?;
        let lifecycle = standing.lifecycle();
        Ok(match effect {
            Effect::Chunks(facts, chunks) => {
                let esteem = Esteem::new(self.item.note.importance, self.item.pin);
                Effect::Chunks(Facts { lifecycle, esteem, ..facts }, chunks)
            }
            other => other,
        })
    }

    fn standing(&self, stood: &Stood) -> Result<Standing> {
        Ok(match stood {
            Stood::Live => Standing::LIVE,
            Stood::Archived { at, reason } => Standing { archived: Some((at.0, reason.clone())), ..Standing::LIVE },
            Stood::Superseded(by) => Standing { superseded_by: Some(self.other(*by)?), ..Standing::LIVE },
            Stood::Aggregated(into) => Standing { aggregated: Some(self.other(*into)?), ..Standing::LIVE },
        })
    }

    /// What came in as another's twin is known by that one's id.
    fn other(&self, id: MemoryId) -> Result<MemoryId> {
        stands_for(self.tx, id)
    }
}

/// The memory that a source's id leads to: what came in as another's twin is known by that one's.
pub(super) fn stands_for(tx: &Connection, id: MemoryId) -> Result<MemoryId> {
    Ok(known::known(tx, id)?.map_or(id, |known| known.memory))
}
