//! A turn that hook and transcript both tell is there once, in whatever order they come and however often.
//! It must not know hook payloads.

use std::sync::mpsc;

use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Origin};
use quipu_core::outcome::Outcome;
use quipu_core::scope::Viewer;
use quipu_core::turn::Speaker;
use quipu_store::read::{Scope, SearchQuery, States, TimelineQuery};
use quipu_store::write::{Applied, HookTurn, Lane, TurnCounts, Write};

use super::tape::Tape;
use super::world::{START, World, each, event_of, id_of, outcome, project, query, query_in};

/// What a session holds: kind, text, time, how it came, where from.
type Told = (Kind, String, Millis, Origin, Option<u64>);

fn told(w: &World, session: &str) -> Vec<Told> {
    let timeline = TimelineQuery {
        scope: Scope::All,
        around: None,
        before: None,
        session: Some(session.into()),
        kinds: Vec::new(),
        files: Vec::new(),
        since: None,
        until: None,
        limit: 100,
        viewer: Viewer::PERSON,
        states: States::Live,
        now: Millis(START),
        as_of: None,
    };
    let memories = w.timeline(&timeline).unwrap();
    memories.into_iter().map(|m| (m.kind, m.body, m.occurred_at, m.origin, m.provenance.map(|p| p.from))).collect()
}

/// What it must hold in the end: the transcript, word for word.
fn expected(tape: &Tape) -> Vec<Told> {
    let turn = |n: usize| {
        let turn = &tape.turns[n].turn;
        (turn.kind, turn.body.clone(), turn.occurred_at, Origin::Transcript, Some(turn.bytes.start))
    };
    (0..tape.turns.len()).map(turn).collect()
}

/// Every order of `count` steps in which those of `in_order` keep theirs.
fn orders(count: usize, in_order: &[usize]) -> Vec<Vec<usize>> {
    fn grow(done: &[usize], count: usize, in_order: &[usize], out: &mut Vec<Vec<usize>>) {
        if done.len() == count {
            out.push(done.to_vec());
        }
        for next in (0..count).filter(|n| !done.contains(n)) {
            let first_left = in_order.iter().find(|n| !done.contains(n));
            if !in_order.contains(&next) || first_left == Some(&next) {
                grow(&[done, &[next]].concat(), count, in_order, out);
            }
        }
    }
    let mut out = Vec::new();
    grow(&[], count, in_order, &mut out);
    out
}

/// Runs `steps` of a session in every order, each order in a session of its own.
fn check(w: &World, name: &str, in_order: &[usize], steps: impl Fn(&Tape) -> Vec<Write>) {
    let conversation = |n: usize| {
        let tape = Tape::new(&format!("{name}-{n}"));
        tape.prompt("continue").answer("Done with the first half.").prompt("continue")
    };
    let orders = orders(steps(&conversation(0)).len(), in_order);
    println!("{name}: {} orders", orders.len());
    // Some orders at a time, so that their writes share commits.
    for some in (0..orders.len()).collect::<Vec<_>>().chunks(40) {
        let (sender, outcomes) = mpsc::channel();
        for n in some {
            let steps = steps(&conversation(*n));
            for (place, step) in orders[*n].iter().enumerate() {
                let sender = sender.clone();
                let event = Some(event_of(&format!("{name}-{n}-{place}")));
                let reply = Box::new(move |outcome: Result<Applied, _>| sender.send(outcome.map(|_| ())).unwrap());
                w.submit(event, steps[*step].clone(), Lane::Interactive, w.now(), reply);
            }
        }
        drop(sender);
        outcomes.iter().for_each(|outcome| outcome.unwrap());
        for n in some {
            let tape = conversation(*n);
            assert_eq!(told(w, &tape.session), expected(&tape), "{name}: order {:?}", orders[*n]);
        }
    }
    let q = SearchQuery { limit: 10_000, ..query("continue") };
    assert_eq!(w.search(&q).unwrap().hits.iter().filter(|h| h.memory.body == "continue").count(), orders.len() * 2);
}

#[test]
fn two_equal_prompts_with_their_hooks_in_every_order() {
    each(|w| {
        check(w, "line by line", &[0, 1, 2], |t| {
            let records = (0..3).map(|n| t.write(n, n + 1));
            records.chain([0, 0, 2, 2].map(|n| t.hook_write(n))).collect()
        });
    });
}

#[test]
fn prompts_and_answers_with_their_hooks_round_a_whole_file_in_every_order() {
    each(|w| {
        check(w, "whole file", &[], |t| {
            let hooks = [0, 1, 2, 1].map(|n| t.hook_write(n));
            [t.whole()].into_iter().chain(hooks).collect()
        });
    });
}

#[test]
fn hooks_without_a_prompt_id_share_a_key_and_lose_nothing() {
    each(|w| {
        check(w, "by text", &[0, 1, 2], |t| {
            let by_text = |n: usize| {
                let key = format!("{}/prompt/continue", t.session);
                Write::Hook(Box::new(HookTurn { key, ..t.hook(n) }))
            };
            vec![t.write(0, 1), t.write(1, 2), t.write(2, 3), by_text(0), by_text(2), by_text(2)]
        });
    });
}

