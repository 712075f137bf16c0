//! `quipu demo`: the whole loop on bundled sample sessions, through the same binary and a daemon of its own.
//! It must not know how anything is done: it runs commands as a user would and shows what they print.
//! Invariant: leaves nothing behind, no process and no file, whether it ends well or badly.

mod samples;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use quipu_protocol::env;
use quipu_protocol::fault::{Fault, FaultKind};

use crate::output::{BOLD, DIM, GOOD, styled};

/// Runs of each process for the timings.
const RUNS: usize = 15;

pub(crate) fn demo() -> Result<(), Fault> {
    let home = tempfile::Builder::new().prefix("quipu-demo-").tempdir().map_err(|e| failed("no scratch home", &e))?;
    let stage =
        Stage { home: home.path().to_owned(), quipu: std::env::current_exe().map_err(|e| failed("this binary", &e))? };
    let played = play(&stage);
    // The daemon has to be gone before its home is.
    let stopped = stage.run(&["down"], None);
    home.close().map_err(|e| failed("the scratch home cannot be removed", &e))?;
    played?;
    stopped?;
    say(
        "\nThe daemon has ended and the scratch home is gone. Your own sessions: `quipu index`, then `quipu search …`.",
    );
    Ok(())
}

fn play(stage: &Stage) -> Result<(), Fault> {
    let transcripts = samples::unpack(&stage.home).map_err(|e| failed("the samples cannot be written", &e))?;
    say(&format!("A scratch home with {} sample sessions of an invented project.\n", samples::SESSIONS.len()));

    step("1. Past sessions become memory");
    stage.show(&["index", &transcripts.to_string_lossy()])?;
    stage.show(&["stats"])?;

    step("2. Somebody asks");
    for question in samples::questions() {
        stage.show(&["search", "--project", samples::PROJECT, "--limit", "2", "--explain", &question])?;
    }

    step("3. What a hook puts before an agent, unasked");
    for question in samples::questions() {
        let payload = samples::prompt_payload(&question);
        say(&format!("{} {question}", styled(DIM, "prompt:")));
        say(&context(&stage.run(&["hook", "claude-code"], Some(&payload))?.0));
    }
    say(&format!("{} {}", styled(DIM, "prompt:"), samples::OFF_TOPIC));
    say(&context(&stage.run(&["hook", "claude-code"], Some(&samples::prompt_payload(samples::OFF_TOPIC)))?.0));
    say(&styled(DIM, "a new session starts:"));
    say(&context(&stage.run(&["hook", "claude-code"], Some(&samples::start_payload()))?.0));

    step("4. What it costs (medians of whole processes on this machine, now)");
    timings(stage)
}

/// Times the hook beside processes that everybody knows.
fn timings(stage: &Stage) -> Result<(), Fault> {
    let question = samples::questions().remove(0);
    let payload = samples::prompt_payload(&question);
    let hook = median(|| stage.run(&["hook", "claude-code"], Some(&payload)).map(|(_, took)| took))?;
    let bare = median(|| process("true", &[]))?;
    say(&format!("  `true`, a process that does nothing   {}", milliseconds(bare)));
    if let Ok(node) = median(|| process("node", &["-e", ""])) {
        say(&format!("  `node -e ''`, what a script hook pays  {}", milliseconds(node)));
    }
    say(&format!(
        "  prompt hook with its search            {}  = {:.1} × `true`",
        milliseconds(hook),
        hook.as_secs_f64() / bare.as_secs_f64()
    ));
    Ok(())
}

/// Where the demo plays: its own home, its own environment.
struct Stage {
    home: PathBuf,
    quipu: PathBuf,
}

impl Stage {
    /// Shows a command and what it prints.
    fn show(&self, words: &[&str]) -> Result<(), Fault> {
        let shown: Vec<String> =
            words.iter().map(|w| if w.contains(' ') { format!("\"{w}\"") } else { (*w).to_owned() }).collect();
        say(&format!("{} {}", styled(DIM, "$"), styled(BOLD, &format!("quipu {}", shown.join(" ")))));
        let (text, _) = self.run(words, None)?;
        say(&text);
        Ok(())
    }

    /// Runs quipu in the scratch home; gives its output and how long the process took.
    fn run(&self, words: &[&str], input: Option<&str>) -> Result<(String, Duration), Fault> {
        let start = Instant::now();
        let mut child = Command::new(&self.quipu)
            .args(words)
            .env_remove("CLAUDE_CONFIG_DIR")
            .env_remove(env::QUIPU_NO_DAEMON)
            .env(env::QUIPU_HOME, self.home.join("q"))
            .env("HOME", &self.home)
            .current_dir(&self.home)
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| failed("quipu cannot be run", &e))?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // A hook that does not read is seen by its answer.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(|e| failed("quipu cannot be run", &e))?;
        let took = start.elapsed();
        if !output.status.success() {
            let message = format!("`quipu {}` failed: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
            return Err(Fault::new(FaultKind::Internal, "demo", message));
        }
        Ok((String::from_utf8_lossy(&output.stdout).into_owned(), took))
    }
}

/// The text in a hook's answer, exactly as the agent gets it.
fn context(answer: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    match value["hookSpecificOutput"]["additionalContext"].as_str() {
        Some(text) => format!("{text}\n"),
        None => format!("{} {}\n", answer.trim(), styled(DIM, "(nothing: no memory has enough to do with it)")),
    }
}

fn process(program: &str, words: &[&str]) -> Result<Duration, Fault> {
    let start = Instant::now();
    let status =
        Command::new(program).args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.map_err(|e| failed(program, &e))?;
    Ok(start.elapsed())
}

fn median(mut run: impl FnMut() -> Result<Duration, Fault>) -> Result<Duration, Fault> {
    let mut took = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    took.sort_unstable();
    Ok(took[took.len() / 2])
}

fn milliseconds(time: Duration) -> String {
    format!("{:6.2} ms", time.as_secs_f64() * 1_000.0)
}

fn step(title: &str) {
    say(&format!("\n{}\n", styled(GOOD.bold(), title)));
}

fn say(text: &str) {
    anstream::println!("{}", text.trim_end_matches('\n'));
}

fn failed(what: &str, error: &dyn std::fmt::Display) -> Fault {
    Fault::new(FaultKind::Internal, "demo", format!("{what}: {error}"))
}

/// Where the sample transcripts lie below the scratch home.
fn sample_dir(home: &Path) -> PathBuf {
    home.join("transcripts").join("-srv-samples-tidepool")
}
