//! `quipu role`.
//! It must not know who may have a role.
//! Invariant: whoever takes a role is shown what was left for him.

use jiff::Zoned;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::role::{GiveRoleRequest, RoleReply, RoleView, RolesReply, RolesRequest, TakeRoleRequest};
use quipu_protocol::wire::search::ScopeParams;

use super::lease::{holder, length, span};
use super::{Outcome, project_name, scope};
use crate::args::Scope;
use crate::args::role::{GiveArgs, PlaceArgs, Role, RoleArgs, TakeArgs};
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, print_text, shown, styled};

pub(super) fn role(args: RoleArgs, form: Form) -> Outcome {
    match args.wanted {
        None => list(args.place, form),
        Some(Role::List(place)) => list(place, form),
        Some(Role::Take(args)) => take(args, form),
        Some(Role::Give(args)) => give(args, form),
    }
}

fn place(project: Option<String>, all: bool) -> ScopeParams {
    scope(Scope { project, all, only: None })
}

fn take(args: TakeArgs, form: Form) -> Result<(), Fault> {
    let request = TakeRoleRequest {
        role: args.role,
        scope: place(args.project, false),
        if_epoch: args.if_epoch,
        force: args.force,
        reason: args.reason,
        ttl_ms: length(args.ttl.as_deref())?,
    };
    let reply: RoleReply = Daemon::new()?.write("/v1/roles/take", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let from = reply.taken_from.as_ref().map(|from| format!(" from {}", holder(from))).unwrap_or_default();
    let epoch = styled(DIM, &format!("(epoch {})", reply.role.epoch));
    anstream::println!("{} {}{from} {epoch}", styled(GOOD, &reply.outcome), reply.role.role);
    note(&reply.role);
    Ok(())
}

fn give(args: GiveArgs, form: Form) -> Result<(), Fault> {
    let request =
        GiveRoleRequest { role: args.role, scope: place(args.project, false), note: args.note, force: args.force };
    let reply: RoleReply = Daemon::new()?.write("/v1/roles/give", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let left = reply.role.note.as_ref().map(|note| format!(" with a note {}", styled(DIM, &format!("({})", note.id))));
    anstream::println!("{} {}{}", styled(GOOD, "given up"), reply.role.role, left.unwrap_or_default());
    Ok(())
}

fn list(args: PlaceArgs, form: Form) -> Result<(), Fault> {
    let everywhere = args.all;
    let request = RolesRequest { scope: place(args.project, args.all) };
    let reply: RolesReply = Daemon::new()?.ask("/v1/roles", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if reply.roles.is_empty() {
        anstream::println!("No roles here {}", styled(DIM, "(`quipu role take NAME` takes one)"));
    }
    for role in &reply.roles {
        let at = role.project.as_deref().filter(|_| everywhere).map(|p| format!(" [{}]", project_name(p)));
        let who = match (&role.holder, role.left_ms) {
            (Some(by), Some(left)) => format!("{} {}", holder(by), styled(DIM, &format!("· {} left", span(left)))),
            _ => styled(WARN, "nobody"),
        };
        let name = styled(BOLD, &format!("{:<12}", role.role));
        let epoch = styled(DIM, &format!("epoch {:<4}", role.epoch));
        let why = role.reason.as_ref().map(|why| styled(DIM, &format!(" \u{201c}{}\u{201d}", shown(why))));
        anstream::println!("{name} {epoch} {who}{}{}", why.unwrap_or_default(), at.unwrap_or_default());
    }
    Ok(())
}

/// What the one before left.
fn note(role: &RoleView) {
    if let Some(note) = &role.note {
        anstream::println!("{} {}", styled(DIM, "left for you"), dates::human(note.at, &Zoned::now()));
        print_text(note.text.as_deref().unwrap_or_default());
    }
}
