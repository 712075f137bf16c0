//! One process from spawn to its end, timed the same way whatever it is.
//!
//! It must not know what it runs. Invariant: same pipes, same environment and no search of `PATH` for all.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::scratch::Scratch;

pub(super) struct Program {
    make: Box<dyn Fn() -> Command>,
}

/// What came of one run.
pub(super) struct Ran {
    pub(super) took: Duration,
    pub(super) output: String,
}

impl Program {
    /// A program of the system.
    pub(super) fn of(home: &Scratch, name: &str, words: &'static [&'static str]) -> Result<Self, String> {
        let path = super::in_path(name).ok_or_else(|| format!("{name} is not in PATH"))?;
        Ok(Self::new(home, path, words))
    }

    /// The binary that is measured.
    pub(super) fn quipu(home: &Scratch, words: &'static [&'static str]) -> Self {
        Self::new(home, PathBuf::from(home.command(&[]).get_program()), words)
    }

    fn new(home: &Scratch, path: PathBuf, words: &'static [&'static str]) -> Self {
        let mut pattern = Command::new(&path);
        home.environment(&mut pattern);
        let variables: Vec<_> =
            pattern.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        let make = move || {
            let mut command = Command::new(&path);
            command.args(words).env_clear().envs(variables.iter().map(|(n, v)| (n, v)));
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            command
        };
        Self { make: Box::new(make) }
    }

    /// Runs it on `input`, to its end.
    pub(super) fn run(&self, input: &str) -> Result<Ran, String> {
        let mut command = (self.make)();
        let failed = |error: std::io::Error| format!("cannot run `{:?}`: {error}", (self.make)().get_program());
        let start = Instant::now();
        let mut child = command.spawn().map_err(failed)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read (`true`) may be gone already.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(failed)?;
        let took = start.elapsed();
        if !output.status.success() {
            return Err(format!("`{:?}` failed ({})", command.get_program(), output.status));
        }
        Ok(Ran { took, output: String::from_utf8_lossy(&output.stdout).into_owned() })
    }
}
