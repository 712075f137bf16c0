//! HTTP/1.1 over the Unix socket: only this user's processes, one protocol version, bounded bodies.
//! It must not know what operations do.
//! Invariant: each request runs apart, so that a panic in one is answered and ends nothing else.

use std::os::unix::net::UnixListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, RawPathParams};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::routing::{MethodFilter, on};
use axum::serve::Listener;
use quipu_protocol::client::protocol_mismatch;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::{EVENT_HEADER, MODE_HEADER, PROTOCOL, PROTOCOL_HEADER};
use tokio::net::{UnixListener, UnixStream, unix};
use tokio::signal::unix::{SignalKind, signal};

use super::routes::{self, Call, Effect, Operation};
use crate::service::Service;

/// Largest request body, in bytes: a hook's payload carries a whole prompt.
const MAX_BODY: usize = 16 << 20;

/// Serves until the service is told to stop or a signal comes; then lets requests in flight end within `drain`.
pub(crate) async fn serve(listener: StdListener, service: Arc<Service>, drain: Duration) {
    let listener = match UnixListener::from_std(listener) {
        Ok(listener) => OwnUser { listener, uid: rustix::process::getuid().as_raw() },
        Err(error) => {
            tracing::error!(%error, "the socket cannot be served");
            return;
        }
    };
    let signals = service.clone();
    tokio::spawn(async move { stop_on_signal(&signals).await });
    let (asked, stopping) = (service.clone(), service.clone());
    let server = axum::serve(listener, router(&service)).with_graceful_shutdown(async move { asked.stopped().await });
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

async fn stop_on_signal(service: &Service) {
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        tracing::error!("signals cannot be caught; use `quipu down`");
        return;
    };
    tokio::select! {
        _ = term.recv() => service.stop("SIGTERM"),
        _ = interrupt.recv() => service.stop("SIGINT"),
    }
}

fn router(service: &Arc<Service>) -> Router {
    let mut router = Router::new().fallback(|| async {
        reply(Err(Fault::new(FaultKind::Missing, "no_such_operation", "no such path")), "owner")
    });
    for operation in routes::operations() {
        let Ok(method) = MethodFilter::try_from(operation.method.clone()) else { continue };
        let (service, path) = (service.clone(), operation.path);
        let operation = Arc::new(operation);
        let handler = move |params: RawPathParams, headers: HeaderMap, body: Bytes| {
            let (service, operation) = (service.clone(), operation.clone());
            let param = params.iter().next().map(|(_, value)| value.to_owned()).unwrap_or_default();
            async move { answer(service, operation, param, &headers, body).await }
        };
        router = router.route(path, on(method, handler));
    }
    router.layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn answer(
    service: Arc<Service>,
    operation: Arc<Operation>,
    param: String,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Body> {
    service.touch();
    let mode = service.mode();
    let event = match admitted(headers, &operation, mode) {
        Ok(event) => event,
        Err(fault) => return reply(Err(fault), mode),
    };
    // A hook asks something too, and is answered; what it would leave behind the store refuses.
    let is_refusable = operation.effect == Effect::Writes && operation.name != "hook";
    if is_refusable && let Err(fault) = service.writable() {
        return reply(Err(fault), mode);
    }
    let name = operation.name;
    let call = Call { event, param, body };
    let run = tokio::task::spawn_blocking(move || (operation.run)(&service, &call));
    let outcome = run.await.unwrap_or_else(|error| {
        tracing::error!(operation = name, %error, "an operation panicked");
        Err(Fault::new(FaultKind::Internal, "panic", format!("`{name}` failed in a way it should not"))
            .hint("`quipu logs` has the detail"))
    });
    reply(outcome, mode)
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
    if operation.effect == Effect::Writes && mode != "owner" {
        return Err(
            Fault::new(FaultKind::Unavailable, "draining", "the daemon is stopping").hint("try again in a moment")
        );
    }
    text(EVENT_HEADER)
        .map(|id| id.parse().map_err(|_| Fault::new(FaultKind::Caller, "bad_event_id", format!("`{id}` is no UUID"))))
        .transpose()
}

fn reply(outcome: Result<Vec<u8>, Fault>, mode: &'static str) -> Response<Body> {
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(fault) => {
            let status = StatusCode::from_u16(fault.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, serde_json::to_vec(&fault).unwrap_or_default())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(PROTOCOL_HEADER, HeaderValue::from(PROTOCOL));
    headers.insert(MODE_HEADER, HeaderValue::from_static(mode));
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
