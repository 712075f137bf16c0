//! Many agents that write to each other while the daemon is killed and comes back, and while words that messages were
//! printed are lost. `QUIPU_MAIL_STORM=AGENTS,MESSAGES` makes it as big as one likes.
//! It must not know rows: it sees what hooks answer and what threads say.
//! Invariant: every message is shown, none is said to be that nobody said he had printed, one comes again only after a lost
//! word and says so, and of one sender they come in order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::wire::daemon::HookReply;
use quipu_protocol::wire::mail::{AckRequest, LettersReply, MailCountReply, SendReply, SendRequest, ShownRequest};
use quipu_protocol::{SESSION_HEADER, new_event_id};
use rustix::process::Signal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::session::context;
use crate::support::{HANG, Home, until};

/// What a small storm is, for CI.
const SMALL: (usize, usize) = (6, 40);

/// One agent.
struct Agent<'a> {
    home: &'a Home,
    name: String,
    client: Option<Client>,
    chance: u64,
    /// Messages that it was given, in the order in which they came: id, whether marked `again`, sender, number.
    given: Vec<(String, bool, usize, usize)>,
    /// For each message: whether a word that it was printed was tried, and whether that was heard.
    told: HashMap<String, (bool, bool)>,
    /// Answers of hooks that were lost: what they handed out comes again.
    lost: usize,
}

