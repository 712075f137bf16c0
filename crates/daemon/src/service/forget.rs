//! Forgetting for good: asked twice, done from rows to spool, and gone on with where it was broken off.
//! It must not know SQL, nor how index and database file are written anew.
//! Invariant: the first request changes nothing; the second forgets exactly what the first has shown, or nothing.

mod files;

use std::path::{Path, PathBuf};
use std::time::Duration;

use quipu_core::id::{EventId, MemoryId, Millis};
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::forget::{
    ForgetReply, ForgetRequest, ForgottenReply, HoldingView, LineView, PurgeView, TombstoneView,
};
use quipu_protocol::wire::mirror::MirrorRequest;
use quipu_store::StoreError;
use quipu_store::forget::{Cover, Forget, Forgotten, Selection, Step};
use quipu_store::sqlite::remove_copy;
use quipu_store::write::{Applied, Lane, Write};

use super::show::{memory_id, no_such_memory};
use super::{Service, fault_of, other_write};
use files::Needles;

/// How long the asker waits for each step; what is not done by then the daemon goes on with.
const PATIENCE: Duration = Duration::from_secs(120);
/// At most so many ids in one request.
pub(super) const MOST_IDS: usize = 10_000;

pub(crate) fn forget(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    request: &ForgetRequest,
) -> Result<ForgetReply, Fault> {
    let selection = Selection { reader, ..selection(service, request)? };
    let cover = service.engine.cover(&selection).map_err(fault_of)?;
    let Some(confirm) = request.confirm.clone() else {
        return ask(service, request, &selection, &cover, None);
    };
    // Before they go: what lies in the quarantine and cannot be read is known by their texts alone.
    let needles = Needles::of(service, &selection, &cover)?;
    let copies = service.engine.holding(&cover.ids);
    let wanted = Forget { selection: selection.clone(), with: with(request), confirm };
    let applied = service.engine.write(event, Write::Forget(Box::new(wanted)), Lane::Interactive, service.now());
    let gone = match applied {
        Ok(Applied::Forgotten(gone)) => gone,
        Ok(_) => return Err(other_write()),
        Err(StoreError::Unconfirmed) => {
            let cover = service.engine.cover(&selection).map_err(fault_of)?;
            let reason = "the code is not for this, or what it covers has changed since";
            return ask(service, request, &selection, &cover, Some(reason));
        }
        Err(error) => return Err(fault_of(error)),
    };
    service.let_go();
    look_at_mirrors(service);
    let spool = files::remove(service, &needles);
    let copies = copies.into_iter().map(|copy| remove(service, copy, request.backups)).collect();
    let pending = go_on(service, PATIENCE)?;
    Ok(ForgetReply {
        outcome: "forgotten".to_owned(),
        spool,
        copies,
        pending,
        vectors: cover.vectors,
        files: cover.files,
        mode: service.mode().to_owned(),
        ..counts(gone)
    })
}

fn counts(gone: Forgotten) -> ForgetReply {
    ForgetReply {
        memories: gone.memories,
        revisions: gone.revisions,
        chunks: gone.chunks,
        sessions: gone.sessions,
        transcripts: gone.sources,
        ..ForgetReply::default()
    }
}

/// The first answer: what it covers, and the code for the second.
fn ask(
    service: &Service,
    request: &ForgetRequest,
    selection: &Selection,
    cover: &Cover,
    reason: Option<&str>,
) -> Result<ForgetReply, Fault> {
    let mode = service.mode().to_owned();
    if cover.is_empty() {
        return match request.ids.first() {
            Some(id) => Err(no_such_memory(memory_id(id)?)),
            None => Ok(ForgetReply { outcome: "nothing".to_owned(), mode, ..ForgetReply::default() }),
        };
    }
    if let Some(missing) = selection.ids.iter().find(|id| !cover.ids.contains(id)) {
        return Err(no_such_memory(*missing));
    }
    let stats = service.engine.stats().map_err(fault_of)?;
    let holding = service.engine.holding(&cover.ids).into_iter();
    Ok(ForgetReply {
        outcome: "needs_confirmation".to_owned(),
        confirm: Some(cover.code(&with(request))),
        reason: reason.map(str::to_owned),
        memories: cover.memories(),
        by_kind: cover.by_kind.clone(),
        revisions: cover.revisions,
        chunks: cover.chunks,
        vectors: cover.vectors,
        files: cover.files,
        sessions: cover.sessions,
        transcripts: cover.sources,
        spool: files::count(service, &Needles::of(service, selection, cover)?),
        copies: holding.map(|copy| view(&copy.path, copy.holds, false)).collect(),
        lines: cover.lines.iter().map(|(id, line)| LineView { id: id.to_string(), line: line.clone() }).collect(),
        pending: Vec::new(),
        rewrites: stats.database_bytes + stats.wal_bytes + stats.index_bytes,
        mode,
    })
}

/// What the code stands for beside the memories.
fn with(request: &ForgetRequest) -> String {
    if request.backups { "with copies" } else { "" }.to_owned()
}

