//! Sessions as scripts, and what Claude Code would have written of them.
//!
//! A script is a head (`session:`, `project:`, `branch:`, `start:`) and blocks: `@user`, `@think`, `@tool NAME [PATH]`,
//! `@result [error]`, `@assistant`, each optionally with ` #label`.
//! It must not know who reads the transcripts. Invariant: labels and the script's own marks reach no transcript.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::eval::about;
use crate::eval::play::iso;

pub(super) struct Session {
    name: String,
    project: String,
    branch: String,
    /// UTC milliseconds.
    start: u64,
    blocks: Vec<Block>,
}

struct Block {
    kind: String,
    /// What follows the kind on its line, the label taken out.
    rest: String,
    label: Option<String>,
    text: String,
}

/// Where a label's record stands: transcript's file name, first byte. And which session that is.
pub(super) struct Place {
    pub(super) label: String,
    pub(super) file: String,
    pub(super) at: u64,
}

impl Session {
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter_map(|block| block.label.as_deref())
    }
}

pub(super) fn parse(text: &str) -> Result<Session, String> {
    let (head, body) = text.split_once("\n\n").ok_or("a session without blocks")?;
    let field = |name: &str| {
        let found = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        found.map(|value| value.trim().to_owned()).ok_or_else(|| format!("no `{name}` in the head"))
    };
    let project = field("project")?;
    let mut blocks: Vec<Block> = Vec::new();
    for line in body.lines() {
        if let Some(mark) = line.strip_prefix('@') {
            let (mark, label) = mark.split_once(" #").map_or((mark, None), |(mark, label)| (mark, Some(label)));
            let (kind, rest) = mark.split_once(' ').unwrap_or((mark, ""));
            if !["user", "think", "tool", "result", "assistant"].contains(&kind) {
                return Err(format!("no block is called `{kind}`"));
            }
            let label = label.map(|label| format!("{project}#{}", label.trim()));
            blocks.push(Block { kind: kind.to_owned(), rest: rest.trim().to_owned(), label, text: String::new() });
        } else {
            let block = blocks.last_mut().ok_or("text before the first block")?;
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    for block in &mut blocks {
        block.text.truncate(block.text.trim_end().len());
    }
    Ok(Session { name: field("session")?, branch: field("branch")?, start: millis(&field("start")?)?, project, blocks })
}

/// Writes every session below `folder`; tells where each label came to stand.
pub(super) fn write_transcripts(sessions: &[Session], folder: &Path) -> Result<Vec<Place>, String> {
    let mut places = Vec::new();
    for session in sessions {
        let folder = folder.join(format!("-srv-samples-{}", session.project));
        std::fs::create_dir_all(&folder).map_err(about(&folder))?;
        let file = format!("{}-{}.jsonl", session.project, session.name);
        let (text, labels) = transcript(session);
        std::fs::write(folder.join(&file), text).map_err(about(&folder))?;
        places.extend(labels.into_iter().map(|(label, at)| Place { label, file: file.clone(), at }));
    }
    Ok(places)
}

/// The lines of a session, and where the labelled ones begin.
fn transcript(session: &Session) -> (String, Vec<(String, u64)>) {
    let mut out = String::new();
    let mut labels = Vec::new();
    let (mut message, mut call, mut parent) = (0, 0, None::<String>);
    let mut last = "";
    for (n, block) in session.blocks.iter().enumerate() {
        // One API message is a thought, what it calls, what it says; results and people end it.
        let goes_on = matches!((last, block.kind.as_str()), ("think", "tool" | "assistant"));
        message += usize::from(!goes_on);
        call += usize::from(block.kind == "tool");
        let content = content(session, block, call, n);
        let role = if matches!(block.kind.as_str(), "user" | "result") { "user" } else { "assistant" };
        let mut inner = json!({ "role": role, "content": content });
        if role == "assistant" {
            inner["id"] = json!(format!("msg_{}_{message}", session.name));
            inner["type"] = json!("message");
            inner["model"] = json!("claude-sonnet-4-5");
        }
        let uuid = format!("{}-{}-{n}", session.project, session.name);
        let record = json!({
            "parentUuid": parent, "isSidechain": false, "userType": "external", "version": "2.1.197",
            "cwd": format!("/srv/samples/{}", session.project), "gitBranch": session.branch,
            "sessionId": format!("{}-{}", session.project, session.name), "type": role, "message": inner,
            "uuid": uuid, "timestamp": iso(session.start + 20_000 * n as u64),
        });
        if let Some(label) = &block.label {
            labels.push((label.clone(), out.len() as u64));
        }
        out.push_str(&record.to_string());
        out.push('\n');
        parent = Some(uuid);
        last = &block.kind;
    }
    (out, labels)
}

fn content(session: &Session, block: &Block, call: usize, n: usize) -> Value {
    let id = format!("toolu_{}_{call}", session.name);
    match block.kind.as_str() {
        "user" => json!(block.text),
        "think" => json!([{ "type": "thinking", "thinking": block.text, "signature": format!("sig{n}") }]),
        "assistant" => json!([{ "type": "text", "text": block.text }]),
        "result" => json!([{
            "type": "tool_result", "tool_use_id": id, "content": block.text, "is_error": block.rest == "error",
        }]),
        _ => json!([{ "type": "tool_use", "id": id, "name": tool(block), "input": input(session, block) }]),
    }
}

fn tool(block: &Block) -> &str {
    block.rest.split(' ').next().unwrap_or("")
}

/// A tool's arguments as Claude Code names them.
fn input(session: &Session, block: &Block) -> Value {
    let path = block.rest.split_once(' ').map(|(_, path)| format!("/srv/samples/{}/{}", session.project, path.trim()));
    let side = |sign: char| {
        let lines = block.text.lines().filter_map(|line| line.strip_prefix(sign));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    };
    match tool(block) {
        "Bash" => json!({ "command": block.text, "description": "" }),
        "Grep" => json!({ "pattern": block.text, "path": path }),
        "Edit" => json!({ "file_path": path, "old_string": side('-'), "new_string": side('+') }),
        "Write" => json!({ "file_path": path, "content": block.text }),
        _ => json!({ "file_path": path }),
    }
}

/// `2026-02-03T09:12:00Z` as UTC milliseconds (days from civil after Howard Hinnant's published algorithm).
fn millis(text: &str) -> Result<u64, String> {
    let numbers: Vec<u64> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty()).filter_map(|s| s.parse().ok()).collect();
    let &[year, month, day, hour, minute, second] = numbers.as_slice() else {
        return Err(format!("`{text}` is no time"));
    };
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * shifted + 2) / 5 + day - 1;
    let days = era * 146_097 + day_of_era - 719_468;
    Ok(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000)
}

