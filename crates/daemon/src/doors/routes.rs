//! What an operation is: name, method, path, whether it writes, what it takes, gives and refuses, and its three verbs.
//! It must not know sockets or threads.
//! Invariant: an operation that is not in the table (`routes/table.rs`) cannot be reached.

mod table;

use std::sync::{Arc, LazyLock};

use axum::extract::Query;
use axum::http::{Method, Uri};
use quipu_core::id::EventId;
use quipu_core::mail::Sender;
use quipu_core::memory::SessionRef;
use quipu_core::outcome::Word;
use quipu_core::scope::Reader;
use quipu_protocol::SESSION_HEADER;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::daemon::{Health, OperationView, StatsReply};
use quipu_protocol::wire::memory::{MemoryView, UpdateReply};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::meters::Meters;
use super::metrics;
use super::reply::Reply;
use crate::service::{self, Service};

/// One request, taken apart.
#[derive(Default)]
pub(super) struct Call {
    /// The id of the write, if the client gave one.
    pub(super) event: Option<EventId>,
    /// The agent's session that asks; none where a person does.
    pub(super) session: Option<SessionRef>,
    /// The last part of the path, where the operation takes one.
    pub(super) param: String,
    /// What stands behind the `?`, as it came.
    pub(super) query: String,
    /// The body.
    pub(super) body: axum::body::Bytes,
    /// The revision that the asker has seen: of another one nothing is changed.
    pub(super) if_match: Option<u32>,
    /// What the door has counted; none where there is no door.
    pub(super) meters: Option<Arc<Meters>>,
}

impl Call {
    /// Who is answered: an agent's shell is the agent's.
    fn reader(&self) -> Reader {
        if self.session.is_some() { Reader::Agent } else { Reader::Person }
    }

    /// Who writes, and whose mailbox it is that he reads.
    fn sender(&self) -> Sender {
        self.session.clone().map_or(Sender::Person, Sender::Session)
    }
}

type Run = Box<dyn Fn(&Service, &Call) -> Result<Reply, Fault> + Send + Sync>;
/// The shape of a type, among those that a document names.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// One operation.
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) effect: Effect,
    /// What it does, in a line.
    pub(super) about: &'static str,
    /// What it takes as its body.
    pub(super) takes: Option<Shape>,
    /// What it takes behind the `?`.
    pub(super) asks: Option<Shape>,
    /// What it gives.
    pub(super) gives: Gives,
    /// Its own faults, by status; those of every operation are in `openapi`.
    pub(super) faults: &'static [(u16, &'static str)],
    run: Run,
}

/// What an answer is.
#[derive(Clone, Copy)]
pub(super) enum Gives {
    /// JSON of this shape.
    Json(Shape),
    /// The same, of one memory: with its revision as `ETag`.
    Memory(Shape),
    /// A text of this media type.
    Text(&'static str),
    /// Server-sent events, until somebody ends them.
    Events,
}

impl Gives {
    /// Whether the answer has no end of its own.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Gives::Events)
    }
}

impl Operation {
    /// Answers `call`.
    pub(super) fn run(&self, service: &Service, call: &Call) -> Result<Reply, Fault> {
        (self.run)(service, call)
    }

    /// Whether it is refused before any work where nothing can be written. A hook asks something too, and is answered; what
    /// it would leave behind the store refuses.
    pub(super) fn is_refused_when_damaged(&self) -> bool {
        self.effect == Effect::Writes && self.name != "hook"
    }

    fn faults(self, faults: &'static [(u16, &'static str)]) -> Self {
        Self { faults, ..self }
    }
}

/// Whether an operation changes anything: a daemon that is draining refuses those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Writes,
}

/// Every operation of the API, made once.
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(table::operations);

/// Every operation of the API.
pub(super) fn operations() -> &'static [Operation] {
    &OPERATIONS
}

/// The table as it is shown.
pub(super) fn table() -> Vec<OperationView> {
    let row = |operation: &Operation| OperationView {
        name: operation.name.to_owned(),
        method: operation.method.to_string(),
        path: operation.path.to_owned(),
        writes: operation.effect == Effect::Writes,
    };
    operations().iter().map(row).collect()
}

/// The names of the operations that write: what is refused where nothing can be written.
pub(super) fn writes() -> Vec<&'static str> {
    operations().iter().filter(|operation| operation.effect == Effect::Writes).map(|operation| operation.name).collect()
}

/// What a standby refuses: what nobody but the owner can tell, and, where that is out of reach, what writes.
pub(super) fn refused_beside(owner: Reach) -> Vec<&'static str> {
    let refused = |o: &&Operation| o.gives.is_stream() || (owner == Reach::Out && o.effect == Effect::Writes);
    operations().iter().filter(refused).map(|operation| operation.name).collect()
}

/// Whether the owner can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Within,
    Out,
}

/// What is refused on a damaged database.
pub(super) fn refused_when_damaged() -> Vec<&'static str> {
    let refused = |operation: &&Operation| operation.is_refused_when_damaged();
    operations().iter().filter(refused).map(|operation| operation.name).collect()
}

