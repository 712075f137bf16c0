//! At the end of a turn, if the user wants it: once a session, what it leaves open.
//! It must not know how the host is held up.
//! Invariant: never while a turn goes on because of a hook, never twice in a session, never where nothing is open; what is
//! said is made of rows, not of words in a transcript.

use quipu_core::fence;
use quipu_core::mail::{Ack, Mailbox};
use quipu_core::pack::HEAD;
use quipu_protocol::config::keys;
use quipu_protocol::fault::Fault;
use quipu_store::mail::{InboxQuery, Letter, Which};

use super::Event;
use super::unprinted::Once;
use crate::service::{Service, fault_of};

/// So many lines of each kind; the rest is counted.
const TOLD: usize = 5;
/// So many messages are looked through for those that want a word.
const LETTERS: usize = 50;
/// Of a title, in characters.
const TITLE: usize = 80;

/// What the session leaves open, if it is to be told so now: once, which whoever prints it says.
pub(super) fn left_open(service: &Service, event: &Event<'_>) -> Result<Option<(String, Once)>, Fault> {
    let payload = event.payload;
    let is_end = payload.hook_event_name == "Stop" && payload.agent_id.is_none() && !payload.stop_hook_active;
    if !is_end || !event.config.flag(keys::STOP_REMINDER) {
        return Ok(None);
    }
    let open = service.engine().left_open(&event.session).map_err(fault_of)?;
    let once = Once::LeftOpen(event.session.clone());
    if open.was_reminded || service.unprinted.is_under_way(&once) {
        return Ok(None);
    }
    let work = open.work.iter().map(|item| {
        let title = item.title.as_deref().or(item.body.lines().next()).unwrap_or_default();
        format!("- work item {}, active: {} (ends with `quipu work done ID`)", item.id, short(title))
    });
    let of = Mailbox::Session(event.session.clone());
    let query = InboxQuery { of, which: Which::Open, thread: None, limit: LETTERS, now: event.at };
    let letters = service.engine().inbox(&query).map_err(fault_of)?.letters;
    let unacked = letters.iter().filter(|letter| wants_a_word(letter)).map(|letter| {
        let from = letter.envelope.from.name();
        format!("- message {} from {} waits for an acknowledgement (`quipu ack ID`)", letter.memory.id, short(&from))
    });
    let table = service.held_by(&event.session);
    let held = table.iter().map(|what| format!("- still held: {} (`quipu lease release`)", short(what)));
    let mut lines = some(work.collect(), "work items");
    lines.extend(some(unacked.collect(), "messages"));
    lines.extend(some(held.collect(), "leases"));
    if lines.is_empty() {
        return Ok(None);
    }
    let told = "What this session leaves open, told once (`hooks.stop_reminder`):";
    let text = format!("{HEAD}{told}\n{}\n{}", fence::neutralise(&lines.join("\n")), fence::CLOSE);
    Ok(Some((text, once)))
}

fn wants_a_word(letter: &Letter) -> bool {
    letter.envelope.ack == Ack::Wanted && letter.delivery.is_some_and(|delivery| delivery.acked_at.is_none())
}

/// The first of them, and how many more there are.
fn some(mut lines: Vec<String>, what: &str) -> Vec<String> {
    let more = lines.len().saturating_sub(TOLD);
    lines.truncate(TOLD);
    if more > 0 {
        lines.push(format!("- and {more} more {what}"));
    }
    lines
}

/// A text on one line, cut.
fn short(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(TITLE) {
        None => flat,
        Some((at, _)) => format!("{} …", &flat[..at]),
    }
}
