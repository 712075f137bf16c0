//! Claude Code's hook payloads, read permissively, and the form of the answers.
//! It must not know what is answered.
//! Invariant: an answer names the event it answers; an empty answer is `{}`.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use quipu_core::briefing::StartSource;
use quipu_core::turn::Speaker;

/// The events that quipu answers or keeps something of; it installs itself for these.
pub const SERVED: [&str; 8] =
    ["SessionStart", "UserPromptSubmit", EDIT_EVENT, STEP_EVENT, "Stop", COMPACT_EVENT, "PostCompact", "SessionEnd"];

/// Before a compaction: what was said until then is read while it is under way, so that the session can be told where it
/// stood.
pub const COMPACT_EVENT: &str = "PreCompact";

/// Before a tool runs; only those of [`EDIT_TOOLS`] matter here. A person may do without it.
pub const EDIT_EVENT: &str = "PreToolUse";

/// After a tool has run: the next moment at which a session can be told something.
pub const STEP_EVENT: &str = "PostToolUse";

/// The tools that change a file.
pub const EDIT_TOOLS: [&str; 4] = ["Edit", "Write", "MultiEdit", "NotebookEdit"];

/// Taken where somebody has registered it: it names a subagent's transcript, which the end of the turn finds too.
const SUBAGENT_EVENT: &str = "SubagentStop";

/// The texts of a [`Payload`] that the spool keeps. What else a host sends nobody will read, and a secret in it may be
/// given away by a name that stands somewhere else.
pub const SPOOLED: [&str; 7] =
    ["prompt_id", "agent_id", "source", "prompt", "last_assistant_message", "compact_summary", "reason"];

/// What the client needs to know of a payload before it asks the daemon: cheap to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Envelope {
    /// `SessionStart`, `Stop`, …
    #[serde(default)]
    pub hook_event_name: String,
    /// The session.
    #[serde(default)]
    pub session_id: String,
    /// Its transcript; written with a lag.
    #[serde(default)]
    pub transcript_path: Option<PathBuf>,
    /// Its working directory.
    #[serde(default)]
    pub cwd: Option<String>,
    /// SessionStart: why; UserPromptSubmit: who wrote it.
    #[serde(default)]
    pub source: Option<String>,
    /// PreToolUse.
    #[serde(default)]
    pub tool_name: Option<String>,
    /// Present inside a subagent only.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// SubagentStop.
    #[serde(default)]
    pub agent_transcript_path: Option<PathBuf>,
}

impl Envelope {
    /// Whether the daemon has something to do with it.
    pub fn is_served(&self) -> bool {
        let event = self.hook_event_name.as_str();
        match event {
            EDIT_EVENT => self.tool_name.as_deref().is_some_and(|tool| EDIT_TOOLS.contains(&tool)),
            // What is said to a session is not said in its subagents' contexts.
            STEP_EVENT => self.agent_id.is_none(),
            SUBAGENT_EVENT => self.agent_transcript_path.is_some(),
            _ => SERVED.contains(&event),
        }
    }

    /// Whether it asks what is known of a file.
    pub fn is_edit(&self) -> bool {
        self.hook_event_name == EDIT_EVENT
    }

    /// Whether it only asks whether something has come for the session.
    pub fn is_step(&self) -> bool {
        self.hook_event_name == STEP_EVENT
    }

    /// What of the payload the daemon reads, where that is little of it: after a tool has run the rest is what the tool said.
    pub fn alone(&self) -> Option<Vec<u8>> {
        let payload = json!({
            "hook_event_name": self.hook_event_name, "session_id": self.session_id, "cwd": self.cwd,
            "tool_name": self.tool_name,
        });
        self.is_step().then(|| payload.to_string().into_bytes())
    }

    /// Whether nothing is lost with it: a question, or what the end of the turn will find again.
    pub fn leaves_nothing(&self) -> bool {
        self.is_edit() || self.is_step() || [SUBAGENT_EVENT, COMPACT_EVENT].contains(&self.hook_event_name.as_str())
    }

