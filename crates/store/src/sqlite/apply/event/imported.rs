//! What became of an import, as one text: a letter and an id for each item, and numbers of links where there are any.
//! It must not know events.
//! Invariant: `decode(encode(x)) == x`.

use quipu_core::id::MemoryId;

use crate::write::{ImportCounts, ImportOutcome, LinkCounts};

pub(super) fn encode(counts: &ImportCounts) -> String {
    let items = counts.items.iter().map(|item| {
        let (letter, id) = match item {
            ImportOutcome::Stored(id) => ('s', id),
            ImportOutcome::Changed(id) => ('c', id),
            ImportOutcome::Duplicate { of } => ('d', of),
            ImportOutcome::ChangedHere(id) => ('k', id),
            ImportOutcome::IdTaken(id) => ('t', id),
            ImportOutcome::HiddenHere(id) => ('h', id),
            ImportOutcome::Forgotten(id) => ('f', id),
        };
        (letter, *id)
    });
    let archived = counts.archived.iter().map(|id| ('a', *id));
    let mut text: String = items.chain(archived).map(|(letter, id)| format!(" {letter}{}", id.0.simple())).collect();
    let LinkCounts { made, waiting, left_out } = counts.links;
    if counts.links != LinkCounts::default() {
        text.push_str(&format!(" l{made}/{waiting}/{left_out}"));
    }
    text
}

pub(super) fn decode(text: &str) -> ImportCounts {
    let mut counts = ImportCounts::default();
    for word in text.split(' ') {
        let Some((letter, id)) = word.split_at_checked(1) else { continue };
        if letter == "l" {
            if let [made, waiting, left_out] = id.split('/').collect::<Vec<_>>()[..] {
                let count = |text: &str| text.parse().unwrap_or(0);
                let waiting = waiting.parse().unwrap_or(0);
                counts.links = LinkCounts { made: count(made), waiting, left_out: count(left_out) };
            }
            continue;
        }
        let Ok(id) = id.parse::<MemoryId>() else { continue };
        counts.items.push(match letter {
            "s" => ImportOutcome::Stored(id),
            "c" => ImportOutcome::Changed(id),
            "d" => ImportOutcome::Duplicate { of: id },
            "k" => ImportOutcome::ChangedHere(id),
            "t" => ImportOutcome::IdTaken(id),
            "h" => ImportOutcome::HiddenHere(id),
            "f" => ImportOutcome::Forgotten(id),
            _ => {
                counts.archived.push(id);
                continue;
            }
        });
    }
    counts
}
