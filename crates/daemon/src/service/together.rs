//! Several memories at once: merged, stood for by a summary, and the last change taken back.
//! It must not know what a memory allows: the store says that, within the transaction.
//! Invariant: one write each, so all of it or nothing; redacted before it queues.

use quipu_core::aside::Aside;
use quipu_core::change::{MAX_BODY, Refusal};
use quipu_core::hash::js_trim;
use quipu_core::id::{EventId, MemoryId};
use quipu_core::memory::{Memory, Note, Origin, ProjectKey};
use quipu_core::outcome::{NEEDS_CONFIRMATION, Together, Word};
use quipu_core::scope::{Privacy, Reader};
use quipu_core::standing::{Importance, Validity};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::ScopeParams;
use quipu_protocol::wire::together::{AggregateRequest, MergeRequest, TogetherReply, UndoRequest};
use quipu_store::read::Scope;
use quipu_store::write::{Aggregate, Applied, Lane, Merge, Undo, Write};
use uuid::Uuid;

use super::confirm::{Asked, before_hiding};
use super::safe::Safe;
use super::show::{found, memory_id, no_such_memory};
use super::{Service, fault_of, other_write, refused, scopes, view};

/// Makes several memories one.
pub(crate) fn merge(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    request: &MergeRequest,
) -> Result<TogetherReply, Fault> {
    let keep = memory_id(&request.keep)?;
    let others = ids(&request.others, "name what is to be merged into it: `quipu merge KEEP OTHER…`")?;
    seen(service, reader, others.iter().chain([&keep]))?;
    let mut safe = safe(service, std::slice::from_ref(&request.keep));
    let text = request.text.as_deref().map(|text| safe.said(text)).transpose()?;
    let reason = safe.words(request.reason.as_deref());
    let scope = scope(service, &request.scope)?;
    let sees = |memory: &Memory| within(&scope, memory);
    if let Some(asked) = before_hiding(service, "merge", &others, request.confirm.as_deref(), sees)? {
        return Ok(again(service, asked));
    }
    let merge = Merge { keep, others, scope, text, reason };
    done(service, reader, event, Write::Merge(Box::new(merge)), safe)
}

/// Writes a summary that stands for several memories.
pub(crate) fn aggregate(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    request: &AggregateRequest,
) -> Result<TogetherReply, Fault> {
    let members = ids(&request.ids, "name what it stands for: `quipu aggregate ID… --text SUMMARY`")?;
    seen(service, reader, &members)?;
    let mut safe = safe(service, &request.ids);
    let body = safe.said(&request.text)?;
    let title = safe.words(request.title.as_deref());
    let keywords = request.keywords.iter().filter_map(|word| safe.words(Some(word))).collect();
    let kind = super::by_hand(request.kind.as_deref())?;
    let scope = scope(service, &request.scope)?;
    let project = if request.global { None } else { home(service, &request.ids, &scope)? };
    let sees = |memory: &Memory| within(&scope, memory);
    if let Some(asked) = before_hiding(service, "aggregate", &members, request.confirm.as_deref(), sees)? {
        return Ok(again(service, asked));
    }
    let note = Note {
        id: MemoryId(Uuid::now_v7()),
        kind,
        title,
        applies_to: "global".to_owned(),
        keywords,
        body,
        original_hash: None,
        occurred_at: service.now(),
        project,
        session: None,
        origin: Origin::Saved,
        supersedes: None,
        privacy: Privacy::Shared,
        importance: Importance::ORDINARY,
        valid: Validity::ALWAYS,
        aside: Aside::new(kind),
        kept_by: Vec::new(),
    };
    done(service, reader, event, Write::Aggregate(Box::new(Aggregate { note, members, scope })), safe)
}

/// Takes the last change back.
pub(crate) fn undo(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    request: &UndoRequest,
) -> Result<TogetherReply, Fault> {
    let of = request.id.as_deref().map(memory_id).transpose()?;
    if of.is_none() && request.scope == ScopeParams::default() {
        return Err(Fault::new(FaultKind::Caller, "no_scope", "neither a memory nor a project was named")
            .hint("give `id`, or `scope.cwd`, `scope.project` or `scope.all`"));
    }
    let mut safe = safe(service, request.id.as_slice());
    let reason = safe.words(request.reason.as_deref());
    let scope = scope(service, &request.scope)?;
    let undo = Write::Undo(Box::new(Undo { of, scope, reader, reason }));
    done(service, reader, event, undo, safe)
}

