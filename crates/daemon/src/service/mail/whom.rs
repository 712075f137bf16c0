//! Whom a message is for: an address understood, or whoever wrote what it answers.
//! It must not know who is there; the store finds that where the message is sent.
//! Invariant: what is no address is refused with the forms of one.

use quipu_core::address::{Address, FORMS};
use quipu_core::id::MemoryId;
use quipu_core::mail::{Mailbox, Refusal, Sender};
use quipu_core::memory::ProjectKey;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::mail::SendRequest;
use quipu_store::mail::{Letter, To};

use crate::service::show::memory_id;
use crate::service::{Service, fault_of, refused};

/// Whom a message is for, the same in words, and what it answers.
pub(super) fn of(
    service: &Service,
    from: &Sender,
    request: &SendRequest,
) -> Result<(To, String, Option<MemoryId>), Fault> {
    let answered = match &request.reply_to {
        None => None,
        Some(id) => {
            let id = memory_id(id)?;
            let letter = service.engine.letter(id).map_err(fault_of)?;
            Some(letter.ok_or_else(|| refused::mail(&Refusal::NoMessage(id)))?)
        }
    };
    let reply_to = answered.as_ref().map(|letter| letter.memory.id);
    let written = request.to.as_deref().map(str::trim).filter(|to| !to.is_empty());
    let to = match (written, &answered) {
        (Some(to), _) => {
            let address = Address::parse(to).map_err(|error| bad_address(&error.to_string()))?;
            let words = address.to_string();
            (to_of(service, from, address)?, words)
        }
        (None, Some(letter)) => back(from, letter)?,
        (None, None) => return Err(bad_address("nobody is named that the message is for")),
    };
    Ok((to.0, to.1, reply_to))
}

fn to_of(service: &Service, from: &Sender, address: Address) -> Result<To, Fault> {
    Ok(match address {
        Address::Named { agent, id } => To::Named { agent, id },
        Address::Role(name) => To::Role(name),
        // The sender's own, which is found with the message's.
        Address::Project(None) => To::Project(ProjectKey(String::new())),
        Address::Project(Some(name)) => To::Project(service.project_named(&name)?),
        Address::All => To::All,
        Address::User if *from == Sender::Person => return Err(refused::mail(&Refusal::Oneself)),
        Address::User => To::These(vec![Mailbox::User]),
    })
}

/// An answer goes to whoever wrote; to one's own message, to those who got it.
fn back(from: &Sender, letter: &Letter) -> Result<(To, String), Fault> {
    let to = match &letter.envelope.from {
        own if own == from => letter.receipts.iter().map(|receipt| receipt.to.clone()).collect(),
        Sender::Session(session) => vec![Mailbox::Session(session.clone())],
        Sender::Person => vec![Mailbox::User],
        Sender::Agent => Vec::new(),
    };
    let to: Vec<Mailbox> = to.into_iter().filter(|mailbox| !is_of(mailbox, from)).collect();
    if to.is_empty() {
        return Err(Fault::new(FaultKind::Conflict, "no_return_address", "who wrote that cannot be written to")
            .hint(format!("say whom it is for: {FORMS}")));
    }
    let names: Vec<String> = to.iter().map(Mailbox::name).collect();
    Ok((To::These(to), names.join(", ")))
}

fn is_of(mailbox: &Mailbox, from: &Sender) -> bool {
    match (mailbox, from) {
        (Mailbox::Session(to), Sender::Session(from)) => to == from,
        (Mailbox::User, Sender::Person) => true,
        _ => false,
    }
}

pub(super) fn own(project: Option<ProjectKey>) -> Result<ProjectKey, Fault> {
    project.ok_or_else(|| {
        Fault::new(FaultKind::Caller, "no_scope", "the message is for a project, and comes from none")
            .hint("name it: `project:NAME`")
    })
}

fn bad_address(words: &str) -> Fault {
    Fault::new(FaultKind::Caller, "bad_address", words).hint(format!("an address is {FORMS}"))
}
