//! What a hook says of who is here: that its session is, where, in which process, and which file it is about to edit.
//! It must not know how that is kept (`service/presence`).
//! Invariant: a sign costs the hook no wait; a session that is denied its hooks gives none.

use quipu_store::agents::Departure;

use super::Event;
use crate::host::Instance;
use crate::service::{GoesOn, Service};

/// Takes the sign that `event` is, of whoever stands behind `peer`.
///
/// # Errors
/// Where it is the end of a session that has gone on since.
pub(super) fn of(service: &Service, event: &Event<'_>, peer: Option<u32>) -> Result<(), GoesOn> {
    let payload = event.payload;
    // Of a place where nobody knows what may be kept, nothing is.
    if !event.keeps {
        return Ok(());
    }
    if payload.hook_event_name == "SessionEnd" {
        let instance = peer.and_then(|peer| Instance::all_above(peer).first().map(Instance::to_string));
        let why = event.privacy.redact(payload.reason.as_deref().unwrap_or("other")).into_owned();
        return service.depart(Departure { session: event.session.clone(), instance, at: event.at, why });
    }
    let place = (event.project.clone(), payload.cwd.as_deref());
    let mut sign = service.sign_of(&event.session, place, peer, event.at);
    sign.begins = payload.hook_event_name == "SessionStart";
    sign.sighting.file = payload.edited_file().and_then(|file| service.edited(&sign.sighting, file));
    service.sign(sign);
    Ok(())
}
