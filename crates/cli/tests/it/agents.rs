//! Who is here, as real processes and a real daemon tell it.
//! It must not know how presence is found out.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::agents_host::{Host, becomes, connects, roster, state};
use crate::support::{Home, until};

const STARTUP: &str = "startup";

fn begins(host: &mut Host, session: &str, source: &str) -> String {
    let answer = host.hook(session, "SessionStart", &json!({ "source": source }));
    answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or_default().to_owned()
}

fn kinds(home: &Home, kind: &str) -> Vec<Value> {
    home.json(&["events", "--all", "--kind", kind])["events"].as_array().unwrap().clone()
}

#[test]
fn a_process_that_dies_is_gone_and_another_is_told_who_is_here() {
    let home = Home::new();
    home.up();
    let mut first = Host::start(&home, "one", Some("sess-one"));
    let mut second = Host::start(&home, "two", None);
    assert_eq!(begins(&mut first, "sess-one", STARTUP), "", "nobody else is here");
    connects(&home, "sess-one");
    home.quipu(&["agents", "task", "--session", "sess-one", "mend", "the", "tide", "gauge"]).ok();
    let told = begins(&mut second, "sess-two", STARTUP);
    assert!(told.contains("1 other agent") && told.contains("sess-one") && told.contains("tide gauge"), "{told}");
    second.hook("sess-two", "UserPromptSubmit", &json!({ "prompt": "hello" }));
    let reply = roster(&home);
    assert_eq!((&reply["here"], &reply["of"], &reply["left"]), (&json!(2), &json!(2), &json!(0)), "{reply:#}");
    // With a shim, and without one: the system tells of both.
    first.kill();
    becomes(&home, "sess-one", "left");
    second.kill();
    becomes(&home, "sess-two", "left");
    let left = until("both are told", || Some(kinds(&home, "left")).filter(|left| left.len() == 2));
    assert!(left.iter().all(|event| event["body"]["why"] == "its process is gone"), "{left:#?}");
    assert_eq!(kinds(&home, "joined").len(), 2);
}

#[test]
fn who_is_silent_is_shown_as_silent_and_comes_back() {
    let home = Home::new();
    home.up();
    let mut held = Host::start(&home, "held", Some("sess-held"));
    let mut quiet = Host::start(&home, "quiet", None);
    begins(&mut held, "sess-held", STARTUP);
    connects(&home, "sess-held");
    home.quipu(&["config", "set", "agents.silent_after", "1s"]).ok();
    begins(&mut quiet, "sess-quiet", STARTUP);
    becomes(&home, "sess-quiet", "silent");
    assert_eq!(state(&home, "sess-held").as_deref(), Some("here"), "its connection is open");
    until("it is told", || (kinds(&home, "silent").len() == 1).then_some(()));
    quiet.hook("sess-quiet", "UserPromptSubmit", &json!({ "prompt": "still here" }));
    // For a second it is here again.
    let joined = kinds(&home, "joined").len();
    assert_eq!((joined, kinds(&home, "left").len()), (2, 0), "silence is no end");
}

#[test]
fn an_old_process_ends_nothing_of_its_successor() {
    let home = Home::new();
    home.up();
    let mut old = Host::start(&home, "old", Some("sess-same"));
    begins(&mut old, "sess-same", STARTUP);
    connects(&home, "sess-same");
    let mut new = Host::start(&home, "new", Some("sess-same"));
    begins(&mut new, "sess-same", "resume");
    new.hook("sess-same", "UserPromptSubmit", &json!({ "prompt": "go on" }));
    // It says that it ends, and then it does.
    old.hook("sess-same", "SessionEnd", &json!({ "reason": "other" }));
    assert_eq!(state(&home, "sess-same").as_deref(), Some("here"));
    old.kill();
    connects(&home, "sess-same");
    assert_eq!((state(&home, "sess-same").as_deref(), kinds(&home, "left").len()), (Some("here"), 0));
    new.hook("sess-same", "SessionEnd", &json!({ "reason": "logout" }));
    becomes(&home, "sess-same", "left");
    let told = until("it is told", || kinds(&home, "left").pop());
    assert_eq!(told["body"]["why"], "logout");
}

