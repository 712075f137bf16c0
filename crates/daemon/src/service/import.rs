//! Bringing in what other programs kept.
//! It must not know their formats, nor files.
//! Invariant: redacted before it queues; one item that cannot be kept keeps none of the others out.

use std::collections::HashMap;
use std::path::Path;

use quipu_core::aside::Aside;
use quipu_core::change::{MAX_BODY, Pin};
use quipu_core::hash::{hash_of, js_trim};
use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::link::End;
use quipu_core::memory::{Note, Origin, ProjectKey, SessionRef};
use quipu_core::standing::{Importance, Validity};
use quipu_protocol::config::{Config, keys};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::import::{ImportItem, ImportReply, ImportRequest, ImportedView, LinkCounts, MOST_ITEMS};
use quipu_store::write::{Applied, Gone, ImportBatch, ImportOutcome, ImportedFrom, Lane, Pass, Said, Stood, Write};

use super::safe::{Body, Safe};
use super::show::memory_id;
use super::{Service, aside, fault_of, other_write, scopes};
use crate::settings::{self, Keeps};

pub(crate) fn import(service: &Service, event: Option<EventId>, request: ImportRequest) -> Result<ImportReply, Fault> {
    if request.items.len() > MOST_ITEMS {
        let message = format!("{} memories are more than {MOST_ITEMS} for one request", request.items.len());
        return Err(Fault::new(FaultKind::Caller, "too_many_items", message).hint("send them in several requests"));
    }
    let mut anywhere = service.safe(None);
    let whole = request.whole_files.iter().map(|path| anywhere.text(path)).collect();
    let ids = |ids: &[String]| ids.iter().map(|id| memory_id(id)).collect::<Result<Vec<_>, _>>();
    let mut gone = Gone { ids: ids(&request.gone)?, whole_files: whole };
    let mut places = Places { service, known: HashMap::new(), files: HashMap::new() };
    let (mut items, mut answers) = (Vec::new(), Vec::new());
    for item in request.items {
        let path = item.path.clone();
        match places.ready(&request.source, item)? {
            Ok((item, told)) => {
                items.push(item);
                answers.push(Answer::Asked(told));
            }
            Err(refusal) => {
                // What cannot be kept is there all the same.
                gone.whole_files.retain(|whole| *whole != path);
                answers.push(Answer::Refused(refusal));
            }
        }
    }
    let pass = if request.dry_run { Pass::Rehearse } else { Pass::Keep };
    let batch = ImportBatch { source: request.source, items, gone, pass };
    // What is only tried has no outcome.
    let event = event.filter(|_| pass == Pass::Keep);
    let write = Write::Import(Box::new(batch));
    let applied = service.engine.write(event, write, Lane::Bulk, service.now()).map_err(fault_of)?;
    let Applied::Imported(counts) = applied else { return Err(other_write()) };
    let mut outcomes = counts.items.into_iter();
    let items = answers.into_iter().map(|answer| match answer {
        Answer::Refused(refusal) => Ok(*refusal),
        // The first try of this event had fewer items: it was another request.
        Answer::Asked(told) => outcomes.next().map(|outcome| answered(outcome, told)).ok_or_else(other_write),
    });
    Ok(ImportReply {
        items: items.collect::<Result<_, _>>()?,
        archived: counts.archived.iter().map(ToString::to_string).collect(),
        links: LinkCounts { made: counts.links.made, waiting: counts.links.waiting, left_out: counts.links.left_out },
        mode: service.mode().to_owned(),
    })
}

/// What an item waits for.
enum Answer {
    /// The store, with what is to be told of it whatever that says.
    Asked(Told),
    /// Nothing.
    Refused(Box<ImportedView>),
}

/// What was done to an item before it went to the store.
struct Told {
    /// Labels of what was replaced.
    redacted: Vec<String>,
    notes: Vec<String>,
}

type Ready = Result<(quipu_store::write::ImportItem, Told), Box<ImportedView>>;

fn refused(id: &str, code: &str, reason: impl Into<String>) -> Ready {
    Err(Box::new(ImportedView {
        outcome: "rejected".to_owned(),
        id: Some(id.to_owned()),
        code: Some(code.to_owned()),
        reason: Some(reason.into()),
        redacted: Vec::new(),
        notes: Vec::new(),
    }))
}

fn answered(outcome: ImportOutcome, told: Told) -> ImportedView {
    let (word, id) = match outcome {
        ImportOutcome::Stored(id) => ("stored", id),
        ImportOutcome::Changed(id) => ("changed", id),
        ImportOutcome::Duplicate { of } => ("duplicate", of),
        ImportOutcome::ChangedHere(id)
        | ImportOutcome::IdTaken(id)
        | ImportOutcome::HiddenHere(id)
        | ImportOutcome::Forgotten(id) => ("rejected", id),
    };
    let (code, reason) = match outcome {
        ImportOutcome::ChangedHere(id) => (
            "changed_here",
            format!("it was changed there and here; it stays as it is here (`quipu history {id}` shows both)"),
        ),
        ImportOutcome::IdTaken(id) => {
            ("id_taken", format!("the id {id} belongs to another text; `quipu update {id}` changes it"))
        }
        ImportOutcome::HiddenHere(id) => {
            ("hidden_here", format!("{id} was hidden here; `quipu update {id} --restore` shows it again"))
        }
        ImportOutcome::Forgotten(_) => ("forgotten", "it was forgotten for good".to_owned()),
        _ => ("", String::new()),
    };
    let said = |text: String| Some(text).filter(|text| !text.is_empty());
    ImportedView {
        outcome: word.to_owned(),
        id: Some(id.to_string()),
        code: said(code.to_owned()),
        reason: said(reason),
        redacted: told.redacted,
        notes: told.notes,
    }
}

