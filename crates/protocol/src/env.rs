//! Every environment variable that quipu reads, read in one place.
//! It must not know what the values are used for.
//! Invariant: nothing else in quipu reads the environment (`cargo xtask tidy` holds it).

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Puts data, state, runtime and logs under one directory.
pub const QUIPU_HOME: &str = "QUIPU_HOME";

/// Set to anything but `0`: nothing is said before an agent edits a file.
pub const QUIPU_NO_FILE_NOTES: &str = "QUIPU_NO_FILE_NOTES";

/// Takes this build for another version: upgrades are tested with one binary.
pub const QUIPU_AS_VERSION: &str = "QUIPU_AS_VERSION";

/// Names a place where the process is to die; for tests. Not passed on: only who is started with it dies.
pub const QUIPU_FAULT_POINT: &str = "QUIPU_FAULT_POINT";

/// Variables that a daemon started by a client inherits; all others are dropped.
pub const PASSED_ON: [&str; 14] = [
    QUIPU_HOME,
    QUIPU_AS_VERSION,
    "HOME",
    "USER",
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TZDIR",
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
    /// `XDG_DATA_HOME`; relative values are ignored, as the specification says.
    pub xdg_data_home: Option<PathBuf>,
    /// `XDG_STATE_HOME`, likewise.
    pub xdg_state_home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, likewise.
    pub xdg_runtime_dir: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR`: where Claude Code keeps its files.
    pub claude_config_dir: Option<PathBuf>,
    /// `QUIPU_NO_FILE_NOTES`.
    pub no_file_notes: bool,
}

impl Env {
    /// Reads the process's environment.
    pub fn read() -> Self {
        Self {
            quipu_home: path(QUIPU_HOME),
            home: path("HOME"),
            xdg_data_home: path("XDG_DATA_HOME").filter(|p| p.is_absolute()),
            xdg_state_home: path("XDG_STATE_HOME").filter(|p| p.is_absolute()),
            xdg_runtime_dir: path("XDG_RUNTIME_DIR").filter(|p| p.is_absolute()),
            claude_config_dir: path("CLAUDE_CONFIG_DIR"),
            no_file_notes: env::var_os(QUIPU_NO_FILE_NOTES).is_some_and(|v| !v.is_empty() && v != "0"),
        }
    }
}

/// Lets this process die where `QUIPU_FAULT_POINT` says, if it says anything.
pub fn arm_fault_point() {
    if let Some(name) = env::var_os(QUIPU_FAULT_POINT) {
        quipu_core::fault_point::arm(&name.to_string_lossy(), || std::process::abort());
    }
}

/// The variables of [`PASSED_ON`] that are set.
pub fn passed_on() -> Vec<(&'static str, OsString)> {
    PASSED_ON.iter().filter_map(|name| env::var_os(name).map(|value| (*name, value))).collect()
}

/// The version that this process is of.
pub fn version() -> String {
    let other = env::var(QUIPU_AS_VERSION).ok().filter(|version| !version.is_empty());
    other.unwrap_or_else(|| crate::VERSION.to_owned())
}

fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}
