//! Why what stands beside a memory does not allow a change, as the asker is told.
//! It must not know what was asked for beyond that.
//! Invariant: each refusal names the command that goes another way.

use quipu_core::aside::Refusal;
use quipu_core::work::Status;
use quipu_protocol::fault::{Fault, FaultKind};

pub(super) fn fault(refusal: &Refusal) -> Fault {
    let (kind, code, hint) = match refusal {
        Refusal::NotWork(id) => (
            FaultKind::Conflict,
            "not_work",
            format!("`quipu update {id} --kind work_item` makes it one; `quipu work add TEXT` makes a new one"),
        ),
        Refusal::Step { id, from, .. } => (FaultKind::Conflict, "bad_step", {
            let next: Vec<&str> =
                Status::ALL.into_iter().filter(|to| to != from && from.may_become(*to)).map(Status::as_str).collect();
            format!("from there it becomes {}: `quipu update {id} --status {}`", next.join(", "), next[0])
        }),
        Refusal::Blocked { id, by, .. } => (
            FaultKind::Conflict,
            "still_blocked",
            format!("finish that first (`quipu work done {by}`), or take the block away (`quipu work unblock {id}`)"),
        ),
        Refusal::OpenParts { id, .. } => (
            FaultKind::Conflict,
            "open_parts",
            format!("`--with-children` (`with_children`) closes them too; `quipu show {id}` names them"),
        ),
        Refusal::WholeClosed { whole, .. } => (
            FaultKind::Conflict,
            "whole_closed",
            format!("open that again first: `quipu update {whole} --status planned`"),
        ),
        Refusal::ToItself(_) => (FaultKind::Caller, "to_itself", "name two memories".to_owned()),
        Refusal::Circle { to, .. } => (
            FaultKind::Conflict,
            "link_circle",
            format!("`quipu show {to}` has its links; `quipu unlink` takes one away"),
        ),
        Refusal::Apart { private, .. } => (
            FaultKind::Conflict,
            "private",
            format!(
                "`quipu show {private}` has its links; `quipu unlink` takes one away, `quipu update {private} --no-private` opens it"
            ),
        ),
        Refusal::OtherProject { .. } => (
            FaultKind::Conflict,
            "other_project",
            "only what belongs to every project (`quipu save --global`) is linked to memories of several".to_owned(),
        ),
        Refusal::TooMany { id, .. } => {
            (FaultKind::Caller, "too_many", format!("take some away first; `quipu show {id}` names them"))
        }
    };
    Fault::new(kind, code, refusal.to_string()).hint(hint)
}
