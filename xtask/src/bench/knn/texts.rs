//! The texts whose vectors are searched: of people, or made up.
//!
//! It must not know vectors. Invariant: no two texts are equal, and no query is cut from a text that is searched.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::bench::chance::Chance;
use crate::bench::prose::Prose;
use crate::bench::words::Words;
use crate::shell;

/// Words of a query.
const ASKED: usize = 8;
/// A passage of a comment is full with so many words.
const PASSAGE: usize = 24;
const SEED: u64 = 20_261_125;

pub(super) struct Texts {
    pub(super) about: String,
    pub(super) texts: Vec<String>,
    pub(super) queries: Vec<String>,
}

/// What people wrote about code: comments and pages in the sources of this build's dependencies, where cargo has them.
/// A query is eight words in a row of a passage that is not searched.
pub(super) fn comments(size: usize, queries: usize) -> Result<Texts, String> {
    let mut seen = HashSet::new();
    let mut passages = Vec::new();
    for folder in dependencies()? {
        let mut open = vec![folder];
        while let Some(path) = open.pop() {
            let mut inside: Vec<PathBuf> =
                std::fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
            inside.sort();
            for file in inside {
                if file.is_dir() {
                    open.push(file);
                } else {
                    of_file(&file, &mut passages);
                }
            }
        }
    }
    passages.retain(|passage| seen.insert(passage.clone()));
    let mut chance = Chance::new(SEED);
    chance.shuffle(&mut passages);
    let asked = passages.split_off(passages.len().saturating_sub(queries));
    passages.truncate(size);
    if passages.len() < size {
        return Err(format!("the dependencies' sources hold {} passages; --vectors so many", passages.len()));
    }
    let queries = asked.iter().map(|passage| {
        let words: Vec<&str> = passage.split(' ').collect();
        let from = chance.below(words.len().saturating_sub(ASKED) + 1);
        words[from..].iter().take(ASKED).copied().collect::<Vec<_>>().join(" ")
    });
    let about = format!("{size} passages of about {PASSAGE} words from comments and pages of the dependencies");
    Ok(Texts { about, queries: queries.collect(), texts: passages })
}

/// The bundled samples' words, mixed by topic, sixty a text: many texts about few things.
pub(super) fn prose(size: usize, queries: usize) -> Result<Texts, String> {
    let mut prose = Prose::new(SEED)?;
    let texts = (0..size).map(|_| prose.text(60)).collect();
    let queries = (0..queries).map(|_| prose.text(ASKED)).collect();
    Ok(Texts { about: format!("{size} texts of 60 words of the samples', mixed by topic"), texts, queries })
}

/// Words that do not exist, used as often as Zipf's law says: every text is about as far from every other.
pub(super) fn made_up(size: usize, queries: usize) -> Result<Texts, String> {
    let mut chance = Chance::new(SEED);
    let words = Words::new(&mut chance);
    let mut text = |length: usize| (0..length).map(|_| words.any(&mut chance)).collect::<Vec<_>>().join(" ");
    let texts = (0..size).map(|_| text(60)).collect();
    let queries = (0..queries).map(|_| text(ASKED)).collect();
    Ok(Texts { about: format!("{size} texts of 60 made-up words, without topics"), texts, queries })
}

/// The folders of the packages that the lockfile names, as far as cargo has unpacked them.
fn dependencies() -> Result<Vec<PathBuf>, String> {
    let lockfile = shell::root()?.join("Cargo.lock");
    let text = std::fs::read_to_string(&lockfile).map_err(|error| format!("{}: {error}", lockfile.display()))?;
    let values = |name: &'static str| {
        text.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'))
    };
    // The file's own version has no quotation marks.
    let packages: Vec<String> =
        values("name").zip(values("version")).map(|(name, version)| format!("{name}-{version}")).collect();
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.ok_or("neither CARGO_HOME nor HOME is set")?.join("registry/src");
    let registries: Vec<PathBuf> =
        std::fs::read_dir(&sources).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    let folders = packages.iter().flat_map(|package| registries.iter().map(move |folder| folder.join(package)));
    Ok(folders.filter(|folder| folder.is_dir()).collect())
}

/// The passages of one file.
fn of_file(file: &Path, passages: &mut Vec<String>) {
    let extension = file.extension().and_then(|x| x.to_str()).unwrap_or_default();
    let marks: &[&str] = match extension {
        "rs" => &["//!", "///", "//"],
        "md" => &[""],
        _ => return,
    };
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let mut words: Vec<&str> = Vec::new();
    let mut end = |words: &mut Vec<&str>| {
        if words.len() >= PASSAGE / 3 {
            passages.push(words.join(" "));
        }
        words.clear();
    };
    for line in text.lines().map(str::trim) {
        let said = marks.iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or("");
        if said.trim().is_empty() {
            end(&mut words);
        }
        for word in said.split_whitespace() {
            words.push(word);
            if words.len() >= PASSAGE {
                end(&mut words);
            }
        }
    }
    end(&mut words);
}
