//! Which terms of a query the text lane asks for, and what each is worth.
//! It must not know the index; document frequencies are arguments.
//! Invariant: at most `MAX_TERMS` terms are asked for, always the rarest that exist.

/// The most terms the text lane looks up for one query. Questions of the LoCoMo dev split behind 50 words of
/// other talk, R@10: all terms .447, 24 .501, 16 .537, 12 .510 (docs/decisions/0004).
pub const MAX_TERMS: usize = 16;

/// A term of the query with its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryTerm {
    /// The analysed term.
    pub text: String,
    /// In how many chunks it occurs.
    pub document_frequency: u64,
    /// BM25's inverse document frequency.
    pub idf: f32,
    /// Whether the lane looks it up.
    pub used: Used,
}

/// Whether a term takes part in scoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// Looked up.
    Yes,
    /// Left out: there were rarer ones enough.
    TooCommon,
    /// In no chunk at all.
    Unknown,
}

/// BM25's idf (Robertson and Walker, with the +1 inside the logarithm that Lucene uses).
pub fn idf(document_frequency: u64, documents: u64) -> f32 {
    let (df, n) = (document_frequency as f32, documents.max(document_frequency) as f32);
    (1.0 + (n - df + 0.5) / (df + 0.5)).ln()
}

/// Weighs `terms` (text, document frequency) against `documents` chunks and marks the rarest as used.
pub fn select(terms: Vec<(String, u64)>, documents: u64) -> Vec<QueryTerm> {
    let mut out: Vec<QueryTerm> = terms
        .into_iter()
        .map(|(text, df)| QueryTerm {
            text,
            document_frequency: df,
            idf: idf(df, documents),
            used: if df == 0 { Used::Unknown } else { Used::Yes },
        })
        .collect();
    let mut known: Vec<usize> = (0..out.len()).filter(|&i| out[i].used == Used::Yes).collect();
    known.sort_by_key(|&i| (out[i].document_frequency, i));
    for &i in known.iter().skip(MAX_TERMS) {
        out[i].used = Used::TooCommon;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_rarest_known_terms() {
        let terms = (0..40u64).map(|i| (format!("t{i}"), i)).collect();
        let chosen = select(terms, 1_000);
        assert_eq!(chosen[0].used, Used::Unknown);
        let used: Vec<&str> = chosen.iter().filter(|t| t.used == Used::Yes).map(|t| t.text.as_str()).collect();
        assert_eq!(used.len(), MAX_TERMS);
        assert_eq!((used[0], used[15]), ("t1", "t16"));
    }

    #[test]
    fn rarer_is_worth_more_and_idf_is_never_negative() {
        assert!(idf(1, 1_000) > idf(10, 1_000));
        assert!(idf(1_000, 1_000) >= 0.0);
        assert!(idf(5, 0) >= 0.0);
    }
}
