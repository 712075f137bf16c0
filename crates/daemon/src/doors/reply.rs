//! What a request is answered with: a body with its headers, or a fault.
//! It must not know operations, nor by which door the answer leaves.
//! Invariant: every answer names protocol, mode and request; one that may pass says when to try again.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::{MODE_HEADER, PROTOCOL, PROTOCOL_HEADER};
use serde::Serialize;

use crate::service::Later;

/// The type of everything but a few texts.
pub(crate) const JSON: &str = "application/json";

/// An answer, before it is known where it goes.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
    /// Its media type.
    pub(super) kind: String,
    /// The revision of the one memory that it shows.
    pub(super) revision: Option<u32>,
    /// What takes its place once it is there.
    pub(super) later: Option<Soon>,
}

/// An answer that comes when something has happened; nobody's thread waits for it.
pub(crate) struct Soon(pub(super) Later<Reply>);

impl std::fmt::Debug for Soon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Soon")
    }
}

impl Reply {
    /// An answer as JSON.
    pub(super) fn json<T: Serialize>(answer: &T) -> Result<Self, Fault> {
        let body = serde_json::to_vec(answer);
        body.map(Self::of_json).map_err(|e| Fault::new(FaultKind::Internal, "encode", e.to_string()))
    }

    /// An answer that comes later.
    pub(super) fn soon<T: Serialize + 'static>(answer: Later<T>) -> Self {
        let later = Soon(Box::pin(async move { Self::json(&answer.await?) }));
        Self { later: Some(later), ..Self::of_json(Vec::new()) }
    }

    /// An answer that is JSON already.
    pub(super) fn of_json(body: Vec<u8>) -> Self {
        Self { body, kind: JSON.to_owned(), revision: None, later: None }
    }
}

/// What every answer tells beside itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    /// The mode in which it was made.
    pub(super) mode: &'static str,
    /// The request's name.
    pub(super) request: &'a str,
}

/// The answer to one request.
pub(super) fn reply(outcome: Result<Reply, Fault>, told: Told<'_>) -> Response<Body> {
    match outcome {
        Ok(reply) => {
            let mut response = respond(StatusCode::OK, reply.body, told, None);
            if let Ok(kind) = HeaderValue::from_str(&reply.kind) {
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            if let Some(tag) = reply.revision.and_then(tag) {
                response.headers_mut().insert(header::ETAG, tag);
            }
            response
        }
        Err(fault) => refuse(fault, told),
    }
}

/// The answer that is a fault.
pub(super) fn refuse(mut fault: Fault, told: Told<'_>) -> Response<Body> {
    let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if fault.kind == FaultKind::Internal {
        let hint = fault.hint.take().unwrap_or_else(|| "`quipu logs` has the detail".to_owned());
        fault.hint = Some(format!("{hint} (request {})", told.request));
    }
    let body = serde_json::to_vec(&fault).unwrap_or_default();
    let mut response = respond(status, body, told, fault.retry_after_ms);
    let headers = response.headers_mut();
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"quipu\""));
        }
        // What is left of such a request is not read.
        StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        _ => {}
    }
    response
}

/// The same memory, unchanged since the asker saw it.
pub(super) fn unchanged(revision: u32, told: Told<'_>) -> Response<Body> {
    let mut response = respond(StatusCode::NOT_MODIFIED, Vec::new(), told, None);
    response.headers_mut().remove(header::CONTENT_TYPE);
    if let Some(tag) = tag(revision) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn tag(revision: u32) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("\"{revision}\"")).ok()
}

/// An answer in JSON.
pub(super) fn respond(
    status: StatusCode,
    body: Vec<u8>,
    told: Told<'_>,
    retry_after_ms: Option<u64>,
) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    headers.insert(PROTOCOL_HEADER, HeaderValue::from(PROTOCOL));
    headers.insert(MODE_HEADER, HeaderValue::from_static(told.mode));
    // Too much at once, or not now: both pass. HTTP counts whole seconds, of which none would mean at once; a fault's body
    // has it exactly where another try by itself is worth it.
    let passes = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if let Some(ms) = retry_after_ms.or(passes.then_some(1_000)) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000).max(1)));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const TOLD: Told<'_> = Told { mode: "owner", request: "r-7" };

    #[test]
    fn a_refusal_has_the_headers_of_its_status() {
        let fault = |kind, code: &str| Fault::new(kind, code, "no");
        for (fault, status, name, value) in [
            (fault(FaultKind::Caller, "no_token"), 401, "www-authenticate", Some("Bearer realm=\"quipu\"")),
            (fault(FaultKind::Caller, "too_slow"), 408, "connection", Some("close")),
            (fault(FaultKind::Caller, "body_too_large"), 413, "connection", Some("close")),
            (fault(FaultKind::Caller, "bad_request"), 400, "connection", None),
            (fault(FaultKind::Busy, "busy"), 429, "retry-after", Some("1")),
            (fault(FaultKind::Busy, "busy").retry_after(Duration::from_millis(2_500)), 429, "retry-after", Some("3")),
            (fault(FaultKind::Unavailable, "draining"), 503, "retry-after", Some("1")),
            (fault(FaultKind::Missing, "no_such_memory"), 404, "retry-after", None),
            (fault(FaultKind::Internal, "panic"), 500, "quipu-mode", Some("owner")),
        ] {
            let code = fault.code.clone();
            let response = refuse(fault, TOLD);
            let header = response.headers().get(name).map(|value| value.to_str().expect("text"));
            assert_eq!((response.status().as_u16(), header), (status, value), "{code}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], JSON, "{code}");
        }
    }

    #[test]
    fn one_memory_has_its_revision_as_a_tag() {
        let shown = |revision| Reply { revision, ..Reply::of_json(b"{}".to_vec()) };
        let tag = |response: Response<Body>| response.headers().get(header::ETAG).cloned();
        assert_eq!(tag(reply(Ok(shown(Some(3))), TOLD)).expect("a tag"), "\"3\"");
        assert_eq!(tag(reply(Ok(shown(None)), TOLD)), None);
        let same = unchanged(3, TOLD);
        assert_eq!((same.status().as_u16(), tag(same).expect("a tag").to_str().ok()), (304, Some("\"3\"")));
    }
}
