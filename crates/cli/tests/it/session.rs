//! A session of Claude Code as quipu sees it: its hooks as processes, its transcript as a file.
//! It must not know what a test asserts.
//! Invariant: a hook's answer is handed on only when the daemon gave it, not the clock.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use crate::support::{Home, run, until};

/// The six sample sessions.
pub(crate) const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/projects/-srv-samples-tidepool");
/// Where five of them were held; the directory is not there.
pub(crate) const TIDEPOOL: &str = "/srv/samples/tidepool";
/// A question that the samples answer.
pub(crate) const QUESTION: &str = "why did we go with a single writer for sqlite?";
/// A prompt that they have nothing to do with.
pub(crate) const OFF_TOPIC: &str = "write a haiku about mountain goats for the newsletter";

/// Now, in UTC milliseconds.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// One session.
pub(crate) struct Session<'a> {
    home: &'a Home,
    pub(crate) id: String,
    pub(crate) cwd: PathBuf,
    /// Its transcript.
    pub(crate) file: PathBuf,
    /// Time of the last record, UTC ms; each record is a little later.
    pub(crate) clock: AtomicI64,
}

impl<'a> Session<'a> {
    /// A session held in `cwd`; its transcript is not there yet.
    pub(crate) fn new(home: &'a Home, id: &str, cwd: &Path) -> Self {
        let dir = home.transcripts().join("-slug");
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join(format!("{id}.jsonl"));
        Self { home, id: id.to_owned(), cwd: cwd.to_owned(), file, clock: AtomicI64::new(now()) }
    }

    /// A record of this session.
    pub(crate) fn record(&self, kind: &str, fields: Value) -> String {
        let at = self.clock.fetch_add(10, Ordering::Relaxed);
        let at = jiff::Timestamp::from_millisecond(at).unwrap().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let mut record = json!({
            "type": kind, "uuid": format!("{}-{at}", self.id), "sessionId": self.id, "cwd": self.cwd,
            "timestamp": at, "isSidechain": false, "version": "2.1.197"
        });
        let fields = fields.as_object().cloned().unwrap_or_default();
        record.as_object_mut().unwrap().extend(fields);
        record.to_string()
    }
    /// The record of a prompt.
    pub(crate) fn prompt(&self, text: &str) -> String {
        self.record("user", json!({ "message": { "role": "user", "content": text } }))
    }
    /// One content block of API message `message`.
    pub(crate) fn block(&self, message: &str, block: &Value) -> String {
        self.record("assistant", json!({ "message": { "id": message, "model": "m", "content": [block] } }))
    }
    /// The record of an answer, a message of its own.
    pub(crate) fn answer(&self, text: &str) -> String {
        let message = format!("msg-{}", self.clock.load(Ordering::Relaxed));
        self.block(&message, &json!({ "type": "text", "text": text }))
    }
    /// The records of a compaction.
    pub(crate) fn compaction(&self, summary: &str) -> [String; 2] {
        let said = json!({ "message": { "role": "user", "content": summary }, "isCompactSummary": true, "isVisibleInTranscriptOnly": true });
        [self.record("system", json!({ "subtype": "compact_boundary" })), self.record("user", said)]
    }

    /// Appends whole lines to the transcript.
    pub(crate) fn write<L: AsRef<str>>(&self, lines: &[L]) {
        lines.iter().for_each(|line| self.write_raw(&format!("{}\n", line.as_ref())));
    }
    /// Appends `text` as it is.
    pub(crate) fn write_raw(&self, text: &str) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&self.file).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    /// Has `quipu index` read the transcript; gives its answer.
    pub(crate) fn index(&self) -> Value {
        self.home.json(&["index", self.file.to_str().unwrap()])
    }

    /// What the host would send.
    pub(crate) fn payload(&self, event: &str, fields: &Value) -> Value {
        let mut payload = json!({
            "session_id": self.id, "transcript_path": self.file, "cwd": self.cwd, "hook_event_name": event
        });
        payload.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap_or_default());
        payload
    }
    /// Runs the hook and gives the daemon's answer.
    #[track_caller]
    pub(crate) fn hook(&self, event: &str, fields: &Value) -> Value {
        hook(self.home, &self.payload(event, fields))
    }
    /// A prompt, and the text that the agent is given with it (empty for `{}`).
    #[track_caller]
    pub(crate) fn ask(&self, prompt: &str) -> String {
        context(&self.hook("UserPromptSubmit", &json!({ "prompt": prompt, "prompt_id": id_of(prompt) })))
    }
    /// The end of a turn.
    #[track_caller]
    pub(crate) fn stop(&self, answer: &str) {
        let fields = json!({ "last_assistant_message": answer, "stop_hook_active": false, "prompt_id": id_of(answer) });
        assert_eq!(self.hook("Stop", &fields), json!({}));
    }
}