/// `project` and `cwd`, as an item has them.
type Asked = (Option<String>, Option<String>);

/// Directories with their projects, and files, each looked at once.
struct Places<'s> {
    service: &'s Service,
    known: HashMap<Asked, (Option<ProjectKey>, Keeps)>,
    files: HashMap<String, Keeps>,
}

impl Places<'_> {
    /// An item as the store takes it, with labels of what was replaced; or why it is not kept.
    fn ready(&mut self, source: &str, item: ImportItem) -> Result<Ready, Fault> {
        let Ok(id) = memory_id(&item.id) else {
            return Ok(refused(&item.id, "bad_id", format!("`{}` is no id", item.id.escape_debug())));
        };
        let body = js_trim(&item.text);
        if body.is_empty() {
            return Ok(refused(&item.id, "empty", "it says nothing"));
        }
        if body.len() > MAX_BODY {
            let reason = format!("{} bytes are too much for one memory", body.len());
            return Ok(refused(&item.id, "too_long", reason));
        }
        let Some(kind) = Kind::parse(&item.kind) else {
            return Ok(refused(&item.id, "no_such_kind", format!("`{}` is no kind", item.kind.escape_debug())));
        };
        let (project, keeps) = self.project(&item)?;
        let keeps = if keeps == Keeps::Yes { self.file(&item.path) } else { keeps };
        match keeps {
            Keeps::Yes => {}
            Keeps::No => {
                let reason = "`ingest.deny` covers its file or its project, or `privacy.deny_paths` its file";
                return Ok(refused(&item.id, "denied", reason));
            }
            Keeps::Unknown(place) => {
                let reason = format!("nobody knows what of it may be kept until {place} is mended");
                return Ok(refused(&item.id, "denied", reason));
            }
        }
        let other = |id: &Option<String>| id.as_deref().map(memory_id).transpose();
        let (Ok(by), Ok(into)) = (other(&item.superseded_by), other(&item.aggregated_into)) else {
            return Ok(refused(&item.id, "bad_id", "what stands in its place has no id"));
        };
        let stood = match (by, into, item.archived_at) {
            (Some(by), ..) => Stood::Superseded(by),
            (None, Some(into), _) => Stood::Aggregated(into),
            (None, None, Some(at)) => Stood::Archived { at: Millis(at), reason: item.archive_reason.clone() },
            (None, None, None) => Stood::Live,
        };
        let mut safe = self.service.safe(item.cwd.as_deref().or(item.project.as_deref()));
        let body = safe.body(body);
        if let Some(reason) = body.refusal() {
            return Ok(refused(&item.id, "private", reason));
        }
        let aside = match beside(&item, kind) {
            Ok(aside) => aside,
            Err(fault) => return Ok(refused(&item.id, &fault.code, fault.message)),
        };
        Ok(Ok(ready(source, &item, (body, safe), (id, kind, project, stood, aside), self.service.now())))
    }

    /// Whether anything of a source's file is brought in.
    fn file(&mut self, path: &str) -> Keeps {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let keeps = match kept(&self.service.settings().user().config, &[Path::new(path)]) {
            Keeps::Yes if self.service.privacy(None).denies(path, None) => Keeps::No,
            keeps => keeps,
        };
        self.files.insert(path.to_owned(), keeps.clone());
        keeps
    }

    /// The project of an item, and whether anything of it is kept.
    fn project(&mut self, item: &ImportItem) -> Result<(Option<ProjectKey>, Keeps), Fault> {
        let asked = (item.project.clone(), item.cwd.clone());
        if let Some(known) = self.known.get(&asked) {
            return Ok(known.clone());
        }
        let key = match (&item.project, &item.cwd) {
            (Some(path), _) => Some(ProjectKey(path.clone())),
            (None, Some(cwd)) => Some(self.service.project_of(cwd)?),
            (None, None) => None,
        };
        let keeps = match &key {
            Some(key) if key.0.starts_with('/') => {
                let place = Path::new(item.cwd.as_deref().unwrap_or(&key.0));
                kept(&self.service.settings().of(place).config, &[place, Path::new(&key.0)])
            }
            _ => kept(&self.service.settings().user().config, &[]),
        };
        self.known.insert(asked, (key.clone(), keeps.clone()));
        Ok((key, keeps))
    }
}

/// Whether anything of these places is brought in. Who asks for it wants it, whether transcripts are read or not.
fn kept(config: &Config, places: &[&Path]) -> Keeps {
    match config.held_back() {
        Some(place) => Keeps::Unknown(place.to_owned()),
        None if settings::covers(config, keys::INGEST_DENY, places) => Keeps::No,
        None => Keeps::Yes,
    }
}

