//! What somebody asks for, understood: names, patterns, lengths.
//! It must not know who holds what.
//! Invariant: a pattern is absolute and its links are followed, as those of a file that is asked about are.

use std::path::{Component, Path, PathBuf};

use quipu_core::lease::glob::Glob;
use quipu_core::lease::{self, MAX_GLOBS, MAX_PERMITS, Mode, PATHS, ROLE, Want};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::lease::{LeaseRequest, LeaseTarget};
use quipu_store::lease::{LeaseRow, ResourceRef};

use crate::service::Service;

/// Longest name, in bytes.
const MAX_NAME: usize = 64;
/// Longest reason, in characters.
const MAX_REASON: usize = 300;

/// What is asked for.
pub(super) fn of(request: &LeaseRequest) -> Result<(ResourceRef, Want), Fault> {
    match (&request.name, request.paths.is_empty()) {
        (Some(name), true) => {
            let take = request.take.unwrap_or(1);
            if take == 0 || take > MAX_PERMITS {
                return Err(bad_permits());
            }
            Ok((resource(name)?, Want::Permits(take)))
        }
        (None, false) => {
            let mode = if request.shared { Mode::Shared } else { Mode::Exclusive };
            Ok((files(), Want::Paths { globs: globs(&request.paths, request.cwd.as_deref())?, mode }))
        }
        _ => Err(one_of()),
    }
}

/// What a lease is on.
pub(super) fn named(target: &LeaseTarget) -> Result<ResourceRef, Fault> {
    match (&target.name, target.paths.is_empty()) {
        (Some(name), true) if name != PATHS => resource(name),
        (None, false) => Ok(files()),
        (Some(_), true) if target.token.is_some() => Ok(files()),
        _ => Err(one_of()),
    }
}

/// How many permits a name has.
pub(super) fn permits(request: &LeaseRequest) -> Result<Option<u32>, Fault> {
    match request.permits {
        Some(of) if of == 0 || of > MAX_PERMITS => Err(bad_permits()),
        of => Ok(of.filter(|_| request.name.is_some())),
    }
}

/// How long a lease lasts, in ms.
pub(in crate::service) fn ttl(asked: Option<u64>) -> Result<u64, Fault> {
    let (least, most) = lease::TTLS;
    let ttl = asked.unwrap_or(lease::TTL);
    if (least..=most).contains(&ttl) {
        return Ok(ttl);
    }
    Err(Fault::new(
        FaultKind::Caller,
        "bad_ttl",
        format!("a lease lasts {} s to {} days", least / 1_000, most / 86_400_000),
    )
    .hint("for example `--ttl 1h`; it can be renewed"))
}

/// Why it is asked for, as it may be kept.
pub(in crate::service) fn reason(
    service: &Service,
    cwd: Option<&str>,
    reason: Option<&str>,
) -> Result<Option<String>, Fault> {
    let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else { return Ok(None) };
    if reason.chars().count() > MAX_REASON {
        return Err(Fault::new(FaultKind::Caller, "too_long", format!("a reason has at most {MAX_REASON} characters"))
            .hint("say it shorter; a longer text is for `quipu save`"));
    }
    Ok(Some(service.safe(cwd).text(reason)))
}

/// Patterns, as they are kept.
pub(super) fn globs(texts: &[String], cwd: Option<&str>) -> Result<Vec<Glob>, Fault> {
    if texts.len() > MAX_GLOBS {
        return Err(Fault::new(FaultKind::Caller, "too_many", format!("a lease has at most {MAX_GLOBS} patterns"))
            .hint("name the folder that they lie in"));
    }
    texts.iter().map(|text| glob(text, cwd)).collect()
}

fn glob(text: &str, cwd: Option<&str>) -> Result<Glob, Fault> {
    let bad = |message: String| {
        Fault::new(FaultKind::Caller, "bad_path", message)
            .hint("write a path or a pattern of paths: `src/auth`, `src/**/*.sql`")
    };
    if text.trim().is_empty() {
        return Err(bad("an empty path covers nothing".to_owned()));
    }
    let path = match cwd {
        Some(cwd) => Path::new(cwd).join(text),
        None => PathBuf::from(text),
    };
    Glob::parse(&real(&path).to_string_lossy()).map_err(|error| bad(error.to_string()))
}

/// A path with the links of what is there of it followed: two names of one file are one.
pub(in crate::service) fn real(path: &Path) -> PathBuf {
    let is_pattern = |part: &Component<'_>| part.as_os_str().to_string_lossy().contains(['*', '?']);
    let plain: PathBuf = path.components().take_while(|part| !is_pattern(part)).collect();
    let found = plain.ancestors().find_map(|above| {
        let real = std::fs::canonicalize(above).ok()?;
        Some((real, above.components().count()))
    });
    match found {
        Some((real, parts)) => path.components().skip(parts).fold(real, |path, part| path.join(part)),
        None => path.to_owned(),
    }
}

/// Whether a lease is on exactly these patterns, or on whatever where none are named.
pub(super) fn is_of(row: &LeaseRow, globs: &[Glob]) -> bool {
    match &row.claim.want {
        Want::Paths { globs: own, .. } if !globs.is_empty() => {
            own.iter().all(|glob| globs.contains(glob)) && globs.iter().all(|glob| own.contains(glob))
        }
        _ => true,
    }
}

/// Whether a lease has a file in common with patterns.
pub(super) fn is_about(row: &LeaseRow, globs: &[Glob]) -> bool {
    match &row.claim.want {
        Want::Paths { globs: own, .. } => own.iter().any(|glob| globs.iter().any(|asked| glob.overlaps(asked))),
        Want::Permits(_) => false,
    }
}

/// What is held, as a person names it.
pub(super) fn said(row: &LeaseRow) -> String {
    match &row.claim.want {
        Want::Paths { globs, .. } => globs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Want::Permits(_) => row.resource.name.clone(),
    }
}

fn files() -> ResourceRef {
    ResourceRef { name: PATHS.to_owned(), project: None }
}

fn resource(name: &str) -> Result<ResourceRef, Fault> {
    let bad = |message: String, hint: &str| Err(Fault::new(FaultKind::Caller, "bad_name", message).hint(hint));
    if name.starts_with(ROLE) {
        return bad(
            format!("`{name}` is a role"),
            "`quipu role take NAME` takes it, `quipu role give NAME` gives it up",
        );
    }
    if name == PATHS {
        return bad(format!("`{name}` stands for files"), "name the files: `--path src/auth`");
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-' | '/');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(fits) {
        return bad(
            format!("`{name}` is no name of a lease"),
            "1 to 64 letters, digits and `._:/-`: `build`, `port:3000`; files are named by `--path`",
        );
    }
    Ok(ResourceRef { name: name.to_owned(), project: None })
}

fn one_of() -> Fault {
    Fault::new(FaultKind::Caller, "nothing_asked", "a lease is on a name or on files, one of them")
        .hint("`quipu lease acquire build`, or `quipu lease acquire --path src/auth`")
}

fn bad_permits() -> Fault {
    Fault::new(FaultKind::Caller, "bad_permits", format!("a name has 1 to {MAX_PERMITS} permits"))
        .hint("for example `--permits 3`")
}
