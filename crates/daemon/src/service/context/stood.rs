//! Where a session stood when its context was compacted, in a line: which files it edited, what of its mail is open.
//! It must not know what the session said: that is in the pack's sections.
//! Invariant: made of rows alone, the same whenever it is asked for at the same state of them.

use quipu_core::mail::Mailbox;
use quipu_core::memory::SessionRef;
use quipu_protocol::fault::Fault;
use quipu_store::mail::{InboxQuery, Which};

use crate::places;
use crate::service::{Service, fault_of};

/// So many files are named; the rest is counted.
const FILES: usize = 8;

/// The line, empty where there is nothing to say.
pub(super) fn line(service: &Service, session: &SessionRef, root: &str) -> Result<String, Fault> {
    let edited = service.engine.edited(session, FILES).map_err(fault_of)?;
    let mut parts = Vec::new();
    if !edited.paths.is_empty() {
        let names: Vec<&str> = edited.paths.iter().map(|path| places::inside(path, root)).collect();
        let of =
            if edited.of > names.len() as u64 { format!(" ({} of {})", names.len(), edited.of) } else { String::new() };
        parts.push(format!("edited in this session: {}{of}", names.join(", ")));
    }
    let of = Mailbox::Session(session.clone());
    let query = InboxQuery { of, which: Which::Open, thread: None, limit: 1, now: service.now() };
    let open = service.engine.inbox(&query).map_err(fault_of)?.open;
    if open > 0 {
        let messages = if open == 1 { "message is" } else { "messages are" };
        parts.push(format!("{open} {messages} open (`quipu inbox`)"));
    }
    Ok(service.privacy(Some(root)).redact(&parts.join("; ")).into_owned())
}
