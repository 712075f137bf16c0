//! Clients at work: people who save and search, hooks of hosts, and a careful one that repeats under its event id.
//!
//! It must not know what goes wrong meanwhile. Invariant: each text is unlike any other, so that none is a duplicate.

use std::io::Write;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use quipu_protocol::client::Request;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::new_event_id;
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};
use serde_json::{Value, json};

use super::ledger::Ledger;
use crate::bench::scratch::Scratch;

/// So many kinds of clients.
pub(super) const KINDS: usize = 4;
/// The careful client gives up an answer after this time, and asks again.
const ANSWER: Duration = Duration::from_secs(2);
/// It gives up the text itself after this one.
const GIVE_UP: Duration = Duration::from_secs(20);
/// No hook takes longer, on the busiest machine: its own deadline is a quarter of a second.
const HOOK: Duration = Duration::from_secs(10);

/// Works until `over`.
pub(super) fn work(n: usize, home: &Scratch, ledger: &Ledger, over: &AtomicBool) {
    let mut count = 0;
    while !over.load(Ordering::SeqCst) {
        count += 1;
        let text = format!("client{n} wrote number{count} of many");
        match n % KINDS {
            0 => save(home, ledger, &text),
            1 => hook(home, ledger, &text),
            2 => repeat(home, ledger, &text),
            _ => search(home, ledger, &format!("number{count}")),
        }
    }
}

fn run(home: &Scratch, words: &[&str], input: &str) -> std::io::Result<Output> {
    let mut command = home.command(words);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read has closed it.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait_with_output()
}

/// `quipu save`, as a person does it.
fn save(home: &Scratch, ledger: &Ledger, text: &str) {
    ledger.tries(text);
    match run(home, &["save", "--global", text, "--json"], "") {
        Ok(output) if output.status.success() => {
            let reply: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            match (reply["outcome"].as_str(), reply["id"].as_str()) {
                (Some("stored"), Some(id)) => ledger.acknowledged(text, id),
                _ => ledger.complain(format!("a save that succeeds says {reply}")),
            }
        }
        Ok(output) if output.status.code().is_some_and(|code| code != 101) => ledger.refused(),
        Ok(output) => ledger.complain(format!("a save broke: {output:?}")),
        Err(error) => ledger.complain(format!("no save could be run: {error}")),
    }
}

/// A hook at the end of a turn: whatever is wrong, it prints JSON and exits 0.
fn hook(home: &Scratch, ledger: &Ledger, text: &str) {
    ledger.tries(text);
    let payload = json!({
        "hook_event_name": "Stop", "session_id": "torture", "cwd": "/srv/torture", "prompt_id": text,
        "last_assistant_message": text });
    let started = Instant::now();
    match run(home, &["hook", "claude-code"], &payload.to_string()) {
        Ok(output) if output.status.success() && started.elapsed() < HOOK => {
            if serde_json::from_slice::<Value>(&output.stdout).is_err() {
                ledger.complain(format!("a hook printed no JSON: {output:?}"));
            }
            ledger.hooked();
        }
        other => ledger.complain(format!("a hook took {:?} and ended so: {other:?}", started.elapsed())),
    }
}

/// A client that repeats under the same id until it has an answer.
fn repeat(home: &Scratch, ledger: &Ledger, text: &str) {
    ledger.tries(text);
    let (event, started) = (new_event_id(), Instant::now());
    while started.elapsed() < GIVE_UP {
        let request = SaveRequest { text: text.to_owned(), ..SaveRequest::default() };
        let request = Request::post("/v1/memories", &request).event(event);
        let answer = home.client().ok().map(|mut client| client.call::<SaveReply>(&request, Deadline::within(ANSWER)));
        match answer {
            Some(Ok(SaveReply { outcome, id: Some(id), .. })) if outcome == "stored" => {
                return ledger.acknowledged(text, &id);
            }
            Some(Ok(reply)) => return ledger.complain(format!("{text}: {reply:?}")),
            // Nobody there, or an answer that never came: again, with a daemon brought up by others.
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    ledger.refused();
}

fn search(home: &Scratch, ledger: &Ledger, word: &str) {
    match run(home, &["search", "--all", word, "--json"], "") {
        Ok(output) if output.status.success() => ledger.searched(),
        Ok(output) if output.status.code().is_some_and(|code| code != 101) => {}
        other => ledger.complain(format!("a search broke: {other:?}")),
    }
}
