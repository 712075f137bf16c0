//! A daemon that is there and does not answer: stopped, as a debugger or a swapping machine stops it.
//! It must not know what hooks are answered by a healthy one.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::{Home, until};

/// Files in the spool that are whole.
fn spooled(home: &Home) -> usize {
    let files = std::fs::read_dir(home.spool()).into_iter().flatten().flatten();
    files.filter(|file| file.path().extension().is_some_and(|x| x == "json")).count()
}

fn payload(home: &Home, event: &str, n: u32) -> Value {
    json!({
        "hook_event_name": event, "session_id": "stuck", "cwd": home.work(), "source": "startup",
        "prompt_id": format!("turn-{n}"), "last_assistant_message": format!("answer {n} to a stopped daemon"),
    })
}

#[test]
fn hooks_leave_a_stopped_daemon_alone_and_nothing_is_lost_or_doubled() {
    let home = Home::new();
    home.up();
    home.signal(Signal::STOP);
    let marker = home.data().join("hook-backoff");

    // On a machine too busy for its budget it ends without a trace, so it may need another try.
    until("it leaves its event in the spool", || {
        let (output, code, took) = home.hook(&payload(&home, "Stop", 1));
        assert_eq!((output.trim(), code), ("{}", 0));
        // Its budget is 250 ms; one that waits for the daemon's continuation would take for ever.
        assert!(took < Duration::from_secs(5), "{took:?}");
        (spooled(&home) > 0).then_some(())
    });
    assert!(marker.exists(), "no marker keeps the next hooks away");

    // A session's start may take a second, which a hook that heeds the marker does not use.
    let output = home.hook_in_time(&payload(&home, "SessionStart", 0));
    let told: Value = serde_json::from_str(&output).unwrap();
    let text = told["hookSpecificOutput"]["additionalContext"].as_str().unwrap();
    assert!(text.contains("not reachable"), "{told}");
    for n in 2..6 {
        assert_eq!(home.hook_in_time(&payload(&home, "Stop", n)).trim(), "{}");
    }
    assert!(spooled(&home) >= 6);

    home.signal(Signal::CONT);
    until("the spool is empty", || home.health().ok().filter(|health| health.spool == 0));
    let check = || {
        let mut texts: Vec<String> = home.export().into_iter().map(|memory| memory.text).collect();
        texts.sort();
        let expected: Vec<String> = (1..6).map(|n| format!("answer {n} to a stopped daemon")).collect();
        assert_eq!(texts, expected);
    };
    check();
    // The request that the first hook gave up on may have been answered by then, or not: once all the same.
    home.quipu(&["down"]).ok();
    home.up();
    check();
    assert_eq!(home.health().unwrap().quarantined, 0);
}

/// The marker is a matter of seconds: then hooks ask again.
#[test]
fn an_old_marker_is_no_marker() {
    let home = Home::new();
    home.up();
    let marker = std::fs::File::create(home.data().join("hook-backoff")).unwrap();
    home.hook_in_time(&payload(&home, "Stop", 1));
    for age in [Duration::from_secs(3_600), Duration::from_secs(6)] {
        marker.set_modified(std::time::SystemTime::now() - age).unwrap();
        until("the spool is empty", || (spooled(&home) == 0).then_some(()));
        home.hook_in_time(&payload(&home, "Stop", 2));
    }
    // One that lies in the future (a clock that was set back) holds nobody up for ever.
    marker.set_modified(std::time::SystemTime::now() + Duration::from_secs(3_600)).unwrap();
    home.hook_in_time(&payload(&home, "Stop", 3));
    until("all is taken in", || home.health().ok().filter(|health| health.spool == 0));
    assert_eq!(home.export().len(), 3);
}

#[test]
fn commands_say_that_the_daemon_does_not_answer() {
    let home = Home::new();
    home.up();
    home.signal(Signal::STOP);
    let stopped = home.quipu(&["status"]).fails(69);
    assert!(stopped.contains("did not answer in time") && stopped.contains("hint"), "{stopped}");
    home.signal(Signal::CONT);
    assert_eq!(home.json(&["status"])["mode"], "owner");
}
