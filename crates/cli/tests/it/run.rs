//! Runs a program to its end, or ends it when it hangs, and waits for what takes a while.
//! It must not know homes or daemons.
//! Invariant: nothing here waits longer than `HANG`.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::HANG;

/// What a run of the binary left.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Exit code; -1 after a signal.
    pub(crate) code: i32,
    pub(crate) took: Duration,
}

impl Output {
    /// Standard output of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }
    /// Standard error of a run that must have failed with `code`.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:#?}");
        self.stderr
    }
    /// Standard output as JSON, however the run ended.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

/// Runs `command` to its end, with `input` on its standard input; ends it when it hangs.
pub(crate) fn run(mut command: Command, input: &[u8]) -> Output {
    let started = Instant::now();
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    finish(child, input, started)
}

/// The end of a child whose three streams are pipes.
pub(crate) fn finish(mut child: Child, input: &[u8], started: Instant) -> Output {
    let (mut stdin, stdout, stderr) = (child.stdin.take().unwrap(), child.stdout.take(), child.stderr.take());
    let reader = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = reader(stdout.map(|pipe| Box::new(pipe) as _));
    let err = reader(stderr.map(|pipe| Box::new(pipe) as _));
    // A child that does not read its input has closed it.
    let _ = stdin.write_all(input);
    drop(stdin);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if started.elapsed() > HANG => break None,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let took = started.elapsed();
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let output = Output {
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
        code: status.and_then(|status| status.code()).unwrap_or(-1),
        took,
    };
    assert!(status.is_some(), "it hung and was ended: {output:#?}");
    output
}

/// Waits until `done` gives something; what does not come is a failure.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut done: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = done() {
            return value;
        }
        assert!(started.elapsed() < HANG, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A tool in PATH; when it is missing the test says so and ends.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    if found.is_none() {
        println!("skipped: `{name}` is not in PATH");
    }
    found
}
