//! `agents_inbox` and `agents_send`: messages between the sessions on this machine, and the user.
//! It must not know how a message reaches anybody.
//! Invariant: who writes and who reads is said by the connection's head alone.

mod inbox;
mod send;

use quipu_core::address;
use quipu_core::mail::Sender;
use quipu_core::memory::SessionRef;

use crate::doors::mcp::asker::Asker;

pub(in crate::doors::mcp) use inbox::TOOL as INBOX;
pub(in crate::doors::mcp) use send::TOOL as SEND;

/// Who asks: an agent, whether or not it says which session it is.
fn asking(asker: &Asker) -> Sender {
    asker.session.clone().map_or(Sender::Agent, Sender::Session)
}

/// A session as it is shown.
fn short(who: &str) -> String {
    SessionRef::parse(who).map_or_else(|| who.to_owned(), |session| address::short(&session))
}
