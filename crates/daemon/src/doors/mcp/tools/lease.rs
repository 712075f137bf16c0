//! `agents_lease`: files and names that one session holds and others keep off.
//! It must not know what may be held by whom.
//! Invariant: what a session holds it holds by its own name; a connection that names none holds nothing.

use quipu_core::memory::SessionRef;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::lease::{HolderView, LeaseRequest, LeaseTarget, LeaseView, LeasesRequest};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::doors::mcp::asker::Asker;
use crate::doors::mcp::schema;
use crate::doors::mcp::tool::{Effect, Shelf, Told, Tool};
use crate::doors::mcp::words;
use crate::service::{self, Answer, By};

pub(in crate::doors::mcp) static TOOL: Tool = Tool {
    name: "agents_lease",
    title: "Hold files or a name",
    description: "Hold files while you change them, or a name (a build, a port, a GPU) that agents on this machine agree on. \
        Others are told before they edit. `acquire` fails with who has it; what you do renews it; release it when you are \
        done. Its token proves it to whoever checks.",
    effect: Effect::Sets,
    shelf: Shelf::All,
    input: schema::input::<Arguments>,
    output: schema::output::<Leases>,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
struct Arguments {
    /// acquire, renew, release or list.
    #[serde(default)]
    action: Option<String>,
    /// Files: paths from the project's directory on, or patterns; a folder stands for all below it.
    #[serde(default)]
    paths: Vec<String>,
    /// Or a name.
    #[serde(default)]
    name: Option<String>,
    /// How many may hold the name at once.
    #[serde(default)]
    permits: Option<u32>,
    /// Of files: nobody else (true, unless given), or together with others who share them.
    #[serde(default)]
    exclusive: Option<bool>,
    /// Of files: keep others' agents from editing them, not only tell them.
    #[serde(default)]
    deny: bool,
    /// How long it lasts unless renewed; 1800 unless given.
    #[serde(default)]
    ttl_seconds: Option<u64>,
    /// Why; others are told.
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Leases {
    /// granted, renewed, released or listed.
    outcome: String,
    /// The leases that it is about.
    leases: Vec<Lease>,
    /// `owner` when all is well.
    mode: String,
    /// What of the arguments was not understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Lease {
    /// The name; `paths` for files.
    name: String,
    /// The files.
    paths: Vec<String>,
    /// held or waiting.
    state: String,
    /// What proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<u64>,
    /// Who has it.
    holder: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// How long it lasts unless renewed.
    seconds_left: u64,
}

fn run(asker: &Asker, given: JsonObject) -> Result<Told, Fault> {
    let (asked, warnings): (Arguments, _) = super::arguments(&TOOL, given)?;
    let cwd = asker.handle.scope(&asker.service, None)?.cwd;
    let service = &asker.service;
    let (outcome, views) = match asked.action.as_deref().unwrap_or("list") {
        "list" => {
            let request = LeasesRequest { name: asked.name, paths: asked.paths, cwd, mine: false };
            let by = By { session: asker.session.as_ref(), event: None };
            ("listed", service::leases(service, by, &request)?.leases)
        }
        "acquire" => {
            let by = by(asker)?;
            let request = LeaseRequest {
                name: asked.name,
                paths: asked.paths,
                cwd,
                shared: asked.exclusive == Some(false),
                deny: asked.deny,
                permits: asked.permits,
                ttl_ms: asked.ttl_seconds.map(|seconds| seconds.saturating_mul(1_000)),
                reason: asked.reason,
                ..LeaseRequest::default()
            };
            match service::acquire(service, by, &request)? {
                Answer::Now(reply) if reply.outcome == "renewed" => ("renewed", vec![reply.lease]),
                Answer::Now(reply) => ("granted", vec![reply.lease]),
                Answer::Later(_) => return Err(Fault::new(FaultKind::Internal, "waited", "nobody asked to wait")),
            }
        }
        action @ ("renew" | "release") => {
            let by = by(asker)?;
            let ttl_ms = asked.ttl_seconds.map(|seconds| seconds.saturating_mul(1_000));
            let target = LeaseTarget { name: asked.name, paths: asked.paths, cwd, ttl_ms, ..LeaseTarget::default() };
            if action == "renew" {
                ("renewed", vec![service::renew(service, by, &target)?.lease])
            } else {
                service::release(service, by, &target)?;
                ("released", Vec::new())
            }
        }
        other => {
            return Err(Fault::new(FaultKind::Caller, "bad_action", format!("`{other}` is no action"))
                .hint("acquire, renew, release or list"));
        }
    };
    let privacy = asker.privacy();
    let safe = |text: &str| privacy.redact(text).into_owned();
    let leases: Vec<Lease> = views.into_iter().map(|view| lease(view, &safe)).collect();
    let mut text = match (outcome, leases.len()) {
        ("listed", 0) => "Nothing is held.".to_owned(),
        ("listed", _) => "Held and waited for:".to_owned(),
        ("released", _) => "Released.".to_owned(),
        _ => format!("{}{}:", outcome[..1].to_uppercase(), &outcome[1..]),
    };
    for lease in &leases {
        text.push_str(&format!("\n- {}", line(lease)));
    }
    text.push_str(&words::notes(None, &warnings));
    let mode = service.mode().to_owned();
    Told::new(text, &Leases { outcome: outcome.to_owned(), leases, mode, warnings })
}

/// Who asks for something to be held.
pub(super) fn by(asker: &Asker) -> Result<By<'_>, Fault> {
    asker.writes()?;
    Ok(By { session: Some(session(asker)?), event: asker.event })
}

fn session(asker: &Asker) -> Result<&SessionRef, Fault> {
    asker.session.as_ref().ok_or_else(|| {
        Fault::new(FaultKind::Caller, "no_session", "this connection does not say which session it is of")
            .hint("start `quipu mcp` with QUIPU_SESSION=agent/id in its environment; Claude Code does it by itself")
    })
}

/// Who holds something, in words.
pub(super) fn holder(holder: &HolderView) -> String {
    match (&holder.session, holder.pid) {
        (Some(session), Some(pid)) => format!("process {pid} of {session}"),
        (Some(session), None) => session.clone(),
        (None, Some(pid)) => format!("process {pid}"),
        (None, None) => "a person".to_owned(),
    }
}

fn lease(view: LeaseView, safe: &impl Fn(&str) -> String) -> Lease {
    Lease {
        name: view.name,
        paths: view.paths.iter().map(|path| safe(path)).collect(),
        state: view.state,
        token: view.token,
        holder: holder(&view.holder),
        reason: view.reason.as_deref().map(safe),
        seconds_left: view.left_ms / 1_000,
    }
}

fn line(lease: &Lease) -> String {
    let what = if lease.paths.is_empty() { lease.name.clone() } else { lease.paths.join(" ") };
    let token = lease.token.map_or_else(|| "waiting".to_owned(), |token| format!("token {token}"));
    let why = lease.reason.as_ref().map(|why| format!(", \u{201c}{why}\u{201d}")).unwrap_or_default();
    format!("{what}: {token}, {}{why}, {} s left", lease.holder, lease.seconds_left)
}