#[test]
fn a_host_that_clears_goes_on_as_another_session() {
    let home = Home::new();
    home.up();
    let mut host = Host::start(&home, "host", Some("sess-before"));
    begins(&mut host, "sess-before", STARTUP);
    connects(&home, "sess-before");
    host.hook("sess-before", "SessionEnd", &json!({ "reason": "clear" }));
    begins(&mut host, "sess-after", "clear");
    // The shim still has the old name in its environment.
    connects(&home, "sess-after");
    assert_eq!(state(&home, "sess-before").as_deref(), Some("left"));
    host.kill();
    becomes(&home, "sess-after", "left");
}

#[test]
fn the_roster_outlives_the_daemon_and_a_standby_has_it_too() {
    let home = Home::new();
    home.up();
    let mut held = Host::start(&home, "held", Some("sess-held"));
    let mut doomed = Host::start(&home, "doomed", None);
    begins(&mut held, "sess-held", STARTUP);
    connects(&home, "sess-held");
    begins(&mut doomed, "sess-doomed", STARTUP);
    doomed.hook("sess-doomed", "UserPromptSubmit", &json!({ "prompt": "soon gone" }));
    home.quipu(&["agents", "task", "--session", "sess-held", "count the buoys"]).ok();
    home.signal(Signal::KILL);
    until("the daemon is gone", || home.daemons().is_empty().then_some(()));
    doomed.kill();
    home.up();
    connects(&home, "sess-held");
    let reply = roster(&home);
    let held_row =
        reply["agents"].as_array().unwrap().iter().find(|a| a["session"] == "claude-code/sess-held").unwrap().clone();
    assert_eq!((&held_row["task"], &held_row["state"]), (&json!("count the buoys"), &json!("here")), "{reply:#}");
    doomed = Host::start(&home, "again", None);
    begins(&mut doomed, "sess-doomed", "resume");
    doomed.hook("sess-doomed", "UserPromptSubmit", &json!({ "prompt": "here again" }));
    assert_eq!(state(&home, "sess-doomed").as_deref(), Some("here"));
    // A standby hands the question on.
    let mut standby = home.command(&["daemon", "run"]).spawn().unwrap();
    let socket = home.data().join("run/quipu.standby");
    until("it stands by", || socket.exists().then_some(()));
    let reply: Value = quipu_protocol::client::Client::new(&socket)
        .call(
            &quipu_protocol::client::Request::get("/v1/agents?all=true"),
            quipu_protocol::deadline::Deadline::within(crate::support::HANG),
        )
        .unwrap();
    assert_eq!((&reply["here"], &reply["mode"]), (&json!(2), &json!("owner")), "{reply:#}");
    // And takes over with what the rows know.
    home.signal(Signal::KILL);
    until("the standby owns", || (home.card().is_some_and(|card| card.pid == standby.id())).then_some(()));
    connects(&home, "sess-held");
    assert_eq!(state(&home, "sess-doomed").as_deref(), Some("here"));
    home.quipu(&["down"]).ok();
    standby.wait().unwrap();
}

