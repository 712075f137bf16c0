//! `GET /v1/events`: what happens, as server-sent events, for as long as somebody reads.
//! It must not know where events come from (`service/feed`).
//! Invariant: a subscriber holds no thread and no more than a few events; who cannot go on where he was is told so first, who
//! is too slow is told so last.

use std::convert::Infallible;
use std::fmt::Write;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use hyper::body::Frame;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::events::{EventView, EventsQuery, ResetEvent};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::read::Scope;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::front::Now;
use super::reply::{Told, respond};
use crate::service::{Ending, From, Service};

/// The media type.
pub(super) const KIND: &str = "text/event-stream";
/// Something is sent at least this often: who has gone is noticed, and whatever lies between keeps the connection.
const BEAT: Duration = Duration::from_secs(15);
/// Who takes nothing for so long is let go.
const PATIENCE: Duration = Duration::from_secs(30);
/// Events that are sent at once.
const BATCH: usize = 64;
/// Batches on their way to a subscriber.
const UNDER_WAY: usize = 2;

/// Begins the answer to one subscriber.
pub(super) async fn subscribe(
    now: Now,
    uri: &Uri,
    headers: &HeaderMap,
    ending: Ending,
    told: Told<'_>,
) -> Result<Response<Body>, Fault> {
    let Now::Owner(service) = now else {
        return Err(Fault::new(FaultKind::Unavailable, "not_owner", "a standby sees nothing happen: the owner does")
            .hint("connect to the owner's socket, which `owner.lock` in the data directory names")
            .retry_after(Duration::from_secs(1)));
    };
    service.touch();
    let Query(asked) = Query::<EventsQuery>::try_from_uri(uri).map_err(|error| {
        Fault::new(FaultKind::Caller, "bad_request", format!("the request's query: {error}"))
            .hint("ask with `?cwd=`, `?project=` or `?all=true`")
    })?;
    let params = ScopeParams { all: asked.all, project: asked.project, cwd: asked.cwd, only: None };
    let asking = service.clone();
    // A name is looked up in the rows.
    let scope = tokio::task::spawn_blocking(move || asking.scope(&params)).await;
    let scope = scope.map_err(|error| Fault::new(FaultKind::Internal, "panic", error.to_string()))??;
    let place = service.feed().place()?;
    let last = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("unreadable"));
    let from = service.feed().from(last);
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    tokio::spawn(async move {
        // Whoever it was has gone, or was told why he has to.
        let _ = pump(&service, &scope, from, sender, ending).await;
        drop(place);
    });
    let mut response = respond(StatusCode::OK, Vec::new(), told, None);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
    *response.body_mut() = Body::new(Events(receiver));
    Ok(response)
}

/// The subscriber has gone.
struct Gone;

/// Sends what happens in `scope` until the subscriber has gone, is too slow, or the door closes.
async fn pump(
    service: &Arc<Service>,
    scope: &Scope,
    from: From,
    sender: mpsc::Sender<Bytes>,
    ending: Ending,
) -> Result<(), Gone> {
    let feed = service.feed();
    let mut more = feed.more();
    let send = async |text: String| match timeout(PATIENCE, sender.send(text.into())).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Gone),
    };
    // Who reconnects, waits a second first.
    let mut text = "retry: 1000\n\n".to_owned();
    let mut at = match from {
        From::After(number) => number,
        From::Anew(number, reason) => {
            let reset = EventView::Reset(ResetEvent { reason: reason.to_owned() });
            text.push_str(&encoded(Some(&feed.id(number)), &reset));
            number
        }
    };
    send(text).await?;
    loop {
        more.borrow_and_update();
        let Some(events) = feed.after(at, BATCH) else {
            let reason = "more has happened than is kept for who reads slowly".to_owned();
            return send(encoded(None, &EventView::Dropped(ResetEvent { reason }))).await;
        };
        let is_whole = events.len() == BATCH;
        let mut text = String::new();
        for event in events {
            at = event.number;
            if event.is_in(scope) {
                text.push_str(&encoded(Some(&feed.id(at)), &event.view));
            }
        }
        if !text.is_empty() {
            send(text).await?;
        }
        if is_whole {
            continue;
        }
        tokio::select! {
            changed = more.changed() => changed.map_err(|_| Gone)?,
            () = sleep(BEAT) => {
                // Somebody is there.
                service.touch();
                send(": still here\n\n".to_owned()).await?;
            }
            () = sender.closed() => return Err(Gone),
            () = ending.stopped() => {
                let reason = ending.reason().to_owned();
                return send(encoded(None, &EventView::Stopping(ResetEvent { reason }))).await;
            }
        }
    }
}

/// One event as it is sent.
fn encoded(id: Option<&str>, view: &EventView) -> String {
    let value = serde_json::to_value(view).unwrap_or_default();
    let mut text = String::new();
    if let Some(id) = id {
        // A String takes what it is given.
        let _ = writeln!(text, "id: {id}");
    }
    let _ = write!(text, "event: {}\ndata: {}\n\n", value["event"].as_str().unwrap_or("unknown"), value["data"]);
    text
}

/// What is sent, as a body without an end known beforehand.
struct Events(mpsc::Receiver<Bytes>);

impl HttpBody for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_name_and_a_line_of_json() {
        let view = EventView::Reset(ResetEvent { reason: "a\nb".into() });
        assert_eq!(encoded(Some("1-2"), &view), "id: 1-2\nevent: reset\ndata: {\"reason\":\"a\\nb\"}\n\n");
        assert_eq!(encoded(None, &view), "event: reset\ndata: {\"reason\":\"a\\nb\"}\n\n");
    }
}
