//! MCP, both eras of it, at `/mcp`: streamable HTTP without sessions, so that nothing is left behind by a client that
//! goes, and a daemon that starts again knows as much as the one before it.
//! It must not know how an operation works; rmcp is known here and below, and nowhere else.
//! Invariant: what a tool does, a function of the service does; a standby hands the request to the owner as it came.

mod arguments;
mod asker;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod fixtures;
mod prompts;
mod resources;
mod schema;
mod server;
mod tool;
mod tools;
mod words;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, Response, StatusCode, header};
use axum::routing::any;
use quipu_protocol::FORWARDED_HEADER;
use quipu_protocol::client::Request;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use self::server::Server;
use super::front::{Front, Now};
use super::reply::{Told, refuse};
use super::router::patience;
use super::serve::RequestName;
use super::turns::Client;

/// Where it is.
const PATH: &str = "/mcp";
/// Largest message, in bytes: the longest memory, escaped.
const MAX_MESSAGE: usize = 4 << 20;
/// What of a request's head goes with it to the owner.
const HANDED_ON: [&str; 8] = [
    "accept",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "mcp-session-id",
    quipu_protocol::CWD_HEADER,
    quipu_protocol::SESSION_HEADER,
    quipu_protocol::TOOLS_HEADER,
];

/// Why a request is answered by a standby itself: what it writes is refused for this reason.
#[derive(Debug, Clone)]
struct Beside(String);

type Door<S> = StreamableHttpService<S, NeverSessionManager>;

/// The route, to be merged into a door's router.
pub(super) fn router(front: &Arc<Front>) -> Router {
    router_with(front, Server::new)
}

/// The same with what `server` makes of each request in the server's place: tests add to what is served.
fn router_with<S: ServerHandler>(front: &Arc<Front>, server: fn(Arc<Front>) -> S) -> Router {
    // Host and Origin are the guard's affair, which every door that is not the Unix socket has before it.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_MESSAGE);
    let behind = front.clone();
    let door = Door::new(move || Ok(server(behind.clone())), Arc::new(NeverSessionManager::default()), config);
    let front = front.clone();
    let handler = move |request: axum::extract::Request| counted(front.clone(), door.clone(), request);
    Router::new().route(PATH, any(handler))
}

/// An answer when it is its client's turn, counted as one of operation `mcp`.
async fn counted<S: ServerHandler>(
    front: Arc<Front>,
    door: Door<S>,
    request: axum::extract::Request,
) -> Response<Body> {
    let (started, meters) = (Instant::now(), front.meters().clone());
    let client = request.extensions().get::<Client>().cloned();
    let name = request.extensions().get::<RequestName>().cloned();
    // What a standby hands on waited for its turn there.
    let waits = client.filter(|_| !request.headers().contains_key(FORWARDED_HEADER));
    let turn = match waits {
        Some(client) => client.turn().await.map(Some),
        None => Ok(None),
    };
    let response = match turn {
        Ok(_turn) => answer(front, door, request).await,
        Err(fault) => {
            let name = name.as_ref().map_or("", |name| &*name.0);
            refuse(fault, Told { mode: front.mode(), request: name })
        }
    };
    meters.answered("mcp", response.status().as_u16(), started.elapsed());
    response
}

async fn answer<S: ServerHandler>(front: Arc<Front>, door: Door<S>, request: axum::extract::Request) -> Response<Body> {
    let Now::Standby(standby) = front.now() else {
        return door.handle(request).await.map(Body::new);
    };
    let (mut parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_MESSAGE).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the message is too large");
    };
    let handed = if parts.headers.contains_key(FORWARDED_HEADER) {
        Err("the request was handed on already".to_owned())
    } else {
        let (head, message) = (parts.clone(), body.clone());
        let ask = move || {
            let request = forwarded(&head, &message);
            standby.hand_on(&request, patience(&head.headers))
        };
        tokio::task::spawn_blocking(ask).await.unwrap_or_else(|error| Err(error.to_string()))
    };
    match handed {
        Ok(reply) => {
            let mut response = Response::new(Body::from(reply.body));
            *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::BAD_GATEWAY);
            for (name, value) in reply.headers {
                let kept = name == "content-type" || name.starts_with("mcp-");
                if let (true, Ok(name), Ok(value)) = (kept, HeaderName::try_from(name), value.parse()) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Err(reason) => {
            parts.extensions.insert(Beside(reason));
            door.handle(axum::http::Request::from_parts(parts, Body::from(body))).await.map(Body::new)
        }
    }
}

/// The request as the owner gets it.
fn forwarded<'a>(head: &'a Parts, body: &Bytes) -> Request<'a> {
    let event = head.headers.get(quipu_protocol::EVENT_HEADER).and_then(|id| id.to_str().ok()?.parse().ok());
    let path = head.uri.path_and_query().map_or(PATH, |path| path.as_str());
    let mut request = Request::forwarded(head.method.as_str(), path, event, body.to_vec());
    for name in HANDED_ON {
        if let Some(value) = head.headers.get(name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok()) {
            request = request.header(name, value);
        }
    }
    request
}

fn plain(status: StatusCode, words: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain"));
    response
}
