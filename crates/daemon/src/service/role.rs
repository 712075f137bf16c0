//! Roles of a project: taken, given up with a note, listed. A role is a lease with an epoch, which is its last token.
//! It must not know doors, nor what may be held by whom (`core::lease`).
//! Invariant: of two who take a role at one epoch one gets it; whoever loses it loses its token.

use quipu_core::id::{EventId, MemoryId};
use quipu_core::lease::{Blocked, Holder, Moment, ROLE, Refusal, Taking, Token, Want};
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_core::scope::Privacy;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::SaveRequest;
use quipu_protocol::wire::role::{
    GiveRoleRequest, NoteView, RoleReply, RoleView, RolesReply, RolesRequest, TakeRoleRequest,
};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::StoreError;
use quipu_store::lease::{Deed, Edits, LeaseRow, LeaseTable, NewClaim, ResourceRef, ResourceRow};
use quipu_store::read::Scope;
use quipu_store::write::Applied;
use uuid::Uuid;

use super::lease::{By, gone, holder_view, is_live, left, reason_of, ttl_of, who};
use super::scopes::Who;
use super::{Service, count, fault_of, other_write, save};

/// Longest name of a role, in bytes.
const MAX_NAME: usize = 40;
/// So much of a note is told to whoever takes the role, in characters.
const NOTE: usize = 2_000;

/// Takes a role: one that nobody holds, or by force.
pub(crate) fn take_role(service: &Service, by: By<'_>, request: &TakeRoleRequest) -> Result<RoleReply, Fault> {
    let (resource, project) = named(service, &request.role, &request.scope)?;
    let reason = reason_of(service, Some(&project.0), request.reason.as_deref())?;
    if request.force && reason.is_none() {
        return Err(Fault::new(FaultKind::Caller, "no_reason", "who takes a role from another says why")
            .hint("`--reason TEXT`; whoever loses it is told"));
    }
    let (before, now) = service.keeper.fresh().map_err(fault_of)?;
    let from = held(&before, &resource, now).map(|row| row.claim.holder.clone());
    let claim = NewClaim {
        holder: Holder { session: by.session.cloned(), pid: None },
        want: Want::Permits(1),
        ttl: ttl_of(request.ttl_ms)?,
        edits: Edits::Warn,
        reason,
        project: Some(project),
    };
    let taking = if request.force { Taking::Force } else { Taking::Vacant };
    let if_epoch = request.if_epoch.map(Token);
    let deed = Deed::Take { resource: resource.clone(), claim, if_epoch, taking };
    let asked = match service.keeper.write(by.event, deed) {
        Ok(Applied::Lease(asked)) => asked,
        Ok(_) => return Err(other_write()),
        Err(StoreError::Lease(refusal)) => return Err(refused(&request.role, &refusal, &service.keeper.table(), now)),
        Err(error) => return Err(fault_of(error)),
    };
    let table = service.keeper.table();
    let row = table.claim(asked.id()).filter(|row| row.resource == resource).ok_or_else(gone)?;
    let is_new = matches!(asked, quipu_store::lease::Asked::Granted(..));
    let from = from.filter(|from| is_new && *from != row.claim.holder);
    Ok(RoleReply {
        outcome: if is_new { "taken" } else { "renewed" }.to_owned(),
        taken_from: from.as_ref().map(holder_view),
        role: view(service, &resource, &table, Notes::Read, now)?,
        mode: service.mode().to_owned(),
    })
}

/// Gives a role up, with a note for whoever takes it next.
pub(crate) fn give_role(service: &Service, by: By<'_>, request: &GiveRoleRequest) -> Result<RoleReply, Fault> {
    let (resource, project) = named(service, &request.role, &request.scope)?;
    let (table, now) = service.keeper.fresh().map_err(fault_of)?;
    let Some(row) = held(&table, &resource, now) else {
        return Err(Fault::new(FaultKind::Missing, "no_such_lease", format!("nobody holds `{}`", request.role))
            .hint("`quipu role list` shows who holds what"));
    };
    let holder = &row.claim.holder;
    let is_own = by.session.map_or(holder.session.is_none(), |session| holder.is_of_session(session));
    if !is_own && (by.session.is_some() || !request.force) {
        let fault =
            Fault::new(FaultKind::Conflict, "not_yours", format!("`{}` is held by {}", request.role, who(row, now)));
        return Err(match by.session {
            Some(_) => fault.hint("ask its holder; to take it over: `quipu role take NAME --force --reason TEXT`"),
            None => fault.hint("`--force` gives it up whoever holds it"),
        });
    }
    let claim = row.claim.id;
    let note = request.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let note = note.map(|note| leave(service, by, &request.role, &project, note)).transpose()?;
    count(service.keeper.write(by.event, Deed::GiveUp { claim, note }).map_err(fault_of)?)?;
    let table = service.keeper.table();
    Ok(RoleReply {
        outcome: "given".to_owned(),
        taken_from: None,
        role: view(service, &resource, &table, Notes::Read, now)?,
        mode: service.mode().to_owned(),
    })
}

