//! Transcripts that are none: truncated, binary, empty, gigantic, unreadable, gone.
//! It must not know how lines are read.
//! Invariant: one bad file costs neither the others nor the daemon; its memory stays bounded.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::PathBuf;

use serde_json::json;

use crate::session::{SAMPLES, Session, holding, memories};
use crate::support::{HANG, Home, tool, until};

fn noise(bytes: usize) -> Vec<u8> {
    let mut seed = 42u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

#[test]
fn bad_files_stop_nothing() {
    let home = Home::new();
    let good = Session::new(&home, "good", &home.work());
    good.write(&[good.prompt("the good one, between the bad ones"), good.answer("It is read.")]);
    let beside = |name: &str| -> PathBuf { good.file.with_file_name(name) };
    std::fs::write(beside("a-empty.jsonl"), "").unwrap();
    std::fs::write(beside("b-newlines.jsonl"), "\n\n \n\r\n").unwrap();
    std::fs::write(beside("c-binary.jsonl"), noise(300_000)).unwrap();
    std::fs::write(beside("d-zeros.jsonl"), vec![0u8; 100_000]).unwrap();
    let sample = std::fs::read(format!("{SAMPLES}/582f849b-1f75-4a72-ae40-6079a4c8b898.jsonl")).unwrap();
    std::fs::write(beside("e-truncated.jsonl"), &sample[..sample.len() / 2]).unwrap();
    std::fs::create_dir(beside("f-directory.jsonl")).unwrap();
    std::os::unix::fs::symlink("/nowhere", beside("g-dangling.jsonl")).unwrap();
    std::os::unix::fs::symlink(".", beside("h-loop")).unwrap();
    std::fs::write(beside("i-nested.jsonl"), format!("{}\n", "[".repeat(200_000))).unwrap();
    std::fs::write(beside("z-crlf.jsonl"), format!("{}\r\n", good.prompt("written on another system"))).unwrap();
    let report = home.json(&["index", home.transcripts().to_str().unwrap()]);
    let kept = memories(&home);
    for text in ["the good one, between the bad ones", "It is read.", "written on another system"] {
        assert_eq!(holding(&home, text), 1, "{report}");
    }
    assert!(kept.len() > 5 && kept.len() < 30, "the whole turns of the truncated one too: {}", kept.len());
    let skipped = home.json(&["stats"])["skipped"].to_string();
    assert!(skipped.contains("c-binary") && skipped.contains("i-nested"), "{skipped}");
    let again = home.json(&["index", home.transcripts().to_str().unwrap()]);
    assert_eq!((&again["progress"]["stored"], &again["progress"]["skipped"]), (&json!(0), &json!(0)), "{again}");
}

#[test]
fn what_cannot_be_read_is_named_with_its_reason() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "s", &home.work());
    let directory = session.file.with_file_name("directory.jsonl");
    std::fs::create_dir(&directory).unwrap();
    let by_hook = |path: &std::path::Path| {
        crate::session::hook(&home, &session.payload("Stop", &json!({ "transcript_path": path })));
    };
    by_hook(&directory);
    by_hook(std::path::Path::new("/dev/zero"));
    by_hook(&session.file.with_file_name("never-written.jsonl"));
    by_hook(std::path::Path::new(""));
    by_hook(std::path::Path::new("relative.jsonl"));
    if let Some(mkfifo) = tool("mkfifo") {
        let pipe = session.file.with_file_name("pipe.jsonl");
        assert!(home.program(&mkfifo).arg(&pipe).status().unwrap().success());
        by_hook(&pipe);
        home.json(&["index", pipe.parent().unwrap().to_str().unwrap()]);
    }
    // The reader is still there.
    session.write(&[session.prompt("and then a good one")]);
    assert_eq!(session.index()["progress"]["failed"], json!([]), "what others failed with is not its failure");
    assert_eq!(memories(&home).len(), 1);
    let failed = home.json(&["status"])["ingest"]["failed"].to_string();
    assert!(failed.contains("directory.jsonl") && failed.contains("/dev/zero"), "{failed}");
    assert!(!failed.contains("never-written"), "a hook names a transcript before its first line: {failed}");
    let doctor = home.quipu(&["doctor"]);
    assert!(doctor.code == 0 && doctor.stdout.contains("not a regular file"), "{doctor:#?}");
    // Mended, and read again: no failure any more.
    std::fs::remove_dir(&directory).unwrap();
    std::fs::copy(&session.file, &directory).unwrap();
    home.json(&["index", directory.to_str().unwrap()]);
    let failed = home.json(&["status"])["ingest"]["failed"].to_string();
    assert!(!failed.contains("directory.jsonl") && failed.contains("/dev/zero"), "{failed}");
}

