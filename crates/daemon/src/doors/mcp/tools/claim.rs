//! `agents_claim`: a role of the project, or a work item, for one session alone.
//! It must not know what may be held by whom, nor what a work item may become.
//! Invariant: of two who claim one thing one gets it, and the other one is told who has it.

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::lease::{LeaseRequest, LeaseTarget};
use quipu_protocol::wire::memory::UpdateRequest;
use quipu_protocol::wire::role::{GiveRoleRequest, RoleView, TakeRoleRequest};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lease::{by, holder};
use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service::{self, Answer};
use quipu_core::scope::Reader;

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "agents_claim",
    title: "Take a role or a work item",
    description: "Take a role of this project (`prime`), or a work item that nobody else is on, or give it up. A role that \
        another session has is taken with `force`, a `reason` and the `if_epoch` that you saw; giving it up can leave a \
        `note` for the next one. A claimed work item becomes active.",
    effect: Effect::Sets,
    shelf: Shelf::All,
    input: schema::input::<Arguments>,
    output: schema::output::<Claimed>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// The role.
    #[serde(default)]
    role: Option<String>,
    /// Or the id of a work item.
    #[serde(default)]
    work_item: Option<String>,
    /// take, unless given, or give.
    #[serde(default)]
    action: Option<String>,
    /// Of a role: only if it is at this epoch still.
    #[serde(default)]
    if_epoch: Option<u64>,
    /// Of a role: from whoever has it.
    #[serde(default)]
    force: bool,
    /// Why; others are told.
    #[serde(default)]
    reason: Option<String>,
    /// Of a role that is given up: what the next one has to know.
    #[serde(default)]
    note: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Claimed {
    /// taken, renewed, given or released.
    outcome: String,
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The work item.
    #[serde(skip_serializing_if = "Option::is_none")]
    work_item: Option<String>,
    /// Of a role: its epoch now.
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    /// Who has lost it.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_from: Option<String>,
    /// The note that was left with the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// `owner` when all is well.
    mode: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// What a claim of a work item is a lease on.
const WORK: &str = "work:";

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    let takes = match asked.action.as_deref().unwrap_or("take") {
        "take" => true,
        "give" => false,
        other => {
            return Err(
                Fault::new(FaultKind::Caller, "bad_action", format!("`{other}` is no action")).hint("take or give")
            );
        }
    };
    match (&asked.role, &asked.work_item) {
        (Some(role), None) => of_role(asker, role.clone(), takes, asked, warnings),
        (None, Some(item)) => of_work(asker, item.clone(), takes, &asked, warnings),
        _ => Err(Fault::new(FaultKind::Caller, "nothing_asked", "a claim is of a role or of a work item, one of them")
            .hint("`role`: \"prime\", or `work_item`: its id")),
    }
}

fn of_role(asker: &Asker, role: String, takes: bool, asked: Arguments, warnings: Vec<String>) -> Result<Told, Fault> {
    let (by, scope) = (by(asker)?, asker.handle.scope(&asker.service, None)?);
    let reply = if takes {
        let Arguments { if_epoch, force, reason, .. } = asked;
        let request = TakeRoleRequest { role, scope, if_epoch, force, reason, ttl_ms: None };
        service::take_role(&asker.service, by, &request)?
    } else {
        let request = GiveRoleRequest { role, scope, note: asked.note, force: false };
        service::give_role(&asker.service, by, &request)?
    };
    let RoleView { role, epoch, note, .. } = reply.role;
    let from = reply.taken_from.as_ref().map(holder);
    let privacy = asker.privacy();
    let note = note.and_then(|note| note.text).map(|text| privacy.redact(&text).into_owned());
    let mut text = format!("{}: `{role}`, epoch {epoch}", reply.outcome);
    from.iter().for_each(|from| text.push_str(&format!(", from {from}")));
    // Another's words: quoted, not said by us.
    if let Some(note) = note.as_deref().filter(|_| takes) {
        text.push_str(&format!("\nThe one before left a note:\n{}", words::quoted(note)));
    }
    text.push_str(&words::notes(None, &warnings));
    let claimed = Claimed {
        outcome: reply.outcome,
        role: Some(role),
        work_item: None,
        epoch: Some(epoch),
        taken_from: from,
        note,
        mode: reply.mode,
        warnings,
    };
    Told::new(text, &claimed)
}

fn of_work(asker: &Asker, item: String, takes: bool, asked: &Arguments, warnings: Vec<String>) -> Result<Told, Fault> {
    let by = by(asker)?;
    let service = &asker.service;
    // Of what lies outside of its reach nothing is held.
    let id = service::one(service, &asker.handle, &item, (0, 0))?.memory.id;
    let name = Some(format!("{WORK}{id}"));
    let outcome = if takes {
        let request = LeaseRequest { name, reason: asked.reason.clone(), ..LeaseRequest::default() };
        let lease = match service::acquire(service, by, &request)? {
            Answer::Now(reply) => reply,
            Answer::Later(_) => return Err(Fault::new(FaultKind::Internal, "waited", "nobody asked to wait")),
        };
        let start = UpdateRequest { status: Some("active".to_owned()), ..UpdateRequest::default() };
        if let Err(fault) = service::update(service, Reader::Agent, None, &id, &start) {
            // What cannot be begun is nobody's.
            let token = lease.lease.token;
            let target = LeaseTarget { name: Some(lease.lease.name), token, ..LeaseTarget::default() };
            service::release(service, service::By { event: None, ..by }, &target)?;
            return Err(fault);
        }
        if lease.outcome == "renewed" { "renewed" } else { "taken" }
    } else {
        service::release(service, by, &LeaseTarget { name, ..LeaseTarget::default() })?;
        "released"
    };
    let text = format!("{outcome}: work item {id}{}", words::notes(None, &warnings));
    let claimed = Claimed {
        outcome: outcome.to_owned(),
        role: None,
        work_item: Some(id),
        epoch: None,
        taken_from: None,
        note: None,
        mode: service.mode().to_owned(),
        warnings,
    };
    Told::new(text, &claimed)
}
