//! Claude Code's hook payloads, read permissively, and the form of the answers.
//! It must not know what is answered.
//! Invariant: an answer names the event it answers; an empty answer is `{}`.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use quipu_core::briefing::StartSource;
use quipu_core::turn::Speaker;

/// The events that quipu answers or keeps something of; it installs itself for these.
pub const SERVED: [&str; 5] = ["SessionStart", "UserPromptSubmit", "Stop", "PostCompact", "SessionEnd"];

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
}

impl Envelope {
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
    /// PostCompact.
    #[serde(default)]
    pub compact_summary: Option<String>,
    /// SessionEnd.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Payload {
    /// Who wrote the prompt: a person, a program through the SDK, or the host itself.
    pub fn prompt_author(&self) -> Speaker {
        author(self.source.as_deref())
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

/// The answer that puts `context` before the model. Only SessionStart and UserPromptSubmit take it from us;
/// text for any other event, and empty text, is `{}`.
pub fn answer(event: &str, context: &str) -> Value {
    if context.is_empty() || !matches!(event, "SessionStart" | "UserPromptSubmit") {
        return json!({});
    }
    json!({ "hookSpecificOutput": { "hookEventName": event, "additionalContext": context } })
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
    fn answers_name_their_event_and_only_two_events_take_context() {
        let answered = answer("SessionStart", "text");
        assert_eq!(answered["hookSpecificOutput"]["hookEventName"], "SessionStart");
        for (event, text) in [("Stop", "text"), ("PostCompact", "text"), ("UserPromptSubmit", "")] {
            assert_eq!(answer(event, text), json!({}));
        }
    }
}