/// The roles of a project, those that nobody holds too.
pub(crate) fn roles(service: &Service, request: &RolesRequest) -> Result<RolesReply, Fault> {
    let scope = service.scope(&request.scope)?;
    let (table, now) = service.keeper.fresh().map_err(fault_of)?;
    let is_in = |project: &ProjectKey| match &scope {
        Scope::All => true,
        Scope::Project(own) => own == project,
    };
    let of =
        |row: &&ResourceRow| row.resource.name.starts_with(ROLE) && row.resource.project.as_ref().is_some_and(is_in);
    let all = table.resources.iter().filter(of).filter(|row| row.last.0 > 0);
    let roles = all.map(|row| view(service, &row.resource, &table, Notes::Named, now)).collect::<Result<_, _>>()?;
    Ok(RolesReply { roles, mode: service.mode().to_owned() })
}

/// A role of a project, by what was typed.
impl Service {
    /// The roles that a session has in a project; of memory alone.
    pub(super) fn roles_of(&self, session: &SessionRef, project: &ProjectKey) -> Vec<String> {
        let table = self.keeper.table();
        let held = table.of_session(session).filter(|row| row.claim.token().is_some());
        let there = held.filter(|row| row.resource.project.as_ref() == Some(project));
        there.filter_map(|row| row.resource.name.strip_prefix(ROLE).map(str::to_owned)).collect()
    }
}

fn named(service: &Service, role: &str, scope: &ScopeParams) -> Result<(ResourceRef, ProjectKey), Fault> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    if role.is_empty() || role.len() > MAX_NAME || !role.chars().all(fits) {
        return Err(Fault::new(FaultKind::Caller, "bad_role", format!("`{role}` is no name of a role"))
            .hint("1 to 40 small letters, digits and `._-`: `prime`"));
    }
    match service.scope(scope)? {
        Scope::Project(project) => {
            Ok((ResourceRef { name: format!("{ROLE}{role}"), project: Some(project.clone()) }, project))
        }
        Scope::All => Err(Fault::new(FaultKind::Caller, "no_scope", "a role is one project's")
            .hint("leave out `--all`, or name a project: `--project NAME`")),
    }
}

fn held<'t>(table: &'t LeaseTable, resource: &ResourceRef, now: Moment) -> Option<&'t LeaseRow> {
    table.claims.iter().find(|row| row.resource == *resource && row.claim.token().is_some() && is_live(row, now))
}

/// Writes a note down as a memory; a repeat finds the first one.
fn leave(service: &Service, by: By<'_>, role: &str, project: &ProjectKey, note: &str) -> Result<MemoryId, Fault> {
    let request = SaveRequest {
        text: note.to_owned(),
        kind: Some("journal".to_owned()),
        title: Some(format!("Handover of {role}")),
        keywords: vec![format!("{ROLE}{role}")],
        project: Some(project.0.clone()),
        ..SaveRequest::default()
    };
    // Two writes of one request: the second id follows from the first.
    let event = by.event.map(|event| EventId(Uuid::from_u128(event.0.as_u128() ^ 1)));
    let reply = save(service, Who::Direct(by.reader()), event, &request)?;
    let id = reply.id.as_deref().and_then(|id| id.parse().ok());
    id.ok_or_else(|| {
        let why = reply.reason.unwrap_or_default();
        Fault::new(FaultKind::Caller, "no_note", format!("the note was not kept: {why}")).hint("say it otherwise")
    })
}

/// What of a note is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notes {
    /// All of it: to whoever takes the role or gives it up.
    Read,
    /// That there is one.
    Named,
}

fn view(
    service: &Service,
    resource: &ResourceRef,
    table: &LeaseTable,
    notes: Notes,
    now: Moment,
) -> Result<RoleView, Fault> {
    let row = table.resource(resource);
    let note = row.and_then(|row| row.note);
    let memory = note.map(|id| service.engine.memory(id).map_err(fault_of)).transpose()?.flatten();
    let note = memory.filter(|memory| memory.privacy != Privacy::Private).map(|memory| NoteView {
        id: memory.id.to_string(),
        text: (notes == Notes::Read).then(|| memory.body.chars().take(NOTE).collect()),
        at: memory.occurred_at.0,
    });
    let held = held(table, resource, now);
    Ok(RoleView {
        role: resource.name.strip_prefix(ROLE).unwrap_or(&resource.name).to_owned(),
        project: resource.project.as_ref().map(|project| project.0.clone()),
        epoch: row.map_or(0, |row| row.last.0),
        holder: held.map(|row| holder_view(&row.claim.holder)),
        since: held.and_then(|row| row.granted_at).map(|at| at.0),
        left_ms: held.map(|row| left(row, now)),
        reason: held.and_then(|row| row.reason.clone()),
        note,
    })
}

fn refused(role: &str, refusal: &Refusal, table: &LeaseTable, now: Moment) -> Fault {
    let holder = |blocked: &Blocked| {
        let row = blocked.by.first().and_then(|id| table.claim(*id));
        let epoch = row.and_then(|row| row.claim.token()).map_or(0, |token| token.0);
        (row.map_or_else(|| "somebody".to_owned(), |row| who(row, now)), epoch)
    };
    match refusal {
        Refusal::Held(blocked) => {
            let (by, epoch) = holder(blocked);
            Fault::new(FaultKind::Conflict, "role_held", format!("`{role}` is held by {by}, at epoch {epoch}")).hint(
                format!("ask them; or take it over: `quipu role take {role} --if-epoch {epoch} --force --reason TEXT`"),
            )
        }
        other => super::lease::refused(other),
    }
}
