//! Changing a memory: its text, how it is filed, whether it is shown.
//! It must not know what a memory allows: the store says that, within the transaction.
//! Invariant: redacted before it queues; a request that contradicts itself, or asks for nothing, is refused before any work.

use quipu_core::change::{Action, Edit, MAX_BODY, NewText, Pin, Refusal};
use quipu_core::hash::js_trim;
use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::memory::{Memory, SessionRef};
use quipu_core::outcome::{Changed, NEEDS_CONFIRMATION, Word};
use quipu_core::scope::{Privacy, Reader};
use quipu_core::standing::Validity;
use quipu_core::work::Status;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::{UpdateReply, UpdateRequest};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::calm::CalmWrite;
use quipu_store::read::Scope;
use quipu_store::write::{Applied, Change, Lane, Write};

use super::confirm::before_hiding;
use super::show::memory_id;
use super::{Service, aside, fault_of, gone, importance, kind, refused, scopes, view};

/// The same, asked for by `session`, if by one: a work item that it begins is one that it took up.
pub(crate) fn update_by(
    service: &Service,
    (reader, session): (Reader, Option<&SessionRef>),
    event: Option<EventId>,
    id: &str,
    request: &UpdateRequest,
) -> Result<UpdateReply, Fault> {
    let reply = update(service, reader, event, id, request)?;
    let begins = request.status.as_deref().map(str::trim) == Some(Status::Active.as_str());
    if let (true, Some(session), Some(Ok(item))) = (begins, session, reply.id.as_deref().map(memory_id)) {
        let write = Write::Calm(CalmWrite::TookUp { session: session.clone(), item });
        service.engine.write(None, write, Lane::Interactive, service.now()).map_err(fault_of)?;
    }
    Ok(reply)
}

pub(crate) fn update(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    id: &str,
    request: &UpdateRequest,
) -> Result<UpdateReply, Fault> {
    let id = memory_id(id)?;
    let action = action(request)?;
    check(request, action)?;
    // The rules of the project that it belongs to hold, wherever it is changed from.
    let project = service.engine.memory(id).map_err(fault_of)?.and_then(|memory| memory.project);
    let mut kept = service.safe(project.as_ref().map(|key| key.0.as_str()));
    let mut safe = |text: &str| kept.text(text);
    let mut words = |words: &[String]| words.iter().map(|word| safe(word.trim())).filter(|w| !w.is_empty()).collect();
    let root = project.map(|key| key.0);
    let edit = Edit {
        add: words(&request.add_keywords),
        remove: words(&request.remove_keywords),
        text: match (&request.text, &request.append) {
            (Some(text), _) => Some(NewText::Instead(safe(said(text)?))),
            (None, Some(text)) => Some(NewText::Behind(safe(said(text)?))),
            (None, None) => None,
        },
        title: request.title.as_deref().map(|title| safe(title.trim())),
        kind: request.kind.as_deref().map(kind).transpose()?,
        applies_to: request.applies_to.as_deref().map(|place| holds(service, id, &safe(place))).transpose()?,
        privacy: request.private.map(scopes::privacy),
        aside: aside::of_update(request, root.as_deref(), &mut safe)?,
        pin: request.pinned.map(|pinned| if pinned { Pin::Pinned } else { Pin::Loose }),
        importance: request.importance.map(importance).transpose()?,
        valid: valid(service, id, request)?,
    };
    let reason = request.reason.as_deref().map(|reason| safe(reason.trim())).filter(|reason| !reason.is_empty());
    let scope = if request.scope == ScopeParams::default() { Scope::All } else { service.scope(&request.scope)? };
    scopes::whole(&request.scope)?;
    if hides(action) {
        let within = |memory: &Memory| match &scope {
            Scope::All => true,
            Scope::Project(key) => memory.project.as_ref().is_none_or(|own| own == key),
        };
        let sees = |memory: &Memory| reader.may_see(memory.privacy) && within(memory);
        let operation = request.action.as_deref().unwrap_or_default();
        if let Some(asked) = before_hiding(service, operation, &[id], request.confirm.as_deref(), sees)? {
            return Ok(UpdateReply {
                outcome: Word::Rejected.as_str().to_owned(),
                id: None,
                revision: 0,
                reason: Some(NEEDS_CONFIRMATION.to_owned()),
                also: Vec::new(),
                redacted: Vec::new(),
                would_change: asked.would_change,
                confirm: Some(asked.confirm),
                mode: service.mode().to_owned(),
            });
        }
    }
    if request.private.is_some() && !reader.may_see(Privacy::Private) {
        return Err(scopes::a_persons());
    }
    let change = Change { id, scope, reader, if_revision: request.if_revision, edit, action, reason };
    write(service, event, change, kept.labels())
}

