//! Keeps mirrors: looks again and again whether a folder or the memories have changed, and if so, at the mirror.
//! It must not know what a look does.
//! Invariant: a folder is looked at only once it has stood still from one time to the next; one that has not changed costs
//! a list of its files.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use quipu_protocol::config::keys;
use quipu_protocol::wire::mirror::MirrorRequest;

use super::Stop;
use super::beats::Job;
use crate::service::{Service, Stand, stand, sync};

/// So often it is looked whether a time has come, or the setting has changed.
const TICK: Duration = Duration::from_millis(500);
/// A list of files that takes long is made seldom: at most this share of the time goes into it.
const SHARE: u32 = 20;

/// What was seen of a mirror.
#[derive(Default)]
struct Seen {
    /// How its folder stood the last time, and, with the number of the newest event, when it was last looked at.
    stand: Option<Stand>,
    looked: Option<(Option<Stand>, u64)>,
    /// Said once, not at every look.
    said: Option<String>,
}

pub(super) fn run(service: &Service, stop: &Stop) {
    let mut seen: HashMap<i64, Seen> = HashMap::new();
    loop {
        let began = Instant::now();
        let config = service.settings().user();
        if config.config.flag(keys::MIRROR_ENABLED) && service.engine().damage().is_none() {
            pass(service, &mut seen);
        }
        let pace = config.config.time(keys::MIRROR_PACE).max(began.elapsed() * SHARE);
        let rested = Instant::now();
        while rested.elapsed() < pace {
            service.beats().beat(Job::Mirrors);
            if stop.sleep(TICK.min(pace)) {
                return;
            }
        }
    }
}

fn pass(service: &Service, seen: &mut HashMap<i64, Seen>) {
    let mirrors = match service.engine().mirrors() {
        Ok(mirrors) => mirrors,
        Err(error) => return tracing::warn!(%error, "the mirrors could not be read"),
    };
    seen.retain(|id, _| mirrors.iter().any(|mirror| mirror.id == *id));
    for mirror in mirrors {
        service.beats().beat(Job::Mirrors);
        let seen = seen.entry(mirror.id).or_default();
        // Before the look: what happens meanwhile, by our own hand too, is found at the next.
        let (now, newest) = (stand(&mirror), service.feed().newest());
        let is_at_rest = seen.stand == now;
        seen.stand.clone_from(&now);
        let looked = Some((now, newest));
        if !is_at_rest || seen.looked == looked {
            continue;
        }
        let said = match sync(service, &mirror, &MirrorRequest::default()) {
            Ok(report) => {
                // What git is at work on ends without a change of the files, perhaps.
                seen.looked = if report.state == "waits" { None } else { looked };
                report.reason
            }
            Err(fault) => Some(fault.message),
        };
        if seen.said != said {
            if let Some(said) = &said {
                tracing::info!(mirror = %mirror.path.display(), "a mirror is not kept for now: {said}");
            }
            seen.said = said;
        }
    }
}
