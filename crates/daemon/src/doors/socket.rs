//! HTTP/1.1 over the Unix socket: only this user's processes, one protocol version, bounded bodies.
//! It must not know what operations do.
//! Invariant: each request runs apart, so that a panic in one is answered and ends nothing else.

use std::os::unix::net::UnixListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, RawPathParams};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::routing::{MethodFilter, on};
use axum::serve::Listener;
use quipu_protocol::client::protocol_mismatch;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::{EVENT_HEADER, FORWARDED_HEADER, MODE_HEADER, PATIENCE_HEADER, PROTOCOL, PROTOCOL_HEADER};
use tokio::net::{UnixListener, UnixStream, unix};
use tokio::signal::unix::{SignalKind, signal};

use super::front::{Front, Now};
use super::routes::{self, Call, Effect, Operation};
use super::standby::{Answer, Asked};
use crate::service::Ending;

/// Largest request body, in bytes: a hook's payload carries a whole prompt.
const MAX_BODY: usize = 16 << 20;

/// Serves until a stop is asked for; then lets requests in flight end within `drain`.
pub(crate) async fn serve(listener: StdListener, front: Arc<Front>, drain: Duration) {
    let listener = match UnixListener::from_std(listener) {
        Ok(listener) => OwnUser { listener, uid: rustix::process::getuid().as_raw() },
        Err(error) => {
            tracing::error!(%error, "the socket cannot be served");
            return;
        }
    };
    let (asked, stopping) = (front.ending().clone(), front.ending().clone());
    let server = axum::serve(listener, router(&front)).with_graceful_shutdown(async move { asked.stopped().await });
    let deadline = async move {
        stopping.stopped().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = async { server.await } => {
            if let Err(error) = ended {
                tracing::error!(%error, "the server ended");
            }
        }
        // Kept-alive connections without a request would hold a graceful shutdown for ever.
        () = deadline => {}
    }
}

/// Waits for SIGTERM or SIGINT, and asks for a stop.
pub(crate) async fn stop_on_signal(ending: Ending) {
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        tracing::error!("signals cannot be caught; use `quipu down`");
        return;
    };
    tokio::select! {
        _ = term.recv() => ending.stop("SIGTERM"),
        _ = interrupt.recv() => ending.stop("SIGINT"),
    }
}

fn router(front: &Arc<Front>) -> Router {
    let mut router = Router::new();
    for operation in routes::operations() {
        let Ok(method) = MethodFilter::try_from(operation.method.clone()) else { continue };
        let (front, path) = (front.clone(), operation.path);
        let operation = Arc::new(operation);
        let handler = move |params: RawPathParams, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (front, operation) = (front.clone(), operation.clone());
            let param = params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default();
            async move { answer(front, operation, param, &uri, &headers, body).await }
        };
        router = router.route(path, on(method, handler));
    }
    let lost = front.clone();
    let router = router.fallback(move || {
        let mode = lost.mode();
        async move { reply(Err(routes::no_such_operation()), mode) }
    });
    router.merge(super::mcp::router(front)).layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn answer(
    front: Arc<Front>,
    operation: Arc<Operation>,
    param: String,
    uri: &Uri,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mode = front.mode();
    let event = match admitted(headers, &operation, mode) {
        Ok(event) => event,
        Err(fault) => return reply(Err(fault), mode),
    };
    let name = operation.name;
    let call = Call { event, param, body };
    let run: Box<dyn FnOnce() -> Answer + Send> = match front.now() {
        Now::Owner(service) => {
            service.touch();
            if operation.is_refused_when_damaged()
                && let Err(fault) = service.writable()
            {
                return reply(Err(fault), mode);
            }
            Box::new(move || Answer::Own((operation.run)(&service, &call)))
        }
        Now::Standby(standby) => {
            let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
            let forwarded = headers.contains_key(FORWARDED_HEADER);
            let patience = patience(headers);
            Box::new(move || {
                standby.answer(&Asked { operation: &operation, path: &path, call: &call, forwarded, patience })
            })
        }
    };
    match tokio::task::spawn_blocking(run).await {
        Ok(Answer::Own(outcome)) => reply(outcome, mode),
        Ok(Answer::Owner(response)) => {
            respond(StatusCode::from_u16(response.status).unwrap_or(StatusCode::BAD_GATEWAY), response.body, mode, None)
        }
        Err(error) => {
            tracing::error!(operation = name, %error, "an operation panicked");
            let fault = Fault::new(FaultKind::Internal, "panic", format!("`{name}` failed in a way it should not"));
            reply(Err(fault.hint("`quipu logs` has the detail")), mode)
        }
    }
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

/// Checks what every request must satisfy; gives the id of the write.
fn admitted(headers: &HeaderMap, operation: &Operation, mode: &str) -> Result<Option<quipu_core::id::EventId>, Fault> {
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

fn reply(outcome: Result<Vec<u8>, Fault>, mode: &'static str) -> Response<Body> {
    match outcome {
        Ok(body) => respond(StatusCode::OK, body, mode, None),
        Err(fault) => {
            let status = StatusCode::from_u16(fault.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            respond(status, serde_json::to_vec(&fault).unwrap_or_default(), mode, fault.retry_after_ms)
        }
    }
}

fn respond(status: StatusCode, body: Vec<u8>, mode: &'static str, retry_after_ms: Option<u64>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(PROTOCOL_HEADER, HeaderValue::from(PROTOCOL));
    headers.insert(MODE_HEADER, HeaderValue::from_static(mode));
    // Too much at once, or not now: both pass. HTTP counts whole seconds, of which none would mean at once; a fault's body
    // has it exactly where another try by itself is worth it.
    let passes = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    if let Some(ms) = retry_after_ms.or(passes.then_some(1_000)) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000).max(1)));
    }
    response
}

/// Takes connections of this user's processes only.
struct OwnUser {
    listener: UnixListener,
    uid: u32,
}

impl Listener for OwnUser {
    type Io = UnixStream;
    type Addr = unix::SocketAddr;

    async fn accept(&mut self) -> (UnixStream, unix::SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => match stream.peer_cred() {
                    Ok(peer) if peer.uid() == self.uid => return (stream, address),
                    Ok(peer) => tracing::warn!(uid = peer.uid(), "refused a connection of another user"),
                    Err(error) => tracing::warn!(%error, "refused a connection of nobody knows whom"),
                },
                // Out of descriptors, most likely: giving others time to close theirs is all that helps.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<unix::SocketAddr> {
        self.listener.local_addr()
    }
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
            let operations = routes::operations().into_iter();
            operations.filter(|o| admitted(&none, o, mode).is_err()).map(|o| o.name).collect::<Vec<_>>()
        };
        assert_eq!(refused("draining"), routes::writes());
        assert!(refused("owner").is_empty() && refused("standby").is_empty());
    }
}
