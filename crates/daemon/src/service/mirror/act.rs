//! Does what was planned for a mirror, one step after the other.
//! It must not know how a step came to be planned.
//! Invariant: before a file is touched it is read again, and left alone if it is not what was planned for; a memory is
//! changed only at the revision that was looked at. Whatever is cut off here is planned again at the next look.

use std::collections::HashSet;
use std::io;

use quipu_agents::markdown_memory::{self, MarkdownMemory};
use quipu_core::fault_point::{FaultPoint, pass};
use quipu_core::hash::bytes_hash;
use quipu_core::id::MemoryId;
use quipu_core::memory::{Lifecycle, Memory};
use quipu_core::scope::{Privacy, Reader};
use quipu_protocol::fault::Fault;
use quipu_protocol::folder::Folder;
use quipu_protocol::wire::memory::{MemoryView, UpdateRequest};
use quipu_protocol::wire::mirror::{FileView, SyncView};
use quipu_store::StoreError;
use quipu_store::mirror::{Mirror, MirrorFile, MirrorWrite};
use quipu_store::read::Scope;
use quipu_store::write::{Lane, Write};

use super::names;
use super::plan::Step;
use super::scan::{self, Found, MOST_BYTES};
use crate::markdown::{self, Spans};
use crate::service::{self, Service, Who, fault_of, view};

/// Of so many files something is said.
const TOLD: usize = 200;

/// A mirror while its steps are done.
pub(super) struct Act<'a> {
    pub(super) service: &'a Service,
    pub(super) mirror: &'a Mirror,
    pub(super) folder: &'a Folder,
    pub(super) report: &'a mut SyncView,
    /// Names that are taken, in lower case: on some file systems that is all that counts.
    pub(super) taken: HashSet<String>,
}

