//! Who answers behind the doors: the owner's service, or a standby that hands on what it is asked.
//! It must not know operations.
//! Invariant: a standby becomes the owner once, and every open connection notices nothing.

use std::sync::{Arc, PoisonError, RwLock};

use super::standby::Standby;
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
}

impl Front {
    pub(crate) fn new(now: Now, ending: Ending) -> Self {
        Self { now: RwLock::new(now), ending }
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
