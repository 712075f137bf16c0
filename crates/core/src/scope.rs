//! Where a memory holds: `applies_to`, understood.
//! It must not know who asks (`scope/viewer.rs`), tables or files on a disk.
//! Invariant: what is typed is understood or refused; what an earlier system wrote is never refused, and never lost.

mod path;
#[cfg(test)]
mod tests;
mod viewer;

use std::fmt;

pub use path::file_key;
pub use viewer::{Home, Privacy, Reach, Reader, Standpoint, Viewer};

/// The forms of a place, as errors and help texts name them.
pub const FORMS: &str = "global, workspace, project, branch:NAME, area:NAME, file:PATH, session:ID";
/// Longest list that is kept, in bytes.
const LONGEST: usize = 4_096;

/// One place that a memory holds in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Wherever the memory is seen: in all of its project, or everywhere if it belongs to none.
    Global,
    /// Every project of the workspace: the memory belongs to none.
    Workspace,
    /// All of the memory's project.
    Project,
    /// While this branch is checked out.
    Branch(String),
    /// A part of the project that has a name and no border.
    Area(String),
    /// A file, or what lies in a folder: by its key ([`file_key`]).
    File(String),
    /// One session, by the agent's own id of it, with `AGENT/` before that or not.
    Session(String),
}

impl Place {
    /// Whether it is no narrower than the memory's project.
    pub fn is_whole(&self) -> bool {
        matches!(self, Place::Global | Place::Workspace | Place::Project)
    }

    /// The place that `text` names.
    fn read(text: &str) -> Option<Self> {
        match text {
            "global" => return Some(Place::Global),
            "workspace" => return Some(Place::Workspace),
            "project" => return Some(Place::Project),
            _ => {}
        }
        let (form, name) = text.split_once(':')?;
        let name = Some(name.trim()).filter(|name| !name.is_empty())?.to_owned();
        match form {
            "branch" => Some(Place::Branch(name)),
            "area" => Some(Place::Area(name)),
            "file" => Some(Place::File(name)),
            "session" => Some(Place::Session(name)),
            _ => None,
        }
    }

    /// The same place by another name; none where it has no name.
    fn named(&self, name: &str) -> Option<Self> {
        let make = match self {
            Place::Branch(_) => Place::Branch,
            Place::Area(_) => Place::Area,
            Place::File(_) => Place::File,
            Place::Session(_) => Place::Session,
            Place::Global | Place::Workspace | Place::Project => return None,
        };
        Some(make(name.to_owned()))
    }

    fn name_mut(&mut self) -> Option<&mut String> {
        match self {
            Place::Branch(name) | Place::Area(name) | Place::File(name) | Place::Session(name) => Some(name),
            Place::Global | Place::Workspace | Place::Project => None,
        }
    }

    /// With its path as `key` makes it; none where that leads nowhere.
    fn keyed(self, key: impl Fn(&str) -> Option<String>) -> Option<Self> {
        match self {
            Place::File(path) => key(&path).map(Place::File),
            other => Some(other),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Global => out.write_str("global"),
            Place::Workspace => out.write_str("workspace"),
            Place::Project => out.write_str("project"),
            Place::Branch(name) => write!(out, "branch:{name}"),
            Place::Area(name) => write!(out, "area:{name}"),
            Place::File(path) => write!(out, "file:{path}"),
            Place::Session(id) => write!(out, "session:{id}"),
        }
    }
}

/// Why a place that was typed is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadScope {
    /// It has no form that is known.
    #[error("`{0}` is no place that a memory can hold in")]
    Unknown(String),
    /// The path leads out of a project that is not known.
    #[error("`{0}` leads nowhere: it is a path without a project")]
    Nowhere(String),
    /// Several places, where one is asked for.
    #[error("`{0}` is more than one place")]
    Several(String),
    /// More than anybody reads.
    #[error("a scope has at most {LONGEST} bytes")]
    TooLong,
}

/// Where a memory holds: in any of some places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliesTo(Vec<Place>);

/// What an earlier system wrote, as far as it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// Where it holds.
    pub applies_to: AppliesTo,
    /// What has a form that is not known: words to file it under.
    pub keywords: Vec<String>,
}

