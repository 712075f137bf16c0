//! A second daemon on one data directory: it hands on, reads, refuses, and takes over.
//! It must not know how an owner works.

use std::process::Child;
use std::time::{Duration, Instant};

use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::new_event_id;
use quipu_protocol::wire::daemon::{Health, OperationView};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::{HANG, Home, save, until};

/// A daemon that was started by hand, ended with the test.
struct Standby(Child);

impl Standby {
    fn start(home: &Home) -> Self {
        let standby = Self(home.command(&["daemon", "run"]).spawn().unwrap());
        until("it stands by", || health(home).ok());
        standby
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn client(home: &Home) -> Client {
    Client::new(&home.data().join("run/quipu.standby"))
}

fn health(home: &Home) -> Result<Health, ClientError> {
    client(home).call(&Request::get("/v1/health"), Deadline::within(HANG))
}

fn found(client: &mut Client, word: &str) -> Vec<Value> {
    let request = json!({ "query": word, "scope": { "all": true } });
    let reply: Value = client.call(&Request::post("/v1/search", &request), Deadline::within(HANG)).unwrap();
    reply["hits"].as_array().unwrap().clone()
}

/// What is refused with this code, by asking for these operations.
pub(crate) fn refused(client: &mut Client, operations: &[OperationView], code: &str) -> Vec<String> {
    let mut refused = Vec::new();
    // It ends the daemon; that it is not refused is another test's.
    for operation in operations.iter().filter(|operation| operation.name != "shutdown") {
        let path =
            operation.path.replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057").replace("{agent}", "claude-code");
        let request = match operation.method.as_str() {
            "GET" => Request::get(&path),
            "PATCH" => Request::patch(&path, &json!({ "pinned": true })).event(new_event_id()),
            _ => Request::post(&path, &json!({})).event(new_event_id()),
        };
        if let Err(ClientError::Fault(fault)) = client.call::<Value>(&request, Deadline::within(HANG))
            && fault.kind == quipu_protocol::fault::FaultKind::Unavailable
        {
            // What happens, nobody but the owner can tell.
            let code = if matches!(operation.name.as_str(), "events" | "hold") { "not_owner" } else { code };
            assert_eq!(fault.code, code, "{}: {fault:?}", operation.name);
            refused.push(operation.name.clone());
        }
    }
    refused
}

#[test]
fn it_hands_on_and_takes_over_when_the_owner_dies() {
    let home = Home::new();
    let owner = home.up();
    let standby = Standby::start(&home);
    let mut client = client(&home);
    let saved = save(&mut client, "falcon one", new_event_id(), Deadline::within(HANG)).unwrap();
    assert_eq!(saved.outcome, "stored");
    assert_eq!(found(&mut client, "falcon").len(), 1);
    let told = until("the owner answers it", || health(&home).ok().filter(|told| told.state == "ok"));
    assert_eq!(told.mode, "standby");
    assert_eq!(told.refused, ["events", "hold"]);
    assert_eq!(home.owner(), owner, "the card is the owner's");

    home.signal(Signal::KILL);
    let died = Instant::now();
    let took = until("it takes over", || home.card().filter(|card| card.pid == standby.0.id()).map(|_| died.elapsed()));
    // Measured: 6 ms; the promise is 250 ms, and a busy machine is no hang.
    assert!(took < Duration::from_secs(5), "{took:?}");
    // The connection that was open all the time goes on.
    save(&mut client, "falcon two", new_event_id(), Deadline::within(HANG)).unwrap();
    assert_eq!(found(&mut client, "falcon").len(), 2);
    assert_eq!((home.owner().epoch, home.health().unwrap().mode.as_str()), (owner.epoch + 1, "owner"));
    assert_eq!(home.daemons().len(), 1);
}

#[test]
fn a_stopped_owner_stalls_nobody_and_what_is_refused_is_what_was_said() {
    let home = Home::new();
    home.json(&["save", "falcon of the owner"]);
    let _standby = Standby::start(&home);
    let pid = home.signal(Signal::STOP);
    let mut client = client(&home);
    let patience = Duration::from_secs(8);
    let request = json!({ "query": "falcon", "scope": { "all": true } });
    let reply: Value = client.call(&Request::post("/v1/search", &request), Deadline::within(patience)).unwrap();
    assert_eq!(reply["hits"].as_array().unwrap().len(), 1, "{reply:#}");
    assert_eq!(reply["mode"], "standby");
    assert!(reply["fallback"].as_str().unwrap().contains("beside the owner"), "{reply:#}");

    // Before any work, with the reason, and when to come again.
    let refusal = client
        .send(&Request::post("/v1/memories", &json!({ "text": "x" })).event(new_event_id()), Deadline::within(patience))
        .unwrap();
    assert_eq!(
        (refusal.status, refusal.header("retry-after"), refusal.header("quipu-mode")),
        (503, Some("1"), Some("standby"))
    );
    let body = String::from_utf8_lossy(&refusal.body).into_owned();
    assert!(body.contains("read_only") && body.contains(&format!("process {}", home.owner().pid)), "{body}");

    let operations: Vec<OperationView> = client.call(&Request::get("/v1/operations"), Deadline::within(HANG)).unwrap();
    let told = health(&home).unwrap();
    assert_eq!(told.state, "degraded");
    assert_eq!(refused(&mut client, &operations, "read_only"), told.refused);
    let writes = operations.iter().filter(|o| o.writes || matches!(o.name.as_str(), "events" | "hold"));
    let writes: Vec<String> = writes.map(|o| o.name.clone()).collect();
    assert_eq!(told.refused, writes);

    // The owner goes on where it was, and the standby hands on again.
    kill_process(pid, Signal::CONT).unwrap();
    until("the owner is asked again", || {
        save(&mut client, "falcon again", new_event_id(), Deadline::within(HANG)).ok()
    });
    assert_eq!(refused(&mut client, &operations, "read_only"), ["events", "hold"]);
}

#[test]
fn a_lock_that_nobody_answers_for_is_read_beside() {
    let home = Home::new();
    home.json(&["save", "falcon before"]);
    home.quipu(&["down"]).ok();
    // Somebody who holds the lock and does not listen: an import in another container, say.
    let lock = std::fs::File::options().write(true).open(home.data().join("owner.lock")).unwrap();
    lock.lock().unwrap();
    let hits = home.json(&["search", "falcon"]);
    assert_eq!((hits["hits"].as_array().unwrap().len(), hits["mode"].as_str()), (1, Some("standby")));
    let output = home.quipu(&["update", hits["hits"][0]["id"].as_str().unwrap(), "--append", "falcon meanwhile"]);
    assert_eq!(output.code, 69, "{output:#?}");
    assert!(output.stderr.contains("cannot be reached"), "{output:#?}");
    assert_eq!(home.json(&["status"])["mode"], "standby");
    assert_eq!(home.daemons().len(), 1, "one standby for all of them");
    drop(lock);
    until("it takes over", || home.health().ok().filter(|health| health.mode == "owner"));
    assert_eq!(home.json(&["save", "falcon afterwards"])["outcome"], "stored");
    assert_eq!(home.daemons().len(), 1);
}

#[test]
fn nothing_is_handed_on_twice() {
    let home = Home::new();
    home.up();
    let _standby = Standby::start(&home);
    let mut client = client(&home);
    let body = serde_json::to_vec(&json!({ "text": "falcon" })).unwrap();
    let request = Request::forwarded("POST", "/v1/memories", Some(new_event_id()), body);
    let refusal = client.send(&request, Deadline::within(HANG)).unwrap();
    let text = String::from_utf8_lossy(&refusal.body).into_owned();
    assert!(refusal.status == 503 && text.contains("handed on already"), "{text}");
}

#[test]
fn a_lock_file_that_is_gone_leads_to_one_owner_all_the_same() {
    let home = Home::new();
    let first = home.up();
    let standby = Standby::start(&home);
    std::fs::remove_file(home.data().join("owner.lock")).unwrap();
    until("the standby owns", || home.card().filter(|card| card.pid == standby.0.id()));
    until("the old owner has stepped down", || (home.daemons().len() == 1).then_some(()));
    assert_ne!(home.owner().pid, first.pid);
    assert_eq!(home.json(&["save", "falcon"])["outcome"], "stored");
}

#[test]
fn a_newer_version_takes_over_and_an_older_one_does_not() {
    let home = Home::new();
    let with = |version: &str, args: &[&str]| {
        let mut command = home.command(args);
        command.env("QUIPU_AS_VERSION", version);
        crate::support::run(command, b"")
    };
    with("1.0.0", &["save", "falcon of version one"]).ok();
    let old = home.owner();
    assert_eq!(old.version, "1.0.0");
    let mut open = home.client();
    assert_eq!(found(&mut open, "falcon").len(), 1);

    // The newer one's first command finds a newer daemon in the old one's place.
    with("1.1.0", &["save", "falcon of version two"]).ok();
    let new = home.owner();
    assert_eq!((new.version.as_str(), new.epoch), ("1.1.0", old.epoch + 1));
    until("the old one has gone", || Pid::from_raw(old.pid as i32).filter(|pid| !home.daemons().contains(pid)));
    assert!(home.log().contains("a newer daemon takes over"), "{}", home.log());

    // The older one is served, and ends nobody.
    with("1.0.0", &["search", "falcon"]).ok();
    let output = with("1.0.0", &["down"]);
    assert!(output.code == 65 && output.stderr.contains("version 1.1.0"), "{output:#?}");
    let run = with("1.0.0", &["daemon", "run", "--detached"]);
    assert_eq!(run.code, 0, "{run:#?}");
    assert_eq!(home.owner(), new);
    with("1.1.0", &["down"]).ok();
}

#[test]
fn a_note_that_nobody_takes_now_is_written_later_and_once() {
    let home = Home::new();
    let first = home.json(&["save", "falcon before"])["id"].as_str().unwrap().to_owned();
    home.quipu(&["down"]).ok();
    let lock = std::fs::File::options().write(true).open(home.data().join("owner.lock")).unwrap();
    lock.lock().unwrap();
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    let note = format!("falcon meanwhile, with {secret}");
    let told =
        home.json(&["save", &note, "--title", "meanwhile", "--keyword", "bird", "--private", "--kind", "decision"]);
    assert_eq!(told["outcome"], "deferred", "{told}");
    assert!(
        told["reason"].as_str().unwrap().contains("cannot be reached") && told["redacted"][0].is_string(),
        "{told}"
    );
    let spooled: Vec<_> = std::fs::read_dir(home.spool()).unwrap().map(|file| file.unwrap().path()).collect();
    let text = std::fs::read_to_string(&spooled[0]).unwrap();
    assert!(spooled.len() == 1 && text.contains("falcon meanwhile") && !text.contains(&secret), "{text}");
    // What asks for more than to be kept is refused as ever.
    let refused = home.quipu(&["save", "x", "--supersedes", &first]);
    assert_eq!(refused.code, 69, "{refused:?}");
    drop(lock);
    until("it is written", || {
        (home.json(&["search", "meanwhile"])["hits"].as_array().unwrap().len() == 1).then_some(())
    });
    until("the spool is empty", || (std::fs::read_dir(home.spool()).unwrap().count() == 0).then_some(()));
    let hit = home.json(&["search", "meanwhile"])["hits"][0].clone();
    let kept = home.json(&["show", hit["id"].as_str().unwrap()]);
    let facts = ["kind", "title", "private"].map(|name| kept[name].to_string());
    assert_eq!(
        (facts, &kept["keywords"]),
        (["\"decision\"", "\"meanwhile\"", "true"].map(str::to_owned), &json!(["bird"]))
    );
    // A file that comes back by itself (a restored folder) is the same write.
    std::fs::write(&spooled[0], &text).unwrap();
    until("the spool is empty", || (std::fs::read_dir(home.spool()).unwrap().count() == 0).then_some(()));
    assert_eq!(home.json(&["search", "meanwhile"])["hits"].as_array().unwrap().len(), 1);
}
