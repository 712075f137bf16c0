//! Plays the corpus into quipu as transcripts of past sessions, then asks every question through the socket.
//!
//! It must not know scores. Invariant: only what a user's sessions would contain reaches quipu: no ids, no labels.

use std::collections::HashMap;
use std::path::PathBuf;

use quipu_protocol::client::{Client, Request};
use quipu_protocol::wire::memory::SourceView;
use quipu_protocol::wire::search::{MemoriesReply, PageRequest, ScopeParams, SearchReply, SearchRequest};
use serde_json::json;

use super::data::{Question, Turn};
use super::{SETTINGS, about};
use crate::bench::scratch::{Scratch, patience, told};

/// Hits asked for: the deepest metric looks at 20.
const DEPTH: usize = 20;
/// First session of every conversation, UTC milliseconds; each further one is a day later.
const FIRST: u64 = 1_700_000_000_000;

/// What came of every question.
pub(super) struct Played {
    /// Ids of turns, best first, in each of [`SETTINGS`].
    pub(super) answers: [Vec<Vec<String>>; 2],
    /// Whether a prompt hook would give anything: in its own conversation, in another.
    pub(super) given: Vec<[bool; 2]>,
}

/// Plays everything in and asks everything.
pub(super) fn play(quipu: PathBuf, corpus: &[Turn], questions: &[Question]) -> Result<Played, String> {
    let scratch = Scratch::new(quipu)?;
    let places = write_transcripts(&scratch, corpus)?;
    println!("{}", scratch.run(&["index", &scratch.folder().join("t").to_string_lossy()])?);
    let mut client = scratch.client()?;
    let turns = turns_of_memories(&mut client, &places)?;
    if turns.len() != corpus.len() {
        return Err(format!("{} turns went in and {} memories came out", corpus.len(), turns.len()));
    }
    let mut answers = [Vec::new(), Vec::new()];
    for question in questions {
        for (answer, setting) in answers.iter_mut().zip(SETTINGS) {
            let own = Some(directory(&question.conversation)).filter(|_| setting == "conversation");
            let scope = ScopeParams { all: own.is_none(), project: own, ..ScopeParams::default() };
            let request =
                SearchRequest { query: question.text.clone(), scope, limit: Some(DEPTH), ..SearchRequest::default() };
            let reply: SearchReply = client.call(&Request::post("/v1/search", &request), patience()).map_err(told)?;
            answer.push(reply.hits.iter().filter_map(|hit| turns.get(&hit.id).cloned()).collect());
        }
    }
    let given = given(&mut client, questions)?;
    Ok(Played { answers, given })
}

/// Whether a prompt hook would give anything for each question: in its own conversation, and in another one.
fn given(client: &mut Client, questions: &[Question]) -> Result<Vec<[bool; 2]>, String> {
    let mut all: Vec<&str> = questions.iter().map(|question| question.conversation.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    let foreign = |own: &str| all[(all.iter().position(|name| *name == own).unwrap_or(0) + 1) % all.len()];
    let mut ask = |question: &Question, conversation: &str| {
        let scope = ScopeParams { project: Some(directory(conversation)), ..ScopeParams::default() };
        let request = SearchRequest { query: question.text.clone(), scope, explain: true, ..SearchRequest::default() };
        let reply: SearchReply = client.call(&Request::post("/v1/search", &request), patience()).map_err(told)?;
        Ok::<bool, String>(reply.hits.iter().any(|hit| hit.explain.as_ref().is_some_and(|why| why.worth_injecting)))
    };
    questions.iter().map(|q| Ok([ask(q, &q.conversation)?, ask(q, foreign(&q.conversation))?])).collect()
}

/// A conversation is a project, its sessions are transcripts, a turn is a prompt. Gives the turn at each file and byte.
fn write_transcripts(scratch: &Scratch, corpus: &[Turn]) -> Result<HashMap<(String, u64), String>, String> {
    let folder = scratch.folder().join("t/p");
    std::fs::create_dir_all(&folder).map_err(about(&folder))?;
    let mut files: HashMap<String, String> = HashMap::new();
    let mut places = HashMap::new();
    for turn in corpus {
        let name = format!("{}-{}.jsonl", turn.conversation, turn.session);
        let file = files.entry(name.clone()).or_default();
        places.insert((name.clone(), file.len() as u64), turn.id.clone());
        let at = FIRST + turn.session * 86_400_000 + file.len() as u64;
        let record = json!({
            "type": "user", "uuid": format!("{name}@{}", file.len()), "sessionId": name, "timestamp": iso(at),
            "cwd": directory(&turn.conversation), "message": { "role": "user", "content": turn.text }
        });
        file.push_str(&record.to_string());
        file.push('\n');
    }
    for (name, text) in files {
        std::fs::write(folder.join(&name), text).map_err(about(&folder))?;
    }
    Ok(places)
}

/// The turn that each memory was made from, by the bytes it says it came from.
fn turns_of_memories(
    client: &mut Client,
    places: &HashMap<(String, u64), String>,
) -> Result<HashMap<String, String>, String> {
    let mut turns = HashMap::new();
    each_memory(client, |id, source| {
        let name = source.path.rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(turn) = places.get(&(name, source.from)) {
            turns.insert(id, turn.clone());
        }
    })?;
    Ok(turns)
}

/// Every memory that came from a transcript, with where in it.
pub(super) fn each_memory(client: &mut Client, mut each: impl FnMut(String, SourceView)) -> Result<(), String> {
    let mut request =
        PageRequest { scope: ScopeParams { all: true, ..ScopeParams::default() }, ..PageRequest::default() };
    loop {
        let page: MemoriesReply = client.call(&Request::post("/v1/export", &request), patience()).map_err(told)?;
        for memory in page.memories {
            if let Some(source) = memory.source {
                each(memory.id, source);
            }
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(()),
        }
    }
}

/// The directory that a conversation is said to have been held in.
fn directory(conversation: &str) -> String {
    format!("/srv/eval/{conversation}")
}

/// ISO 8601 of UTC milliseconds (civil-from-days after Howard Hinnant's published algorithm).
pub(super) fn iso(ms: u64) -> String {
    let (days, rest) = (ms / 86_400_000 + 719_468, ms % 86_400_000);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) =
        (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second, milli) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_transcripts_write_them() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(iso(1_709_164_800_000), "2024-02-29T00:00:00.000Z");
    }
}
