//! A yardstick that is written in Python: its packages, and a process of one thread that answers line by line.
//!
//! It must not know what is measured. Invariant: packages come by name through pip into `target/bench-python` and
//! nowhere else; a process times its own work, so that the way to it costs nobody anything.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::shell;

/// Below the root of the repository.
const FOLDER: &str = "target/bench-python";

/// Makes sure that `modules` can be imported, and installs `packages` if they cannot. Gives their folder.
pub(super) fn packages(modules: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let folder = shell::root()?.join(FOLDER);
    let there = || shell::answers(&mut python(&folder, &format!("import {modules}")));
    if !there() {
        println!("pip installs {} into {FOLDER}", packages.join(", "));
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action=ignore"]);
        shell::stream(pip.arg("--target").arg(&folder).args(packages))?;
        if !there() {
            return Err(format!("{} cannot be imported although pip installed it", packages.join(", ")));
        }
    }
    Ok(folder)
}

/// A Python without the user's own packages and with one thread.
fn python(folder: &Path, script: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-s", "-c", script]).env("PYTHONPATH", folder).env("TOKENIZERS_PARALLELISM", "false");
    for threads in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"] {
        command.env(threads, "1");
    }
    command.env("HF_HUB_OFFLINE", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// A running script. It reads a line of JSON and answers with one, until its input ends.
pub(super) struct Python {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Python {
    pub(super) fn start(folder: &Path, script: &str) -> Result<Self, String> {
        let mut command = python(folder, script);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("cannot run python3: {error}"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = output.ok_or("python3 has no output")?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// What the script answers to `question`.
    pub(super) fn ask(&mut self, question: &Value) -> Result<Value, String> {
        let gone = |error: &dyn std::fmt::Display| format!("the yardstick in Python is gone: {error}");
        let input = self.input.as_mut().ok_or("the yardstick in Python was ended")?;
        writeln!(input, "{question}").and_then(|()| input.flush()).map_err(|error| gone(&error))?;
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(|error| gone(&error))?;
        serde_json::from_str(&line).map_err(|_| gone(&"what it says stands above"))
    }

    /// The seconds that it says its work took.
    pub(super) fn seconds(&mut self, question: &Value) -> Result<f64, String> {
        let answer = self.ask(question)?;
        answer["seconds"].as_f64().ok_or_else(|| format!("the yardstick in Python does not say its time: {answer}"))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        self.input = None;
        let _ = self.child.wait();
    }
}

/// Numbers as numpy reads them from a file.
pub(super) fn write_floats<'a>(path: &Path, floats: impl Iterator<Item = &'a f32>) -> shell::Outcome {
    let bytes: Vec<u8> = floats.flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// Numbers as numpy writes them into a file.
pub(super) fn read_floats(path: &Path) -> Result<Vec<f32>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
}
