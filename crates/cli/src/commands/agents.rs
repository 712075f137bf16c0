//! `quipu agents`: who is at work here, what each does, and where nothing is delivered.
//! It must not know how presence is found out.
//! Invariant: counts say of how many; a pause says how to end it.

use jiff::Zoned;
use quipu_protocol::client::asking;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::agents::{
    AgentView, AgentsReply, DeliveryPauseView, DeliveryRequest, EditorView, TaskReply, TaskRequest,
};
use quipu_protocol::wire::places::CountReply;

use super::places::moment;
use super::{Outcome, cwd, project, project_name};
use crate::args::agents::{Agents, AgentsArgs, DeliveryPlace, RosterArgs};
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, styled};
use crate::plain::plain_line;

/// So many files of one session are named in its row.
const FILES: usize = 3;

pub(super) fn agents(args: AgentsArgs, form: Form) -> Outcome {
    match args.wanted {
        None => list(args.list, form),
        Some(Agents::List(args)) => list(args, form),
        Some(Agents::Task { task, clear, session }) => {
            let task = (!clear).then(|| task.join(" "));
            declare(TaskRequest { task, session, cwd: cwd() }, form)
        }
        Some(Agents::Show { session }) => show(&session, form),
        Some(Agents::Pause { place, length }) => pause(place, length.as_deref(), form),
        Some(Agents::Resume { place }) => resume(place, form),
    }
}

fn list(args: RosterArgs, form: Form) -> Outcome {
    let (place, limit) = (args.project.map(project), args.limit.to_string());
    let here = cwd().filter(|_| !args.all && place.is_none());
    let path = asking(
        "/v1/agents",
        &[
            ("all", args.all.then_some("true")),
            ("project", place.as_deref()),
            ("cwd", here.as_deref()),
            ("left", args.left.then_some("true")),
            ("limit", Some(&limit)),
        ],
    );
    let reply: AgentsReply = Daemon::new()?.get(&path)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let now = Zoned::now();
    let where_ = reply.project.as_deref().map_or_else(|| "every project".to_owned(), project_name);
    if reply.agents.is_empty() {
        let elsewhere = match reply.elsewhere {
            0 => String::new(),
            n => format!("; {n} elsewhere, `--all` lists them"),
        };
        anstream::println!(
            "No agent is at work in {where_} {}",
            styled(DIM, &format!("({} left{elsewhere})", reply.left))
        );
    }
    for agent in &reply.agents {
        row(agent, &reply, &now);
    }
    if !reply.agents.is_empty() {
        let cut = match reply.of - reply.agents.len() {
            0 => String::new(),
            _ => format!(" ({} of {} shown)", reply.agents.len(), reply.of),
        };
        let elsewhere =
            if reply.elsewhere > 0 { format!(", {} here elsewhere", reply.elsewhere) } else { String::new() };
        let counts =
            format!("{} here, {} silent, {} left{elsewhere} · {where_}{cut}", reply.here, reply.silent, reply.left);
        anstream::println!("{}", styled(DIM, &counts));
    }
    reply.paused.iter().for_each(paused);
    Ok(())
}

fn row(agent: &AgentView, reply: &AgentsReply, now: &Zoned) {
    let style = match agent.state.as_str() {
        "here" => GOOD,
        "silent" => WARN,
        _ => DIM,
    };
    let you = if reply.you.as_deref() == Some(&agent.session) { " (you)" } else { "" };
    let branch = agent.branch.as_deref().map(|branch| format!("/{}", plain_line(branch))).unwrap_or_default();
    let seen = match (&agent.left_at, &agent.left_why) {
        (Some(at), why) => format!("left {}, {}", dates::human(*at, now), plain_line(why.as_deref().unwrap_or("?"))),
        _ => format!("seen {}", dates::human(agent.seen_at, now)),
    };
    anstream::println!(
        "{} {}{you} {}",
        styled(style, &format!("{:<6}", agent.state)),
        styled(BOLD, &format!("{}/{}", plain_line(&agent.agent), plain_line(&agent.short))),
        styled(DIM, &format!("· {}{branch} · {seen}", plain_line(&project_name(&agent.project))))
    );
    if let Some(task) = &agent.task {
        anstream::println!("       {}", plain_line(task));
    }
    if !agent.editing.is_empty() {
        let names: Vec<_> = agent.editing.iter().take(FILES).map(|edit| plain_line(&edit.file)).collect();
        let more = if agent.editing.len() > FILES {
            format!(" and {} more", agent.editing.len() - FILES)
        } else {
            String::new()
        };
        anstream::println!("       {}", styled(DIM, &format!("edits {}{more}", names.join(", "))));
    }
    if !agent.overlap.files.is_empty() || !agent.overlap.words.is_empty() {
        let shared = [&agent.overlap.files[..], &agent.overlap.words[..]].concat().join(", ");
        anstream::println!("       {}", styled(WARN, &format!("touches your work: {}", plain_line(&shared))));
    }
    if !agent.roles.is_empty() {
        anstream::println!("       {}", styled(DIM, &format!("is {}", plain_line(&agent.roles.join(", ")))));
    }
    if agent.delivery_paused {
        anstream::println!("       {}", styled(WARN, "delivery paused"));
    }
}

