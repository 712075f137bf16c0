//! Sends what was read, some at a time, and counts what became of it.
//! It must not know how it was read.
//! Invariant: a batch is sent under one event id until it is answered; nothing is sent twice under two.

use std::collections::{HashMap, HashSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use quipu_agents::import::{Draft, Place, Stood, local_recall, rules, unplaced};
use quipu_core::change::MAX_BODY;
use quipu_core::hash::hash_of;
use quipu_core::link::{End, Link};
use quipu_core::scope::Privacy;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::import::{ImportItem, ImportReply, ImportRequest, MOST_ITEMS};
use quipu_protocol::wire::places::ProjectsReply;
use quipu_protocol::wire::work::LinkParam;

use super::Report;
use super::read::Batch;
use crate::args::import::ImportArgs;
use crate::commands::stats::bytes;
use crate::connect::Daemon;
use crate::output::{DIM, Form, styled};

/// Most bytes of texts in one request: a batch has less, but for one long text or one long file.
const REQUEST: usize = 4 << 20;
/// Longest title, scope, names and words of one memory together, in bytes.
const BESIDE_THE_TEXT: usize = 64 << 10;
/// How often a terminal is told how far it is.
const TELL: Duration = Duration::from_millis(200);

/// Whose memories become whose.
pub(super) struct Placing {
    /// Those that say nothing of it: of this directory's project, or of every project.
    asked: Option<String>,
    /// Whether those go there too that their source knows by a name.
    takes_named: bool,
    /// Directories by name.
    maps: HashMap<String, String>,
    /// Paths of known projects by name; none where several have it.
    known: Option<HashMap<String, Option<String>>>,
}

impl Placing {
    pub(super) fn new(args: &ImportArgs, found: &Path) -> Result<Self, Fault> {
        let absolute = |path: &Path| {
            let real = std::fs::canonicalize(path).map_err(|e| {
                Fault::new(FaultKind::Missing, "no_such_path", format!("{}: {e}", path.display()))
                    .hint("name the directory of a project")
            })?;
            Ok(real.to_string_lossy().into_owned())
        };
        let mut maps = HashMap::new();
        for map in &args.maps {
            let Some((name, dir)) = map.split_once('=') else {
                return Err(Fault::new(FaultKind::Caller, "bad_map", format!("`{map}` names no directory"))
                    .hint("write it as NAME=DIR"));
            };
            maps.insert(name.to_owned(), absolute(Path::new(dir))?);
        }
        let asked = match &args.project {
            _ if args.global => None,
            Some(dir) => Some(absolute(dir)?),
            None => lies_in(args.source.as_deref(), found)
                .map(|dir| dir.to_string_lossy().into_owned())
                .or_else(crate::commands::cwd),
        };
        Ok(Self { asked, takes_named: args.global || args.project.is_some(), maps, known: None })
    }

    /// `cwd` and `project` of a request.
    fn place(
        &mut self,
        daemon: &mut Daemon,
        source: &str,
        place: &Place,
    ) -> Result<(Option<String>, Option<String>), Fault> {
        Ok(match place {
            Place::Asked => (self.asked.clone(), None),
            Place::Everywhere => (None, None),
            Place::Directory(dir) => (Some(dir.clone()), None),
            Place::Exactly(path) => (None, Some(path.clone())),
            Place::Named(name) => match self.maps.get(name) {
                Some(dir) => (Some(dir.clone()), None),
                None if self.takes_named => (self.asked.clone(), None),
                None => (None, Some(self.named(daemon, name)?.unwrap_or_else(|| unplaced(source, name)))),
            },
        })
    }

    /// The one project that is called so.
    fn named(&mut self, daemon: &mut Daemon, name: &str) -> Result<Option<String>, Fault> {
        let known = match &mut self.known {
            Some(known) => known,
            none => {
                let mut by_name = HashMap::new();
                let all: ProjectsReply = daemon.get("/v1/projects")?;
                for project in all.projects.into_iter().filter(|project| project.path.starts_with('/')) {
                    let path = Some(project.path);
                    by_name.entry(project.name).and_modify(|several| *several = None).or_insert(path);
                }
                none.insert(by_name)
            }
        };
        Ok(known.get(name).cloned().flatten())
    }
}

/// The project that a source lies in, where that says whose memories they are.
fn lies_in(source: Option<&str>, found: &Path) -> Option<PathBuf> {
    match source {
        Some(local_recall::SOURCE) => {
            let folder = found.ancestors().find(|above| above.file_name().is_some_and(|name| name == "local-recall"));
            let inside = || found.join("local-recall").is_dir().then(|| found.to_owned());
            folder.and_then(Path::parent).map(Path::to_owned).or_else(inside)
        }
        Some(rules::SOURCE) if found.is_dir() => Some(found.to_owned()),
        Some(rules::SOURCE) => found.parent().map(Path::to_owned),
        _ => None,
    }
}

/// Sends everything that comes; what became of it.
pub(super) fn all(
    daemon: Daemon,
    source: &str,
    placing: Placing,
    dry_run: bool,
    form: Form,
    batches: Receiver<Batch>,
) -> Result<Report, Fault> {
    let is_live = form == Form::Text && std::io::stderr().is_terminal();
    let mut sender = Sender { daemon, placing, report: Report::new(source, dry_run), seen: HashSet::new() };
    let mut told = Instant::now();
    for batch in batches {
        sender.batch(batch)?;
        if is_live && told.elapsed() >= TELL {
            told = Instant::now();
            let report = &sender.report;
            let so_far = format!("{} memories, {}", report.memories(), bytes(report.bytes));
            anstream::eprint!("\r{} {so_far}  ", styled(DIM, "bringing in"));
        }
    }
    if is_live {
        anstream::eprint!("\r{:60}\r", "");
    }
    Ok(sender.report.ended())
}

struct Sender {
    daemon: Daemon,
    placing: Placing,
    report: Report,
    /// What a rehearsal would have stored, by a hash: the next one that says so would be its twin.
    seen: HashSet<String>,
}

impl Sender {
    fn batch(&mut self, batch: Batch) -> Result<(), Fault> {
        self.report.files += batch.files;
        self.report.bytes += batch.bytes;
        for why in batch.passed_over {
            self.report.passed_over(why);
        }
        for (place, doubt) in batch.doubts {
            self.report.doubt(&place, doubt);
        }
        let mut drafts = Vec::new();
        let mut whole_files: Vec<String> = batch.whole_files.iter().map(ToString::to_string).collect();
        for (file, draft) in batch.drafts {
            if draft.body.len() > MAX_BODY || beside_the_text(&draft) > BESIDE_THE_TEXT {
                self.report.passed_over("too long for one memory");
                let place = draft.lines.map_or_else(|| file.to_string(), |(line, _)| format!("{file}:{line}"));
                self.report.doubt(&place, "it is too long for one memory".to_owned());
                whole_files.retain(|whole| **whole != *file);
                continue;
            }
            drafts.push((file, draft));
        }
        let gone = batch.gone;
        let size = drafts.iter().map(|(_, draft)| draft.body.len()).sum::<usize>();
        if drafts.len() > MOST_ITEMS || size > REQUEST {
            // In several requests none has the whole file.
            for (file, _) in drafts.iter().filter(|(file, _)| whole_files.iter().any(|whole| **whole == **file)).take(1)
            {
                let doubt = "it is too long for one request, so what was taken out of it is not noticed";
                self.report.doubt(file, doubt.to_owned());
            }
            let mut rest = drafts.into_iter().peekable();
            while rest.peek().is_some() {
                let (mut some, mut size) = (Vec::new(), 0);
                while let Some(next) = rest.next_if(|(_, d)| some.len() < MOST_ITEMS && size + d.body.len() <= REQUEST)
                {
                    size += next.1.body.len();
                    some.push(next);
                }
                self.send(some, Vec::new(), Vec::new())?;
            }
            return if gone.is_empty() { Ok(()) } else { self.send(Vec::new(), Vec::new(), gone) };
        }
        if drafts.is_empty() && whole_files.is_empty() && gone.is_empty() {
            return Ok(());
        }
        self.send(drafts, whole_files, gone)
    }

    fn send(
        &mut self,
        drafts: Vec<(std::sync::Arc<str>, Draft)>,
        whole_files: Vec<String>,
        gone: Vec<String>,
    ) -> Result<(), Fault> {
        let source = self.report.source.clone();
        let mut items = Vec::with_capacity(drafts.len());
        for (file, draft) in drafts {
            let (cwd, project) = self.placing.place(&mut self.daemon, &source, &draft.place)?;
            items.push(item(&file, draft, cwd, project));
        }
        let request = ImportRequest { source, items, gone, whole_files, dry_run: self.report.dry_run };
        let reply: ImportReply = self.daemon.write("/v1/import", &request)?;
        for (item, mut became) in request.items.iter().zip(reply.items) {
            if self.report.dry_run && became.outcome == "stored" && !self.seen.insert(of(item)) {
                became.outcome = "duplicate".to_owned();
            }
            self.report.became(item, became);
        }
        self.report.archived += reply.archived.len() as u64;
        self.report.linked(reply.links);
        Ok(())
    }
}

/// What makes two live memories twins; a hidden one has none.
fn of(item: &ImportItem) -> String {
    let place = item.project.as_ref().or(item.cwd.as_ref()).map_or("", String::as_str);
    let is_hidden = item.superseded_by.is_some() || item.aggregated_into.is_some() || item.archived_at.is_some();
    let hidden = if is_hidden { item.id.as_str() } else { "" };
    hash_of(&[place, &item.kind, item.applies_to.as_deref().unwrap_or(""), hidden, &item.text])
}

fn beside_the_text(draft: &Draft) -> usize {
    let lists = draft.keywords.iter().chain(&draft.files).map(String::len).sum::<usize>();
    let texts = [draft.title.as_ref(), draft.name.as_ref(), Some(&draft.applies_to)];
    lists + texts.into_iter().flatten().map(String::len).sum::<usize>()
}

fn item(file: &str, draft: Draft, cwd: Option<String>, project: Option<String>) -> ImportItem {
    let stood = match draft.stood {
        Stood::Live => ImportItem::default(),
        // Some time is needed to say that it is hidden: that of what it says is the nearest known.
        Stood::Archived(at, archive_reason) => ImportItem {
            archived_at: Some(at.or(draft.occurred_at).unwrap_or(0)),
            archive_reason,
            ..ImportItem::default()
        },
        Stood::Superseded(by) => ImportItem { superseded_by: Some(by.to_string()), ..ImportItem::default() },
        Stood::Aggregated(into) => ImportItem { aggregated_into: Some(into.to_string()), ..ImportItem::default() },
    };
    let link =
        |link: &Link| LinkParam { relation: link.relation.word(End::Keeper).to_owned(), id: link.to.to_string() };
    ImportItem {
        id: draft.id.to_string(),
        text: draft.body,
        kind: draft.kind.as_str().to_owned(),
        title: draft.title,
        keywords: draft.keywords,
        applies_to: Some(draft.applies_to),
        occurred_at: draft.occurred_at,
        cwd,
        project,
        session: draft.session,
        files: draft.files,
        pinned: draft.pinned,
        importance: draft.importance,
        valid_from: draft.valid.0,
        valid_to: draft.valid.1,
        private: draft.privacy == Privacy::Private,
        status: draft.work.map(|work| work.status.as_str().to_owned()),
        priority: draft.work.map(|work| work.priority.as_str().to_owned()),
        due_at: draft.work.and_then(|work| work.due).map(|due| due.0),
        links: draft.links.iter().map(link).collect(),
        path: file.to_owned(),
        lines: draft.lines,
        name: draft.name,
        ..stood
    }
}
