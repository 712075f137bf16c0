//! The outcome of each event, recorded in the transaction that applied it.
//! It must not know what the events did.
//! Invariant: `recorded(record(x)) == x`.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::{EventId, Millis};
use quipu_core::lease::{ClaimId, Token};
use quipu_core::outcome::{Also, Changed, Followed, Outcome, Together, Word};

use crate::error::StoreError;
use crate::forget::Forgotten;
use crate::lease::Asked;
use crate::write::{Applied, TurnCounts};

mod imported;

/// The outcome of `event`, if it was applied.
pub(in crate::sqlite) fn recorded(connection: &Connection, event: EventId) -> Result<Option<Applied>, StoreError> {
    let text: Option<String> = connection
        .prepare_cached("select outcome from applied_event where event_id = ?1")?
        .query_row([event.0.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(text.map(|t| decode(&t)))
}

/// Records what became of `event`.
pub(in crate::sqlite) fn record(
    connection: &Connection,
    event: EventId,
    applied: &Applied,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("insert into applied_event (event_id, outcome, applied_at) values (?1, ?2, ?3)")?
        .execute(params![event.0.as_bytes(), encode(applied), now.0])?;
    Ok(())
}

fn encode(applied: &Applied) -> String {
    match applied {
        Applied::Memory(Outcome::Rejected(reason)) => format!("rejected {reason}"),
        Applied::Memory(Outcome::Superseded { by, old }) => format!("superseded {by} {old}"),
        Applied::Changed { id, what: Changed::Superseded(by), revision } => {
            format!("change {id} {revision} superseded {by}")
        }
        Applied::Changed { id, what, revision } => format!("change {id} {revision} {}", what.word().as_str()),
        Applied::Together(Together { what, of, id, revision, others }) => {
            let of = of.map_or("-", Word::as_str);
            let others: String = others.iter().map(|other| format!(" {other}")).collect();
            format!("together {} {of} {id} {revision}{others}", what.as_str())
        }
        Applied::Memory(outcome) => match outcome.id() {
            Some(id) => format!("{} {id}", outcome.word().as_str()),
            None => outcome.word().as_str().to_owned(),
        },
        Applied::Turns(c) => format!("turns {} {} {} {}", c.stored, c.duplicate, c.merged, c.forgotten),
        Applied::Forgotten(f) => {
            format!("forgotten {} {} {} {} {}", f.memories, f.revisions, f.chunks, f.sessions, f.sources)
        }
        Applied::Lease(Asked::Granted(id, token)) => format!("lease granted {} {}", id.0, token.0),
        Applied::Lease(Asked::Renewed(id)) => format!("lease renewed {}", id.0),
        Applied::Lease(Asked::Queued(id)) => format!("lease queued {}", id.0),
        Applied::Sent(id) => format!("sent {id}"),
        Applied::Offered(offered) => {
            let each: String = offered.iter().map(|(delivery, before)| format!(" {delivery}:{before}")).collect();
            format!("offered{each}")
        }
        Applied::Gone => "gone".to_owned(),
        Applied::Imported(counts) => format!("imported{}", imported::encode(counts)),
        Applied::Count(n) => format!("count {n}"),
        Applied::Done => "done".to_owned(),
        Applied::With(own, also) => {
            let also: Vec<String> = also.iter().map(|also| format!("{}={}", also.id, also.what.word())).collect();
            format!("with {} {}", also.join(","), encode(own))
        }
    }
}

fn decode(text: &str) -> Applied {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let numbers: Vec<u64> = rest.split(' ').filter_map(|n| n.parse().ok()).collect();
    let memory = |make: fn(quipu_core::id::MemoryId) -> Outcome| {
        rest.parse().map_or(Applied::Done, |id| Applied::Memory(make(id)))
    };
    match (word, numbers.as_slice()) {
        ("imported", _) => Applied::Imported(imported::decode(rest)),
        ("stored", _) => memory(Outcome::Stored),
        ("duplicate", _) => memory(|of| Outcome::Duplicate { of }),
        ("merged", _) => memory(|into| Outcome::Merged { into }),
        ("superseded", _) => replaced(rest).unwrap_or(Applied::Done),
        ("together", _) => together(rest).unwrap_or(Applied::Done),
        ("change", _) => changed(rest).unwrap_or(Applied::Done),
        ("rejected", _) => Applied::Memory(Outcome::Rejected(rest.to_owned())),
        // Of an earlier version without the last one.
        ("turns", [stored, duplicate, merged, forgotten @ ..]) => Applied::Turns(TurnCounts {
            stored: *stored,
            duplicate: *duplicate,
            merged: *merged,
            forgotten: forgotten.first().copied().unwrap_or(0),
        }),
        ("forgotten", &[memories, revisions, chunks, sessions, sources]) => {
            Applied::Forgotten(Forgotten { memories, revisions, chunks, sessions, sources })
        }
        ("lease", _) => lease(rest).unwrap_or(Applied::Done),
        ("sent", _) => rest.parse().map_or(Applied::Done, Applied::Sent),
        ("offered", _) => Applied::Offered(
            rest.split(' ')
                .filter_map(|one| one.split_once(':'))
                .filter_map(|(delivery, before)| Some((delivery.parse().ok()?, before.parse().ok()?)))
                .collect(),
        ),
        ("with", _) => with(rest).unwrap_or(Applied::Done),
        ("gone", _) => Applied::Gone,
        ("count", [n]) => Applied::Count(*n),
        _ => Applied::Done,
    }
}

fn lease(rest: &str) -> Option<Applied> {
    let mut words = rest.split(' ');
    let (word, id) = (words.next()?, ClaimId(words.next()?.parse().ok()?));
    Some(Applied::Lease(match word {
        "granted" => Asked::Granted(id, Token(words.next()?.parse().ok()?)),
        "renewed" => Asked::Renewed(id),
        "queued" => Asked::Queued(id),
        _ => return None,
    }))
}

fn replaced(rest: &str) -> Option<Applied> {
    let (by, old) = rest.split_once(' ')?;
    Some(Applied::Memory(Outcome::Superseded { by: by.parse().ok()?, old: old.parse().ok()? }))
}

fn with(rest: &str) -> Option<Applied> {
    let (also, own) = rest.split_once(' ')?;
    let also = also.split(',').filter_map(|one| {
        let (id, word) = one.split_once('=')?;
        Some(Also { id: id.parse().ok()?, what: Followed::parse(word)? })
    });
    Some(Applied::With(Box::new(decode(own)), also.collect()))
}

fn changed(rest: &str) -> Option<Applied> {
    let mut words = rest.split(' ');
    let (id, revision) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let what = match words.next()? {
        "superseded" => Changed::Superseded(words.next()?.parse().ok()?),
        word => [Changed::Edited, Changed::Archived, Changed::Restored, Changed::Unchanged]
            .into_iter()
            .find(|what| what.word().as_str() == word)?,
    };
    Some(Applied::Changed { id, what, revision })
}

fn together(rest: &str) -> Option<Applied> {
    let mut words = rest.split(' ');
    let (what, of) = (Word::parse(words.next()?)?, Word::parse(words.next()?));
    let (id, revision) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let others = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    Some(Applied::Together(Together { what, of, id, revision, others }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::{ImportCounts, ImportOutcome, LinkCounts};
    use quipu_core::id::MemoryId;

    #[test]
    fn every_outcome_reads_back() {
        let id = MemoryId(uuid::Uuid::from_u128(7));
        for applied in [
            Applied::Memory(Outcome::Stored(id)),
            Applied::Memory(Outcome::Duplicate { of: id }),
            Applied::Memory(Outcome::Merged { into: id }),
            Applied::Memory(Outcome::Rejected("empty body".into())),
            Applied::Memory(Outcome::Superseded { by: id, old: MemoryId(uuid::Uuid::from_u128(8)) }),
            Applied::Changed { id, what: Changed::Edited, revision: 2 },
            Applied::Changed { id, what: Changed::Archived, revision: 3 },
            Applied::Changed { id, what: Changed::Restored, revision: 4 },
            Applied::Changed { id, what: Changed::Unchanged, revision: 4 },
            Applied::Changed { id, what: Changed::Superseded(MemoryId(uuid::Uuid::from_u128(9))), revision: 5 },
            Applied::Turns(TurnCounts { stored: 3, duplicate: 2, merged: 1, forgotten: 4 }),
            Applied::Forgotten(Forgotten { memories: 1, revisions: 2, chunks: 3, sessions: 4, sources: 5 }),
            Applied::Lease(Asked::Granted(ClaimId(3), Token(7))),
            Applied::Lease(Asked::Renewed(ClaimId(3))),
            Applied::Lease(Asked::Queued(ClaimId(3))),
            Applied::Gone,
            Applied::Sent(id),
            Applied::Offered(vec![]),
            Applied::Offered(vec![(7, 0), (8, 3)]),
            Applied::Together(Together { what: Word::Merged, of: None, id, revision: 2, others: vec![id, id] }),
            Applied::Together(Together {
                what: Word::Undone,
                of: Some(Word::Superseded),
                id,
                revision: 7,
                others: vec![],
            }),
            Applied::Imported(ImportCounts::default()),
            Applied::Imported(ImportCounts {
                items: vec![
                    ImportOutcome::Stored(id),
                    ImportOutcome::Changed(id),
                    ImportOutcome::Duplicate { of: id },
                    ImportOutcome::ChangedHere(id),
                    ImportOutcome::IdTaken(id),
                    ImportOutcome::HiddenHere(id),
                    ImportOutcome::Forgotten(id),
                ],
                archived: vec![id, MemoryId(uuid::Uuid::from_u128(8))],
                links: LinkCounts { made: 3, waiting: 2, left_out: 1 },
            }),
            Applied::Count(12),
            Applied::With(
                Box::new(Applied::Changed { id, what: Changed::Edited, revision: 2 }),
                vec![
                    Also { id, what: Followed::PartsClosed },
                    Also { id, what: Followed::Became(quipu_core::work::Status::Active) },
                ],
            ),
            Applied::Done,
        ] {
            assert_eq!(decode(&encode(&applied)), applied);
        }
    }
}
