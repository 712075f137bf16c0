//! What a search may show: states, kinds, times and limits, and one hit for each message with what stands beside it.
//! It must not know how hits are gathered.

use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Note};
use quipu_store::read::{Neighbours, SearchQuery, States};
use quipu_store::write::{HookTurn, Write};

use super::tape::Tape;
use super::world::{START, World, each, id_of, note, query};

/// Runs `story` twice: with the memories just written, and when the index has taken them in.
fn fresh_and_settled(w: &World, story: impl Fn()) {
    story();
    w.settle();
    story();
}

#[test]
fn archived_ones_are_hidden_unless_they_are_asked_for() {
    each(|w| {
        let tape = Tape::new("s").prompt("falcon recorded").answer("later");
        let hook = HookTurn { body: "falcon carried".into(), ..tape.hook(0) };
        w.put(Write::Hook(Box::new(hook.clone()))).unwrap();
        w.settle();
        w.put(tape.whole()).unwrap();
        let of = |states| {
            let hits = w.search(&SearchQuery { states, ..query("falcon") }).unwrap().hits;
            hits.into_iter().filter(|h| h.own > 0.0).map(|h| (h.memory.body, h.memory.lifecycle)).collect::<Vec<_>>()
        };
        fresh_and_settled(w, || {
            assert_eq!(of(States::Live), [("falcon recorded".to_owned(), Lifecycle::Live)]);
            assert_eq!(of(States::All).len(), 2);
            assert!(of(States::All).contains(&("falcon carried".to_owned(), Lifecycle::Archived)));
        });
        assert_eq!(w.memory(hook.id).unwrap().unwrap().lifecycle, Lifecycle::Archived);
        assert_eq!(w.all().len(), 2);
    });
}

#[test]
fn only_the_kinds_asked_for() {
    each(|w| {
        for kind in Kind::ALL {
            w.stored(Note { kind, id: id_of(kind.as_str()), ..note(&format!("falcon {}", kind.as_str())) });
        }
        let of = |kinds: &[Kind]| {
            let hits = w.search(&SearchQuery { kinds: kinds.to_vec(), ..query("falcon") }).unwrap().hits;
            let mut kinds: Vec<Kind> = hits.into_iter().map(|h| h.memory.kind).collect();
            kinds.sort();
            kinds
        };
        fresh_and_settled(w, || {
            assert_eq!(of(&[]), Kind::ALL);
            assert_eq!(of(&Kind::ALL), Kind::ALL);
            for kind in Kind::ALL {
                assert_eq!(of(&[kind]), [kind]);
            }
            assert_eq!(of(&[Kind::Journal, Kind::Prompt]), [Kind::Prompt, Kind::Journal]);
        });
    });
}

#[test]
fn only_of_the_time_asked_for() {
    each(|w| {
        for n in 0..5i64 {
            w.stored(Note { occurred_at: Millis(START + n * 1_000), ..note(&format!("falcon {n}")) });
        }
        w.stored(Note { occurred_at: Millis(-1_000), ..note("falcon of old") });
        let of = |since: Option<i64>, until: Option<i64>| {
            let at = |n: i64| Millis(START + n * 1_000);
            w.bodies(&SearchQuery { since: since.map(at), until: until.map(at), ..query("falcon") }).len()
        };
        fresh_and_settled(w, || {
            assert_eq!(of(None, None), 6);
            assert_eq!(of(Some(0), None), 5);
            assert_eq!(of(Some(2), None), 3);
            assert_eq!(of(None, Some(2)), 4);
            assert_eq!(of(Some(1), Some(3)), 3);
            assert_eq!(of(Some(4), Some(4)), 1);
            assert_eq!(of(Some(3), Some(1)), 0);
            assert_eq!(of(Some(5), None), 0);
        });
        let far = SearchQuery { since: Some(Millis(i64::MIN)), until: Some(Millis(i64::MAX)), ..query("falcon") };
        assert_eq!(w.bodies(&far).len(), 6);
    });
}

