//! The table of operations: name, method, path, whether it writes, and its three verbs.
//! It must not know sockets or threads.
//! Invariant: an operation that is not in this table cannot be reached.

use axum::http::Method;
use quipu_core::id::EventId;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::daemon::OperationView;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::service::{self, Service};

/// One request, taken apart.
pub(super) struct Call {
    /// The id of the write, if the client gave one.
    pub(super) event: Option<EventId>,
    /// The last part of the path, where the operation takes one.
    pub(super) param: String,
    /// The body.
    pub(super) body: axum::body::Bytes,
}

type Run = fn(&Service, &Call) -> Result<Vec<u8>, Fault>;

/// One operation.
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) effect: Effect,
    pub(super) run: Run,
}

impl Operation {
    /// Whether it is refused before any work where nothing can be written. A hook asks something too, and is answered; what
    /// it would leave behind the store refuses.
    pub(super) fn is_refused_when_damaged(&self) -> bool {
        self.effect == Effect::Writes && self.name != "hook"
    }
}

/// Whether an operation changes anything: a daemon that is draining refuses those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Writes,
}

use Effect::{Reads, Writes};

/// The table as it is shown.
pub(super) fn table() -> Vec<OperationView> {
    let row = |operation: Operation| OperationView {
        name: operation.name.to_owned(),
        method: operation.method.to_string(),
        path: operation.path.to_owned(),
        writes: operation.effect == Writes,
    };
    operations().into_iter().map(row).collect()
}

/// The names of the operations that write: what is refused where nothing can be written.
pub(super) fn writes() -> Vec<&'static str> {
    operations().iter().filter(|operation| operation.effect == Writes).map(|operation| operation.name).collect()
}

/// What is refused on a damaged database.
pub(super) fn refused_when_damaged() -> Vec<&'static str> {
    let refused = |operation: &Operation| operation.is_refused_when_damaged();
    operations().into_iter().filter(refused).map(|operation| operation.name).collect()
}

/// Every operation of the API.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        get("health", "/v1/health", |s, _| encode(service::health(s, writes(), refused_when_damaged()))),
        get("operations", "/v1/operations", |_, _| encode(Ok(table()))),
        get("config", "/v1/config", |s, _| encode(Ok(service::config(s)))),
        get("stats", "/v1/stats", |s, _| encode(service::stats(s))),
        get("show", "/v1/memories/{id}", |s, c| encode(service::show(s, &c.param))),
        get("history", "/v1/history/{id}", |s, c| encode(service::history(s, &c.param))),
        get("projects", "/v1/projects", |s, _| encode(service::projects(s))),
        get("check", "/v1/check", |s, _| encode(service::check(s))),
        get("rebuilding", "/v1/rebuild", |s, _| encode(Ok(service::rebuilding(s)))),
        get("index_progress", "/v1/index", |s, _| encode(Ok(service::index_progress(s)))),
        get("index_settled", "/v1/index/settled", |s, _| encode(Ok(service::index_settled(s)))),
        post("search", Reads, "/v1/search", |s, c| encode(service::search(s, &decode(c)?))),
        post("timeline", Reads, "/v1/timeline", |s, c| encode(service::timeline(s, &decode(c)?))),
        post("context", Reads, "/v1/context", |s, c| encode(service::context(s, &decode(c)?))),
        post("export", Reads, "/v1/export", |s, c| encode(service::export(s, &decode(c)?))),
        post("embed", Reads, "/v1/embed", |s, c| encode(service::embed(s, decode(c)?))),
        post("hook", Writes, "/v1/hook/{agent}", |s, c| encode(service::hook(s, &c.param, c.event, &c.body))),
        post("save", Writes, "/v1/memories", |s, c| encode(service::save(s, c.event, &decode(c)?))),
        patch("update", Writes, "/v1/memories/{id}", |s, c| encode(service::update(s, c.event, &c.param, &decode(c)?))),
        post("index", Writes, "/v1/index", |s, c| encode(service::index(s, &decode(c)?))),
        post("merge_projects", Writes, "/v1/projects/merge", |s, c| {
            encode(service::merge_projects(s, c.event, &decode(c)?))
        }),
        post("pause", Writes, "/v1/pause", |s, c| encode(service::pause(s, c.event, &decode(c)?))),
        post("resume", Writes, "/v1/resume", |s, c| encode(service::resume(s, c.event, &decode(c)?))),
        post("backup", Writes, "/v1/backup", |s, c| encode(service::backup(s, &decode(c)?))),
        post("rebuild", Writes, "/v1/rebuild", |s, c| encode(service::rebuild(s, decode(c)?))),
        post("shutdown", Reads, "/v1/shutdown", |s, c| encode(service::shutdown(s.ending(), &decode(c)?))),
    ]
}

/// Answers a request that came by no socket.
pub(crate) fn call(
    service: &Service,
    method: &str,
    path: &str,
    event: Option<EventId>,
    body: &[u8],
) -> Result<Vec<u8>, Fault> {
    service.touch();
    let table = operations();
    let fitting = table.iter().filter(|operation| operation.method.as_str() == method);
    let found = fitting.filter_map(|operation| Some((operation, param(operation.path, path)?)));
    // A whole path goes before one with a part that stands for many, as at the socket.
    let Some((operation, param)) = found.min_by_key(|(_, param)| param.len()) else {
        return Err(no_such_operation());
    };
    (operation.run)(service, &Call { event, param: param.to_owned(), body: axum::body::Bytes::copy_from_slice(body) })
}

/// The fault for a path that no operation has.
pub(super) fn no_such_operation() -> Fault {
    Fault::new(FaultKind::Missing, "no_such_operation", "no such path")
}

/// What stands in `path` where `pattern` has its last part in braces: nothing where it has none; `None` where they differ.
fn param<'p>(pattern: &str, path: &'p str) -> Option<&'p str> {
    match pattern.split_once('{') {
        None => (pattern == path).then_some(""),
        Some((head, _)) => path.strip_prefix(head).filter(|rest| !rest.is_empty() && !rest.contains('/')),
    }
}

fn get(name: &'static str, path: &'static str, run: Run) -> Operation {
    Operation { name, method: Method::GET, path, effect: Reads, run }
}

fn post(name: &'static str, effect: Effect, path: &'static str, run: Run) -> Operation {
    Operation { name, method: Method::POST, path, effect, run }
}

fn patch(name: &'static str, effect: Effect, path: &'static str, run: Run) -> Operation {
    Operation { name, method: Method::PATCH, path, effect, run }
}

pub(super) fn decode<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    let body: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(body)
        .map_err(|e| Fault::new(FaultKind::Caller, "bad_request", format!("the request's body: {e}")))
}

pub(super) fn encode<T: Serialize>(answer: Result<T, Fault>) -> Result<Vec<u8>, Fault> {
    let answer = answer?;
    serde_json::to_vec(&answer).map_err(|e| Fault::new(FaultKind::Internal, "encode", e.to_string()))
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
        assert!(all.iter().all(|o| o.path.starts_with("/v1/")));
    }
}
