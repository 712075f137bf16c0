//! The order of time, and pages for exports.
//! It must not know how either is kept.

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::Note;
use quipu_core::scope::Viewer;
use quipu_store::read::{PageQuery, Scope, States, TimelineQuery};
use quipu_store::write::Write;

use super::tape::Tape;
use super::world::{START, World, each, id_of, note, note_of, project};

fn all() -> TimelineQuery {
    TimelineQuery {
        scope: Scope::All,
        around: None,
        before: None,
        session: None,
        kinds: Vec::new(),
        files: Vec::new(),
        since: None,
        until: None,
        limit: 100,
        viewer: Viewer::PERSON,
        states: States::Live,
        now: Millis(START),
        as_of: None,
    }
}

fn bodies(w: &World, query: &TimelineQuery) -> Vec<String> {
    w.timeline(query).unwrap().into_iter().map(|m| m.body).collect()
}

/// Six memories of two sessions and a note, a minute apart, written out of order.
fn six(w: &World) {
    w.stored(Note { occurred_at: Tape::at(4), ..note("m4") });
    let tape = Tape::new("s").prompt("m0").answer("m1").prompt("m2").answer("m3");
    w.put(tape.whole()).unwrap();
    let mut other = Tape::new("t").of_project("q").prompt("m5");
    other.turns[0].turn.occurred_at = Tape::at(5);
    w.put(other.whole()).unwrap();
}

#[test]
fn oldest_first_and_the_newest_when_there_are_too_many() {
    each(|w| {
        assert_eq!(bodies(w, &all()), [""; 0]);
        six(w);
        let of = |query: TimelineQuery| bodies(w, &query).join(" ");
        assert_eq!(of(all()), "m0 m1 m2 m3 m4 m5");
        assert_eq!(of(TimelineQuery { limit: 2, ..all() }), "m4 m5");
        assert_eq!(of(TimelineQuery { limit: 0, ..all() }), "");
        assert_eq!(of(TimelineQuery { limit: usize::MAX, ..all() }), "m0 m1 m2 m3 m4 m5");
        assert_eq!(of(TimelineQuery { session: Some("s".into()), ..all() }), "m0 m1 m2 m3");
        assert_eq!(of(TimelineQuery { kinds: vec![Kind::Prompt], ..all() }), "m0 m2 m5");
        assert_eq!(of(TimelineQuery { kinds: vec![Kind::Answer, Kind::Insight], ..all() }), "m1 m3 m4");
        assert_eq!(of(TimelineQuery { since: Some(Tape::at(2)), ..all() }), "m2 m3 m4 m5");
        assert_eq!(of(TimelineQuery { until: Some(Tape::at(2)), ..all() }), "m0 m1 m2");
        assert_eq!(of(TimelineQuery { since: Some(Millis(Tape::at(2).0 + 1)), limit: 2, ..all() }), "m4 m5");
        assert_eq!(of(TimelineQuery { scope: Scope::Project(project("q")), ..all() }), "m4 m5");
        assert_eq!(of(TimelineQuery { scope: Scope::Project(project("unknown")), ..all() }), "m4");
        // From page to page, back to the beginning.
        let older = |than: &str, limit: usize| of(TimelineQuery { before: Some(id_of(than)), limit, ..all() });
        assert_eq!([older("t#0", 2), older("s#3", 2), older("s#1", 2), older("s#0", 2)], ["m3 m4", "m1 m2", "m0", ""]);
        assert_eq!(older("nobody", 2), "");
    });
}

#[test]
fn around_a_memory_so_many_on_either_side() {
    each(|w| {
        six(w);
        let around = |id: MemoryId, limit: usize| TimelineQuery { around: Some(id), limit, ..all() };
        let of = |query: TimelineQuery| bodies(w, &query).join(" ");
        assert_eq!(of(around(id_of("s#2"), 1)), "m1 m2 m3");
        assert_eq!(of(around(id_of("s#2"), 2)), "m0 m1 m2 m3 m4");
        assert_eq!(of(around(id_of("s#2"), 0)), "m2");
        assert_eq!(of(around(id_of("s#0"), 1)), "m0 m1");
        assert_eq!(of(around(id_of("m4"), 9)), "m0 m1 m2 m3 m4 m5");
        assert_eq!(of(around(id_of("unknown"), 9)), "");
        // One that is not asked for is a place in time, and takes nobody's.
        assert_eq!(of(TimelineQuery { kinds: vec![Kind::Prompt], ..around(id_of("s#1"), 1) }), "m0 m2");
        let elsewhere = TimelineQuery { scope: Scope::Project(project("p")), ..around(id_of("t#0"), 1) };
        assert_eq!(of(elsewhere), "m4");
    });
}

#[test]
fn equal_times_keep_the_order_of_writing() {
    each(|w| {
        let bodies_in_order: Vec<String> = (0..20).map(|n| format!("n{n:02}")).collect();
        for body in &bodies_in_order {
            w.stored(note(body));
        }
        assert_eq!(bodies(w, &all()), bodies_in_order);
        let around = TimelineQuery { around: Some(id_of("n10")), limit: 2, ..all() };
        assert_eq!(bodies(w, &around), bodies_in_order[8..13]);
    });
}

#[test]
fn pages_join_into_everything_live_once() {
    each(|w| {
        for n in 0..95 {
            w.stored(note_of(if n % 2 == 0 { "p" } else { "q" }, &format!("note {n}")));
        }
        let tape = Tape::new("s").prompt("recorded").answer("later");
        let mut hook = tape.hook(0);
        hook.body = "carried".into();
        w.put(Write::Hook(Box::new(hook))).unwrap();
        w.put(tape.whole()).unwrap();
        for (scope, expected) in
            [(Scope::All, 97), (Scope::Project(project("q")), 47), (Scope::Project(project("p")), 50)]
        {
            let mut ids: Vec<MemoryId> = Vec::new();
            loop {
                let page = w.page(&PageQuery::live(scope.clone(), ids.last().copied(), 10)).unwrap();
                assert!(page.len() <= 10);
                if page.is_empty() {
                    break;
                }
                ids.extend(page.into_iter().map(|m| m.id));
            }
            assert!(ids.is_sorted() && ids.windows(2).all(|w| w[0] < w[1]));
            assert_eq!(ids.len(), expected, "{scope:?}");
        }
        assert_eq!(w.page(&PageQuery::live(Scope::All, None, usize::MAX)).unwrap().len(), 97);
        assert_eq!(w.page(&PageQuery::live(Scope::All, None, 0)).unwrap().len(), 0);
    });
}
