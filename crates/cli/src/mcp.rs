//! `quipu mcp`: a line of MCP on standard input becomes a request to the daemon, its answer a line on standard output.
//! It must not know tools: what the daemon of the day offers goes through as it is.
//! Invariant: nothing but MCP on standard output; one that nobody listens to any more ends; a daemon that goes costs a
//! repeat, under the same id, and not a call.

mod channel;
mod hold;
mod message;
mod parent;
mod relay;

use std::io::{BufRead, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};

use self::message::{Kind, Message};
pub(crate) use self::relay::Channel;
use self::relay::Relay;
use crate::connect;

/// Largest message, in bytes: what the daemon takes.
const MAX_LINE: u64 = 4 << 20;
/// Calls under way at once; the next line waits.
const MOST: usize = 16;
/// After the end of the input, calls under way get so long.
const LAST: Duration = Duration::from_secs(30);

/// Serves until standard input ends or whoever started this process is gone.
pub(crate) fn run(directory: Option<PathBuf>, tools: Option<String>) -> Result<(), Fault> {
    if connect::is_alone() {
        return Err(Fault::new(FaultKind::Caller, "no_daemon", "`quipu mcp` is a client of the daemon")
            .hint("leave `--no-daemon` and QUIPU_NO_DAEMON out"));
    }
    let cwd = match directory {
        Some(directory) => std::fs::canonicalize(&directory),
        None => std::env::current_dir(),
    };
    let cwd = cwd.map_err(|error| {
        Fault::new(FaultKind::Caller, "bad_cwd", format!("the project's directory cannot be read: {error}"))
            .hint("start it in the project, or name that with `--project`")
    })?;
    parent::end_with_it();
    let cwd = cwd.to_string_lossy().into_owned();
    hold::begin(cwd.clone(), Env::read().session);
    let channel = crate::commands::pushes();
    let relay = Arc::new(Relay::new(cwd, tools, channel));
    let under_way = Arc::new(UnderWay::default());
    let mut input = std::io::stdin().lock();
    while let Some(line) = next(&mut input) {
        match Message::read(&line) {
            Err(reply) => say(&reply),
            // From here on a client takes what it did not ask for.
            Ok(Message { kind: Kind::Notification, method, .. }) if method == "notifications/initialized" => {
                if let Some(session) = relay.pushes_to() {
                    std::thread::spawn(move || channel::tell(&session, say));
                }
            }
            // Nothing else here keeps a state that a client could tell of.
            Ok(Message { kind: Kind::Notification | Kind::Response, .. }) => {}
            Ok(message) => {
                under_way.begin();
                let (relay, under_way) = (relay.clone(), under_way.clone());
                std::thread::spawn(move || {
                    let (answer, deliveries) = relay.answer(&message, line);
                    say(&answer);
                    if !deliveries.is_empty() {
                        relay.handed_on(deliveries);
                    }
                    under_way.end();
                });
            }
        }
    }
    under_way.wait_for_all(LAST);
    Ok(())
}

/// The next line that is not empty; none at the end.
fn next(input: &mut impl BufRead) -> Option<Vec<u8>> {
    loop {
        let mut line = Vec::new();
        let n = input.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line).ok()?;
        if n == 0 {
            return None;
        }
        if n as u64 > MAX_LINE {
            say(&message::too_long(MAX_LINE));
            // The rest of it is no message either.
            while !line.ends_with(b"\n") {
                line.clear();
                if input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).ok()? == 0 {
                    return None;
                }
            }
            continue;
        }
        let text = line.trim_ascii();
        if !text.is_empty() {
            return Some(text.to_vec());
        }
    }
}

/// Writes one message, whole.
fn say(message: &[u8]) {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(message).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    if written.is_err() {
        // Nobody reads any more: the client has gone without closing our input.
        std::process::exit(0);
    }
}

/// How many calls are under way.
#[derive(Default)]
struct UnderWay {
    count: Mutex<usize>,
    changed: Condvar,
}

impl UnderWay {
    /// One more, as soon as there is room.
    fn begin(&self) {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = self.changed.wait_while(count, |count| *count >= MOST).unwrap_or_else(PoisonError::into_inner);
        *count += 1;
    }

    fn end(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.changed.notify_all();
    }

    fn wait_for_all(&self, most: Duration) {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.changed.wait_timeout_while(count, most, |count| *count > 0);
    }
}