fn view(path: &Path, holds: Option<u64>, removed: bool) -> HoldingView {
    HoldingView { path: path.to_string_lossy().into_owned(), holds, removed }
}

/// The copies of the database that hold any of these.
pub(super) fn holding(service: &Service, ids: &[MemoryId]) -> Vec<HoldingView> {
    service.engine.holding(ids).into_iter().map(|copy| view(&copy.path, copy.holds, false)).collect()
}

/// Removes a copy where that was asked for; one that cannot be read too, for it may hold anything.
fn remove(service: &Service, copy: quipu_store::forget::Holding, wanted: bool) -> HoldingView {
    let removed = wanted && service.engine.fence().is_ok() && {
        let done = remove_copy(&copy.path);
        if let Err(error) = &done {
            tracing::warn!(%error, path = %copy.path.display(), "a copy cannot be removed");
        }
        done.is_ok()
    };
    view(&copy.path, copy.holds, removed)
}

/// What is named, as the store understands it.
fn selection(service: &Service, request: &ForgetRequest) -> Result<Selection, Fault> {
    let refuse = |code: &str, message: &str, hint: &str| Err(Fault::new(FaultKind::Caller, code, message).hint(hint));
    let text = request.text.clone().filter(|text| !text.is_empty());
    let names_more = request.session.is_some()
        || request.project.is_some()
        || request.source.is_some()
        || request.before.is_some()
        || text.is_some();
    match (request.ids.is_empty(), names_more) {
        (false, true) => {
            let hint = "give ids alone, or no ids";
            return refuse(
                "contradiction",
                "ids name memories one by one, and the rest names them by what they are",
                hint,
            );
        }
        (true, false) => {
            let hint = "give ids, or --session, --project, --source, --before, --match";
            return refuse("nothing_asked", "nothing was named that is to be forgotten", hint);
        }
        _ => {}
    }
    if request.ids.len() > MOST_IDS {
        let message = format!("{} ids are too many for one request", request.ids.len());
        return refuse("too_many", &message, "give at most 10 000, or name them by what they are");
    }
    if let Some(source) = request.source.as_ref().filter(|path| !Path::new(path).is_absolute()) {
        return refuse("bad_path", &format!("`{source}` is no absolute path"), "name the transcript by its whole path");
    }
    Ok(Selection {
        ids: request.ids.iter().map(|id| memory_id(id)).collect::<Result<_, _>>()?,
        session: request.session.clone(),
        project: request.project.as_deref().map(|name| service.project_named(name)).transpose()?,
        source: request.source.as_ref().map(|path| std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))),
        before: request.before.map(Millis),
        text,
        reader: Reader::Person,
    })
}

/// Goes on with what is still to be done; gives what is left then, in words.
pub(crate) fn go_on(service: &Service, patience: Duration) -> Result<Vec<String>, Fault> {
    let left = service.engine.left().map_err(fault_of)?;
    if left.contains(&Step::Files) {
        files::sweep(service);
        service.engine.strike_files(service.now()).map_err(fault_of)?;
    }
    if left.is_empty() {
        return Ok(Vec::new());
    }
    let left = service.engine.purge(service.now(), patience).map_err(fault_of)?;
    Ok(words(&left))
}

fn words(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.word().to_owned()).collect()
}

/// Files of mirrors say what is gone, or is other now: they follow at once. One that somebody edited stays, and the mirror says
/// so; so does one that waits for something.
pub(super) fn look_at_mirrors(service: &Service) {
    if let Err(fault) = super::sync_mirrors(service, &MirrorRequest::default()) {
        tracing::warn!(code = fault.code, "the mirrors do not follow a forgetting yet: {}", fault.message);
    }
}

/// What is still to be done, in words.
pub(crate) fn pending(service: &Service) -> Vec<String> {
    // A damaged database says so elsewhere.
    service.engine.left().map(|left| words(&left)).unwrap_or_default()
}

/// What must not come back.
pub(crate) fn forgotten(service: &Service) -> Result<ForgottenReply, Fault> {
    let all = service.engine.tombstones().map_err(fault_of)?;
    let stone = |(what, count, newest): (String, u64, Millis)| TombstoneView { what, count, newest: newest.0 };
    let purge = |purge: quipu_store::forget::Purge| PurgeView {
        what: purge.what,
        began: purge.began.0,
        memories: purge.memories,
        pending: words(&purge.left),
        done: purge.done.map(|at| at.0),
    };
    Ok(ForgottenReply {
        tombstones: all.by_what.into_iter().map(stone).collect(),
        forgettings: all.purges.into_iter().map(purge).collect(),
        mode: service.mode().to_owned(),
    })
}

impl Service {
    /// What is kept in memory of what was asked and told is let go: it may be of what is forgotten.
    fn let_go(&self) {
        *self.told() = super::hook::Told::default();
        self.unprinted.let_go();
        *self.counted.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
        self.ingest.forget_roots();
    }
}
