//! Holds a connection to the daemon open for as long as this process lives: that an agent is here, and when it is gone, the
//! system itself then tells.
//! It must not know MCP.
//! Invariant: it starts no daemon and keeps nobody waiting; a daemon that goes costs it another try, and each next one a
//! longer pause.

use std::time::Duration;

use quipu_daemon::lifecycle::start;
use quipu_protocol::client::{ClientError, Events, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::{CWD_HEADER, SESSION_HEADER};

use crate::connect;

/// A daemon has so long to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// One that says nothing for so long is gone: it gives a sign every 15 s.
const SILENCE: Duration = Duration::from_secs(45);
/// The pause before another try, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// An older daemon knows nothing of it.
const UNKNOWN: Duration = Duration::from_secs(60);

/// Begins to hold, for an agent that works in `cwd`.
pub(super) fn begin(cwd: String, session: Option<String>) {
    // Without it the agent's hooks tell that it is here, only later that it is not.
    let _ = std::thread::Builder::new().name("hold".to_owned()).spawn(move || {
        let mut pause = PAUSE.0;
        loop {
            match hold(&cwd, session.as_deref()) {
                Ok(()) => pause = PAUSE.0,
                Err(ClientError::Fault(fault)) if fault.retry_after_ms.is_none() => pause = UNKNOWN,
                Err(_) => pause = (pause * 2).min(PAUSE.1),
            }
            std::thread::sleep(pause);
        }
    });
}

/// Holds one connection until it ends; that it began is no failure.
fn hold(cwd: &str, session: Option<&str>) -> Result<(), ClientError> {
    let broken = |fault: quipu_protocol::fault::Fault| ClientError::Broken(fault.message);
    let paths = connect::paths().map_err(broken)?;
    let socket = start::known_socket(&paths).unwrap_or_else(|| paths.socket.clone());
    let request = Request::get("/v1/agents/hold").header(CWD_HEADER, cwd);
    let request = match session {
        Some(session) => request.header(SESSION_HEADER, session),
        None => request,
    };
    let mut events = Events::open(&socket, &request, Deadline::within(PATIENCE))?;
    while let Ok(Some(_)) = events.next(Deadline::within(SILENCE)) {}
    Ok(())
}
