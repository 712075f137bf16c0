//! What a daemon does that does not own the data directory: hands requests to the owner, or, where that cannot be
//! reached, reads rows itself and refuses writes.
//! It must not know operations beyond whether they write.
//! Invariant: nothing is handed on twice; a write is refused before any work; an owner that is silent costs one request
//! its patience, and those after it nothing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use quipu_protocol::client::{Client, ClientError, Request, Response};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::{self, Owner};
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::daemon::Health;
use quipu_protocol::{PROTOCOL, env};
use quipu_store::Engine;
use quipu_store::sqlite::SqliteEngine;

use super::reply::Reply;
use super::routes::{self, Call, Effect, Operation, Reach};
use crate::jobs::ingest::Ingest;
use crate::lifecycle::store;
use crate::service::{Ending, Service, fault_of};
use crate::settings::Settings;

/// An owner that did not answer is not asked again for so long.
const SILENT: Duration = Duration::from_secs(2);
/// A write that was refused is worth another try after so long.
const AGAIN: Duration = Duration::from_secs(1);
/// The owner gets at most so long for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections to the owner that are kept.
const KEPT: usize = 8;

/// A daemon that waits to own its data directory.
pub(crate) struct Standby {
    paths: Paths,
    env: Env,
    settings: Arc<Settings>,
    ending: Ending,
    clock: fn() -> quipu_core::id::Millis,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Until when the owner is left alone, and why.
    silent: Option<(Instant, String)>,
    idle: Vec<(Owner, Client)>,
    /// Reads rows itself; opened when it is first needed.
    reader: Option<Arc<Service>>,
    used: Option<Instant>,
}

/// One request, as it came.
pub(super) struct Asked<'a> {
    pub(super) operation: &'a Operation,
    pub(super) path: &'a str,
    pub(super) call: &'a Call,
    /// Another standby handed it here.
    pub(super) forwarded: bool,
    /// What else of its head the owner has to know: its name, and a condition, which must not get lost on the way.
    pub(super) headers: &'a [(&'static str, String)],
    /// How long the client still waits, where it says so.
    pub(super) patience: Option<Duration>,
}

/// What becomes of it.
pub(super) enum Answer {
    /// The owner's, as it is.
    Owner(Response),
    /// This process's own.
    Own(Result<Reply, Fault>),
}

impl Standby {
    pub(crate) fn new(
        (paths, env, settings): (Paths, Env, Arc<Settings>),
        ending: Ending,
        clock: fn() -> quipu_core::id::Millis,
    ) -> Self {
        Self { paths, env, settings, ending, clock, started: Instant::now(), state: Mutex::default() }
    }

