//! schemathesis asks a real daemon, by the document that the daemon itself gives, thousands of things right and wrong.
//! It must not know operations: what is asked, and what may be answered, stands in the document.
//! Invariant: the seed is fixed; without Python or the package it says so and passes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::http_raw::Tcp;
use crate::support::{Home, tool};

const PACKAGE: &str = "schemathesis==4.32.5";
const SEED: &str = "20261126";
/// Of one thread: Python 3.11 loses count of its own syntax trees with two. Seconds that the fuzzing takes; the other phases end by themselves.
const TIME: &str = "60";
/// `shutdown` would end the run, the events and what is held have no end, and `backup` writes a file wherever it is told to. They are asked by
/// tests of their own.
const LEFT_OUT: [&str; 4] = ["shutdown", "events", "hold", "backup"];
/// What a status, a type, a header or a shape may be is in the document, and no input makes a 500.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth";

#[test]
fn what_the_document_says_is_so() {
    let Some(schemathesis) = schemathesis() else { return };
    let home = Home::new();
    home.json(&["http", "on"]);
    // Nothing of this machine is to be read in because a request says so.
    home.quipu(&["config", "set", "ingest.enabled", "false"]).ok();
    let tcp = Tcp::of(&home);
    let mut command = home.program(&schemathesis);
    command.arg("run").arg(format!("{}/v1/openapi.json", tcp.card.url)).args(["--url", &tcp.card.url]);
    command.arg("--header").arg(format!("Authorization: Bearer {}", tcp.card.token));
    for operation in LEFT_OUT {
        command.args(["--exclude-operation-id", operation]);
    }
    command.args(["--checks", CHECKS, "--seed", SEED, "--max-examples", "100", "--max-time", TIME, "--workers", "1"]);
    command.args([
        "--phases",
        "examples,coverage,fuzzing",
        "--no-shrink",
        "--continue-on-failure",
        "--request-timeout",
        "30",
    ]);
    command
        .args(["--suppress-health-check", "all", "--warnings", "off"])
        .env("NO_COLOR", "1")
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let (told, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{errors}");
    println!("{}", told.lines().rev().take(25).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n"));
    assert_eq!(home.health().unwrap().pid, tcp.card.pid, "the same daemon has answered all of it");
    assert!(!home.log().contains("panicked"), "{}", home.log());
}

/// The program in an environment of its own below the target directory, fetched once.
fn schemathesis() -> Option<PathBuf> {
    let python = tool("python3")?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let program = folder.join("bin/schemathesis");
    if program.exists() {
        return Some(program);
    }
    let runs = |command: &mut Command| {
        let done = command.stdin(Stdio::null()).output();
        done.is_ok_and(|output| output.status.success())
    };
    let made = runs(Command::new(python).args(["-m", "venv"]).arg(&folder));
    let mut pip = Command::new("timeout");
    pip.arg("240").arg(folder.join("bin/python")).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    if !made || !runs(pip.arg(PACKAGE)) || !program.exists() {
        // Half of an environment would be taken for a whole one.
        let _ = std::fs::remove_dir_all(&folder);
        println!("skipped: {PACKAGE} could not be fetched by pip");
        return None;
    }
    Some(program)
}
