//! Mirrors: a folder of Markdown that is kept as memories are, both ways.
//! It must not know how a memory is stored or a file spelt.
//! Invariant: a look at a mirror changes nothing while git is at work, nor where so much has gone at once that it was hardly
//! meant: then it is told what would be done, and asked again with the code that the answer gave.

mod act;
mod git;
mod names;
mod plan;
mod says;
mod scan;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use quipu_core::confirm;
use quipu_protocol::config::keys;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::folder::{Entry, Folder, is_inside};
use quipu_protocol::wire::mirror::{
    FileView, MirrorAddReply, MirrorAddRequest, MirrorRequest, MirrorView, MirrorsReply, SyncReply, SyncView,
};
use quipu_store::mirror::{Mirror, MirrorWrite};
use quipu_store::read::Scope;
use quipu_store::write::{Lane, Write};

use super::{Service, fault_of, kinds};
use act::Act;
use git::{Git, Moved};
use plan::{Step, plan};
use scan::Content;

/// So many files are named where something has to be confirmed.
const NAMED: usize = 20;
/// A look waits so long for a folder, or git, to come to rest before it gives up.
const RESTLESS: u32 = 20;
const REST: std::time::Duration = std::time::Duration::from_millis(100);

/// What a service knows of mirrors beyond their rows.
#[derive(Default)]
pub(super) struct Mirrors {
    /// One look at a time.
    looking: Mutex<()>,
    /// How the last one of each ended, by its row.
    last: Mutex<HashMap<i64, SyncView>>,
}

impl Mirrors {
    fn last(&self) -> MutexGuard<'_, HashMap<i64, SyncView>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a folder stands: as long as this is the same, nothing has happened in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stand {
    entries: Vec<Entry>,
    git: Option<Git>,
}

/// How a mirror's folder stands; none where it is not there.
pub(crate) fn stand(mirror: &Mirror) -> Option<Stand> {
    let folder = Folder::open(&mirror.path).ok()?;
    Some(Stand { entries: scan::entries(&folder).ok()?, git: git::look(&mirror.path) })
}

/// Every mirror.
pub(crate) fn mirrors(service: &Service) -> Result<MirrorsReply, Fault> {
    let all = service.engine.mirrors().map_err(fault_of)?;
    let mirrors = all.iter().map(|mirror| view(service, mirror)).collect::<Result<_, _>>()?;
    let watched = service.settings.user().config.flag(keys::MIRROR_ENABLED);
    Ok(MirrorsReply { mirrors, watched, mode: service.mode().to_owned() })
}

fn view(service: &Service, mirror: &Mirror) -> Result<MirrorView, Fault> {
    Ok(MirrorView {
        dir: mirror.path.to_string_lossy().into_owned(),
        project: mirror.project.as_ref().map(|project| project.0.clone()),
        kinds: mirror.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
        files: service.engine.mirror_files(mirror.id).map_err(fault_of)?.len() as u64,
        added_at: mirror.added_at.0,
        // Without names of files, which titles made: this list is nobody's in particular.
        last: service.mirrors.last().get(&mirror.id).map(|last| SyncView { files: Vec::new(), ..last.clone() }),
    })
}

