//! What a session is told when it starts: the session pack.
//! It must not know what is in it (`service/context.rs`) or how the host takes it.
//! Invariant: a session that has its own context (resume, fork) is told nothing it knows.

use quipu_core::briefing::StartSource;
use quipu_protocol::config::keys;
use quipu_protocol::fault::Fault;

use super::Event;
use crate::places;
use crate::service::Service;
use crate::service::context::{Ask, For, pack};

pub(super) fn brief(service: &Service, event: &Event<'_>) -> Result<String, Fault> {
    let whom = match event.payload.start_source() {
        StartSource::Resume | StartSource::Fork => return Ok(String::new()),
        StartSource::Compact => For::Compacted(&event.session),
        StartSource::Startup | StartSource::Clear => For::Start(&event.session),
    };
    let branch = event.payload.cwd.as_deref().and_then(places::branch_of);
    let budget = event.config.number(keys::START_TOKENS);
    let ask = Ask { project: &event.project, branch: branch.as_deref(), whom, task: None, budget };
    Ok(pack(service, &ask)?.0.text)
}
