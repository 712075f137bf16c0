//! The table of operations: name, method, path, whether it writes, and its three verbs.
//! It must not know sockets or threads.
//! Invariant: an operation that is not in this table cannot be reached.

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
    pub(super) method: axum::http::Method,
    pub(super) path: &'static str,
    pub(super) effect: Effect,
    pub(super) run: Run,
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

/// Every operation of the API.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        get("health", "/v1/health", |s, _| encode(service::health(s, writes()))),
        get("operations", "/v1/operations", |_, _| encode(Ok(table()))),
        get("stats", "/v1/stats", |s, _| encode(service::stats(s))),
        get("show", "/v1/memories/{id}", |s, c| encode(service::show(s, &c.param))),
        get("projects", "/v1/projects", |s, _| encode(service::projects(s))),
        get("index_progress", "/v1/index", |s, _| encode(Ok(service::index_progress(s)))),
        get("index_settled", "/v1/index/settled", |s, _| encode(Ok(service::index_settled(s)))),
        post("search", Reads, "/v1/search", |s, c| encode(service::search(s, &decode(c)?))),
        post("timeline", Reads, "/v1/timeline", |s, c| encode(service::timeline(s, &decode(c)?))),
        post("export", Reads, "/v1/export", |s, c| encode(service::export(s, &decode(c)?))),
        post("hook", Writes, "/v1/hook/{agent}", |s, c| encode(service::hook(s, &c.param, c.event, &c.body))),
        post("save", Writes, "/v1/memories", |s, c| encode(service::save(s, c.event, &decode(c)?))),
        post("index", Writes, "/v1/index", |s, c| encode(service::index(s, &decode(c)?))),
        post("merge_projects", Writes, "/v1/projects/merge", |s, c| {
            encode(service::merge_projects(s, c.event, &decode(c)?))
        }),
        post("pause", Writes, "/v1/pause", |s, c| encode(service::pause(s, c.event, &decode(c)?))),
        post("resume", Writes, "/v1/resume", |s, c| encode(service::resume(s, c.event, &decode(c)?))),
        post("shutdown", Reads, "/v1/shutdown", |s, c| encode(service::shutdown(s.ending(), &decode(c)?))),
    ]
}

fn get(name: &'static str, path: &'static str, run: Run) -> Operation {
    Operation { name, method: axum::http::Method::GET, path, effect: Reads, run }
}

fn post(name: &'static str, effect: Effect, path: &'static str, run: Run) -> Operation {
    Operation { name, method: axum::http::Method::POST, path, effect, run }
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
    fn names_and_places_are_unique() {
        let all = operations();
        let names: std::collections::HashSet<_> = all.iter().map(|o| o.name).collect();
        let places: std::collections::HashSet<_> = all.iter().map(|o| (o.method.clone(), o.path)).collect();
        assert_eq!((names.len(), places.len()), (all.len(), all.len()));
        assert!(all.iter().all(|o| o.path.starts_with("/v1/")));
    }
}
