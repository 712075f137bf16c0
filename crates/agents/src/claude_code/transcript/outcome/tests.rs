//! What is kept of results: cases as data, one `check` that touches the weighing.

use serde_json::{Value, json};

use super::*;

fn call(name: &str, input: &Value) -> Call {
    Call::new("t1", (name, input), Some("/home/dev/p"), 0..10, &Privacy::default())
}

fn raw(said: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(said).expect("JSON")
}

fn weighed(name: &str, input: &Value, said: &str, ended: Ended) -> Worth {
    weigh(&call(name, input), &raw(said), (ended, &[]), Some("/home/dev/p"), &Privacy::default())
}

/// A result that is kept: its class and text.
#[track_caller]
fn check(name: &str, input: &Value, said: &str, ended: Ended, class: Class, text: &str) {
    match weighed(name, input, said, ended) {
        Worth::Kept(kept) => assert_eq!((kept.class, kept.text.as_str()), (class, text)),
        passed => panic!("{said}: {passed:?}"),
    }
}

#[track_caller]
fn passed(name: &str, input: &Value, said: &str, ended: Ended, reason: SkipReason) {
    assert_eq!(weighed(name, input, said, ended), Worth::Passed(reason), "{said}");
}

fn bash(command: &str) -> Value {
    json!({ "command": command })
}

#[test]
fn errors_are_kept() {
    let failed = "Exit code 101\nerror[E0382]: borrow of moved value: `pool`\n  --> src/writer.rs:14:9\nerror: could not compile `p`";
    check("Bash", &bash("cargo check"), failed, Ended::Badly, Class::BuildLog, failed);
    let Worth::Kept(kept) = weighed("Bash", &bash("cargo check"), failed, Ended::Badly) else { panic!("kept") };
    assert_eq!(kept.files, ["/home/dev/p/src/writer.rs"]);
    // The same behind a pipe, where the shell says that all is well.
    let Worth::Kept(kept) = weighed("Bash", &bash("cargo check 2>&1 | tail"), failed, Ended::Well) else {
        panic!("kept")
    };
    assert_eq!((kept.class, kept.files.len()), (Class::BuildLog, 1));
    let trace =
        "Traceback (most recent call last):\n  File \"/home/dev/p/a.py\", line 3, in <module>\n    f()\nValueError: no";
    check("Bash", &bash("./run.sh"), trace, Ended::Well, Class::StackTrace, trace);
    let refused = "The user doesn't want to proceed with this tool use. To tell you how to proceed, the user said:\nuse the old pool";
    let worth = weighed("Edit", &json!({ "file_path": "/home/dev/p/a.rs" }), refused, Ended::Badly);
    assert!(matches!(worth, Worth::Kept(_)), "a person's words: {worth:?}");
}

#[test]
fn tests_are_kept_and_other_output_is_counted() {
    let tests =
        "running 2 tests\ntest a ... ok\ntest b ... ok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored; 0 measured";
    check("Bash", &bash("cargo test"), tests, Ended::Well, Class::BuildLog, tests);
    for (name, input, said) in [
        ("Read", json!({ "file_path": "/home/dev/p/a.rs" }), "fn main() {\n    run();\n}"),
        // A log that was only looked at is no run.
        ("Read", json!({ "file_path": "/home/dev/p/ci.log" }), tests),
        ("Bash", bash("ls"), "Cargo.toml\nsrc\ntarget"),
        (
            "Bash",
            bash("cargo build"),
            "   Compiling p v0.1.0\n    Finished `release` profile [optimized] target(s) in 2s",
        ),
        ("Grep", json!({ "pattern": "lock" }), "src/a.rs:3:fn lock() {}"),
        ("Task", json!({ "prompt": "look" }), "It is the lock."),
    ] {
        passed(name, &input, said, Ended::Well, SkipReason::NotKept);
    }
    passed("Agent", &json!({}), "It failed.", Ended::Badly, SkipReason::NotKept);
    passed("Bash", &bash("quipu search x"), "an answer", Ended::Well, SkipReason::OwnText);
}

