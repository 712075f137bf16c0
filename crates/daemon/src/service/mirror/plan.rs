//! What a look at a mirror leads to: rows, memories and files against each other.
//! It must not touch any of them.
//! Invariant: a file is written over, or removed, only as it was when it and its memory last said the same; a memory is
//! changed only at the revision that it had then, unless both have changed, and then nothing of either is lost.

use std::collections::{BTreeMap, HashMap, HashSet};

use quipu_core::id::MemoryId;
use quipu_core::memory::Lifecycle;
use quipu_store::mirror::{Mark, MirrorFile};

use super::scan::{Content, Found};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The file is to say what the memory says: a new one where there is none, or in the place of one with this hash.
    Write { id: MemoryId, name: Option<String>, over: Option<String> },
    /// The memory is to say what the file says.
    Take { id: MemoryId, file: Found, revision: u32 },
    /// Both have changed, or nobody knows what they were.
    Both { id: MemoryId, file: Found },
    /// A file without an id becomes a memory.
    Store { file: Found },
    /// A file that nothing is known of names a memory.
    Back { id: MemoryId, file: Found },
    /// The file has gone.
    Archive { id: MemoryId, name: String, revision: u32 },
    /// The memory has gone, or is hidden.
    Remove { id: MemoryId, file: Found },
    /// Both have gone.
    Part { id: MemoryId },
    /// It is the same under another name.
    Agree { id: MemoryId, file: Found, revision: u32 },
    /// Nothing is done.
    Tell { name: String, what: String },
}

impl Step {
    /// Whether it comes of what somebody did to the files.
    pub(super) fn is_of_files(&self) -> bool {
        matches!(
            self,
            Step::Take { .. } | Step::Both { .. } | Step::Store { .. } | Step::Back { .. } | Step::Archive { .. }
        )
    }

    /// The file it is about and what would be done, for who is asked.
    pub(super) fn told(&self) -> Option<(String, String)> {
        let told = |name: &str, what: &str| Some((name.to_owned(), what.to_owned()));
        match self {
            Step::Write { name, .. } => told(name.as_deref().unwrap_or("a new file"), "is written"),
            Step::Take { file, .. } => told(&file.name, "its memory is changed"),
            Step::Both { file, .. } => told(&file.name, "its memory is changed; what it says now is kept beside it"),
            Step::Store { file } => told(&file.name, "becomes a memory"),
            Step::Back { file, .. } => told(&file.name, "is taken, and its memory shown if it is hidden"),
            Step::Archive { name, .. } => told(name, "is gone: its memory is archived"),
            Step::Remove { file, .. } => told(&file.name, "is removed: its memory is hidden or forgotten"),
            Step::Tell { name, what } => told(name, what),
            Step::Part { .. } | Step::Agree { .. } => None,
        }
    }
}

/// What is to be done, in the order of names.
pub(super) fn plan(rows: &[MirrorFile], marks: &[Mark], found: &[Found]) -> Vec<Step> {
    let marks: BTreeMap<MemoryId, &Mark> = marks.iter().map(|mark| (mark.id, mark)).collect();
    let mut named: HashMap<MemoryId, Vec<&Found>> = HashMap::new();
    for file in found {
        if let Content::Memory(id) = file.content {
            named.entry(id).or_default().push(file);
        }
    }
    let at: HashMap<&str, &Found> = found.iter().map(|file| (file.name.as_str(), file)).collect();
    let (mut steps, mut used, mut known) = (Vec::new(), HashSet::new(), HashSet::new());
    for row in rows {
        known.insert(row.memory);
        let theirs = named.get(&row.memory).map_or(&[][..], Vec::as_slice);
        let file = match at.get(row.name.as_str()) {
            Some(file) if matches!(file.content, Content::Note) && theirs.is_empty() => Some(*file),
            // It cannot be read; that is told below, and nothing of it is touched.
            Some(file) if matches!(file.content, Content::Bad(_)) && theirs.is_empty() => continue,
            _ => theirs.iter().find(|file| file.name == row.name).or(theirs.first()).copied(),
        };
        used.extend(file.map(|file| file.name.as_str()));
        steps.extend(of_row(row, file, marks.get(&row.memory).copied()));
    }
    for file in found.iter().filter(|file| !used.contains(file.name.as_str())) {
        let step = match &file.content {
            Content::Bad(why) => Step::Tell { name: file.name.clone(), what: format!("not taken: {why}") },
            Content::Note => Step::Store { file: file.clone() },
            Content::Memory(id) if known.insert(*id) => Step::Back { id: *id, file: file.clone() },
            Content::Memory(id) => {
                let what =
                    format!("not taken: another file has the id {id} too; take its `id` line out to save it anew");
                Step::Tell { name: file.name.clone(), what }
            }
        };
        steps.push(step);
    }
    let live = marks.values().filter(|mark| mark.lifecycle == Lifecycle::Live && !known.contains(&mark.id));
    steps.extend(live.map(|mark| Step::Write { id: mark.id, name: None, over: None }));
    steps
}

/// What becomes of a memory that has, or had, a file.
fn of_row(row: &MirrorFile, file: Option<&Found>, mark: Option<&Mark>) -> Option<Step> {
    let id = row.memory;
    let is_live = mark.is_some_and(|mark| mark.lifecycle == Lifecycle::Live);
    let moved = mark.filter(|mark| mark.revision != row.revision);
    let Some(file) = file else {
        return Some(match moved {
            _ if !is_live => Step::Part { id },
            Some(_) => Step::Write { id, name: Some(row.name.clone()), over: None },
            None => Step::Archive { id, name: row.name.clone(), revision: row.revision },
        });
    };
    let file = file.clone();
    let is_edited = file.hash != row.hash;
    match mark {
        None if is_edited => {
            let what =
                "not taken: its memory was forgotten, or belongs elsewhere now; take its `id` line out to save it anew";
            Some(Step::Tell { name: file.name, what: what.to_owned() })
        }
        None => Some(Step::Remove { id, file }),
        Some(_) if !is_edited && !is_live => Some(Step::Remove { id, file }),
        Some(_) if !is_edited && moved.is_some() => {
            Some(Step::Write { id, over: Some(file.hash), name: Some(file.name) })
        }
        Some(_) if !is_edited => (file.name != row.name).then_some(Step::Agree { id, file, revision: row.revision }),
        Some(_) if is_live && moved.is_none() => Some(Step::Take { id, file, revision: row.revision }),
        Some(_) => Some(Step::Both { id, file }),
    }
}

#[cfg(test)]
mod tests;
