//! A made-up Claude Code transcript of any size, with every sort of line that real ones have.
//!
//! It must not know who reads it. Invariant: lines come in the shares that were counted over 600 MB of real transcripts
//! (for each prompt about nine tool calls with their results, ten lines of text or thinking, fifteen of progress); tool
//! results are shorter than real ones, so that more of the bytes is text to keep, not less. Of a hundred calls 45 are commands.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::bench::prose::Prose;

/// What was written.
#[derive(Default, Clone, Copy)]
pub(super) struct Written {
    pub(super) bytes: u64,
    pub(super) lines: u64,
    /// Of prompts, answers and thoughts.
    pub(super) text: u64,
}

pub(super) struct Transcript<'a> {
    file: BufWriter<File>,
    prose: &'a mut Prose,
    session: String,
    serial: u64,
    written: Written,
}

/// Writes at least so many bytes: a session of whole turns.
pub(super) fn write(path: &Path, prose: &mut Prose, number: u64, bytes: u64) -> std::io::Result<Written> {
    let session = format!("00000000-0000-4000-8000-{number:012}");
    let file = BufWriter::new(File::create(path)?);
    let mut transcript = Transcript { file, prose, session, serial: number << 32, written: Written::default() };
    while transcript.written.bytes < bytes {
        transcript.turn()?;
    }
    transcript.file.flush()?;
    // On the disk, as transcripts are: else the system writes it while somebody is timed.
    transcript.file.get_ref().sync_all()?;
    Ok(transcript.written)
}