/// Hosts give each prompt an id.
fn id_of(text: &str) -> String {
    format!("prompt-{}", quipu_core::hash::content_hash(text))
}

/// The longest that a hook may be given: what it says at once on a calm machine is what is tested, not how calm this one is.
pub(crate) const PATIENT: [(&str, &str); 5] = [
    ("QUIPU_HOOKS_SESSION_START_DEADLINE", "5s"),
    ("QUIPU_HOOKS_PROMPT_DEADLINE", "5s"),
    ("QUIPU_HOOKS_TURN_END_DEADLINE", "5s"),
    ("QUIPU_HOOKS_SESSION_END_DEADLINE", "1s"),
    ("QUIPU_HOOKS_TOOL_DEADLINE", "1s"),
];

/// Runs a patient hook until the daemon itself has answered: on a busy machine even its deadline may pass, and a hook that
/// keeps silent for that reason proves nothing. One that is run again may be told less, for it was told already.
#[track_caller]
pub(crate) fn hook(home: &Home, payload: &Value) -> Value {
    let backoff = home.data().join("hook-backoff");
    until("the daemon answers a hook", || {
        let _ = std::fs::remove_file(&backoff);
        let answer = once(home, payload);
        (!backoff.exists() && spooled(home) == 0).then_some(answer)
    })
}

/// Runs a patient hook once, whether anybody answers it or not.
#[track_caller]
pub(crate) fn once(home: &Home, payload: &Value) -> Value {
    let mut command = home.command(&["hook", "claude-code"]);
    command.envs(PATIENT);
    let output = run(command, payload.to_string().as_bytes());
    assert_eq!(output.code, 0, "{output:?}");
    parse(&output.stdout)
}

/// A hook's standard output: one line, one JSON object.
#[track_caller]
pub(crate) fn parse(stdout: &str) -> Value {
    assert!(stdout.trim().lines().count() == 1, "{stdout:?}");
    let answer: Value = serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {stdout:?}"));
    assert!(answer.is_object(), "{stdout:?}");
    answer
}

/// The text that an answer puts before the agent.
pub(crate) fn context(answer: &Value) -> String {
    answer["hookSpecificOutput"]["additionalContext"].as_str().unwrap_or("").to_owned()
}

/// Events that wait in the spool.
pub(crate) fn spooled(home: &Home) -> usize {
    let files = std::fs::read_dir(home.spool()).into_iter().flatten().flatten();
    files.filter(|file| file.path().extension().is_some_and(|x| x == "json")).count()
}

/// Kind and text of every live memory, sorted.
pub(crate) fn memories(home: &Home) -> Vec<(String, String)> {
    let mut all: Vec<_> = home.export().into_iter().map(|m| (m.kind, m.text)).collect();
    all.sort();
    all
}

/// How many live memories hold `text`.
pub(crate) fn holding(home: &Home, text: &str) -> usize {
    memories(home).iter().filter(|(_, body)| body.contains(text)).count()
}

/// Files below `dir` that hold `needle`, in any of their bytes.
pub(crate) fn files_with(dir: &Path, needle: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(path) = open.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => open.extend(entries.flatten().map(|entry| entry.path())),
            Err(_) => {
                // A socket cannot be read and holds nothing.
                let bytes = std::fs::read(&path).unwrap_or_default();
                if bytes.windows(needle.len()).any(|window| window == needle.as_bytes()) {
                    found.push(path);
                }
            }
        }
    }
    found
}

/// `quipu save -` with `text` on standard input, in the project of `cwd`.
pub(crate) fn save_in(home: &Home, cwd: &Path, text: &str) -> Value {
    let mut command = home.command(&["save", "-", "--json"]);
    command.current_dir(cwd);
    run(command, text.as_bytes()).json()
}

/// A home that has read the six sample sessions.
#[track_caller]
pub(crate) fn samples() -> Home {
    let home = Home::new();
    home.json(&["index", SAMPLES]);
    home
}
