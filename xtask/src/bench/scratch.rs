//! A home of its own for one benchmark: quipu runs in it, and it is gone at the end with the daemon that served it.
//!
//! It must not know what is measured. Invariant: no process and no file is left, whether the benchmark ends well or
//! badly; the user's own data is never touched.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::{Env, QUIPU_HOME};
use quipu_protocol::owner;
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::daemon::{Health, StatsReply};

/// Nothing that is asked here takes longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// `f_type` of a file system in memory, where fsync costs nothing.
const TMPFS: i64 = 0x0102_1994;

pub(crate) struct Scratch {
    folder: tempfile::TempDir,
    quipu: PathBuf,
    pub(crate) paths: Paths,
}

impl Scratch {
    pub(crate) fn new(quipu: PathBuf) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("quipu-bench-").tempdir();
        let folder = folder.map_err(|error| format!("no scratch folder: {error}"))?;
        // Shorter than any socket's limit, and what macOS calls /tmp is a link.
        let home = folder.path().canonicalize().map_err(|error| format!("no scratch folder: {error}"))?;
        let env = Env { quipu_home: Some(home.join("q")), ..Env::default() };
        let paths = Paths::resolve(&env).map_err(|error| error.to_string())?;
        if rustix::fs::statfs(&home).is_ok_and(|fs| i128::from(fs.f_type) == i128::from(TMPFS)) {
            println!("note: {} lies in memory, fsync costs nothing there; set TMPDIR to a disk", home.display());
        }
        Ok(Self { folder, quipu, paths })
    }

    /// A place for the benchmark's own files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A quipu process of this home, with nothing of the user's environment that could change what it does.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.quipu);
        command.args(words);
        self.environment(&mut command);
        command
    }

    /// The same environment for every process that is compared.
    pub(crate) fn environment(&self, command: &mut Command) {
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env(QUIPU_HOME, &self.paths.data);
    }

    /// Runs a command to its end; gives what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> Result<String, String> {
        let shown = format!("quipu {}", words.join(" "));
        let output = self.command(words).stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("cannot run `{shown}`: {error}"))?;
        if !output.status.success() {
            return Err(format!("`{shown}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// A connection to the daemon, to be kept open.
    pub(crate) fn client(&self) -> Result<Client, String> {
        let owner = owner::read(&self.paths.owner_lock())
            .ok_or("no daemon owns the scratch home, or one older than xtask: `cargo build --release`")?;
        Ok(Client::new(&owner.socket))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The daemon has to be gone before its home is.
        if let Err(why) = self.run(&["down"]) {
            eprintln!("the daemon of {} may be left: {why}", self.paths.data.display());
        }
    }
}

/// How long one request may take.
pub(crate) fn patience() -> Deadline {
    Deadline::within(PATIENCE)
}

pub(crate) fn health(client: &mut Client) -> Result<Health, String> {
    client.call(&Request::get("/v1/health"), patience()).map_err(told)
}

pub(crate) fn stats(client: &mut Client) -> Result<StatsReply, String> {
    client.call(&Request::get("/v1/stats"), patience()).map_err(told)
}

/// The sentence for an answer that did not come.
pub(crate) fn told(error: ClientError) -> String {
    format!("the daemon did not answer as it should: {error}")
}
