//! `quipu lease`.
//! It must not know who may hold what.
//! Invariant: whoever is refused is told who has it.

mod guard;
mod run;

use std::process::ExitCode;

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::lease::{
    HolderView, LeaseReply, LeaseRequest, LeaseTarget, LeaseView, LeasesReply, LeasesRequest,
};
use quipu_protocol::wire::places::CountReply;

use super::cwd;
use crate::args::lease::{AcquireArgs, Lease, LeaseArgs, ListArgs, ReleaseArgs, RenewArgs, TargetArgs, WantArgs};
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, shown, styled};

/// How much longer than the daemon a command waits, in ms.
const MORE: u64 = 30_000;

pub(super) fn lease(args: LeaseArgs, form: Form) -> Result<ExitCode, Fault> {
    match args.wanted {
        None => list(args.list, form)?,
        Some(Lease::List(args)) => list(args, form)?,
        Some(Lease::Acquire(args)) => acquire(args, form)?,
        Some(Lease::Renew(args)) => renew(args, form)?,
        Some(Lease::Release(args)) => release(args, form)?,
        Some(Lease::Check(args)) => check(args, form)?,
        Some(Lease::Guard(wanted)) => return guard::guard(&wanted, form),
        Some(Lease::Run(args)) => return run::run(args, form),
    }
    Ok(ExitCode::SUCCESS)
}

/// What was asked for, as it is sent.
fn wanted(want: WantArgs) -> LeaseRequest {
    LeaseRequest {
        name: want.name,
        paths: want.paths,
        cwd: cwd(),
        shared: want.shared,
        deny: want.deny,
        permits: want.permits,
        take: want.take,
        reason: want.reason,
        ..LeaseRequest::default()
    }
}

/// A length of time in ms.
pub(super) fn length(text: Option<&str>) -> Result<Option<u64>, Fault> {
    let bad = |words| Fault::new(FaultKind::Caller, "bad_duration", words).hint("for example `--wait 5m`");
    let ms = |text: &str| if text.trim() == "0s" { Ok(0) } else { dates::length(text) };
    let length = text.map(ms).transpose().map_err(bad)?;
    Ok(length.map(|ms| u64::try_from(ms).unwrap_or(0)))
}

fn acquire(args: AcquireArgs, form: Form) -> Result<(), Fault> {
    let request = LeaseRequest {
        ttl_ms: length(args.ttl.as_deref())?,
        wait_ms: length(args.wait.as_deref())?,
        ..wanted(args.want)
    };
    let patience = std::time::Duration::from_millis(request.wait_ms.unwrap_or(0).saturating_add(MORE));
    let reply: LeaseReply = Daemon::within(patience)?.write("/v1/leases", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let lease = &reply.lease;
    let token = lease.token.unwrap_or(0);
    anstream::println!(
        "{} {} for {} {}",
        styled(GOOD, &reply.outcome),
        thing(lease),
        span(lease.left_ms),
        styled(DIM, &format!("(token {token})"))
    );
    Ok(())
}

fn target(args: TargetArgs) -> LeaseTarget {
    LeaseTarget { name: args.name, paths: args.paths, cwd: cwd(), token: args.token, ..LeaseTarget::default() }
}

fn renew(args: RenewArgs, form: Form) -> Result<(), Fault> {
    let request = LeaseTarget { ttl_ms: length(args.ttl.as_deref())?, ..target(args.target) };
    let reply: LeaseReply = Daemon::new()?.write("/v1/leases/renew", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    anstream::println!("{} {} for {}", styled(GOOD, "renewed"), thing(&reply.lease), span(reply.lease.left_ms));
    Ok(())
}

fn release(args: ReleaseArgs, form: Form) -> Result<(), Fault> {
    let request = LeaseTarget { force: args.force, ..target(args.target) };
    let reply: CountReply = Daemon::new()?.write("/v1/leases/release", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let leases = if reply.count == 1 { "lease" } else { "leases" };
    anstream::println!("{} {} {leases}", styled(GOOD, "released"), reply.count);
    Ok(())
}

fn check(args: TargetArgs, form: Form) -> Result<(), Fault> {
    let reply: LeaseReply = Daemon::new()?.ask("/v1/leases/check", &target(args))?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let token = reply.lease.token.unwrap_or(0);
    anstream::println!("{} token {token} holds {}", styled(GOOD, "valid:"), thing(&reply.lease));
    Ok(())
}

fn list(args: ListArgs, form: Form) -> Result<(), Fault> {
    let request = LeasesRequest { name: args.name, paths: args.paths, cwd: cwd(), mine: args.mine };
    let reply: LeasesReply = Daemon::new()?.ask("/v1/leases/list", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    for lease in &reply.leases {
        print(lease);
    }
    let all = reply.held + reply.waiting;
    if all == 0 {
        let hint = styled(DIM, "(`quipu lease acquire NAME` or `--path PATTERN` takes one)");
        anstream::println!("Nothing is held {hint}");
    } else {
        let of = if reply.leases.len() < all { format!("{} shown; ", reply.leases.len()) } else { String::new() };
        anstream::println!("{}", styled(DIM, &format!("{of}{} held, {} waiting", reply.held, reply.waiting)));
    }
    Ok(())
}

fn print(lease: &LeaseView) {
    let state = match lease.token {
        Some(token) => format!("{:<8}", format!("#{token}")),
        None => format!("{:<8}", "waits"),
    };
    let colour = if lease.token.is_some() { BOLD } else { WARN };
    let mut notes = vec![holder(&lease.holder)];
    match (lease.before, lease.holder.kind.as_str()) {
        (Some(before), _) => notes.push(format!("{before} before it")),
        (None, "process") => notes.push("as long as it runs".to_owned()),
        (None, _) => notes.push(format!("{} left", span(lease.left_ms))),
    }
    if lease.deny {
        notes.push("others may not edit".to_owned());
    }
    notes.extend(lease.reason.as_ref().map(|reason| format!("\u{201c}{}\u{201d}", shown(reason))));
    anstream::println!("{} {}  {}", styled(colour, &state), thing(lease), styled(DIM, &notes.join(" · ")));
}

/// What is leased, in words.
fn thing(lease: &LeaseView) -> String {
    if !lease.paths.is_empty() {
        let how = if lease.shared { " (shared)" } else { "" };
        return format!("{}{how}", lease.paths.join(" "));
    }
    match (lease.take, lease.permits) {
        (Some(1), Some(1)) | (None, _) | (_, None) => lease.name.clone(),
        (Some(take), Some(of)) => format!("{} ({take} of {of})", lease.name),
    }
}

pub(super) fn holder(holder: &HolderView) -> String {
    let session = holder.session.as_deref().map(short);
    match (holder.pid, session) {
        (Some(pid), Some(session)) => format!("process {pid} of {session}"),
        (Some(pid), None) => format!("process {pid}"),
        (None, Some(session)) => session,
        (None, None) => "a person".to_owned(),
    }
}

/// `agent/id` with as much of the id as people need.
fn short(session: &str) -> String {
    let (agent, id) = session.split_once('/').unwrap_or(("", session));
    let root: String = id.split('/').next().unwrap_or_default().chars().take(8).collect();
    format!("{agent}/{root}")
}

/// A length of time, in its greatest unit.
pub(super) fn span(ms: u64) -> String {
    match ms.div_ceil(1_000) {
        s @ 0..100 => format!("{s} s"),
        s @ 100..6_000 => format!("{} min", s.div_ceil(60)),
        s => format!("{} h", s.div_ceil(3_600)),
    }
}
