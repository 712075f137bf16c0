//! A home of its own for each test: directories, environment, the real binary, and a daemon that ends with it.
//! It must not know what a test asserts.
//! Invariant: nothing outside the home's directory is used, and only processes that name this very home are ended.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use quipu_core::id::EventId;
use quipu_protocol::client::{Client, ClientError, Request, Response};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::owner::{self, Owner};
use quipu_protocol::wire::daemon::Health;
use quipu_protocol::wire::memory::{MemoryView, SaveReply, SaveRequest};
use quipu_protocol::wire::search::{MemoriesReply, PageRequest, ScopeParams};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) use crate::run::{Output, finish, run, tool, until};

/// Longer than anything here takes, on the busiest machine: what takes this long hangs.
pub(crate) const HANG: Duration = Duration::from_secs(60);

/// The binary under test.
pub(crate) const QUIPU: &str = env!("CARGO_BIN_EXE_quipu");

/// A home: `q` is QUIPU_HOME, `h` HOME, `c` CLAUDE_CONFIG_DIR, `w` the directory that commands run in.
pub(crate) struct Home {
    quipu_home: PathBuf,
    /// The binary, and the user who runs it where that is not us.
    binary: (PathBuf, Option<u32>),
    dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        // A short path: the socket's has to fit 100 bytes wherever the system puts temporary files.
        let dir = tempfile::Builder::new().prefix("q").rand_bytes(8).tempdir().unwrap();
        for name in ["h", "c", "w"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        Self { quipu_home: dir.path().join("q"), binary: (QUIPU.into(), None), dir }
    }
    /// The same for a user without any rights; only root can make one.
    pub(crate) fn of_nobody(mut self) -> Self {
        use std::os::unix::fs::{PermissionsExt, chown};
        const NOBODY: u32 = 65_534;
        let copy = self.root().join("quipu");
        // Not by ourselves: a child forked meanwhile would hold the copy open for writing, and it could not be run.
        assert!(Command::new("cp").arg(QUIPU).arg(&copy).status().unwrap().success());
        std::fs::set_permissions(self.root(), std::fs::Permissions::from_mode(0o755)).unwrap();
        for place in ["h", "c", "w"] {
            chown(self.root().join(place), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        self.binary = (copy, Some(NOBODY));
        self
    }
    /// The same with another QUIPU_HOME.
    pub(crate) fn at(mut self, quipu_home: PathBuf) -> Self {
        self.quipu_home = quipu_home;
        self
    }
    /// The directory that holds all of it.
    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }
    /// QUIPU_HOME, the data directory.
    pub(crate) fn data(&self) -> &Path {
        &self.quipu_home
    }
    /// The directory that commands run in; it names the project.
    pub(crate) fn work(&self) -> PathBuf {
        self.root().join("w")
    }
    /// Claude Code's folder of transcripts.
    pub(crate) fn transcripts(&self) -> PathBuf {
        self.root().join("c/projects")
    }
    pub(crate) fn spool(&self) -> PathBuf {
        self.data().join("spool")
    }

    /// The binary in this home's environment, of which PATH is the only part that is not its own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.program(&self.binary.0);
        command.args(args);
        command
    }
    /// Another program (a tracer, a shell) in the same environment.
    pub(crate) fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.env("QUIPU_HOME", &self.quipu_home).env("HOME", self.root().join("h"));
        command.env("CLAUDE_CONFIG_DIR", self.root().join("c")).current_dir(self.work());
        if let Some(user) = self.binary.1 {
            command.uid(user).gid(user);
        }
        command
    }
    /// Runs the binary, whatever comes of it.
    pub(crate) fn quipu(&self, args: &[&str]) -> Output {
        run(self.command(args), b"")
    }
    /// Runs it with `--json`; it must succeed.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.quipu(&[args, &["--json"]].concat());
        assert_eq!(output.code, 0, "{output:#?}");
        output.json()
    }
    /// `quipu hook claude-code` with this payload: standard output, exit code, time of the whole process.
    pub(crate) fn hook(&self, payload: &Value) -> (String, i32, Duration) {
        let output = run(self.command(&["hook", "claude-code"]), payload.to_string().as_bytes());
        (output.stdout, output.code, output.took)
    }
    /// A hook that leaves its event behind for sure: run again while the machine was too busy for its budget (at which
    /// it ends without a trace; the transcript has it). Give it a prompt id, so that a repeat is the same turn.
    #[track_caller]
    pub(crate) fn hook_in_time(&self, payload: &Value) -> String {
        until("a hook is in time", || {
            let (output, code, took) = self.hook(payload);
            assert_eq!(code, 0);
            (took < Duration::from_millis(200)).then_some(output)
        })
    }

    /// The card in `owner.lock`, if there is a whole one.
    pub(crate) fn card(&self) -> Option<Owner> {
        owner::read(&self.data().join("owner.lock"))
    }
    /// The card of a daemon that must be there.
    #[track_caller]
    pub(crate) fn owner(&self) -> Owner {
        self.card().expect("an owner's card in owner.lock")
    }
    /// Brings up a daemon and gives its card.
    #[track_caller]
    pub(crate) fn up(&self) -> Owner {
        self.quipu(&["up"]).ok();
        self.owner()
    }
    /// A client of the daemon that is there.
    #[track_caller]
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.owner().socket)
    }
    /// One request to the daemon that is there; nothing is started or repeated for it.
    pub(crate) fn request(&self, request: &Request<'_>) -> Result<Response, ClientError> {
        self.client().send(request, Deadline::within(HANG))
    }
    /// What is answered at a path, which must be there.
    #[track_caller]
    pub(crate) fn json_of(&self, path: &str) -> Value {
        let response = self.request(&Request::get(path)).unwrap();
        assert_eq!(response.status, 200, "{path}: {}", String::from_utf8_lossy(&response.body));
        serde_json::from_slice(&response.body).unwrap()
    }
    pub(crate) fn health(&self) -> Result<Health, ClientError> {
        let socket = self.card().map_or_else(|| self.data().join("run/quipu.sock"), |owner| owner.socket);
        Client::new(&socket).call(&Request::get("/v1/health"), Deadline::within(HANG))
    }
    /// Bytes to the socket, and what comes back until the daemon closes or says nothing for two seconds.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = UnixStream::connect(self.owner().socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        stream.set_write_timeout(Some(HANG)).unwrap();
        // The daemon may answer and close before it has read everything.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
    /// Every live memory of every project, through the daemon that is there.
    #[track_caller]
    pub(crate) fn export(&self) -> Vec<MemoryView> {
        let mut request =
            PageRequest { scope: ScopeParams { all: true, ..ScopeParams::default() }, ..PageRequest::default() };
        let (mut client, mut all) = (self.client(), Vec::new());
        loop {
            let page: MemoriesReply =
                client.call(&Request::post("/v1/export", &request), Deadline::within(HANG)).unwrap();
            all.extend(page.memories);
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => return all,
            }
        }
    }
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.data().join("log/daemon.log")).unwrap_or_default()
    }

    /// Processes that run `daemon run` and have this QUIPU_HOME in their environment (where /proc tells).
    pub(crate) fn daemons(&self) -> Vec<Pid> {
        let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
        pids.filter(|pid| self.is_daemon(*pid)).collect()
    }
    fn is_daemon(&self, pid: Pid) -> bool {
        let proc = |name: &str| std::fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
        let ours = format!("QUIPU_HOME={}", self.quipu_home.display());
        proc("environ").split(|byte| *byte == 0).any(|pair| pair == ours.as_bytes())
            && String::from_utf8_lossy(&proc("cmdline")).contains("daemon\0run")
    }
    /// Sends `signal` to this home's daemon, after a look that it is one.
    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) -> Pid {
        let pid = i32::try_from(self.owner().pid).ok().and_then(Pid::from_raw).unwrap();
        assert!(self.is_daemon(pid), "process {pid} is not this home's daemon");
        kill_process(pid, signal).unwrap();
        pid
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let daemons = self.daemons();
        // A stopped daemon cannot be asked.
        for pid in &daemons {
            let _ = kill_process(*pid, Signal::CONT);
        }
        if self.card().is_some() {
            drop(run(self.command(&["down"]), b""));
        }
        // Those that did not listen yet, or did not end; each was looked at just now.
        for pid in self.daemons() {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Saves `text` for every project, under `event`.
pub(crate) fn save(
    client: &mut Client,
    text: &str,
    event: EventId,
    deadline: Deadline,
) -> Result<SaveReply, ClientError> {
    let request = SaveRequest { text: text.to_owned(), ..SaveRequest::default() };
    client.call(&Request::post("/v1/memories", &request).event(event), deadline)
}
