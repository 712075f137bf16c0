//! `quipu lease run NAME -- COMMAND`: holds a lease by a connection for as long as the command runs.
//! It must not know what may be held by whom.
//! Invariant: the connection is the command's too, so that the lease lasts as long as either lives; a daemon that goes is
//! found again with the token. What the command says and how it ends is what the whole says and how it ends.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use quipu_daemon::lifecycle::start;
use quipu_protocol::client::{Client, ClientError, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::{QUIPU_LEASE, QUIPU_LEASE_TOKEN};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::lease::{LeaseReply, LeaseRequest, LeaseTarget};
use quipu_protocol::wire::places::CountReply;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{length, wanted};
use crate::args::lease::RunArgs;
use crate::connect::{self, Daemon};
use crate::output::{DIM, Form, WARN, styled};

/// As long as it takes: longer than a machine runs.
const EVER: Duration = Duration::from_secs(365 * 86_400);
/// So long until the daemon is asked again where it could not be.
const AGAIN: Duration = Duration::from_secs(1);

pub(super) fn run(args: RunArgs, form: Form) -> Result<ExitCode, Fault> {
    if connect::is_alone() {
        return Err(Fault::new(FaultKind::Caller, "no_waiting", "a lease is held by a connection to a daemon")
            .hint("leave out `--no-daemon` (and QUIPU_NO_DAEMON)"));
    }
    let wait = length(args.wait.as_deref())?.map_or(EVER, Duration::from_millis);
    let request = LeaseRequest { pid: Some(std::process::id()), ..wanted(args.want) };
    let lease = acquire(request, wait, form)?;
    let paths = connect::paths()?;
    let target =
        LeaseTarget { name: Some(lease.lease.name.clone()), token: lease.lease.token, ..LeaseTarget::default() };
    // Before the command starts, so that it has the connection too: it may outlive this process.
    let client = connected(&paths)?;
    let done = Arc::new(AtomicBool::new(false));
    let (held, ended) = (target.clone(), done.clone());
    std::thread::spawn(move || hold(&paths, client, &held, &ended));
    // Before the command is there: told to end in between, this process would leave it behind, alive and holding the lease.
    let caught = Signals::new([SIGINT, SIGQUIT, SIGTERM, SIGHUP]);
    let signals = caught.map_err(|error| cannot_run("the command", &error.to_string()))?;
    let status = start(&args.command, &lease).and_then(|child| wait_for(child, signals, &done));
    done.store(true, Ordering::Relaxed);
    // It ends with the connection; said aloud, whoever is next has it before this process is gone. One that is lost already
    // was told of.
    let _: Result<CountReply, Fault> = Daemon::new()?.write("/v1/leases/release", &target);
    status
}

/// Asks once, says who has it, and waits.
fn acquire(request: LeaseRequest, wait: Duration, form: Form) -> Result<LeaseReply, Fault> {
    let first = Daemon::new()?.write("/v1/leases", &request);
    match first {
        Err(fault) if fault.code == "lease_held" && !wait.is_zero() => {
            if form == Form::Text {
                anstream::eprintln!("{} {}", styled(DIM, "quipu: waiting:"), fault.message);
            }
        }
        answer => return answer,
    }
    let request = LeaseRequest { wait_ms: Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)), ..request };
    loop {
        match Daemon::within(wait.saturating_add(Duration::from_secs(30)))?.write("/v1/leases", &request) {
            // A daemon was away for so long that the place in the queue is gone.
            Err(fault) if fault.code == "lease_gone" => {}
            answer => return answer,
        }
    }
}

fn connected(paths: &Paths) -> Result<Client, Fault> {
    let reach = |socket: &Path| {
        let mut client = Client::new(socket);
        client.connect(Deadline::within(start::START))?;
        client.pass_on()?;
        Ok(client)
    };
    // The one that is named may be gone by now.
    if let Some(Ok(client)) = start::known_socket(paths).map(|socket| reach(&socket)) {
        return Ok(client);
    }
    reach(&start::ensure(paths, Deadline::within(start::START))?).map_err(ClientError::into_fault)
}

/// Keeps the connection for as long as the command runs; after a daemon that went, to the next one.
fn hold(paths: &Paths, mut client: Client, target: &LeaseTarget, done: &AtomicBool) {
    loop {
        let request = Request::post("/v1/leases/hold", target);
        let answer: Result<LeaseReply, ClientError> = client.call(&request, Deadline::within(EVER));
        if done.load(Ordering::Relaxed) {
            return;
        }
        match answer {
            Err(ClientError::Fault(fault)) if fault.kind == FaultKind::Conflict => {
                // It goes on: what it does under the token, others refuse.
                anstream::eprintln!("{} quipu: {}", styled(WARN, "warning:"), fault.message);
                return;
            }
            _ => std::thread::sleep(if client.is_connected() { AGAIN } else { Duration::from_millis(50) }),
        }
        match connected(paths) {
            Ok(next) => client = next,
            Err(_) => std::thread::sleep(AGAIN),
        }
    }
}

fn start(command: &[std::ffi::OsString], lease: &LeaseReply) -> Result<Child, Fault> {
    let (program, args) = command.split_first().ok_or_else(|| cannot_run("", "no command"))?;
    let token = lease.lease.token.unwrap_or(0).to_string();
    let mut command = Command::new(program);
    command.args(args).env(QUIPU_LEASE, &lease.lease.name).env(QUIPU_LEASE_TOKEN, token);
    command.spawn().map_err(|error| cannot_run(&program.to_string_lossy(), &error.to_string()))
}

fn cannot_run(program: &str, why: &str) -> Fault {
    Fault::new(FaultKind::Missing, "cannot_run", format!("`{program}` could not be run: {why}"))
        .hint("what stands after `--` is a program with its arguments; a shell is `-- sh -c '…'`")
}

/// Waits for the command, hands on what this process is told to end by, and gives the code that it ended with.
fn wait_for(mut child: Child, mut signals: Signals, done: &Arc<AtomicBool>) -> Result<ExitCode, Fault> {
    let (pid, done) = (i32::try_from(child.id()).ok().and_then(Pid::from_raw), done.clone());
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let signal = match signal {
                SIGTERM => Signal::TERM,
                SIGHUP => Signal::HUP,
                // From a terminal the command gets these itself; and whoever holds its lease stays until it has ended.
                _ => continue,
            };
            if let Some(pid) = pid.filter(|_| !done.load(Ordering::Relaxed)) {
                // It may have ended just now.
                let _ = kill_process(pid, signal);
            }
        }
    });
    let status = child.wait().map_err(|error| cannot_run("the command", &error.to_string()))?;
    // As a shell says it: 128 and the signal.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
