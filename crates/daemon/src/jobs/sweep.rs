//! Finds transcripts that no hook named, or that grew after the last one did.
//! It must not know how they are read.
//! Invariant: only below directories that a hook or `quipu index` has named.

use std::time::Duration;

use super::Stop;
use super::ingest::{Ingest, transcripts_below};
use crate::service::Service;

/// The first sweep leaves a starting daemon alone; later ones come at this pace.
const FIRST: Duration = Duration::from_secs(3);
const EVERY: Duration = Duration::from_secs(300);

pub(super) fn run(service: &Service, ingest: &Ingest, stop: &Stop) {
    let mut pause = FIRST;
    while !stop.sleep(pause) {
        pause = EVERY;
        let roots = match service.engine().roots() {
            Ok(roots) => roots,
            Err(error) => {
                tracing::warn!(%error, "the sweep could not read its roots");
                continue;
            }
        };
        for (path, size) in roots.iter().flat_map(|root| transcripts_below(root)) {
            let read_to = service.engine().source(&path).ok().flatten().map(|source| source.read_to);
            if read_to.is_none_or(|read_to| read_to < size) {
                ingest.request(path);
            }
        }
    }
}
