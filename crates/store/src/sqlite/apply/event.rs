//! The outcome of each event, recorded in the transaction that applied it.
//! It must not know what the events did.
//! Invariant: `recorded(record(x)) == x`.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::id::{EventId, Millis};
use quipu_core::outcome::Outcome;

use crate::error::StoreError;
use crate::write::{Applied, TurnCounts};

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
        Applied::Memory(outcome) => match outcome.id() {
            Some(id) => format!("{} {id}", outcome.word()),
            None => outcome.word().to_owned(),
        },
        Applied::Turns(c) => format!("turns {} {} {}", c.stored, c.duplicate, c.merged),
        Applied::Count(n) => format!("count {n}"),
        Applied::Done => "done".to_owned(),
    }
}

fn decode(text: &str) -> Applied {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let numbers: Vec<u64> = rest.split(' ').filter_map(|n| n.parse().ok()).collect();
    let memory = |make: fn(quipu_core::id::MemoryId) -> Outcome| {
        rest.parse().map_or(Applied::Done, |id| Applied::Memory(make(id)))
    };
    match (word, numbers.as_slice()) {
        ("stored", _) => memory(Outcome::Stored),
        ("duplicate", _) => memory(|of| Outcome::Duplicate { of }),
        ("merged", _) => memory(|into| Outcome::Merged { into }),
        ("rejected", _) => Applied::Memory(Outcome::Rejected(rest.to_owned())),
        ("turns", [stored, duplicate, merged]) => {
            Applied::Turns(TurnCounts { stored: *stored, duplicate: *duplicate, merged: *merged })
        }
        ("count", [n]) => Applied::Count(*n),
        _ => Applied::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quipu_core::id::MemoryId;

    #[test]
    fn every_outcome_reads_back() {
        let id = MemoryId(uuid::Uuid::from_u128(7));
        for applied in [
            Applied::Memory(Outcome::Stored(id)),
            Applied::Memory(Outcome::Duplicate { of: id }),
            Applied::Memory(Outcome::Merged { into: id }),
            Applied::Memory(Outcome::Rejected("empty body".into())),
            Applied::Turns(TurnCounts { stored: 3, duplicate: 2, merged: 1 }),
            Applied::Count(12),
            Applied::Done,
        ] {
            assert_eq!(decode(&encode(&applied)), applied);
        }
    }
}
