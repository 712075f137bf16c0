//! Every environment variable that quipu reads, read in one place.
//! It must not know what the values are used for.
//! Invariant: nothing else in quipu reads the environment (`cargo xtask tidy` holds it).

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::config::keys::{KEYS, Reader};

/// Puts data, state, runtime and logs under one directory.
pub const QUIPU_HOME: &str = "QUIPU_HOME";

/// Set to anything but `0`: nothing is said before an agent edits a file.
pub const QUIPU_NO_FILE_NOTES: &str = "QUIPU_NO_FILE_NOTES";

/// Takes this build for another version: upgrades are tested with one binary.
pub const QUIPU_AS_VERSION: &str = "QUIPU_AS_VERSION";
/// Set to anything but `0`: commands open the data directory themselves, and nobody starts a daemon.
pub const QUIPU_NO_DAEMON: &str = "QUIPU_NO_DAEMON";

/// Names a place where the process is to die; for tests. Not passed on: only who is started with it dies.
pub const QUIPU_FAULT_POINT: &str = "QUIPU_FAULT_POINT";

/// The agent's session that a process runs in, `claude-code/ID`: for agents that name it in no variable of their own.
pub const QUIPU_SESSION: &str = "QUIPU_SESSION";
/// The same as Claude Code says it to its shell commands and MCP servers: the id alone.
pub const CLAUDE_CODE_SESSION_ID: &str = "CLAUDE_CODE_SESSION_ID";

/// What a command that `quipu lease run` runs holds, and the token that proves it. Given, never read.
pub const QUIPU_LEASE: &str = "QUIPU_LEASE";
/// See [`QUIPU_LEASE`].
pub const QUIPU_LEASE_TOKEN: &str = "QUIPU_LEASE_TOKEN";

/// Variables that a daemon started by a client inherits; all others are dropped.
pub const PASSED_ON: [&str; 15] = [
    QUIPU_HOME,
    QUIPU_AS_VERSION,
    "HOME",
    "USER",
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TZDIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "CLAUDE_CONFIG_DIR",
    "TMPDIR",
];

/// What the environment says about places, and what it forbids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Env {
    /// `QUIPU_HOME`.
    pub quipu_home: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`; relative values are ignored, as the specification says.
    pub xdg_config_home: Option<PathBuf>,
    /// `XDG_DATA_HOME`, likewise.
    pub xdg_data_home: Option<PathBuf>,
    /// `XDG_STATE_HOME`, likewise.
    pub xdg_state_home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, likewise.
    pub xdg_runtime_dir: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`: where Claude Code keeps its files.
    pub claude_config_dir: Option<PathBuf>,
    /// `QUIPU_NO_FILE_NOTES`.
    pub no_file_notes: bool,
    /// Variables that begin like those of settings, `QUIPU_HOOKS_…`; whether one has such a key, `config` says.
    pub settings: Vec<(String, String)>,
    /// `QUIPU_NO_DAEMON`.
    pub no_daemon: bool,
    /// The agent's session that this process runs in, `claude-code/ID`; none where a person types.
    pub session: Option<String>,
}

impl Env {
    /// Reads the process's environment.
    pub fn read() -> Self {
        Self {
            quipu_home: path(QUIPU_HOME),
            home: path("HOME"),
            xdg_config_home: path("XDG_CONFIG_HOME").filter(|p| p.is_absolute()),
            xdg_data_home: path("XDG_DATA_HOME").filter(|p| p.is_absolute()),
            xdg_state_home: path("XDG_STATE_HOME").filter(|p| p.is_absolute()),
            xdg_runtime_dir: path("XDG_RUNTIME_DIR").filter(|p| p.is_absolute()),
            claude_config_dir: path("CLAUDE_CONFIG_DIR"),
            session: session(),
            no_file_notes: is_set(QUIPU_NO_FILE_NOTES),
            no_daemon: is_set(QUIPU_NO_DAEMON),
            settings: settings(),
        }
    }
}

/// Lets this process die where `QUIPU_FAULT_POINT` says, if it says anything.
pub fn arm_fault_point() {
    if let Some(name) = env::var_os(QUIPU_FAULT_POINT) {
        quipu_core::fault_point::arm(&name.to_string_lossy(), || std::process::abort());
    }
}

/// The variables of [`PASSED_ON`] that are set, and settings that a daemon acts by.
pub fn passed_on() -> Vec<(String, OsString)> {
    let named = PASSED_ON.iter().filter_map(|name| env::var_os(name).map(|value| ((*name).to_owned(), value)));
    let is_daemons = |name: &str| KEYS.iter().any(|key| key.reader != Reader::Client && key.variable() == name);
    let set = settings().into_iter().filter(|(name, _)| is_daemons(name));
    named.chain(set.map(|(name, value)| (name, value.into()))).collect()
}

fn settings() -> Vec<(String, String)> {
    let is_setting = |name: &str| {
        let section = name.strip_prefix("QUIPU_").and_then(|rest| rest.split_once('_')).map(|(section, _)| section);
        section.is_some_and(|section| KEYS.iter().any(|key| key.section().eq_ignore_ascii_case(section)))
    };
    let text = |value: OsString| value.to_string_lossy().into_owned();
    let all = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, text(value))));
    let mut found: Vec<_> = all.filter(|(name, _)| is_setting(name)).collect();
    found.sort();
    found
}

/// The session that this process runs in: named for us, or by Claude Code.
fn session() -> Option<String> {
    let text = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    text(QUIPU_SESSION).or_else(|| text(CLAUDE_CODE_SESSION_ID).map(|id| format!("claude-code/{id}")))
}

/// Whether `TERM` says that the terminal can do no more than print lines.
pub fn is_dumb_terminal() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// The version that this process is of.
pub fn version() -> String {
    let other = env::var(QUIPU_AS_VERSION).ok().filter(|version| !version.is_empty());
    other.unwrap_or_else(|| crate::VERSION.to_owned())
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0")
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}
