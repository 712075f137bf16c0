//! `quipu doctor` and what is damaged by hand: found, told with its cure, and mended.
//! It must not know how the store notices.

use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use quipu_protocol::client::Request;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::new_event_id;
use quipu_protocol::wire::daemon::OperationView;
use serde_json::{Value, json};

use crate::owner::crash;
use crate::standby;
use crate::support::{HANG, Home, save, until};

/// The findings of `doctor` with these flags, and how it ended.
fn doctor(home: &Home, flags: &[&str]) -> (Vec<Value>, i32) {
    let output = home.quipu(&[&["doctor", "--json"], flags].concat());
    let code = output.code;
    (output.json().as_array().unwrap().clone(), code)
}

/// The finding of a check with this verdict.
#[track_caller]
fn of<'a>(findings: &'a [Value], check: &str, verdict: &str) -> &'a Value {
    let found = findings.iter().find(|finding| finding["check"] == check && finding["verdict"] == verdict);
    found.unwrap_or_else(|| panic!("no {verdict} {check}: {findings:#?}"))
}

fn fill(home: &Home, count: usize) {
    let mut client = home.client();
    for n in 0..count {
        let text = format!("falcon number{n} {}", "flies over the wide valley ".repeat(20));
        save(&mut client, &text, new_event_id(), Deadline::within(HANG)).unwrap();
    }
}

fn settled(home: &Home) {
    until("everything is indexed", || (home.health().unwrap().tail == 0).then_some(()));
}

/// Turns the page of the database that holds `text` into nonsense.
fn damage(home: &Home, text: &str) {
    let database = home.data().join("quipu.db");
    let bytes = std::fs::read(&database).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("the text is in the file");
    overwrite(&database, (at / size * size) as u64, 64);
}

fn overwrite(file: &Path, at: u64, count: usize) {
    let mut file = std::fs::File::options().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&vec![0xff; count]).unwrap();
}

#[test]
fn a_damaged_page_is_read_round_not_written_over_and_healed_by_a_restore() {
    let home = Home::new();
    home.up();
    fill(&home, 300);
    let backup = home.json(&["backup"])["path"].as_str().unwrap().to_owned();
    home.quipu(&["down"]).ok();
    damage(&home, "number150 ");

    let status = home.json(&["status"]);
    assert_eq!(status["mode"], "absent");
    let refused = home.quipu(&["save", "not now", "--json"]);
    assert_eq!(refused.code, 69, "{refused:#?}");
    let fault = refused.json();
    assert_eq!(fault["code"], "corrupt");
    assert!(fault["hint"].as_str().unwrap().contains(&backup), "{fault}");
    for args in [&["pause"][..], &["index", "--no-wait"], &["backup"]] {
        assert!(home.quipu(args).fails(69).contains(&backup), "{args:?}");
    }
    assert!(home.json(&["status"])["damage"].is_string());
    // What is refused is what was said to be; a hook is answered all the same.
    let health = home.health().unwrap();
    assert_eq!((health.mode.as_str(), health.state.as_str()), ("readonly", "degraded"));
    let mut client = home.client();
    let operations: Vec<OperationView> = client.call(&Request::get("/v1/operations"), Deadline::within(HANG)).unwrap();
    let writing: Vec<OperationView> = operations.into_iter().filter(|o| o.writes && o.name != "hook").collect();
    assert_eq!(standby::refused(&mut client, &writing, "corrupt"), health.refused);
    assert_eq!(health.refused.len(), writing.len());
    let found = home.json(&["search", "number7"]);
    assert!(found["hits"][0]["text"].as_str().unwrap().contains("number7 "), "{found}");
    assert!(found["fallback"].as_str().unwrap().contains("damaged"), "{found}");
    let whole = home.export().len();
    assert!((250..300).contains(&whole), "{whole} of 300 can be taken out");
    let (findings, code) = doctor(&home, &["--fix"]);
    let database = of(&findings, "database", "broken");
    assert!(code == 1 && database["cure"].as_str().unwrap().contains(&backup), "{database}");
    // A hook is answered, and what it carried waits for a database that can take it.
    let event = json!({ "hook_event_name": "Stop", "session_id": "s", "prompt_id": "p", "last_assistant_message": "said meanwhile" });
    home.hook_in_time(&event);
    assert!(std::fs::read_dir(home.spool()).unwrap().count() > 0);
    let bytes = std::fs::read(home.data().join("quipu.db")).unwrap();

    let done = home.json(&["restore", &backup, "--stop"]);
    assert_eq!(std::fs::read(done["aside"].as_str().unwrap()).unwrap(), bytes, "nothing was written to it");
    assert_eq!(home.json(&["save", "works again"])["outcome"], "stored");
    until("the spool is emptied", || (home.export().len() == 302).then_some(()));
    settled(&home);
    let (findings, code) = doctor(&home, &[]);
    of(&findings, "database", "good");
    assert_eq!(code, 0, "{findings:#?}");
    assert_eq!(home.json(&["status"])["damage"], Value::Null);
}