impl<'a> Agent<'a> {
    fn new(home: &'a Home, n: usize) -> Self {
        let name = format!("{n:04x}storm-agent-{n}");
        let (given, told) = (Vec::new(), HashMap::new());
        Self { home, name, client: None, chance: 77 + n as u64, given, told, lost: 0 }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance = self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.chance >> 33) as usize % bound
    }

    /// One try.
    fn once<B: Serialize, R: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &B,
        event: quipu_core::id::EventId,
    ) -> Result<R, ClientError> {
        let session = format!("claude-code/{}", self.name);
        let request = Request::post(path, body).event(event).header(SESSION_HEADER, &session);
        let socket = self.home.card().map(|owner| owner.socket);
        let mut client = match (self.client.take(), socket) {
            (Some(client), _) => client,
            (None, Some(socket)) => Client::new(&socket),
            (None, None) => return Err(ClientError::Broken("nobody owns it yet".into())),
        };
        let answer = client.call(&request, Deadline::within(HANG));
        if answer.is_ok() {
            self.client = Some(client);
        }
        answer
    }

    /// The same write until it is heard.
    fn surely<B: Serialize, R: DeserializeOwned>(&mut self, path: &str, body: &B) -> R {
        let (event, began) = (new_event_id(), std::time::Instant::now());
        loop {
            match self.once(path, body, event) {
                Ok(reply) => return reply,
                Err(ClientError::Fault(fault)) if fault.retry_after_ms.is_none() => panic!("{path}: {fault:?}"),
                Err(error) => assert!(began.elapsed() < HANG, "{path}: {error}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn send(&mut self, to: &str, from: usize, n: usize) -> String {
        let request = SendRequest {
            to: Some(to.to_owned()),
            body: format!("storm {from} {n}"),
            ack_required: n.is_multiple_of(2),
            cwd: Some(self.home.work().to_string_lossy().into_owned()),
            ..SendRequest::default()
        };
        self.surely::<_, SendReply>("/v1/mail/send", &request).id.unwrap()
    }

    /// A hook, and what its host does with the answer.
    fn look(&mut self, event: &str, loses: bool) -> usize {
        let payload = json!({ "session_id": self.name, "cwd": self.home.work(), "hook_event_name": event, "tool_name": "Read",
            "source": "startup", "prompt": "", "prompt_id": "p" });
        let reply: HookReply = match self.once("/v1/hook/claude-code", &payload, new_event_id()) {
            Ok(reply) => reply,
            Err(_) => {
                self.lost += 1;
                std::thread::sleep(Duration::from_millis(5));
                return 0;
            }
        };
        let fresh = messages(&context(&reply.output));
        assert_eq!(fresh.len(), reply.shown.len(), "{reply:?}");
        for message in &fresh {
            let told = self.told.entry(message.0.clone()).or_default();
            assert!(!told.1, "{} came again, though it was heard that it was printed", message.0);
        }
        let ids: Vec<String> = fresh.iter().map(|message| message.0.clone()).collect();
        self.given.extend(fresh);
        if ids.is_empty() || loses {
            return ids.len();
        }
        let heard = self
            .once::<_, MailCountReply>(
                "/v1/mail/shown",
                &ShownRequest { deliveries: reply.shown, hook: None },
                new_event_id(),
            )
            .is_ok();
        for id in &ids {
            let told = self.told.get_mut(id).unwrap();
            *told = (true, told.1 || heard);
        }
        ids.len()
    }

    fn ack(&mut self, id: &str) {
        self.surely::<_, MailCountReply>("/v1/mail/ack", &AckRequest { ids: vec![id.to_owned()] });
    }
}

/// The messages in a text: id, whether marked `again`, who sent it and its number.
fn messages(text: &str) -> Vec<(String, bool, usize, usize)> {
    let mut found: Vec<(String, bool, usize, usize)> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("- message ") {
            let id = head.split(" · ").find_map(|fact| fact.strip_prefix("id ")).unwrap();
            found.push((id.to_owned(), head.contains(" · again"), 0, 0));
        } else if let Some(said) = line.strip_prefix("  > storm ") {
            let (from, n) = said.split_once(' ').unwrap();
            let last = found.last_mut().unwrap();
            (last.2, last.3) = (from.parse().unwrap(), n.parse().unwrap());
        }
    }
    found
}

fn size() -> (usize, usize) {
    let wanted = std::env::var("QUIPU_MAIL_STORM").ok();
    wanted
        .and_then(|wanted| {
            let (agents, messages) = wanted.split_once(',')?;
            Some((agents.trim().parse().ok()?, messages.trim().parse().ok()?))
        })
        .unwrap_or(SMALL)
}

#[test]
fn every_message_is_shown_once_in_order_whatever_dies() {
    let (agents, each) = size();
    let home = Home::new();
    home.up();
    let (over, working) = (AtomicBool::new(false), AtomicUsize::new(agents));
    let mut all: Vec<Agent<'_>> = (0..agents).map(|n| Agent::new(&home, n)).collect();
    for agent in &mut all {
        // There before anybody writes to it.
        while agent.lost < 100 && agent.client.is_none() {
            agent.look("SessionStart", false);
        }
    }
    let sent: Vec<Vec<(usize, String)>> = std::thread::scope(|scope| {
        let (over, working, home) = (&over, &working, &home);
        let running: Vec<_> = all
            .iter_mut()
            .enumerate()
            .map(|(me, agent)| {
                scope.spawn(move || {
                    let mut sent = Vec::with_capacity(each);
                    for n in 0..each {
                        let to = (me + 1 + agent.below(agents - 1)) % agents;
                        let name = format!("claude-code/{to:04x}");
                        sent.push((to, agent.send(&name, me, n)));
                        let loses = agent.below(10) == 0;
                        match agent.below(8) {
                            0..=3 => drop(agent.look("PostToolUse", loses)),
                            4 => drop(agent.look("UserPromptSubmit", loses)),
                            5 => {
                                let known = agent.given.iter().rev().find(|given| given.3.is_multiple_of(2));
                                if let Some(id) = known.map(|given| given.0.clone()) {
                                    agent.ack(&id);
                                }
                            }
                            _ => {}
                        }
                    }
                    working.fetch_sub(1, Ordering::SeqCst);
                    sent
                })
            })
            .collect();
        let killer = scope.spawn(move || {
            let mut kills = 0;
            while !over.load(Ordering::SeqCst) && working.load(Ordering::SeqCst) > 0 {
                std::thread::sleep(Duration::from_millis(if each > 100 { 2_500 } else { 40 }));
                if working.load(Ordering::SeqCst) > 0 {
                    let pid = home.signal(if kills % 3 == 2 { Signal::TERM } else { Signal::KILL });
                    kills += 1;
                    until("it is gone", || (!home.daemons().contains(&pid)).then_some(()));
                    home.up();
                }
            }
            kills
        });
        let sent = running.into_iter().map(|agent| agent.join().unwrap()).collect();
        over.store(true, Ordering::SeqCst);
        let kills = killer.join().unwrap();
        assert!(kills > 0, "the daemon died in the middle");
        eprintln!("{agents} agents × {each} messages, the daemon ended {kills} times");
        sent
    });

    // What nobody said that he had printed is not shown; what was heard is.
    let mut receipts: HashMap<String, Value> = HashMap::new();
    let mut client = home.client();
    for (_, id) in sent.iter().flatten() {
        let path = format!("/v1/mail/thread/{id}");
        let reply: LettersReply = client.call(&Request::get(&path), Deadline::within(HANG)).unwrap();
        receipts.insert(id.clone(), json!(reply.messages[0].receipts[0]));
    }
    for (to, id) in sent.iter().flatten() {
        let (tried, heard) = all[*to].told.get(id).copied().unwrap_or_default();
        let is_shown = receipts[id]["shown_at"].is_i64();
        assert!(!is_shown || tried, "{id} is said to be shown, and nobody said so");
        assert!(is_shown || !heard, "{id} was said to be shown, and that was lost after it was heard");
    }
    // The rest comes.
    for agent in &mut all {
        let mut idle = 0;
        while idle < 2 {
            idle = if agent.look("UserPromptSubmit", false) == 0 { idle + 1 } else { 0 };
        }
    }
    let mut again = 0;
    for (me, agent) in all.iter().enumerate() {
        let mut first: HashMap<&str, usize> = HashMap::new();
        let mut last_of: HashMap<usize, usize> = HashMap::new();
        for (place, (id, is_again, from, n)) in agent.given.iter().enumerate() {
            if let Some(before) = first.get(id.as_str()) {
                again += 1;
                assert!(
                    is_again,
                    "agent {me} was given {id} at {before} and at {place}, and not told that it came again"
                );
                continue;
            }
            first.insert(id, place);
            assert!(!is_again || agent.lost > 0, "agent {me}: {id} came first and is marked, and no answer was lost");
            if let Some(last) = last_of.insert(*from, *n) {
                assert!(last < *n, "agent {me} was given message {n} of {from} after {last}");
            }
        }
        let for_me: Vec<&String> = sent.iter().flatten().filter(|(to, _)| *to == me).map(|(_, id)| id).collect();
        let missing = for_me.iter().filter(|id| !first.contains_key(id.as_str())).count();
        assert_eq!((missing, first.len()), (0, for_me.len()), "agent {me}");
    }
    eprintln!("{again} messages came again, each after a lost word");
}
