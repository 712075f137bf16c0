//! `quipu lease guard`: a check before each commit of a repository, beside whatever hook is there already.
//! It must not know who may hold what.
//! Invariant: a hook that somebody else wrote is kept byte for byte but for our own lines, and comes back as it was; one that
//! is no shell script is not touched. Without a daemon nothing is checked and nothing is held up.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use quipu_core::lease::glob::Glob;
use quipu_core::lease::is_one_session;
use quipu_core::memory::SessionRef;
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::lease::{LeaseView, LeasesReply, LeasesRequest};

use super::holder;
use crate::args::lease::Guard;
use crate::connect::Daemon;
use crate::output::{BAD, DIM, Form, GOOD, WARN, json, styled};

/// What stands round our lines.
const BEGIN: &str = "# >>> quipu lease guard >>>\n";
const END: &str = "# <<< quipu lease guard <<<\n";
/// Our lines: a repository outlives an installation.
const LINES: &str = "if command -v quipu >/dev/null 2>&1; then quipu lease guard check || exit 1; fi\n";
/// What a hook of our own begins with.
const SHELL: &str = "#!/bin/sh\n";
/// Programs that understand our lines.
const SHELLS: [&str; 5] = ["sh", "bash", "dash", "zsh", "ksh"];

pub(super) fn guard(wanted: &Guard, form: Form) -> Result<ExitCode, Fault> {
    match wanted {
        Guard::Check => return check(form),
        Guard::Install => install(form)?,
        Guard::Uninstall => uninstall(form)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn install(form: Form) -> Result<(), Fault> {
    let hook = hook()?;
    let before = read(&hook)?;
    let is_there = before.as_deref().is_some_and(|text| text.contains(BEGIN));
    if !is_there {
        write(&hook, &with(before.as_deref(), &hook)?)?;
    }
    let outcome = if is_there { "unchanged" } else { "installed" };
    told(form, outcome, &hook);
    Ok(())
}

fn uninstall(form: Form) -> Result<(), Fault> {
    let hook = hook()?;
    let after = read(&hook)?.as_deref().and_then(without);
    let outcome = match after {
        None => "unchanged",
        Some(text) if text == SHELL => {
            std::fs::remove_file(&hook).map_err(|error| cannot(&hook, &error))?;
            "removed"
        }
        Some(text) => {
            write(&hook, &text)?;
            "removed"
        }
    };
    told(form, outcome, &hook);
    Ok(())
}

fn told(form: Form, outcome: &str, hook: &Path) {
    if form == Form::Json {
        json(&serde_json::json!({ "outcome": outcome, "hook": hook }));
        return;
    }
    let words = match outcome {
        "installed" => "commits of files that others have leased are told of, and refused where the lease says so",
        "removed" => "the guard is gone; what else was there is as it was",
        _ => "nothing to do",
    };
    anstream::println!("{} {words} {}", styled(GOOD, outcome), styled(DIM, &format!("({})", hook.display())));
}

/// A hook with our lines in it, right after its first line: what comes later may end it.
fn with(before: Option<&str>, hook: &Path) -> Result<String, Fault> {
    let text = before.unwrap_or(SHELL);
    let (first, rest) = text.split_once('\n').map_or((text, ""), |(first, rest)| (first, rest));
    let program =
        first.strip_prefix("#!").and_then(|line| line.split_whitespace().find(|word| !word.ends_with("/env")));
    let name = program.and_then(|program| program.rsplit('/').next()).unwrap_or_default();
    if !SHELLS.contains(&name) || text.contains('\r') {
        return Err(Fault::new(
            FaultKind::Conflict,
            "other_hook",
            format!("{} is there and no shell script of a form that is known", hook.display()),
        )
        .hint("call `quipu lease guard check` from it yourself, and end it where that fails"));
    }
    Ok(format!("{first}\n{BEGIN}{LINES}{END}{rest}"))
}

/// A hook without our lines; none where there are none.
fn without(text: &str) -> Option<String> {
    let from = text.find(BEGIN)?;
    let to = from + text[from..].find(END)? + END.len();
    Some(format!("{}{}", &text[..from], &text[to..]))
}

/// The repository's hook before a commit.
fn hook() -> Result<PathBuf, Fault> {
    let hooks = PathBuf::from(git(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"])?);
    let own =
        [git(&["rev-parse", "--path-format=absolute", "--git-common-dir"]), git(&["rev-parse", "--show-toplevel"])];
    let is_own = own.into_iter().flatten().any(|place| hooks.starts_with(place));
    if !is_own {
        return Err(Fault::new(
            FaultKind::Conflict,
            "shared_hooks",
            format!("hooks of this repository lie in {}, which others share (`core.hooksPath`)", hooks.display()),
        )
        .hint("call `quipu lease guard check` from the hook there yourself"));
    }
    let hook = hooks.join("pre-commit");
    if hook.is_symlink() {
        return Err(Fault::new(FaultKind::Conflict, "other_hook", format!("{} is a link", hook.display()))
            .hint("call `quipu lease guard check` from the file that it leads to yourself"));
    }
    Ok(hook)
}

fn git(args: &[&str]) -> Result<String, Fault> {
    let refused = |why: String| {
        Fault::new(FaultKind::Caller, "no_repository", format!("git does not say where the hooks are: {why}"))
            .hint("run it in a repository's working tree")
    };
    let output = Command::new("git").args(args).output().map_err(|error| refused(error.to_string()))?;
    if !output.status.success() {
        return Err(refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
}

fn read(hook: &Path) -> Result<Option<String>, Fault> {
    match std::fs::read_to_string(hook) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot(hook, &error)),
    }
}

/// Puts a hook in the place of the one that is there, whole, with its mode.
fn write(hook: &Path, text: &str) -> Result<(), Fault> {
    let put = || {
        let dir = hook.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(dir)?;
        let mode = std::fs::metadata(hook).map_or(0o755, |meta| meta.permissions().mode());
        let file = tempfile::NamedTempFile::new_in(dir)?;
        std::fs::write(file.path(), text)?;
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode))?;
        file.persist(hook).map(drop).map_err(|error| error.error)
    };
    put().map_err(|error| cannot(hook, &error))
}

fn cannot(hook: &Path, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Unavailable, "cannot_write", format!("{}: {error}", hook.display()))
        .hint("look at the permissions of the repository's hooks")
}

/// Says which files that are about to be committed others have leased; refuses where a lease says so.
fn check(form: Form) -> Result<ExitCode, Fault> {
    let request = LeasesRequest::default();
    let reply: Option<LeasesReply> = Daemon::new()?.post_if_up("/v1/leases/list", &request)?;
    let leases = reply.map(|reply| reply.leases).unwrap_or_default();
    let session = Env::read().session.as_deref().and_then(SessionRef::parse);
    let is_others = |lease: &&LeaseView| {
        let holder = lease.holder.session.as_deref().and_then(SessionRef::parse);
        let is_own = match (&session, &holder) {
            (Some(own), Some(holder)) => is_one_session(own, holder),
            // A person's lease is no obstacle to a person.
            (None, None) => true,
            _ => false,
        };
        lease.state == "held" && !lease.paths.is_empty() && !is_own
    };
    let others: Vec<(&LeaseView, Vec<Glob>)> = leases
        .iter()
        .filter(is_others)
        .map(|lease| (lease, lease.paths.iter().filter_map(|path| Glob::parse(path).ok()).collect()))
        .collect();
    if others.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let root = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
    let root = std::fs::canonicalize(&root).unwrap_or(root);
    let staged = git(&["diff", "--cached", "--name-only", "-z"])?;
    let mut met = Vec::new();
    for file in staged.split('\0').filter(|file| !file.is_empty()) {
        let path = root.join(file).to_string_lossy().into_owned();
        let of = others.iter().filter(|(_, globs)| globs.iter().any(|glob| glob.covers(&path)));
        met.extend(of.map(|(lease, _)| (file.to_owned(), *lease)));
    }
    let refused = met.iter().any(|(_, lease)| lease.deny);
    if form == Form::Json {
        let row = |(file, lease): &(String, &LeaseView)| serde_json::json!({ "file": file, "lease": lease });
        json(&serde_json::json!({ "refused": refused, "files": met.iter().map(row).collect::<Vec<_>>() }));
    } else {
        for (file, lease) in &met {
            let mark = if lease.deny { styled(BAD, "quipu: refused:") } else { styled(WARN, "quipu: note:") };
            let why = lease.reason.as_ref().map(|why| format!(", \u{201c}{why}\u{201d}")).unwrap_or_default();
            anstream::eprintln!("{mark} {file} is leased by {}{why}", holder(&lease.holder));
        }
        if refused {
            let hint = "ask them, or wait until it is released (`quipu lease`); `git commit --no-verify` goes past it";
            anstream::eprintln!("{} {hint}", styled(DIM, "hint:"));
        }
    }
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_comes_back_as_it_was() {
        for text in ["#!/bin/sh\n", "#!/usr/bin/env bash\nset -e\nmake test\n", "#!/bin/bash -e\nexit 0", "#!/bin/sh"] {
            let there = with(Some(text), Path::new("h")).expect("a shell");
            let lines: Vec<&str> = there.lines().collect();
            assert!(lines[0].starts_with("#!") && format!("{}\n", lines[1]) == BEGIN, "{there}");
            let back = without(&there).expect("our lines");
            assert_eq!(back.trim_end_matches('\n'), text.trim_end_matches('\n'), "{text:?}");
        }
        assert_eq!(with(None, Path::new("h")).ok().as_deref().and_then(without).as_deref(), Some(SHELL));
        assert_eq!(without("#!/bin/sh\nmake\n"), None);
    }

    #[test]
    fn what_is_no_shell_script_is_left_alone() {
        for text in ["#!/usr/bin/env python3\nprint()\n", "\u{7f}ELF", "", "make test\n", "#!/bin/sh\r\nmake\r\n"] {
            assert!(with(Some(text), Path::new("h")).is_err(), "{text:?}");
        }
    }
}
