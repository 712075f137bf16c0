//! What a hook is answered, and what it leaves behind: a briefing, a few memories, a trace of the turn.
//! It must not know the client's deadline; it is as quick as it can be and nobody waits for its writes but at the end.
//! Invariant: a paused project gets `{}` and leaves nothing but a count of that; no event makes a host block but the end of
//! a turn, once a session, where the user has asked for it (`stop.rs`).

mod briefing;
mod capture;
mod edit;
mod lease;
mod mail;
mod prompt;
mod signs;
mod stop;
mod told;
mod trail;
mod unprinted;

use std::path::Path;
use std::sync::Arc;

use quipu_agents::Privacy;
use quipu_agents::claude_code::{AGENT, hook as claude};
use quipu_core::id::{EventId, Millis};
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_core::offer::Silence;
use quipu_core::scope::Standpoint;
use quipu_core::turn::Speaker;
use quipu_protocol::config::{Config, keys};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::spool::{SPOOL_NOTE, SpoolEntry};
use quipu_protocol::wire::daemon::HookReply;

pub(super) use lease::Warned;
pub(crate) use prompt::without_tool_output;
pub(super) use told::Told;
pub(super) use unprinted::{Unprinted, printed};

use lease::Leased;
use trail::Answer;

use super::mail::Given;
use super::{Service, spooled_note};
use crate::places;
use crate::settings::{self, Keeps};

/// A payload with what follows from it.
struct Event<'a> {
    payload: &'a claude::Payload,
    id: Option<EventId>,
    session: SessionRef,
    project: ProjectKey,
    at: Millis,
    waits: Waits,
    /// What is set for its project.
    config: Config,
    /// What may be kept of it.
    privacy: Arc<Privacy>,
    /// Whether it may leave anything behind.
    keeps: bool,
}

/// Who waits for what the event leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    /// A host, and behind it a person: only the end of a turn is worth the time.
    Host,
    /// The spool, which deletes the event's file afterwards: everything is waited for.
    Spool,
}

/// Answers one hook of `agent`.
pub(crate) fn hook(
    service: &Service,
    agent: &str,
    (id, peer): (Option<EventId>, Option<u32>),
    body: &[u8],
) -> Result<HookReply, Fault> {
    known(agent)?;
    let payload: claude::Payload = serde_json::from_slice(body).map_err(|e| {
        Fault::new(FaultKind::Caller, "bad_payload", format!("the hook's input is not what it should be: {e}"))
    })?;
    if mail::is_idle(service, &payload) {
        // It is there all the same, for what it holds and for who asks.
        service.is_alive(&SessionRef { agent: AGENT.to_owned(), id: payload.session_id.clone() });
        return Ok(nothing());
    }
    let event = event(service, &payload, id, service.now(), Waits::Host)?;
    let quiet = quiet(service, &event)?;
    if quiet == Some(Quiet::Denied) {
        return Ok(nothing());
    }
    unprinted::take_back(service);
    let leased = match payload.hook_event_name.as_str() {
        claude::EDIT_EVENT => lease::of_others(service, &event),
        _ => None,
    };
    // Whatever a session does, but to end, it is there for what it holds.
    if payload.hook_event_name != "SessionEnd" {
        service.session_is_active(&event.session);
    }
    if let Some(Leased::Deny(words)) = &leased {
        return Ok(HookReply { output: claude::deny(&event.privacy.redact(words)), ..nothing() });
    }
    // While it is paused nobody is told who is here either.
    let ends = if quiet.is_none() { signs::of(service, &event, peer) } else { Ok(()) };
    let mut once = Vec::new();
    let answer = match payload.hook_event_name.as_str() {
        "SessionStart" | "UserPromptSubmit" if quiet.is_some() => Some(Answer::silent(Silence::Paused)),
        "SessionStart" => Some(briefing::brief(service, &event)?),
        "UserPromptSubmit" => Some(prompt::recall(service, &event)?),
        claude::EDIT_EVENT if !event.config.flag(keys::FILE_NOTES) => None,
        claude::EDIT_EVENT if quiet.is_some() => Some(Answer::silent(Silence::Paused)),
        claude::EDIT_EVENT => {
            let (answer, said) = edit::note(service, &event)?;
            once = said;
            Some(answer)
        }
        _ => None,
    };
    let mut offer = answer.as_ref().and_then(|answer| trail::of(&event, answer));
    if once.is_empty() {
        // Before the event itself is kept, so that both go into one commit.
        offer.take().into_iter().for_each(|offer| trail::submit(service, offer));
    }
    // A question while a tool waits leaves nothing else behind: the transcript will tell of the edit.
    if quiet.is_none() && !matches!(payload.hook_event_name.as_str(), claude::EDIT_EVENT | claude::STEP_EVENT) {
        capture::keep(service, &event, ends)?;
        // After what was said is kept: a turn that is held up has ended all the same.
        if let Some((reason, said)) = stop::left_open(service, &event)? {
            let once = unprinted::wait(service, event.id, vec![said], None)?;
            return Ok(HookReply { output: claude::hold_up(&event.privacy.redact(&reason)), once, ..nothing() });
        }
    }
    let mut text = answer.map(|answer| answer.text).unwrap_or_default();
    if let Some(Leased::Warn(words, said)) = leased {
        once.push(said);
        let rest = std::mem::replace(&mut text, words);
        if !rest.is_empty() {
            text = format!("{text}\n{rest}");
        }
    }
    let given = match quiet {
        None => mail::given(service, &event, text.len()),
        Some(_) => Given::default(),
    };
    if payload.hook_event_name == "Stop" && !given.text.is_empty() {
        let output = claude::hold_up(&event.privacy.redact(&given.text));
        return Ok(HookReply { output, shown: given.deliveries, ..nothing() });
    }
    let text = mail::behind(text, &given.text);
    // The rules may be newer than what is remembered.
    let output = claude::answer(&payload.hook_event_name, &event.privacy.redact(&text));
    let once = unprinted::wait(service, event.id, once, offer)?;
    Ok(HookReply { output, shown: given.deliveries, once })
}

