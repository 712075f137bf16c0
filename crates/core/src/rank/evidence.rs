//! What speaks for a hit by itself, and whether that is enough to show it unasked.
//! It must not know the index, rows or who asks.
//! Invariant: judged on raw evidence, never on a fused score, which is always near 1 for the best hit.

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
}

/// Weighs the hit's terms (`contains`) against the query.
///
/// Terms that were left out as too common count neither for nor against. A term that no memory has
/// counts against at half its weight: it may be the very subject (then we know nothing of it) or a slip.
pub fn evidence(query: &[QueryTerm], contains: impl Fn(&str) -> bool) -> Evidence {
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
    Evidence {
        rarest: matched.first().map_or(0, |t| t.document_frequency),
        idf_share: if asked > 0.0 { found / asked } else { 0.0 },
        matched: matched.iter().map(|t| t.text.clone()).collect(),
        asked: query.iter().filter(|t| t.used != Used::TooCommon).count(),
    }
}

/// One or two words speak for a hit only if one of them occurs in at most this many chunks: a name, an error code.
const PARTICULAR: u64 = 3;

/// Whether a hit may be put in front of an agent unasked.
///
/// A short question must be matched nearly whole, a long prompt by about a third of its weight; one shared
/// word is an accident, and so are two where they are all that was asked, unless they name something particular.
/// On the LoCoMo dev split, where every turn is a prompt and so stands on its own words alone, this keeps 68 % of
/// the questions whose evidence is among the first four hits, injects into 3 % of questions asked of another
/// conversation, and into none of 45 off-topic ones. (With neighbours counted for prompts it was 85 % and 8 %.)
pub fn worth_injecting(evidence: &Evidence) -> bool {
    let words = evidence.asked as f32;
    let needed = (0.62 - 0.022 * words).clamp(0.34, 0.6);
    // "yes, go on" is matched whole by many a turn: one or two words have to name something.
    let enough_words = if evidence.asked > 2 { evidence.matched.len() >= 2 } else { evidence.rarest <= PARTICULAR };
    enough_words && evidence.idf_share >= needed
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
        let all = evidence(&asked, |_| true);
        assert!((all.idf_share - 1.0).abs() < 1e-6 && worth_injecting(&all));
        assert_eq!(all.matched[0], "locked");
        let one = evidence(&asked, |t| t == "writer");
        assert!(!worth_injecting(&one), "{one:?}");
        assert!(!worth_injecting(&evidence(&asked, |_| false)));
    }

    #[test]
    fn unknown_words_speak_against_a_hit() {
        let asked = query(&[("kubernet", 0), ("ingress", 0), ("chart", 90)]);
        assert!(!worth_injecting(&evidence(&asked, |_| true)));
        assert!(worth_injecting(&evidence(&query(&[("tp1042", 3)]), |_| true)));
        assert!(!worth_injecting(&evidence(&query(&[("continu", 40)]), |_| true)), "a word that is everywhere");
        assert!(!worth_injecting(&evidence(&query(&[("yes", 40), ("go", 60)]), |_| true)), "two of them");
        assert!(worth_injecting(&evidence(&query(&[("retri", 40), ("drain", 2)]), |_| true)));
        assert!(!worth_injecting(&evidence(&[], |_| true)));
    }
}