#[test]
fn at_most_so_many_and_the_best_of_them() {
    each(|w| {
        for n in 0..300 {
            w.stored(note(&format!("{} {n}", "falcon ".repeat(1 + n % 7))));
        }
        fresh_and_settled(w, || {
            let bodies = |limit| w.bodies(&SearchQuery { limit, ..query("falcon") });
            // As many as agents and people ask for come from the same candidates: less is a part of more.
            let most = bodies(16);
            for limit in [0, 1, 2, 10, 15] {
                assert!(bodies(limit) == most[..limit], "limit {limit}");
            }
            // More than that gathers more, which may weigh a little differently; none is lost and none twice.
            for limit in [50, 299, 300, 1_000, usize::MAX] {
                let distinct: std::collections::HashSet<String> = bodies(limit).into_iter().collect();
                assert_eq!(distinct.len(), limit.min(300), "limit {limit}");
            }
        });
    });
}

#[test]
fn neighbours_lend_a_share_of_their_score() {
    each(|w| {
        // The answer says nothing of falcons and is found by what stands before and after it.
        let tape = Tape::new("s").prompt("falcon nests").answer("on the tower").prompt("falcon eggs").answer("four");
        w.put(tape.whole()).unwrap();
        w.put(Tape::new("t").prompt("falcon alone").whole()).unwrap();
        fresh_and_settled(w, || {
            let hits = w.search(&SearchQuery { neighbours: Neighbours::Load, ..query("falcon") }).unwrap().hits;
            let hit = |body: &str| hits.iter().find(|h| h.memory.body == body).unwrap_or_else(|| panic!("{body}"));
            assert_eq!(hits.len(), 5);
            let (between, alone) = (hit("on the tower"), hit("falcon alone"));
            assert!(between.own == 0.0 && between.context > hit("four").context);
            assert!(alone.context == 0.0 && alone.own > 0.0 && alone.neighbours.trim().is_empty());
            assert!(between.score > hit("four").score, "two neighbours speak for it");
            assert!(hits.windows(2).all(|w| w[0].score >= w[1].score));
            assert_eq!(between.neighbours, "falcon nests\nfalcon eggs\n");
            let skipped = w.search(&query("falcon")).unwrap().hits;
            assert!(skipped.iter().all(|h| h.neighbours.is_empty()));
            let order = |hits: &[quipu_store::read::SearchHit]| hits.iter().map(|h| h.memory.id).collect::<Vec<_>>();
            assert_eq!(order(&skipped), order(&hits));
        });
    });
}

#[test]
fn a_neighbour_tells_two_equal_answers_apart() {
    each(|w| {
        let tape = |name: &str, prompt: &str| Tape::new(name).prompt(prompt).answer("Use the second one, it is safer.");
        w.put(tape("a", "Which kestrel shall we take?").whole()).unwrap();
        w.put(tape("b", "Which falcon shall we take?").whole()).unwrap();
        fresh_and_settled(w, || {
            let hits = w.search(&query("falcon safer")).unwrap().hits;
            let answers: Vec<&str> = hits
                .iter()
                .filter(|h| h.memory.kind == Kind::Answer)
                .filter_map(|h| h.memory.session.as_ref().map(|s| s.id.as_str()))
                .collect();
            assert_eq!(answers, ["b", "a"]);
        });
    });
}

#[test]
fn one_hit_for_each_message_and_memory() {
    each(|w| {
        let tape = Tape::new("s")
            .say(Kind::Thought, "falcon thought of")
            .answer("falcon falcon answered")
            .but(|t| t.group = "s#0".into())
            .answer("falcon in another message");
        w.put(tape.whole()).unwrap();
        // The same group name in another session is another message.
        let other = Tape::new("t").answer("falcon elsewhere").but(|t| t.group = "s#0".into());
        w.put(other.whole()).unwrap();
        let long = format!("falcon. {}falcon.", "A sentence of filler. ".repeat(400));
        w.stored(note(&long));
        for _ in 0..2 {
            fresh_and_settled(w, || {
                let mut found = w.find("falcon");
                found.sort();
                let mut expected =
                    ["falcon falcon answered", "falcon in another message", "falcon elsewhere", long.as_str()];
                expected.sort();
                assert_eq!(found, expected);
            });
            // The thought is there when the answer is not asked for.
            let thoughts = SearchQuery { kinds: vec![Kind::Thought], ..query("falcon") };
            assert_eq!(w.bodies(&thoughts), ["falcon thought of"]);
        }
    });
}