/// Whether `reader` may see all of these: of what he may not see there is none.
fn seen<'a>(service: &Service, reader: Reader, ids: impl IntoIterator<Item = &'a MemoryId>) -> Result<(), Fault> {
    for id in ids {
        let memory = service.engine.memory(*id).map_err(fault_of)?;
        if memory.is_some_and(|memory| !reader.may_see(memory.privacy)) {
            return Err(no_such_memory(*id));
        }
    }
    Ok(())
}

/// Where they are looked for; nothing named means everywhere.
fn scope(service: &Service, params: &ScopeParams) -> Result<Scope, Fault> {
    scopes::whole(params)?;
    if *params == ScopeParams::default() { Ok(Scope::All) } else { service.scope(params) }
}

fn within(scope: &Scope, memory: &Memory) -> bool {
    match scope {
        Scope::All => true,
        Scope::Project(key) => memory.project.as_ref().is_none_or(|own| own == key),
    }
}

/// The project that all of them are of, or none where all are of none.
fn home(service: &Service, ids: &[String], scope: &Scope) -> Result<Option<ProjectKey>, Fault> {
    let mut homes: Vec<Option<ProjectKey>> = Vec::new();
    for id in ids {
        let memory = found(service, id)?;
        if within(scope, &memory) && !homes.contains(&memory.project) {
            homes.push(memory.project);
        }
    }
    match homes.as_slice() {
        [] => Ok(None),
        [one] => Ok(one.clone()),
        _ => Err(Fault::new(FaultKind::Conflict, "other_project", "they are of several projects")
            .hint("a summary of them is for every project: `--global` (`global`)")),
    }
}

/// Ids as they were given, at least one.
fn ids(given: &[String], hint: &str) -> Result<Vec<MemoryId>, Fault> {
    if given.is_empty() {
        return Err(Fault::new(FaultKind::Caller, "nothing_asked", "no memory was named").hint(hint));
    }
    given.iter().map(|id| memory_id(id)).collect()
}

/// Texts as the project of the first of them allows.
fn safe(service: &Service, ids: &[String]) -> Safe {
    let first = ids.first().and_then(|id| found(service, id).ok());
    let project = first.and_then(|memory| memory.project);
    service.safe(project.as_ref().map(|key| key.0.as_str()))
}

impl Safe {
    fn said(&mut self, text: &str) -> Result<String, Fault> {
        match js_trim(text) {
            "" => Err(Fault::new(FaultKind::Caller, "empty", "there is no text to keep")
                .hint("give the text that is to stand there (`--text`)")),
            text if text.len() > MAX_BODY => Err(refused::fault(&Refusal::TooLong(text.len()))),
            text => {
                let body = self.body(text);
                match body.refusal() {
                    Some(reason) => Err(Fault::new(FaultKind::Caller, "private", reason)
                        .hint("say what may be kept outside of `<private>`")),
                    None => Ok(body.text),
                }
            }
        }
    }

    fn words(&mut self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.text(text.trim())).filter(|text| !text.is_empty())
    }
}

fn done(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    write: Write,
    safe: Safe,
) -> Result<TogetherReply, Fault> {
    let applied = service.engine.write(event, write, Lane::Interactive, service.now()).map_err(fault_of)?;
    let Applied::Together(Together { what, of, id, revision, others }) = applied else { return Err(other_write()) };
    // It is done; what cannot be read now is not told.
    let about = service
        .engine
        .memory(id)
        .ok()
        .flatten()
        .filter(|memory| reader.may_see(memory.privacy))
        .map(|memory| view::touched(&memory).title);
    Ok(TogetherReply {
        about,
        outcome: what.as_str().to_owned(),
        id: Some(id.to_string()),
        revision,
        others: others.iter().map(ToString::to_string).collect(),
        reason: of.map(|of| match of {
            Word::Undone => "it was an undo, and what that had taken back is there again".to_owned(),
            of => format!("it was {}", of.as_str()),
        }),
        redacted: safe.labels(),
        would_change: Vec::new(),
        confirm: None,
        mode: service.mode().to_owned(),
    })
}

/// The answer to what has to be asked again.
fn again(service: &Service, Asked { would_change, confirm }: Asked) -> TogetherReply {
    TogetherReply {
        outcome: Word::Rejected.as_str().to_owned(),
        id: None,
        about: None,
        revision: 0,
        others: Vec::new(),
        reason: Some(NEEDS_CONFIRMATION.to_owned()),
        redacted: Vec::new(),
        would_change,
        confirm: Some(confirm),
        mode: service.mode().to_owned(),
    }
}
