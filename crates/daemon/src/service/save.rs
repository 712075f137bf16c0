//! Saving a memory on purpose, and importing one that has an id of its own.
//! It must not know files.
//! Invariant: redacted before it queues; acknowledged only when it is durable.

use quipu_core::change::{MAX_BODY, Refusal};
use quipu_core::hash::js_trim;
use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::memory::{Memory, Note, Origin, ProjectKey, SessionRef};
use quipu_core::outcome::{NEEDS_CONFIRMATION, Outcome, Word};
use quipu_core::rank::weights::NEARLY_THE_SAME;
use quipu_core::scope::{Privacy, Reader};
use quipu_core::standing::{Importance, Validity};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::spool::SpoolEntry;
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};
use quipu_store::read::NearQuery;
use quipu_store::write::{Applied, Lane, Write};
use uuid::Uuid;

use super::confirm::before_hiding;
use super::scopes::{self, Who};
use super::show::memory_id;
use super::{Service, aside, by_hand, fault_of, gone, importance, kind, other_write, refused, view};

/// At most so many memories that say nearly the same are named.
const NEAR: usize = 3;

/// Saves a note that lay in the spool. Whoever wrote it has long gone: what is refused is kept aside with the reason.
///
/// # Errors
/// As [`save`], and a body that is no request.
pub(super) fn spooled_note(service: &Service, entry: &SpoolEntry) -> Result<(), Fault> {
    let bad = |why: String| Fault::new(FaultKind::Caller, "bad_payload", format!("the spooled note is no note: {why}"));
    let request: SaveRequest =
        serde_json::from_str(entry.body.as_deref().unwrap_or_default()).map_err(|error| bad(error.to_string()))?;
    let event = entry.event_id.parse().map_err(|_| bad("its id is no UUID".to_owned()))?;
    let reader = if entry.session_id.is_empty() { Reader::Person } else { Reader::Agent };
    let reply = save(service, Who::Direct(reader), Some(event), &request)?;
    match reply.reason.filter(|_| reply.outcome == Word::Rejected.as_str()) {
        Some(reason) => Err(bad(reason)),
        None => Ok(()),
    }
}

