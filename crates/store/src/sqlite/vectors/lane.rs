//! The dense lane: the chunks whose vectors lie nearest to a question's.
//! It must not know the text lane, how scores are combined, nor how vectors are looked through (`quipu_embed::flat`).
//! Invariant: who may be seen is tested inside the scan, so a small project never loses hits to a large one.

use quipu_embed::Direction;

use super::table::Vectors;
use crate::sqlite::visibility::{Filter, Slots};

/// The `count` visible chunks nearest to `question`, nearest first, with their cosines; among equals the newer.
pub(in crate::sqlite) fn nearest(
    vectors: &Vectors,
    slots: &Slots,
    question: &Direction,
    filter: &Filter,
    count: usize,
) -> Vec<(u32, f32)> {
    vectors.flat().nearest(question, count, |seq| slots.visible(seq, filter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::visibility::{Facts, NONE, ORDINARY};
    use quipu_core::id::Millis;
    use quipu_core::kind::Kind;
    use quipu_core::memory::Lifecycle;
    use quipu_core::scope::{Privacy, Viewer};
    use quipu_core::standing::Validity;
    use quipu_embed::{Embedder, StaticModel, Word};

    const ALL: Filter = Filter {
        project: None,
        kinds: u32::MAX,
        since: 0,
        until: u32::MAX,
        only_live: true,
        now: Millis(0),
        not_session: None,
        among: None,
        viewer: Viewer::PERSON,
        left_out: None,
    };

    #[test]
    fn a_small_project_loses_nothing_to_a_large_one() {
        let model = StaticModel::bundled();
        let (mut vectors, mut slots) = (Vectors::default(), Slots::default());
        for seq in 1..=2_000 {
            // One in a hundred is of project 2 and says less of what is asked for.
            let (project, text) = if seq % 100 == 7 { (2, "the lock") } else { (1, "the writer locks the file") };
            let facts = Facts {
                memory: seq,
                project,
                session: NONE,
                group: 0,
                at: 9,
                kind: Kind::Prompt,
                lifecycle: Lifecycle::Live,
                privacy: Privacy::Shared,
                places: None,
                esteem: ORDINARY,
                valid: Validity::ALWAYS,
            };
            slots.push(seq, &facts);
            vectors.set(seq, &model.passage(text));
        }
        let words = ["writer", "locks", "file"].map(|text| Word { text, weight: 1.0 });
        let question = model.question(&words).vector.expect("it says something");
        let found = nearest(&vectors, &slots, &question, &ALL, 10);
        assert!(found.len() == 10 && found.iter().all(|(seq, _)| seq % 100 != 7), "{found:?}");
        let few = nearest(&vectors, &slots, &question, &Filter { project: Some(2), ..ALL }, 100);
        assert!(few.len() == 20 && few.iter().all(|(seq, _)| seq % 100 == 7), "{few:?}");
    }
}