#[test]
fn a_hook_comes_first_and_keeps_its_id() {
    each(|w| {
        let tape = Tape::new("s").prompt("Where is the harbour?").answer("By the sea.");
        let hook = HookTurn { project: project("elsewhere"), at: Millis(tape.hook(0).at.0 - 3_000), ..tape.hook(0) };
        let id = hook.id;
        assert_eq!(outcome(w.put(Write::Hook(Box::new(hook.clone()))).unwrap()), Outcome::Stored(id));
        let found = w.memory(id).unwrap().unwrap();
        assert_eq!((found.origin, found.provenance), (Origin::Hook, None));
        assert_eq!(w.find("harbour"), ["Where is the harbour?"]);
        assert_eq!(
            w.put(tape.whole()).unwrap(),
            Applied::Turns(TurnCounts { stored: 1, duplicate: 0, merged: 1, forgotten: 0 })
        );
        assert_eq!(outcome(w.put(Write::Hook(Box::new(hook))).unwrap()), Outcome::Duplicate { of: id });
        // What the record says now holds everywhere, at once and after reopening.
        for _ in 0..2 {
            let found = w.memory(id).unwrap().unwrap();
            assert_eq!((found.origin, found.occurred_at), (Origin::Transcript, Tape::at(0)));
            assert_eq!((found.branch.as_deref(), found.project), (Some("main"), Some(project("p"))));
            let since = SearchQuery { since: Some(Tape::at(0)), ..query_in("p", "harbour") };
            assert_eq!(w.bodies(&since).first().map(String::as_str), Some("Where is the harbour?"));
            assert_eq!(w.bodies(&query_in("elsewhere", "harbour")), [""; 0]);
            w.reopen();
        }
        assert_eq!(w.memory(id_of("s#0")).unwrap(), None);
    });
}

#[test]
fn a_turn_that_a_hook_carried_belongs_to_its_message() {
    each(|w| {
        let tape = Tape::new("s").say(Kind::Thought, "falcon thought").answer("falcon falcon answered");
        let tape = tape.but(|t| t.group = "s#0".into());
        w.put(tape.hook_write(1)).unwrap();
        w.put(tape.whole()).unwrap();
        for _ in 0..2 {
            assert_eq!(w.find("falcon"), ["falcon falcon answered"]);
            w.reopen();
        }
    });
}

#[test]
fn a_program_s_prompt_stays_a_program_s() {
    each(|w| {
        for (n, (by_hook, by_record)) in [(true, false), (false, true), (true, true)].into_iter().enumerate() {
            let speaker = |program| if program { Speaker::Program } else { Speaker::Person };
            let tape = Tape::new(&format!("s{n}")).prompt("Run the nightly checks.");
            let tape = tape.but(|t| t.origin = speaker(by_record));
            w.put(Write::Hook(Box::new(HookTurn { speaker: speaker(by_hook), ..tape.hook(0) }))).unwrap();
            w.put(tape.whole()).unwrap();
            assert_eq!(w.memory(tape.hook(0).id).unwrap().unwrap().speaker, Speaker::Program, "{by_hook} {by_record}");
        }
    });
}

#[test]
fn what_the_transcript_tells_in_other_words_is_retired() {
    each(|w| {
        let tape = Tape::new("s").prompt("The words of the record.").answer("An answer.");
        let hook = HookTurn { body: "The words of the gateway.".into(), ..tape.hook(0) };
        w.put(Write::Hook(Box::new(hook.clone()))).unwrap();
        // The record of the same minute does not settle it: the hook's own record may come behind it.
        w.put(tape.write(0, 1)).unwrap();
        assert_eq!(w.find("gateway").first().map(String::as_str), Some("The words of the gateway."));
        w.put(tape.write(1, 2)).unwrap();
        for _ in 0..2 {
            assert_eq!(told(w, "s"), expected(&tape));
            assert!(!w.find("gateway").contains(&hook.body));
            let archived = w.search(&SearchQuery { states: States::All, ..query("gateway") }).unwrap().hits.remove(0);
            assert_eq!((archived.memory.id, archived.memory.lifecycle), (hook.id, Lifecycle::Archived));
            // It does not come back, nor does it keep the same words from coming later.
            let again = outcome(w.put(Write::Hook(Box::new(hook.clone()))).unwrap());
            assert_eq!(again, Outcome::Duplicate { of: hook.id });
            w.reopen();
        }
        let tape = tape.prompt("The words of the gateway.");
        w.put(tape.write(2, 3)).unwrap();
        assert_eq!(told(w, "s"), expected(&tape));
    });
}

#[test]
fn what_the_host_itself_wrote_is_not_kept() {
    each(|w| {
        for hook_first in [true, false] {
            let name = format!("machine-{hook_first}");
            let tape = Tape::new(&name).prompt("Wake up and look at the build.").answer("It is green.");
            let hook = Write::Hook(Box::new(HookTurn { speaker: Speaker::Machine, ..tape.hook(0) }));
            let steps = if hook_first { [hook, tape.whole()] } else { [tape.whole(), hook] };
            let outcomes = steps.map(|step| w.put(step).unwrap());
            let of_hook = outcome(outcomes[usize::from(!hook_first)].clone());
            assert!(matches!(of_hook, Outcome::Rejected(_)), "{of_hook:?}");
            assert_eq!(told(w, &name), expected(&tape)[1..], "{name}");
        }
        assert_eq!(w.find("wake").iter().filter(|body| body.contains("Wake")).count(), 0);
    });
}
