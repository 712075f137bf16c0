//! Who asks over MCP: which service answers, what the connection is bound to, which tools it wants to see.
//! It must not know tools or rmcp.
//! Invariant: a connection's head alone says what it is bound to; no argument of a model does.

use std::sync::Arc;

use axum::http::request::Parts;
use quipu_agents::Privacy;
use quipu_core::id::EventId;
use quipu_core::memory::SessionRef;
use quipu_protocol::config::keys::MCP_MORE_TOOLS;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::{CONFIRMS_HEADER, CWD_HEADER, EVENT_HEADER, SESSION_HEADER, TOOLS_HEADER};

use super::Beside;
use super::tool::Shelf;
use crate::doors::front::{Front, Now};
use crate::doors::standby::Standby;
use crate::service::{Handle, Service};

/// What a request's head says.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    cwd: Option<String>,
    session: Option<SessionRef>,
    event: Option<EventId>,
    shelf: Option<String>,
    beside: Option<String>,
    confirms: Confirms,
}

/// Who says that messages in an answer have reached the model's client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Confirms {
    /// Nobody: the answer counts as seen when it is given.
    #[default]
    Nobody,
    /// The shim, once it has written it.
    Shim,
}

impl Head {
    /// Reads it.
    pub(super) fn of(parts: Option<&Parts>) -> Self {
        let Some(parts) = parts else { return Self::default() };
        // A path is UTF-8, which header values of today may be (RFC 9110, obs-text).
        let text = |name: &str| Some(std::str::from_utf8(parts.headers.get(name)?.as_bytes()).ok()?.to_owned());
        let asked = |name: &str| {
            let query = parts.uri.query()?;
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
        };
        Self {
            cwd: text(CWD_HEADER),
            session: text(SESSION_HEADER).and_then(|named| SessionRef::parse(&named)),
            event: text(EVENT_HEADER).and_then(|id| id.parse().ok()),
            // Clients that take nothing but an address may say it there.
            shelf: text(TOOLS_HEADER).or_else(|| asked("tools")),
            beside: parts.extensions.get::<Beside>().map(|beside| beside.0.clone()),
            confirms: if text(CONFIRMS_HEADER).is_some() { Confirms::Shim } else { Confirms::Nobody },
        }
    }
}

/// One asker, for one request.
pub(super) struct Asker {
    pub(super) service: Arc<Service>,
    pub(super) handle: Handle,
    /// The session that it belongs to, where its host says so.
    pub(super) session: Option<SessionRef>,
    pub(super) event: Option<EventId>,
    pub(super) confirms: Confirms,
    beside: Option<String>,
}

impl Asker {
    /// The asker of a request with this head.
    ///
    /// # Errors
    /// A head that cannot be understood, and rows that a standby cannot read.
    pub(super) fn open(front: &Front, head: &Head) -> Result<Self, Fault> {
        let service = service(front)?;
        service.touch();
        let handle = Handle::open(&service, head.cwd.as_deref())?;
        let Head { session, event, beside, confirms, .. } = head.clone();
        Ok(Self { service, handle, session, event, confirms, beside })
    }

    /// What an agent may be shown here: the rules may be newer than what is remembered.
    pub(super) fn privacy(&self) -> Arc<Privacy> {
        self.handle.privacy(&self.service)
    }

    /// Refuses where nothing can be written, before any work.
    ///
    /// # Errors
    /// Why not, with what to do.
    pub(super) fn writes(&self) -> Result<(), Fault> {
        if let Some(reason) = &self.beside {
            return Err(Standby::read_only(reason));
        }
        if self.service.ending().is_near() {
            return Err(crate::doors::router::draining());
        }
        self.service.writable()
    }
}

/// Which tools this connection is shown.
///
/// # Errors
/// A name that no set of tools has.
pub(super) fn shelf(front: &Front, head: &Head) -> Result<Shelf, Fault> {
    match head.shelf.as_deref() {
        Some(name) => Shelf::parse(name).ok_or_else(|| {
            Fault::new(FaultKind::Caller, "no_such_tools", format!("`{name}` is no set of tools"))
                .hint(format!("the sets are: {}", Shelf::ALL.map(Shelf::as_str).join(", ")))
        }),
        None => Ok(match front.now() {
            Now::Owner(service) if service.settings().user().config.flag(MCP_MORE_TOOLS) => Shelf::All,
            _ => Shelf::First,
        }),
    }
}

fn service(front: &Front) -> Result<Arc<Service>, Fault> {
    match front.now() {
        Now::Owner(service) => Ok(service),
        Now::Standby(standby) => standby.reader(),
    }
}
