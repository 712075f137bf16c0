//! Corpus, questions and runs, as JSON lines.
//!
//! It must not know how anything is searched. Invariant: a line that cannot be read is an error, never left out.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde_json::{Value, json};

use super::about;

/// One turn of a conversation.
pub(super) struct Turn {
    /// `30/D1:1`.
    pub(super) id: String,
    pub(super) conversation: String,
    /// Number of the session in the conversation.
    pub(super) session: u64,
    /// The text to index.
    pub(super) text: String,
}

/// One question with the turns that answer it.
pub(super) struct Question {
    pub(super) id: String,
    pub(super) conversation: String,
    pub(super) category: u64,
    pub(super) text: String,
    /// Ids of turns.
    pub(super) evidence: HashSet<String>,
}

pub(super) fn corpus(path: &Path) -> Result<Vec<Turn>, String> {
    lines(path)?
        .iter()
        .map(|line| {
            Ok(Turn {
                id: text(line, "doc_id")?,
                conversation: text(line, "conversation_id")?,
                session: line["session"].as_u64().ok_or("a turn without `session`")?,
                text: text(line, "document")?,
            })
        })
        .collect()
}

/// Questions that have evidence: the others cannot be scored.
pub(super) fn questions(path: &Path) -> Result<Vec<Question>, String> {
    let mut all = Vec::new();
    for line in lines(path)? {
        let conversation = text(&line, "conversation_id")?;
        let evidence = line["evidence"].as_array().ok_or("a question without `evidence`")?;
        let evidence: HashSet<String> =
            evidence.iter().filter_map(Value::as_str).map(|turn| format!("{conversation}/{turn}")).collect();
        if !evidence.is_empty() {
            let category = line["category"].as_u64().unwrap_or(0);
            all.push(Question {
                id: text(&line, "question_id")?,
                conversation,
                category,
                text: text(&line, "question")?,
                evidence,
            });
        }
    }
    Ok(all)
}

pub(super) fn write_run(path: &Path, questions: &[Question], ranked: &[Vec<String>]) -> Result<(), String> {
    let rows = questions
        .iter()
        .zip(ranked)
        .map(|(q, ranked)| json!({ "question_id": q.id, "ranked": ranked }).to_string() + "\n");
    std::fs::write(path, rows.collect::<String>()).map_err(about(path))
}

/// An earlier run in the order of `questions`; a question it lacks found nothing.
pub(super) fn read_run(path: &Path, questions: &[Question]) -> Result<Vec<Vec<String>>, String> {
    let mut by_id: HashMap<String, Vec<String>> = HashMap::new();
    for line in lines(path)? {
        let ranked = line["ranked"].as_array().ok_or("a run's line without `ranked`")?;
        by_id.insert(text(&line, "question_id")?, ranked.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    }
    Ok(questions.iter().map(|q| by_id.remove(&q.id).unwrap_or_default()).collect())
}

/// A file of JSON lines.
pub(super) fn lines(path: &Path) -> Result<Vec<Value>, String> {
    let all = std::fs::read_to_string(path).map_err(about(path))?;
    let parsed =
        all.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(|(n, line)| {
            serde_json::from_str(line).map_err(|error| format!("{}:{}: {error}", path.display(), n + 1))
        });
    parsed.collect()
}

fn text(line: &Value, key: &str) -> Result<String, String> {
    line[key].as_str().map(str::to_owned).ok_or_else(|| format!("a line without `{key}`"))
}
