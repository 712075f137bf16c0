//! `cargo xtask bench mail`: what sending and reading a message cost, beside the same rows written and read in bare SQLite.
//!
//! It must not know how quipu keeps messages. Invariant: the same texts, the same disk, every write durable before it counts
//! (`synchronous=FULL`) on both sides, block by block in turn; what is timed is what a client waits for.

use std::time::Duration;

use quipu_protocol::client::{Client, Request};
use quipu_protocol::{SESSION_HEADER, new_event_id};
use serde_json::{Value, json};

use super::chance::Chance;
use super::figures::{Figures, timed};
use super::flags::Flags;
use super::report::{Verdicts, machine};
use super::scratch::{self, Scratch};
use super::words::Words;
use crate::shell::Outcome;

mod bare;

use bare::Bare;

/// Messages of one client in one block.
const BLOCK: usize = 25;
/// What a message does that a bare row does not (a round trip, redaction, words and meaning to be found by): this much more,
/// and no less than so many ms.
const TIMES: f64 = 4.0;
const LEAST_MS: f64 = 4.0;

/// What was measured of one side.
#[derive(Default)]
struct Side {
    send: Figures,
    inbox: Figures,
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let agents = flags.number("--agents", 8)?.max(2);
    let each = flags.number("--messages", 500)?.max(BLOCK);
    let strict = flags.switch("--strict");
    flags.finish()?;
    let home = Scratch::new(super::binary::quipu()?)?;
    home.run(&["up"])?;
    let names: Vec<String> = (0..agents).map(|n| format!("{n:04x}bench-agent-{n}")).collect();
    for name in &names {
        let start =
            json!({ "session_id": name, "cwd": home.folder(), "hook_event_name": "SessionStart", "source": "startup" });
        let request = Request::post("/v1/hook/claude-code", &start).event(new_event_id());
        home.client()?.call::<Value>(&request, scratch::patience()).map_err(scratch::told)?;
    }
    let bare = Bare::new(&home.folder().join("bare.db"))?;
    let words = Words::new(&mut Chance::new(11));
    println!("{agents} agents at once × {each} messages each, blocks of {BLOCK} in turn; {}", machine());
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for block in 0..each.div_ceil(BLOCK) {
        for first in [block % 2 == 0, block % 2 != 0] {
            if first {
                at_once(&mut ours, agents, |me| by_quipu(&home, &words, &names, me, block))?;
            } else {
                at_once(&mut theirs, agents, |me| bare.block(&words, agents, me, block))?;
            }
        }
    }
    println!("{:<34} {:>9} {:>9} {:>9} {:>8}", "", "p50 ms", "p99 ms", "max ms", "count");
    for (name, figures) in [
        ("quipu send", &ours.send),
        ("bare SQLite insert", &theirs.send),
        ("quipu inbox and its confirmation", &ours.inbox),
        ("bare SQLite select and update", &theirs.inbox),
    ] {
        let (p50, p99, max) = (figures.median(), figures.p99(), figures.max());
        println!("{name:<34} {p50:>9.3} {p99:>9.3} {max:>9.2} {:>8}", figures.count());
    }
    let mut verdicts = Verdicts::default();
    for (what, ours, theirs) in [("send", &ours.send, &theirs.send), ("inbox", &ours.inbox, &theirs.inbox)] {
        let (p50, p99) = (ours.median() / theirs.median(), ours.p99() / theirs.p99());
        println!("  ratio of {what}: p50 {p50:.2}, p99 {p99:.2}");
        let bound = (TIMES * theirs.p99()).max(theirs.p99() + LEAST_MS);
        let line =
            format!("{what} p99: {:.2} ms ≤ {bound:.2} ms, of {:.2} ms in bare SQLite", ours.p99(), theirs.p99());
        verdicts.at_most(ours.p99(), bound, &line);
    }
    verdicts.finish(strict)
}

/// One block of every agent at the same time.
fn at_once(side: &mut Side, agents: usize, block: impl Fn(usize) -> Result<Side, String> + Sync) -> Outcome {
    let block = &block;
    let all = std::thread::scope(|scope| {
        let running: Vec<_> = (0..agents).map(|me| scope.spawn(move || block(me))).collect();
        let joined = running.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("an agent panicked".to_owned())));
        joined.collect::<Result<Vec<Side>, String>>()
    })?;
    for one in all {
        side.send.join(one.send);
        side.inbox.join(one.inbox);
    }
    Ok(())
}

/// The text of a message.
fn text(words: &Words, me: usize, block: usize, n: usize) -> String {
    let mut chance = Chance::new((me * 1_000_003 + block * 1_009 + n) as u64);
    (0..30).map(|_| words.any(&mut chance)).collect::<Vec<_>>().join(" ")
}

fn by_quipu(home: &Scratch, words: &Words, names: &[String], me: usize, block: usize) -> Result<Side, String> {
    let (mut client, mut side) = (home.client()?, Side::default());
    let session = format!("claude-code/{}", names[me]);
    for n in 0..BLOCK {
        let to = names[(me + 1 + n % (names.len() - 1)) % names.len()].clone();
        let request = json!({ "to": to, "body": text(words, me, block, n), "cwd": home.folder() });
        let (sent, took) = timed(|| ask(&mut client, &session, "/v1/mail/send", &request));
        if sent?["outcome"] != "sent" {
            return Err("a message was not sent".to_owned());
        }
        side.send.add(took);
        if n % 5 == 4 {
            side.inbox.add(read(&mut client, &session)?);
        }
    }
    Ok(side)
}

/// Reads what waits and says that it was printed.
fn read(client: &mut Client, session: &str) -> Result<Duration, String> {
    let (read, took) = timed(|| {
        let inbox = ask(client, session, "/v1/mail/inbox", &json!({ "limit": 20 }))?;
        let messages = inbox["messages"].as_array().ok_or("no messages in an inbox")?;
        let deliveries: Vec<&Value> = messages.iter().map(|message| &message["delivery"]).collect();
        if !deliveries.is_empty() {
            ask(client, session, "/v1/mail/shown", &json!({ "deliveries": deliveries }))?;
        }
        Ok::<_, String>(())
    });
    read.map(|()| took)
}

fn ask(client: &mut Client, session: &str, path: &str, body: &Value) -> Result<Value, String> {
    let request = Request::post(path, body).event(new_event_id()).header(SESSION_HEADER, session);
    client.call(&request, scratch::patience()).map_err(scratch::told)
}
