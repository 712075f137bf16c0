//! The one resolver of where things live: XDG on Linux, its equivalents on macOS, `QUIPU_HOME` for all at once.
//! It must not know what is in the files.
//! Invariant: nothing lives in a shared temporary directory; a socket path is short enough for every kernel.

use std::path::{Path, PathBuf};

use quipu_core::hash;

use crate::env::Env;

/// Longest socket path that is used: `sun_path` holds 104 bytes on macOS, 108 on Linux.
pub const MAX_SOCKET_BYTES: usize = 100;

/// Where quipu keeps things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Database, index, spool and locks; mode 0700.
    pub data: PathBuf,
    /// Logs.
    pub log: PathBuf,
    /// The user's settings.
    pub config: PathBuf,
    /// The socket that a daemon of this data directory would bind.
    pub socket: PathBuf,
}

/// Why no place could be found.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PathsError {
    /// Neither `QUIPU_HOME` nor `HOME`.
    #[error("neither QUIPU_HOME nor HOME is set; set QUIPU_HOME to a directory of your own")]
    Homeless,
    /// `QUIPU_HOME` names no absolute path.
    #[error("QUIPU_HOME is `{0}`, a relative path; set it to an absolute one")]
    Relative(PathBuf),
    /// No candidate for the socket is short enough.
    #[error(
        "no path of under {MAX_SOCKET_BYTES} bytes for the socket (tried `{0}`); set XDG_RUNTIME_DIR or a shorter QUIPU_HOME"
    )]
    TooLong(PathBuf),
}

impl Paths {
    /// Resolves every path from `env` alone; touches no file but for asking whether `/run/user/<uid>` exists.
    pub fn resolve(env: &Env) -> Result<Self, PathsError> {
        let runtime = env.xdg_runtime_dir.clone().or_else(run_user);
        let (data, state, config) = match (&env.quipu_home, &env.home) {
            (Some(home), _) if !home.is_absolute() => return Err(PathsError::Relative(home.clone())),
            (Some(home), _) => (home.clone(), home.clone(), home.clone()),
            (None, Some(home)) => platform_dirs(env, home),
            (None, None) => return Err(PathsError::Homeless),
        };
        // Where several data directories may meet, the socket is named after its own.
        let short = format!("{}.sock", &hash::content_hash(&data.to_string_lossy()));
        let candidates = [
            env.quipu_home.as_ref().map(|h| h.join("run/quipu.sock")),
            runtime.map(|r| r.join("quipu").join(&short)),
            Some(state.join("run").join(&short)),
            env.home.as_ref().map(|h| h.join(".local/state/quipu/run").join(&short)),
        ];
        let mut candidates = candidates.into_iter().flatten();
        let first = candidates.next().unwrap_or_default();
        let socket = std::iter::once(first.clone())
            .chain(candidates)
            .find(|c| c.as_os_str().len() < MAX_SOCKET_BYTES)
            .ok_or(PathsError::TooLong(first))?;
        Ok(Self { log: state.join("log"), config: config.join("config.toml"), data, socket })
    }

    /// Where a daemon listens that does not own the data directory and waits to.
    pub fn standby_socket(&self) -> PathBuf {
        self.socket.with_extension("standby")
    }
    /// The lock whose holder owns this data directory.
    pub fn owner_lock(&self) -> PathBuf {
        self.data.join("owner.lock")
    }
    /// The lock under which a client starts a daemon.
    pub fn start_lock(&self) -> PathBuf {
        self.data.join("start.lock")
    }
    /// Events that no daemon took in time.
    pub fn spool(&self) -> PathBuf {
        self.data.join("spool")
    }
    /// Its presence, for some seconds, tells hooks not to wait for a daemon that did not answer.
    pub fn backoff(&self) -> PathBuf {
        self.data.join("hook-backoff")
    }
    /// Where HTTP is answered and with which token, while it is.
    pub fn http_card(&self) -> PathBuf {
        self.data.join("http.json")
    }
    /// The token of this data directory.
    pub fn http_token(&self) -> PathBuf {
        self.data.join("http-token")
    }
    /// The database.
    pub fn database(&self) -> PathBuf {
        self.data.join("quipu.db")
    }
    /// Verified copies of the database.
    pub fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }
    /// The text index.
    pub fn index(&self) -> PathBuf {
        self.data.join("index")
    }
    /// The file that a daemon keeps vectors in: there for a moment at its start, then without a name.
    pub fn vectors(&self) -> PathBuf {
        self.data.join("vectors.unnamed")
    }
    /// The daemon's log file.
    pub fn daemon_log(&self) -> PathBuf {
        self.log.join("daemon.log")
    }
}

