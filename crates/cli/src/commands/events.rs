//! `quipu events`: what happened between agents, and what happens from now on.
//! It must not know how the feed is kept.
//! Invariant: a follower that lost its daemon goes on after the last number that it saw: nothing is left out, nothing twice.

use std::time::Duration;

use jiff::Zoned;
use quipu_daemon::lifecycle::start;
use quipu_protocol::client::{ClientError, Event, Events, Request, asking};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::feed::{FeedReply, HappenedView};
use serde_json::Value;

use super::places::moment;
use super::{Outcome, cwd, project, project_name};
use crate::args::agents::EventsArgs;
use crate::connect::{self, Daemon};
use crate::dates;
use crate::output::{BOLD, DIM, Form, WARN, json, json_line, styled};
use crate::plain::plain_line;

/// A daemon that says nothing for so long is gone: it gives a sign every 15 s.
const SILENCE: Duration = Duration::from_secs(45);
/// It has so long to answer at all.
const PATIENCE: Duration = Duration::from_secs(10);
/// A daemon that went away is looked for again after so long.
const AGAIN: Duration = Duration::from_millis(300);

/// What is asked for, whichever way.
struct Asked {
    all: bool,
    project: Option<String>,
    cwd: Option<String>,
    kinds: Vec<String>,
}

pub(super) fn events(args: EventsArgs, form: Form) -> Outcome {
    let place = args.project.map(project);
    let here = cwd().filter(|_| !args.all && place.is_none());
    let asked = Asked { all: args.all, project: place, cwd: here, kinds: args.kinds };
    let mut after = args.after;
    loop {
        let reply = list(&asked, after, args.limit)?;
        if form == Form::Json && !args.follow {
            json(&reply);
            return Ok(());
        }
        let (now, is_all) = (Zoned::now(), asked.all || asked.project.is_some());
        if after.is_some_and(|after| after < reply.gone) {
            let gone = format!("what happened up to {} is kept no more", reply.gone);
            anstream::eprintln!("{} {gone}", styled(WARN, "note:"));
        }
        if reply.events.is_empty() && !args.follow {
            anstream::println!("Nothing has happened between agents here yet");
        }
        reply.events.iter().for_each(|event| say(event, is_all, &now, form));
        after = Some(reply.next);
        if !args.follow {
            if reply.more {
                anstream::eprintln!("{}", styled(DIM, &format!("more: `quipu events --after {}`", reply.next)));
            }
            return Ok(());
        }
        if !reply.more {
            return follow(&asked, reply.next, form);
        }
    }
}

fn list(asked: &Asked, after: Option<u64>, limit: usize) -> Result<FeedReply, Fault> {
    let (after, limit, kinds) = (after.map(|after| after.to_string()), limit.to_string(), asked.kinds.join(","));
    let path = asking(
        "/v1/feed",
        &[
            ("all", asked.all.then_some("true")),
            ("project", asked.project.as_deref()),
            ("cwd", asked.cwd.as_deref()),
            ("after", after.as_deref()),
            ("kinds", Some(kinds.as_str()).filter(|kinds| !kinds.is_empty())),
            ("limit", Some(&limit)),
        ],
    );
    Daemon::new()?.get(&path)
}

/// Follows until it is interrupted, over as many daemons as there are.
fn follow(asked: &Asked, mut after: u64, form: Form) -> Outcome {
    if connect::is_alone() {
        return Err(Fault::new(FaultKind::Caller, "no_stream", "nothing happens that this command does not do itself")
            .hint("leave out `--no-daemon` (and QUIPU_NO_DAEMON), and a daemon tells"));
    }
    let paths = connect::paths()?;
    loop {
        let socket = start::ensure(&paths, Deadline::within(start::START))?;
        match listen(asked, &socket, &mut after, form) {
            // Another daemon comes; what happened meanwhile is in the rows.
            Ok(()) | Err(ClientError::Absent(_) | ClientError::Broken(_) | ClientError::TimedOut) => {}
            Err(ClientError::Fault(fault)) if fault.retry_after_ms.is_some() => {}
            Err(error) => return Err(error.into_fault()),
        }
        std::thread::sleep(AGAIN);
    }
}

/// Says what one daemon tells, until it ends.
fn listen(asked: &Asked, socket: &std::path::Path, after: &mut u64, form: Form) -> Result<(), ClientError> {
    let last = after.to_string();
    let path = asking(
        "/v1/events",
        &[
            ("agents", Some("true")),
            ("all", asked.all.then_some("true")),
            ("project", asked.project.as_deref()),
            ("cwd", asked.cwd.as_deref()),
            ("after", Some(&last)),
        ],
    );
    let mut events = Events::open(socket, &Request::get(&path), Deadline::within(PATIENCE))?;
    while let Some(event) = events.next(Deadline::within(SILENCE))? {
        match event.name.as_str() {
            "happened" => told(&event, asked, after, form),
            "reset" => {
                let reason = serde_json::from_str::<Value>(&event.data).unwrap_or_default();
                let reason = reason["reason"].as_str().unwrap_or("something is missing").to_owned();
                anstream::eprintln!("{} {}", styled(WARN, "note:"), plain_line(&reason));
            }
            _ => {}
        }
    }
    Ok(())
}

fn told(event: &Event, asked: &Asked, after: &mut u64, form: Form) {
    let Ok(happened) = serde_json::from_str::<HappenedView>(&event.data) else { return };
    *after = happened.id;
    if asked.kinds.is_empty() || asked.kinds.contains(&happened.kind) {
        say(&happened, asked.all || asked.project.is_some(), &Zoned::now(), form);
    }
}

fn say(event: &HappenedView, names_project: bool, now: &Zoned, form: Form) {
    if form == Form::Json {
        return json_line(event);
    }
    let session = event.session.as_deref().and_then(quipu_core::memory::SessionRef::parse);
    let who = session.map(|session| format!(" {}", quipu_core::presence::shown(&session))).unwrap_or_default();
    let place = event.project.as_deref().filter(|_| names_project).map(|path| format!(" · {}", project_name(path)));
    let parts = [who, place.unwrap_or_default()].map(|part| plain_line(&part));
    let parts: Vec<&str> = parts.iter().map(|part| &**part).filter(|part| !part.is_empty()).collect();
    anstream::println!(
        "{} {} {} {}",
        styled(DIM, &format!("{:>5} {:<16}", event.id, dates::human(event.at, now))),
        styled(BOLD, &plain_line(&event.kind)),
        parts.join(" "),
        styled(DIM, &plain_line(&body(&event.body)))
    );
}

/// Names and numbers of what happened, in their order; what is not said is left out.
fn body(body: &Value) -> String {
    let said = |name: &str, value: &Value| match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(ms) if matches!(name, "until" | "since") => ms.as_i64().map(moment),
        other => Some(other.to_string()),
    };
    let pairs = body.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some(format!("{name} {}", said(name, value)?))).collect::<Vec<_>>().join(", ")
}
