//! What can be set, and what holds: defaults under the user's file under the project's under the environment under
//! flags, each value with where it comes from. [`keys`] is the table; docs/config.md shows it.
//! It must not know who asks, nor print.
//! Invariant: loading always gives a whole configuration; what could not be taken is told beside it.

pub mod deny;
pub mod edit;
mod file;
pub mod keys;
mod layers;
mod project;
#[cfg(test)]
mod tests;
pub mod value;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use quipu_core::redact::{OwnPattern, Redactor};

use crate::env::Env;
use crate::wire::daemon::SettingView;
use keys::{KEYS, Key};
pub use layers::refusal;
pub use project::{PROJECT_FILE, project_root};
pub use value::Value;

/// Where a value comes from; later ones stand over earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The table.
    Default,
    /// The user's file.
    User(PathBuf),
    /// The project's file.
    Project(PathBuf),
    /// A variable.
    Env(String),
    /// `--set`, or a flag of its own.
    Flag,
    /// It is not known what this place forbids, so nothing of it is done.
    HeldBack(String),
}

/// A value and where it comes from; of patterns, every layer that added some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Where from; never empty.
    pub origins: Vec<Origin>,
}

/// Something that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File, variable or flag.
    pub place: String,
    /// Line and column in it, from 1.
    pub at: Option<(usize, usize)>,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// What holds: one setting for each row of [`KEYS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config(Vec<Setting>);

/// A configuration with what could not be taken of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// What holds.
    pub config: Config,
    /// What is wrong in any layer.
    pub problems: Vec<Problem>,
}

impl Default for Config {
    fn default() -> Self {
        let default = |key| Setting { value: Value::default_of(key), origins: vec![Origin::Default] };
        Self(KEYS.iter().map(default).collect())
    }
}

/// Everything that is to be laid over the defaults.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The user's file.
    pub user: &'a Path,
    /// The root of the project, where there is one to ask.
    pub project: Option<&'a Path>,
    /// The environment.
    pub env: &'a Env,
    /// Keys and values of flags.
    pub flags: &'a [(String, String)],
}

impl Config {
    /// Lays every layer over the defaults.
    pub fn load(sources: &Sources<'_>) -> Loaded {
        Self::of_user(sources.user, sources.env).with(sources.project, sources.env, sources.flags)
    }

    /// The defaults and the user's file.
    pub fn of_user(file: &Path, env: &Env) -> Loaded {
        let mut loaded = Loaded::default();
        loaded.user(file, env);
        loaded
    }

    /// Whether a file may hold `value`; `root` is that of the project whose file it is.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn taken(value: &Value, env: &Env, root: Option<&Path>) -> Result<(), String> {
        layers::anchored(value.clone(), env.home.as_deref(), root).map(drop)
    }

    /// As it travels.
    pub fn views(&self) -> Vec<SettingView> {
        let view = |(key, setting): (&Key, &Setting)| SettingView {
            key: key.name.to_owned(),
            value: setting.value.to_json(),
            origins: setting.origins.iter().map(Origin::to_string).collect(),
        };
        KEYS.iter().zip(&self.0).map(view).collect()
    }

    /// The setting at this row of [`KEYS`].
    pub fn setting(&self, position: usize) -> &Setting {
        &self.0[position]
    }

    /// A length of time.
    pub fn time(&self, key: keys::Time) -> Duration {
        match &self.0[key.0].value {
            Value::Time(time) => *time,
            other => unreachable!("{} holds {other}: values have the kind of their key", KEYS[key.0].name),
        }
    }

    /// A number.
    pub fn number(&self, key: keys::Number) -> usize {
        match &self.0[key.0].value {
            Value::Number(number) => usize::try_from(*number).unwrap_or(usize::MAX),
            other => unreachable!("{} holds {other}: values have the kind of their key", KEYS[key.0].name),
        }
    }

    /// Yes or no.
    pub fn flag(&self, key: keys::Flag) -> bool {
        match &self.0[key.0].value {
            Value::Flag(flag) => *flag,
            other => unreachable!("{} holds {other}: values have the kind of their key", KEYS[key.0].name),
        }
    }

    /// Whether `key` denies anything at all.
    pub fn has_patterns(&self, key: keys::Patterns) -> bool {
        matches!(&self.0[key.0].value, Value::Patterns(patterns) if !patterns.is_empty())
    }

    /// The place that has to be mended before anything is kept, where there is one.
    pub fn held_back(&self) -> Option<&str> {
        match self.0[keys::INGEST_ENABLED.0].origins.last() {
            Some(Origin::HeldBack(place)) => Some(place),
            _ => None,
        }
    }

    /// The patterns of `key`, as they hold.
    pub fn patterns(&self, key: keys::Patterns) -> &[String] {
        match &self.0[key.0].value {
            Value::Patterns(patterns) => patterns,
            other => unreachable!("{} holds {other}: values have the kind of their key", KEYS[key.0].name),
        }
    }

    /// Named expressions.
    pub fn expressions(&self, key: keys::Expressions) -> &[String] {
        match &self.0[key.0].value {
            Value::Expressions(texts) => texts,
            other => unreachable!("{} holds {other}: values have the kind of their key", KEYS[key.0].name),
        }
    }

    /// What texts go through before they are kept. What no pattern can be made of never became a value.
    pub fn redactor(&self) -> Arc<Redactor> {
        let own: Vec<_> =
            self.expressions(keys::OWN_PATTERNS).iter().filter_map(|text| OwnPattern::parse(text).ok()).collect();
        if own.is_empty() { Redactor::built_in() } else { Arc::new(Redactor::new(own)) }
    }

    /// The pattern of `key` that covers one of `paths`.
    pub fn denial(&self, key: keys::Patterns, paths: &[&Path]) -> Option<&str> {
        deny::covering(self.patterns(key), paths)
    }
}

impl Loaded {
    /// The other layers over the user's.
    #[must_use]
    pub fn with(mut self, project: Option<&Path>, env: &Env, flags: &[(String, String)]) -> Self {
        if let Some(root) = project {
            self.project(root, env);
        }
        self.over(env, flags);
        self
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::User(path) => write!(f, "user: {}", path.display()),
            Origin::Project(path) => write!(f, "project: {}", path.display()),
            Origin::Env(name) => write!(f, "env: {name}"),
            Origin::Flag => f.write_str("flag"),
            Origin::HeldBack(place) => write!(f, "held back until {place} is mended"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "{}:{line}:{column}: {}", self.place, self.what),
            None => write!(f, "{}: {}", self.place, self.what),
        }
    }
}
