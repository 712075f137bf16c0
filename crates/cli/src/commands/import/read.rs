//! Reads a source from its beginning to its end.
//! It must not know what becomes of what it finds.
//! Invariant: at most one line, row or file is held at a time, and what waits to be sent; nothing is written.

mod database;
mod lines;

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use quipu_agents::import::{Draft, Given, Place, local_recall, markdown, mcp_memory, rules};
use quipu_agents::lines::MAX_LINE;
use quipu_protocol::fault::Fault;

use super::walk::{self, Within};
use super::{Wanted, no_such_path};

/// What is sent together: so many memories, or so many bytes of their texts.
const TOGETHER: (usize, usize) = (160, 1 << 20);
/// Doubts that are told one by one; beyond it they are counted.
const TOLD: usize = 1_000;

/// Some of what was found, in its order.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) drafts: Vec<(Arc<str>, Draft)>,
    /// Files of which these are all the memories.
    pub(super) whole_files: Vec<Arc<str>>,
    /// Ids of memories that were taken out there.
    pub(super) gone: Vec<String>,
    /// Why something was not understood, or not wanted.
    pub(super) passed_over: Vec<&'static str>,
    /// What is to be told of what was taken all the same.
    pub(super) doubts: Vec<(String, String)>,
    /// Files that were opened.
    pub(super) files: u64,
    /// Bytes read for it.
    pub(super) bytes: u64,
    /// Of the texts.
    size: usize,
}

/// Nobody listens any more.
pub(super) struct Unheard;

type Reading = Result<(), Unheard>;

/// Gathers what is found and hands it on.
pub(super) struct Sink {
    to: SyncSender<Batch>,
    batch: Batch,
    told: usize,
    /// Ids: of two that have one id the first counts, in every run.
    seen: HashSet<u128>,
}

impl Sink {
    pub(super) fn new(to: SyncSender<Batch>) -> Self {
        Self { to, batch: Batch::default(), told: 0, seen: HashSet::new() }
    }

    fn memory(&mut self, file: &Arc<str>, draft: Draft) -> Reading {
        if !self.seen.insert(draft.id.as_u128()) {
            return self.passed_over("an id that an earlier one has");
        }
        self.batch.size += draft.body.len();
        self.batch.drafts.push((file.clone(), draft));
        if self.batch.drafts.len() >= TOGETHER.0 || self.batch.size >= TOGETHER.1 {
            return self.flush();
        }
        Ok(())
    }

    fn given(&mut self, file: &Arc<str>, given: Given) -> Reading {
        match given {
            Given::Memory(draft) => self.memory(file, *draft),
            Given::Nothing(why) => self.passed_over(why),
        }
    }

    fn passed_over(&mut self, why: &'static str) -> Reading {
        self.batch.passed_over.push(why);
        // A file of nothing else must not gather them for ever.
        if self.batch.passed_over.len() >= 10 * TOGETHER.0 { self.flush() } else { Ok(()) }
    }

    /// Something is not as it should be, and is told with its place.
    fn damaged(&mut self, place: &str, why: &'static str) -> Reading {
        self.doubt(place, why.to_owned());
        self.passed_over(why)
    }

    fn doubt(&mut self, place: &str, doubt: String) {
        self.told += 1;
        if self.told <= TOLD {
            self.batch.doubts.push((place.to_owned(), doubt));
        }
    }

    fn flush(&mut self) -> Reading {
        self.to.send(std::mem::take(&mut self.batch)).map_err(|_| Unheard)
    }
}