pub(crate) fn save(
    service: &Service,
    who: Who<'_>,
    event: Option<EventId>,
    request: &SaveRequest,
) -> Result<SaveReply, Fault> {
    let body = js_trim(&request.text);
    if body.is_empty() {
        return Err(Fault::new(FaultKind::Caller, "empty", "there is no text to remember")
            .hint("give it as an argument, or pipe it in: `echo … | quipu save -`"));
    }
    if body.len() > MAX_BODY {
        return Err(Fault::new(
            FaultKind::Caller,
            "too_long",
            format!("{} bytes are too much for one memory", body.len()),
        )
        .hint("save what was learnt from it, with a pointer to the file"));
    }
    if request.private && !who.reader().may_see(Privacy::Private) {
        return Err(scopes::a_persons());
    }
    if let Some(old) = &request.supersedes {
        who.sees(service, old)?;
    }
    for link in &request.links {
        who.sees(service, &link.id)?;
    }
    let project = match (&request.project, &request.cwd) {
        (Some(path), _) => Some(ProjectKey(path.clone())),
        (None, Some(cwd)) => Some(service.project_of(cwd)?),
        (None, None) => None,
    };
    let mut safe = service.safe(request.cwd.as_deref().or(request.project.as_deref()));
    let body = safe.body(body);
    if let Some(reason) = body.refusal() {
        return Ok(SaveReply {
            outcome: Word::Rejected.as_str().to_owned(),
            reason: Some(reason.to_owned()),
            redacted: safe.labels(),
            mode: service.mode().to_owned(),
            ..SaveReply::default()
        });
    }
    let title = safe.text(request.title.as_deref().unwrap_or(""));
    let applies_to = safe.text(request.applies_to.as_deref().unwrap_or_default());
    let holds = match &request.id {
        Some(_) => scopes::written(&applies_to, project.as_ref()),
        None => scopes::typed(&applies_to, project.as_ref())?,
    };
    let mut keywords: Vec<String> = request.keywords.iter().map(|word| safe.text(word)).collect();
    keywords.extend(holds.keywords.into_iter().filter(|word| !request.keywords.contains(word)));
    // Of what was typed here nobody has another copy to compare it with.
    let original_hash = request.id.as_ref().and(body.original_hash);
    // What was exported comes back as what it was.
    let kind = match (&request.id, request.kind.as_deref()) {
        (Some(_), Some(name)) => kind(name)?,
        (_, name) => by_hand(name)?,
    };
    let root = project.as_ref().map(|key| key.0.as_str());
    let (aside, kept_by) = aside::of_save(request, kind, root, |text| safe.text(text))?;
    let note = Note {
        id: match &request.id {
            Some(id) => memory_id(id)?,
            None => MemoryId(Uuid::now_v7()),
        },
        kind,
        title: Some(title.trim().to_owned()).filter(|t| !t.is_empty()),
        applies_to: holds.applies_to,
        keywords,
        body: body.text,
        original_hash: original_hash.clone(),
        occurred_at: request.occurred_at.map_or_else(|| service.now(), Millis),
        project,
        session: request.session.clone().map(|(agent, id)| SessionRef { agent, id }),
        origin: if request.id.is_some() { Origin::Imported } else { Origin::Saved },
        supersedes: request.supersedes.as_deref().map(memory_id).transpose()?,
        privacy: scopes::privacy(request.private),
        importance: request.importance.map_or(Ok(Importance::ORDINARY), importance)?,
        valid: Validity { from: request.valid_from.map(Millis), to: request.valid_to.map(Millis) },
        aside,
        kept_by,
    };
    if note.valid.is_never() {
        return Err(refused::fault(&Refusal::NeverValid));
    }
    let mut reply = SaveReply {
        redacted: safe.labels(),
        notes: holds.notes,
        original_hash,
        mode: service.mode().to_owned(),
        ..SaveReply::default()
    };
    if let Some(old) = note.supersedes {
        let sees = |memory: &Memory| {
            who.reader().may_see(memory.privacy) && (note.project.is_none() || memory.project == note.project)
        };
        if let Some(asked) = before_hiding(service, "supersede", &[old], request.confirm.as_deref(), sees)? {
            (reply.outcome, reply.reason) = (Word::Rejected.as_str().to_owned(), Some(NEEDS_CONFIRMATION.to_owned()));
            (reply.would_change, reply.confirm) = (asked.would_change, Some(asked.confirm));
            return Ok(reply);
        }
    }
    let applied =
        service.engine.write(event, Write::Note(Box::new(note)), Lane::Interactive, service.now()).map_err(fault_of)?;
    let outcome = match applied.apart().0 {
        Applied::Memory(outcome) => outcome,
        Applied::Gone => return Err(gone()),
        _ => return Err(other_write()),
    };
    reply.outcome = outcome.word().as_str().to_owned();
    reply.id = outcome.id().map(|id| id.to_string());
    // Files that are brought in are as they are; nobody looks at each.
    if let Some(id) = outcome.id().filter(|_| request.id.is_none()) {
        let looked =
            NearQuery { to: id, reader: who.reader(), least: NEARLY_THE_SAME, limit: NEAR, now: service.now() };
        let near = service.engine.near(&looked).unwrap_or_else(|error| {
            tracing::warn!(%error, "what is near to a saved memory cannot be told");
            Vec::new()
        });
        reply.near = near.into_iter().map(view::near).collect();
    }
    match outcome {
        Outcome::Superseded { old, .. } => reply.supersedes = Some(old.to_string()),
        Outcome::Rejected(reason) => reply.reason = Some(reason),
        _ => {}
    }
    Ok(reply)
}
