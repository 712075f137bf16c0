//! From a request to its operation and back: one router, which every door serves.
//! It must not know sockets, nor who may come in by which door.
//! Invariant: each operation runs apart, so that a panic in one is answered and ends nothing else.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Extension, RawPathParams};
use axum::http::{HeaderMap, HeaderName, Response, StatusCode, Uri, header};
use axum::routing::{MethodFilter, on};
use quipu_core::id::EventId;
use quipu_protocol::client::protocol_mismatch;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::{
    EVENT_HEADER, FORWARDED_HEADER, PATIENCE_HEADER, PROTOCOL, PROTOCOL_HEADER, REQUEST_HEADER, SESSION_HEADER,
};

use super::events;
use super::front::{Front, Now};
use super::reply::{Told, refuse, reply, respond, unchanged};
use super::routes::{self, Call, Effect, Operation};
use super::serve::RequestName;
use super::standby::{Answer, Asked};
use super::turns::Client;
use crate::service::Ending;

/// Everything that is served. What is no operation, MCP for one, is nested here, and whatever stands before a door stands
/// before it too.
pub(super) fn router(front: &Arc<Front>) -> Router {
    let mut router = Router::new();
    for operation in routes::operations() {
        let Ok(method) = MethodFilter::try_from(operation.method.clone()) else { continue };
        let front = front.clone();
        let handler = move |params: RawPathParams,
                            uri: Uri,
                            headers: HeaderMap,
                            Extension(client): Extension<Client>,
                            Extension(name): Extension<RequestName>,
                            Extension(ending): Extension<Ending>,
                            body: Bytes| {
            let front = front.clone();
            let param = params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default();
            async move {
                let started = Instant::now();
                let meters = front.meters().clone();
                let response = if operation.gives.is_stream() {
                    let told = Told { mode: front.mode(), request: &name.0 };
                    follow(front, operation, &uri, &headers, ending, told).await
                } else {
                    answer(front, operation, param, &uri, &headers, (client, name), body).await
                };
                meters.answered(operation.name, response.status().as_u16(), started.elapsed());
                response
            }
        };
        router = router.route(operation.path, on(method, handler));
    }
    let router = router.merge(super::mcp::router(front));
    let (lost, barred) = (front.clone(), front.clone());
    router
        .fallback(move |Extension(name): Extension<RequestName>| {
            let mode = lost.mode();
            lost.meters().refused("no_such_operation");
            async move { refuse(routes::no_such_operation(), Told { mode, request: &name.0 }) }
        })
        .method_not_allowed_fallback(move |Extension(name): Extension<RequestName>| {
            let mode = barred.mode();
            barred.meters().refused("method_not_allowed");
            async move { refuse(method_not_allowed(), Told { mode, request: &name.0 }) }
        })
        // Bodies are read, within their limit, before a request comes here.
        .layer(DefaultBodyLimit::disable())
}

/// The beginning of an answer without an end.
async fn follow(
    front: Arc<Front>,
    operation: &Operation,
    uri: &Uri,
    headers: &HeaderMap,
    ending: Ending,
    told: Told<'_>,
) -> Response<Body> {
    let begun = match admitted(headers, operation, told.mode) {
        Ok(_) => events::subscribe(front.now(), uri, headers, ending, told).await,
        Err(fault) => Err(fault),
    };
    begun.unwrap_or_else(|fault| refuse(fault, told))
}

async fn answer(
    front: Arc<Front>,
    operation: &'static Operation,
    param: String,
    uri: &Uri,
    headers: &HeaderMap,
    (client, name): (Client, RequestName),
    body: Bytes,
) -> Response<Body> {
    let told = Told { mode: front.mode(), request: &name.0 };
    let forwarded = headers.contains_key(FORWARDED_HEADER);
    let call = match taken_apart(headers, operation, told.mode, (param, uri, body)) {
        Ok(call) => Call { meters: Some(front.meters().clone()), ..call },
        Err(fault) => return refuse(fault, told),
    };
    let if_none_match = revision(headers, &header::IF_NONE_MATCH).ok().flatten();
    // What a standby hands on waited for its turn there, among the standby's own clients.
    let turn = if forwarded { None } else { Some(client.turn().await) };
    let _turn = match turn.transpose() {
        Ok(turn) => turn,
        Err(fault) => return refuse(fault, told),
    };
    let run: Box<dyn FnOnce() -> Answer + Send> = match front.now() {
        Now::Owner(service) => {
            service.touch();
            if operation.is_refused_when_damaged()
                && let Err(fault) = service.writable()
            {
                return refuse(fault, told);
            }
            Box::new(move || Answer::Own(operation.run(&service, &call)))
        }
        Now::Standby(standby) => {
            let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
            let patience = patience(headers);
            let condition = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
            let condition = condition.map(|value| ("if-match", value.to_owned()));
            let session = call.session.as_ref().map(|session| (SESSION_HEADER, session.to_string()));
            let headers: Vec<_> =
                [(REQUEST_HEADER, name.0.to_string())].into_iter().chain(condition).chain(session).collect();
            Box::new(move || {
                let (path, headers) = (&path, &headers);
                standby.answer(&Asked { operation, path, call: &call, forwarded, headers, patience })
            })
        }
    };
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(run)).await {
        Ok(Answer::Own(Ok(own))) => match own.revision {
            Some(revision) if if_none_match == Some(revision) => unchanged(revision, told),
            _ => reply(Ok(own), told),
        },
        Ok(Answer::Own(Err(fault))) => refuse(fault, told),
        Ok(Answer::Owner(response)) => {
            let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::BAD_GATEWAY);
            let mut handed = respond(status, response.body, told, None);
            for (name, value) in response.headers {
                // What the owner says of its answer holds for it here too.
                let is_told = ["content-type", "etag", "retry-after"].contains(&name.as_str());
                if let (true, Ok(name), Ok(value)) = (is_told, HeaderName::try_from(name), value.parse()) {
                    handed.headers_mut().insert(name, value);
                }
            }
            handed
        }
        Err(error) => {
            let name = operation.name;
            tracing::error!(operation = name, %error, "an operation panicked");
            let fault = Fault::new(FaultKind::Internal, "panic", format!("`{name}` failed in a way it should not"));
            refuse(fault, told)
        }
    }
}