/// Makes a folder a mirror.
pub(crate) fn add_mirror(service: &Service, request: &MirrorAddRequest) -> Result<MirrorAddReply, Fault> {
    let caller = |code: &str, message: String| Fault::new(FaultKind::Caller, code, message);
    let asked = Path::new(&request.dir);
    if !asked.is_absolute() {
        return Err(caller("bad_path", format!("`{}` is no absolute path", request.dir)).hint("give the whole path"));
    }
    if is_inside(asked, &service.paths.data) {
        let message =
            format!("{} lies in quipu's data directory, where nothing is kept but its own files", request.dir);
        return Err(caller("data_directory", message).hint("name another folder"));
    }
    let kinds = kinds(&request.kinds)?;
    if let Some(kind) = kinds.iter().find(|kind| !kind.is_written()) {
        let message = format!("`{}` is captured from sessions, and nobody edits what was said there", kind.as_str());
        return Err(caller("captured_kind", message).hint("a mirror holds notes: decision, convention, insight, …"));
    }
    let project = match service.scope(&request.scope)? {
        Scope::Project(project) => Some(project),
        _ => None,
    };
    let cannot = |error: std::io::Error| {
        caller("cannot_write", format!("{}: {error}", request.dir)).hint("name a folder that this user can write to")
    };
    let folder = Folder::make(asked).map_err(cannot)?;
    let path = folder.path().to_owned();
    if path.parent().is_none() || path.join(".git").exists() {
        let message = format!("{} holds more than memories would be", path.display());
        return Err(caller("too_wide", message).hint("name a folder of its own, as `docs/memory` in a repository"));
    }
    let all = service.engine.mirrors().map_err(fault_of)?;
    if let Some(other) = all.iter().find(|m| m.path.starts_with(&path) || path.starts_with(&m.path)) {
        let message = format!("{} is a mirror already", other.path.display());
        return Err(Fault::new(FaultKind::Conflict, "mirror_exists", message)
            .hint("`quipu mirror list` names them all; `quipu mirror remove DIR` ends one, and its files stay"));
    }
    let found = scan::scan(&folder, &scan::entries(&folder).map_err(cannot)?);
    let notes: Vec<&str> =
        found.iter().filter(|file| file.content == Content::Note).map(|file| file.name.as_str()).collect();
    let place = path.to_string_lossy().into_owned();
    let code = confirm::code("mirror add", std::iter::once(place.as_str()).chain(notes.iter().copied()));
    let mut reply = MirrorAddReply {
        outcome: "needs_confirmation".to_owned(),
        mirror: MirrorView {
            dir: place.clone(),
            project: project.as_ref().map(|project| project.0.clone()),
            kinds: kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            files: 0,
            added_at: service.now().0,
            last: None,
        },
        files: notes.iter().take(NAMED).map(|name| (*name).to_owned()).collect(),
        count: notes.len() as u64,
        confirm: Some(code.clone()),
        mode: service.mode().to_owned(),
    };
    if !notes.is_empty() && request.confirm.as_ref() != Some(&code) {
        return Ok(reply);
    }
    let write = MirrorWrite::Add { path, project, kinds };
    service.engine.write(None, Write::Mirror(write), Lane::Interactive, service.now()).map_err(fault_of)?;
    (reply.outcome, reply.confirm, reply.files) = ("added".to_owned(), None, Vec::new());
    Ok(reply)
}

/// Makes a mirror a folder again; its files stay.
pub(crate) fn remove_mirror(service: &Service, request: &MirrorRequest) -> Result<MirrorsReply, Fault> {
    if request.dir.is_none() {
        return Err(Fault::new(FaultKind::Caller, "nothing_asked", "no mirror was named")
            .hint("name its folder; `quipu mirror list` names them all"));
    }
    for mirror in named(service, request)? {
        let write = Write::Mirror(MirrorWrite::Remove { mirror: mirror.id });
        service.engine.write(None, write, Lane::Interactive, service.now()).map_err(fault_of)?;
        service.mirrors.last().remove(&mirror.id);
    }
    mirrors(service)
}

/// The mirrors that a request names; one that names none means all of them.
fn named(service: &Service, request: &MirrorRequest) -> Result<Vec<Mirror>, Fault> {
    let all = service.engine.mirrors().map_err(fault_of)?;
    let Some(dir) = &request.dir else { return Ok(all) };
    let path = std::fs::canonicalize(dir).unwrap_or_else(|_| PathBuf::from(dir));
    let one: Vec<Mirror> = all.into_iter().filter(|mirror| mirror.path == path).collect();
    if one.is_empty() {
        return Err(Fault::new(FaultKind::Missing, "no_such_mirror", format!("{dir} is no mirror"))
            .hint("`quipu mirror list` names them all; `quipu mirror add DIR` makes one"));
    }
    Ok(one)
}

/// Looks at mirrors now.
pub(crate) fn sync_mirrors(service: &Service, request: &MirrorRequest) -> Result<SyncReply, Fault> {
    let looks = named(service, request)?.into_iter().map(|mirror| sync(service, &mirror, request));
    Ok(SyncReply { mirrors: looks.collect::<Result<_, _>>()?, mode: service.mode().to_owned() })
}

/// Looks at one mirror, and does what has to be done.
pub(crate) fn sync(service: &Service, mirror: &Mirror, request: &MirrorRequest) -> Result<SyncView, Fault> {
    let looking = service.mirrors.looking.lock().unwrap_or_else(PoisonError::into_inner);
    service.writable()?;
    let mut report = SyncView { dir: mirror.path.to_string_lossy().into_owned(), ..SyncView::default() };
    look(service, mirror, request, &mut report)?;
    drop(looking);
    service.mirrors.last().insert(mirror.id, report.clone());
    Ok(report)
}

