//! One transcript: where to go on, slice by slice, redacted and with its projects found.
//! It must not know how turns are stored or parsed.
//! Invariant: a slice is bounded, so a file of any size is read in the same memory; while some are being committed the
//! next is read, and no more than that.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quipu_agents::claude_code::AGENT;
use quipu_agents::claude_code::transcript::{Ending, Output, Parser, Place};
use quipu_agents::{Privacy, Rules};
use quipu_core::forget::Trace;
use quipu_core::id::MemoryId;
use quipu_core::memory::ProjectKey;
use quipu_core::redact::private;
use quipu_core::turn::{SkipReason, Skipped, Turn};
use quipu_protocol::config::keys;
use quipu_store::StoreError;
use quipu_store::read::PauseSpan;
use quipu_store::write::{ReadyTurn, SourceFile, TurnBatch};
use uuid::Uuid;

use super::identity::{HEAD, head_hash, is_same};
use super::under_way::{self, Counts, UnderWay};
use super::{Hint, Ingest, usage};
use crate::places;
use crate::settings::{self, Keeps};
use quipu_agents::lines::{self, Line};

/// A slice ends after so many turns or bytes: it is one commit, and takes some 6 ms of the writer.
const SLICE: (usize, u64) = (320, 3 << 20);
/// The first is smaller, for the writer waits for it; and so are those of the last so many bytes of a file, for nothing is
/// read while they are prepared and committed.
const SMALL_SLICE: (usize, u64) = (160, 1 << 20);
const NEAR_END: u64 = 3 << 20;
/// A transcript that nobody wrote to for this long is over.
const OVER: Duration = Duration::from_secs(600);

/// Directories and their projects, looked up once a transcript.
#[derive(Default)]
pub(super) struct Places(HashMap<String, Known>);

/// A directory's project, whether it is kept, and what of it.
type Known = (ProjectKey, Keeps, Arc<Privacy>);

impl Places {
    fn project(&mut self, ingest: &Ingest, cwd: &str) -> Result<Known, StoreError> {
        if let Some(known) = self.0.get(cwd) {
            return Ok(known.clone());
        }
        let engine = &*ingest.engine;
        let key = places::project_of(cwd, |key| engine.project(key).is_ok_and(|p| p.is_some()));
        let key = engine.project(&key)?.unwrap_or(key);
        let config = ingest.settings.of(Path::new(cwd));
        let keeps = settings::keeps(&config.config, &[Path::new(cwd), Path::new(&key.0)]);
        let known = (key, keeps, ingest.settings.privacy(Path::new(cwd)));
        self.0.insert(cwd.to_owned(), known.clone());
        Ok(known)
    }
}

/// Reads `path` from where it was left to its end.
pub(super) fn transcript(ingest: &Ingest, places: &mut Places, path: &Path, hint: Hint) -> Result<(), String> {
    for _ in 0..3 {
        match from_offset(ingest, places, path, hint) {
            // Somebody else moved the offset (a second reader never does, a restored database may): look again.
            Err(Failure::Store(StoreError::StaleOffset { .. })) => {}
            Err(failure) => return Err(failure.to_string()),
            Ok(()) => return Ok(()),
        }
    }
    Err("its offset keeps moving; it will be tried again".to_owned())
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing is lost: it is read once the file is mended.
    #[error("nobody knows what of it may be kept until {0} is mended")]
    Settings(String),
}

