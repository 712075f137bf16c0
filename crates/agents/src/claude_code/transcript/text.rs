//! Text out of blocks: what a person typed without the host's additions, tool calls and results in a line or two.
//! It must not know records or messages.
//! Invariant: what remains of a prompt is what a person wrote, byte for byte.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::TOOL_OUTPUT;
use super::record::Block;
use crate::Privacy;

/// Most characters kept of a tool call and of a tool's result.
const CALL: usize = 240;
const ERROR: usize = 1_500;

/// Elements that the host puts into "user" text.
const NOISE: [&str; 11] = [
    "system-reminder",
    "command-name",
    "command-message",
    "command-args",
    "local-command-stdout",
    "local-command-stderr",
    "local-command-caveat",
    "bash-stdout",
    "bash-stderr",
    "task-notification",
    "cross-session-message",
];

/// The text of text blocks, joined by blank lines.
pub(super) fn of_blocks(blocks: &[Block]) -> String {
    let texts: Vec<&str> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text { text } => Some(text.as_str()),
            Block::Image => Some("[image]"),
            _ => None,
        })
        .collect();
    if texts.iter().all(|t| *t == "[image]") { String::new() } else { texts.join("\n\n") }
}

/// `text` without the host's elements and notices.
pub(super) fn without_noise(text: &str) -> String {
    let mut rest = Cow::Borrowed(text);
    for name in NOISE {
        rest = Cow::Owned(without_element(&rest, name));
    }
    let trimmed = rest.trim();
    let notice =
        trimmed.starts_with("Caveat: The messages below") || trimmed.starts_with("[Request interrupted by user");
    if notice { String::new() } else { trimmed.to_owned() }
}

fn without_element(text: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&open) {
        let after = &rest[at + open.len()..];
        // `<command-names>` is something else; an element that is never closed is a person's own text.
        let is_tag = after.starts_with(['>', ' ', '\n']);
        match after.find(&close).filter(|_| is_tag) {
            Some(end) => {
                out.push_str(&rest[..at]);
                rest = &after[end + close.len()..];
            }
            None => {
                out.push_str(&rest[..at + open.len()]);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A tool call in one line: its name and its most telling argument.
pub(super) fn tool_call(name: &str, input: &Value, privacy: &Privacy) -> String {
    let telling = ["command", "file_path", "path", "pattern", "query", "url", "description", "prompt"];
    let argument = telling.iter().find_map(|key| input.get(key).and_then(Value::as_str)).unwrap_or("");
    let line = argument.lines().next().unwrap_or("");
    format!("→ {name}: {}", head(&privacy.redact(line), CALL)).trim_end_matches([':', ' ']).to_owned()
}

/// Whether the call asks quipu itself: its answer is in memory already.
pub(super) fn is_ours(name: &str, input: &Value) -> bool {
    let command = input.get("command").and_then(Value::as_str).unwrap_or("");
    let runs_quipu = command.split(['|', ';', '&', '\n']).any(|part| {
        let word = part.split_whitespace().next().unwrap_or("");
        word == "quipu" || word.ends_with("/quipu")
    });
    name.starts_with("mcp__quipu__") || runs_quipu
}

/// A tool's result: the error where it failed, nothing where it went well.
pub(super) fn tool_result(content: &RawValue, is_error: bool, privacy: &Privacy) -> String {
    if !is_error {
        return String::new();
    }
    let text = of_result(content);
    // Redacted before it is cut: half a secret would pass for none.
    let safe = privacy.redact(text.trim());
    let lines: Vec<String> = head(&safe, ERROR).lines().map(|line| format!("{TOOL_OUTPUT}{line}")).collect();
    lines.join("\n")
}

/// The text of a tool's result: a text, or blocks with one.
pub(super) fn of_result(content: &RawValue) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Part<'a> {
        #[serde(borrow)]
        text: Option<Cow<'a, str>>,
    }
    let json = content.get();
    if json.starts_with('"') {
        return serde_json::from_str::<String>(json).map_or(Cow::Borrowed(""), Cow::Owned);
    }
    let blocks: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
    let texts = blocks.iter().filter_map(|block| serde_json::from_str::<Part<'_>>(block.get()).ok()?.text);
    Cow::Owned(texts.collect::<Vec<_>>().join("\n"))
}

fn head(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((at, _)) => Cow::Owned(format!("{} …", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn noise_goes_and_words_stay() {
        for (said, kept) in [
            ("fix the bug", "fix the bug"),
            ("<system-reminder>\nbe good\n</system-reminder>fix it", "fix it"),
            (
                "<command-name>/clear</command-name>\n<command-message>clear</command-message>\n<command-args></command-args>",
                "",
            ),
            ("<local-command-stdout>ok</local-command-stdout>", ""),
            ("Caveat: The messages below were generated by the user", ""),
            ("[Request interrupted by user]", ""),
            ("[Request interrupted by user for tool use]", ""),
            ("what does <system-reminder> do?", "what does <system-reminder> do?"),
            ("<task-notification id=1>done</task-notification> and now?", "and now?"),
            ("日本語で<system-reminder>x</system-reminder>お願い", "日本語でお願い"),
        ] {
            assert_eq!(without_noise(said), kept, "{said}");
        }
    }

    #[test]
    fn calls_and_results_are_short() {
        let privacy = Privacy::default();
        let tool_call = |name, input| tool_call(name, &input, &privacy);
        assert_eq!(tool_call("Bash", json!({"command": "cargo test\necho"})), "→ Bash: cargo test");
        assert_eq!(tool_call("Odd", json!({"x": 1})), "→ Odd");
        assert!(tool_call("Read", json!({"file_path": "水".repeat(999)})).chars().count() < 260);
        let raw = |value| serde_json::value::to_raw_value(&value).expect("JSON");
        assert_eq!(tool_result(&raw(json!("fine")), false, &privacy), "");
        assert_eq!(tool_result(&raw(json!([7, {"type": "text", "text": "boom"}])), true, &privacy), "✗ boom");
    }

    #[test]
    fn quipus_own_answers_are_known() {
        assert!(is_ours("mcp__quipu__memory_search", &json!({})));
        assert!(is_ours("Bash", &json!({"command": "cd x && /usr/local/bin/quipu search wal"})));
        assert!(!is_ours("Bash", &json!({"command": "cargo test -p quipu-core"})));
    }
}
