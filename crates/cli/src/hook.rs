//! `quipu hook AGENT`: hands the host's payload to the daemon and prints the answer, in time or not at all.
//! It must not know what is answered; it loads no store, no model and no async runtime.
//! Invariant: one clock from process start over everything; at its end valid output and exit 0, always.

mod say;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use quipu_agents::claude_code::AGENT;
use quipu_agents::claude_code::hook::{Envelope, SPOOLED, answer};
use quipu_core::id::EventId;
use quipu_core::redact::Redactor;
use quipu_daemon::lifecycle::start;
use quipu_protocol::client::{Client, ClientError, Request, read_to_end};
use quipu_protocol::config::{Config, Loaded, keys, project_root};
use quipu_protocol::deadline::{self, Deadline};
use quipu_protocol::env::{Env, arm_fault_point};
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::{self, Durability, SPOOL_VERSION, SpoolEntry};
use quipu_protocol::wire::daemon::HookReply;

use say::{Confirm, Printed, Said, print};

/// Payloads beyond this are not read to their end, in bytes.
const MAX_INPUT: usize = 16 << 20;
/// A timeout over a payload of this size is no sign of a stuck daemon, in bytes.
const LONG_INPUT: usize = 64 << 10;
/// What is kept back of the budget for the spool and for printing. Redacting a body and writing it takes 4 ms on an
/// idle machine and was seen to take 25 ms on a busy one; a body that is not written in time is lost.
const RESERVE: Duration = Duration::from_millis(40);
/// The same for a question, which leaves nothing in the spool.
const PRINTING: Duration = Duration::from_millis(5);

/// Runs the hook; never fails.
pub(crate) fn run(start: Instant, mut words: impl Iterator<Item = OsString>, flags: &[(String, String)]) -> ExitCode {
    // A panic must not turn into a message in somebody's session.
    std::panic::set_hook(Box::new(|_| {}));
    let agent = words.next().and_then(|word| word.into_string().ok()).unwrap_or_default();
    let _ = std::panic::catch_unwind(|| {
        let Said { output, confirm } = exchange(start, &agent, flags);
        // What nobody can read was not shown.
        if print(&output) == Printed::Yes
            && let Some(confirm) = confirm
        {
            confirm.send();
        }
    });
    print("");
    ExitCode::SUCCESS
}

/// What is said, and what is to be told of it once it was printed.
fn exchange(start: Instant, agent: &str, flags: &[(String, String)]) -> Said {
    let env = Env::read();
    let paths = Paths::resolve(&env);
    // Of a file with a fault, or none, the defaults hold; the daemon and `quipu doctor` tell of it.
    let base = paths.as_ref().map_or_else(|_| Loaded::default(), |paths| Config::of_user(&paths.config, &env));
    let config = base.clone().with(None, &env, flags).config;
    let mut input = Vec::new();
    // Which event it is stands in the input. A host that is slow to write it waits for itself, not for us.
    let reading = Deadline::after(start, deadline::of_event(&config, "SessionEnd"));
    // What came is looked at even where the pipe is never closed.
    let _ = read_to_end(std::io::stdin(), MAX_INPUT, is_whole, reading, &mut input);
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&input) else { return Said::default() };
    // What no daemon would take must not lie in the spool either.
    let is_ours = agent == AGENT && !envelope.session_id.is_empty();
    if !is_ours || !envelope.is_served() {
        return Said::default();
    }
    let deadline = Deadline::after(start, deadline::of_event(&config, &envelope.hook_event_name));
    let Ok(paths) = paths else { return Said::default() };
    arm_fault_point();
    if is_off(&config, &envelope) {
        return Said::default();
    }
    let input = envelope.alone().unwrap_or(input);
    let backoff = config.time(keys::BACKOFF);
    let rules = SpoolRules { base, env: env.clone(), flags };
    let event = quipu_protocol::new_event_id();
    let starts = !env.no_daemon;
    let hook = Hook { agent, envelope, input, paths, event, deadline, backoff, rules, starts };
    match hook.ask() {
        Ok((reply, client)) if reply.output.as_object().is_some_and(|o| !o.is_empty()) => {
            let hook = reply.once.then_some(event);
            let has_to = hook.is_some() || !reply.shown.is_empty();
            let confirm = has_to.then_some(Confirm { deliveries: reply.shown, hook, client, deadline });
            Said { output: reply.output.to_string(), confirm }
        }
        Ok(_) => Said::default(),
        // Neither a question nor what is found again waits in the spool.
        Err(_) if hook.envelope.leaves_nothing() => Said::default(),
        Err(reason) => match hook.spool() {
            Ok(()) => hook.without_memory(&reason).into(),
            Err(refusal) => refusal.into(),
        },
    }
}

