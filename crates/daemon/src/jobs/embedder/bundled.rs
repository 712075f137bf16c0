//! The bundled static model behind the embedder's queue.
//! It must not know the queue.
//! Invariant: a passage's vector is the one that searches go by, before it is cut to eight bits a dimension.

use quipu_core::analyse::Analyser;
use quipu_embed::model::STATIC_256;
use quipu_embed::{DIMENSIONS, Embedder, StaticModel, Word};
use quipu_protocol::wire::embed::EmbedKind;

use super::{Model, Source, Text, Vectors};

/// The bundled model. What it holds it shares with the store, so nothing is given back when it is idle: that is for
/// models to come.
pub(crate) fn bundled() -> Source {
    Source { model: STATIC_256, dimensions: DIMENSIONS, load: || Ok(Box::new(Bundled(StaticModel::bundled()))) }
}

struct Bundled(&'static StaticModel);

impl Model for Bundled {
    fn embed(&mut self, texts: &[Text<'_>]) -> Vectors {
        texts.iter().map(|text| self.one(text)).collect()
    }
}

impl Bundled {
    fn one(&self, text: &Text<'_>) -> Option<Vec<f32>> {
        let asked = match text.kind {
            EmbedKind::Passage => None,
            EmbedKind::Query => self.asked(text.text),
        };
        asked.or_else(|| unit(&self.0.direction(text.text)))
    }

    /// A question as a search asks it, each word as rare as the next; none where it is all codes and numbers, which mean
    /// nothing by their parts.
    fn asked(&self, text: &str) -> Option<Vec<f32>> {
        let mut spans = Vec::new();
        Analyser::of_few().terms(text, |term| spans.push((term.start, term.end)));
        let words: Vec<Word<'_>> =
            spans.into_iter().map(|(start, end)| Word { text: &text[start..end], weight: 1.0 }).collect();
        let vector = self.0.question(&words).vector?;
        Some(vector.dimensions().iter().map(|d| f32::from(*d) * vector.inverse_length()).collect())
    }
}

/// The same direction at length 1; none when it has none.
fn unit(direction: &[f32; DIMENSIONS]) -> Option<Vec<f32>> {
    let length = direction.iter().map(|x| x * x).sum::<f32>().sqrt();
    (length.is_finite() && length > 0.0).then(|| direction.iter().map(|x| x / length).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(text: &str, kind: EmbedKind) -> Option<Vec<f32>> {
        ((bundled().load)().expect("loads").embed(&[Text { text, kind }])).remove(0)
    }

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn vectors_have_length_one_and_near_meanings_are_near() {
        use EmbedKind::{Passage, Query};
        for kind in [Passage, Query] {
            let texts = ["how do I delete a directory", "remove a folder", "the price of tomatoes"];
            let [a, b, c] = texts.map(|text| vector(text, kind).expect("says something"));
            for v in [&a, &b, &c] {
                assert!(v.len() == DIMENSIONS && (dot(v, v) - 1.0).abs() < 1e-3, "{kind:?}: {}", dot(v, v));
            }
            assert!(dot(&a, &b) > dot(&a, &c) + 0.1, "{kind:?}: {} {}", dot(&a, &b), dot(&a, &c));
        }
    }

    #[test]
    fn a_passage_is_the_vector_that_searches_go_by() {
        let text = "The writer thread takes prepared operations from a bounded queue.";
        let ours = vector(text, EmbedKind::Passage).expect("a vector");
        let stored = StaticModel::bundled().passage(text).vector.expect("a vector");
        let stored: Vec<f32> = stored.dimensions().iter().map(|d| f32::from(*d) * stored.inverse_length()).collect();
        assert!(dot(&ours, &stored) > 0.999, "{}", dot(&ours, &stored));
    }

    #[test]
    fn what_says_nothing_has_no_vector() {
        for text in ["", "  \n", "\u{200b}", "…"] {
            assert_eq!(vector(text, EmbedKind::Passage), None, "{text:?}");
            assert_eq!(vector(text, EmbedKind::Query), None, "{text:?}");
        }
        assert!(vector("HTTP 404", EmbedKind::Query).is_some());
    }
}