#[test]
fn who_edits_a_file_is_said_before_an_edit_and_with_what_is_found() {
    let home = Home::new();
    home.up();
    let (mut first, mut second) = (Host::start(&home, "one", None), Host::start(&home, "two", None));
    begins(&mut first, "sess-one", STARTUP);
    begins(&mut second, "sess-two", STARTUP);
    assert_eq!(first.edits("sess-one", "src/gauge.rs"), "", "nobody else is in it");
    assert_eq!(first.edits("sess-one", "src/gauge.rs"), "", "of one's own edits nobody is told");
    let told = second.edits("sess-two", "src/gauge.rs");
    assert!(told.contains("claude-code/sess-one") && told.contains("src/gauge.rs"), "{told}");
    assert_eq!(second.edits("sess-two", "src/gauge.rs"), "", "once for a while");
    assert_eq!(second.edits("sess-two", "src/other.rs"), "");
    let reply = roster(&home);
    assert_eq!(reply["agents"][0]["editing"][0]["file"], "src/other.rs", "{reply:#}");
    home.quipu(&["save", "The gauge counts from zero.", "--file", "src/gauge.rs"]).ok();
    let hits = home.json(&["search", "gauge counts zero"]);
    let editors: Vec<_> = hits["hits"][0]["editing"].as_array().unwrap().iter().map(|e| e["session"].clone()).collect();
    assert_eq!(editors, ["claude-code/sess-two", "claude-code/sess-one"], "{hits:#}");
    first.hook("sess-one", "SessionEnd", &json!({ "reason": "logout" }));
    let hits = home.json(&["search", "gauge counts zero"]);
    assert_eq!(hits["hits"][0]["editing"].as_array().map(Vec::len), Some(1), "who has left edits nothing");
}

#[test]
fn what_is_sent_to_who_is_paused_waits_and_comes_afterwards() {
    let home = Home::new();
    home.up();
    let mut host = Host::start(&home, "one", None);
    begins(&mut host, "sess-one", STARTUP);
    let mut prompt = |n: u32| {
        let answer = host.hook(
            "sess-one",
            "UserPromptSubmit",
            &json!({ "prompt": format!("take {n}"), "prompt_id": n.to_string() }),
        );
        answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or_default().to_owned()
    };
    for (n, place) in (0..).zip([&["--session", "sess-one"][..], &["--all"], &[]]) {
        home.quipu(&[&["agents", "pause"], place].concat()).ok();
        let text = format!("buoy number {n} is adrift");
        home.quipu(&["send", "sess-one", &text]).ok();
        assert!(!prompt(2 * n).contains("adrift"), "it is held back");
        home.quipu(&[&["agents", "resume"], place].concat()).ok();
        assert!(prompt(2 * n + 1).contains(&text), "it has waited");
    }
}

#[test]
fn delivery_is_paused_for_good_until_the_command_that_status_names() {
    let home = Home::new();
    home.up();
    let mut host = Host::start(&home, "one", None);
    begins(&mut host, "sess-one", STARTUP);
    for (args, names) in [
        (&["--session", "sess-one"][..], "quipu agents resume --session claude-code/sess-one"),
        (&["--role", "prime"], "quipu agents resume --role prime"),
        (&["--all"], "quipu agents resume --all"),
        (&[], "quipu agents resume --project "),
    ] {
        home.quipu(&[&["agents", "pause"], args].concat()).ok();
        // The same again is the same pause.
        home.quipu(&[&["agents", "pause"], args].concat()).ok();
        home.signal(Signal::KILL);
        until("the daemon is gone", || home.daemons().is_empty().then_some(()));
        home.up();
        let status = home.quipu(&["status"]).ok();
        let command =
            status.split('`').find(|part| part.starts_with(names)).unwrap_or_else(|| panic!("{names}: {status}"));
        let reply = roster(&home);
        assert_eq!(reply["paused"].as_array().map(Vec::len), Some(1), "{reply:#}");
        assert_eq!(reply["agents"][0]["delivery_paused"] == true, !names.contains("prime"), "{reply:#}");
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        home.quipu(&words).ok();
        assert!(!home.quipu(&["status"]).ok().contains("delivery paused"));
    }
    let said = home.quipu(&["agents", "pause", "--session", "nobody"]).fails(66);
    assert!(said.contains("quipu agents --all"), "{said}");
    assert!(home.quipu(&["agents", "task", "whose?"]).fails(64).contains("--session"));
    assert_eq!((kinds(&home, "paused").len(), kinds(&home, "resumed").len()), (8, 4));
}
