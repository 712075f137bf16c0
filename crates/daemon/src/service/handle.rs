//! What a connection that is bound to one project may ask for: MCP's are, so that a model that names another project
//! by mistake, or because a text told it to, does not get it.
//! It must not know MCP or HTTP.
//! Invariant: what lies outside a handle is as if it were not there; only the user's own setting widens it.

use std::sync::Arc;

use quipu_agents::Privacy;
use quipu_core::memory::ProjectKey;
use quipu_protocol::config::keys::MCP_ALL_PROJECTS;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::ScopeParams;

use super::Service;
use quipu_store::read::Scope;

/// What a connection reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Its own project, and what belongs to none.
    Own,
    /// Whatever it names.
    Everywhere,
}

/// A connection's place.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    own: Option<ProjectKey>,
    /// Where it was opened: a project has several working trees, on a branch each.
    cwd: Option<String>,
    reach: Reach,
}

/// Names by which every project is meant.
const EVERY: [&str; 4] = ["all", "*", "every", "global"];

impl Handle {
    /// The handle of a connection that was opened in `cwd`.
    ///
    /// # Errors
    /// A directory that is not absolute, and what the store says of projects.
    pub(crate) fn open(service: &Service, cwd: Option<&str>) -> Result<Self, Fault> {
        let own = match cwd {
            Some(cwd) if cwd.starts_with('/') => Some(service.project_of(cwd)?),
            Some(cwd) => {
                return Err(Fault::new(FaultKind::Caller, "bad_cwd", format!("`{cwd}` is no absolute path"))
                    .hint("give the directory that the session works in, from the root on"));
            }
            None => None,
        };
        let widened = service.settings.user().config.flag(MCP_ALL_PROJECTS);
        Ok(Self { own, cwd: cwd.map(str::to_owned), reach: if widened { Reach::Everywhere } else { Reach::Own } })
    }

    /// Whose memories a question is about that names `project`, or none.
    ///
    /// # Errors
    /// Another project than the handle's own, where the user has not widened it; no project at all.
    pub(crate) fn scope(&self, service: &Service, project: Option<&str>) -> Result<ScopeParams, Fault> {
        let path = |key: &ProjectKey| {
            let cwd = self.cwd.clone().filter(|_| self.own.as_ref() == Some(key));
            ScopeParams { project: Some(key.0.clone()), cwd, ..ScopeParams::default() }
        };
        match (project.map(str::trim).filter(|name| !name.is_empty()), &self.own) {
            (None | Some("." | "this"), Some(own)) => Ok(path(own)),
            (None | Some("." | "this"), None) if self.reach == Reach::Everywhere => {
                Ok(ScopeParams { all: true, ..ScopeParams::default() })
            }
            (None | Some("." | "this"), None) => {
                Err(Fault::new(FaultKind::Caller, "no_scope", "this connection is bound to no project")
                    .hint("start `quipu mcp` in the project's directory, or send its path in the header Quipu-Cwd"))
            }
            (Some(name), own) if EVERY.contains(&name.to_ascii_lowercase().as_str()) => match self.reach {
                Reach::Everywhere => Ok(ScopeParams { all: true, ..ScopeParams::default() }),
                Reach::Own => Err(bound(own.as_ref(), "every project")),
            },
            (Some(name), own) => {
                // One that is not its own is told apart from one that is not there only for whom it is open to.
                let is_own = own.as_ref().is_some_and(|own| own.0 == name || own.name() == name);
                match (is_own, own, &self.reach) {
                    (true, Some(own), _) => Ok(path(own)),
                    (_, _, Reach::Everywhere) => service.project_named(name).map(|key| path(&key)),
                    (_, Some(own), Reach::Own)
                        if name.starts_with('/') && service.project_of(name).as_ref() == Ok(own) =>
                    {
                        Ok(path(own))
                    }
                    (_, own, Reach::Own) => Err(bound(own.as_ref(), &format!("`{name}`"))),
                }
            }
        }
    }

    /// What it reaches, as the store is told of it.
    pub(crate) fn seen(&self) -> Scope {
        match (self.reach, &self.own) {
            (Reach::Everywhere, _) => Scope::All,
            (Reach::Own, Some(own)) => Scope::Project(own.clone()),
            // No project has this key: what belongs to every project remains.
            (Reach::Own, None) => Scope::Project(ProjectKey(String::new())),
        }
    }

    /// What of any text it may be shown.
    pub(crate) fn privacy(&self, service: &Service) -> Arc<Privacy> {
        service.privacy(self.own.as_ref().map(|own| own.0.as_str()))
    }

    /// Whether a memory of this project, or of none, is within it.
    pub(crate) fn sees(&self, project: Option<&str>) -> bool {
        self.reach == Reach::Everywhere || project.is_none_or(|path| self.own.as_ref().is_some_and(|own| own.0 == path))
    }
}

fn bound(own: Option<&ProjectKey>, asked: &str) -> Fault {
    let to = own.map_or_else(|| "no project".to_owned(), |own| format!("the project {}", own.name()));
    Fault::new(FaultKind::Caller, "bound_to_project", format!("this connection is bound to {to}, not to {asked}"))
        .hint("the user can open all projects to it: `quipu config set mcp.all_projects true`")
}
