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
use crate::service::{Ending, Event, From, Service};

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
    let last = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("unreadable").to_owned()).or(asked.after);
    let place = service.feed().place()?;
    let asking = service.clone();
    // A name is looked up in the rows, and so is how far back they go.
    let begun = blocking(move || {
        let scope = asking.scope(&params)?;
        let from = asking.feed().from(last.as_deref(), asking.feed_bounds()?);
        Ok((scope, from))
    });
    let (scope, from) = begun.await?;
    let wanted = Wanted { scope, agents_only: asked.agents };
    let (sender, receiver) = mpsc::channel(UNDER_WAY);
    tokio::spawn(async move {
        // Whoever it was has gone, or was told why he has to.
        let _ = pump(&service, &wanted, from, sender, ending).await;
        drop(place);
    });
    let mut response = respond(StatusCode::OK, Vec::new(), told, None);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
    *response.body_mut() = Body::new(Events(receiver));
    Ok(response)
}

/// Runs what asks the rows, on a thread that may wait.
async fn blocking<T: Send + 'static>(ask: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let asked = tokio::task::spawn_blocking(ask).await;
    asked.map_err(|error| Fault::new(FaultKind::Internal, "panic", error.to_string()))?
}

/// What a subscriber wants to hear of.
struct Wanted {
    scope: Scope,
    /// Nothing but the feed that is kept.
    agents_only: bool,
}

impl Wanted {
    fn holds(&self, event: &Event) -> bool {
        event.is_in(&self.scope) && (event.row.is_some() || !self.agents_only)
    }
}

/// The subscriber has gone.
struct Gone;

/// Sends what is `wanted` until the subscriber has gone, is too slow, or the door closes.
async fn pump(
    service: &Arc<Service>,
    wanted: &Wanted,
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
    let From { number: mut at, rows: (mut row, upto), anew } = from;
    if let Some(reason) = anew {
        text.push_str(&encoded(Some(&feed.id(at, row)), &EventView::Reset(ResetEvent { reason })));
    }
    send(text).await?;
    // What is kept and came before the ring.
    while row < upto {
        let (asking, scope) = (service.clone(), wanted.scope.clone());
        let Ok(rows) = blocking(move || asking.feed_rows(&scope, (row, upto), BATCH)).await else {
            let reason = "what is kept of the feed could not be read".to_owned();
            return send(encoded(None, &EventView::Dropped(ResetEvent { reason }))).await;
        };
        row = if rows.len() < BATCH { upto } else { rows.last().map_or(upto, |last| last.id) };
        let told = rows.into_iter().map(|view| encoded(Some(&feed.id(at, view.id)), &EventView::Happened(view)));
        let text: String = told.collect();
        if !text.is_empty() {
            send(text).await?;
        }
    }
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
            // A row that came before the ring is not told twice.
            if wanted.holds(&event) && event.row.is_none_or(|its| its > row) {
                text.push_str(&encoded(Some(&feed.id(at, event.row_then)), &event.view));
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
