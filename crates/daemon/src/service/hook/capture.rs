//! What a hook leaves behind: marks on its session, the name of its transcript, and what it carried as provisional rows until that tells it.
//! It must not know what the hook is answered.
//! Invariant: redacted before it queues; the key names the same turn whichever process carries it.

use quipu_agents::claude_code::hook as claude;
use quipu_agents::claude_code::transcript::prompt_text;
use quipu_core::briefing::StartSource;
use quipu_core::fence;
use quipu_core::hash;
use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_core::redact::private;
use quipu_core::turn::Speaker;
use quipu_protocol::fault::Fault;
use quipu_store::write::{HookTurn, Lane, SessionEvent, SessionMark, Write};
use uuid::Uuid;

use super::{Event, Waits};
use crate::jobs::ingest::Hint;
use crate::service::presence::GoesOn;
use crate::service::{Service, fault_of};

/// What the event leaves behind. Prompts are written without waiting; ends of turns are waited for.
pub(super) fn keep(service: &Service, event: &Event<'_>, ends: Result<(), GoesOn>) -> Result<(), Fault> {
    if !event.keeps {
        return Ok(());
    }
    let payload = event.payload;
    // A subagent's prompts, answers and compactions are its caller's machinery, not the session's turns.
    let own = payload.agent_id.is_none();
    match payload.hook_event_name.as_str() {
        "SessionStart" => {
            let is_empty = matches!(payload.start_source(), StartSource::Compact | StartSource::Clear);
            if is_empty {
                service.told().forget(&event.session.id);
                service.warned.forget(&event.session.id);
            }
            mark(service, event, if is_empty { SessionEvent::Anew } else { SessionEvent::Seen })?;
        }
        "UserPromptSubmit" if own => prompt(service, event, payload.prompt_author())?,
        "Stop" if own => answer(service, event)?,
        "PostCompact" if own => summary(service, event)?,
        "SessionEnd" if ends.is_ok() => {
            let reason = event.privacy.redact(payload.reason.as_deref().unwrap_or("other")).into_owned();
            mark(service, event, SessionEvent::Ended(reason))?;
            // One that comes late may be of a session that has gone on since: what it holds expires.
            if own && event.waits == Waits::Host {
                service.session_has_ended(&event.session);
            }
        }
        _ => {}
    }
    if let Some(path) = &payload.agent_transcript_path {
        service.ingest.named_subagent(path.clone());
    }
    if let Some(path) = &payload.transcript_path {
        let hint = match payload.hook_event_name.as_str() {
            "SessionEnd" => Hint::Over,
            "Stop" | claude::COMPACT_EVENT | "PostCompact" if own => Hint::Settled,
            _ => Hint::Growing,
        };
        service.ingest.named_by_hook(path.clone(), hint);
    }
    Ok(())
}

/// Notes what happened to the session; no host waits for it.
fn mark(service: &Service, event: &Event<'_>, what: SessionEvent) -> Result<(), Fault> {
    submit(service, event, Write::Session(Box::new(session_mark(event, what))))
}

/// Keeps the prompt; no host waits for it, because a person does.
fn prompt(service: &Service, event: &Event<'_>, author: Speaker) -> Result<(), Fault> {
    let said = event.payload.prompt.as_deref().map(prompt_text);
    if let Some(turn) = turn(event, Kind::Prompt, said.as_deref(), author) {
        submit(service, event, Write::Hook(Box::new(turn)))?;
    }
    Ok(())
}

/// Keeps the answer, and waits until it is durable.
fn answer(service: &Service, event: &Event<'_>) -> Result<(), Fault> {
    wait(service, event, turn(event, Kind::Answer, event.payload.last_assistant_message.as_deref(), Speaker::Person))
}

/// Keeps a compaction's summary, marks the session, and waits until both are durable.
fn summary(service: &Service, event: &Event<'_>) -> Result<(), Fault> {
    wait(service, event, turn(event, Kind::Checkpoint, event.payload.compact_summary.as_deref(), Speaker::Person))?;
    let mark = Write::Session(Box::new(session_mark(event, SessionEvent::Compacted)));
    service.engine().write(None, mark, Lane::Interactive, service.now()).map_err(fault_of)?;
    Ok(())
}

fn wait(service: &Service, event: &Event<'_>, turn: Option<HookTurn>) -> Result<(), Fault> {
    turn.map_or(Ok(()), |turn| write(service, event, Write::Hook(Box::new(turn))))
}

fn write(service: &Service, event: &Event<'_>, write: Write) -> Result<(), Fault> {
    service.engine().write(event.id, write, Lane::Interactive, service.now()).map(drop).map_err(fault_of)
}

fn submit(service: &Service, event: &Event<'_>, what: Write) -> Result<(), Fault> {
    if event.waits == Waits::Spool {
        return write(service, event, what);
    }
    let reply = Box::new(|outcome: Result<_, quipu_store::StoreError>| {
        if let Err(error) = outcome {
            tracing::warn!(%error, "a hook's write was not kept; its transcript has it");
        }
    });
    service.engine().submit(event.id, what, Lane::Interactive, service.now(), reply);
    Ok(())
}

fn turn(event: &Event<'_>, kind: Kind, text: Option<&str>, speaker: Speaker) -> Option<HookTurn> {
    let text = fence::strip(text?);
    let (body, found) = event.privacy.redactor().redact(hash::js_trim(&text));
    if body.is_empty() || private::is_all(&body) {
        return None;
    }
    let name = event
        .payload
        .prompt_id
        .clone()
        .unwrap_or_else(|| format!("{}@{}", hash::content_hash(&body), event.at.0 / 1_000));
    Some(HookTurn {
        id: MemoryId(Uuid::now_v7()),
        key: format!("{}/{}/{}/{name}", event.session.agent, event.session.id, kind.as_str()),
        kind,
        redactions: found.iter().map(|f| f.count).sum(),
        body: body.into_owned(),
        at: event.at,
        session: event.session.clone(),
        project: event.project.clone(),
        speaker,
    })
}

/// A mark of `event` on its session.
fn session_mark(event: &Event<'_>, what: SessionEvent) -> SessionMark {
    SessionMark {
        session: event.session.clone(),
        project: event.project.clone(),
        cwd: event.payload.cwd.clone(),
        at: event.at,
        event: what,
    }
}
