//! Search as one types, through the real binary on a pseudoterminal.
//! It must not know the view's insides: it sees keys, a screen, an exit code.
//! Invariant: every view that a test opens is left, and its terminal looked at afterwards.

use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;

use crate::live_pty::Pty;
use crate::session::samples;
use crate::support::{Home, until};

const ESC: &str = "\x1b";
const ENTER: &str = "\r";
const CTRL_K: &str = "\x0b";
const CTRL_U: &str = "\x15";
const CTRL_Y: &str = "\x19";
const CTRL_C: &str = "\x03";
const DOWN: &str = "\x1b[B";

/// What would take the terminal over, were it sent as it is.
const HOSTILE: &str =
    "hostile \x1b]0;pwned\x07\x1b[2J\x1b[?1000h\u{9b}31m\x08\rpelican 水の文字 👩\u{200d}👩\u{200d}👧 \u{202e}end";

fn view(home: &Home, args: &[&str], (width, height): (u16, u16)) -> Pty {
    Pty::start(home.command(&[&["search"], args].concat()), width, height)
}

/// Waits for the answer to exactly this query: one that is waited for has dots behind the summary of the last.
#[track_caller]
fn answered(pty: &Pty, query: &str) -> String {
    until(&format!("an answer to `{query}`"), || {
        let screen = pty.screen().text();
        let mut lines = screen.lines();
        let is_asked = lines.next().is_some_and(|line| line.trim_end() == format!("› {query}"));
        (is_asked && lines.next().is_some_and(|line| line.ends_with(" ms"))).then_some(screen)
    })
}

#[test]
fn typed_found_read_copied_and_left_as_it_was() {
    let home = samples();
    let saved = home.json(&["save", "--kind", "risk", HOSTILE])["id"].as_str().unwrap().to_owned();
    let mut pty = view(&home, &[], (100, 30));
    pty.shows(&["type to search", "the newest 1", "risk", "just now"]);
    pty.send("pelican");
    let screen = pty.shows(&["› pelican", "hostile ␛]0;pwned␇␛[2J␛[?1000h", "水の文字", "👩👩👧", &saved]);
    assert!(!screen.contains('\u{202e}'), "{screen}");
    // The other project's memories are one key away.
    pty.send(CTRL_U);
    pty.shows(&["type to search"]);
    pty.send("\t");
    pty.shows(&["all projects", "the newest 50"]);
    pty.send("single writer sqlite");
    assert!(answered(&pty, "single writer sqlite").contains("tidepool/main"));
    pty.send(CTRL_K);
    pty.shows(&["written"]);
    pty.send(CTRL_U);
    pty.shows(&["the newest 1", "risk"]);
    pty.send(ENTER);
    pty.shows(&["q back", "when just now", "水の文字 👩👩👧 end"]);
    pty.send("y");
    pty.shows(&["copied", &saved]);
    pty.send("q");
    pty.shows(&["type to search"]);
    pty.send(ESC);
    assert!(pty.ends().success());
    until("what was copied is told at the end", || (pty.screen().printed.trim() == saved).then_some(()));
    let screen = pty.screen();
    assert_eq!(screen.clipboard.as_deref().map(from_base64), Some(saved.clone()));
    assert!(screen.has_colours);
}

fn from_base64(text: &str) -> String {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        _ => 62,
    };
    let padding = text.bytes().filter(|c| *c == b'=').count();
    let bits = |four: &[u8]| four.iter().fold(0, |bits, c| bits << 6 | digit(*c));
    let bytes: Vec<u8> = text.as_bytes().chunks(4).flat_map(|four| bits(four).to_be_bytes()[1..].to_vec()).collect();
    String::from_utf8_lossy(&bytes[..bytes.len() - padding]).into_owned()
}

#[test]
fn flags_are_where_it_begins() {
    let home = samples();
    let mut pty = view(&home, &["--all", "--set", "search.limit=7"], (120, 30));
    pty.shows(&["all projects", "the newest 7"]);
    pty.send(CTRL_C);
    assert!(pty.ends().success());
    let args = ["--all", "--kind", "prompt", "--since", "2026-10-06", "--limit", "3"];
    let mut pty = view(&home, &args, (120, 30));
    let screen = pty.shows(&["all projects · prompt · time as given", "the newest 3"]);
    assert!(!screen.contains("answer ·") && !screen.contains("Sep"), "{screen}");
    pty.send("writer");
    assert!(answered(&pty, "writer").contains("▌ prompt ·"));
    pty.send(CTRL_C);
    assert!(pty.ends().success());
    assert_eq!(pty.screen().printed.trim(), "", "nothing was copied");
}