/// Reads all of it.
pub(super) fn read(wanted: &Wanted, mut sink: Sink) -> Result<(), Fault> {
    let sink = &mut sink;
    let read = match wanted.source.as_str() {
        local_recall::SOURCE | markdown::SOURCE => memories(wanted, sink)?,
        rules::SOURCE => rule_files(wanted, sink)?,
        mcp_memory::SOURCE => graph(wanted, sink)?,
        _ => database::read(wanted, sink)?,
    };
    // Of one that is not heard the sender knows why.
    let _ = read.and_then(|()| sink.flush());
    Ok(())
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Markdown files, and of local-recall's folder its lines too.
fn memories(wanted: &Wanted, sink: &mut Sink) -> Result<Reading, Fault> {
    let root = &wanted.path;
    let is_record = |path: &Path| {
        let name = name_of(path);
        ends_with(path, "jsonl") && (name.starts_with("episodic-") || name.starts_with("thinking-"))
    };
    // `thinking-processed-log.jsonl` is a list of transcripts.
    let is_log = |path: &Path| name_of(path).ends_with("processed-log.jsonl");
    let below = |path: &Path| path.strip_prefix(root).unwrap_or(path).to_owned();
    let is_kept = |path: &Path| !below(path).components().any(|part| part.as_os_str() == "transcripts");
    let files = |is_wanted: &dyn Fn(&Path) -> bool| {
        walk::files(root, Within::All, |path| is_kept(path) && is_wanted(path)).map_err(|e| no_such_path(root, &e))
    };
    for file in files(&|path| ends_with(path, "md"))?.iter().filter(|file| !ends_with(file, "jsonl")) {
        if memory_file(file, sink).is_err() {
            return Ok(Err(Unheard));
        }
    }
    if wanted.source == markdown::SOURCE {
        return Ok(Ok(()));
    }
    let records = files(&|path| is_record(path) && !is_log(path))?;
    Ok(lines::replay(&records.into_iter().filter(|file| ends_with(file, "jsonl")).collect::<Vec<_>>(), sink))
}

/// The whole text of a file within bounds, or why there is none.
fn whole(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    if !file.metadata().map_err(|e| e.to_string())?.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(MAX_LINE as u64 + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() > MAX_LINE {
        return Err(format!("it is longer than {} MB", MAX_LINE >> 20));
    }
    String::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())
}

fn memory_file(file: &Path, sink: &mut Sink) -> Reading {
    let place: Arc<str> = file.to_string_lossy().into();
    sink.batch.files += 1;
    let text = match whole(file) {
        Ok(text) => text,
        Err(why) => {
            sink.doubt(&place, why);
            return sink.passed_over("unreadable");
        }
    };
    sink.batch.bytes += text.len() as u64;
    match markdown::file(&name_of(file), &text) {
        Ok((draft, doubts)) => {
            doubts.into_iter().for_each(|doubt| sink.doubt(&place, doubt));
            sink.memory(&place, draft)
        }
        Err(error) => {
            sink.doubt(&place, error.to_string());
            sink.passed_over("unreadable")
        }
    }
}

/// Files that people wrote for agents, each all at once: what is not in it any more is to be put away.
fn rule_files(wanted: &Wanted, sink: &mut Sink) -> Result<Reading, Fault> {
    let root = &wanted.path;
    let is_wanted = |path: &Path| {
        let in_cursor = path.parent().is_some_and(|parent| parent.ends_with(rules::CURSOR.0));
        rules::NAMES.contains(&name_of(path).as_str()) || (in_cursor && ends_with(path, rules::CURSOR.1))
    };
    let files = walk::files(root, Within::Project, is_wanted).map_err(|e| no_such_path(root, &e))?;
    let top = if root.is_file() { root.parent().unwrap_or(root) } else { root };
    let top = top.ancestors().find(|above| above.join(".git").exists()).unwrap_or(top);
    let mut seen = HashSet::new();
    for file in files {
        // Two names of one file are one file.
        let Ok(file) = std::fs::canonicalize(file) else { continue };
        if seen.insert(file.clone()) && rule_file(wanted, &file, top, sink).is_err() {
            return Ok(Err(Unheard));
        }
    }
    Ok(Ok(()))
}

/// Folders of agents in the user's home: what stands there is said for every project.
const OF_THE_USER: [&str; 4] = [".claude", ".codex", ".gemini", ".cursor"];

fn rule_file(wanted: &Wanted, file: &Path, top: &Path, sink: &mut Sink) -> Reading {
    let place: Arc<str> = file.to_string_lossy().into();
    sink.batch.files += 1;
    let text = match whole(file) {
        Ok(text) => text,
        Err(why) => {
            sink.doubt(&place, why);
            return sink.passed_over("unreadable");
        }
    };
    sink.batch.bytes += text.len() as u64;
    let folder = file.parent().unwrap_or(file);
    let home = wanted.home.as_deref().and_then(|home| std::fs::canonicalize(home).ok());
    let is_users = home.is_some_and(|home| OF_THE_USER.iter().any(|name| folder == home.join(name)));
    // Cursor's folder speaks for the one that it lies in.
    let speaks_for =
        if folder.ends_with(rules::CURSOR.0) { folder.ancestors().nth(2).unwrap_or(folder) } else { folder };
    let area = speaks_for.strip_prefix(top).ok().map(|area| area.to_string_lossy().into_owned());
    let area = area.filter(|area| !area.is_empty());
    sink.flush()?;
    for mut draft in rules::sections(&place, area.as_deref(), &text) {
        if is_users {
            draft.place = Place::Everywhere;
        }
        sink.batch.drafts.push((place.clone(), draft));
    }
    sink.batch.whole_files.push(place);
    sink.flush()
}

/// Larger graphs are not held in memory.
const GRAPH: u64 = 256 << 20;

/// The graph of the MCP memory server: lines of JSON, or one object.
fn graph(wanted: &Wanted, sink: &mut Sink) -> Result<Reading, Fault> {
    let place: Arc<str> = wanted.path.to_string_lossy().into();
    let mut graph = mcp_memory::Graph::default();
    sink.batch.files += 1;
    if let Ok(serde_json::Value::Object(value)) =
        whole(&wanted.path).map(|t| serde_json::from_str(&t).unwrap_or_default())
    {
        graph.value(&value.into(), 1);
    } else {
        let read = lines::each(&wanted.path, GRAPH, sink, &mut |sink, line, number| {
            if line.iter().all(u8::is_ascii_whitespace) || graph.line(line, number) {
                return Ok(());
            }
            sink.damaged(&format!("{place}:{number}"), "unreadable")
        });
        if read.is_err() {
            return Ok(Err(Unheard));
        }
    }
    for draft in graph.drafts() {
        if sink.memory(&place, draft).is_err() {
            return Ok(Err(Unheard));
        }
    }
    Ok(Ok(()))
}
