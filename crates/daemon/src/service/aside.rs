//! What is asked of what stands beside a memory's text, read from a request: links, work, files, symbols.
//! It must not know what a memory allows, nor other memories.
//! Invariant: a path is absolute and without steps back before it goes on; a symbol or path is redacted like a text.

use std::path::Path;

use jiff::Zoned;
use quipu_core::aside::{Aside, AsideEdit, LONGEST, Names, Parts};
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::link::{End, Link, Relation};
use quipu_core::work::{Due, Priority, Status, Step};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::{SaveRequest, UpdateRequest};
use quipu_protocol::wire::search::ScopeParams;
use quipu_protocol::wire::work::{LinkParam, WorkView};
use quipu_store::read::Scope;

use super::Service;
use super::show::memory_id;
use crate::dates;
use crate::places;

/// What a save asks for, and the links to it that others are to keep.
pub(super) fn of_save(
    request: &SaveRequest,
    kind: Kind,
    root: Option<&str>,
    mut safe: impl FnMut(&str) -> String,
) -> Result<(Aside, Vec<Link>), Fault> {
    let mut aside = Aside::new(kind);
    let is_of_work = request.status.is_some() || request.priority.is_some() || request.due.is_some();
    match &mut aside.work {
        None if is_of_work => {
            let message = format!("a {} has no status, priority or due date", kind.as_str());
            return Err(Fault::new(FaultKind::Caller, "not_work", message)
                .hint("save it as a `work_item` (`quipu work add TEXT`), or leave them out"));
        }
        None => {}
        Some(work) => {
            if let Some(status) = &request.status {
                work.status = named_status(status)?;
            }
            if let Some(priority) = &request.priority {
                work.priority = named_priority(priority)?;
            }
            if let Some(due) = &request.due {
                work.due = match named_due(due)? {
                    Due::At(at) => Some(at),
                    Due::Never => None,
                };
            }
        }
    }
    let mut kept_by = Vec::new();
    for param in &request.links {
        let (link, end) = link(param)?;
        match end {
            End::Keeper => drop(aside.links.insert(link)),
            End::Other => kept_by.push(link),
        }
    }
    let base = request.cwd.as_deref().or(root);
    aside.files =
        request.files.iter().map(|file| path(file, base, root).map(|p| safe(&p))).collect::<Result<_, _>>()?;
    aside.symbols = request.symbols.iter().map(|name| symbol(name).map(&mut safe)).collect::<Result<_, _>>()?;
    Ok((aside, kept_by))
}

/// What an update asks for; `root` is the project's, if the memory has one.
pub(super) fn of_update(
    request: &UpdateRequest,
    root: Option<&str>,
    mut safe: impl FnMut(&str) -> String,
) -> Result<AsideEdit, Fault> {
    let kept = |params: &[LinkParam]| -> Result<Vec<Link>, Fault> {
        params
            .iter()
            .map(|param| match link(param)? {
                (link, End::Keeper) => Ok(link),
                (_, End::Other) => {
                    let message = format!("a link `{}` is kept with the other memory", param.relation);
                    Err(Fault::new(FaultKind::Caller, "bad_relation", message)
                        .hint("`POST /v1/links` (`quipu link`) takes it from either side"))
                }
            })
            .collect()
    };
    let links = Names { add: kept(&request.add_links)?, remove: kept(&request.remove_links)? };
    let base = request.scope.cwd.as_deref().or(root);
    let mut paths = |files: &[String]| -> Result<Vec<String>, Fault> {
        files.iter().map(|file| path(file, base, root).map(|p| safe(&p))).collect()
    };
    let files = Names { add: paths(&request.add_files)?, remove: paths(&request.remove_files)? };
    let mut names = |names: &[String]| -> Result<Vec<String>, Fault> {
        names.iter().map(|name| symbol(name).map(&mut safe)).collect()
    };
    let symbols = Names { add: names(&request.add_symbols)?, remove: names(&request.remove_symbols)? };
    Ok(AsideEdit {
        step: match request.status.as_deref().map(str::trim) {
            None => None,
            Some("unblocked") => Some(Step::Unblock),
            Some(status) => Some(Step::To(named_status(status)?)),
        },
        priority: request.priority.as_deref().map(named_priority).transpose()?,
        due: request.due.as_deref().map(named_due).transpose()?,
        links,
        files,
        symbols,
        parts: if request.with_children { Parts::Close } else { Parts::Keep },
    })
}