impl AppliesTo {
    /// Wherever the memory is seen.
    pub fn global() -> Self {
        Self(vec![Place::Global])
    }

    /// What a person or a program of today says; `key` makes the key of a file of a path ([`file_key`]).
    ///
    /// # Errors
    /// A form that is not known, or a path that leads nowhere.
    pub fn parse(text: &str, key: impl Fn(&str) -> Option<String>) -> Result<Self, BadScope> {
        if text.len() > LONGEST || text.contains(char::is_control) {
            return Err(BadScope::TooLong);
        }
        let (places, unknown) = pieces(text);
        if let Some(unknown) = unknown.into_iter().next() {
            return Err(BadScope::Unknown(unknown));
        }
        let mut keyed = Vec::with_capacity(places.len());
        for place in places {
            let written = place.to_string();
            let place = place.keyed(&key).ok_or(BadScope::Nowhere(written))?;
            if !keyed.contains(&place) {
                keyed.push(place);
            }
        }
        if keyed.is_empty() { Err(BadScope::Unknown(text.trim().to_owned())) } else { Ok(Self(keyed)) }
    }

    /// A single place, as [`AppliesTo::parse`] reads it.
    ///
    /// # Errors
    /// The same, and a list.
    pub fn parse_one(text: &str, key: impl Fn(&str) -> Option<String>) -> Result<Place, BadScope> {
        let mut all = Self::parse(text, key)?.0;
        match all.pop() {
            Some(only) if all.is_empty() => Ok(only),
            _ => Err(BadScope::Several(text.trim().to_owned())),
        }
    }

    /// What an earlier system wrote: whatever is not understood becomes a word to file the memory under.
    pub fn repair(text: &str, key: impl Fn(&str) -> Option<String>) -> Repaired {
        let (places, mut keywords) = pieces(text);
        let mut keyed: Vec<Place> = Vec::with_capacity(places.len());
        for place in places {
            let written = place.to_string();
            match place.keyed(&key) {
                Some(place) if !keyed.contains(&place) => keyed.push(place),
                Some(_) => {}
                None => keywords.push(written),
            }
        }
        if keyed.is_empty() {
            keyed.push(Place::Global);
        }
        Repaired { applies_to: Self(keyed), keywords }
    }

    /// The places that it holds in; empty where it is no narrower than its project.
    pub fn narrow(self) -> Vec<Place> {
        if self.0.iter().any(Place::is_whole) { Vec::new() } else { self.0 }
    }

    /// Whether it is written for the file with this key, or for a folder that this lies in.
    pub fn is_of_file(&self, key: &str) -> bool {
        self.0.iter().any(|place| matches!(place, Place::File(written) if viewer::is_below(key, written)))
    }

    /// Its places, as they stand.
    pub fn places(&self) -> &[Place] {
        &self.0
    }
}

impl fmt::Display for AppliesTo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, place) in self.0.iter().enumerate() {
            write!(out, "{}{place}", if n == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// A list taken apart: places, and what is none.
///
/// A name may have a comma. So a piece without a form begins a new place, of the form before it, only where a space
/// follows the comma, as people write lists and not names.
fn pieces(text: &str) -> (Vec<Place>, Vec<String>) {
    let (mut places, mut unknown): (Vec<Place>, Vec<String>) = (Vec::new(), Vec::new());
    for piece in text.split(',') {
        let is_spaced = piece.starts_with(char::is_whitespace);
        let trimmed = piece.trim();
        if trimmed.is_empty() {
            continue;
        }
        if let Some(place) = Place::read(trimmed) {
            places.push(place);
            continue;
        }
        let has_form = trimmed.contains(':');
        let another = places.last().filter(|_| is_spaced && !has_form).and_then(|before| before.named(trimmed));
        if let Some(place) = another {
            places.push(place);
        } else if let Some(name) = places.last_mut().filter(|_| !is_spaced && !has_form).and_then(Place::name_mut) {
            name.push(',');
            name.push_str(piece.trim_end());
        } else {
            unknown.push(trimmed.to_owned());
        }
    }
    (places, unknown)
}
