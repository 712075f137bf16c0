//! Vectors for any program of this user, so that none of them loads a model of its own.
//! It must not know models, nor in which order requests are served.
//! Invariant: nothing of a text is kept or logged; a request beyond a limit is refused before any work.

use std::time::{Duration, Instant};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::embed::{
    DEADLINE_MS, EmbedReply, EmbedRequest, MAX_BYTES, MAX_DEADLINE_MS, MAX_TEXT_BYTES, MAX_TEXTS, Priority,
};

use super::Service;
use crate::jobs::embedder::Refused;

pub(crate) fn embed(service: &Service, request: EmbedRequest) -> Result<EmbedReply, Fault> {
    let started = Instant::now();
    let within = request.deadline_ms.unwrap_or(DEADLINE_MS);
    if !(1..=MAX_DEADLINE_MS).contains(&within) {
        return Err(Fault::new(FaultKind::Caller, "bad_deadline", format!("deadline_ms is {within}"))
            .hint(format!("give 1 to {MAX_DEADLINE_MS} milliseconds")));
    }
    check(&request.texts)?;
    let priority = request.priority;
    let deadline = started + Duration::from_millis(within);
    let vectors = service
        .embedder
        .embed(request.texts, request.kind, priority, deadline)
        .map_err(|refused| fault(&refused, priority, within))?;
    Ok(EmbedReply {
        model: service.embedder.model().to_owned(),
        dimensions: service.embedder.dimensions(),
        vectors,
        mode: service.mode().to_owned(),
    })
}

fn check(texts: &[String]) -> Result<(), Fault> {
    let too = |code, what: String, hint: String| Err(Fault::new(FaultKind::Caller, code, what).hint(hint));
    if texts.len() > MAX_TEXTS {
        let hint = format!("send at most {MAX_TEXTS} in one request");
        return too("too_many_texts", format!("{} texts are too many", texts.len()), hint);
    }
    if let Some(n) = texts.iter().position(|text| text.len() > MAX_TEXT_BYTES) {
        let hint = format!("cut it: a text has at most {MAX_TEXT_BYTES} bytes");
        return too("text_too_long", format!("text {n} has {} bytes", texts[n].len()), hint);
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    if bytes > MAX_BYTES {
        let hint = format!("send at most {MAX_BYTES} bytes in one request");
        return too("too_many_bytes", format!("the texts have {bytes} bytes together"), hint);
    }
    Ok(())
}

fn fault(refused: &Refused, priority: Priority, within: u64) -> Fault {
    let message = refused.to_string();
    // So that who waits is back soon, and who does not leaves the place to others.
    let again = Duration::from_millis(if priority == Priority::Interactive { 50 } else { 500 });
    match refused {
        Refused::Full(_) => {
            Fault::new(FaultKind::Busy, "embedder_busy", message).hint("try again in a moment").retry_after(again)
        }
        Refused::TimedOut => Fault::new(FaultKind::Unavailable, "embed_timeout", format!("{message} ({within} ms)"))
            .hint(format!("send fewer texts, or give up to {MAX_DEADLINE_MS} as `deadline_ms`")),
        Refused::Draining => Fault::new(FaultKind::Unavailable, "draining", message)
            .hint("try again: the next daemon will answer")
            .retry_after(again),
        Refused::Failed(_) => {
            Fault::new(FaultKind::Internal, "embedder_failed", message).hint("`quipu logs` has the detail")
        }
    }
}