#[test]
fn long_lines_are_read_and_longer_ones_passed_over() {
    let home = Home::new();
    let session = Session::new(&home, "long", &home.work());
    let megabyte = "a sentence about the kestrel probe and its long log. ".repeat(20_000);
    session.write(&[
        session.prompt(&format!("beginning-of-the-line {megabyte} end-of-the-line")),
        session.answer("That was long."),
        session.prompt(&"x".repeat(17 << 20)),
        session.prompt("and now short again"),
    ]);
    let report = session.index();
    assert_eq!((memories(&home).len(), report["progress"]["skipped"].clone()), (3, json!(1)), "{report}");
    for end in ["beginning-of-the-line", "end-of-the-line"] {
        let reply = home.json(&["search", "--limit", "1", end]);
        assert!(reply["hits"][0]["text"].as_str().unwrap().contains(end), "{end}");
        assert_eq!(reply["hits"][0]["partial"], true);
    }
    let skipped = home.json(&["stats"])["skipped"].clone();
    assert_eq!((&skipped[0]["reason"], &skipped[0]["count"]), (&json!("too_long"), &json!(1)));
}

#[test]
fn a_gigantic_file_is_read_in_bounded_memory() {
    let home = Home::new();
    let session = Session::new(&home, "gigantic", &home.work());
    session.write(&[session.prompt("before the hole")]);
    let mut file = File::options().append(true).open(&session.file).unwrap();
    // 200 MB of nothing on one line, at no cost on disk.
    let end = file.seek(SeekFrom::End(0)).unwrap();
    file.set_len(end + (200 << 20)).unwrap();
    writeln!(file).unwrap();
    session.write(&[session.prompt("after the hole")]);
    // And as much text as a year of work: 24 MB in 6 000 turns.
    let words = "the writer keeps one queue and the reader follows it; a frame that is lost is counted. ".repeat(45);
    for n in 0..3_000 {
        session
            .write(&[session.prompt(&format!("turn {n}: {words}")), session.answer(&format!("answer {n}: {words}"))]);
    }
    let started = std::time::Instant::now();
    home.json(&["index", session.file.to_str().unwrap(), "--no-wait"]);
    let mut most = 0;
    until("the end of the file", || {
        let status = home.json(&["status"]);
        most = most.max(status["anonymous_bytes"].as_u64().unwrap_or(0));
        (status["ingest"]["files_done"] == 1).then_some(())
    });
    println!("{} ms, {} MB", started.elapsed().as_millis(), most >> 20);
    assert!(started.elapsed() < HANG && most < 150 << 20, "{} MB", most >> 20);
    let stats = home.json(&["stats"]);
    assert_eq!(stats["by_kind"].to_string(), "[[\"prompt\",3002],[\"answer\",3000]]");
    assert_eq!(stats["skipped"][0]["reason"], "too_long");
}

#[test]
fn a_file_may_vanish_while_it_waits() {
    let home = Home::new();
    home.up();
    let sessions: Vec<_> = (0..30).map(|n| Session::new(&home, &format!("gone-{n}"), &home.work())).collect();
    for session in &sessions {
        session.write(&[session.prompt("here for a moment")]);
    }
    home.json(&["index", home.transcripts().to_str().unwrap(), "--no-wait"]);
    sessions.iter().for_each(|session| drop(std::fs::remove_file(&session.file)));
    until("the queue is empty", || {
        let ingest = home.json(&["status"])["ingest"].clone();
        (ingest["waiting"] == 0 && ingest["current"].is_null()).then_some(())
    });
    let last = Session::new(&home, "stays", &home.work());
    last.write(&[last.prompt("this one stays")]);
    last.index();
    assert_eq!(holding(&home, "this one stays"), 1);
}
