//! The CLI's connection to the daemon: found, or brought up, and tried again where that is harmless; or, where no daemon
//! is wanted, the data directory opened in this process.
//! It must not know commands.
//! Invariant: a write is repeated only under the id of its first try, so it happens once.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use quipu_core::id::EventId;
use quipu_daemon::lifecycle::local::{self, LocalDaemon};
use quipu_daemon::lifecycle::start;
use quipu_protocol::client::{Client, ClientError, Request, Response, retry};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::paths::Paths;
use quipu_protocol::{SESSION_HEADER, new_event_id};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long a person waits for one answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The same for an answer that takes reading, or writing, all that is stored.
const LONG_PATIENCE: Duration = Duration::from_secs(1_800);

/// A connection that brings up what it needs.
pub(crate) struct Daemon {
    paths: Paths,
    client: Option<Client>,
    patience: Duration,
    /// The agent's session that this process runs in.
    session: Option<String>,
    /// In place of a client, once something was asked.
    local: Option<LocalDaemon>,
}

/// Whether no daemon is to be asked or started: said once, by a flag that holds for the whole process or by the environment.
static ALONE: OnceLock<bool> = OnceLock::new();

/// From now on commands open the data directory themselves (`--no-daemon`).
pub(crate) fn start_no_daemon() {
    // Said before the first connection; a second time says nothing new.
    let _ = ALONE.set(true);
}

/// Whether commands open the data directory themselves.
pub(crate) fn is_alone() -> bool {
    *ALONE.get_or_init(|| Env::read().no_daemon)
}

/// Where everything lives, or what to set.
pub(crate) fn paths() -> Result<Paths, Fault> {
    Paths::resolve(&Env::read()).map_err(|error| Fault::new(FaultKind::Caller, "paths", error.to_string()))
}

impl Daemon {
    /// Connects at the first request.
    pub(crate) fn new() -> Result<Self, Fault> {
        Ok(Self { paths: paths()?, client: None, local: None, patience: PATIENCE, session: Env::read().session })
    }

    /// The same for what takes as long as reading all that is stored.
    pub(crate) fn patient() -> Result<Self, Fault> {
        Ok(Self { patience: LONG_PATIENCE, ..Self::new()? })
    }

    /// The same for who would rather be told soon.
    pub(crate) fn within(patience: Duration) -> Result<Self, Fault> {
        Ok(Self { patience, ..Self::new()? })
    }

    /// Asks something.
    pub(crate) fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Fault> {
        self.call(Request::get(path))
    }

    /// Asks something with a body.
    pub(crate) fn ask<B: Serialize, T: DeserializeOwned>(&mut self, path: &str, body: &B) -> Result<T, Fault> {
        self.call(Request::post(path, body).reads())
    }

    /// Writes something, once.
    pub(crate) fn write<B: Serialize, T: DeserializeOwned>(&mut self, path: &str, body: &B) -> Result<T, Fault> {
        self.write_as(new_event_id(), path, body)
    }

    /// The same as the write with this id: whatever became of a first try, it happens once.
    pub(crate) fn write_as<B: Serialize, T: DeserializeOwned>(
        &mut self,
        event: EventId,
        path: &str,
        body: &B,
    ) -> Result<T, Fault> {
        self.call(Request::post(path, body).event(event))
    }

    /// Changes something, once.
    pub(crate) fn change<B: Serialize, T: DeserializeOwned>(&mut self, path: &str, body: &B) -> Result<T, Fault> {
        self.call(Request::patch(path, body).event(new_event_id()))
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

    /// Sends a request and gives the answer as it came; a fault of ours in it is an error, and so is one that `hidden` finds.
    pub(crate) fn exchange(
        &mut self,
        request: &Request<'_>,
        hidden: impl Fn(&Response) -> Option<Fault>,
    ) -> Result<Response, Fault> {
        self.patiently(request, |client, deadline| {
            let response = client.send(request, deadline)?;
            let fault = match serde_json::from_slice::<Fault>(&response.body) {
                Ok(fault) if response.status >= 300 => Some(fault),
                _ => hidden(&response),
            };
            fault.map_or(Ok(response), |fault| Err(fault.into()))
        })
    }

    fn call<T: DeserializeOwned>(&mut self, request: Request<'_>) -> Result<T, Fault> {
        let request = match &self.session {
            Some(session) => request.header(SESSION_HEADER, session),
            None => request,
        };
        if is_alone() {
            return self.call_alone(&request);
        }
        self.patiently(&request, |client, deadline| client.call(&request, deadline))
    }

    /// Sends `request` by `send`, to one daemon after the other where that is harmless.
    fn patiently<T>(
        &mut self,
        request: &Request<'_>,
        send: impl Fn(&mut Client, Deadline) -> Result<T, ClientError>,
    ) -> Result<T, Fault> {
        let deadline = Deadline::within(self.patience);
        let mut gone = false;
        // A daemon that goes between two requests (idle, killed, replaced) costs another try, not an error.
        retry::patiently(request, deadline, || {
            if std::mem::take(&mut gone) {
                let socket = start::ensure(&self.paths, Deadline::within(start::START.min(deadline.left())))?;
                self.client = Some(Client::new(&socket));
            }
            let mut client = match self.client.take() {
                Some(client) => client,
                None => Client::new(&self.socket()?),
            };
            let answer = send(&mut client, deadline);
            match &answer {
                Err(ClientError::Absent(_) | ClientError::Broken(_)) => gone = true,
                Err(ClientError::Fault(fault)) if fault.code == "draining" || fault.code == "not_owner" => gone = true,
                Err(ClientError::TimedOut) => {}
                Ok(_) | Err(ClientError::Fault(_)) => self.client = Some(client),
            }
            answer
        })
        .map_err(ClientError::into_fault)
    }

    fn call_alone<T: DeserializeOwned>(&mut self, request: &Request<'_>) -> Result<T, Fault> {
        let local = match &mut self.local {
            Some(local) => local,
            none => none.insert(LocalDaemon::open(&Env::read(), &self.paths, &[], local::PATIENCE)?),
        };
        serde_json::from_slice(&local.call(request)?)
            .map_err(|e| Fault::new(FaultKind::Internal, "unreadable", format!("unreadable answer: {e}")))
    }

    fn socket(&self) -> Result<PathBuf, Fault> {
        match start::known_socket(&self.paths) {
            Some(socket) if !start::is_outdated(&self.paths) => Ok(socket),
            _ => start::ensure(&self.paths, Deadline::within(start::START)),
        }
    }
}