fn nothing() -> HookReply {
    HookReply { output: claude::answer("", ""), ..HookReply::default() }
}

/// Applies what a hook left in the spool: as the hook would have been, without an answer.
pub(crate) fn apply_spooled(service: &Service, entry: &SpoolEntry) -> Result<(), Fault> {
    if entry.agent == SPOOL_NOTE {
        return spooled_note(service, entry);
    }
    known(&entry.agent)?;
    let mut payload: claude::Payload = match &entry.body {
        Some(body) => serde_json::from_str(body).map_err(|e| {
            Fault::new(FaultKind::Caller, "bad_payload", format!("the spooled body is not a payload: {e}"))
        })?,
        None => claude::Payload::default(),
    };
    payload.hook_event_name.clone_from(&entry.event);
    payload.session_id.clone_from(&entry.session_id);
    payload.transcript_path.clone_from(&entry.transcript_path);
    payload.cwd.clone_from(&entry.cwd);
    let id = entry.event_id.parse().ok();
    let event = event(service, &payload, id, Millis(entry.at), Waits::Spool)?;
    if quiet(service, &event)?.is_some() {
        return Ok(());
    }
    let ends = signs::of(service, &event, None);
    trail::note_late(service, &event, id)?;
    capture::keep(service, &event, ends)
}

fn known(agent: &str) -> Result<(), Fault> {
    if agent == AGENT {
        return Ok(());
    }
    Err(Fault::new(FaultKind::Caller, "no_such_agent", format!("no hooks of `{agent}` are known"))
        .hint(format!("known: {AGENT}")))
}

fn event<'a>(
    service: &Service,
    payload: &'a claude::Payload,
    id: Option<EventId>,
    at: Millis,
    waits: Waits,
) -> Result<Event<'a>, Fault> {
    if payload.session_id.is_empty() {
        return Err(Fault::new(FaultKind::Caller, "bad_payload", "the hook's input names no session"));
    }
    let session = SessionRef { agent: AGENT.to_owned(), id: payload.session_id.clone() };
    let cwd = payload.cwd.as_deref().unwrap_or("/");
    let project = service.project_of(cwd)?;
    let config = service.settings.of(Path::new(cwd)).config.clone();
    let transcript = payload.transcript_path.as_deref().filter(|path| !path.as_os_str().is_empty());
    let places: Vec<&Path> = [Path::new(cwd), Path::new(&project.0)].into_iter().chain(transcript).collect();
    // Where nobody knows what may be kept, the transcript has it for later.
    let keeps = settings::keeps(&config, &places) == Keeps::Yes;
    let privacy = service.privacy(Some(cwd));
    Ok(Event { payload, id, session, project, at, waits, config, privacy, keeps })
}

/// Why an event gets nothing and is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quiet {
    /// Hooks do nothing here, by the user's word.
    Denied,
    /// Recalling and keeping are paused.
    Paused,
}

fn quiet(service: &Service, event: &Event<'_>) -> Result<Option<Quiet>, Fault> {
    let cwd = event.payload.cwd.as_deref().unwrap_or("/");
    if settings::is_hook_denied(&event.config, &[Path::new(cwd), Path::new(&event.project.0)]) {
        return Ok(Some(Quiet::Denied));
    }
    let is_paused = service.pauses()?.iter().any(|pause| pause.covers(&event.project, event.at));
    Ok(is_paused.then_some(Quiet::Paused))
}

/// Who is told something at `event`, where he stands: nothing is recalled that does not hold there.
fn standpoint(event: &Event<'_>) -> Standpoint {
    let branch = event.payload.cwd.as_deref().and_then(places::branch_of);
    Standpoint::new(branch, Some(event.session.clone()))
}

/// Whether the prompt may be answered with memories: the host's own prompts are not.
fn is_answered(author: Speaker) -> bool {
    author != Speaker::Machine
}
