//! Reading past transcripts on demand, and how far that has come.
//! It must not know how a transcript is read.
//! Invariant: asking twice reads nothing twice.

use std::time::Duration;

use quipu_protocol::config::{Config, keys};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::paths;
use quipu_protocol::wire::daemon::{IndexReply, IndexRequest, IngestProgress};
use quipu_store::write::{Lane, Write};

use super::{Service, fault_of};
use crate::jobs::ingest::transcripts_below;
use crate::settings;

pub(crate) fn index(service: &Service, request: &IndexRequest) -> Result<IndexReply, Fault> {
    let roots = if request.paths.is_empty() {
        let root = paths::claude_projects(&service.env).ok_or_else(|| {
            Fault::new(FaultKind::Caller, "no_home", "HOME is not set, so Claude Code's folder is not known")
                .hint("name the transcripts: `quipu index PATH`")
        })?;
        if !root.is_dir() {
            return Err(Fault::new(FaultKind::Missing, "no_transcripts", format!("{} does not exist", root.display()))
                .hint("name the transcripts: `quipu index PATH`, or set CLAUDE_CONFIG_DIR"));
        }
        vec![root]
    } else {
        request.paths.clone()
    };
    let config = &service.settings.user().config;
    if let Some(fault) = off(config) {
        return Err(fault);
    }
    let mut reply = IndexReply { files: 0, bytes: 0, denied: 0 };
    for root in &roots {
        if !root.exists() {
            return Err(Fault::new(FaultKind::Missing, "no_such_path", format!("{} does not exist", root.display())));
        }
        if root.is_dir() {
            service
                .engine
                .write(None, Write::AddRoot(root.clone()), Lane::Interactive, service.now())
                .map_err(fault_of)?;
        }
        for (path, size) in transcripts_below(root) {
            if settings::covers(config, keys::INGEST_DENY, &[&path]) {
                reply.denied += 1;
                continue;
            }
            let read = service.engine.source(&path).map_err(fault_of)?.map_or(0, |s| s.read_to);
            reply.files += 1;
            reply.bytes += size.saturating_sub(read);
            service.ingest.request(path);
        }
    }
    Ok(reply)
}

/// Why nothing is read at all.
fn off(config: &Config) -> Option<Fault> {
    let fault = |message: String| Fault::new(FaultKind::Conflict, "ingest_off", message);
    if let Some(place) = config.held_back() {
        let message = format!("no transcript is read until {place} is mended: nobody knows what it forbids");
        return Some(fault(message).hint("`quipu config show` names the place"));
    }
    let is_off = !config.flag(keys::INGEST_ENABLED);
    is_off.then(|| {
        fault("`ingest.enabled` is false: no transcript is read".to_owned())
            .hint("`quipu config set ingest.enabled true`")
    })
}

/// A wait for the reader lasts no longer: who waits also shows how far it is, and holds one of the threads.
const WAIT: Duration = Duration::from_millis(100);

/// The same, but not before all is read or a moment has passed.
pub(crate) fn index_settled(service: &Service) -> IngestProgress {
    service.ingest.settled(WAIT)
}

pub(crate) fn index_progress(service: &Service) -> IngestProgress {
    service.ingest.progress()
}
