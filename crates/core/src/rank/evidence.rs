//! What speaks for a hit by itself, and whether that is enough to show it unasked.
//! It must not know the index, rows or who asks.
//! Invariant: judged on raw evidence, never on a fused score, which is always near 1 for the best hit.

use super::weights::{BY_COSINE, BY_COVERAGE, BY_IDF, BY_UNKNOWN, BY_WORDS, ENOUGH, MOST_ASKED, PARTICULAR};
use crate::select::{QueryTerm, Used};

/// What speaks for a hit, on grounds that do not depend on the other hits.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Share of the query's IDF that the hit (with its neighbours) contains, 0–1.
    pub idf_share: f32,
    /// The query's terms that it contains, rarest first.
    pub matched: Vec<String>,
    /// How many terms the query has.
    pub asked: usize,
    /// In how many chunks the rarest matched term occurs; 0 when none matched.
    pub rarest: u64,
    /// Share of those that no memory has, 0–1.
    pub unknown: f32,
    /// Share of the question's weight that it answers, synonyms in part, 0–1; 0 while no vectors are loaded.
    pub coverage: f32,
    /// Cosine of its meaning to the question's; 0 while no vectors are loaded.
    pub cosine: f32,
}

/// Weighs the hit's terms (`contains`) against the query.
///
/// Terms that were left out as too common count neither for nor against. A term that no memory has
/// counts against at half its weight: it may be the very subject (then we know nothing of it) or a slip.
pub fn evidence(query: &[QueryTerm], coverage: f32, cosine: f32, contains: impl Fn(&str) -> bool) -> Evidence {
    let mut asked = 0.0;
    let mut found = 0.0;
    let mut matched: Vec<&QueryTerm> = Vec::new();
    for term in query {
        match term.used {
            Used::TooCommon => {}
            Used::Unknown => asked += term.idf * 0.5,
            Used::Yes => {
                asked += term.idf;
                if contains(&term.text) {
                    found += term.idf;
                    matched.push(term);
                }
            }
        }
    }
    matched.sort_by(|a, b| b.idf.total_cmp(&a.idf));
    let asked_for = query.iter().filter(|t| t.used != Used::TooCommon).count();
    let unknown = query.iter().filter(|t| t.used == Used::Unknown).count();
    Evidence {
        rarest: matched.first().map_or(0, |t| t.document_frequency),
        idf_share: if asked > 0.0 { found / asked } else { 0.0 },
        matched: matched.iter().map(|t| t.text.clone()).collect(),
        asked: asked_for,
        unknown: unknown as f32 / asked_for.max(1) as f32,
        coverage,
        cosine,
    }
}

/// Whether a hit may be put in front of an agent unasked.
///
/// Judged by what is shared in words (idf), in words and their synonyms (coverage) and in meaning (cosine); more words
/// of a question are worth more, up to ten: a long prompt shares a little with everything. One or two words have to
/// name something particular ("yes, go on" is matched whole by many a turn).
///
/// The numbers are a logistic regression over the bundled coding set, rounded (`rank::weights` has the figures).
pub fn worth_injecting(evidence: &Evidence) -> bool {
    if evidence.asked <= 2 {
        return (1..=PARTICULAR).contains(&evidence.rarest) && by_words_alone(evidence);
    }
    if evidence.coverage == 0.0 && evidence.cosine == 0.0 {
        return by_words_alone(evidence);
    }
    let words = (evidence.asked.clamp(1, MOST_ASKED) as f32).ln();
    let weight =
        BY_IDF * evidence.idf_share + BY_COVERAGE * evidence.coverage + BY_COSINE * evidence.cosine + BY_WORDS * words
            - BY_UNKNOWN * evidence.unknown;
    weight >= ENOUGH
}

/// While no vectors are loaded: a short question must be matched nearly whole, a long prompt by a third of its weight.
fn by_words_alone(evidence: &Evidence) -> bool {
    let needed = (0.62 - 0.022 * evidence.asked as f32).clamp(0.34, 0.6);
    (evidence.asked <= 2 || evidence.matched.len() >= 2) && evidence.idf_share >= needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::select;

    fn query(terms: &[(&str, u64)]) -> Vec<QueryTerm> {
        select(terms.iter().map(|(t, df)| ((*t).to_owned(), *df)).collect(), 10_000)
    }

    #[test]
    fn abstains_where_little_is_shared() {
        let asked = query(&[("sqlite", 40), ("writer", 80), ("locked", 12), ("busi", 30)]);
        let all = evidence(&asked, 0.0, 0.0, |_| true);
        assert!((all.idf_share - 1.0).abs() < 1e-6 && worth_injecting(&all));
        assert_eq!(all.matched[0], "locked");
        let one = evidence(&asked, 0.0, 0.0, |t| t == "writer");
        assert!(!worth_injecting(&one), "{one:?}");
        assert!(!worth_injecting(&evidence(&asked, 0.0, 0.0, |_| false)));
    }

    #[test]
    fn unknown_words_speak_against_a_hit() {
        let asked = query(&[("kubernet", 0), ("ingress", 0), ("chart", 90)]);
        assert!(!worth_injecting(&evidence(&asked, 0.0, 0.0, |_| true)));
        assert!(worth_injecting(&evidence(&query(&[("tp1042", 3)]), 0.0, 0.0, |_| true)));
        assert!(
            !worth_injecting(&evidence(&query(&[("continu", 40)]), 0.0, 0.0, |_| true)),
            "a word that is everywhere"
        );
        assert!(!worth_injecting(&evidence(&query(&[("yes", 40), ("go", 60)]), 0.0, 0.0, |_| true)), "two of them");
        assert!(worth_injecting(&evidence(&query(&[("retri", 40), ("drain", 2)]), 0.0, 0.0, |_| true)));
        assert!(!worth_injecting(&evidence(&[], 0.0, 0.0, |_| true)));
    }

    #[test]
    fn meaning_speaks_for_a_hit_and_length_alone_does_not() {
        let asked =
            query(&[("login", 40), ("cookie", 30), ("expire", 12), ("safari", 9), ("refresh", 20), ("loop", 50)]);
        let one_word = |coverage, cosine| evidence(&asked, coverage, cosine, |t| t == "loop");
        assert!(worth_injecting(&one_word(0.6, 0.5)), "said in other words");
        assert!(!worth_injecting(&one_word(0.2, 0.3)));
        let long: Vec<(String, u64)> = (0..80).map(|n| (format!("word{n}"), n)).collect();
        let long = select(long, 10_000);
        assert!(!worth_injecting(&evidence(&long, 0.25, 0.4, |t| t.ends_with("11"))));
    }
}
