//! What somebody says of a scope, understood: where a memory holds, and from which places an answer is made.
//! It must not know doors, nor test what holds where (`quipu_core::scope`).
//! Invariant: what is typed is understood or refused with the forms; what is imported is taken in, and told of.

use quipu_core::memory::ProjectKey;
use quipu_core::scope::{AppliesTo, BadScope, FORMS, Privacy, Reach, Reader, Viewer};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::read::Scope;

use super::handle::Handle;
use super::{Service, get, show};
use crate::places;

/// Who asks for something to be written.
#[derive(Clone, Copy)]
pub(crate) enum Who<'a> {
    /// Somebody by command or socket, who reaches every project.
    Direct(Reader),
    /// An agent, whose connection reaches this far.
    Agent(&'a Handle),
}

impl Who<'_> {
    /// Who is answered.
    pub(super) fn reader(self) -> Reader {
        match self {
            Who::Direct(reader) => reader,
            Who::Agent(_) => Reader::Agent,
        }
    }

    /// Refuses a memory that he does not see: it is not there to be superseded.
    pub(super) fn sees(self, service: &Service, id: &str) -> Result<(), Fault> {
        match self {
            Who::Direct(reader) => show::seen(service, reader, id).map(drop),
            Who::Agent(handle) => get::one(service, handle, id, (0, 0)).map(drop),
        }
    }
}

/// What only one project has, or none.
const WHOLE: &str = "global";

/// Where a note holds, as it is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Holds {
    pub(super) applies_to: String,
    /// Words to file it under too.
    pub(super) keywords: Vec<String>,
    /// What was made of what was not understood.
    pub(super) notes: Vec<String>,
}

/// Where a note of `project` holds, as typed today.
///
/// # Errors
/// `bad_scope`, and a place that contradicts the project.
pub(super) fn typed(text: &str, project: Option<&ProjectKey>) -> Result<Holds, Fault> {
    let text = text.trim();
    let read = AppliesTo::parse(if text.is_empty() { WHOLE } else { text }, |path| places::file_key(project, path));
    let read = read.map_err(|error| bad_scope(&error))?;
    let has = |place| read.places().contains(&place);
    match project {
        Some(_) if has(quipu_core::scope::Place::Workspace) => {
            return Err(Fault::new(
                FaultKind::Caller,
                "contradiction",
                "a memory of one project does not hold in the whole workspace",
            )
            .hint(
                "`quipu save --global` writes one for every project; with `--supersedes ID` it takes this one's place",
            ));
        }
        None if has(quipu_core::scope::Place::Project) => {
            return Err(Fault::new(
                FaultKind::Caller,
                "contradiction",
                "a memory of every project has no project of its own",
            )
            .hint("leave `--global` out, and it belongs to the project of the directory"));
        }
        _ => {}
    }
    let kept = read.to_string();
    let applies_to = if read.narrow().is_empty() { WHOLE.to_owned() } else { kept };
    Ok(Holds { applies_to, keywords: Vec::new(), notes: Vec::new() })
}

/// The same of what an earlier system wrote: it stays as it was written, but for what has no form that is known, which
/// becomes words to file the note under.
pub(super) fn written(text: &str, project: Option<&ProjectKey>) -> Holds {
    let repaired = AppliesTo::repair(text, |path| places::file_key(project, path));
    let trimmed = text.trim();
    if repaired.keywords.is_empty() && !trimmed.is_empty() {
        return Holds { applies_to: trimmed.to_owned(), keywords: Vec::new(), notes: Vec::new() };
    }
    let notes =
        repaired.keywords.iter().map(|word| format!("`{word}` is no place that is known, and became a keyword"));
    Holds { applies_to: repaired.applies_to.to_string(), notes: notes.collect(), keywords: repaired.keywords }
}

/// Who looks at what is within `scope`, and at which of its places.
///
/// # Errors
/// `bad_scope`.
pub(super) fn viewer(reader: Reader, params: &ScopeParams, scope: &Scope) -> Result<Viewer, Fault> {
    let Some(only) = &params.only else { return Ok(Viewer { reader, reach: Reach::Every }) };
    let project = if let Scope::Project(key) = scope { Some(key) } else { None };
    let place =
        AppliesTo::parse_one(only, |path| places::file_key(project, path)).map_err(|error| bad_scope(&error))?;
    Ok(Viewer { reader, reach: Reach::Only(place) })
}

/// Refuses a place where an operation is not made from single ones.
///
/// # Errors
/// `bad_scope`.
pub(super) fn whole(params: &ScopeParams) -> Result<(), Fault> {
    match &params.only {
        None => Ok(()),
        Some(only) => {
            let message = format!("this is not made from one place (`{only}`)");
            Err(Fault::new(FaultKind::Caller, "bad_scope", message).hint("leave `scope.only` out"))
        }
    }
}

fn bad_scope(error: &BadScope) -> Fault {
    let hint = match error {
        BadScope::Unknown(_) | BadScope::Nowhere(_) | BadScope::TooLong => {
            format!("the forms are {FORMS}; several with commas between them")
        }
        BadScope::Several(_) => format!("name one: {FORMS}"),
    };
    Fault::new(FaultKind::Caller, "bad_scope", error.to_string()).hint(hint)
}

/// The fault for an agent that says who may see what.
pub(super) fn a_persons() -> Fault {
    Fault::new(FaultKind::Caller, "private", "only a person says what no agent is told of")
        .hint("a person has to run it, in a terminal of their own")
}

/// Who may see what is saved.
pub(super) fn privacy(is_private: bool) -> Privacy {
    if is_private { Privacy::Private } else { Privacy::Shared }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_kept_in_one_spelling() {
        let acme = ProjectKey("/w/acme".into());
        for (text, project, expect) in [
            ("", Some(&acme), Ok("global")),
            ("global", Some(&acme), Ok("global")),
            ("project", Some(&acme), Ok("global")),
            ("workspace", None, Ok("global")),
            ("file:./src//a.rs", Some(&acme), Ok("file:src/a.rs")),
            ("file:/w/acme/src/a.rs, b.rs", Some(&acme), Ok("file:src/a.rs, file:b.rs")),
            ("global, area:x", Some(&acme), Ok("global")),
            ("workspace", Some(&acme), Err("contradiction")),
            ("project", None, Err("contradiction")),
            ("src/a.rs", Some(&acme), Err("bad_scope")),
            ("file:../a.rs", None, Err("bad_scope")),
        ] {
            let held = typed(text, project).map(|holds| holds.applies_to).map_err(|fault| fault.code);
            assert_eq!(held, expect.map(str::to_owned).map_err(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn what_is_imported_stays_as_it_was_written() {
        for (text, expect, keywords) in [
            ("file:./src//a.rs, file:b", "file:./src//a.rs, file:b", 0),
            ("global", "global", 0),
            ("", "global", 0),
            ("service:billing", "global", 1),
            ("service:billing, area:x", "area:x", 1),
        ] {
            let held = written(text, None);
            assert_eq!(
                (held.applies_to.as_str(), held.keywords.len(), held.notes.len()),
                (expect, keywords, keywords),
                "{text:?}"
            );
        }
    }
}
