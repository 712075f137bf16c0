//! The texts that are searched, the transcripts that carry them, and the queries.
//!
//! It must not know who searches. Invariant: one seed, so two runs search the same texts for the same words.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::json;

use crate::bench::chance::Chance;
use crate::bench::words::{Words, planted};

const SEED: u64 = 20_261_121;
const SESSIONS: usize = 100;
/// Sessions are held in so many projects.
const PROJECTS: usize = 10;
/// At most so many texts hold a word that no other has.
const PLANTED: usize = 200;

pub(in crate::bench) struct Corpus {
    pub(super) words: Words,
    pub(super) chance: Chance,
    pub(super) texts: Vec<String>,
    /// A text's number and the word that only it holds.
    pub(super) planted: Vec<(usize, String)>,
}

/// A query as a list of words: each engine writes it in its own way.
#[derive(Clone)]
pub(in crate::bench) struct Query(pub(super) Vec<String>);

impl Query {
    /// As a person types it.
    pub(in crate::bench) fn text(&self) -> String {
        self.0.join(" ")
    }
}

impl Corpus {
    pub(in crate::bench) fn new(size: usize) -> Self {
        let mut chance = Chance::new(SEED);
        let words = Words::new(&mut chance);
        let mut texts: Vec<String> = (0..size).map(|_| text(&words, &mut chance)).collect();
        let planted: Vec<(usize, String)> = (0..PLANTED.min(size / 5))
            .map(|n| (n * (size / PLANTED.min(size / 5)) + 3, planted(n)))
            .filter(|(place, _)| *place < size)
            .collect();
        for (place, word) in &planted {
            texts[*place].push_str(&format!(" And {word} it was."));
        }
        Self { words, chance, texts, planted }
    }

    /// Writes the texts as prompts of Claude Code sessions; gives the bytes written.
    pub(super) fn write_transcripts(&self, folder: &Path) -> std::io::Result<u64> {
        let per_session = self.texts.len().div_ceil(SESSIONS);
        let mut bytes = 0;
        for (session, texts) in self.texts.chunks(per_session).enumerate() {
            let project = format!("/srv/bench/project-{}", session % PROJECTS);
            let folder = folder.join(project.replace('/', "-"));
            std::fs::create_dir_all(&folder)?;
            let id = format!("00000000-0000-4000-8000-{session:012}");
            let mut file = BufWriter::new(File::create(folder.join(format!("{id}.jsonl")))?);
            for (n, text) in texts.iter().enumerate() {
                let record = record(session, n, &id, &project, text);
                bytes += record.len() as u64 + 1;
                writeln!(file, "{record}")?;
            }
            file.flush()?;
        }
        Ok(bytes)
    }

    /// `count` queries of `length` words, as words are used.
    pub(super) fn any_queries(&mut self, count: usize, length: usize) -> Vec<Query> {
        let Self { words, chance, .. } = self;
        (0..count).map(|_| Query((0..length).map(|_| words.any(chance).to_owned()).collect())).collect()
    }

    /// The same without the most common words.
    pub(in crate::bench) fn content_queries(&mut self, count: usize, length: usize) -> Vec<Query> {
        let Self { words, chance, .. } = self;
        (0..count).map(|_| Query((0..length).map(|_| words.content(chance).to_owned()).collect())).collect()
    }

    /// For each planted word a query of `length` words of its text, that word among them.
    pub(super) fn planted_queries(&self, length: usize) -> Vec<(Query, String)> {
        let query = |(place, word): &(usize, String)| {
            let mut seen = HashSet::new();
            let said = self.texts[*place].split(|c: char| !c.is_ascii_alphabetic()).map(str::to_ascii_lowercase);
            let others =
                said.filter(|w| w.len() > 4 && w != word && self.words.is_content(w) && seen.insert(w.clone()));
            let mut words: Vec<String> = others.take(length - 1).collect();
            words.push(word.clone());
            (Query(words), word.clone())
        };
        self.planted.iter().map(query).collect()
    }

    /// A short text that is in no transcript.
    pub(super) fn note(words: &Words, chance: &mut Chance, name: &str) -> String {
        let said: Vec<&str> = (0..10).map(|_| words.any(chance)).collect();
        format!("Note {name}: {}.", said.join(" "))
    }
}

/// About sixty words in sentences.
fn text(words: &Words, chance: &mut Chance) -> String {
    let mut text = String::new();
    let mut left_in_sentence = 0;
    for _ in 0..40 + chance.below(41) {
        let word = words.any(chance);
        if left_in_sentence == 0 {
            if !text.is_empty() {
                text.push_str(". ");
            }
            text.push_str(&word[..1].to_ascii_uppercase());
            text.push_str(&word[1..]);
            left_in_sentence = 6 + chance.below(12);
        } else {
            text.push(' ');
            text.push_str(word);
            left_in_sentence -= 1;
        }
    }
    text.push('.');
    text
}

/// One prompt as Claude Code 2.1 writes it.
fn record(session: usize, n: usize, id: &str, project: &str, text: &str) -> String {
    let uuid = |n: usize| format!("{session:08x}-0000-4000-8000-{n:012x}");
    let (month, day, hour, minute, second) = (1 + session % 10, 1 + session % 28, n / 60 % 24, n % 60, n % 60);
    json!({
        "parentUuid": n.checked_sub(1).map(uuid),
        "isSidechain": false,
        "userType": "external",
        "cwd": project,
        "sessionId": id,
        "version": "2.1.197",
        "gitBranch": "main",
        "type": "user",
        "message": { "role": "user", "content": text },
        "uuid": uuid(n),
        "timestamp": format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z"),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_word_stands_in_its_text_alone_and_is_asked_for() {
        let corpus = Corpus::new(1_000);
        assert_eq!(corpus.planted.len(), 200);
        for ((place, word), (query, asked)) in corpus.planted.iter().zip(corpus.planted_queries(5)) {
            let holders: Vec<usize> = (0..1_000).filter(|&n| corpus.texts[n].contains(word.as_str())).collect();
            assert_eq!((holders, word, query.0.len()), (vec![*place], &asked, 5));
            assert!(query.0.iter().all(|w| corpus.texts[*place].to_ascii_lowercase().contains(w.as_str())));
        }
    }
}