/// Makes a change whose words are redacted, and says what became of it.
pub(super) fn write(
    service: &Service,
    event: Option<EventId>,
    change: Change,
    redacted: Vec<String>,
) -> Result<UpdateReply, Fault> {
    let write = Write::Change(Box::new(change));
    let applied = service.engine.write(event, write, Lane::Interactive, service.now()).map_err(fault_of)?;
    if applied == Applied::Gone {
        return Err(gone());
    }
    let (applied, also) = applied.apart();
    let Applied::Changed { id, what, revision } = applied else {
        return Err(Fault::new(FaultKind::Internal, "outcome", format!("a change was answered {applied:?}")));
    };
    Ok(UpdateReply {
        outcome: what.word().as_str().to_owned(),
        id: Some(if let Changed::Superseded(by) = what { by } else { id }.to_string()),
        revision,
        reason: match what {
            Changed::Superseded(_) => Some(format!("it stands in the place of {id}")),
            Changed::Unchanged => Some("it was so already".to_owned()),
            _ => None,
        },
        also: also.into_iter().map(view::also).collect(),
        redacted,
        would_change: Vec::new(),
        confirm: None,
        mode: service.mode().to_owned(),
    })
}

/// Whether nobody who does not ask for it sees the memory afterwards.
fn hides(action: Option<Action>) -> bool {
    matches!(action, Some(Action::Archive | Action::Supersede(_)))
}

/// When it holds from now on, where anything is said of that; a bound that is not named stays.
fn valid(service: &Service, id: MemoryId, request: &UpdateRequest) -> Result<Option<Validity>, Fault> {
    let (from, to) = (request.valid_from.map(Millis), request.valid_to.map(Millis));
    if !request.always_valid && from.is_none() && to.is_none() {
        return Ok(None);
    }
    let known = match service.engine.memory(id).map_err(fault_of)? {
        Some(memory) if !request.always_valid => memory.valid,
        _ => Validity::ALWAYS,
    };
    Ok(Some(Validity { from: from.or(known.from), to: to.or(known.to) }))
}

/// The same request, to be done only at the revision that a condition beside it names.
///
/// # Errors
/// Two conditions that contradict each other.
pub(crate) fn only_at(request: UpdateRequest, condition: Option<u32>) -> Result<UpdateRequest, Fault> {
    match (request.if_revision, condition) {
        (Some(body), Some(head)) if body != head => {
            let message = format!("`If-Match` asks for revision {head}, `if_revision` for {body}");
            Err(Fault::new(FaultKind::Caller, "contradiction", message).hint("give one of the two"))
        }
        (named, condition) => Ok(UpdateRequest { if_revision: named.or(condition), ..request }),
    }
}

/// Where a memory holds from now on, with paths as they are in its project. Of one that is not there the store tells.
fn holds(service: &Service, id: MemoryId, place: &str) -> Result<String, Fault> {
    let project = service.engine.memory(id).map_err(fault_of)?.and_then(|memory| memory.project);
    scopes::typed(place, project.as_ref()).map(|holds| holds.applies_to)
}