/// Whether the user's settings keep this hook silent. A project's own file is the daemon's to read.
fn is_off(config: &Config, envelope: &Envelope) -> bool {
    let cwd = envelope.cwd.as_deref().unwrap_or("/");
    !config.flag(keys::HOOKS_ENABLED)
        || envelope.is_edit() && !config.flag(keys::FILE_NOTES)
        || envelope.is_step() && !config.flag(keys::MAIL_DELIVERY)
        || config.denial(keys::HOOKS_DENY, &[Path::new(cwd)]).is_some()
}

/// Whether the input is a whole JSON object already: some hosts keep the pipe open behind it.
fn is_whole(input: &[u8]) -> bool {
    input.trim_ascii_end().ends_with(b"}") && serde_json::from_slice::<serde::de::IgnoredAny>(input).is_ok()
}

/// What the rules of the spool are made of, once one is written to: a hook that is answered has no time for a project's
/// file.
struct SpoolRules<'a> {
    base: Loaded,
    env: Env,
    flags: &'a [(String, String)],
}

impl SpoolRules<'_> {
    /// What a text in `cwd` goes through; nothing where a fault in the settings may hide a rule.
    fn redactor(&self, cwd: Option<&str>) -> Option<Arc<Redactor>> {
        let root = cwd.map(|cwd| project_root(Path::new(cwd)));
        let config = self.base.clone().with(root, &self.env, self.flags).config;
        config.held_back().is_none().then(|| config.redactor())
    }
}

struct Hook<'a> {
    agent: &'a str,
    envelope: Envelope,
    input: Vec<u8>,
    paths: Paths,
    event: EventId,
    deadline: Deadline,
    /// So long a daemon is left alone that did not answer in time.
    backoff: Duration,
    rules: SpoolRules<'a>,
    /// Whether a daemon may be started.
    starts: bool,
}

