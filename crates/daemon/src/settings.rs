//! What is set, as the daemon goes by it: read at its start, looked at again at each use, per project where that matters.
//! It must not know what a setting is for.
//! Invariant: a file with a fault changes nothing in a running daemon until it is mended; at a start, what it may have
//! forbidden is not done.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quipu_agents::Privacy;
use quipu_protocol::config::keys::{self, KEYS, Reload};
use quipu_protocol::config::{Config, Loaded, PROJECT_FILE, project_root};
use quipu_protocol::env::Env;
use quipu_protocol::wire::daemon::ConfigReply;

use crate::privacy::Privacies;

/// Projects whose files are remembered; beyond that they are read anew.
const PROJECTS: usize = 256;

/// The settings.
pub(crate) struct Settings {
    file: PathBuf,
    env: Env,
    flags: Vec<(String, String)>,
    state: Mutex<State>,
    privacies: Privacies,
}

/// How a file was when it was read; `None` where there was none.
type Stamp = Option<(u64, u64, u64, i64, i64)>;

struct State {
    stamp: Stamp,
    /// Defaults and the user's file, the last that had no fault.
    base: Loaded,
    /// What is wrong with the file as it is now.
    problems: Vec<String>,
    /// The base under environment and flags.
    user: Arc<Loaded>,
    /// By the project's root.
    projects: HashMap<PathBuf, (Stamp, Arc<Loaded>)>,
    /// What was set when the daemon started.
    first: Arc<Loaded>,
}

/// Whether what is said at a place is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// It is.
    Yes,
    /// Somebody forbids it.
    No,
    /// This has to be mended before anybody knows.
    Unknown(String),
}

impl Settings {
    pub(crate) fn new(file: PathBuf, env: Env, flags: Vec<(String, String)>) -> Self {
        let stamp = stamp(&file);
        let base = Config::of_user(&file, &env);
        let user = Arc::new(base.clone().with(None, &env, &flags));
        for problem in &user.problems {
            tracing::warn!("a setting cannot be taken: {problem}");
        }
        let problems = base.problems.iter().map(ToString::to_string).collect();
        let state = State { stamp, base, problems, user: user.clone(), projects: HashMap::new(), first: user };
        Self { file, env, flags, state: Mutex::new(state), privacies: Privacies::default() }
    }

    /// What holds, projects aside.
    pub(crate) fn user(&self) -> Arc<Loaded> {
        self.current().user.clone()
    }

    /// What holds for a session in `directory`.
    pub(crate) fn of(&self, directory: &Path) -> Arc<Loaded> {
        let mut state = self.current();
        let root = project_root(directory);
        let stamp = stamp(&root.join(PROJECT_FILE));
        if stamp.is_none() {
            state.projects.remove(root);
            return state.user.clone();
        }
        if let Some((_, known)) = state.projects.get(root).filter(|(seen, _)| *seen == stamp) {
            return known.clone();
        }
        let loaded = Arc::new(state.base.clone().with(Some(root), &self.env, &self.flags));
        if state.projects.len() >= PROJECTS {
            state.projects.clear();
        }
        state.projects.insert(root.to_owned(), (stamp, loaded.clone()));
        loaded
    }

    /// What may be kept of what is said in `directory`.
    pub(crate) fn privacy(&self, directory: &Path) -> Arc<Privacy> {
        self.privacies.of(&self.of(directory).config)
    }

    /// What the running daemon goes by, and what is wrong.
    pub(crate) fn reply(&self) -> ConfigReply {
        let state = self.current();
        let waits = |n: &usize| {
            let is_changed = state.first.config.setting(*n).value != state.user.config.setting(*n).value;
            KEYS[*n].reload == Reload::Restart && is_changed
        };
        let restart = (0..KEYS.len()).filter(waits).map(|n| KEYS[n].name.to_owned()).collect();
        let mut problems = state.problems.clone();
        let others = std::iter::once(&state.user).chain(state.projects.values().map(|(_, loaded)| loaded));
        for problem in others.flat_map(|loaded| &loaded.problems).map(ToString::to_string) {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        ConfigReply { settings: state.user.config.views(), problems, restart }
    }

    /// What `quipu status` says of it.
    pub(crate) fn notes(&self) -> Vec<String> {
        let reply = self.reply();
        let waits = reply.restart.iter().map(|key| format!("`{key}` takes effect after `quipu down`"));
        reply.problems.iter().cloned().chain(waits).collect()
    }

    /// The state, after a look at the user's file.
    fn current(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.file);
        if stamp != state.stamp {
            state.stamp = stamp;
            self.read_again(&mut state);
        }
        state
    }

    fn read_again(&self, state: &mut State) {
        let base = Config::of_user(&self.file, &self.env);
        state.problems = base.problems.iter().map(ToString::to_string).collect();
        if !state.problems.is_empty() {
            tracing::warn!("the settings have a fault and stay what they were: {}", state.problems.join("; "));
            return;
        }
        tracing::info!(file = %self.file.display(), "settings read again");
        state.user = Arc::new(base.clone().with(None, &self.env, &self.flags));
        state.base = base;
        state.projects.clear();
    }
}

/// Whether hooks of a session at one of `places` get nothing and leave nothing.
pub(crate) fn is_hook_denied(config: &Config, places: &[&Path]) -> bool {
    !config.flag(keys::HOOKS_ENABLED) || covers(config, keys::HOOKS_DENY, places)
}

/// Whether what is said in a session at one of `places` is kept.
pub(crate) fn keeps(config: &Config, places: &[&Path]) -> Keeps {
    if let Some(place) = config.held_back() {
        return Keeps::Unknown(place.to_owned());
    }
    let denied = [keys::INGEST_DENY, keys::HOOKS_DENY].into_iter().any(|key| covers(config, key, places));
    if !config.flag(keys::INGEST_ENABLED) || denied {
        return Keeps::No;
    }
    Keeps::Yes
}

/// Whether a pattern of `key` covers one of `places`, or what one of them is a link to.
pub(crate) fn covers(config: &Config, key: keys::Patterns, places: &[&Path]) -> bool {
    // Links are followed only where there is something to compare with.
    config.has_patterns(key)
        && places.iter().any(|place| {
            let real = std::fs::canonicalize(place).unwrap_or_default();
            config.denial(key, &[place, &real]).is_some()
        })
}

fn stamp(file: &Path) -> Stamp {
    // Of a link both: what it leads to may be changed, and where it leads to.
    let (own, meta) = (std::fs::symlink_metadata(file).ok()?, std::fs::metadata(file).ok());
    let meta = meta.as_ref().unwrap_or(&own);
    Some((meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec() ^ own.mtime_nsec().rotate_left(32)))
}