/// Answers a request that came by no socket.
pub(crate) fn call(
    service: &Service,
    (method, path): (&str, &str),
    (event, session): (Option<EventId>, Option<SessionRef>),
    body: &[u8],
) -> Result<Vec<u8>, Fault> {
    service.touch();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let fitting = operations().iter().filter(|operation| operation.method.as_str() == method);
    let found = fitting.filter_map(|operation| Some((operation, param(operation.path, path)?)));
    // A whole path goes before one with a part that stands for many, as at the socket.
    let Some((operation, param)) = found.min_by_key(|(_, param)| param.len()) else {
        return Err(no_such_operation());
    };
    let (param, query, body) = (param.to_owned(), query.to_owned(), axum::body::Bytes::copy_from_slice(body));
    operation.run(service, &Call { event, session, param, query, body, ..Call::default() }).map(|reply| reply.body)
}

/// The session that asks.
pub(crate) fn session(named: &str) -> Result<SessionRef, Fault> {
    SessionRef::parse(named).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "bad_session", format!("the header `{SESSION_HEADER}` names no session"))
            .hint("it is `agent/id`, as in `claude-code/01995b0c-…`")
    })
}

/// The fault for a path that no operation has.
pub(super) fn no_such_operation() -> Fault {
    Fault::new(FaultKind::Missing, "no_such_operation", "no such path").hint("GET /v1/operations lists them all")
}

/// What stands in `path` where `pattern` has its last part in braces: nothing where it has none; `None` where they differ.
fn param<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    match pattern.split_once('{') {
        None => (pattern == path).then_some(""),
        Some((head, _)) => path.strip_prefix(head).filter(|rest| !rest.is_empty() && !rest.contains('/')),
    }
}

/// An operation that is asked with a path alone.
fn get<R: Serialize + JsonSchema>(
    name: &'static str,
    path: &'static str,
    about: &'static str,
    run: impl Fn(&Service, &Call) -> Result<R, Fault> + Send + Sync + 'static,
) -> Operation {
    let run: Run = Box::new(move |service, call| Reply::json(&run(service, call)?));
    let gives = Gives::Json(shape::<R>);
    let (method, effect, faults) = (Method::GET, Effect::Reads, &[]);
    Operation { name, method, path, effect, about, takes: None, asks: None, gives, faults, run }
}

/// The same with a part behind the `?`.
fn get_by<Q: DeserializeOwned + JsonSchema, R: Serialize + JsonSchema>(
    name: &'static str,
    path: &'static str,
    about: &'static str,
    run: impl Fn(&Service, &Call, Q) -> Result<R, Fault> + Send + Sync + 'static,
) -> Operation {
    let operation = get(name, path, about, move |service, call| run(service, call, asked(call)?));
    Operation { asks: Some(shape::<Q>), ..operation }
}

/// How the daemon is, as Prometheus reads it.
fn metrics(name: &'static str, path: &'static str, about: &'static str) -> Operation {
    let run: Run = Box::new(|service, call| {
        let health = service::health(service, writes(), refused_when_damaged())?;
        // A damaged database still tells what it can.
        let stats = service::counted(service).ok();
        Ok(scraped(call, &health, stats.as_deref()))
    });
    let gives = Gives::Text(metrics::KIND);
    let (method, effect, faults) = (Method::GET, Effect::Reads, &[]);
    Operation { name, method, path, effect, about, takes: None, asks: None, gives, faults, run }
}

/// The page of `metrics`, of whoever answers.
pub(super) fn scraped(call: &Call, health: &Health, stats: Option<&StatsReply>) -> Reply {
    let body = metrics::page(call.meters.as_deref().unwrap_or(&Meters::default()), health, stats);
    Reply { kind: metrics::KIND.to_owned(), ..Reply::of_json(body) }
}

/// An event of an agent, in the agent's own shape: taken as it came, for an agent waits.
fn event<R: Serialize + JsonSchema>(
    name: &'static str,
    path: &'static str,
    about: &'static str,
    run: impl Fn(&Service, &Call) -> Result<R, Fault> + Send + Sync + 'static,
) -> Operation {
    let takes: Shape = |_| schemars::json_schema!({ "type": "object" });
    Operation { method: Method::POST, effect: Effect::Writes, takes: Some(takes), ..get(name, path, about, run) }
}

/// What happens, from now on: answered by a door, for as long as somebody reads.
fn follow<Q: JsonSchema>(name: &'static str, path: &'static str, about: &'static str) -> Operation {
    let run: Run = Box::new(|_, _| {
        Err(Fault::new(FaultKind::Caller, "no_stream", "nothing happens that this command does not do itself")
            .hint("leave out `--no-daemon` (and QUIPU_NO_DAEMON), and a daemon tells"))
    });
    let (method, effect, faults) = (Method::GET, Effect::Reads, &[]);
    let (asks, gives) = (Some(shape::<Q> as Shape), Gives::Events);
    Operation { name, method, path, effect, about, takes: None, asks, gives, faults, run }
}

