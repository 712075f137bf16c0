//! What the machine of leases refuses, as the asker is told where nothing more is known of it.
//! It must not know rows.
//! Invariant: every refusal has its row, and a hint where the asker can do something.

use quipu_core::lease::{MAX_PERMITS, MAX_WAITING, Refusal};
use quipu_protocol::fault::{Fault, FaultKind};

/// The fault of a refusal.
pub(in crate::service) fn refused(refusal: &Refusal) -> Fault {
    let message = refusal.to_string();
    match refusal {
        Refusal::Held(_) => Fault::new(FaultKind::Conflict, "lease_held", message)
            .hint("`quipu lease list` shows who has it; `--wait 5m` waits for it"),
        Refusal::OtherPermits { .. } => Fault::new(FaultKind::Conflict, "other_permits", message)
            .hint("leave out `--permits`, or change it when nobody holds it"),
        Refusal::TooMany { of } => Fault::new(FaultKind::Caller, "too_many_permits", message)
            .hint(format!("take {of} at most, or say how many there are: `--permits N`, up to {MAX_PERMITS}")),
        Refusal::QueueFull => Fault::new(FaultKind::Busy, "queue_full", message)
            .hint(format!("no more than {MAX_WAITING} wait for one thing; try again later")),
        Refusal::Epoch(_) => Fault::new(FaultKind::Conflict, "epoch_moved", message)
            .hint("`quipu role list` shows who has it since; ask again with that epoch if you still want it"),
        Refusal::Gone => {
            Fault::new(FaultKind::Conflict, "lease_gone", "this lease has ended since").hint("ask for it anew")
        }
    }
}