impl Hook<'_> {
    /// Asks the daemon; the error is a reason for people.
    fn ask(&self) -> Result<(HookReply, Client), String> {
        if self.backs_off() {
            return Err("the daemon did not answer a moment ago".to_owned());
        }
        let socket = start::known_socket(&self.paths).unwrap_or_else(|| self.paths.socket.clone());
        let answer = match self.send(socket) {
            // The owner is out of reach here (another container, say); a standby may be there.
            Err(absent @ ClientError::Absent(_)) => match self.send(self.paths.standby_socket()) {
                // Nor is there one: it is the owner that is missing.
                Err(ClientError::Absent(_) | ClientError::Broken(_)) => Err(absent),
                answer => answer,
            },
            answer => answer,
        };
        if self.starts && self.envelope.hook_event_name == "SessionStart" && start::is_outdated(&self.paths) {
            start::nudge(&self.paths);
        }
        match answer {
            Err(ClientError::Absent(_)) if self.starts && self.envelope.hook_event_name == "SessionStart" => {
                let socket = start::ensure(&self.paths, self.before_reserve()).map_err(|fault| fault.message)?;
                self.send(socket).map_err(|error| error.to_string())
            }
            Err(error @ ClientError::Absent(_)) => {
                // Starting one takes longer than a tool has to wait, and prompts do it anyway.
                if self.starts && !self.envelope.leaves_nothing() {
                    start::nudge(&self.paths);
                }
                Err(error.to_string())
            }
            Err(ClientError::TimedOut) => {
                // So that a stuck daemon does not cost its deadline at every event. A very long prompt is slow by
                // itself and says nothing of the daemon.
                if self.input.len() < LONG_INPUT {
                    self.mark_backoff();
                }
                Err(ClientError::TimedOut.to_string())
            }
            other => other.map_err(|error| error.to_string()),
        }
    }

    fn send(&self, socket: PathBuf) -> Result<(HookReply, Client), ClientError> {
        let path = format!("/v1/hook/{}", self.agent);
        let request = Request::post_raw(&path, self.input.clone()).event(self.event);
        let mut client = Client::new(&socket);
        client.call(&request, self.before_reserve()).map(|reply| (reply, client))
    }

    fn before_reserve(&self) -> Deadline {
        let reserve = if self.envelope.leaves_nothing() { PRINTING } else { RESERVE };
        Deadline::within(self.deadline.left().saturating_sub(reserve))
    }

    fn mark_backoff(&self) {
        use std::os::unix::fs::OpenOptionsExt;
        let marker =
            std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(self.paths.backoff());
        let _ = marker.and_then(|file| file.set_modified(SystemTime::now()));
    }

    fn backs_off(&self) -> bool {
        let modified = std::fs::metadata(self.paths.backoff()).and_then(|m| m.modified());
        modified.is_ok_and(|at| at.elapsed().is_ok_and(|age| age < self.backoff))
    }

    /// Leaves the event for the daemon that comes; the error is what the host shows when it is refused. A disk that hangs
    /// must not hang the host: a watchdog ends us.
    fn spool(&self) -> Result<(), String> {
        let left = self.deadline.left();
        let _ = std::thread::Builder::new().spawn(move || {
            std::thread::sleep(left);
            print("");
            std::process::exit(0);
        });
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_millis());
        let has_transcript = self.envelope.transcript_path.as_ref().is_some_and(|p| !p.as_os_str().is_empty());
        // A transcript does not say that a prompt was a program's or the host's own: only the event does.
        let is_told = has_transcript && self.envelope.tells_nothing_more();
        let entry = SpoolEntry {
            version: SPOOL_VERSION,
            event_id: self.event.to_string(),
            agent: self.agent.to_owned(),
            event: self.envelope.hook_event_name.clone(),
            session_id: self.envelope.session_id.clone(),
            transcript_path: self.envelope.transcript_path.clone().filter(|_| has_transcript),
            cwd: self.envelope.cwd.clone(),
            at: i64::try_from(at).unwrap_or(i64::MAX),
            body: if is_told {
                None
            } else {
                self.rules.redactor(self.envelope.cwd.as_deref()).map(|rules| redacted(&self.input, &rules))
            },
        };
        match spool::write(&self.paths.spool(), &entry, Durability::Rename) {
            Err(error) if error.kind() == std::io::ErrorKind::QuotaExceeded => {
                let _ = spool::note_refusal(&self.paths.data, &entry);
                let message = format!("quipu: this event was not kept, {error}; `quipu status` says why none is taken");
                Err(serde_json::json!({ "systemMessage": message }).to_string())
            }
            // A spool that cannot be written loses nothing that the transcript does not have.
            _ => Ok(()),
        }
    }

    /// A session that starts without memory is told so; other events pass in silence.
    fn without_memory(&self, reason: &str) -> String {
        if self.envelope.hook_event_name != "SessionStart" {
            return String::new();
        }
        let text = format!("quipu (memory: not reachable, {reason}): nothing was recalled for this session.");
        answer("SessionStart", &text).to_string()
    }
}

/// What the daemon will read of the payload, each text redacted by itself: escapes and line breaks of JSON would hide a
/// secret from the patterns.
fn redacted(input: &[u8], rules: &Redactor) -> String {
    let payload: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(input).unwrap_or_default();
    let texts = payload.into_iter().filter(|(name, _)| SPOOLED.contains(&name.as_str()));
    let safe = texts.filter_map(|(name, text)| Some((name, rules.redact(text.as_str()?).0.into())));
    serde_json::Value::Object(safe.collect()).to_string()
}
