//! The proof that a hook process loads no store and no model: every file that it opens, as the kernel saw it.
//! It must not know how the hook works.
//! Invariant: skipped, with a word, only where no tracer is to be had.

use std::path::Path;

use serde_json::json;

use crate::session::{QUESTION, TIDEPOOL, context, parse, samples};
use crate::support::{run, tool, until};

/// What a hook may touch below QUIPU_HOME.
const OURS: [&str; 5] = ["config.toml", "owner.lock", "hook-backoff", "spool", "run/quipu.sock"];
/// What every program of this kind loads.
const LIBRARIES: [&str; 5] = ["libc.so", "libm.so", "libgcc_s.so", "ld-linux", "ld-musl"];

#[test]
fn a_prompt_hook_opens_no_store_no_index_no_model_and_no_library_of_its_own() {
    let Some(strace) = tool("strace") else { return };
    let home = samples();
    let trace = home.root().join("trace");
    let payload = json!({ "session_id": "traced", "cwd": TIDEPOOL, "hook_event_name": "UserPromptSubmit",
        "prompt": QUESTION, "prompt_id": "p", "transcript_path": home.transcripts().join("x/traced.jsonl") });
    // The tracer makes it slow: the deadline may pass, and then it is tried again.
    let calls = until("a traced hook that was answered", || {
        let _ = std::fs::remove_file(home.data().join("hook-backoff"));
        let mut command = home.program(&strace);
        command.args(["-f", "-s", "4096", "-e", "trace=openat,open,connect,execve,clone,fork,vfork", "-o"]);
        command.arg(&trace).args([crate::support::QUIPU, "hook", "claude-code"]);
        let output = run(command, payload.to_string().as_bytes());
        if output.stderr.contains("ptrace") || output.stderr.contains("not permitted") {
            println!("skipped: this process may not trace: {}", output.stderr);
            return Some(String::new());
        }
        assert_eq!(output.code, 0, "{output:#?}");
        let answered =
            context(&parse(&output.stdout)).contains("single writer") || output.stdout.contains("Two processes");
        answered.then(|| std::fs::read_to_string(&trace).unwrap())
    });
    if calls.is_empty() {
        return;
    }
    assert!(calls.contains("quipu.sock"), "the trace holds the connection: {calls}");
    assert_eq!(calls.matches("execve(").count(), 1, "one program: {calls}");
    let opened = calls.lines().filter_map(|line| line.split('"').nth(1).map(|path| (path, line)));
    for (path, line) in opened {
        if let Ok(inside) = Path::new(path).strip_prefix(home.data()) {
            assert!(OURS.iter().any(|ours| inside.starts_with(ours)), "it opened {path}: {line}");
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        assert!(
            !["db", "db-wal", "db-shm", "onnx", "safetensors", "store", "idx", "term"]
                .iter()
                .any(|x| name.ends_with(&format!(".{x}"))),
            "{line}"
        );
        let library = name.ends_with(".so") || name.contains(".so.") && !name.starts_with("ld.so.");
        assert!(!library || LIBRARIES.iter().any(|known| name.starts_with(known)), "it loaded {path}: {line}");
    }
}
