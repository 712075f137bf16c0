//! Where nothing is delivered: a session's, a role's, a project's mail, or everybody's, held back until somebody resumes it.
//! It must not know what would be delivered; memory goes on.
//! Invariant: a pause survives the daemon, and whoever is told of one is told the command that ends it.

use std::sync::{Arc, PoisonError};

use quipu_core::id::EventId;
use quipu_core::memory::{ProjectKey, SessionRef};
use quipu_core::presence::shown;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::agents::{DeliveryPauseView, DeliveryRequest};
use quipu_protocol::wire::places::CountReply;
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::agents::{AgentsWrite, Delivery, DeliveryPause};
use quipu_store::read::Scope;
use quipu_store::write::{Applied, Lane, Write};

use super::{Service, count, fault_of, other_write};

pub(crate) fn pause_delivery(
    service: &Service,
    event: Option<EventId>,
    request: &DeliveryRequest,
) -> Result<DeliveryPauseView, Fault> {
    if request.for_ms.is_some_and(|ms| ms <= 0) {
        return Err(Fault::new(FaultKind::Caller, "bad_duration", "a pause needs a time above zero")
            .hint("for example `--for 2h`"));
    }
    let (to, now) = (service.delivery(request)?, service.now());
    let until = request.for_ms.map(|ms| now.plus(ms));
    let write = Write::Agents(Box::new(AgentsWrite::PauseDelivery { to: to.clone(), until }));
    if service.engine.write(event, write, Lane::Interactive, now).map_err(fault_of)? != Applied::Done {
        return Err(other_write());
    }
    service.forget_delivery();
    let held = service.delivery_pauses()?.iter().find(|pause| pause.to == to).cloned();
    Ok(view(held.unwrap_or(DeliveryPause { to, from: now, until })))
}

pub(crate) fn resume_delivery(
    service: &Service,
    event: Option<EventId>,
    request: &DeliveryRequest,
) -> Result<CountReply, Fault> {
    let to = if request.all { None } else { Some(service.delivery(request)?) };
    let write = Write::Agents(Box::new(AgentsWrite::ResumeDelivery(to)));
    let applied = service.engine.write(event, write, Lane::Interactive, service.now()).map_err(fault_of)?;
    service.forget_delivery();
    Ok(CountReply { count: count(applied)? })
}

fn view(pause: DeliveryPause) -> DeliveryPauseView {
    let (of, name, flag) = match &pause.to {
        Delivery::Session(session) => ("session", Some(session.to_string()), format!("--session {}", shown(session))),
        Delivery::Role(role) => ("role", Some(role.clone()), format!("--role {role}")),
        Delivery::Project(key) => ("project", Some(key.0.clone()), format!("--project {}", key.0)),
        Delivery::All => ("all", None, "--all".to_owned()),
    };
    let resume = format!("quipu agents resume {flag}");
    DeliveryPauseView { of: of.to_owned(), name, from: pause.from.0, until: pause.until.map(|until| until.0), resume }
}

impl Service {
    /// The place that a request names.
    fn delivery(&self, asked: &DeliveryRequest) -> Result<Delivery, Fault> {
        let places = [asked.session.is_some(), asked.role.is_some(), asked.project.is_some(), asked.all];
        if places.iter().filter(|named| **named).count() > 1 {
            return Err(Fault::new(FaultKind::Caller, "several_places", "more than one place was named")
                .hint("give one of session, role, project and all; each is a pause of its own"));
        }
        if asked.all {
            return Ok(Delivery::All);
        }
        if let Some(name) = &asked.session {
            return Ok(Delivery::Session(self.session_named(name)?));
        }
        if let Some(role) = &asked.role {
            let role = role.trim();
            let is_name = !role.is_empty() && role.len() <= 100 && !role.contains(char::is_whitespace);
            return is_name.then(|| Delivery::Role(role.to_owned())).ok_or_else(|| {
                Fault::new(FaultKind::Caller, "bad_role", format!("`{role}` is no name of a role"))
                    .hint("a word, such as `prime`")
            });
        }
        let params = ScopeParams { project: asked.project.clone(), cwd: asked.cwd.clone(), ..ScopeParams::default() };
        match self.scope(&params)? {
            Scope::Project(key) => Ok(Delivery::Project(key)),
            Scope::All => Ok(Delivery::All),
        }
    }

    /// Pauses of delivery that hold now.
    fn delivery_pauses(&self) -> Result<Arc<Vec<DeliveryPause>>, Fault> {
        let mut cached = self.delivery.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        if let Some(pauses) = &*cached {
            let holds = |pause: &DeliveryPause| pause.until.is_none_or(|until| now < until);
            return Ok(match pauses.iter().all(holds) {
                true => pauses.clone(),
                false => Arc::new(pauses.iter().filter(|pause| holds(pause)).cloned().collect()),
            });
        }
        let pauses = Arc::new(self.engine.delivery_pauses(now).map_err(fault_of)?);
        // Who reads beside the owner is not told when the owner changes them.
        if self.standing == "owner" {
            *cached = Some(pauses.clone());
        }
        Ok(pauses)
    }

    pub(super) fn forget_delivery(&self) {
        *self.delivery.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The same as they travel.
    pub(super) fn delivery_paused_views(&self) -> Result<Vec<DeliveryPauseView>, Fault> {
        Ok(self.delivery_pauses()?.iter().cloned().map(view).collect())
    }

    /// Whether nothing is delivered to a session in a project, which holds these roles. Asked before each delivery; of memory alone.
    pub(crate) fn is_delivery_paused(
        &self,
        session: &SessionRef,
        project: &ProjectKey,
        roles: &[String],
    ) -> Result<bool, Fault> {
        Ok(self.delivery_pauses()?.iter().any(|pause| match &pause.to {
            Delivery::All => true,
            Delivery::Session(paused) => paused == session,
            Delivery::Project(paused) => paused == project,
            Delivery::Role(paused) => roles.contains(paused),
        }))
    }
}
