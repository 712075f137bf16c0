//! The blocking client: HTTP/1.1 over the daemon's Unix socket, never past its deadline.
//! It must not know what the requests mean, nor start a daemon.
//! Invariant: no call of this module blocks past the deadline it is given, whatever the daemon does.

mod http;
pub mod retry;
mod socket;

pub use socket::read_to_end;

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::deadline::Deadline;
use crate::fault::{Fault, FaultKind};
use crate::{EVENT_HEADER, FORWARDED_HEADER, PATIENCE_HEADER, PROTOCOL, PROTOCOL_HEADER};
use quipu_core::id::EventId;

pub use http::Response;

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens: no socket, or nobody behind it.
    #[error("no daemon listens at {0}")]
    Absent(PathBuf),
    /// The deadline passed; the daemon may or may not have acted.
    #[error("the daemon did not answer in time")]
    TimedOut,
    /// The connection broke or spoke something else; the daemon may or may not have acted.
    #[error("the connection to the daemon broke: {0}")]
    Broken(String),
    /// The daemon answered, and the answer is a fault.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl ClientError {
    /// The fault to show for this error.
    pub fn into_fault(self) -> Fault {
        match self {
            ClientError::Fault(fault) => fault,
            ClientError::Absent(_) => {
                Fault::new(FaultKind::Unavailable, "no_daemon", self.to_string()).hint("start it with `quipu up`")
            }
            ClientError::TimedOut => Fault::new(FaultKind::Unavailable, "timeout", self.to_string())
                .hint("look at `quipu status` and `quipu logs`"),
            ClientError::Broken(_) => {
                Fault::new(FaultKind::Unavailable, "broken", self.to_string()).hint("look at `quipu logs`")
            }
        }
    }
}

/// A connection to one daemon, kept open between requests.
pub struct Client {
    socket: PathBuf,
    stream: Option<socket::Stream>,
}

impl Client {
    /// A client of the daemon at `socket`; connects at the first request.
    pub fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), stream: None }
    }

    /// Sends one request and reads the answer, whatever its status.
    ///
    /// # Errors
    /// [`ClientError::Absent`], [`ClientError::TimedOut`] or [`ClientError::Broken`].
    pub fn send(&mut self, request: &Request<'_>, deadline: Deadline) -> Result<Response, ClientError> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => socket::connect(&self.socket, deadline)?,
        };
        let response = http::exchange(&mut stream, &request.encode(deadline), deadline)?;
        if response.keep {
            self.stream = Some(stream);
        }
        // The number is of our own operations: MCP has versions of its own.
        let is_ours = request.path.starts_with("/v1/");
        if is_ours && response.header(PROTOCOL_HEADER).is_some_and(|v| v != PROTOCOL.to_string()) {
            let theirs = response.header(PROTOCOL_HEADER).unwrap_or_default();
            return Err(protocol_mismatch(theirs).into());
        }
        Ok(response)
    }

    /// Sends `request` and decodes a JSON answer; a fault in the answer is an error.
    ///
    /// # Errors
    /// As [`Client::send`], and [`ClientError::Fault`].
    pub fn call<T: DeserializeOwned>(&mut self, request: &Request<'_>, deadline: Deadline) -> Result<T, ClientError> {
        let response = self.send(request, deadline)?;
        if response.status >= 300 {
            let fault = serde_json::from_slice::<Fault>(&response.body).unwrap_or_else(|_| {
                Fault::new(FaultKind::of_status(response.status), "http", format!("status {}", response.status))
            });
            return Err(fault.into());
        }
        serde_json::from_slice(&response.body).map_err(|e| ClientError::Broken(format!("unreadable answer: {e}")))
    }
}

/// The fault for a daemon or client of another protocol.
pub fn protocol_mismatch(theirs: &str) -> Fault {
    let message = format!("this quipu speaks protocol {PROTOCOL}, the other side {theirs}");
    Fault::new(FaultKind::Conflict, "protocol_mismatch", message)
        .hint("run `quipu down` and try again, so that one version serves all")
}

/// One request.
pub struct Request<'a> {
    method: &'a str,
    path: &'a str,
    event: Option<EventId>,
    forwarded: bool,
    /// Names in lower case, with values.
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    effect: Effect,
}

/// What sending a request twice would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// Nothing more than sending it once.
    Reads,
    /// The same twice, but for an id that makes it one.
    Writes,
}

impl<'a> Request<'a> {
    /// `GET path`.
    pub fn get(path: &'a str) -> Self {
        Self { effect: Effect::Reads, ..Self::new("GET", path, Vec::new()) }
    }

    /// `POST path` with a JSON body.
    pub fn post<B: Serialize>(path: &'a str, body: &B) -> Self {
        let body = serde_json::to_vec(body).expect("wire types have string keys and serialise");
        Self::new("POST", path, body)
    }

    /// `POST path` with a body that is JSON already.
    pub fn post_raw(path: &'a str, body: Vec<u8>) -> Self {
        Self::new("POST", path, body)
    }

    /// `PATCH path` with a JSON body.
    pub fn patch<B: Serialize>(path: &'a str, body: &B) -> Self {
        Self { method: "PATCH", ..Self::post(path, body) }
    }

    /// The same, as the write with this id: sent again, it gets the first outcome.
    #[must_use]
    pub fn event(mut self, id: EventId) -> Self {
        self.event = Some(id);
        self
    }

    /// A request of somebody else's, handed on: it is not handed on again.
    pub fn forwarded(method: &'a str, path: &'a str, event: Option<EventId>, body: Vec<u8>) -> Self {
        Self { event, forwarded: true, ..Self::new(method, path, body) }
    }

    fn new(method: &'a str, path: &'a str, body: Vec<u8>) -> Self {
        Self { method, path, event: None, forwarded: false, headers: Vec::new(), body, effect: Effect::Writes }
    }

    /// The same with one more header; a value that no header can carry (control characters) is left out. Others than ASCII
    /// travel as UTF-8.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if !value.chars().any(char::is_control) {
            self.headers.push((name, value.to_owned()));
        }
        self
    }

    /// The same, said to change nothing: it may be sent again.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.effect = Effect::Reads;
        self
    }

    /// The method, the path, the id of a write and the body.
    pub fn parts(&self) -> (&str, &str, Option<EventId>, &[u8]) {
        (self.method, self.path, self.event, &self.body)
    }

    /// The value of a header that was added.
    pub fn said(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether sending it twice does the same as sending it once.
    pub fn is_repeatable(&self) -> bool {
        self.effect == Effect::Reads || self.event.is_some()
    }

    fn encode(&self, deadline: Deadline) -> Vec<u8> {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: quipu\r\n{PROTOCOL_HEADER}: {PROTOCOL}\r\ncontent-length: {}\r\n",
            self.method,
            self.path,
            self.body.len()
        );
        if !self.body.is_empty() {
            head.push_str("content-type: application/json\r\n");
        }
        head.push_str(&format!("{PATIENCE_HEADER}: {}\r\n", deadline.left().as_millis()));
        if self.forwarded {
            head.push_str(&format!("{FORWARDED_HEADER}: {}\r\n", std::process::id()));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(event) = self.event {
            head.push_str(&format!("{EVENT_HEADER}: {event}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}
