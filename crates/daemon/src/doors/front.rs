//! Who answers behind the doors: the owner's service, or a standby that hands on what it is asked.
//! It must not know operations.
//! Invariant: a standby becomes the owner once, and every open connection notices nothing.

use std::sync::{Arc, PoisonError, RwLock};

use super::meters::Meters;
use super::standby::Standby;
use super::turns::Clients;
use crate::service::{Ending, Service};

/// What answers now.
#[derive(Clone)]
pub(crate) enum Now {
    Owner(Arc<Service>),
    Standby(Arc<Standby>),
}

/// Stands behind every door of the process.
pub(crate) struct Front {
    now: RwLock<Now>,
    ending: Ending,
    clients: Clients,
    meters: Arc<Meters>,
}

impl Front {
    /// `threads` run operations at once.
    pub(crate) fn new(now: Now, ending: Ending, threads: usize) -> Self {
        Self { now: RwLock::new(now), ending, clients: Clients::of_threads(threads), meters: Arc::default() }
    }

    /// What is counted of requests.
    pub(super) fn meters(&self) -> &Arc<Meters> {
        &self.meters
    }

    /// Whose requests are under way.
    pub(super) fn clients(&self) -> &Clients {
        &self.clients
    }

    pub(crate) fn now(&self) -> Now {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From here on the owner's service answers.
    pub(crate) fn promote(&self, service: Arc<Service>) {
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Now::Owner(service);
    }

    pub(crate) fn ending(&self) -> &Ending {
        &self.ending
    }

    /// The mode that a reply names.
    pub(super) fn mode(&self) -> &'static str {
        match self.now() {
            _ if self.ending.is_near() => "draining",
            Now::Owner(service) => service.mode(),
            Now::Standby(_) => "standby",
        }
    }
}
