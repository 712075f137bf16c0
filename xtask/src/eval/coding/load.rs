//! The bundled set as it lies in files: sessions as scripts, questions, prompts.
//!
//! It must not know transcripts. Invariant: a question whose answer is in no session is an error.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use super::script::{self, Session};
use crate::eval::about;
use crate::eval::data::lines;

pub(super) struct Data {
    pub(super) sessions: Vec<Session>,
    pub(super) questions: Vec<Question>,
    pub(super) silences: Vec<Silence>,
}

/// A question with the blocks that answer it.
pub(super) struct Question {
    pub(super) id: String,
    pub(super) project: String,
    pub(super) kind: String,
    pub(super) text: String,
    /// Labels, with the project before them.
    pub(super) evidence: HashSet<String>,
}

/// A prompt that nothing in memory helps with.
pub(super) struct Silence {
    pub(super) id: String,
    pub(super) project: String,
    pub(super) kind: String,
    pub(super) text: String,
}

pub(super) fn load(folder: &Path, projects: &[&str]) -> Result<Data, String> {
    let mut data = Data { sessions: Vec::new(), questions: Vec::new(), silences: Vec::new() };
    for project in projects {
        let folder = folder.join(project);
        let entries = std::fs::read_dir(&folder).map_err(about(&folder))?;
        let mut scripts: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        scripts.retain(|path| path.extension().is_some_and(|x| x == "session"));
        scripts.sort();
        for path in scripts {
            let text = std::fs::read_to_string(&path).map_err(about(&path))?;
            data.sessions.push(script::parse(&text).map_err(|why| format!("{}: {why}", path.display()))?);
        }
        for line in lines(&folder.join("questions.jsonl"))? {
            let evidence = line["evidence"].as_array().cloned().unwrap_or_default();
            let evidence =
                evidence.iter().filter_map(Value::as_str).map(|label| format!("{project}#{label}")).collect();
            let [id, kind, text] = texts(&line, ["id", "kind", "question"])?;
            data.questions.push(Question { id, project: (*project).to_owned(), kind, text, evidence });
        }
        for line in lines(&folder.join("silence.jsonl"))? {
            let [id, kind, text] = texts(&line, ["id", "kind", "prompt"])?;
            data.silences.push(Silence { id, project: (*project).to_owned(), kind, text });
        }
    }
    let known: HashSet<&str> = data.sessions.iter().flat_map(Session::labels).collect();
    for question in &data.questions {
        if let Some(lost) = question.evidence.iter().find(|label| !known.contains(label.as_str())) {
            return Err(format!("{} asks for {lost}, which no session has", question.id));
        }
    }
    Ok(data)
}

fn texts<const N: usize>(line: &Value, keys: [&str; N]) -> Result<[String; N], String> {
    let mut out = [const { String::new() }; N];
    for (text, key) in out.iter_mut().zip(keys) {
        *text = line[key].as_str().ok_or_else(|| format!("a line without `{key}`"))?.to_owned();
    }
    Ok(out)
}