type Found = (MemoryId, Kind, Option<ProjectKey>, Stood, Aside);

/// Where it stands, and the links that it keeps.
fn beside(item: &ImportItem, kind: Kind) -> Result<Aside, Fault> {
    let mut aside = Aside::new(kind);
    if let Some(work) = &mut aside.work {
        work.status = item.status.as_deref().map_or(Ok(work.status), aside::named_status)?;
        work.priority = item.priority.as_deref().map_or(Ok(work.priority), aside::named_priority)?;
        work.due = item.due_at.map(Millis);
    }
    for param in &item.links {
        let (link, End::Keeper) = aside::link(param)? else {
            let message = format!("a link `{}` is kept with the other memory", param.relation);
            return Err(Fault::new(FaultKind::Caller, "bad_relation", message));
        };
        aside.links.insert(link);
    }
    Ok(aside)
}

/// Redacts an item.
fn ready(
    source: &str,
    item: &ImportItem,
    (body, mut safe): (Body, Safe),
    (id, kind, project, stood, aside): Found,
    now: Millis,
) -> (quipu_store::write::ImportItem, Told) {
    let said = said(source, item, project.as_ref(), &aside);
    let Body { text: body, original_hash } = body;
    let mut safe_text = |text: &str| safe.text(text);
    let occurred_at = item.occurred_at.map_or(now, Millis);
    let holds = scopes::written(&safe_text(item.applies_to.as_deref().unwrap_or_default()), project.as_ref());
    let mut keywords: Vec<String> = item.keywords.iter().map(|word| safe_text(word)).collect();
    keywords.extend(holds.keywords.into_iter().filter(|word| !item.keywords.contains(word)));
    let note = Note {
        id,
        kind,
        title: item.title.as_deref().map(|title| safe_text(title.trim())).filter(|title| !title.is_empty()),
        applies_to: holds.applies_to,
        keywords,
        body,
        original_hash,
        occurred_at,
        session: item.session.clone().map(|(agent, id)| SessionRef { agent, id }),
        origin: Origin::Imported,
        supersedes: None,
        privacy: scopes::privacy(item.private),
        importance: item.importance.and_then(Importance::of).unwrap_or(Importance::ORDINARY),
        valid: Validity { from: item.valid_from.map(Millis), to: item.valid_to.map(Millis) },
        project,
        aside,
        kept_by: Vec::new(),
    };
    // Without a place to start from, what is no whole path leads nowhere.
    let base = item.cwd.as_deref().or(note.project.as_ref().map(|key| key.0.as_str())).unwrap_or_default();
    let files = item.files.iter().map(|file| Path::new(base).join(file).to_string_lossy().into_owned());
    // A path with a secret in it leads to no file once that is replaced.
    let files = files.filter(|path| path.starts_with('/') && safe_text(path) == *path).collect();
    let stood = match stood {
        Stood::Archived { at, reason } => Stood::Archived { at, reason: reason.as_deref().map(&mut safe_text) },
        stood => stood,
    };
    let from =
        ImportedFrom { path: safe_text(&item.path), lines: item.lines, name: item.name.as_deref().map(&mut safe_text) };
    let pin = if item.pinned { Pin::Pinned } else { Pin::Loose };
    let redactions = safe.count();
    (
        quipu_store::write::ImportItem { note, stood, pin, files, redactions, from, said },
        Told { redacted: safe.labels(), notes: holds.notes },
    )
}

/// All that a source says of a memory. Where it stands there is no part of it: lines move.
fn said(source: &str, item: &ImportItem, project: Option<&ProjectKey>, aside: &Aside) -> Said {
    let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
    let numbers = [item.archived_at, item.valid_from, item.valid_to, item.importance.map(i64::from)].map(number);
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    let (title, applies_to, reason) = (of(&item.title), of(&item.applies_to), of(&item.archive_reason));
    let (by, into) = (of(&item.superseded_by), of(&item.aggregated_into));
    let project = project.map_or("", |key| key.0.as_str());
    let pinned = if item.pinned { "pinned" } else { "" };
    let mut parts = vec![source, js_trim(&item.text), &item.kind, &title, &applies_to, project, pinned];
    parts.extend([reason.as_str(), &by, &into]);
    parts.extend(numbers.iter().map(String::as_str));
    parts.extend(item.keywords.iter().map(String::as_str));
    parts.push("files");
    parts.extend(item.files.iter().map(String::as_str));
    if item.private {
        parts.push("private");
    }
    let links: Vec<String> =
        aside.links.iter().map(|link| format!("{} {}", link.relation.word(End::Keeper), link.to)).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    // A work item of which nothing is said is what it was before anything could be said.
    let is_said = item.status.is_some() || item.priority.is_some() || item.due_at.is_some();
    Said {
        text: hash_of(&parts),
        work: aside.work.filter(|_| is_said).map(|work| Said::of_work(&work)),
        links: (!links.is_empty()).then(|| hash_of(&links)),
    }
}
