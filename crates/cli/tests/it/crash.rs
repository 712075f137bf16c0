//! What was acknowledged is kept, exactly once: through `kill -9`, SIGTERM under load, and answers that never came.
//! It must not know how the store keeps that promise.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use quipu_core::id::EventId;
use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::new_event_id;
use quipu_protocol::spool::{self, Durability, SPOOL_VERSION, SpoolEntry};
use quipu_protocol::wire::memory::SaveReply;
use quipu_protocol::wire::search::{ScopeParams, SearchReply, SearchRequest};
use rustix::process::Signal;
use serde_json::json;

use crate::support::{HANG, Home, finish, save, until};

/// Saves as a careful client does: the same event id until an answer comes.
fn save_until_answered(home: &Home, client: &mut Option<Client>, text: &str, event: EventId) -> SaveReply {
    until("a save is answered", || {
        let asked = client.get_or_insert_with(|| home.client());
        match save(asked, text, event, Deadline::within(HANG)) {
            Ok(reply) => Some(reply),
            Err(_) => {
                *client = None;
                home.quipu(&["up"]).ok();
                None
            }
        }
    })
}

/// Every live memory's text, with its id and how often it is there.
fn kept(home: &Home) -> BTreeMap<String, Vec<String>> {
    let mut kept = BTreeMap::<String, Vec<String>>::new();
    for memory in home.export() {
        kept.entry(memory.text).or_default().push(memory.id);
    }
    kept
}

fn found(client: &mut Client, query: &str) -> Result<SearchReply, ClientError> {
    let scope = ScopeParams { all: true, ..ScopeParams::default() };
    let request = SearchRequest { query: query.to_owned(), scope, ..SearchRequest::default() };
    client.call(&Request::post("/v1/search", &request), Deadline::within(HANG))
}

#[test]
fn a_thousand_saves_survive_kill_nine_once_each() {
    const THREADS: usize = 4;
    const EACH: usize = 250;
    let home = Home::new();
    home.up();
    let answered = AtomicUsize::new(0);
    let acknowledged: Vec<(String, SaveReply)> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (home, answered) = (&home, &answered);
                scope.spawn(move || {
                    let (mut client, mut replies) = (None, Vec::new());
                    for n in 0..EACH {
                        let text = format!("writer{thread} wrote number{n}");
                        let reply = save_until_answered(home, &mut client, &text, new_event_id());
                        answered.fetch_add(1, Ordering::Relaxed);
                        replies.push((text, reply));
                    }
                    replies
                })
            })
            .collect();
        for goal in [150, 500] {
            until("saves are answered", || (answered.load(Ordering::Relaxed) >= goal).then_some(()));
            home.signal(Signal::KILL);
        }
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let kept = kept(&home);
    assert_eq!(acknowledged.len(), THREADS * EACH);
    for (text, reply) in &acknowledged {
        assert_eq!(reply.outcome, "stored", "{text}");
        assert_eq!(kept.get(text).map(Vec::as_slice), reply.id.clone().as_slice().into(), "{text}");
    }
    assert_eq!(kept.len(), THREADS * EACH);
    let mut client = home.client();
    for (text, reply) in acknowledged.iter().step_by(97) {
        let hits = found(&mut client, text).unwrap().hits;
        assert_eq!(hits.first().map(|hit| Some(&hit.id)), Some(reply.id.as_ref()), "{text}");
    }
    assert_eq!(home.owner().epoch, 3, "killed twice");
}

#[test]
fn sigterm_under_load_ends_cleanly_and_loses_nothing() {
    let home = Home::new();
    // A spool that is being emptied must not hold up the end either.
    for n in 0..4_000 {
        let entry = SpoolEntry {
            version: SPOOL_VERSION,
            event_id: new_event_id().to_string(),
            agent: "claude-code".into(),
            event: "Stop".into(),
            session_id: "load".into(),
            transcript_path: None,
            cwd: None,
            at: 1_700_000_000_000 + n,
            body: Some(json!({ "last_assistant_message": format!("spooled {n}") }).to_string()),
        };
        spool::write(&home.spool(), &entry, Durability::Rename).unwrap();
    }
    let mut command = home.command(&["daemon", "run"]);
    let started = Instant::now();
    let daemon = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("it serves", || home.health().ok());
    let (over, searches) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (acknowledged, took, output) = std::thread::scope(|scope| {
        let (home, over, searches) = (&home, &over, &searches);
        let savers: Vec<_> = (0..4)
            .map(|thread| {
                scope.spawn(move || {
                    let (mut client, mut texts) = (home.client(), Vec::new());
                    for n in 0.. {
                        let text = format!("saver{thread} saved number{n}");
                        match save(&mut client, &text, new_event_id(), Deadline::within(HANG)) {
                            Ok(reply) if reply.outcome == "stored" => texts.push(text),
                            Ok(reply) => panic!("{reply:?}"),
                            Err(ClientError::TimedOut) => panic!("a save was neither answered nor refused"),
                            Err(_) => break,
                        }
                    }
                    texts
                })
            })
            .collect();
        for thread in 0..4 {
            scope.spawn(move || {
                let mut client = home.client();
                while !over.load(Ordering::Relaxed) && found(&mut client, &format!("saver{thread}")).is_ok() {
                    searches.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        until("all are at work", || (searches.load(Ordering::Relaxed) > 50).then_some(()));
        home.signal(Signal::TERM);
        let asked = Instant::now();
        let output = finish(daemon, b"", started);
        let took = asked.elapsed();
        over.store(true, Ordering::Relaxed);
        let texts: Vec<String> = savers.into_iter().flat_map(|saver| saver.join().unwrap()).collect();
        (texts, took, output)
    });
    // One second is the promise on an idle machine; this tells a wait from a hang.
    assert!(took < HANG / 3, "it took {took:?} to end");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{output:#?}");
    assert!(!home.log().contains("panic") && home.log().contains("SIGTERM"), "{}", home.log());
    assert!(!acknowledged.is_empty());

    home.up();
    let kept = kept(&home);
    let lost: Vec<&String> = acknowledged.iter().filter(|text| !kept.contains_key(*text)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged are lost: {lost:?}", lost.len(), acknowledged.len());
    assert!(kept.values().all(|ids| ids.len() == 1));
}

/// The client gives up at any moment between sending and reading; the same event id gets the first outcome.
#[test]
fn a_deadline_between_commit_and_reply_does_not_double_a_write() {
    let home = Home::new();
    home.up();
    const ROUNDS: u64 = 25;
    let mut client = home.client();
    for round in 0..ROUNDS {
        let (text, event) = (format!("said in round{round}"), new_event_id());
        let stopped = std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_micros(round * 150));
                home.signal(Signal::STOP);
            });
            save(&mut client, &text, event, Deadline::within(Duration::from_millis(60)))
        });
        home.signal(Signal::CONT);
        // Its connection is gone: what it asked for may be running, done, or never have been read.
        client = home.client();
        let again = save(&mut client, &text, event, Deadline::within(HANG)).unwrap();
        assert_eq!(again.outcome, "stored", "round {round}: {stopped:?}");
        if let Ok(first) = stopped {
            assert_eq!(first.id, again.id);
        }
        let third = save(&mut client, &text, event, Deadline::within(HANG)).unwrap();
        assert_eq!(third, again);
    }
    let kept = kept(&home);
    assert_eq!(kept.len() as u64, ROUNDS);
    assert!(kept.values().all(|ids| ids.len() == 1), "{kept:#?}");
}
