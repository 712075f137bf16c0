//! What Claude Code would hand to a hook, round by round.
//!
//! It must not know what becomes of it. Invariant: each Stop is a turn of its own and is written; a question asked
//! again is the same turn, so that hundreds of rounds do not fill the memory they search with copies of their questions.

use std::path::Path;

use serde_json::{Value, json};

/// Where the sample sessions were held.
pub(super) const PROJECT: &str = "/srv/samples/tidepool";
/// A session that is none of the samples: what it said itself is not put before it again.
const SESSION: &str = "5d0c1e7a-0f3b-4a52-9d55-0b4c7e0a9b11";

/// An answer of ordinary length.
const ANSWER: &str = "Done. The importer now closes its file before it renames it, so a reader sees the old list or \
    the new one and never half of either. I moved the rename behind the flush, kept the old name for one release, and \
    added a case to the tests that stops the process between the two steps. All 48 tests pass. What is left: the same \
    pattern stands in the exporter, which writes to a folder that only it reads, so I left it alone; say if you want it \
    changed too. The commit is on the branch, not pushed.";

pub(super) struct Payloads {
    questions: Vec<String>,
    transcript: String,
}

impl Payloads {
    pub(super) fn new(samples: &Path) -> Result<Self, String> {
        let path = samples.join("questions.json");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let all: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let asked = ["demo", "checks"].iter().filter_map(|list| all[*list].as_array()).flatten();
        let questions: Vec<String> = asked.filter_map(|q| q["question"].as_str().map(str::to_owned)).collect();
        if questions.is_empty() {
            return Err(format!("{} holds no question", path.display()));
        }
        Ok(Self { questions, transcript: transcript(samples)? })
    }

    pub(super) fn question(&self, round: usize) -> &str {
        &self.questions[round % self.questions.len()]
    }

    pub(super) fn prompt(&self, round: usize) -> String {
        let name = format!("question-{}", round % self.questions.len());
        self.payload("UserPromptSubmit", &name, "prompt", self.question(round))
    }

    /// Before the questions are asked again: what a session was shown it is not shown again, until its context is empty.
    pub(super) fn anew(&self, round: usize) -> Option<String> {
        let begins = round.is_multiple_of(self.questions.len());
        begins.then(|| self.payload("SessionStart", "anew", "source", "clear"))
    }

    pub(super) fn stop(&self, round: usize) -> String {
        let text = format!("{ANSWER} This was step {round}.");
        self.payload("Stop", &format!("step-{round}"), "last_assistant_message", &text)
    }

    /// After a tool that had something to say, in a session that nobody has written to.
    pub(super) fn step(&self, round: usize) -> String {
        self.payload("PostToolUse", &format!("step-{round}"), "tool_response", &ANSWER.repeat(40))
    }

    fn payload(&self, event: &str, prompt_id: &str, field: &str, text: &str) -> String {
        json!({
            "session_id": SESSION,
            "transcript_path": self.transcript,
            "cwd": PROJECT,
            "permission_mode": "default",
            "hook_event_name": event,
            "prompt_id": prompt_id,
            field: text,
        })
        .to_string()
    }
}

/// A transcript that was read to its end: a hook names one, and the daemon looks whether it has grown.
fn transcript(samples: &Path) -> Result<String, String> {
    let folder = samples.join("projects/-srv-samples-tidepool");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let first = entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|x| x == "jsonl"));
    Ok(first.ok_or_else(|| format!("{} holds no transcript", folder.display()))?.to_string_lossy().into_owned())
}
