//! Finds transcripts that no hook named, or that grew after the last one did; takes what is too old out of ledger and feed.
//! It must not know how they are read.
//! Invariant: only below directories that a hook or `quipu index` has named.

use std::time::{Duration, Instant};

use quipu_protocol::config::keys;

use super::Stop;
use super::beats::Job;
use super::ingest::{Ingest, transcripts_below};
use crate::service::Service;

/// The first sweep leaves a starting daemon alone; later ones come at the pace of `ingest.sweep`.
const FIRST: Duration = Duration::from_secs(3);
/// So often the pace is looked at: it may have been set meanwhile.
const TICK: Duration = Duration::from_secs(1);
/// So often ledger and feed are shortened.
const PRUNE: Duration = Duration::from_secs(3_600);

pub(super) fn run(service: &Service, ingest: &Ingest, stop: &Stop) {
    if stop.sleep(FIRST) {
        return;
    }
    let mut pruned: Option<Instant> = None;
    loop {
        sweep(service, ingest);
        if pruned.is_none_or(|at| at.elapsed() >= PRUNE) {
            prune(service, stop);
            pruned = Some(Instant::now());
        }
        let swept = Instant::now();
        while swept.elapsed() < service.settings().user().config.time(keys::SWEEP) {
            service.beats().beat(Job::Sweep);
            if stop.sleep(TICK) {
                return;
            }
        }
    }
}

/// Takes out of ledger and feed what is older than it is kept, or too much: some at a time, behind whoever writes.
fn prune(service: &Service, stop: &Stop) {
    for (name, some) in [("ledger", Service::prune_ledger as fn(&Service) -> _), ("feed", Service::prune_feed)] {
        loop {
            service.beats().beat(Job::Sweep);
            match some(service) {
                Ok(0) => break,
                Ok(_) if stop.sleep(Duration::ZERO) => return,
                Ok(_) => {}
                Err(fault) => {
                    tracing::warn!(code = fault.code, "the {name} could not be shortened: {}", fault.message);
                    break;
                }
            }
        }
    }
}

fn sweep(service: &Service, ingest: &Ingest) {
    let roots = match service.engine().roots() {
        Ok(roots) => roots,
        Err(error) => return tracing::warn!(%error, "the sweep could not read its roots"),
    };
    for (path, size) in roots.iter().flat_map(|root| transcripts_below(root)) {
        let read_to = service.engine().source(&path).ok().flatten().map(|source| source.read_to);
        if read_to.is_none_or(|read_to| read_to < size) {
            ingest.request(path);
        }
    }
}
