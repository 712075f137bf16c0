//! What may be kept of sessions at a place, made of the settings once and not at each text.
//! It must not know files of settings, nor what a text is for.
//! Invariant: settings that say the same share one set of compiled rules.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use quipu_agents::Privacy;
use quipu_protocol::config::deny::Denied;
use quipu_protocol::config::{Config, keys};

/// So many different sets of rules are kept; projects with rules of their own are few.
const MOST: usize = 32;

/// The rules that are in use.
#[derive(Default)]
pub(crate) struct Privacies(Mutex<VecDeque<Known>>);

struct Known {
    own: Vec<String>,
    denied: Vec<String>,
    privacy: Arc<Privacy>,
}

impl Privacies {
    /// The rules of `config`.
    pub(crate) fn of(&self, config: &Config) -> Arc<Privacy> {
        let (own, denied) = (config.expressions(keys::OWN_PATTERNS), config.patterns(keys::DENY_PATHS));
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = known.iter().find(|known| known.own == own && known.denied == denied) {
            return same.privacy.clone();
        }
        let files = Denied::new(denied);
        let privacy = Arc::new(Privacy::new(config.redactor(), move |path| files.covers(path)));
        known.push_back(Known { own: own.to_vec(), denied: denied.to_vec(), privacy: privacy.clone() });
        if known.len() > MOST {
            known.pop_front();
        }
        privacy
    }
}
