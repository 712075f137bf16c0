//! The messages that a hook puts before its session, behind what it says of memories.
//! It must not know rows, nor how messages are laid out.
//! Invariant: a session's, not its subagents'; where nothing waits, nothing is looked up; both texts together are no longer
//! than hosts take.

use quipu_agents::claude_code::hook as claude;
use quipu_core::briefing::StartSource;
use quipu_core::memory::SessionRef;
use quipu_core::pack::MAX_BYTES;
use quipu_protocol::config::keys;
use quipu_protocol::fault::Fault;
use quipu_store::mail::Context;

use super::{AGENT, Event};
use crate::service::Service;
use crate::service::mail::{Given, Moment, hand, waits};

/// Whether a payload only asks for mail, and there is none: most come after tools, and nothing else is done for them.
pub(super) fn is_idle(service: &Service, payload: &claude::Payload) -> bool {
    if payload.hook_event_name != claude::STEP_EVENT {
        return false;
    }
    let session = SessionRef { agent: AGENT.to_owned(), id: payload.session_id.clone() };
    payload.agent_id.is_some() || !waits(service, &session).unwrap_or_else(untold)
}

/// What of the session's mail goes behind a text of so many bytes. Mail that cannot be read, or counted, keeps no memory back:
/// it waits.
pub(super) fn given(service: &Service, event: &Event<'_>, before: usize) -> Given {
    of_event(service, event, before).unwrap_or_else(untold)
}

fn untold<T: Default>(fault: Fault) -> T {
    tracing::warn!(code = fault.code, error = fault.message, "mail was not put before a session");
    T::default()
}

fn of_event(service: &Service, event: &Event<'_>, before: usize) -> Result<Given, Fault> {
    let payload = event.payload;
    let moment = match payload.hook_event_name.as_str() {
        _ if payload.agent_id.is_some() || !event.config.flag(keys::MAIL_DELIVERY) => return Ok(Given::default()),
        "SessionStart" => match payload.start_source() {
            StartSource::Compact | StartSource::Clear => Moment::Start(Context::Anew),
            _ => Moment::Start(Context::Kept),
        },
        "UserPromptSubmit" => Moment::Prompt,
        claude::STEP_EVENT => Moment::Step,
        // A turn is held up once, and not for what the host takes for one that goes on because of a hook.
        "Stop" if !payload.stop_hook_active => Moment::End,
        _ => return Ok(Given::default()),
    };
    // What is held back waits: it is not even offered.
    if service.is_delivery_paused(&event.session, &event.project, &service.roles_of(&event.session, &event.project))? {
        return Ok(Given::default());
    }
    let room = MAX_BYTES.saturating_sub(before + 1);
    hand(service, &event.session, moment, (event.config.number(keys::MAIL_TOKENS), room), event.at)
}

/// One text behind another.
pub(super) fn behind(mut text: String, more: &str) -> String {
    if !text.is_empty() && !more.is_empty() {
        text.push('\n');
    }
    text.push_str(more);
    text
}