fn from_offset(ingest: &Ingest, places: &mut Places, path: &Path, hint: Hint) -> Result<(), Failure> {
    let path = &match std::fs::canonicalize(path) {
        // Hooks name transcripts before their first line is written; a later hook or the sweep comes back to it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let config = &ingest.settings.user().config;
    if !config.flag(keys::INGEST_ENABLED) || settings::covers(config, keys::INGEST_DENY, &[path]) {
        return Ok(());
    }
    // Asked before it is opened: opening a pipe would wait for its writer, for ever.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file").into());
    }
    let mut file = File::open(path)?;
    let meta = file.metadata()?;
    let known = ingest.engine.source(path)?;
    if known.is_none() && ingest.engine.is_forgotten(&Trace::File(&path.to_string_lossy()))? {
        ingest.lock().progress.forgotten += 1;
        return Ok(());
    }
    let from = match &known {
        Some(known) if is_same(&mut file, known, &meta)? => Some(known.read_to),
        _ => None,
    };
    if from == Some(meta.len()) {
        return Ok(());
    }
    let ending = match (hint, meta.modified().ok().and_then(|m| m.elapsed().ok())) {
        (Hint::Over, _) => Ending::Over,
        (_, Some(age)) if age > OVER => Ending::Over,
        (Hint::Settled, _) => Ending::Settled,
        (Hint::Growing, _) => Ending::Growing,
    };
    let start = from.unwrap_or(0);
    file.seek(SeekFrom::Start(start))?;
    let pauses = ingest.engine.pauses()?;
    let reader = BufReader::with_capacity(64 << 10, file);
    let settings = ingest.settings.clone();
    let rules = Rules::new(move |cwd| settings.privacy(cwd));
    // Whatever goes wrong, nothing of this reading is under way when the next one asks where to begin.
    let mut sessions = BTreeSet::new();
    let read = under_way::with(ingest, |way| {
        let mut slice = Slice {
            ingest,
            places,
            pauses,
            path,
            identity: (meta.dev(), meta.ino()),
            size: meta.len(),
            // A replaced file starts over; its offset is set, not moved.
            from: known.is_some().then_some(from).flatten(),
            is_new: known.is_none(),
            parser: Parser::new(Place::of(path), start, rules),
            out: Output::default(),
            last_cwd: None,
            sessions: &mut sessions,
            way,
        };
        slice.read(reader, start, ending)
    });
    usage::look(ingest, &sessions);
    read
}

/// What becomes of a turn.
enum Ready {
    Kept(Box<ReadyTurn>),
    /// It was said during a pause.
    Paused,
    /// Its project is one of which nothing is kept.
    Denied,
    /// Nothing but what is private was said.
    Private(Skipped),
}

/// The reading of one file, cut into slices.
struct Slice<'a, 'i> {
    ingest: &'a Ingest,
    places: &'a mut Places,
    pauses: Vec<PauseSpan>,
    path: &'a Path,
    identity: (u64, u64),
    size: u64,
    /// The offset that the store holds; `None` for a new or replaced file.
    from: Option<u64>,
    /// The store knew nothing of it.
    is_new: bool,
    parser: Parser,
    out: Output,
    last_cwd: Option<String>,
    /// The sessions that were met.
    sessions: &'a mut BTreeSet<String>,
    way: &'a mut UnderWay<'i>,
}

impl Slice<'_, '_> {
    fn read(&mut self, mut reader: BufReader<File>, start: u64, ending: Ending) -> Result<(), Failure> {
        let mut buffer = Vec::new();
        let mut at = start;
        let mut slice_start = start;
        loop {
            match lines::next(&mut reader, &mut buffer, &mut at)? {
                Line::Whole(bytes) => self.parser.line(&buffer, bytes, &mut self.out),
                Line::TooLong(bytes) => self.parser.too_long(bytes, &mut self.out),
                Line::Unfinished(bytes) => {
                    // The agent may be writing it; once the session is over, a whole record without its newline counts.
                    if ending == Ending::Over && serde_json::from_slice::<serde::de::IgnoredAny>(&buffer).is_ok() {
                        self.parser.line(&buffer, bytes, &mut self.out);
                    }
                    break;
                }
                Line::End => break,
            }
            let is_in_between = slice_start > start && self.size.saturating_sub(at) > NEAR_END;
            let (turns, bytes) = if is_in_between { SLICE } else { SMALL_SLICE };
            if self.out.turns.len() >= turns || at - slice_start >= bytes {
                self.commit()?;
                slice_start = at;
                if self.ingest.is_stopped() {
                    return Ok(());
                }
            }
        }
        self.parser.end(ending, &mut self.out);
        self.commit()
    }