impl Act<'_> {
    /// Does one step.
    ///
    /// # Errors
    /// The store or the folder does not work: then nothing else will.
    pub(super) fn step(&mut self, step: Step) -> Result<(), Fault> {
        let name = step.told().map(|(name, _)| name).unwrap_or_default();
        let done = match step {
            Step::Write { id, name, over } => self.write(id, name, over),
            Step::Take { id, file, revision } => self.take(id, &file, Some(revision)),
            Step::Both { id, file } | Step::Back { id, file } => self.take(id, &file, None),
            Step::Store { file } => self.store(&file),
            Step::Archive { id, name, revision } => self.archive(id, &name, revision),
            Step::Remove { id, file } => self.remove(id, &file),
            Step::Part { id } => self.part(id),
            Step::Agree { id, file, revision } => self.agree(id, file.name, file.hash, revision),
            Step::Tell { name, what } => {
                self.tell(&name, what);
                Ok(())
            }
        };
        match done {
            Err(Failure::File(error)) => {
                self.tell(&name, format!("not done: {error}"));
                Ok(())
            }
            Err(Failure::Refused(why)) => {
                self.tell(&name, format!("not taken: {why}"));
                Ok(())
            }
            Err(Failure::Store(fault)) => Err(fault),
            Ok(()) => Ok(()),
        }
    }

    fn tell(&mut self, name: &str, what: impl Into<String>) {
        if self.report.files.len() < TOLD {
            self.report.files.push(FileView { file: name.to_owned(), what: what.into() });
        }
    }

    /// The bytes of a file, if they are those that were looked at.
    fn bytes(&self, file: &Found) -> Result<Option<Vec<u8>>, Failure> {
        let bytes = self.folder.read(&file.name, MOST_BYTES)?;
        Ok(bytes.filter(|bytes| bytes_hash(bytes) == file.hash))
    }

    fn memory(&self, id: MemoryId) -> Result<Option<Memory>, Failure> {
        // What is private is not for a folder that anybody may read.
        let found = self.service.engine().memory(id).map_err(fault_of)?;
        Ok(found.filter(|memory| memory.privacy == Privacy::Shared))
    }

    /// A memory as it is shown, with what stands beside it: as an agent would see it, for anybody may read the folder.
    fn whole(&self, memory: Memory) -> Result<MemoryView, Failure> {
        let ties = self.service.engine().ties(&[memory.id], &Scope::All, Reader::Agent).map_err(fault_of)?;
        Ok(view::with_ties(view::memory(memory), ties.into_iter().next().unwrap_or_default(), self.service.now()))
    }

    fn text_of(&self, memory: &MemoryView) -> Option<String> {
        Some(markdown_memory::write(&self.file_of(memory)?))
    }

    pub(super) fn file_of(&self, memory: &MemoryView) -> Option<MarkdownMemory> {
        let spans = if self.mirror.project.is_some() { Spans::Project } else { Spans::All };
        markdown::file(memory, markdown::Folder::Mirror(spans))
    }

    fn write(&mut self, id: MemoryId, name: Option<String>, over: Option<String>) -> Result<(), Failure> {
        let Some(memory) = self.memory(id)?.filter(|memory| memory.lifecycle == Lifecycle::Live) else { return Ok(()) };
        let memory = self.whole(memory)?;
        let Some(text) = self.text_of(&memory) else { return Ok(()) };
        let name = match name {
            Some(name) => name,
            None => names::new(&memory, |name| self.taken.contains(&name.to_lowercase())),
        };
        let there = self.folder.read(&name, MOST_BYTES)?;
        let is_as_planned = there.as_deref().map(bytes_hash) == over;
        if there.as_deref() != Some(text.as_bytes()) {
            if !is_as_planned {
                // Somebody was faster; what he wrote is looked at next.
                return Ok(());
            }
            self.folder.write(&name, text.as_bytes())?;
            pass(FaultPoint::MirrorWritten);
            self.report.written += 1;
        }
        self.taken.insert(name.to_lowercase());
        self.agree(id, name, bytes_hash(text.as_bytes()), memory.revision)
    }

    /// Makes the memory say what the file says; where nobody knows what the two were, what it says now is kept beside it.
    fn take(&mut self, id: MemoryId, file: &Found, revision: Option<u32>) -> Result<(), Failure> {
        let Some(bytes) = self.bytes(file)? else { return Ok(()) };
        let says = scan::read(&file.name, &bytes, id, self.service.now()).map_err(Failure::Refused)?;
        let Some(memory) = self.memory(id)? else { return self.bring(id, file, says) };
        if self.mirror.project.as_ref().is_some_and(|project| memory.project.as_ref() != Some(project)) {
            return Err(Failure::Refused(format!("the memory {id} is not of this mirror's project")));
        }
        if !memory.kind.is_written() {
            return Err(Failure::Refused(format!("{id} was captured from a session, and stays as it was said")));
        }
        let is_live = memory.lifecycle == Lifecycle::Live;
        if !is_live && says.own_text("lifecycle").is_some_and(|word| word != "live") {
            return Ok(());
        }
        let memory = self.whole(memory)?;
        if revision.is_some_and(|revision| revision != memory.revision) {
            return Ok(());
        }
        let edit = self.edit(&memory, &says);
        if edit.is_none() && is_live {
            return self.agree(id, file.name.clone(), file.hash.clone(), memory.revision);
        }
        if revision.is_none() && is_live {
            self.keep_beside(&memory, file)?;
        }
        let request = UpdateRequest {
            action: (!is_live).then(|| "restore".to_owned()),
            reason: Some(format!("edited in {}", file.name)),
            if_revision: Some(memory.revision),
            ..edit.unwrap_or_default()
        };
        let reply = match service::update(self.service, Reader::Person, None, &memory.id, &request) {
            Err(fault) if fault.code == "revision_conflict" => return Ok(()),
            reply => reply.map_err(Failure::of)?,
        };
        pass(FaultPoint::MirrorTaken);
        if is_live {
            self.report.taken += 1
        } else {
            self.report.restored += 1
        }
        self.tell_redacted(&file.name, &reply.redacted);
        self.agree(id, file.name.clone(), file.hash.clone(), reply.revision)
    }

    /// Writes what a memory says beside the file that says something else.
    fn keep_beside(&mut self, memory: &MemoryView, file: &Found) -> Result<(), Failure> {
        let Some(text) = self.text_of(memory) else { return Ok(()) };
        for n in 1.. {
            let name = names::beside(&file.name, n);
            match self.folder.read(&name, MOST_BYTES)? {
                Some(there) if there == text.as_bytes() => return Ok(()),
                Some(_) => {}
                None => {
                    self.folder.write(&name, text.as_bytes())?;
                    self.report.conflicts += 1;
                    self.tell(
                        &file.name,
                        format!("its memory had changed too: the file's text is taken, the other one is in {name}"),
                    );
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A file of a memory that is not here: it keeps its id.
    fn bring(&mut self, id: MemoryId, file: &Found, says: MarkdownMemory) -> Result<(), Failure> {
        let request = self.request(Some(id), says)?;
        let reply = service::save(self.service, Who::Direct(Reader::Person), None, &request).map_err(Failure::of)?;
        if reply.outcome == "duplicate" {
            let of = reply.id.unwrap_or_default();
            return Err(Failure::Refused(format!("the memory {of} says exactly this already")));
        }
        if let Some(why) = reply.reason {
            return Err(Failure::Refused(why));
        }
        self.report.stored += 1;
        self.tell_redacted(&file.name, &reply.redacted);
        self.agree(id, file.name.clone(), file.hash.clone(), 1)
    }

    /// A file without an id: it gets the one of the memory that it becomes, once that is stored.
    fn store(&mut self, file: &Found) -> Result<(), Failure> {
        let Some(bytes) = self.bytes(file)? else { return Ok(()) };
        let now = self.service.now();
        let says = scan::read(&file.name, &bytes, MemoryId(uuid::Uuid::now_v7()), now).map_err(Failure::Refused)?;
        let request = self.request(None, says)?;
        let reply = service::save(self.service, Who::Direct(Reader::Person), None, &request).map_err(Failure::of)?;
        let Some(id) = reply.id.as_deref().and_then(|id| id.parse().ok()) else {
            return Err(Failure::Refused(reply.reason.unwrap_or(reply.outcome)));
        };
        if reply.outcome == "duplicate" {
            let files = self.service.engine().mirror_files(self.mirror.id).map_err(fault_of)?;
            if let Some(other) = files.iter().find(|other| other.memory == id) {
                return Err(Failure::Refused(format!("{} says exactly this already", other.name)));
            }
        }
        pass(FaultPoint::MirrorStored);
        let Some(memory) = self.memory(id)? else { return Ok(()) };
        let text = scan::with_id(&String::from_utf8_lossy(&bytes), id, memory.occurred_at);
        if self.bytes(file)?.is_none() {
            return Ok(());
        }
        self.folder.write(&file.name, text.as_bytes())?;
        self.report.stored += u64::from(reply.outcome == "stored");
        self.tell_redacted(&file.name, &reply.redacted);
        self.agree(id, file.name.clone(), bytes_hash(text.as_bytes()), memory.revision)
    }

    fn archive(&mut self, id: MemoryId, name: &str, revision: u32) -> Result<(), Failure> {
        if self.folder.read(name, MOST_BYTES)?.is_some() {
            return Ok(());
        }
        let request = UpdateRequest {
            action: Some("archive".to_owned()),
            reason: Some(format!("its file {name} was deleted")),
            if_revision: Some(revision),
            ..UpdateRequest::default()
        };
        let reply = match service::update(self.service, Reader::Person, None, &id.to_string(), &request) {
            Err(fault) if fault.code == "revision_conflict" => return Ok(()),
            reply => reply.map_err(Failure::of)?,
        };
        if reply.outcome == "rejected" {
            // What is somebody's own is hidden by nobody else's hand.
            let what = format!("it is gone, and its memory is personal: `quipu update {id} --archive` archives it");
            self.tell(name, what);
            return Ok(());
        }
        self.report.archived += 1;
        self.tell(name, format!("deleted, so its memory is archived; `quipu update {id} --restore` shows it again"));
        self.part(id)
    }

    fn remove(&mut self, id: MemoryId, file: &Found) -> Result<(), Failure> {
        if self.bytes(file)?.is_some() {
            self.folder.remove(&file.name)?;
            self.report.removed += 1;
            self.tell(&file.name, "removed: its memory is hidden, forgotten, or another project's now");
        }
        self.part(id)
    }

    fn tell_redacted(&mut self, name: &str, labels: &[String]) {
        if !labels.is_empty() {
            let labels = labels.join(", ");
            self.tell(name, format!("secrets in it were replaced in the memory, not in the file: {labels}"));
        }
    }

    fn agree(&mut self, memory: MemoryId, name: String, hash: String, revision: u32) -> Result<(), Failure> {
        let file = MirrorFile { memory, name, hash, revision };
        self.note(MirrorWrite::Agree { mirror: self.mirror.id, file });
        Ok(())
    }

    fn part(&mut self, memory: MemoryId) -> Result<(), Failure> {
        self.note(MirrorWrite::Part { mirror: self.mirror.id, memory });
        Ok(())
    }

    /// Writes a row without waiting: one that is lost is found out at the next look.
    fn note(&self, write: MirrorWrite) {
        let reply = |outcome: Result<_, StoreError>| {
            if let Err(error) = outcome {
                tracing::warn!(%error, "what is known of a mirror's file could not be written down");
            }
        };
        self.service.engine().submit(None, Write::Mirror(write), Lane::Bulk, self.service.now(), Box::new(reply));
    }
}

/// Why a step was not done.
pub(super) enum Failure {
    /// The file's, or its folder's.
    File(io::Error),
    /// What the file asks for is refused.
    Refused(String),
    /// Ours: nothing else will be done either.
    Store(Fault),
}

impl Failure {
    pub(super) fn of(fault: Fault) -> Self {
        use quipu_protocol::fault::FaultKind::{Caller, Conflict, Missing};
        match fault.kind {
            Caller | Conflict | Missing => Failure::Refused(fault.message),
            _ => Failure::Store(fault),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::File(error)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Store(fault)
    }
}