    /// Whether the transcript will tell all that this event does. It does not tell who wrote a prompt.
    pub fn tells_nothing_more(&self) -> bool {
        self.hook_event_name != "UserPromptSubmit" || author(self.source.as_deref()) == Speaker::Person
    }
}

/// A whole payload, as far as quipu acts on it. Unknown fields are normal.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Payload {
    /// `SessionStart`, `Stop`, …
    #[serde(default)]
    pub hook_event_name: String,
    /// The session.
    #[serde(default)]
    pub session_id: String,
    /// Its transcript; written with a lag.
    #[serde(default)]
    pub transcript_path: Option<PathBuf>,
    /// Its working directory.
    #[serde(default)]
    pub cwd: Option<String>,
    /// Joins all events of one prompt.
    #[serde(default)]
    pub prompt_id: Option<String>,
    /// Present inside a subagent only.
    #[serde(default)]
    pub agent_id: Option<String>,
    /// SessionStart: why; UserPromptSubmit: who wrote it.
    #[serde(default)]
    pub source: Option<String>,
    /// UserPromptSubmit.
    #[serde(default)]
    pub prompt: Option<String>,
    /// Stop.
    #[serde(default)]
    pub last_assistant_message: Option<String>,
    /// Stop: the turn goes on only because a hook held it up.
    #[serde(default)]
    pub stop_hook_active: bool,
    /// PostCompact.
    #[serde(default)]
    pub compact_summary: Option<String>,
    /// SessionEnd.
    #[serde(default)]
    pub reason: Option<String>,
    /// SubagentStop.
    #[serde(default)]
    pub agent_transcript_path: Option<PathBuf>,
    /// PreToolUse.
    #[serde(default)]
    pub tool_name: Option<String>,
    /// PreToolUse.
    #[serde(default)]
    pub tool_input: Value,
}

impl Payload {
    /// Who wrote the prompt: a person, a program through the SDK, or the host itself.
    pub fn prompt_author(&self) -> Speaker {
        author(self.source.as_deref())
    }

    /// The file that the tool is about to change, as the host names it.
    pub fn edited_file(&self) -> Option<&str> {
        let tool = self.tool_name.as_deref().filter(|tool| EDIT_TOOLS.contains(tool))?;
        let key = if tool == "NotebookEdit" { "notebook_path" } else { "file_path" };
        self.tool_input.get(key).and_then(Value::as_str).filter(|path| !path.is_empty())
    }

    /// The code that the tool is about to replace or write.
    pub fn edited_code(&self) -> impl Iterator<Item = &str> {
        let edits = self.tool_input.get("edits").and_then(Value::as_array).into_iter().flatten();
        edits.chain([&self.tool_input]).flat_map(|edit| {
            ["old_string", "new_string", "content", "new_source"].into_iter().filter_map(|key| edit.get(key)?.as_str())
        })
    }

    /// Why the session started; an unknown word is taken for a new session.
    pub fn start_source(&self) -> StartSource {
        match self.source.as_deref() {
            Some("resume") => StartSource::Resume,
            Some("fork") => StartSource::Fork,
            Some("clear") => StartSource::Clear,
            Some("compact") => StartSource::Compact,
            _ => StartSource::Startup,
        }
    }
}

/// Who stands behind a prompt of this source. An absent one is a person's: older versions do not send it.
fn author(source: Option<&str>) -> Speaker {
    match source {
        None | Some("user") => Speaker::Person,
        Some("sdk") => Speaker::Program,
        Some(_) => Speaker::Machine,
    }
}

/// The answer that keeps a tool from running, for a reason that the model is told.
pub fn deny(reason: &str) -> Value {
    json!({
        "hookSpecificOutput": {
            "hookEventName": EDIT_EVENT, "permissionDecision": "deny", "permissionDecisionReason": reason,
        }
    })
}

/// The answer that puts `context` before the model. Only SessionStart, UserPromptSubmit and the two of a tool take it from
/// us; text for any other event, and empty text, is `{}`. That a tool may run is never answered.
pub fn answer(event: &str, context: &str) -> Value {
    if context.is_empty() || !matches!(event, "SessionStart" | "UserPromptSubmit" | EDIT_EVENT | STEP_EVENT) {
        return json!({});
    }
    json!({ "hookSpecificOutput": { "hookEventName": event, "additionalContext": context } })
}

