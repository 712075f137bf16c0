//! The layers, one over the other.
//! It must not know how a file is taken apart.
//! Invariant: a project's file narrows: it turns off, makes smaller and denies more, and never the other way.

use std::path::Path;

use super::file::{self, Links, Meant, Rows};
use super::keys::{self, InProject, KEYS, Kind};
use super::project::PROJECT_FILE;
use super::{Loaded, Origin, Problem, Value, deny};
use crate::env::{Env, QUIPU_NO_FILE_NOTES};

impl Loaded {
    pub(super) fn user(&mut self, path: &Path, env: &Env) {
        let rows = self.rows(path, Links::Follow);
        for (position, value) in rows.rows {
            match anchored(value, env.home.as_deref(), None) {
                Ok(value) => self.put(position, value, Origin::User(path.to_owned())),
                Err(what) => self.wrong(position, path.display().to_string(), what),
            }
        }
        // A mistyped name of one's own file is meant.
        if rows.wrong.iter().any(|wrong| is_denial_lost(wrong.meant, Meant::Probably)) {
            self.hold_back(path.display().to_string());
        }
    }

    pub(super) fn project(&mut self, root: &Path, env: &Env) {
        let path = root.join(PROJECT_FILE);
        let place = || path.display().to_string();
        let rows = self.rows(&path, Links::Refuse);
        for (position, value) in rows.rows {
            let key = &KEYS[position];
            if key.project == InProject::No {
                self.problem(place(), format!("`{}` may not be set by a project", key.name));
                continue;
            }
            match anchored(value, env.home.as_deref(), Some(root)) {
                Ok(value) => self.narrow(position, value, Origin::Project(path.clone())),
                Err(what) => self.wrong(position, place(), what),
            }
        }
        // A name that this version does not know may be one of a later version.
        if rows.wrong.iter().any(|wrong| is_denial_lost(wrong.meant, Meant::This)) {
            self.hold_back(place());
        }
    }

    /// Environment and flags.
    pub(super) fn over(&mut self, env: &Env, flags: &[(String, String)]) {
        for (name, text) in &env.settings {
            match KEYS.iter().position(|key| key.variable() == *name) {
                Some(position) => self.text(position, text, env, name.clone(), Origin::Env(name.clone())),
                None => {
                    let meant = name.trim_start_matches("QUIPU_").to_lowercase().replacen('_', ".", 1);
                    let nearest = &KEYS[keys::nearest(&meant).0];
                    self.problem(name.clone(), format!("unknown variable; did you mean {}?", nearest.variable()));
                }
            }
        }
        if env.no_file_notes {
            let off = Origin::Env(QUIPU_NO_FILE_NOTES.to_owned());
            self.put(keys::FILE_NOTES.0, Value::Flag(false), off);
        }
        for (name, text) in flags {
            match keys::position(name) {
                Some(position) => self.text(position, text, env, format!("--set {name}"), Origin::Flag),
                None => self.problem("--set".to_owned(), file::unknown(name, None).0),
            }
        }
    }

    fn text(&mut self, position: usize, text: &str, env: &Env, place: String, origin: Origin) {
        let value = Value::of_text(&KEYS[position], text);
        match value.and_then(|value| anchored(value, env.home.as_deref(), None)) {
            Ok(value) => self.put(position, value, origin),
            Err(what) => self.wrong(position, place, what),
        }
    }

    fn rows(&mut self, path: &Path, links: Links) -> Rows {
        let place = path.display().to_string();
        let rows = match file::text(path, links) {
            Ok(None) => return Rows::default(),
            Ok(Some(text)) => file::rows(&text),
            Err(error) => {
                let wrong = file::Wrong { at: None, what: error.to_string(), meant: Meant::Anything };
                Rows { rows: Vec::new(), wrong: vec![wrong] }
            }
        };
        let told = |wrong: &file::Wrong| Problem { place: place.clone(), at: wrong.at, what: wrong.what.clone() };
        self.problems.extend(rows.wrong.iter().map(told));
        rows
    }

    /// A value that cannot be taken; where it would have forbidden something, that is not done either.
    fn wrong(&mut self, position: usize, place: String, what: String) {
        if KEYS[position].forbids() {
            self.hold_back(place.clone());
        }
        self.problem(place, what);
    }

    /// Transcripts wait until it is known again what may be kept; nothing of them is lost.
    fn hold_back(&mut self, place: String) {
        self.put(keys::INGEST_ENABLED.0, Value::Flag(false), Origin::HeldBack(place));
    }

    fn put(&mut self, position: usize, value: Value, origin: Origin) {
        let setting = &mut self.config.0[position];
        match (&mut setting.value, value) {
            (Value::Patterns(have), Value::Patterns(more)) | (Value::Expressions(have), Value::Expressions(more)) => {
                // A default list gives way to its user's own, and to nobody else's.
                if setting.origins == [Origin::Default] {
                    if !matches!(origin, Origin::Project(_)) {
                        have.clear();
                    }
                    if have.is_empty() {
                        setting.origins.clear();
                    }
                }
                have.extend(more);
                setting.origins.push(origin);
            }
            (have, value) => {
                *have = value;
                setting.origins = vec![origin];
            }
        }
    }

    fn narrow(&mut self, position: usize, value: Value, origin: Origin) {
        let narrower = match (&self.config.0[position].value, &value) {
            (Value::Flag(have), Value::Flag(wanted)) => *have && !wanted,
            (Value::Number(have), Value::Number(wanted)) => wanted < have,
            (Value::Time(have), Value::Time(wanted)) => wanted < have,
            (Value::Patterns(_) | Value::Expressions(_), _) => true,
            _ => false,
        };
        if narrower {
            self.put(position, value, origin);
        }
    }

    fn problem(&mut self, place: String, what: String) {
        self.problems.push(Problem { place, at: None, what });
    }
}

/// Whether somebody meant to forbid something, and nobody can tell what. `named` is how sure the name has to be.
fn is_denial_lost(meant: Meant, named: fn(usize) -> Meant) -> bool {
    match meant {
        Meant::Anything => true,
        Meant::This(position) => KEYS[position].forbids(),
        Meant::Probably(position) => named(position) == meant && KEYS[position].forbids(),
        Meant::Nothing => false,
    }
}

/// Patterns as they hold, wherever they were written.
pub(super) fn anchored(value: Value, home: Option<&Path>, base: Option<&Path>) -> Result<Value, String> {
    match value {
        Value::Patterns(patterns) => {
            let absolute = patterns.iter().map(|pattern| deny::absolute(pattern, home, base));
            absolute.collect::<Result<_, _>>().map(Value::Patterns)
        }
        other => Ok(other),
    }
}

/// What a project may not say of `key`, in words; `config set --project` asks before it writes.
pub fn refusal(position: usize, value: &Value) -> Option<String> {
    let key = &KEYS[position];
    match (key.project, key.kind, value) {
        (InProject::No, ..) => Some(format!("`{}` may not be set by a project", key.name)),
        (InProject::Off, _, Value::Flag(true)) => Some(format!("a project may only turn `{}` off", key.name)),
        (InProject::Less, Kind::Number { default, .. }, Value::Number(n)) if *n > default => {
            Some(format!("a project may only make `{}` smaller: at most {default}", key.name))
        }
        _ => None,
    }
}
