//! Targets that a running daemon reads: requests, and files in its spool.
//!
//! It must not know what it makes of them. Invariant: the daemon lives in a home of its own; after each input it is the
//! same process, answers, and has logged no panic.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use quipu_protocol::client::{Client, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::spool::SPOOL_VERSION;
use serde_json::Value;

use super::Target;
use super::parsers::{PAYLOADS, shape};
use crate::bench::scratch::{self, Scratch};

/// No answer takes longer, on the busiest machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is sent as it is and never ends gets so long.
const RAW: Duration = Duration::from_millis(500);

/// A daemon that must stay as it is.
struct Running {
    home: Scratch,
    client: Client,
    pid: u32,
}

impl Running {
    fn start() -> Result<Self, String> {
        let home = Scratch::new(crate::bench::binary::quipu()?)?;
        home.run(&["up"])?;
        let mut client = home.client()?;
        let pid = scratch::health(&mut client)?.pid;
        Ok(Self { home, client, pid })
    }

    /// The same process answers, and nothing in it has panicked.
    fn is_well(&mut self) -> Result<(), String> {
        let pid = scratch::health(&mut self.client).or_else(|_| {
            self.client = self.home.client()?;
            scratch::health(&mut self.client)
        });
        if pid.map(|health| health.pid)? != self.pid {
            return Err("it is another daemon than before".to_owned());
        }
        let log = std::fs::read_to_string(self.home.paths.daemon_log()).unwrap_or_default();
        match log.lines().find(|line| line.contains("panicked")) {
            Some(line) => Err(format!("it panicked: {line}")),
            None => Ok(()),
        }
    }
}

/// Requests: the first line of an input is the path, the rest the body.
struct Http {
    daemon: Running,
    sent: u64,
}

