//! The CLI's connection to the daemon: found, or brought up, and tried again where that is harmless.
//! It must not know commands.
//! Invariant: a write is repeated only under the id of its first try, so it happens once.

use std::path::PathBuf;
use std::time::Duration;

use quipu_daemon::lifecycle::start;
use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::new_event_id;
use quipu_protocol::paths::Paths;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long a person waits for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that brings up what it needs.
pub(crate) struct Daemon {
    paths: Paths,
    client: Option<Client>,
}

/// Where everything lives, or what to set.
pub(crate) fn paths() -> Result<Paths, Fault> {
    Paths::resolve(&Env::read()).map_err(|error| Fault::new(FaultKind::Caller, "paths", error.to_string()))
}

impl Daemon {
    /// Connects at the first request.
    pub(crate) fn new() -> Result<Self, Fault> {
        Ok(Self { paths: paths()?, client: None })
    }

    /// Asks something.
    pub(crate) fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Fault> {
        self.call(|| Request::get(path))
    }

    /// Asks something with a body.
    pub(crate) fn ask<B: Serialize, T: DeserializeOwned>(&mut self, path: &str, body: &B) -> Result<T, Fault> {
        self.call(|| Request::post(path, body))
    }

    /// Writes something, once.
    pub(crate) fn write<B: Serialize, T: DeserializeOwned>(&mut self, path: &str, body: &B) -> Result<T, Fault> {
        let event = new_event_id();
        self.call(|| Request::post(path, body).event(event))
    }

    /// Asks a daemon that is there, and starts none.
    pub(crate) fn get_if_up<T: DeserializeOwned>(&mut self, path: &str) -> Result<Option<T>, Fault> {
        self.if_up(&Request::get(path))
    }

    /// The same for a request with a body.
    pub(crate) fn post_if_up<B: Serialize, T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &B,
    ) -> Result<Option<T>, Fault> {
        self.if_up(&Request::post(path, body))
    }

    fn if_up<T: DeserializeOwned>(&mut self, request: &Request<'_>) -> Result<Option<T>, Fault> {
        let standby = Some(self.paths.standby_socket()).filter(|socket| socket.exists());
        for socket in start::known_socket(&self.paths).into_iter().chain(standby) {
            match Client::new(&socket).call(request, Deadline::within(Duration::from_secs(5))) {
                Err(ClientError::Absent(_)) => {}
                answer => return answer.map(Some).map_err(ClientError::into_fault),
            }
        }
        Ok(None)
    }

    fn call<'a, T: DeserializeOwned>(&mut self, request: impl Fn() -> Request<'a>) -> Result<T, Fault> {
        // A daemon that goes between two requests (idle, killed, replaced) costs one more try, not an error.
        for _ in 0..2 {
            let mut client = match self.client.take() {
                Some(client) => client,
                None => Client::new(&self.socket()?),
            };
            match client.call(&request(), Deadline::within(PATIENCE)) {
                Ok(answer) => {
                    self.client = Some(client);
                    return Ok(answer);
                }
                Err(ClientError::Absent(_) | ClientError::Broken(_)) => {
                    let socket = start::ensure(&self.paths, Deadline::within(start::START))?;
                    self.client = Some(Client::new(&socket));
                }
                Err(ClientError::Fault(fault)) if fault.code == "draining" || fault.code == "not_owner" => {
                    std::thread::sleep(Duration::from_millis(700));
                    let socket = start::ensure(&self.paths, Deadline::within(start::START))?;
                    self.client = Some(Client::new(&socket));
                }
                Err(error) => return Err(error.into_fault()),
            }
        }
        let mut client = match self.client.take() {
            Some(client) => client,
            None => Client::new(&self.socket()?),
        };
        client.call(&request(), Deadline::within(PATIENCE)).map_err(ClientError::into_fault)
    }

    fn socket(&self) -> Result<PathBuf, Fault> {
        match start::known_socket(&self.paths) {
            Some(socket) if !start::is_outdated(&self.paths) => Ok(socket),
            _ => start::ensure(&self.paths, Deadline::within(start::START)),
        }
    }
}