/// The same from what was taken out once: what is not understood of it is left out.
pub(super) fn of_view<'v>(
    kind: Kind,
    work: Option<&WorkView>,
    links: impl Iterator<Item = (&'v str, &'v str)>,
    (files, symbols): (&[String], &[String]),
    mut safe: impl FnMut(&str) -> String,
) -> Aside {
    let kept = |(word, id): (&str, &str)| match Relation::parse(word)? {
        (relation, End::Keeper) => Some(Link { relation, to: id.parse().ok()? }),
        (_, End::Other) => None,
    };
    let mut aside = Aside::new(kind);
    if let (Some(own), Some(work)) = (&mut aside.work, work) {
        own.status = Status::parse(&work.status).unwrap_or(own.status);
        own.priority = Priority::parse(&work.priority).unwrap_or(own.priority);
        own.due = work.due_at.map(Millis);
    }
    aside.links = links.filter_map(kept).collect();
    aside.files = files.iter().map(|file| safe(file)).collect();
    aside.symbols = symbols.iter().map(|name| safe(name)).collect();
    aside
}

/// The files that a search is narrowed to, as a memory may have touched them: where they are named, and in the project's
/// main tree.
pub(super) fn touched(
    service: &Service,
    params: &ScopeParams,
    scope: &Scope,
    files: &[String],
) -> Result<Vec<String>, Fault> {
    let root = match scope {
        Scope::All => None,
        Scope::Project(key) => Some(key.0.as_str()),
    };
    // Who names another project means a path in that.
    let own = params
        .cwd
        .as_deref()
        .filter(|cwd| root.is_none_or(|root| service.project_of(cwd).is_ok_and(|key| key.0 == root)));
    let mut paths = Vec::new();
    for file in files {
        for tree in [None, root] {
            let path = path(file, own.or(root), tree)?;
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

/// A link as it is kept, and at which end the memory stands of which it is said.
pub(super) fn link(param: &LinkParam) -> Result<(Link, End), Fault> {
    let (relation, end) = relation(&param.relation)?;
    Ok((Link { relation, to: memory_id(&param.id)? }, end))
}

/// A relation by its word.
pub(super) fn relation(word: &str) -> Result<(Relation, End), Fault> {
    let word = word.trim().to_ascii_lowercase().replace('-', "_");
    Relation::parse(&word).ok_or_else(|| {
        let hint = match word.as_str() {
            "supersedes" | "superseded_by" => "`quipu update OLD --supersede-with NEW` puts one in the place of another",
            _ => "relations are: relates_to, depends_on, blocks, part_of; from the other side needed_by, blocked_by, has_part",
        };
        Fault::new(FaultKind::Caller, "bad_relation", format!("`{word}` is no relation")).hint(hint)
    })
}

/// A status by its word.
pub(super) fn named_status(name: &str) -> Result<Status, Fault> {
    let name = name.trim().to_ascii_lowercase();
    Status::parse(&name).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "bad_status", format!("`{name}` is no status"))
            .hint(format!("statuses are: {}", Status::ALL.map(Status::as_str).join(", ")))
    })
}

/// A priority by its word or number.
pub(super) fn named_priority(name: &str) -> Result<Priority, Fault> {
    Priority::parse(name.trim()).ok_or_else(|| {
        Fault::new(FaultKind::Caller, "bad_priority", format!("`{name}` is no priority"))
            .hint(format!("priorities are: {}, or 1 to 5", Priority::ALL.map(Priority::as_str).join(", ")))
    })
}

fn named_due(text: &str) -> Result<Due, Fault> {
    if matches!(text.trim(), "" | "none" | "never") {
        return Ok(Due::Never);
    }
    match dates::due(text, &Zoned::now()) {
        Ok(at) => Ok(Due::At(Millis(at))),
        Err(message) => Err(Fault::new(FaultKind::Caller, "bad_time", message).hint("`none` takes a due date away")),
    }
}

/// A file that a memory is about: from `base` on, where it is not absolute, and in the project's main tree.
fn path(file: &str, base: Option<&str>, root: Option<&str>) -> Result<String, Fault> {
    let file = file.trim();
    let bad =
        |why: &str, hint: &str| Err(Fault::new(FaultKind::Caller, "bad_path", format!("`{file}` {why}")).hint(hint));
    if file.is_empty() || file.len() > LONGEST || file.contains('\0') {
        return bad("is no path", "give the path of a file");
    }
    let base = match base {
        _ if file.starts_with('/') => Path::new("/"),
        Some(base) if base.starts_with('/') => Path::new(base),
        _ => return bad("is relative, and to what is not said", "give its absolute path, or `cwd`"),
    };
    let absolute = places::absolute(base, file);
    Ok(root.map_or_else(|| absolute.clone(), |root| places::in_main_tree(&absolute, root)))
}

fn symbol(name: &str) -> Result<&str, Fault> {
    match name.trim() {
        name if name.is_empty() || name.len() > LONGEST || name.chars().any(char::is_control) => {
            Err(Fault::new(FaultKind::Caller, "bad_symbol", format!("`{}` is no name", name.escape_debug()))
                .hint("give a name as it stands in the code: `Store::open`"))
        }
        name => Ok(name),
    }
}
