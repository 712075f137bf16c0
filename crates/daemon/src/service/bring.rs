//! Records brought back: memories as they were where they were taken out.
//! It must not know files.
//! Invariant: redacted before it queues, revisions too; one record that is refused keeps none of the others out.

use std::sync::mpsc::sync_channel;

use quipu_core::change::{Content, MAX_BODY, Pin};
use quipu_core::class::Class;
use quipu_core::hash::{content_hash, js_trim};
use quipu_core::id::{EventId, Millis};
use quipu_core::memory::{Lifecycle, Memory, Origin, ProjectKey, Provenance, Revision, SessionRef};
use quipu_core::outcome::Outcome;
use quipu_core::standing::{Importance, Validity};
use quipu_core::turn::Speaker;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::{MemoryView, RevisionView};
use quipu_protocol::wire::records::{BringReply, BringRequest, BroughtView, MOST_RECORDS, RECORD_VERSION, RecordView};
use quipu_store::record::{Capture, Record};
use quipu_store::write::{Applied, Lane, Write};
use sha2::{Digest, Sha256};

use super::safe::Safe;
use super::show::memory_id;
use super::{Service, aside, fault_of, kind, other_write};

pub(crate) fn bring(service: &Service, event: Option<EventId>, request: BringRequest) -> Result<BringReply, Fault> {
    if request.records.len() > MOST_RECORDS {
        let message = format!("{} records are too many for one request", request.records.len());
        return Err(Fault::new(FaultKind::Caller, "too_many_records", message)
            .hint(format!("send at most {MOST_RECORDS} at a time")));
    }
    let mut outcomes = Vec::with_capacity(request.records.len());
    let mut waiting = Vec::new();
    for (n, view) in request.records.into_iter().enumerate() {
        let mut brought = BroughtView::default();
        match record(service, view, &mut brought.redacted) {
            Err(fault) => (brought.outcome, brought.reason) = ("rejected".to_owned(), Some(fault.message)),
            Ok(record) => {
                let (sender, receiver) = sync_channel(1);
                let reply = Box::new(move |outcome| {
                    // A caller that has gone does not need the answer; the write stands.
                    let _ = sender.send(outcome);
                });
                let (event, write) = (event.map(|event| part(event, n)), Write::Record(Box::new(record)));
                service.engine.submit(event, write, Lane::Bulk, service.now(), reply);
                waiting.push((n, receiver));
            }
        }
        outcomes.push(brought);
    }
    for (n, receiver) in waiting {
        let applied = receiver.recv().unwrap_or(Err(quipu_store::StoreError::Closed)).map_err(fault_of)?;
        let Applied::Memory(outcome) = applied else { return Err(other_write()) };
        let brought = &mut outcomes[n];
        brought.outcome = outcome.word().as_str().to_owned();
        brought.id = outcome.id().map(|id| id.to_string());
        if let Outcome::Rejected(reason) = outcome {
            brought.reason = Some(reason);
        }
    }
    Ok(BringReply { outcomes, mode: service.mode().to_owned() })
}