/// Nothing can be read of a file whose first page is gone: that is said, and the way out works all the same.
#[test]
fn a_database_without_its_header_is_told_and_restored() {
    let home = Home::new();
    home.json(&["save", "kept in the copy"]);
    let backup = home.json(&["backup"])["path"].as_str().unwrap().to_owned();
    home.quipu(&["down"]).ok();
    overwrite(&home.data().join("quipu.db"), 0, 100);
    for args in [&["save", "x"][..], &["search", "kept"], &["up"]] {
        let error = home.quipu(args).fails(69);
        assert!(error.contains("damaged") && error.contains(&backup), "{args:?}: {error}");
    }
    let (findings, code) = doctor(&home, &[]);
    assert!(code == 1 && findings.iter().any(|f| f["cure"].as_str().is_some_and(|cure| cure.contains(&backup))));
    home.quipu(&["restore", &backup]).ok();
    assert_eq!(home.json(&["save", "and on"])["outcome"], "stored");
    assert_eq!(home.export().len(), 2);
}

/// An index that says it reaches further than it does: each row is looked for, and what is missing comes back.
#[test]
fn a_chunk_that_the_index_lacks_is_found_and_mended_while_serving() {
    let home = Home::new();
    home.up();
    home.json(&["save", "heron one"]);
    settled(&home);
    home.quipu(&["down"]).ok();
    let (index, older) = (home.data().join("index"), home.data().join("older"));
    assert!(std::process::Command::new("cp").arg("-R").args([&index, &older]).status().unwrap().success());
    home.json(&["save", "heron two"]);
    settled(&home);
    home.quipu(&["down"]).ok();
    // The older index, with the newer one's word for how far it reaches.
    let meta =
        |dir: &Path| -> Value { serde_json::from_slice(&std::fs::read(dir.join("meta.json")).unwrap()).unwrap() };
    let mut forged = meta(&older);
    forged["payload"] = meta(&index)["payload"].clone();
    std::fs::write(older.join("meta.json"), forged.to_string()).unwrap();
    std::fs::remove_dir_all(&index).unwrap();
    std::fs::rename(&older, &index).unwrap();

    let missing = home.json(&["search", "--words-only", "two"]);
    assert!(missing["hits"].as_array().unwrap().is_empty(), "this test wants it missing: {missing}");
    let (findings, code) = doctor(&home, &[]);
    let text = of(&findings, "text", "broken");
    assert!(code == 1 && text["found"].as_str().unwrap().contains("lacks 1 of 2"), "{text}");
    assert!(text["cure"].as_str().unwrap().contains("doctor --fix"), "{text}");
    let pid = home.owner().pid;
    let (findings, code) = doctor(&home, &["--fix"]);
    of(&findings, "text", "fixed");
    of(&findings, "text", "good");
    assert_eq!((code, home.owner().pid), (0, pid), "by the same daemon");
    let found = home.json(&["search", "--words-only", "two"]);
    assert_eq!(found["hits"].as_array().unwrap().len(), 1, "{found}");
}

#[test]
fn the_doctor_closes_what_is_open_and_says_so() {
    let home = Home::new();
    home.json(&["save", "private"]);
    home.json(&["backup"]);
    let mode = |name: &str| std::fs::metadata(home.data().join(name)).unwrap().permissions().mode() & 0o777;
    let open = |name: &str, bits| {
        std::fs::set_permissions(home.data().join(name), std::fs::Permissions::from_mode(bits)).unwrap();
    };
    open("", 0o755);
    open("quipu.db", 0o644);
    open("backups", 0o755);
    open("run/quipu.sock", 0o666);
    let (findings, _) = doctor(&home, &[]);
    of(&findings, "data", "weak");
    let told = of(&findings, "permissions", "weak");
    assert!(told["found"].as_str().unwrap().contains("and 2 more"), "{told}");
    assert_eq!(mode("quipu.db"), 0o644, "it only looked");
    let (findings, code) = doctor(&home, &["--fix"]);
    of(&findings, "data", "fixed");
    assert!(of(&findings, "permissions", "fixed")["found"].as_str().unwrap().contains("quipu.db"));
    of(&findings, "data", "good");
    assert!(!findings.iter().any(|f| f["check"] == "permissions" && f["verdict"] == "weak"), "{findings:#?}");
    assert_eq!(code, 0);
    assert_eq!((mode(""), mode("quipu.db"), mode("backups"), mode("run/quipu.sock")), (0o700, 0o600, 0o700, 0o600));
}

/// What a killed daemon and hooks leave: told, cleared, and the daemon that came meanwhile is left in peace.
#[test]
fn leftovers_are_told_and_cleared() {
    let home = Home::new();
    home.up();
    // Gone from /proc is not yet gone: its lock falls a moment later.
    crash(&home);
    std::fs::write(home.data().join("hook-backoff"), "").unwrap();
    std::fs::create_dir_all(home.spool().join("quarantine")).unwrap();
    std::fs::write(home.spool().join("quarantine/x.json"), "{").unwrap();
    std::fs::write(home.spool().join("quarantine/x.reason"), "not JSON at all").unwrap();
    let (findings, code) = doctor(&home, &["--fix"]);
    of(&findings, "socket", "fixed");
    of(&findings, "backoff", "fixed");
    let spool = of(&findings, "spool", "weak");
    assert!(spool["found"].as_str().unwrap().contains("not JSON at all"), "{spool}");
    assert!(home.spool().join("quarantine/x.json").exists(), "what was set aside is never removed");
    assert!(!home.data().join("hook-backoff").exists());
    assert_eq!((code, home.health().unwrap().mode.as_str()), (0, "owner"));
}
