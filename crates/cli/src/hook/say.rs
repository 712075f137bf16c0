//! What a hook says: its one line on standard output, and the word that it was printed.
//! It must not know what is said.
//! Invariant: one line, once; messages are said to be shown after they went to the host, and not where that failed.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use quipu_core::id::EventId;
use quipu_protocol::client::{Client, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::wire::mail::ShownRequest;

/// So long a host waits at most for a word that its messages were printed, where there were any.
const CONFIRMING: Duration = Duration::from_millis(25);
/// So long even where the time is over: the output is with the host already.
const LEAST_CONFIRMING: Duration = Duration::from_millis(3);

static PRINTED: AtomicBool = AtomicBool::new(false);

/// What is to be printed: JSON text, empty for `{}`; and what is to be told of it once it is.
#[derive(Default)]
pub(super) struct Said {
    pub(super) output: String,
    pub(super) confirm: Option<Confirm>,
}

impl From<String> for Said {
    fn from(output: String) -> Self {
        Self { output, confirm: None }
    }
}

/// Whether an output went to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Printed {
    Yes,
    No,
}

/// Prints once; whoever comes second keeps silent.
pub(super) fn print(output: &str) -> Printed {
    if PRINTED.swap(true, Ordering::SeqCst) {
        return Printed::No;
    }
    let text = if output.is_empty() { "{}" } else { output };
    let mut out = std::io::stdout().lock();
    // A host that has closed its end wants no answer.
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Printed::Yes,
        Err(_) => Printed::No,
    }
}

/// That an answer was printed, on the connection by which it came.
pub(super) struct Confirm {
    /// Messages in it.
    pub(super) deliveries: Vec<i64>,
    /// The hook's event, where something else in it is said once.
    pub(super) hook: Option<EventId>,
    pub(super) client: Client,
    pub(super) deadline: Deadline,
}

impl Confirm {
    /// Says so. A word that is lost brings the same again, messages marked; so the answer is waited for a moment and no
    /// longer: a daemon drops what a client asks that is gone before it has begun.
    pub(super) fn send(mut self) {
        let shown = ShownRequest { deliveries: self.deliveries, hook: self.hook.map(|hook| hook.to_string()) };
        let request = Request::post("/v1/mail/shown", &shown);
        let request = request.event(quipu_protocol::new_event_id());
        let within = Deadline::within(CONFIRMING.min(self.deadline.left().max(LEAST_CONFIRMING)));
        let _ = self.client.send(&request, within);
    }
}
