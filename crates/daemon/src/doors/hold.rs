//! `GET /v1/agents/hold`: an answer without an end, open for as long as an agent's process lives.
//! It must not know what follows from its end (`service/presence/hold`).
//! Invariant: it costs no thread; a connection that nobody is behind any more is noticed within a beat.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use quipu_core::memory::SessionRef;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::agents::{HeldEvent, HoldRequest};
use quipu_protocol::wire::events::{EventView, ResetEvent};
use quipu_protocol::{CWD_HEADER, SESSION_HEADER};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::events::{BEAT, Events, KIND, PATIENCE, blocking, encoded, not_owner};
use super::front::Now;
use super::reply::{Told, respond};
use crate::service::{Ending, Held};

/// So often the session that it stands for is looked at: a host may go on with another.
const LOOK: Duration = Duration::from_secs(1);

/// Begins to hold.
pub(super) async fn hold(
    now: Now,
    (uri, headers): (&Uri, &HeaderMap),
    peer: Option<u32>,
    ending: Ending,
    told: Told<'_>,
) -> Result<Response<Body>, Fault> {
    let Now::Owner(service) = now else { return Err(not_owner()) };
    service.touch();
    let Query(asked) = Query::<HoldRequest>::try_from_uri(uri).map_err(|error| {
        Fault::new(FaultKind::Caller, "bad_request", format!("the request's query: {error}"))
            .hint("ask with `?cwd=`, the directory that the agent works in")
    })?;
    let text = |name: &str| Some(std::str::from_utf8(headers.get(name)?.as_bytes()).ok()?.to_owned());
    let named = text(SESSION_HEADER).and_then(|named| SessionRef::parse(&named));
    // A path is UTF-8, which header values of today may be.
    let cwd = asked.cwd.or_else(|| text(CWD_HEADER));
    let holding = service.clone();
    // Its project is looked up in the rows, its process in the system.
    let held = blocking(move || Ok(Held::begin(holding, named, cwd.as_deref(), peer))).await?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        // Whatever ends it: `held` goes with it, and that says that it ended.
        let _ = pump(held, &service, sender, ending).await;
    });
    let mut response = respond(StatusCode::OK, Vec::new(), told, None);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
    *response.body_mut() = Body::new(Events(receiver));
    Ok(response)
}

/// Whoever held it has gone.
struct Gone;

async fn pump(
    held: Held,
    service: &crate::service::Service,
    sender: mpsc::Sender<Bytes>,
    ending: Ending,
) -> Result<(), Gone> {
    let send = async |text: String| match timeout(PATIENCE, sender.send(text.into())).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Gone),
    };
    let mut told: Option<HeldEvent> = None;
    let mut quiet = Duration::ZERO;
    loop {
        let now = HeldEvent { session: held.session().map(|session| session.to_string()) };
        if told.as_ref() != Some(&now) {
            send(encoded(None, &EventView::Held(now.clone()))).await?;
            (told, quiet) = (Some(now), Duration::ZERO);
        } else if quiet >= BEAT {
            // Somebody is there.
            service.touch();
            send(": still here\n\n".to_owned()).await?;
            quiet = Duration::ZERO;
        }
        tokio::select! {
            () = sleep(LOOK) => quiet += LOOK,
            () = sender.closed() => return Err(Gone),
            () = ending.stopped() => {
                let reason = ending.reason().to_owned();
                return send(encoded(None, &EventView::Stopping(ResetEvent { reason }))).await;
            }
        }
    }
}
