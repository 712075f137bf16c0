//! The real Claude Code against a stand-in for its model, in a network of its own: what one session was told, the
//! next one's model is told; sessions that end together all end and are all kept.
//! It must not know quipu's inside: it sees processes, requests to the model, and what `quipu` prints.
//! Invariant: nothing reaches a network; without npm, namespaces or the package it says so and passes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::field;
use crate::stub_api::StubApi;
use crate::support::{Home, run, tool, until};

/// Set in the process that runs inside the namespace.
const INSIDE: &str = "QUIPU_TEST_CLAUDE";
const FACT: &str = "Please remember: the identifier prefix of the harbour station's tide gauge is ZQ-77.";

#[test]
fn the_real_client_in_a_network_of_its_own() {
    in_a_network_of_its_own("real_client::inside");
}

/// Fetches the client, makes a network with loopback alone, and runs `test` in it, where [`client`] names the client.
pub(crate) fn in_a_network_of_its_own(test: &str) {
    let (Some(unshare), Some(ip), Some(_)) = (tool("unshare"), tool("ip"), tool("node")) else { return };
    let Some(claude) = field::claude_code() else { return };
    let script = format!(
        "'{}' link set lo up && exec '{}' --exact {test} --nocapture",
        ip.display(),
        std::env::current_exe().unwrap().display()
    );
    let in_namespace = |words: &[&str]| {
        let mut command = Command::new(&unshare);
        command.args(["--net", "sh", "-c"]).args(words).env(INSIDE, &claude);
        command
    };
    if run(in_namespace(&["true"]), b"").code != 0 {
        println!("skipped: this user may not make a network namespace");
        return;
    }
    let output = run(in_namespace(&[&script]), b"");
    assert_eq!(output.code, 0, "{}\n{}", output.stdout, output.stderr);
    assert!(output.stdout.contains("1 passed"), "{}", output.stdout);
    // What it said of itself is for whoever reads this run's output.
    println!("{}", output.stdout);
}

/// The client, inside such a network only.
pub(crate) fn client() -> Option<PathBuf> {
    std::env::var_os(INSIDE).map(PathBuf::from)
}

/// The test proper; does nothing outside the namespace.
#[test]
fn inside() {
    let Some(claude) = client() else { return };
    let home = Home::new();
    let api = StubApi::start("Noted: the prefix is ZQ-77.");
    home.quipu(&["install", "claude-code"]).ok();

    let told = run(session(&home, &api, &claude, FACT), b"");
    assert_eq!(told.code, 0, "{told:#?}");
    assert!(!mentions(&api, "quipu-memory"), "there was nothing to recall yet");
    until("the first session's transcript", || (from_transcripts(&home) == 2).then_some(()));

    let question = "Which identifier prefix has the tide gauge of the harbour station?";
    let asked = run(session(&home, &api, &claude, question), b"");
    assert_eq!(asked.code, 0, "{asked:#?}");
    let last = api.asked().last().unwrap().to_string();
    assert!(last.contains("SessionStart hook additional context") && last.contains("ZQ-77"), "{last}");
    until("the second session's transcript", || (from_transcripts(&home) == 4).then_some(()));

    // What a start has shown is not shown again with the prompt. Where a start has no room, the prompt brings it.
    home.quipu(&["config", "set", "recall.start_tokens", "50"]).ok();
    let asked = run(session(&home, &api, &claude, question), b"");
    assert_eq!(asked.code, 0, "{asked:#?}");
    let last = api.asked().last().unwrap().to_string();
    assert!(last.contains("UserPromptSubmit hook additional context") && last.contains("ZQ-77"), "{last}");
    until("the third session's transcript", || (from_transcripts(&home) == 6).then_some(()));

    let together: Vec<_> = (0..8)
        .map(|n| session(&home, &api, &claude, &format!("Note number {n}: buoy B-{n}00 was serviced.")))
        .map(|command| std::thread::spawn(|| run(command, b"")))
        .collect();
    for session in together {
        let output = session.join().unwrap();
        assert_eq!(output.code, 0, "{output:#?}");
    }
    until("all eleven sessions", || (from_transcripts(&home) == 22).then_some(()));
    let all = home.export();
    for n in 0..8 {
        let kept = all.iter().filter(|memory| memory.text.contains(&format!("buoy B-{n}00"))).count();
        assert_eq!(kept, 1, "note {n}");
    }
}

/// Memories that came from (or were confirmed by) transcripts.
fn from_transcripts(home: &Home) -> usize {
    home.export().iter().filter(|memory| memory.origin == "transcript").count()
}

fn mentions(api: &StubApi, text: &str) -> bool {
    api.asked().iter().any(|body| body.to_string().contains(text))
}

/// One session in print mode.
pub(crate) fn session(home: &Home, api: &StubApi, claude: &Path, prompt: &str) -> Command {
    let mut command = home.program(claude);
    command.args(["-p", prompt]).env("ANTHROPIC_BASE_URL", api.url()).env("ANTHROPIC_API_KEY", "none");
    command.env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1").env("DISABLE_AUTOUPDATER", "1");
    // Its hooks get these: what they say is tested, not how busy the machine is.
    command.envs(crate::session::PATIENT);
    command
}
