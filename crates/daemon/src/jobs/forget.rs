//! Goes on with what a forgetting has left to do: after a death in the middle, and where somebody had held it back.
//! It must not know what there is to be done.
//! Invariant: looks again and again, so that nobody has to remember it.

use std::time::Duration;

use super::Stop;
use crate::service::{Service, go_on};

const EVERY: Duration = Duration::from_secs(2);
/// How long it waits for the index before it looks again.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(service: &Service, stop: &Stop) {
    let mut told = String::new();
    loop {
        if service.engine().damage().is_none()
            && let Err(fault) = go_on(service, PATIENCE)
            && told != fault.message
        {
            // What stays so is worth one line, not one every two seconds.
            tracing::warn!(code = fault.code, "a forgetting is not finished: {}", fault.message);
            told = fault.message;
        }
        if stop.sleep(EVERY) {
            return;
        }
    }
}
