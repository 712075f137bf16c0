//! What `doctor` says of the settings.
//! It must not know keys.
//! Invariant: what could not be taken is named with its place.

use quipu_protocol::config::{Config, Sources, project_root};
use quipu_protocol::env::Env;
use quipu_protocol::paths::Paths;

use super::{Finding, Verdict, finding};

pub(super) fn config(env: &Env, paths: &Paths) -> Vec<Finding> {
    let here = std::env::current_dir().ok();
    let root = here.as_deref().map(project_root);
    let loaded = Config::load(&Sources { user: &paths.config, project: root, env, flags: &[] });
    if loaded.problems.is_empty() {
        let there = if paths.config.exists() { "" } else { " (not there: defaults)" };
        return vec![finding("config", Verdict::Good, format!("{}{there}", paths.config.display()))];
    }
    let held_back = loaded.config.held_back().is_some();
    let told = loaded.problems.iter().map(|problem| {
        let cure = match held_back {
            true => "mend it: until then a daemon that starts keeps nothing, for nobody knows what is denied",
            false => "mend it, or `quipu config unset` the key; until then the default holds",
        };
        let verdict = if held_back { Verdict::Broken } else { Verdict::Weak };
        finding("config", verdict, problem.to_string()).cure(cure)
    });
    told.collect()
}
