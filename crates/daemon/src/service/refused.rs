//! Why a memory does not allow a change, as the asker is told.
//! It must not know what was asked for beyond that.
//! Invariant: each refusal names the command that goes another way.

mod aside;
mod mail;

use quipu_core::change::Refusal;
use quipu_core::kind::Kind;
use quipu_protocol::fault::{Fault, FaultKind};

pub(super) use mail::fault as mail;

/// The fault for a refusal of the store.
pub(super) fn fault(refusal: &Refusal) -> Fault {
    let (kind, code, hint) = match refusal {
        Refusal::Aside(refusal) => return aside::fault(refusal),
        Refusal::Unknown(_) => (FaultKind::Missing, "no_such_memory", "`quipu search … --json` gives ids".to_owned()),
        Refusal::Revision { id, current, .. } => (
            FaultKind::Conflict,
            "revision_conflict",
            format!(
                "look at it (`quipu show {id}`), then ask for the change with `--if-revision {current}` (`if_revision`)"
            ),
        ),
        Refusal::Captured(id) => (
            FaultKind::Conflict,
            "captured",
            format!(
                "save what you know better as a note (`quipu save …`); `quipu update {id} --archive` hides what was said"
            ),
        ),
        Refusal::CapturedKind(_) => {
            let written: Vec<&str> = Kind::ALL.iter().filter(|k| k.is_by_hand()).map(|k| k.as_str()).collect();
            (FaultKind::Caller, "bad_kind", format!("kinds of notes are: {}", written.join(", ")))
        }
        Refusal::TooLong(_) => {
            (FaultKind::Caller, "too_long", "save what was learnt from it, with a pointer to the file".to_owned())
        }
        Refusal::Twin { id, of } => {
            (FaultKind::Conflict, "twin", format!("`quipu update {id} --supersede-with {of}` keeps one of the two"))
        }
        Refusal::Itself(id) => {
            (FaultKind::Caller, "supersedes_itself", format!("`quipu update {id} --archive` hides it"))
        }
        Refusal::Cycle { old, .. } => (
            FaultKind::Conflict,
            "supersede_cycle",
            format!("`quipu update {old} --restore` shows the old one again, and both stand"),
        ),
        Refusal::Hidden(id) => (FaultKind::Conflict, "hidden", format!("`quipu update {id} --restore` shows it again")),
        Refusal::Superseded { old, by } => (
            FaultKind::Conflict,
            "already_superseded",
            format!(
                "supersede {by}, which stands in its place, or show it again first (`quipu update {old} --restore`)"
            ),
        ),
        Refusal::OtherProject { old, .. } => (
            FaultKind::Conflict,
            "other_project",
            format!(
                "save the new one for every project (`quipu save --global`), or hide the old one (`quipu update {old} --archive`)"
            ),
        ),
        Refusal::Private { old, new } => (
            FaultKind::Conflict,
            "private",
            format!(
                "make the new one seen by all (`quipu update {new} --no-private`), or the old one private (`quipu update {old} --private`)"
            ),
        ),
        Refusal::NeverValid => (
            FaultKind::Caller,
            "never_valid",
            "`valid_to` (`--valid-to`) lies behind `valid_from` (`--valid-from`)".to_owned(),
        ),
        Refusal::Twice(_) => (FaultKind::Caller, "named_twice", "name each of them once".to_owned()),
        Refusal::NothingDone(id) => (
            FaultKind::Conflict,
            "nothing_to_undo",
            format!("`quipu history {id}` shows what it was; `quipu update {id}` changes it, `--archive` hides it"),
        ),
        Refusal::NothingDoneThere => (
            FaultKind::Conflict,
            "nothing_to_undo",
            "`quipu undo ID` undoes the last change of one memory, wherever it is".to_owned(),
        ),
        Refusal::ForgottenSince => (
            FaultKind::Conflict,
            "forgotten_since",
            "what is left of them can be changed one by one (`quipu update ID …`)".to_owned(),
        ),
        Refusal::ChangedSince { id } => (
            FaultKind::Conflict,
            "changed_since",
            format!(
                "`quipu history {id}` shows it; undo that first (`quipu undo {id}`), or put it right by hand (`quipu update {id}`)"
            ),
        ),
    };
    Fault::new(kind, code, refusal.to_string()).hint(hint)
}