fn look(service: &Service, mirror: &Mirror, request: &MirrorRequest, report: &mut SyncView) -> Result<(), Fault> {
    let waits = |report: &mut SyncView, why: String| {
        (report.state, report.reason) = ("waits".to_owned(), Some(why));
        Ok(())
    };
    let folder = match Folder::open(&mirror.path) {
        Ok(folder) if folder.path() == mirror.path => folder,
        Ok(folder) => return waits(report, format!("the folder leads to {} now", folder.path().display())),
        Err(error) => return waits(report, format!("the folder cannot be read: {error}")),
    };
    let stand = match at_rest(mirror, &folder) {
        Ok(stand) => stand,
        Err(why) => return waits(report, why),
    };
    let found = scan::scan(&folder, &stand.entries);
    let rows = service.engine.mirror_files(mirror.id).map_err(fault_of)?;
    let marks = service.engine.marks(mirror.project.as_ref(), &mirror.kinds).map_err(fault_of)?;
    let mut steps = plan(&rows, &marks, &found);
    if request.write_gone {
        steps.iter_mut().for_each(write_gone);
    }
    // Whoever changed something while it was read has not finished.
    if at_rest(mirror, &folder).as_ref() != Ok(&stand) {
        return waits(report, "the files are being changed".to_owned());
    }
    let told: Vec<(String, String)> = steps.iter().filter_map(Step::told).collect();
    let code = confirm::code("mirror sync", told.iter().flat_map(|(name, what)| [name.as_str(), what.as_str()]));
    if let Some(why) = doubt(mirror, stand.git.as_ref(), &steps, rows.len())
        && request.confirm.as_ref() != Some(&code)
    {
        (report.state, report.reason, report.confirm) = ("asks".to_owned(), Some(why), Some(code));
        report.files = told.into_iter().map(|(file, what)| FileView { file, what }).take(10 * NAMED).collect();
        return Ok(());
    }
    let names = rows.iter().map(|row| row.name.to_lowercase());
    let taken = stand.entries.iter().map(|entry| entry.name.to_lowercase()).chain(names).collect();
    let mut act = Act { service, mirror, folder: &folder, report, taken };
    for step in steps {
        service.engine.fence().map_err(fault_of)?;
        act.step(step)?;
    }
    // Behind every row that was written in this look, so that the next one sees them.
    let head = stand.git.as_ref().map(Git::head);
    let write = Write::Mirror(MirrorWrite::Head { mirror: mirror.id, head });
    service.engine.write(None, write, Lane::Bulk, service.now()).map_err(fault_of)?;
    "in_step".clone_into(&mut report.state);
    Ok(())
}

/// How the folder stands, once that is the same for a moment and git is not at work.
fn at_rest(mirror: &Mirror, folder: &Folder) -> Result<Stand, String> {
    let look = || -> Result<Stand, String> {
        let entries = scan::entries(folder).map_err(|error| format!("the folder cannot be read: {error}"))?;
        Ok(Stand { entries, git: git::look(&mirror.path) })
    };
    let mut before = look()?;
    for _ in 0..RESTLESS {
        std::thread::sleep(REST);
        let now = look()?;
        let under_way = now.git.as_ref().and_then(|git| git.under_way);
        if now == before && under_way.is_none() {
            return Ok(now);
        }
        before = now;
    }
    let under_way = before.git.and_then(|git| git.under_way);
    Err(under_way
        .map_or_else(|| "the files are being changed".to_owned(), |what| format!("{what}; it goes on afterwards")))
}

/// Whether what the files say may not be meant, and why.
fn doubt(mirror: &Mirror, git: Option<&Git>, steps: &[Step], known: usize) -> Option<String> {
    let gone = steps.iter().filter(|step| matches!(step, Step::Archive { .. })).count();
    let moved = git.map_or(Moved::Nothing, |git| git.moved(mirror.head.as_deref()));
    let of_files = steps.iter().filter(|step| step.is_of_files()).count();
    match (moved, git) {
        (Moved::Branch, Some(git)) if of_files > 0 => {
            let before = mirror.head.as_deref().map_or("", git::branch_of);
            Some(format!("{} is checked out in place of {before}, and {of_files} files differ", git.name()))
        }
        (Moved::Commit, _) if gone > 0 => Some(format!("another commit is checked out, and {gone} files are gone")),
        _ if gone > 0 && gone == known => Some(format!("every file is gone ({gone})")),
        _ if gone >= FEW && gone * 5 >= known => Some(format!("{gone} of {known} files are gone")),
        _ => None,
    }
}

/// So many files may go at once, whatever their share.
const FEW: usize = 3;

/// A file that has gone is to be written again.
fn write_gone(step: &mut Step) {
    if let Step::Archive { id, name, .. } = step {
        *step = Step::Write { id: *id, name: Some(std::mem::take(name)), over: None };
    }
}