/// Which labels stand in which bytes of which file.
pub(super) fn by_file(places: &[Place]) -> HashMap<&str, Vec<(u64, &str)>> {
    let mut files: HashMap<&str, Vec<(u64, &str)>> = HashMap::new();
    for place in places {
        files.entry(&place.file).or_default().push((place.at, &place.label));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "session: 01-x\nproject: p\nbranch: main\nstart: 2026-02-03T09:12:00Z\n\n@user\nwhy?\n@think\nhm\n\
        @tool Edit src/a.rs\n- old\n+ new\n@result error #boom\nfailed\n@assistant #why\nBecause.\n";

    #[test]
    fn a_script_becomes_records_and_labels_stay_out_of_them() {
        let session = parse(SCRIPT).expect("parses");
        let (text, labels) = transcript(&session);
        let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(records.len(), 5);
        assert_eq!(labels.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(), ["p#boom", "p#why"]);
        assert!(text[labels[1].1 as usize..].starts_with('{') && !text.contains("boom"));
        assert_eq!(records[1]["message"]["id"], records[2]["message"]["id"], "a thought and its call are one message");
        assert_ne!(records[2]["message"]["id"], records[4]["message"]["id"]);
        assert_eq!(records[2]["message"]["content"][0]["input"]["new_string"], "new");
        assert_eq!(records[3]["message"]["content"][0]["is_error"], true);
        assert_eq!(records[0]["timestamp"], "2026-02-03T09:12:00.000Z");
    }

    #[test]
    fn what_is_no_script_is_refused() {
        for text in ["", "session: x\n\n@user\n", &SCRIPT.replace("@think", "@dream"), &SCRIPT.replace("2026-02", "x")]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