/// Claude Code's own folder: `${CLAUDE_CONFIG_DIR:-~/.claude}`.
pub fn claude_config(env: &Env) -> Option<PathBuf> {
    env.claude_config_dir.clone().or_else(|| env.home.as_ref().map(|h| h.join(".claude")))
}

/// Claude Code's transcripts: `projects` in its folder.
pub fn claude_projects(env: &Env) -> Option<PathBuf> {
    Some(claude_config(env)?.join("projects"))
}

fn platform_dirs(env: &Env, home: &Path) -> (PathBuf, PathBuf, PathBuf) {
    if cfg!(target_os = "macos") {
        let support = home.join("Library/Application Support/quipu");
        (support.clone(), home.join("Library/Logs/quipu"), support)
    } else {
        let data = env.xdg_data_home.clone().unwrap_or_else(|| home.join(".local/share"));
        let state = env.xdg_state_home.clone().unwrap_or_else(|| home.join(".local/state"));
        let config = env.xdg_config_home.clone().unwrap_or_else(|| home.join(".config"));
        (data.join("quipu"), state.join("quipu"), config.join("quipu"))
    }
}

/// `/run/user/<uid>`, if it is there and ours.
fn run_user() -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let uid = rustix::process::getuid().as_raw();
    let dir = PathBuf::from(format!("/run/user/{uid}"));
    let meta = std::fs::metadata(&dir).ok()?;
    (meta.is_dir() && meta.uid() == uid).then_some(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(quipu: Option<&str>, home: Option<&str>, runtime: Option<&str>) -> Env {
        Env {
            quipu_home: quipu.map(Into::into),
            home: home.map(Into::into),
            xdg_runtime_dir: runtime.map(Into::into),
            ..Env::default()
        }
    }

    #[test]
    fn quipu_home_holds_everything() {
        let paths = Paths::resolve(&env(Some("/q"), Some("/h"), Some("/r"))).expect("resolves");
        assert_eq!(paths.data, Path::new("/q"));
        assert_eq!(paths.log, Path::new("/q/log"));
        assert_eq!(paths.config, Path::new("/q/config.toml"));
        assert_eq!(paths.socket, Path::new("/q/run/quipu.sock"));
    }

    #[test]
    fn long_homes_get_a_short_socket_that_is_their_own() {
        let long = format!("/{}", "x".repeat(120));
        let a = Paths::resolve(&env(Some(&long), None, Some("/r"))).expect("resolves").socket;
        let b = Paths::resolve(&env(Some(&format!("{long}y")), None, Some("/r"))).expect("resolves").socket;
        assert!(a.starts_with("/r/quipu") && a.as_os_str().len() < MAX_SOCKET_BYTES && a != b);
        let nowhere = format!("/{}", "r".repeat(120));
        let too_long = Paths::resolve(&env(Some(&long), None, Some(&nowhere)));
        assert!(matches!(too_long, Err(PathsError::TooLong(_))));
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!(Paths::resolve(&env(None, None, None)), Err(PathsError::Homeless));
        assert_eq!(Paths::resolve(&env(Some("rel"), None, None)), Err(PathsError::Relative("rel".into())));
    }

    #[test]
    fn without_quipu_home_the_platform_decides() {
        let paths = Paths::resolve(&env(None, Some("/h"), Some("/r"))).expect("resolves");
        assert!(paths.data.starts_with("/h") && paths.data.ends_with("quipu"));
        assert!(paths.socket.starts_with("/r/quipu"));
        let beside = Paths::resolve(&env(None, Some("/i"), Some("/r"))).expect("resolves");
        assert_ne!(paths.socket, beside.socket, "one runtime directory, two data directories");
    }
}
