//! The bundled sample sessions and the questions that the demo asks of them.
//! It must not know how they are ingested.
//! Invariant: the files are written as they are in `samples/`, byte for byte.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// File name and text of each session.
pub(super) const SESSIONS: [(&str, &str); 6] = [
    (
        "39e340a9-ee09-4883-87f9-2606a8e263dc.jsonl",
        include_str!("../../samples/projects/-srv-samples-tidepool/39e340a9-ee09-4883-87f9-2606a8e263dc.jsonl"),
    ),
    (
        "582f849b-1f75-4a72-ae40-6079a4c8b898.jsonl",
        include_str!("../../samples/projects/-srv-samples-tidepool/582f849b-1f75-4a72-ae40-6079a4c8b898.jsonl"),
    ),
    (
        "8b95f23f-9fef-46d2-b6a0-6794c4f1eaf5.jsonl",
        include_str!("../../samples/projects/-srv-samples-tidepool/8b95f23f-9fef-46d2-b6a0-6794c4f1eaf5.jsonl"),
    ),
    (
        "ad78287e-fe42-426b-adc5-a7fb601d43c1.jsonl",
        include_str!("../../samples/projects/-srv-samples-tidepool/ad78287e-fe42-426b-adc5-a7fb601d43c1.jsonl"),
    ),
    (
        "b1fd7825-d6ac-49cc-a63d-f1585a803dfc.jsonl",
        include_str!("../../samples/projects/-srv-samples-tidepool/b1fd7825-d6ac-49cc-a63d-f1585a803dfc.jsonl"),
    ),
    (
        "fe714062-5dae-4949-84af-556f1729ae83.jsonl",
        include_str!("../../samples/projects/-srv-samples-tidepool/fe714062-5dae-4949-84af-556f1729ae83.jsonl"),
    ),
];

/// The directory that the sample sessions were held in.
pub(super) const PROJECT: &str = "/srv/samples/tidepool";

/// A prompt that no sample session has to do with.
pub(super) const OFF_TOPIC: &str = "write a haiku about mountain goats for the newsletter";

const QUESTIONS: &str = include_str!("../../samples/questions.json");

/// Writes the transcripts below `home`; gives their folder.
pub(super) fn unpack(home: &Path) -> std::io::Result<PathBuf> {
    let dir = super::sample_dir(home);
    std::fs::create_dir_all(&dir)?;
    for (name, text) in SESSIONS {
        std::fs::write(dir.join(name), text)?;
    }
    Ok(dir)
}

/// The questions, as a user would type them.
pub(super) fn questions() -> Vec<String> {
    let all: Value = serde_json::from_str(QUESTIONS).unwrap_or_default();
    let asked = all["demo"].as_array().cloned().unwrap_or_default();
    asked.iter().filter_map(|q| q["question"].as_str().map(str::to_owned)).collect()
}

/// What Claude Code would send with a prompt.
pub(super) fn prompt_payload(prompt: &str) -> String {
    payload("UserPromptSubmit", "prompt", prompt)
}

/// What Claude Code would send at a start.
pub(super) fn start_payload() -> String {
    payload("SessionStart", "source", "startup")
}

fn payload(event: &str, field: &str, value: &str) -> String {
    serde_json::json!({ "session_id": "demo-session", "cwd": PROJECT, "hook_event_name": event, field: value })
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_three_questions() {
        assert_eq!(questions().len(), 3);
    }
}
