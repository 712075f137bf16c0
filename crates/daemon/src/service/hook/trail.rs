//! What a hook was answered, written into the ledger: its lines with the reason for each, or why there were none.
//! It must not know how a line is chosen, nor SQL.
//! Invariant: nobody waits for it: it goes with the next commit, and is lost where that never comes; a text never goes in.

use quipu_core::id::EventId;
use quipu_core::memory::SessionRef;
use quipu_core::offer::{Line, Silence};
use quipu_core::turn::session_name;
use quipu_protocol::fault::Fault;
use quipu_store::ledger::{Entry, Offer};
use quipu_store::write::{Lane, Write};

use super::Event;
use crate::service::{Service, fault_of};

/// What a hook says to an agent.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Put before the agent; empty where there is silence.
    pub(super) text: String,
    /// What that costs, estimated.
    pub(super) tokens: usize,
    /// The memories in it.
    pub(super) lines: Vec<Line>,
    /// Why there are none.
    pub(super) silence: Option<Silence>,
    /// Memories that were not looked at.
    pub(super) left_out: usize,
}

impl Answer {
    /// Nothing, for this reason.
    pub(super) fn silent(why: Silence) -> Self {
        Self { silence: Some(why), ..Self::default() }
    }
}

/// Whose context it is that an event adds to: a subagent has one of its own.
pub(super) fn reader(event: &Event<'_>) -> SessionRef {
    let name = session_name(&event.session.id, event.payload.agent_id.as_deref());
    SessionRef { agent: event.session.agent.clone(), id: name.into_owned() }
}

/// What is to be noted of an answer; nothing where nothing is kept.
pub(super) fn of(event: &Event<'_>, answer: &Answer) -> Option<Offer> {
    event.keeps.then(|| offer(event, event.id, answer))
}

/// Notes what was answered.
pub(super) fn submit(service: &Service, offer: Offer) {
    let write = Write::Ledger(Box::new(Entry::Offer(offer)));
    // What is dropped or lost is missing in `quipu why`, and nowhere else.
    let reply = Box::new(|outcome: Result<_, quipu_store::StoreError>| {
        if let Err(error) = outcome {
            tracing::debug!(%error, "what a hook was answered was not noted");
        }
    });
    service.engine().submit(None, write, Lane::Aside, service.now(), reply);
}

/// Notes that whoever asked had given up before the answer came: the event lay in the spool.
pub(super) fn note_late(service: &Service, event: &Event<'_>, id: Option<EventId>) -> Result<(), Fault> {
    let is_asked = matches!(event.payload.hook_event_name.as_str(), "SessionStart" | "UserPromptSubmit");
    if !event.keeps || !is_asked {
        return Ok(());
    }
    let write = Write::Ledger(Box::new(Entry::Late(offer(event, id, &Answer::default()))));
    service.engine().write(None, write, Lane::Interactive, service.now()).map(drop).map_err(fault_of)
}

fn offer(event: &Event<'_>, id: Option<EventId>, answer: &Answer) -> Offer {
    Offer {
        id,
        event: event.payload.hook_event_name.clone(),
        at: event.at,
        session: reader(event),
        project: event.project.clone(),
        lines: answer.lines.clone(),
        tokens: answer.tokens,
        bytes: answer.text.len(),
        silence: answer.silence,
        left_out: answer.left_out,
    }
}
