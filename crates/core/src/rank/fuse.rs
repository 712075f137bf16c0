//! From three signals to one score.
//! It must not know where a signal comes from.
//! Invariant: each signal is taken in proportion to its best, so none outweighs another by its scale.

use rustc_hash::FxHashMap;

use super::weights::{COSINE, COVERAGE, IMPORTANCE, LEAST_BM25, RECENCY, SAID_DAYS, SESSION_BEST, TEXT, WRITTEN_DAYS};
use crate::kind::Kind;
use crate::standing::{Esteem, Importance};

/// What speaks for a chunk, its neighbours' shares included.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Signals {
    /// BM25.
    pub text: f32,
    /// Share of the question's weight that the chunk answers, synonyms in part.
    pub coverage: f32,
    /// Cosine of its vector to the question's, never below 0.
    pub cosine: f32,
}

/// A score for each of `all`, from 0 to 1. Without vectors the order is that of the text alone.
pub fn fuse(all: &[Signals]) -> Vec<f32> {
    let most = |of: fn(&Signals) -> f32, least: f32| all.iter().map(of).fold(least, f32::max);
    let text = most(|s| s.text, LEAST_BM25);
    let (coverage, cosine) = (most(|s| s.coverage, f32::MIN_POSITIVE), most(|s| s.cosine, f32::MIN_POSITIVE));
    all.iter().map(|s| TEXT * s.text / text + COVERAGE * s.coverage / coverage + COSINE * s.cosine / cosine).collect()
}

/// How much a memory of this kind and age counts beside one of today: between 1 and a little more.
///
/// What was said in a session fades, what was written down on purpose hardly does, and what is held on to does not; what
/// somebody said to matter more than other things counts a little more. All of it settles near-ties only, and hides nothing.
pub fn recency(kind: Kind, age_days: f32, esteem: Esteem) -> f32 {
    let half_life = if kind.is_written() { WRITTEN_DAYS } else { SAID_DAYS };
    let age = if esteem.is_pinned() { 0.0 } else { age_days.max(0.0) };
    let steps = f32::from(esteem.importance().number()) - f32::from(Importance::ORDINARY.number());
    (1.0 + RECENCY * (-age / half_life).exp2()) * (1.0 + IMPORTANCE * steps)
}

/// For each score the share of its session's standing in the best session's: a session is as good as its best few
/// turns. `sessions` names the session of each; 0 stands for none, which has no standing.
pub fn session_shares(scores: &[f32], sessions: &[u32]) -> Vec<f32> {
    let mut best: FxHashMap<u32, [f32; SESSION_BEST]> = FxHashMap::default();
    for (score, session) in scores.iter().zip(sessions).filter(|(_, session)| **session != 0) {
        let mut pushed_down = *score;
        for held in best.entry(*session).or_default() {
            if pushed_down > *held {
                std::mem::swap(&mut pushed_down, held);
            }
        }
    }
    let standing: FxHashMap<u32, f32> =
        best.into_iter().map(|(session, scores)| (session, scores.into_iter().sum())).collect();
    let most = standing.values().copied().fold(f32::MIN_POSITIVE, f32::max);
    sessions.iter().map(|session| standing.get(session).copied().unwrap_or(0.0) / most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Pin;

    fn signals(text: f32, coverage: f32, cosine: f32) -> Signals {
        Signals { text, coverage, cosine }
    }

    #[test]
    fn scores_are_shares_of_the_best() {
        let scores = fuse(&[signals(20.0, 0.5, 0.4), signals(10.0, 0.5, 0.4), signals(0.0, 0.0, 0.0)]);
        assert!((scores[0] - 1.0).abs() < 1e-6 && scores[1] < scores[0] && scores[2] == 0.0, "{scores:?}");
        let words_alone = fuse(&[signals(3.0, 0.0, 0.0), signals(9.0, 0.0, 0.0)]);
        assert!(words_alone[1] > words_alone[0]);
        assert!(fuse(&[]).is_empty());
    }

    #[test]
    fn what_was_said_fades_and_what_was_written_does_not() {
        let ordinary = |kind, days| recency(kind, days, Esteem::new(Importance::ORDINARY, Pin::Loose));
        let (today, old) = (ordinary(Kind::Answer, 0.0), ordinary(Kind::Answer, 300.0));
        assert!(today > old && old >= 1.0 && today <= 1.0 + RECENCY);
        assert!(ordinary(Kind::Decision, 300.0) > old);
        assert_eq!(ordinary(Kind::Answer, -5.0), today, "a clock that was wrong");
    }

    #[test]
    fn what_is_held_on_to_does_not_fade_and_what_matters_counts_a_little() {
        let of = |number, pin| {
            let importance = Importance::of(number).expect("it is in the range");
            recency(Kind::Insight, 5_000.0, Esteem::new(importance, pin))
        };
        assert!(of(3, Pin::Pinned) > of(3, Pin::Loose));
        let all: Vec<f32> = Importance::RANGE.map(|number| of(number, Pin::Loose)).collect();
        assert!(all.windows(2).all(|two| two[0] < two[1]) && all[4] - all[0] < 0.1, "{all:?}");
    }

    #[test]
    fn a_session_is_as_good_as_its_best_few_turns() {
        let shares = session_shares(&[0.5, 0.5, 0.5, 0.9, 0.4], &[7, 7, 7, 8, 0]);
        assert_eq!((shares[0], shares[4]), (1.0, 0.0));
        assert!(shares[3] < 1.0 && shares[3] > 0.5);
    }
}