/// What shows one memory, and so has a revision.
pub(super) trait Revised {
    /// How often it was changed, from 1; none where that is not known.
    fn revision(&self) -> Option<u32>;
}

impl Revised for MemoryView {
    fn revision(&self) -> Option<u32> {
        Some(self.revision)
    }
}

impl Revised for UpdateReply {
    /// Of one that was superseded the answer names another memory, whose revision is not told.
    fn revision(&self) -> Option<u32> {
        let is_of_it = ![Word::Superseded, Word::Rejected].iter().any(|word| self.outcome == word.as_str());
        Some(self.revision).filter(|_| is_of_it)
    }
}

/// An operation that shows one memory: the answer has its revision as `ETag`.
fn get_memory<R: Serialize + JsonSchema + Revised>(
    name: &'static str,
    path: &'static str,
    about: &'static str,
    run: impl Fn(&Service, &Call) -> Result<R, Fault> + Send + Sync + 'static,
) -> Operation {
    let run: Run = Box::new(move |service, call| {
        let shown = run(service, call)?;
        Ok(Reply { revision: shown.revision(), ..Reply::json(&shown)? })
    });
    let gives = Gives::Memory(shape::<R>);
    let (method, effect, faults) = (Method::GET, Effect::Reads, &[]);
    Operation { name, method, path, effect, about, takes: None, asks: None, gives, faults, run }
}

/// The same with a part behind the `?`.
fn get_memory_by<Q: DeserializeOwned + JsonSchema, R: Serialize + JsonSchema + Revised>(
    name: &'static str,
    path: &'static str,
    about: &'static str,
    run: impl Fn(&Service, &Call, Q) -> Result<R, Fault> + Send + Sync + 'static,
) -> Operation {
    let operation = get_memory(name, path, about, move |service, call| run(service, call, asked(call)?));
    Operation { asks: Some(shape::<Q>), ..operation }
}

/// An operation that takes a body.
fn post<Q: DeserializeOwned + JsonSchema, R: Serialize + JsonSchema>(
    name: &'static str,
    effect: Effect,
    path: &'static str,
    about: &'static str,
    run: impl Fn(&Service, &Call, Q) -> Result<R, Fault> + Send + Sync + 'static,
) -> Operation {
    let operation = get(name, path, about, move |service, call| run(service, call, decode(call)?));
    Operation { method: Method::POST, effect, takes: Some(shape::<Q>), ..operation }
}

fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The same, where it changes what the path names: the answer has the new revision as `ETag`.
fn patch<Q: DeserializeOwned + JsonSchema, R: Serialize + JsonSchema + Revised>(
    name: &'static str,
    path: &'static str,
    about: &'static str,
    run: impl Fn(&Service, &Call, Q) -> Result<R, Fault> + Send + Sync + 'static,
) -> Operation {
    let operation = get_memory(name, path, about, move |service, call| run(service, call, decode(call)?));
    Operation { method: Method::PATCH, effect: Effect::Writes, takes: Some(shape::<Q>), ..operation }
}

pub(super) fn decode<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    let body: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(body).map_err(|e| bad_request(&format!("body: {e}")))
}

/// What stands behind the `?`.
fn asked<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    let uri = Uri::builder().path_and_query(format!("/?{}", call.query)).build();
    let uri = uri.map_err(|e| bad_request(&format!("query: {e}")))?;
    Query::try_from_uri(&uri).map(|Query(asked)| asked).map_err(|e| bad_request(&format!("query: {e}")))
}

fn bad_request(what: &str) -> Fault {
    Fault::new(FaultKind::Caller, "bad_request", format!("the request's {what}"))
        .hint("GET /v1/openapi.json has its shape")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_at_the_socket() {
        for (pattern, path, expect) in [
            ("/v1/search", "/v1/search", Some("")),
            ("/v1/search", "/v1/searches", None),
            ("/v1/search", "/v1", None),
            ("/v1/memories/{id}", "/v1/memories/7", Some("7")),
            ("/v1/memories/{id}", "/v1/memories/", None),
            ("/v1/memories/{id}", "/v1/memories", None),
            ("/v1/memories/{id}", "/v1/memories/7/8", None),
        ] {
            assert_eq!(param(pattern, path), expect, "{pattern} {path}");
        }
        // Only the last part of a path may stand for many.
        assert!(operations().iter().all(|o| !o.path.contains('{') || o.path.ends_with('}')));
    }

    #[test]
    fn names_and_places_are_unique() {
        let all = operations();
        let names: std::collections::HashSet<_> = all.iter().map(|o| o.name).collect();
        let places: std::collections::HashSet<_> = all.iter().map(|o| (o.method.clone(), o.path)).collect();
        assert_eq!((names.len(), places.len()), (all.len(), all.len()));
        assert!(all.iter().all(|o| o.path.starts_with("/v1/") || o.name == "metrics"));
        assert!(all.iter().all(|o| o.about.ends_with('.') && o.about.len() < 100));
    }
}