    /// Answers one request; blocks for as long as the owner is waited for.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Answer {
        self.lock().used = Some(Instant::now());
        match asked.operation.name {
            "health" => return Answer::Own(self.health().and_then(|health| Reply::json(&health))),
            "operations" => return Answer::Own(Reply::json(&routes::table())),
            // Its own, not the owner's: each is scraped for itself.
            "metrics" => {
                return Answer::Own(self.health().map(|health| routes::scraped(asked.call, &health, None)));
            }
            "shutdown" => return Answer::Own(self.shutdown(asked.call)),
            _ => {}
        }
        let reason = if asked.forwarded {
            "the request was handed on already, and this daemon does not own the data directory either".to_owned()
        } else {
            match self.forward(asked) {
                Ok(response) => return Answer::Owner(response),
                Err(reason) => reason,
            }
        };
        if asked.operation.effect == Effect::Writes {
            return Answer::Own(Err(Self::read_only(&reason)));
        }
        Answer::Own(self.reader().and_then(|service| asked.operation.run(&service, asked.call)))
    }

    /// How long nobody has asked anything.
    pub(crate) fn quiet(&self) -> Duration {
        self.lock().used.unwrap_or(self.started).elapsed()
    }

    fn forward(&self, asked: &Asked<'_>) -> Result<Response, String> {
        let (method, event) = (asked.operation.method.as_str(), asked.call.event);
        let request = Request::forwarded(method, asked.path, event, asked.call.body.to_vec());
        let request = asked.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        self.hand_on(&if asked.operation.effect == Effect::Reads { request.reads() } else { request }, asked.patience)
    }

    /// Hands a request to the owner; the reason where that cannot be reached. Blocks for as long as it is waited for.
    pub(super) fn hand_on(&self, request: &Request<'_>, patience: Option<Duration>) -> Result<Response, String> {
        if let Some((until, reason)) = &self.lock().silent
            && Instant::now() < *until
        {
            return Err(reason.clone());
        }
        let owner =
            owner::read(&self.paths.owner_lock()).ok_or("the owner of the data directory does not say who it is")?;
        let patience = patience.map_or(PATIENCE, |left| (left * 3 / 4).min(PATIENCE));
        let kept = {
            let mut state = self.lock();
            state.idle.retain(|(of, _)| *of == owner);
            state.idle.pop()
        };
        // A kept connection may have been closed meanwhile; a new one tells whether the owner is there.
        let tries = kept.into_iter().map(|(_, client)| client).chain([Client::new(&owner.socket)]);
        let deadline = Deadline::within(patience);
        let mut last = ClientError::Absent(owner.socket.clone());
        for mut client in tries {
            match client.send(request, deadline) {
                Ok(response) => {
                    let mut state = self.lock();
                    state.silent = None;
                    if state.idle.len() < KEPT {
                        state.idle.push((owner, client));
                    }
                    return Ok(response);
                }
                Err(error) => last = error,
            }
            // A write whose answer was lost is safe to send again: it carries its id.
            if !request.is_repeatable() {
                break;
            }
        }
        let reason = format!("the owner (process {}, {}) cannot be reached: {last}", owner.pid, owner.socket.display());
        // Absent is told at once, every time; silence is what costs.
        if matches!(last, ClientError::TimedOut) {
            self.lock().silent = Some((Instant::now() + SILENT, reason.clone()));
        }
        Err(reason)
    }

    /// What a write is told while nobody can do it.
    pub(super) fn read_only(reason: &str) -> Fault {
        Fault::new(FaultKind::Unavailable, "read_only", format!("nothing can be written just now: {reason}"))
            .hint("try again: it can be written when the owner answers, or is gone and this daemon takes over")
            .retry_after(AGAIN)
    }

    /// The service that reads rows itself.
    pub(super) fn reader(&self) -> Result<Arc<Service>, Fault> {
        if let Some(reader) = &self.lock().reader {
            return Ok(reader.clone());
        }
        let fence = Arc::new(|| Err("this daemon is a standby".to_owned()));
        let engine = SqliteEngine::open_beside(store::options(&self.paths, fence));
        let engine = Arc::new(engine.map_err(fault_of)?);
        let epoch = engine.epoch();
        let engine: Arc<dyn Engine> = engine;
        let ingest = Arc::new(Ingest::new(engine.clone(), self.settings.clone(), self.clock));
        let place = (self.paths.clone(), self.env.clone(), self.settings.clone());
        let service = Service::new(engine, ingest, place, self.clock, epoch, self.ending.clone());
        let service = Arc::new(service.beside_the_owner());
        self.lock().reader = Some(service.clone());
        Ok(service)
    }

    fn shutdown(&self, call: &Call) -> Result<Reply, Fault> {
        Reply::json(&crate::service::shutdown(&self.ending, &routes::decode(call)?)?)
    }

    fn health(&self) -> Result<Health, Fault> {
        let card = owner::read(&self.paths.owner_lock());
        let silent = self.lock().silent.clone().filter(|(until, _)| Instant::now() < *until);
        let reachable = match (&card, &silent) {
            (_, Some((_, reason))) => Err(reason.clone()),
            (None, None) => Err("the owner of the data directory does not say who it is".to_owned()),
            (Some(card), None) => {
                let probe = Client::new(&card.socket).call::<serde_json::Value>(
                    &Request::get("/v1/health"),
                    Deadline::within(Duration::from_millis(300)),
                );
                probe.map(|_| card.pid).map_err(|error| format!("the owner cannot be reached: {error}"))
            }
        };
        let reach = if reachable.is_ok() { Reach::Within } else { Reach::Out };
        let refused = routes::refused_beside(reach).into_iter().map(str::to_owned).collect();
        let reason = match &reachable {
            Ok(pid) => format!("process {pid} owns the data directory; requests are handed to it"),
            Err(reason) => format!("{reason}; reads go to the rows, writes are refused"),
        };
        Ok(Health {
            mode: "standby".to_owned(),
            state: if reachable.is_ok() { "ok" } else { "degraded" }.to_owned(),
            reasons: vec![reason],
            refused,
            version: env::version(),
            protocol: PROTOCOL,
            pid: std::process::id(),
            epoch: card.map_or(0, |card| card.epoch),
            data: self.paths.data.clone(),
            uptime_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            ..crate::service::blank_health(&self.paths)
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
