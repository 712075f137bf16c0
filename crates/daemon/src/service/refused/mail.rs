//! Why a message is not sent, or not found, as the asker is told.
//! It must not know what was asked for beyond that.
//! Invariant: each refusal names the command that goes another way.

use quipu_core::address::FORMS;
use quipu_core::mail::Refusal;
use quipu_protocol::fault::{Fault, FaultKind};

pub(in crate::service) fn fault(refusal: &Refusal) -> Fault {
    let (kind, code, hint) = match refusal {
        Refusal::Nobody(_) => (
            FaultKind::Missing,
            "no_such_address",
            format!("an address is {FORMS}; `quipu project list` names projects"),
        ),
        Refusal::Ambiguous { .. } => {
            (FaultKind::Conflict, "ambiguous_address", "write more of the id, or the whole `agent/id`".to_owned())
        }
        Refusal::Left { .. } => (
            FaultKind::Conflict,
            "has_left",
            "`--wait` (`wait: true`) keeps it until that session comes back, or it expires".to_owned(),
        ),
        Refusal::RoleFree(_) => (
            FaultKind::Conflict,
            "role_free",
            "`--wait` (`wait: true`) keeps it until somebody takes the role, or it expires".to_owned(),
        ),
        Refusal::NobodyThere(_) => (
            FaultKind::Conflict,
            "nobody_there",
            "leave a note for later sessions instead: `quipu save` (memory_save)".to_owned(),
        ),
        Refusal::NoMessage(_) => {
            (FaultKind::Missing, "no_such_message", "`quipu inbox` (agents_inbox) shows the ids of yours".to_owned())
        }
        Refusal::NotYours { .. } => (
            FaultKind::Conflict,
            "not_yours",
            "only who got a message acknowledges it; `quipu thread ID` says who that is".to_owned(),
        ),
        Refusal::Oneself => {
            (FaultKind::Caller, "to_oneself", "a note to oneself is a memory: `quipu save` (memory_save)".to_owned())
        }
        Refusal::Expired => (FaultKind::Caller, "bad_time", "give a moment to come, or none: a week".to_owned()),
    };
    Fault::new(kind, code, refusal.to_string()).hint(hint)
}
