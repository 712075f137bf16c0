//! `quipu work`, `link` and `unlink`.
//! It must not know what a status allows.
//! Invariant: what a change did to other items is said with it.

use jiff::Zoned;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::{SaveRequest, UpdateReply, UpdateRequest};
use quipu_protocol::wire::search::ScopeParams;
use quipu_protocol::wire::work::{AlsoView, LinkParam, LinkRequest, WorkItemView, WorkReply, WorkRequest};

use super::change::changed;
use super::memories::{part, show, stored, text_of};
use super::{Outcome, cwd, project_name, scope};
use crate::args::AsOf;
use crate::args::work::{AddArgs, EndArgs, LinkArgs, ListArgs, Work, WorkArgs};
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BAD, BOLD, DIM, Form, GOOD, WARN, json, shown, styled, width};

pub(super) fn work(args: WorkArgs, form: Form) -> Outcome {
    let step = |status: &str| UpdateRequest { status: Some(status.to_owned()), ..UpdateRequest::default() };
    match args.wanted {
        None => list(args.list, form),
        Some(Work::List(args)) => list(args, form),
        Some(Work::Add(args)) => add(args, form),
        Some(Work::Start { id }) => update(&id, &step("active"), form),
        Some(Work::Block { id, by, reason }) => {
            let add_links = by.into_iter().map(|id| LinkParam { relation: "blocked_by".to_owned(), id }).collect();
            update(&id, &UpdateRequest { add_links, reason, ..step("blocked") }, form)
        }
        Some(Work::Unblock { id }) => update(&id, &step("unblocked"), form),
        Some(Work::Done(args)) => end(args, step("done"), form),
        Some(Work::Drop(args)) => end(args, step("dropped"), form),
        Some(Work::Due { id, when }) => {
            update(&id, &UpdateRequest { due: Some(due(&when.join(" "))?), ..UpdateRequest::default() }, form)
        }
        Some(Work::Show { id }) => show(&id, &AsOf { as_of: None }, form),
    }
}

pub(super) fn link(args: LinkArgs, remove: bool, form: Form) -> Outcome {
    let LinkArgs { id, relation, to } = args;
    let request = LinkRequest { id, relation, to, remove, scope: ScopeParams::default() };
    let reply: UpdateReply = Daemon::new()?.write("/v1/links", &request)?;
    changed(reply, form);
    Ok(())
}

/// A link as it is typed: `RELATION:ID`.
pub(super) fn typed(text: &str) -> Result<LinkParam, Fault> {
    match text.split_once(':') {
        Some((relation, id)) => Ok(LinkParam { relation: relation.to_owned(), id: id.to_owned() }),
        None => Err(Fault::new(FaultKind::Caller, "bad_link", format!("`{text}` is no link"))
            .hint("write RELATION:ID, as in `--link depends_on:0193e0a4-…`")),
    }
}

/// A day as it is typed here, in this terminal's time zone; words that mean none go as they are.
pub(super) fn due(text: &str) -> Result<String, Fault> {
    if matches!(text.trim(), "" | "none" | "never") {
        return Ok("none".to_owned());
    }
    let at = dates::due(text, &Zoned::now())
        .map_err(|words| Fault::new(FaultKind::Caller, "bad_time", words).hint("`none` takes a due date away"))?;
    Ok(dates::iso(at))
}

/// What a change did to other items, a line each.
pub(super) fn print_also(also: &[AlsoView]) {
    for AlsoView { id, became } in also {
        match became.as_str() {
            "parts_closed" => {
                let hint = styled(DIM, &format!("(`quipu work done {id}`)"));
                anstream::println!("no part of {id} is open any more {hint}");
            }
            status => anstream::println!("{} {id} is {status} now", styled(GOOD, "and:")),
        }
    }
}

fn update(id: &str, request: &UpdateRequest, form: Form) -> Outcome {
    let reply: UpdateReply = Daemon::new()?.change(&format!("/v1/memories/{}", part(id)), request)?;
    changed(reply, form);
    Ok(())
}

fn end(args: EndArgs, step: UpdateRequest, form: Form) -> Outcome {
    let request = UpdateRequest { with_children: args.with_children, reason: args.reason, ..step };
    update(&args.id, &request, form)
}

fn add(args: AddArgs, form: Form) -> Outcome {
    let link = |relation: &str, id: String| LinkParam { relation: relation.to_owned(), id };
    let blockers = args.blocked_by.into_iter().map(|id| link("blocked_by", id));
    let request = SaveRequest {
        text: text_of(args.text.join(" "))?,
        kind: Some("work_item".to_owned()),
        title: args.title,
        keywords: args.keywords,
        cwd: if args.global { None } else { cwd() },
        status: args.status,
        priority: args.priority,
        due: args.due.as_deref().map(due).transpose()?,
        links: args.parent.map(|id| link("part_of", id)).into_iter().chain(blockers).collect(),
        files: super::memories::absolute(args.files),
        ..SaveRequest::default()
    };
    stored(Daemon::new()?.write("/v1/memories", &request)?, form);
    Ok(())
}

fn list(args: ListArgs, form: Form) -> Outcome {
    let everywhere = args.scope.all;
    let request = WorkRequest { scope: scope(args.scope), closed: args.closed, limit: Some(args.limit) };
    let reply: WorkReply = Daemon::new()?.ask("/v1/work", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let now = Zoned::now();
    for item in &reply.items {
        print(item, everywhere, &now);
    }
    let shown_all = reply.items.len() as u64;
    let of = if args.closed { reply.all } else { reply.open };
    let counts = format!(
        "{} open, {} blocked, {} overdue, {} closed",
        reply.open,
        reply.blocked,
        reply.overdue,
        reply.all.saturating_sub(reply.open)
    );
    if of == 0 {
        anstream::println!("Nothing is to be done here {}", styled(DIM, "(`quipu work add TEXT` writes it down)"));
    }
    anstream::println!("{}", styled(DIM, &counts));
    if shown_all < of {
        anstream::println!("{} {} more: --limit {of}", styled(WARN, "note:"), of - shown_all);
    }
    Ok(())
}

fn print(item: &WorkItemView, everywhere: bool, now: &Zoned) {
    let colour = match item.work.status.as_str() {
        "active" => GOOD,
        "blocked" => WARN,
        "done" | "dropped" => DIM,
        _ => BOLD,
    };
    let place = item.project.as_deref().filter(|_| everywhere).map(|p| format!(" [{}]", project_name(p)));
    let title: String = shown(&item.title).chars().take(width().saturating_sub(24)).collect();
    let head = format!("{:<8} {:<8}", item.work.status, item.work.priority);
    anstream::println!("{} {title}{}", styled(colour, &head), styled(DIM, &place.unwrap_or_default()));
    let mut facts = vec![item.id.clone()];
    if let Some(due) = item.work.due_at.filter(|_| !matches!(item.work.status.as_str(), "done" | "dropped")) {
        facts.push(dates::until(due, now));
    }
    if item.parts > 0 {
        facts.push(format!("{} of {} parts open", item.open_parts, item.parts));
    }
    facts.extend(item.part_of.iter().map(|whole| format!("part of {whole}")));
    let facts = facts.join(" · ");
    anstream::println!("                  {}", styled(if item.work.overdue { BAD } else { DIM }, &facts));
    if item.work.status == "blocked" {
        let by = if item.blocked_by.is_empty() {
            "what no memory stands for".to_owned()
        } else {
            item.blocked_by.join(", ")
        };
        anstream::println!("                  {}", styled(WARN, &format!("blocked by {by}")));
    }
}