#[test]
fn notices_of_the_host_are_noise() {
    for said in [
        "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>",
        "The user doesn't want to proceed with this tool use. The tool use was rejected.",
        "Exit code 1",
        "Error: Exit code 2",
        "",
        " \n",
        "<quipu-memory note=\"x\">old</quipu-memory>",
    ] {
        passed("Bash", &bash("test -f x"), said, Ended::Badly, SkipReason::Noise);
    }
}

#[test]
fn changes_are_kept_as_diffs() {
    let edit = json!({ "file_path": "/home/dev/p/src/a.rs", "old_string": "a\nb", "new_string": "a\nc" });
    check("Edit", &edit, "The file has been updated.", Ended::Well, Class::Diff, "-b\n+c\n");
    let write = json!({ "file_path": "src/new.rs", "content": "x\ny" });
    check("Write", &write, "File created.", Ended::Well, Class::Diff, "+x\n+y\n");
    let several = json!({ "file_path": "/p/a", "edits": [{ "old_string": "1", "new_string": "2" }, { "old_string": "3", "new_string": "" }] });
    check("MultiEdit", &several, "ok", Ended::Well, Class::Diff, "-1\n+2\n@@\n-3\n");
    let cell = json!({ "notebook_path": "/p/n.ipynb", "new_source": "print(1)" });
    check("NotebookEdit", &cell, "ok", Ended::Well, Class::Diff, "+print(1)\n");
    let hunk = Hunk { old_start: 7, new_start: 7, lines: vec![" a".into(), "-b".into(), "+c".into()] };
    let Worth::Kept(kept) = weigh(&call("Edit", &edit), &raw("ok"), (Ended::Well, &[hunk]), None, &Privacy::default())
    else {
        panic!("kept")
    };
    assert_eq!(
        (kept.text.as_str(), kept.files.as_slice()),
        ("@@ -7 +7 @@\n a\n-b\n+c\n", ["/home/dev/p/src/a.rs".to_owned()].as_slice())
    );
    let Worth::Kept(kept) = weighed("Write", &write, "ok", Ended::Well) else { panic!("kept") };
    assert_eq!(kept.files, ["/home/dev/p/src/new.rs"], "a relative path counts from the working directory");
}

#[test]
fn secrets_are_redacted_before_anything_is_cut() {
    let secret = "AKIAIOSFODNN7EXAMPLE";
    // It lies across the place where the text is cut.
    for at in (MOST - 40..MOST + 40).chain(MOST * 2 / 3 - 30..MOST * 2 / 3 + 10) {
        let said = format!("error: {}{secret} and more\n{}", "x ".repeat(at / 2), "y\n".repeat(9_000));
        let Worth::Kept(kept) = weighed("WebFetch", &json!({}), &said, Ended::Badly) else { panic!("kept") };
        assert!(!kept.text.contains("AKIAIOSF") && !kept.text.contains("7EXAMPLE"), "{at}");
    }
    let write = json!({ "file_path": "/p/.env", "content": format!("KEY={secret}\n") });
    let Worth::Kept(kept) = weighed("Write", &write, "ok", Ended::Well) else { panic!("kept") };
    assert!(!kept.text.contains(secret), "{}", kept.text);
}

#[test]
fn what_is_kept_is_bounded_and_says_what_is_left_out() {
    let long = format!("error: no\n{}", "水 and words\n".repeat(90_000));
    for (name, input, ended) in [
        ("WebFetch", json!({}), Ended::Badly),
        ("Bash", bash("cargo test"), Ended::Badly),
        ("Write", json!({ "file_path": "/p/a.md", "content": long }), Ended::Well),
        ("Edit", json!({ "file_path": "/p/a.md", "old_string": long, "new_string": "水".repeat(90_000) }), Ended::Well),
    ] {
        let Worth::Kept(kept) = weighed(name, &input, &long, ended) else { panic!("{name} is kept") };
        assert!(kept.text.len() <= MOST + GAP && kept.text.contains("left out …"), "{name}: {}", kept.text.len());
        assert_eq!(capped(kept.text.clone()), kept.text, "cut once");
    }
}
