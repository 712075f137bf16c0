//! Field report B as real processes: sixteen sessions in one project end together while all of them work and write.
//! It must not know how writes are queued. `cargo xtask bench incident` prints how long it takes.
//! Invariant: every hook ends with a valid answer that holds nobody up, so no host fires it again; what was acknowledged is
//! there once.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::session::Session;
use crate::support::{Home, run, until};

const SESSIONS: usize = 16;
/// Beats and notes of each session while it works.
const ROUNDS: usize = 4;
/// A hook that hangs takes longer; on a machine that starts processes slowly one that does not may take seconds.
const HANGS: Duration = Duration::from_secs(10);

/// What happens to the daemon in the middle.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Lives,
    IsKilled,
}

/// One session: it works, then ends with all the others. Gives the notes that were acknowledged.
fn lives(home: &Home, n: usize, (ready, ends): (&Barrier, &Barrier)) -> Vec<String> {
    let session = Session::new(home, &format!("ends-{n}"), &home.work());
    let answer = format!("answer of session {n}");
    std::fs::write(
        &session.file,
        [session.prompt(&format!("question {n}")), session.answer(&answer)].join("\n") + "\n",
    )
    .unwrap();
    let hook = |event: &str, fields: &serde_json::Value| {
        let payload = session.payload(event, fields);
        let output = run(home.command(&["hook", "claude-code"]), payload.to_string().as_bytes());
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{event}");
        let said: serde_json::Value =
            serde_json::from_str(output.stdout.trim()).unwrap_or_else(|e| panic!("{event}: {e}"));
        assert!(said.get("decision").is_none() && said.get("continue").is_none(), "nobody is held up: {said}");
        assert!(output.took < HANGS, "{event} took {:?}", output.took);
    };
    let edit =
        json!({ "tool_name": "Edit", "tool_input": { "file_path": home.work().join("a.rs") }, "tool_use_id": "t" });
    let mut kept = Vec::new();
    ready.wait();
    for round in 0..ROUNDS {
        hook("PreToolUse", &edit);
        let text = format!("note {round} of session {n}");
        let saved = home.quipu(&["save", &text, "--json"]);
        if saved.code == 0 {
            kept.push(text);
        }
        if round == ROUNDS / 2 {
            ends.wait();
            for event in ["Stop", "SessionEnd"] {
                let fields = json!({ "last_assistant_message": answer, "stop_hook_active": false, "reason": "other" });
                hook(event, &fields);
            }
        }
    }
    kept
}

fn incident(fate: Fate) {
    let home = Home::new();
    home.up();
    let (ready, ends) = (Barrier::new(SESSIONS), Barrier::new(SESSIONS + 1));
    let begun = Instant::now();
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let (home, ready, ends) = (&home, &ready, &ends);
        let sessions: Vec<_> = (0..SESSIONS).map(|n| scope.spawn(move || lives(home, n, (ready, ends)))).collect();
        ends.wait();
        if fate == Fate::IsKilled {
            home.signal(Signal::KILL);
        }
        sessions.into_iter().flat_map(|session| session.join().unwrap()).collect()
    });
    assert!(begun.elapsed() < 30 * HANGS, "{:?}", begun.elapsed());
    if fate == Fate::Lives {
        assert_eq!(acknowledged.len(), SESSIONS * ROUNDS, "every note is acknowledged");
    }
    home.up();
    let answers = (0..SESSIONS).flat_map(|n| [format!("answer of session {n}"), format!("question {n}")]);
    let expected: Vec<String> = acknowledged.into_iter().chain(answers).collect();
    until("nothing is lost, and nothing is there twice", || {
        let mut kept = BTreeMap::new();
        home.export().into_iter().for_each(|memory| *kept.entry(memory.text).or_insert(0) += 1);
        let is_whole = expected.iter().all(|text| kept.get(text) == Some(&1));
        assert!(kept.values().all(|times| *times == 1), "{kept:?}");
        is_whole.then_some(())
    });
    until("every session has ended", || {
        let shown = home.health().ok()?;
        (shown.spool == 0).then_some(())
    });
    assert!(!home.log().contains("locked"), "{}", home.log());
}

#[test]
fn sixteen_sessions_end_together_while_all_work() {
    incident(Fate::Lives);
}

#[test]
fn the_same_with_the_daemon_killed_in_the_middle() {
    incident(Fate::IsKilled);
}
