//! Messages as wire types.
//! It must not know who asks.
//! Invariant: what is not known to have been seen is not said to have been.

use quipu_core::id::Millis;
use quipu_core::mail::{Ack, Mailbox, Sender};
use quipu_protocol::wire::mail::{LetterView, ReceiptView, SendReply};
use quipu_store::mail::{Delivery, Letter, Receipt};

/// Who wrote, as it travels.
pub(super) fn from(sender: &Sender) -> String {
    match sender {
        Sender::Session(session) => session.to_string(),
        Sender::Agent => "agent".to_owned(),
        Sender::Person => "user".to_owned(),
    }
}

/// Whose mailbox, as it travels.
pub(super) fn mailbox(of: &Mailbox) -> String {
    match of {
        Mailbox::Session(session) => session.to_string(),
        Mailbox::User => "user".to_owned(),
    }
}

/// A message as it travels.
pub(super) fn letter(letter: &Letter, now: Millis) -> LetterView {
    let (memory, envelope) = (&letter.memory, &letter.envelope);
    LetterView {
        id: memory.id.to_string(),
        thread: envelope.thread.to_string(),
        reply_to: envelope.reply_to.map(|id| id.to_string()),
        from: from(&envelope.from),
        from_person: envelope.from == Sender::Person,
        to: envelope.address.clone(),
        subject: memory.title.clone(),
        text: memory.body.clone(),
        project: memory.project.as_ref().map(|project| project.0.clone()),
        sent_at: memory.occurred_at.0,
        expires_at: envelope.expires_at.0,
        importance: envelope.urgency.as_str().to_owned(),
        ack_required: envelope.ack == Ack::Wanted,
        acked_at: letter.delivery.and_then(|delivery| delivery.acked_at).map(|at| at.0),
        shown_at: letter.delivery.and_then(|delivery| delivery.shown_at).map(|at| at.0),
        again: letter.delivery.is_some_and(|delivery| delivery.shown_at.is_none() && delivery.offers > 0),
        delivery: letter.delivery.map(|delivery| delivery.id),
        receipts: letter.receipts.iter().map(|receipt| of_receipt(receipt, envelope.expires_at, now)).collect(),
        waits_for_role: envelope.role.clone(),
    }
}

/// The same for who only looks: nothing is handed out.
pub(super) fn peeked(view: LetterView) -> LetterView {
    LetterView { delivery: None, ..view }
}

fn of_receipt(receipt: &Receipt, expires_at: Millis, now: Millis) -> ReceiptView {
    let Delivery { offers, shown_at, acked_at, .. } = receipt.delivery;
    let state = match (acked_at, shown_at) {
        (Some(_), _) => "acknowledged",
        (None, Some(_)) => "shown",
        (None, None) if expires_at <= now => "expired",
        (None, None) if offers > 0 => "offered",
        (None, None) => "waiting",
    };
    ReceiptView {
        to: mailbox(&receipt.to),
        state: state.to_owned(),
        shown_at: shown_at.map(|at| at.0),
        acked_at: acked_at.map(|at| at.0),
        left_at: receipt.left_at.map(|at| at.0),
    }
}

/// What became of a message that was sent.
pub(super) fn sent(letter: &Letter, redacted: Vec<String>, mode: &str, now: Millis) -> SendReply {
    let envelope = &letter.envelope;
    let left: Vec<String> =
        letter.receipts.iter().filter(|receipt| receipt.left_at.is_some()).map(|receipt| receipt.to.name()).collect();
    let waits = match &envelope.role {
        Some(role) => Some(format!("until somebody takes the role {role}")),
        None if left.is_empty() => None,
        None => Some(format!("until {} is there again", left.join(", "))),
    };
    SendReply {
        outcome: if waits.is_some() { "waiting" } else { "sent" }.to_owned(),
        id: Some(letter.memory.id.to_string()),
        thread: Some(envelope.thread.to_string()),
        to: letter.receipts.iter().map(|receipt| of_receipt(receipt, envelope.expires_at, now)).collect(),
        waits,
        expires_at: envelope.expires_at.0,
        redacted,
        reason: None,
        mode: mode.to_owned(),
    }
}