/// Checks what every request must satisfy, and takes it apart.
fn taken_apart(
    headers: &HeaderMap,
    operation: &Operation,
    mode: &str,
    (param, uri, body): (String, &Uri, Bytes),
) -> Result<Call, Fault> {
    let event = admitted(headers, operation, mode)?;
    let if_match = revision(headers, &header::IF_MATCH)?;
    let session = match headers.get(SESSION_HEADER) {
        Some(named) => Some(routes::session(named.to_str().unwrap_or_default())?),
        None => None,
    };
    Ok(Call { event, session, param, query: uri.query().unwrap_or("").to_owned(), body, if_match, meters: None })
}

/// What a write is told while the daemon ends.
pub(super) fn draining() -> Fault {
    Fault::new(FaultKind::Unavailable, "draining", "the daemon is stopping")
        .hint("try again in a moment")
        .retry_after(Duration::from_millis(50))
}

/// How long the client still waits, where it says so.
pub(super) fn patience(headers: &HeaderMap) -> Option<Duration> {
    headers.get(PATIENCE_HEADER)?.to_str().ok()?.parse().ok().map(Duration::from_millis)
}

/// The id of the write, of a client that speaks our protocol.
fn admitted(headers: &HeaderMap, operation: &Operation, mode: &str) -> Result<Option<EventId>, Fault> {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("unreadable"));
    // A request without the header (curl) speaks the version that its path names.
    // Asking how it is and telling it to stop is understood from every version: that is the way out of a mismatch.
    let checked = !matches!(operation.name, "health" | "shutdown");
    if let Some(theirs) = text(PROTOCOL_HEADER).filter(|v| checked && *v != PROTOCOL.to_string()) {
        return Err(protocol_mismatch(theirs));
    }
    if operation.effect == Effect::Writes && mode == "draining" {
        return Err(draining());
    }
    text(EVENT_HEADER)
        .map(|id| id.parse().map_err(|_| Fault::new(FaultKind::Caller, "bad_event_id", format!("`{id}` is no UUID"))))
        .transpose()
}

/// The revision in a condition: `"3"`, as an `ETag` of ours has it. `*` is no condition on a revision.
fn revision(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u32>, Fault> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = value.to_str().unwrap_or("").trim();
    if text == "*" {
        return Ok(None);
    }
    let number = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "bad_revision", format!("`{name}` holds no revision"))
            .hint("send it as the reply's `ETag` had it, in quotes: `If-Match: \"3\"`")
    })
}

fn method_not_allowed() -> Fault {
    Fault::new(FaultKind::Caller, "method_not_allowed", "the path is there, and takes other methods")
        .hint("`Allow` names them; GET /v1/operations lists all")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The notice of what is refused while a daemon ends is what is refused; the other modes are walked by real requests
    /// (`crates/cli/tests/it/{standby,repair}.rs`).
    #[test]
    fn a_daemon_that_ends_refuses_what_it_says() {
        let none = HeaderMap::new();
        let refused = |mode: &str| {
            let operations = routes::operations().iter();
            operations.filter(|o| admitted(&none, o, mode).is_err()).map(|o| o.name).collect::<Vec<_>>()
        };
        assert_eq!(refused("draining"), routes::writes());
        assert!(refused("owner").is_empty() && refused("standby").is_empty());
    }

    #[test]
    fn a_revision_is_a_number_in_quotes() {
        for (given, expect) in
            [("\"3\"", Some(Some(3))), ("*", Some(None)), ("3", None), ("W/\"3\"", None), ("\"x\"", None), ("", None)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, given.parse().expect("a header"));
            assert_eq!(revision(&headers, &header::IF_MATCH).ok(), expect, "{given}");
        }
        assert_eq!(revision(&HeaderMap::new(), &header::IF_MATCH).ok(), Some(None));
    }
}