/// A text as it is kept.
fn said(text: &str) -> Result<&str, Fault> {
    match js_trim(text) {
        "" => Err(Fault::new(FaultKind::Caller, "empty", "there is no text to keep")
            .hint("`action: archive` (`quipu update ID --archive`) hides a memory")),
        text if text.len() > MAX_BODY => Err(refused::fault(&Refusal::TooLong(text.len()))),
        text => Ok(text),
    }
}

fn action(request: &UpdateRequest) -> Result<Option<Action>, Fault> {
    let caller = |code: &str, message: &str| Err(Fault::new(FaultKind::Caller, code, message));
    match (request.action.as_deref(), request.with_id.as_deref()) {
        (Some("supersede"), Some(by)) => Ok(Some(Action::Supersede(memory_id(by)?))),
        (Some("supersede"), None) => caller("no_with_id", "nothing was named to stand in its place")
            .map_err(|fault| fault.hint("name it in `with_id` (`quipu update ID --supersede-with OTHER`)")),
        (_, Some(_)) => caller("contradiction", "`with_id` is for the action `supersede`")
            .map_err(|fault| fault.hint("leave `with_id` out, or ask for `action: supersede`")),
        (Some("archive"), None) => Ok(Some(Action::Archive)),
        (Some("restore"), None) => Ok(Some(Action::Restore)),
        (Some(other), None) => caller("no_such_action", &format!("`{other}` is no action"))
            .map_err(|fault| fault.hint("actions are: archive, restore, supersede; an undo is `POST /v1/undo`")),
        (None, None) => Ok(None),
    }
}

/// What contradicts itself, or asks for nothing.
fn check(request: &UpdateRequest, action: Option<Action>) -> Result<(), Fault> {
    let refuse = |code: &str, message: String, hint: &str| Err(Fault::new(FaultKind::Caller, code, message).hint(hint));
    if request.text.is_some() && request.append.is_some() {
        let message = "`text` takes the place of what is there, `append` goes behind it".to_owned();
        return refuse("contradiction", message, "give one of the two");
    }
    if let Some(word) = request.add_keywords.iter().find(|word| request.remove_keywords.contains(word)) {
        let message = format!("the keyword `{word}` is to be added and to be removed");
        return refuse("contradiction", message, "give it once");
    }
    let edits = [
        ("text", request.text.is_some()),
        ("append", request.append.is_some()),
        ("title", request.title.is_some()),
        ("kind", request.kind.is_some()),
        ("applies_to", request.applies_to.is_some()),
        ("pinned", request.pinned == Some(true)),
        ("status", request.status.is_some()),
        ("priority", request.priority.is_some()),
        ("due", request.due.is_some()),
    ];
    if let Some((name, _)) = edits.iter().find(|(_, asked)| hides(action) && *asked) {
        let message = format!("`{name}` is for a memory that is shown, and this one is to be hidden");
        return refuse("contradiction", message, "change it first, then hide it, or only hide it");
    }
    let valid = request.always_valid || request.valid_from.is_some() || request.valid_to.is_some();
    let beside = [&request.add_links, &request.remove_links].iter().any(|links| !links.is_empty())
        || [&request.add_files, &request.remove_files, &request.add_symbols, &request.remove_symbols]
            .iter()
            .any(|names| !names.is_empty());
    let files = beside
        || !request.add_keywords.is_empty()
        || !request.remove_keywords.is_empty()
        || request.pinned.is_some()
        || request.private.is_some()
        || request.importance.is_some()
        || valid;
    if action.is_none() && !files && edits.iter().all(|(_, asked)| !asked) {
        let message = "nothing was asked for".to_owned();
        let hint = "give a new `text`, something to `append`, `title`, `kind`, keywords, `pinned`, `importance`, `valid_to`, links, files, symbols, a `status`, or an `action`";
        return refuse("nothing_asked", message, hint);
    }
    Ok(())
}