/// Paths with bodies that mean something there. Neither `index`, which would read whatever folder a bent path names,
/// nor `shutdown`, which does what it is told.
const REQUESTS: &[(&str, &str)] = &[
    (
        "/v1/memories",
        r#"{"text":"The watchdog restarts at noon.","kind":"insight","title":"t","keywords":["a"],"applies_to":"global","cwd":"/p","session":["claude-code","s"],"occurred_at":1}"#,
    ),
    (
        "/v1/search",
        r#"{"query":"watchdog noon","scope":{"all":true},"limit":5,"kinds":["insight"],"since":0,"until":9999999999999,"explain":true}"#,
    ),
    ("/v1/timeline", r#"{"scope":{"all":true},"session":"s","kinds":[],"since":0,"limit":3}"#),
    ("/v1/export", r#"{"scope":{"all":true},"after":"018f3c1e-7b6a-7c1d-9a2b-3c4d5e6f7a8b","limit":2}"#),
    ("/v1/projects/merge", r#"{"from":"/p","into":"/q"}"#),
    ("/v1/pause", r#"{"project":"/nowhere","minutes":1}"#),
    ("/v1/resume", r#"{"project":"/nowhere"}"#),
    ("/v1/memories/018f3c1e-7b6a-7c1d-9a2b-3c4d5e6f7a8b", ""),
];

pub(super) fn http() -> Result<Box<dyn Target>, String> {
    Ok(Box::new(Http { daemon: Running::start()?, sent: 0 }))
}

impl Target for Http {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let hooks = PAYLOADS.iter().map(|body| ("/v1/hook/claude-code", *body));
        REQUESTS.iter().copied().chain(hooks).map(|(path, body)| format!("{path}\n{body}").into_bytes()).collect()
    }

    fn check(&mut self, input: &[u8]) -> Result<u64, String> {
        let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
        let printable: String = input[..end].iter().filter(|b| b.is_ascii_graphic()).map(|b| char::from(*b)).collect();
        if printable.contains("shutdown") || printable.contains("index") {
            return Ok(0);
        }
        self.sent += 1;
        if self.sent.is_multiple_of(16) {
            self.raw(input);
        }
        let path = format!("/{}", printable.trim_start_matches('/'));
        let body = input.get(end + 1..).unwrap_or_default();
        let request = Request::post_raw(&path, body.to_vec());
        let answer = self.daemon.client.send(&request, Deadline::within(PATIENCE));
        let shape = match answer {
            Ok(response) => {
                let told: Value = serde_json::from_slice(&response.body).unwrap_or_default();
                let code = told["code"].as_str().unwrap_or_default().to_owned();
                if code == "panic" || response.status == 500 {
                    return Err(format!("status {}, {told}", response.status));
                }
                let length = response.body.len().checked_ilog2();
                shape(&(response.status, code, length))
            }
            // A head that is none is answered by the end of the connection.
            Err(error) => {
                self.daemon.is_well().map_err(|why| format!("{error}; then {why}"))?;
                1
            }
        };
        if self.sent.is_multiple_of(64) {
            self.daemon.is_well()?;
        }
        Ok(shape)
    }
}

impl Http {
    /// The bytes as they are, in place of a request.
    fn raw(&self, input: &[u8]) {
        let Ok(mut stream) = UnixStream::connect(&self.daemon.home.paths.socket) else { return };
        let _ = stream.set_read_timeout(Some(RAW)).and_then(|()| stream.set_write_timeout(Some(RAW)));
        let _ = stream.write_all(b"POST ").and_then(|()| stream.write_all(input));
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

/// Files of the spool: each line of an input is one.
struct Spool {
    daemon: Running,
    written: u64,
}

/// Lines of one input beyond this are left out.
const FILES: usize = 200;

pub(super) fn spool() -> Result<Box<dyn Target>, String> {
    Ok(Box::new(Spool { daemon: Running::start()?, written: 0 }))
}

impl Target for Spool {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let entry = |n: usize, payload: &str| {
            let event: Value = serde_json::from_str(payload).unwrap_or_default();
            let text = serde_json::json!({
                "version": SPOOL_VERSION, "event_id": format!("018f3c1e-7b6a-7c1d-9a2b-{n:012x}"), "agent": "claude-code",
                "event": event["hook_event_name"], "session_id": event["session_id"], "transcript_path": event["transcript_path"],
                "cwd": event["cwd"], "at": 1_700_000_000_000_u64 + n as u64, "body": payload,
            });
            format!("{text}\n")
        };
        let each = PAYLOADS.len();
        let one =
            |from: usize| (from..from + 40).map(|n| entry(n, PAYLOADS[n % each])).collect::<String>().into_bytes();
        (0..4).map(|n| one(n * 40)).collect()
    }

    fn check(&mut self, input: &[u8]) -> Result<u64, String> {
        let folder = self.daemon.home.paths.spool();
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        for line in input.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(FILES) {
            self.written += 1;
            let unfinished = folder.join(format!(".{}", self.written));
            let finished = folder.join(format!("{:08}.json", self.written));
            std::fs::write(&unfinished, line)
                .and_then(|()| std::fs::rename(&unfinished, &finished))
                .map_err(|e| e.to_string())?;
        }
        let started = Instant::now();
        let left = loop {
            let left: Vec<PathBuf> = files(&folder).into_iter().filter(|file| !is_newer(file)).collect();
            if left.is_empty() || started.elapsed() > PATIENCE {
                break left;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        self.daemon.is_well()?;
        if let Some(file) = left.first() {
            let text = String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
            return Err(format!("it is neither applied nor put aside: {text}"));
        }
        let aside = folder.join("quarantine");
        let quarantined = files(&aside).len();
        let newer = files(&folder).len();
        for file in files(&folder) {
            std::fs::remove_file(file).map_err(|error| error.to_string())?;
        }
        if aside.is_dir() {
            std::fs::remove_dir_all(&aside).map_err(|error| error.to_string())?;
        }
        Ok(shape(&(quarantined.min(30), newer.min(4))))
    }
}

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
}

/// A newer version's file is left alone, for ever.
fn is_newer(file: &std::path::Path) -> bool {
    let value: Option<Value> = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    value.and_then(|value| value.get("version")?.as_u64()).is_some_and(|version| version > u64::from(SPOOL_VERSION))
}