#[test]
fn every_size_and_a_change_of_it() {
    let home = samples();
    let mut pty = view(&home, &["--all", "-i", "writer"], (200, 60));
    pty.shows(&["› writer", "│", "Esc leave"]);
    for (width, height) in [(40, 10), (80, 24), (12, 3), (1, 1), (200, 60)] {
        pty.resize(width, height);
        pty.send(DOWN);
    }
    pty.shows(&["› writer", "│", "Esc leave"]);
    pty.resize(40, 10);
    let screen = pty.shows(&["› writer", "? keys"]);
    assert!(!screen.contains('│') && screen.contains('▌'), "{screen}");
    pty.send(ESC);
    assert!(pty.ends().success());
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let home = samples();
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut pty = view(&home, &["--all"], (80, 24));
        pty.shows(&["type to search", "the newest"]);
        pty.signal(signal);
        assert_eq!(pty.ends().signal(), Some(signal.as_raw()));
    }
}

#[test]
fn no_colour_where_none_is_wanted() {
    let home = samples();
    let mut command = home.command(&["search", "--all", "-i", "writer"]);
    command.env("NO_COLOR", "1");
    let mut pty = Pty::start(command, 80, 24);
    answered(&pty, "writer");
    pty.send(ESC);
    assert!(pty.ends().success());
    assert!(!pty.screen().has_colours);
}

#[test]
fn a_daemon_that_hangs_or_goes_holds_nobody_up() {
    let home = samples();
    let mut pty = view(&home, &["--all"], (80, 24));
    pty.shows(&["the newest 50"]);
    home.signal(Signal::STOP);
    pty.send("wri");
    let screen = pty.shows(&["› wri", "waiting for the daemon"]);
    assert!(screen.contains('▌'), "the last results stay: {screen}");
    pty.send("ter");
    pty.shows(&["› writer"]);
    home.signal(Signal::CONT);
    answered(&pty, "writer");
    let killed = home.signal(Signal::KILL);
    until("it is gone", || (!home.daemons().contains(&killed)).then_some(()));
    pty.send(CTRL_U);
    pty.send("gauge");
    answered(&pty, "gauge");
    assert_ne!(home.owner().pid, killed.as_raw_nonzero().get().cast_unsigned(), "another daemon came up");
    pty.send(ESC);
    assert!(pty.ends().success());
}

#[test]
fn a_request_that_is_wrong_is_told_and_not_repeated() {
    let home = samples();
    let mut pty = view(&home, &["--all", "--kind", "wrong"], (120, 24));
    let screen = pty.shows(&["wrong", "decision"]);
    assert!(!screen.contains("trying again"), "{screen}");
    pty.send(CTRL_K);
    pty.shows(&["all kinds", "the newest 50", "? keys"]);
    pty.send(ESC);
    assert!(pty.ends().success());
}

#[test]
fn without_a_daemon_it_opens_the_directory_and_leaves_it() {
    let home = samples();
    home.quipu(&["down"]).ok();
    until("no daemon", || home.daemons().is_empty().then_some(()));
    let mut pty = view(&home, &["--all", "--no-daemon"], (100, 24));
    pty.shows(&["the newest 50"]);
    pty.send("writer");
    answered(&pty, "writer");
    pty.send(CTRL_Y);
    pty.shows(&["copied"]);
    pty.send(ESC);
    assert!(pty.ends().success());
    assert!(home.daemons().is_empty(), "none was started");
    assert!(!home.json(&["search", "--all", "writer", "--no-daemon"])["hits"].as_array().unwrap().is_empty());
}

#[test]
fn where_nobody_can_type_it_says_what_to_do() {
    let home = Home::new();
    for (args, why) in [
        (&["search"][..], "terminal"),
        (&["search", "--all"], "terminal"),
        (&["search", "-i", "words"], "terminal"),
        (&["search", "--json"], "JSON"),
        (&["search", "-i", "words", "--json"], "JSON"),
    ] {
        let said = home.quipu(args).fails(2);
        assert!(
            said.contains(why) && said.contains("quipu search WORDS…") && said.contains("Usage:"),
            "{args:?}: {said}"
        );
    }
    let output = home.quipu(&["search", "--since", "soonish"]);
    assert_eq!(output.code, 2, "{output:#?}");
    assert_eq!(home.card(), None, "nothing was started for it");
    let mut command = home.command(&["search", "--since", "soonish"]);
    command.env("NO_COLOR", "1");
    let mut pty = Pty::start(command, 80, 24);
    assert_eq!(pty.ends().code(), Some(64));
    until("it says why", || pty.screen().printed.contains("is no time").then_some(()));
}

#[test]
fn what_is_printed_on_a_terminal_speaks_to_it_no_more_than_what_is_drawn() {
    let home = Home::new();
    let id = home.json(&["save", HOSTILE, "--title", "a\x1b[31mtitle"])["id"].as_str().unwrap().to_owned();
    for args in [&["search", "pelican"][..], &["show", &id], &["timeline"], &["history", &id]] {
        let mut command = home.command(args);
        command.env("NO_COLOR", "1");
        // Its screen fails on whatever it should not be sent.
        let pty = Pty::start(command, 120, 30);
        until("it is printed", || pty.screen().printed.contains("hostile ␛]0;pwned␇␛[2J").then_some(()));
    }
    // Into a pipe it goes byte for byte.
    assert!(home.quipu(&["show", &id]).ok().contains("\x1b]0;pwned\x07\x1b[2J"));
}
