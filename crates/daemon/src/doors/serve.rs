//! One connection of any door: heads, bodies and idle times within their limits, a name for each request, then the router.
//! It must not know operations, nor who may come in by which door (see `socket` and `loopback`).
//! Invariant: nothing that a client sends, or leaves out, holds a thread, or memory beyond the limits.

mod bare;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Request, Response, header, request};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::{MODE_HEADER, PROTOCOL, PROTOCOL_HEADER, REQUEST_HEADER};
use tokio::io::{AsyncRead, AsyncWrite};
use tower_service::Service as _;
use tracing::Instrument;

use super::front::Front;
use super::loopback::guard::Guard;
use super::reply::{Told, refuse};
use super::turns::Client;
use crate::service::Ending;

use bare::{Answers, hurry};
pub(super) use bare::{Late, whole};

/// Largest request body, in bytes: a hook's payload carries a whole prompt.
pub(super) const MAX_BODY: usize = 16 << 20;
/// A body has to be there within this time.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Longest name that a request may bring, in bytes.
const MAX_NAME: usize = 64;

/// What a door lets its clients do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Largest head, in bytes.
    pub(super) head_bytes: usize,
    /// A head has to be there, and the next one has to begin, within this time; none where connections may rest.
    pub(super) head_time: Option<Duration>,
}

/// What stands between a door and the router.
#[derive(Clone)]
pub(super) enum Gate {
    /// The system has told who is there.
    Open,
    /// Each request has to prove it.
    Guarded(Arc<Guard>),
}

/// The name of a request.
#[derive(Debug, Clone)]
pub(super) struct RequestName(pub(super) Arc<str>);

/// What all connections of a door share.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) front: Arc<Front>,
    pub(super) router: Router,
    pub(super) gate: Gate,
    pub(super) limits: Limits,
    pub(super) ending: Ending,
}

/// Serves a connection until either side ends it, or a stop was asked for and the request under way is answered.
pub(super) async fn connection<IO>(io: IO, client: Client, door: Door)
where
    IO: AsyncRead + AsyncWrite + Late + Unpin + Send + 'static,
{
    let (limits, ending) = (door.limits, door.ending.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let (door, client) = (door.clone(), client.clone());
        Box::pin(async move { Ok::<_, Infallible>(exchange(request, client, door).await) })
    });
    let mut builder = http1::Builder::new();
    builder.max_buf_size(limits.head_bytes).header_read_timeout(limits.head_time);
    if limits.head_time.is_some() {
        builder.timer(TokioTimer::new());
    }
    let mut serving = builder.serve_connection(TokioIo::new(Answers::new(io)), service);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = ending.stopped() => {
            std::pin::Pin::new(&mut serving).graceful_shutdown();
            (&mut serving).await
        }
    };
    if ended.is_err_and(|error| error.is_timeout()) {
        hurry(serving.into_parts().io.into_inner());
    }
}

/// One request, from its head to its answer.
async fn exchange(request: Request<Incoming>, client: Client, mut door: Door) -> Response<Body> {
    let name = name(request.headers());
    let told = Told { mode: door.front.mode(), request: &name.0 };
    let (head, body) = request.into_parts();
    let mut response = match admitted(&door.gate, &head, body).await {
        Err(fault) => {
            door.front.meters().refused(&fault.code);
            refuse(fault, told)
        }
        Ok(body) => {
            let span = tracing::info_span!("request", id = %name.0);
            let mut request = Request::from_parts(head, Body::from(body));
            request.extensions_mut().insert(client);
            request.extensions_mut().insert(name.clone());
            // What an answer without an end ends by.
            request.extensions_mut().insert(door.ending.clone());
            let Ok(response) = door.router.call(request).instrument(span).await;
            response
        }
    };
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&name.0) {
        headers.insert(REQUEST_HEADER, value);
    }
    // Whatever stands on the router beside the operations says it too.
    headers.entry(PROTOCOL_HEADER).or_insert_with(|| HeaderValue::from(PROTOCOL));
    headers.entry(MODE_HEADER).or_insert_with(|| HeaderValue::from_static(told.mode));
    headers.entry(header::CACHE_CONTROL).or_insert_with(|| HeaderValue::from_static("no-store"));
    response
}

/// The body of a request that may come in.
async fn admitted(gate: &Gate, head: &request::Parts, body: Incoming) -> Result<Bytes, Fault> {
    if let Gate::Guarded(guard) = gate {
        guard.admit(head)?;
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, Limited::new(body, MAX_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Fault::new(FaultKind::Caller, "bad_body", "the body broke off or is no HTTP")),
        Err(_) => Err(too_slow("body")),
    }
}

fn too_large() -> Fault {
    Fault::new(FaultKind::Caller, "body_too_large", format!("a request's body has at most {MAX_BODY} bytes"))
        .hint("send less at once")
}

/// A head or a body did not come in time.
fn too_slow(what: &str) -> Fault {
    Fault::new(FaultKind::Caller, "too_slow", format!("the request's {what} did not come in time"))
        .hint("send it at once; the connection is closed")
}

/// The name that the request brings, where it is one; else a new one.
fn name(headers: &HeaderMap) -> RequestName {
    let is_name = |name: &&str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(fits)
    };
    let brought = headers.get(REQUEST_HEADER).and_then(|name| name.to_str().ok()).filter(is_name);
    RequestName(brought.map_or_else(|| uuid::Uuid::now_v7().to_string().into(), Into::into))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_where_it_is_one() {
        for (given, is_taken) in
            [("a", true), ("trace-7_b.c", true), ("", false), ("a b", false), ("é", false), (&"x".repeat(65), false)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_HEADER, HeaderValue::from_bytes(given.as_bytes()).expect("a header"));
            let name = name(&headers).0;
            assert_eq!(&*name == given, is_taken, "{given}");
            assert!(is_taken || name.len() == 36);
        }
        assert_ne!(name(&HeaderMap::new()).0, name(&HeaderMap::new()).0);
    }
}