/// The id of one write of several that came under one: the same whenever they come again.
fn part(event: EventId, n: usize) -> EventId {
    let digest = Sha256::new().chain_update(event.0.as_bytes()).chain_update((n as u64).to_le_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    EventId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn caller(message: String) -> Fault {
    Fault::new(FaultKind::Caller, "bad_record", message)
}

/// A record as it is stored.
fn record(service: &Service, view: RecordView, redacted: &mut Vec<String>) -> Result<Record, Fault> {
    if view.version > RECORD_VERSION {
        return Err(caller(format!("version {} is of a newer quipu; this one knows {RECORD_VERSION}", view.version)));
    }
    let mut safe = service.safe(view.memory.project.as_deref());
    let past = view.revisions.iter().map(|revision| past(revision, &mut |text| safe.text(text)));
    let past = past.collect::<Result<_, _>>()?;
    let capture = view.capture.map(|c| Capture {
        source_id: c.source_id,
        group: c.group,
        hook_key: c.hook_key,
        position: c.position,
    });
    let of = kind(&view.memory.kind)?;
    let links = view.memory.links.iter().map(|link| (link.relation.as_str(), link.id.as_str()));
    let named = (&view.memory.given_files[..], &view.memory.symbols[..]);
    let aside = aside::of_view(of, view.memory.work.as_ref(), links, named, |text| safe.text(text));
    let memory = memory(view.memory, &mut safe)?;
    redacted.extend(safe.labels());
    Ok(Record { memory, capture, past, aside })
}

fn memory(view: MemoryView, safe: &mut Safe) -> Result<Memory, Fault> {
    let text = js_trim(&view.text);
    if text.is_empty() || text.len() > MAX_BODY {
        return Err(caller(format!("a text of {} bytes is none that a memory can have", text.len())));
    }
    let body = safe.body(text);
    if let Some(reason) = body.refusal() {
        return Err(Fault::new(FaultKind::Caller, "private", reason));
    }
    let (body, original_hash) = (body.text, view.original_hash.or(body.original_hash));
    let mut safe = |text: &str| safe.text(text);
    let kind = kind(&view.kind)?;
    let origin = Origin::parse(&view.origin).unwrap_or(Origin::Imported);
    let superseded_by = view.superseded_by.as_deref().map(memory_id).transpose()?;
    let aggregated_into = view.aggregated_into.as_deref().map(memory_id).transpose()?;
    Ok(Memory {
        id: memory_id(&view.id)?,
        kind,
        class: Class::parse(&view.class).unwrap_or_else(|| Class::of_kind(kind)),
        title: view.title.map(|title| safe(title.trim())).filter(|title| !title.is_empty()),
        applies_to: safe(&view.applies_to),
        keywords: view.keywords.iter().map(|word| safe(word)).collect(),
        files: view.files,
        content_hash: content_hash(&body),
        body,
        occurred_at: Millis(view.occurred_at),
        recorded_at: Millis(view.recorded_at),
        project: view.project.map(ProjectKey),
        session: view.agent.zip(view.session_id).map(|(agent, id)| SessionRef { agent, id }),
        branch: view.branch.map(|branch| safe(&branch)),
        origin,
        speaker: if view.programmatic { Speaker::Program } else { Speaker::Person },
        lifecycle: match (superseded_by, aggregated_into, view.archived_at) {
            (Some(_), ..) => Lifecycle::Superseded,
            (None, Some(_), _) => Lifecycle::Aggregated,
            (None, None, Some(_)) => Lifecycle::Archived,
            (None, None, None) => Lifecycle::Live,
        },
        superseded_by,
        aggregated_into,
        importance: importance(view.importance)?,
        valid: valid(view.valid_from, view.valid_to),
        archived_at: view.archived_at.map(Millis),
        archive_reason: view.archive_reason.map(|reason| safe(&reason)),
        pin: pin(view.pinned),
        privacy: super::scopes::privacy(view.private),
        revision: view.revision.max(1),
        provenance: view.source.map(|s| Provenance { path: s.path, from: s.from, to: s.to }),
        redactions: view.redactions,
        original_hash,
    })
}

fn past(view: &RevisionView, safe: &mut impl FnMut(&str) -> String) -> Result<Revision, Fault> {
    Ok(Revision {
        number: view.revision,
        content: Content {
            kind: kind(&view.kind)?,
            title: view.title.as_deref().map(&mut *safe),
            applies_to: safe(&view.applies_to),
            keywords: view.keywords.iter().map(|word| safe(word)).collect(),
            body: safe(&view.text),
            pin: pin(view.pinned),
            privacy: super::scopes::privacy(view.private),
            importance: importance(view.importance)?,
            valid: valid(view.valid_from, view.valid_to),
            aside: aside::of_view(
                kind(&view.kind)?,
                view.work.as_ref(),
                view.links.iter().map(|link| (link.relation.as_str(), link.id.as_str())),
                (&view.given_files, &view.symbols),
                &mut *safe,
            ),
        },
        lifecycle: Lifecycle::parse(&view.lifecycle)
            .ok_or_else(|| caller(format!("`{}` is no state of a memory", view.lifecycle)))?,
        since: Millis(view.changed_at),
        reason: view.reason.as_deref().map(&mut *safe),
    })
}

/// How much it matters; 0 is what a quipu wrote that knew no importance.
fn importance(number: u8) -> Result<Importance, Fault> {
    if number == 0 { Ok(Importance::ORDINARY) } else { super::importance(number) }
}

fn valid(from: Option<i64>, to: Option<i64>) -> Validity {
    Validity { from: from.map(Millis), to: to.map(Millis) }
}

fn pin(pinned: bool) -> Pin {
    if pinned { Pin::Pinned } else { Pin::Loose }
}
