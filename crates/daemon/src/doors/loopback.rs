//! HTTP over loopback, for what cannot open a Unix socket: off until somebody wants it, then on 127.0.0.1 (and `::1`) alone.
//! It must not know operations; it serves the same router as the socket, behind the guard.
//! Invariant: only the owner listens, only while `http.enabled` says so; `http.json` is there while it listens and no longer.

pub(super) mod guard;
mod listener;

use std::sync::Arc;
use std::time::Duration;

use quipu_protocol::config::keys;
use quipu_protocol::http::{self, HttpCard};
use quipu_protocol::wire::daemon::HttpView;

use super::front::Front;
use crate::service::{Ending, Service};
use guard::Guard;
use listener::Bound;

/// So often the settings and the token are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// A port that could not be had is tried again after so many looks.
const AGAIN: u32 = 20;

/// The port while it is open.
struct Open {
    /// As it was asked for: 0 is any.
    wanted: u16,
    port: u16,
    token: String,
    guard: Arc<Guard>,
    ending: Ending,
    serving: tokio::task::JoinHandle<()>,
}

/// Follows the settings until the daemon ends; opens, closes and says in `http.json` where to find what is open.
pub(crate) async fn follow(front: Arc<Front>, service: Arc<Service>, drain: Duration) {
    let card = service.paths().http_card();
    // One that a killed owner left leads nowhere, or to whoever has the port now.
    let _ = std::fs::remove_file(&card);
    let (mut open, mut failed): (Option<Open>, Option<(u16, u32)>) = (None, None);
    loop {
        let settings = service.settings().user();
        let wanted = settings.config.flag(keys::HTTP_ENABLED).then(|| settings.config.number(keys::HTTP_PORT));
        let wanted = wanted.map(|port| u16::try_from(port).unwrap_or(0));
        if let Some(old) = open.take_if(|open| Some(open.wanted) != wanted || open.serving.is_finished()) {
            close(old, "HTTP is turned off", &service, &card).await;
        }
        match wanted {
            None => {
                failed = None;
                service.tell_http(None);
            }
            Some(port) if open.is_none() => {
                let is_due = failed.is_none_or(|(tried, looks)| tried != port || looks % AGAIN == 0);
                let looks = failed.filter(|(tried, _)| *tried == port).map_or(0, |(_, looks)| looks);
                failed = Some((port, looks + 1));
                if is_due {
                    match opened(port, &front, &service, drain).await {
                        Ok(now) => (open, failed) = (Some(now), None),
                        Err(problem) if looks == 0 => {
                            tracing::warn!(problem, "HTTP is not served");
                            service.tell_http(Some(HttpView { url: None, problem: Some(problem) }));
                        }
                        Err(_) => {}
                    }
                }
            }
            Some(_) => {}
        }
        if let Some(open) = &mut open {
            refresh(open, &service);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = front.ending().stopped() => break,
        }
    }
    if let Some(open) = open {
        close(open, front.ending().reason(), &service, &card).await;
    }
}

/// Opens the port and writes the card; or says why not.
async fn opened(wanted: u16, front: &Arc<Front>, service: &Arc<Service>, drain: Duration) -> Result<Open, String> {
    let token_file = service.paths().http_token();
    let token = http::token(&token_file)
        .map_err(|error| format!("{}: {error}; `quipu http rotate` makes a new token", token_file.display()))?;
    let bound = Bound::at(wanted).map_err(|error| {
        let cure = "`quipu config set http.port 0` takes a free one";
        format!("port {wanted} of 127.0.0.1 cannot be had: {error}; {cure}")
    })?;
    let port = bound.port();
    let (guard, ending) = (Arc::new(Guard::new(port, &token)), Ending::new());
    let serving = tokio::spawn(listener::serve(bound, front.clone(), guard.clone(), ending.clone(), drain));
    let open = Open { wanted, port, token, guard, ending, serving };
    tell(&open, service)?;
    tracing::info!(port, "HTTP is served on loopback");
    Ok(open)
}

/// Takes a token that was made anew; puts a card back that was lost.
fn refresh(open: &mut Open, service: &Service) {
    let (token, card) = (http::token(&service.paths().http_token()), service.paths().http_card());
    let is_new = token.as_ref().is_ok_and(|token| *token != open.token);
    if let (true, Ok(token)) = (is_new, token) {
        open.guard.rotate(&token);
        open.token = token;
        tracing::info!("HTTP has a new token");
    }
    if (is_new || !card.exists())
        && let Err(problem) = tell(open, service)
    {
        tracing::warn!(problem, "where HTTP is served cannot be written down");
    }
}

fn tell(open: &Open, service: &Service) -> Result<(), String> {
    let url = format!("http://127.0.0.1:{}", open.port);
    let card = HttpCard {
        url: url.clone(),
        port: open.port,
        token: open.token.clone(),
        pid: std::process::id(),
        epoch: service.epoch(),
    };
    let path = service.paths().http_card();
    http::write_card(&path, &card).map_err(|error| format!("{}: {error}", path.display()))?;
    service.tell_http(Some(HttpView { url: Some(url), problem: None }));
    Ok(())
}

async fn close(open: Open, why: &'static str, service: &Service, card: &std::path::Path) {
    // First the card: nobody new is led to a port that closes.
    if http::read_card(card).is_none_or(|card| card.pid == std::process::id()) {
        let _ = std::fs::remove_file(card);
    }
    open.ending.stop(why);
    if open.serving.await.is_err() {
        tracing::error!("the loopback door panicked");
    }
    // Last: who is told that it is closed finds it closed.
    service.tell_http(None);
    tracing::info!(port = open.port, "HTTP is no longer served");
}
