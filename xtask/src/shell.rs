//! Running other programs: without stdin, with a word about what failed.
//!
//! It must not know which programs, or why.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How a chore ends: well, or with the sentence to print.
pub(crate) type Outcome = Result<(), String>;

/// A chore that takes no arguments says so instead of ignoring them.
pub(crate) fn no_arguments(args: &[String]) -> Outcome {
    if args.is_empty() { Ok(()) } else { Err(format!("takes no arguments, but was given: {}", args.join(" "))) }
}

/// The root of the workspace: the nearest folder upwards that holds this crate's manifest.
pub(crate) fn root() -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|error| format!("cannot tell the working directory: {error}"))?;
    let root = here.ancestors().find(|folder| folder.join("xtask/Cargo.toml").is_file());
    root.map(Path::to_path_buf).ok_or_else(|| "run this inside the repository".to_owned())
}

/// The cargo that runs us, at the root of the workspace.
pub(crate) fn cargo(args: &[&str]) -> Result<Command, String> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root()?);
    Ok(command)
}

/// Runs to the end; what the program prints goes straight to our own stdout and stderr.
///
/// No pipe between: a process that a test forgets would hold it open and hang us.
pub(crate) fn stream(command: &mut Command) -> Outcome {
    let shown = shown(command);
    let status = command.stdin(Stdio::null()).status().map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed ({status})")) }
}

/// Whether the program is there and exits 0; what it prints is dropped.
pub(crate) fn answers(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs quietly, for so long at most; a program that takes longer is ended.
pub(crate) fn within(limit: Duration, command: &mut Command) -> Outcome {
    let shown = shown(command);
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = quiet.spawn().map_err(|error| format!("cannot run `{shown}`: {error}"))?;
    let started = Instant::now();
    let status: Option<ExitStatus> = loop {
        match child.try_wait().map_err(|error| format!("lost sight of `{shown}`: {error}"))? {
            Some(status) => break Some(status),
            None if started.elapsed() >= limit => break None,
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("`{shown}` failed ({status})")),
        None => {
            // It may end by itself between the look and the kill; then there is nothing left to end.
            child.kill().and_then(|()| child.wait().map(drop)).ok();
            Err(format!("`{shown}` took longer than {} s", limit.as_secs()))
        }
    }
}

/// Whether a program of that name stands in `PATH`.
pub(crate) fn in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