impl Transcript<'_> {
    /// A prompt, what the agent did about it, and its answer.
    fn turn(&mut self) -> std::io::Result<()> {
        let topic = self.prose.topic();
        let prompt = self.said(topic, 10, 100);
        self.line(
            "file-history-snapshot",
            &json!({ "snapshot": { "trackedFileBackups": {} }, "isSnapshotUpdate": false }),
        )?;
        self.line(
            "user",
            &json!({
                "message": { "role": "user", "content": prompt },
                "thinkingMetadata": { "maxThinkingTokens": 31_999 }, "todos": [], "permissionMode": "default",
            }),
        )?;
        for _ in 0..6 + self.prose.chance.below(7) {
            self.step(topic)?;
        }
        let message = self.message_id();
        let answer = self.said(topic, 60, 220);
        self.assistant(&message, &json!({ "type": "text", "text": answer }))
    }

    /// One message: perhaps a thought, perhaps some words, a tool's call and its result.
    fn step(&mut self, topic: usize) -> std::io::Result<()> {
        let message = self.message_id();
        if self.prose.chance.below(10) < 5 {
            let thinking = self.said(topic, 30, 150);
            let signature = self.letters(300, 1_500);
            self.assistant(&message, &json!({ "type": "thinking", "thinking": thinking, "signature": signature }))?;
        }
        if self.prose.chance.below(10) < 6 {
            let text = self.said(topic, 10, 70);
            self.assistant(&message, &json!({ "type": "text", "text": text }))?;
        }
        let call = format!("toolu_{:024}", self.serial);
        let (name, input) = self.tool(topic);
        self.assistant(&message, &json!({ "type": "tool_use", "id": call, "name": name, "input": input }))?;
        for _ in 0..self.prose.chance.below(4) {
            let output = self.output(topic, 300);
            self.line(
                "progress",
                &json!({
                    "data": { "type": "bash_progress", "output": output, "fullOutput": output, "elapsedTimeSeconds": 3 },
                    "toolUseID": format!("bash-progress-{}", self.serial), "parentToolUseID": call,
                }),
            )?;
        }
        let length = 500 + self.prose.chance.below(6_000);
        let output = match name {
            "Edit" => format!("The file {} has been updated.", input["file_path"].as_str().unwrap_or_default()),
            _ => self.output(topic, length),
        };
        // A file that is read is no command that fails.
        let is_error = name == "Bash" && self.prose.chance.below(100) < 12;
        let result = json!({ "type": "tool_result", "tool_use_id": call, "content": output, "is_error": is_error });
        self.line(
            "user",
            &json!({
                "message": { "role": "user", "content": [result] },
                // The host tells it twice.
                "toolUseResult": { "stdout": output, "stderr": "", "interrupted": false, "isImage": false },
            }),
        )?;
        if self.prose.chance.below(10) == 0 {
            let reminder = json!({ "type": "todo_reminder", "content": [self.prose.about(topic, 30)], "itemCount": 3 });
            self.line("attachment", &json!({ "attachment": reminder }))?;
        }
        Ok(())
    }

    /// A call of one of the four tools that are used most.
    fn tool(&mut self, topic: usize) -> (&'static str, Value) {
        let file = format!("/srv/bench/src/{}.rs", self.prose.name());
        match self.prose.chance.below(100) {
            0..45 => {
                let command = format!("cd /srv/bench && rg -n {} src | head", self.prose.name());
                ("Bash", json!({ "command": command, "description": self.prose.about(topic, 6) }))
            }
            45..75 => ("Read", json!({ "file_path": file })),
            75..88 => ("Grep", json!({ "pattern": self.prose.name(), "path": "/srv/bench/src" })),
            _ => {
                let (old, new) = (self.output(topic, 200), self.output(topic, 250));
                ("Edit", json!({ "file_path": file, "old_string": old, "new_string": new }))
            }
        }
    }

    fn assistant(&mut self, message: &str, block: &Value) -> std::io::Result<()> {
        self.line(
            "assistant",
            &json!({
                "message": {
                    "model": "claude-opus-4-6", "id": message, "type": "message", "role": "assistant", "content": [block],
                    "stop_reason": null, "stop_sequence": null,
                    "usage": { "input_tokens": 4, "cache_creation_input_tokens": 352, "cache_read_input_tokens": 18_400,
                        "cache_creation": { "ephemeral_5m_input_tokens": 352, "ephemeral_1h_input_tokens": 0 },
                        "output_tokens": 3, "service_tier": "standard" },
                },
                "requestId": format!("req_{:024}", self.serial),
            }),
        )
    }

    /// The envelope first and the time last, as the host writes it.
    fn line(&mut self, kind: &str, fields: &Value) -> std::io::Result<()> {
        let uuid = |n: u64| format!("{:08x}-0000-4000-8000-{:012x}", n >> 32, n & 0xffff_ffff);
        self.serial += 1;
        let n = self.serial & 0xffff_ffff;
        let fields = fields.to_string();
        let line = format!(
            "{{\"parentUuid\":\"{}\",\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/srv/bench/reader\",\
             \"sessionId\":\"{}\",\"version\":\"2.1.197\",\"gitBranch\":\"main\",\"type\":\"{kind}\",{},\
             \"uuid\":\"{}\",\"timestamp\":\"2026-10-{:02}T{:02}:{:02}:{:02}.{:03}Z\"}}\n",
            uuid(self.serial - 1),
            self.session,
            &fields[1..fields.len() - 1],
            uuid(self.serial),
            1 + n / 86_400 % 28,
            n / 3_600 % 24,
            n / 60 % 60,
            n % 60,
            n % 1_000,
        );
        self.written.bytes += line.len() as u64;
        self.written.lines += 1;
        self.file.write_all(line.as_bytes())
    }

    fn message_id(&mut self) -> String {
        format!("msg_{:024}", self.serial)
    }

    /// Text to keep, of so many words.
    fn said(&mut self, topic: usize, from: usize, to: usize) -> String {
        let length = from + self.prose.chance.below(to - from);
        let text = self.prose.about(topic, length);
        self.written.text += text.len() as u64;
        text
    }

    /// What a tool prints: numbered lines, indented, with quotation marks; at least so many bytes.
    fn output(&mut self, topic: usize, length: usize) -> String {
        let mut output = String::with_capacity(length + 100);
        let mut number = self.prose.chance.below(400);
        while output.len() < length {
            number += 1;
            let indent = "    ".repeat(self.prose.chance.below(4));
            let words = 1 + self.prose.chance.below(6);
            let comment = self.prose.about(topic, words);
            output.push_str(&format!("{number:>6}\t{indent}let {} = find(\"{comment}\");\n", self.prose.name()));
        }
        output
    }

    fn letters(&mut self, from: usize, to: usize) -> String {
        let length = from + self.prose.chance.below(to - from);
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..length).map(|_| char::from(ALPHABET[self.prose.chance.below(64)])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_record_and_every_sort_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.jsonl");
        let written = write(&path, &mut Prose::new(3).expect("samples"), 1, 300_000).expect("writes");
        let text = std::fs::read_to_string(&path).expect("reads");
        let kinds: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["type"].as_str().expect("a type").to_owned())
            .collect();
        assert_eq!((kinds.len() as u64, text.len() as u64), (written.lines, written.bytes));
        for kind in ["user", "assistant", "progress", "attachment", "file-history-snapshot"] {
            assert!(kinds.iter().any(|k| k == kind), "{kind}");
        }
        let kept = written.text as f64 / written.bytes as f64;
        assert!((0.03..0.15).contains(&kept), "{kept}");
    }
}