    fn commit(&mut self) -> Result<(), Failure> {
        let read_to = self.parser.safe_offset();
        if self.from == Some(read_to) && self.out.turns.is_empty() && self.out.skipped.is_empty() {
            return Ok(());
        }
        let mut out = std::mem::take(&mut self.out);
        let (mut paused, mut denied, mut redactions) = (0, 0, 0);
        let mut turns = Vec::with_capacity(out.turns.len());
        for turn in out.turns {
            match self.ready(turn)? {
                Ready::Kept(ready) => {
                    redactions += u64::from(ready.redactions);
                    turns.push(*ready);
                }
                Ready::Paused => paused += 1,
                Ready::Denied => denied += 1,
                Ready::Private(skipped) => out.skipped.push(skipped),
            }
        }
        let skipped = out.skipped.len() as u64;
        let batch = TurnBatch {
            source: self.source(read_to)?,
            from: self.from,
            turns,
            skipped: out.skipped,
            reached: out.reached.into_iter().collect(),
        };
        let before = self.from.or(self.is_new.then_some(0));
        let bytes = read_to - before.unwrap_or(0).min(read_to);
        self.from = Some(read_to);
        self.way.give(batch, Counts { bytes, skipped, paused, denied, redactions });
        // If it fails, the next is refused for the offset is not where that begins; unless this one leaves it where it was, or
        // sets one that stood elsewhere: then the next must not be given before this one is kept.
        let would_refuse = before.is_some_and(|before| before != read_to);
        Ok(self.way.settle(if would_refuse { under_way::MOST } else { 0 })?)
    }

    /// Redacts a turn and finds its project, unless it is not to be kept.
    fn ready(&mut self, mut turn: Turn) -> Result<Ready, Failure> {
        if turn.cwd.is_some() {
            self.last_cwd.clone_from(&turn.cwd);
        }
        let cwd = turn.cwd.as_deref().or(self.last_cwd.as_deref()).unwrap_or("/").to_owned();
        let (project, keeps, privacy) = self.places.project(self.ingest, &cwd)?;
        match keeps {
            Keeps::Yes => {}
            Keeps::No => return Ok(Ready::Denied),
            Keeps::Unknown(place) => return Err(Failure::Settings(place)),
        }
        if self.pauses.iter().any(|pause| pause.covers(&project, turn.occurred_at)) {
            return Ok(Ready::Paused);
        }
        let (body, found) = privacy.redactor().redact(&turn.body);
        if private::is_all(&body) {
            let (record_type, bytes) = (turn.kind.as_str().to_owned(), turn.bytes);
            return Ok(Ready::Private(Skipped { record_type, reason: SkipReason::Private, bytes }));
        }
        let session = turn.session_name();
        if !self.sessions.contains(&*session) {
            self.sessions.insert(session.into_owned());
        }
        let redactions = found.iter().map(|f| f.count).sum();
        if let std::borrow::Cow::Owned(body) = body {
            turn.body = body;
        }
        // Branches are named by people, and by scripts.
        turn.branch = turn.branch.map(|branch| privacy.redact(&branch).into_owned());
        // A path with a secret in it leads to no file once that is replaced.
        turn.files.retain(|path| matches!(privacy.redact(path), std::borrow::Cow::Borrowed(_)));
        Ok(Ready::Kept(Box::new(ReadyTurn { turn, id: MemoryId(Uuid::now_v7()), project, redactions })))
    }

    fn source(&self, read_to: u64) -> std::io::Result<SourceFile> {
        let head_bytes = HEAD.min(read_to);
        Ok(SourceFile {
            agent: AGENT.to_owned(),
            path: self.path.to_owned(),
            device: self.identity.0,
            inode: self.identity.1,
            head_bytes,
            head_hash: head_hash(&mut File::open(self.path)?, head_bytes)?,
            read_to,
            seen_size: self.size,
        })
    }
}
