//! `quipu project`, `pause` and `resume`.
//! It must not know how a project is recognised.
//! Invariant: a pause says how to end it.

use jiff::Zoned;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::places::{CountReply, MergeRequest, PauseRequest, PauseView, ProjectsReply};

use super::{Outcome, cwd, project_name};
use crate::args::Place;
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BOLD, DIM, Form, json, styled};

pub(super) fn list(form: Form) -> Outcome {
    let reply: ProjectsReply = Daemon::new()?.get("/v1/projects")?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if reply.projects.is_empty() {
        anstream::println!("No projects yet {}", styled(DIM, "(`quipu index` reads past sessions)"));
    }
    let now = Zoned::now();
    for project in reply.projects {
        let last = project.last_at.map(|at| dates::human(at, &now)).unwrap_or_default();
        anstream::println!(
            "{:<20} {:>7} memories {:>5} sessions  {:<16} {}",
            styled(BOLD, &project.name),
            project.memories,
            project.sessions,
            last,
            styled(DIM, &project.path)
        );
        for merged in project.merged {
            anstream::println!("{:20} {}", "", styled(DIM, &format!("with what was {merged}")));
        }
    }
    Ok(())
}

pub(super) fn merge(old: String, new: String, form: Form) -> Outcome {
    let reply: CountReply =
        Daemon::new()?.write("/v1/projects/merge", &MergeRequest { old: old.clone(), new: new.clone() })?;
    if form == Form::Json {
        json(&reply);
    } else {
        anstream::println!("{} memories of {old} belong to {new} now", reply.count);
    }
    Ok(())
}

pub(super) fn pause(place: &Place, length: Option<&str>, form: Form) -> Outcome {
    let for_ms = length
        .map(dates::length)
        .transpose()
        .map_err(|message| Fault::new(FaultKind::Caller, "bad_duration", message))?;
    let request = PauseRequest { cwd: directory(place), for_ms };
    let view: PauseView = Daemon::new()?.write("/v1/pause", &request)?;
    if form == Form::Json {
        json(&view);
        return Ok(());
    }
    let what = view.project.as_deref().map_or_else(|| "every project".to_owned(), project_name);
    let until = view.until.map_or_else(|| "until you say so".to_owned(), |until| format!("until {}", moment(until)));
    let flag = if place.all { " --all" } else { "" };
    anstream::println!("paused: {what}, {until} {}", styled(DIM, &format!("(`quipu resume{flag}` ends it)")));
    Ok(())
}

/// A moment that is near, as a day and a time.
pub(super) fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map_or_else(|_| "?".into(), |t| t.to_zoned(Zoned::now().time_zone().clone()).strftime("%a %H:%M").to_string())
}

pub(super) fn resume(place: &Place, form: Form) -> Outcome {
    let request = PauseRequest { cwd: directory(place), for_ms: None };
    let reply: CountReply = Daemon::new()?.write("/v1/resume", &request)?;
    if form == Form::Json {
        json(&reply);
    } else if reply.count == 0 {
        anstream::println!("nothing was paused here {}", styled(DIM, "(`quipu resume --all` ends every pause)"));
    } else {
        anstream::println!("resumed {}", styled(DIM, "(what was said in the meantime is not kept)"));
    }
    Ok(())
}

fn directory(place: &Place) -> Option<String> {
    if place.all { None } else { cwd() }
}
