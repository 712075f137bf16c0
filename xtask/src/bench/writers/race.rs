//! One race: the processes are brought up, let go together, and what they say is gathered.
//!
//! It must not know how they write. Invariant: nobody writes before all are ready; what was kept is counted again at
//! the place itself when all have ended.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::Row;
use super::fsync::Fsync;
use super::process::{self, Mode, Synchronous};
use crate::bench::figures::Figures;
use crate::bench::scratch::{self, Scratch};
use crate::shell::Outcome;

/// A daemon that does not listen by then never will.
const START: Duration = Duration::from_secs(30);

pub(super) struct Race {
    pub(super) quipu: PathBuf,
    pub(super) fsync: Fsync,
    pub(super) processes: usize,
    pub(super) each: usize,
}

impl Race {
    /// All write in this way, on a place that is new.
    pub(super) fn run(&self, mode: Mode, synchronous: Synchronous) -> Result<Row, String> {
        let home = Scratch::new(self.quipu.clone())?;
        if mode == Mode::Quipu {
            let daemon = Daemon::start(&home, &self.fsync)?;
            let row = self.race(mode, synchronous, &home.paths.socket)?;
            let kept = scratch::stats(&mut home.client()?)?.by_kind.iter().map(|(_, n)| *n as usize).sum();
            drop(daemon);
            return counted(row, kept);
        }
        let place = home.folder().join("direct.db");
        process::make(&place)?;
        let row = self.race(mode, synchronous, &place)?;
        counted(row, process::count(&place)?)
    }

    fn race(&self, mode: Mode, synchronous: Synchronous, place: &Path) -> Result<Row, String> {
        let mut writers = Vec::new();
        for writer in 0..self.processes {
            let words = process::words(mode, synchronous, place, self.each, writer);
            writers.push(Writer::start(&words, &self.fsync)?);
        }
        for writer in &mut writers {
            writer.ready(&self.fsync)?;
        }
        for writer in &mut writers {
            writer.go()?;
        }
        let (took, seconds) = (Figures::default(), 0.0);
        let mut row = Row { mode, synchronous, kept: 0, failed: 0, took, seconds, why: None };
        for writer in writers {
            writer.finish(&mut row)?;
        }
        Ok(row)
    }
}

/// An answer that says `kept` for what is not there would make every figure worthless.
fn counted(row: Row, there: usize) -> Result<Row, String> {
    if there < row.kept {
        return Err(format!("{}: {} were acknowledged and {there} are there", row.name(), row.kept));
    }
    Ok(row)
}

struct Writer {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Writer {
    fn start(words: &[String], fsync: &Fsync) -> Result<Self, String> {
        let xtask = std::env::current_exe().map_err(|error| format!("cannot tell where xtask lies: {error}"))?;
        let mut command = Command::new(xtask);
        command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        fsync.put_on(&mut command);
        let mut child = command.spawn().map_err(|error| format!("cannot start a writer: {error}"))?;
        let output = child.stdout.take().ok_or("a writer has no output")?;
        Ok(Self { child, output: BufReader::new(output) })
    }

    /// Waits until it is, and sees that its fsync is the one that was asked for.
    fn ready(&mut self, fsync: &Fsync) -> Outcome {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        let slow = line.strip_prefix("ready ").and_then(|rest| rest.trim().parse().ok());
        let slow = slow.map(Duration::from_micros).ok_or("a writer did not get ready; what it says stands above")?;
        if !fsync.agrees(slow) {
            return Err(format!("an fsync takes {slow:?} in a writer: the library that slows it down was not loaded"));
        }
        Ok(())
    }

    fn go(&mut self) -> Outcome {
        let stdin = self.child.stdin.as_mut().ok_or("a writer has no input")?;
        stdin.write_all(b"go\n").and_then(|()| stdin.flush()).map_err(|error| format!("a writer is gone: {error}"))
    }

    fn finish(mut self, row: &mut Row) -> Outcome {
        let mut told = String::new();
        self.output.read_to_string(&mut told).map_err(|error| error.to_string())?;
        for line in told.lines() {
            let mut words = line.splitn(3, ' ');
            let (what, micros) = (words.next().unwrap_or_default(), words.next().and_then(|n| n.parse().ok()));
            let micros: f64 = micros.ok_or_else(|| format!("a writer says what nobody understands: {line}"))?;
            match what {
                "all" => row.seconds = row.seconds.max(micros / 1e6),
                "kept" => row.kept += 1,
                _ => {
                    row.failed += 1;
                    row.why = row.why.take().or_else(|| words.next().map(str::to_owned));
                }
            }
            if what != "all" {
                row.took.add_ms(micros / 1e3);
            }
        }
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // One that has ended is only waited for; one that a failure left behind waits for a word that never comes.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// quipu's daemon, started by us so that it gets the slow fsync; a client would start one in a clean environment.
struct Daemon<'a> {
    home: &'a Scratch,
    child: Child,
}

impl<'a> Daemon<'a> {
    fn start(home: &'a Scratch, fsync: &Fsync) -> Result<Self, String> {
        let mut command = home.command(&["daemon", "run"]);
        fsync.put_on(&mut command);
        // As a client that starts one would (see `lifecycle/start.rs`).
        command.env("MALLOC_ARENA_MAX", "2").stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().map_err(|error| format!("cannot start the daemon: {error}"))?;
        let mut daemon = Self { home, child };
        let patience = Instant::now() + START;
        while !home.client().is_ok_and(|mut client| scratch::health(&mut client).is_ok()) {
            let ended = daemon.child.try_wait().ok().flatten();
            if let (Some(_), _) | (_, true) = (ended, Instant::now() > patience) {
                return Err("the daemon does not listen".to_owned());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(daemon)
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        if self.home.run(&["down"]).is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