/// The answer to a Stop that lets the turn go on, with what is left open as its reason.
pub fn hold_up(reason: &str) -> Value {
    json!({ "decision": "block", "reason": reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_read_permissively() {
        let text = r#"{"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":"hi","brand_new":{"a":1}}"#;
        let payload: Payload = serde_json::from_str(text).expect("reads");
        assert_eq!((payload.prompt.as_deref(), payload.prompt_author()), (Some("hi"), Speaker::Person));
        assert_eq!(serde_json::from_str::<Envelope>("{}").expect("reads"), Envelope::default());
    }

    #[test]
    fn edits_are_told_from_other_tools() {
        for (tool, input, file, code) in [
            ("Edit", json!({ "file_path": "/p/a.rs", "old_string": "x", "new_string": "y" }), Some("/p/a.rs"), "xy"),
            ("Write", json!({ "file_path": "/p/a.rs", "content": "z" }), Some("/p/a.rs"), "z"),
            ("MultiEdit", json!({ "file_path": "/p/a", "edits": [{ "old_string": "q" }] }), Some("/p/a"), "q"),
            ("NotebookEdit", json!({ "notebook_path": "/p/n.ipynb", "new_source": "n" }), Some("/p/n.ipynb"), "n"),
            ("Bash", json!({ "file_path": "/p/a.rs" }), None, ""),
            ("Edit", json!("odd"), None, ""),
            ("Edit", json!({ "file_path": "" }), None, ""),
        ] {
            let text = json!({ "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input }).to_string();
            let payload: Payload = serde_json::from_str(&text).expect("reads");
            assert_eq!(
                (payload.edited_file(), payload.edited_code().collect::<String>().as_str()),
                (file, code),
                "{text}"
            );
            let envelope: Envelope = serde_json::from_str(&text).expect("reads");
            assert_eq!((envelope.is_served(), envelope.is_edit()), (tool != "Bash", true), "{text}");
        }
        let served = |event: &str| Envelope { hook_event_name: event.into(), ..Envelope::default() }.is_served();
        assert!(served("Stop") && !served("SubagentStop") && !served("PreToolUse") && served("PostToolUse"));
        let text =
            r#"{"hook_event_name":"PostToolUse","session_id":"s","tool_name":"Read","tool_response":"a long text"}"#;
        let step: Envelope = serde_json::from_str(text).expect("reads");
        assert!(step.is_served() && step.leaves_nothing() && !step.is_edit());
        let alone = String::from_utf8(step.alone().expect("little")).expect("UTF-8");
        assert!(alone.contains("Read") && !alone.contains("long text"), "{alone}");
        assert!(!Envelope { agent_id: Some("a1".into()), ..step }.is_served());
        let text = r#"{"hook_event_name":"SubagentStop","agent_transcript_path":"/c/s1/subagents/agent-a7.jsonl"}"#;
        let stop: Envelope = serde_json::from_str(text).expect("reads");
        assert!(stop.is_served() && stop.leaves_nothing() && !stop.is_edit());
    }

    #[test]
    fn authors_and_sources() {
        let with = |source: &str| Payload { source: Some(source.into()), ..Payload::default() };
        assert_eq!(with("sdk").prompt_author(), Speaker::Program);
        for machine in ["system", "loop_wakeup", "schedule_wakeup", "poll_event", "something_new"] {
            assert_eq!(with(machine).prompt_author(), Speaker::Machine);
        }
        assert_eq!(with("compact").start_source(), StartSource::Compact);
        assert_eq!(with("anything").start_source(), StartSource::Startup);
    }

    #[test]
    fn answers_name_their_event_and_only_four_events_take_context() {
        for event in ["SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse"] {
            let expect = json!({ "hookEventName": event, "additionalContext": "text" });
            assert_eq!(answer(event, "text"), json!({ "hookSpecificOutput": expect }));
        }
        for (event, text) in [("Stop", "text"), ("PostCompact", "text"), ("UserPromptSubmit", "")] {
            assert_eq!(answer(event, text), json!({}));
        }
    }
}