fn show(session: &str, form: Form) -> Outcome {
    let path = asking("/v1/agents", &[("session", Some(session))]);
    let reply: AgentsReply = Daemon::new()?.get(&path)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let now = Zoned::now();
    for agent in &reply.agents {
        row(agent, &reply, &now);
        let line = |name: &str, value: &str| anstream::println!("       {} {}", styled(DIM, name), plain_line(value));
        line("session", &agent.session);
        line("project", &agent.project);
        agent.cwd.iter().for_each(|cwd| line("in", cwd));
        line("since", &dates::human(agent.joined_at, &now));
        line("known by", if agent.connected { "an open connection" } else { "its hooks" });
        for edit in agent.editing.iter().skip(FILES) {
            line("edits", &edit.file);
        }
    }
    Ok(())
}

fn declare(request: TaskRequest, form: Form) -> Outcome {
    let reply: TaskReply = Daemon::new()?.write("/v1/agents/task", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    match &reply.task {
        Some(task) => anstream::println!("{}: {}", plain_line(&reply.session), plain_line(task)),
        None => anstream::println!("{} says nothing of what it does", plain_line(&reply.session)),
    }
    for other in &reply.overlaps {
        let shared = [&other.overlap.files[..], &other.overlap.words[..]].concat().join(", ");
        let task = other.task.as_deref().map(|task| format!(": {}", plain_line(task))).unwrap_or_default();
        let line = format!("{}/{} works on something near ({}){task}", other.agent, other.short, plain_line(&shared));
        anstream::println!("{} {}", styled(WARN, "note:"), plain_line(&line));
    }
    Ok(())
}

fn request(place: DeliveryPlace) -> DeliveryRequest {
    let is_here = place.session.is_none() && place.role.is_none() && place.project.is_none() && !place.all;
    DeliveryRequest {
        session: place.session,
        role: place.role,
        project: place.project.map(project),
        cwd: cwd().filter(|_| is_here),
        all: place.all,
        for_ms: None,
    }
}

fn pause(place: DeliveryPlace, length: Option<&str>, form: Form) -> Outcome {
    let for_ms = length
        .map(dates::length)
        .transpose()
        .map_err(|message| Fault::new(FaultKind::Caller, "bad_duration", message))?;
    let request = DeliveryRequest { for_ms, ..request(place) };
    let view: DeliveryPauseView = Daemon::new()?.write("/v1/agents/pause", &request)?;
    match form {
        Form::Json => json(&view),
        Form::Text => paused(&view),
    }
    Ok(())
}

fn resume(place: DeliveryPlace, form: Form) -> Outcome {
    let reply: CountReply = Daemon::new()?.write("/v1/agents/resume", &request(place))?;
    if form == Form::Json {
        json(&reply);
    } else if reply.count == 0 {
        anstream::println!(
            "nothing was held back there {}",
            styled(DIM, "(`quipu agents resume --all` ends every pause)")
        );
    } else {
        anstream::println!("resumed");
    }
    Ok(())
}

/// A pause of delivery, with what ends it.
fn paused(pause: &DeliveryPauseView) {
    let what = match pause.name.as_deref() {
        Some(name) => format!("to {} {}", pause.of, plain_line(name)),
        None => "to everybody".to_owned(),
    };
    let until = pause.until.map(|until| format!(" until {}", moment(until))).unwrap_or_default();
    anstream::println!(
        "{} {what}{until} {}",
        styled(BOLD, "delivery paused"),
        styled(DIM, &format!("(`{}` ends it)", plain_line(&pause.resume)))
    );
}

/// Who edits a file of a hit, in a line.
pub(super) fn edits(editor: &EditorView, now: &Zoned) -> String {
    let session = quipu_core::memory::SessionRef::parse(&editor.session);
    let session = session.map_or_else(|| editor.session.clone(), |session| quipu_core::presence::shown(&session));
    let branch = editor.branch.as_deref().map(|branch| format!(" on branch {branch}")).unwrap_or_default();
    let line = format!("{session}{branch} edits {} ({})", editor.file, dates::human(editor.at, now));
    plain_line(&line)
}
