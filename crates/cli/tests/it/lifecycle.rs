//! Birth and death of the daemon as a person sees them: `up`, `down`, `status`, `logs`, `daemon run`.
//! It must not know what the daemon is asked in between.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Home, finish, until};

#[test]
fn up_down_and_status_say_what_is() {
    let home = Home::new();
    assert_eq!(home.json(&["status"])["mode"], "absent");
    assert!(home.quipu(&["status"]).ok().contains("no daemon is running"));
    assert!(!home.data().exists(), "asking for the status made the data directory");

    let up = home.json(&["up"]);
    assert_eq!((&up["mode"], &up["pid"]), (&"owner".into(), &home.owner().pid.into()));
    assert_eq!(home.json(&["up"])["pid"], up["pid"], "a second `up` changes nothing");
    assert_eq!(home.json(&["status"])["data"], home.data().to_str().unwrap());
    let text = home.quipu(&["status"]).ok();
    assert!(text.contains(&up["pid"].to_string()) && text.contains("owner"), "{text}");

    assert_eq!(home.json(&["down"])["stopped"], true);
    assert!(home.daemons().is_empty(), "`down` returns when the daemon is gone");
    assert!(!home.owner().socket.exists(), "it takes its socket with it");
    assert_eq!(home.json(&["down"])["stopped"], false);
    assert!(home.quipu(&["down"]).ok().contains("no daemon was running"));
    assert_eq!(home.json(&["status"])["mode"], "absent");
}

#[test]
fn what_was_saved_is_there_after_a_restart() {
    let home = Home::new();
    let saved = home.json(&["save", "the", "lighthouse", "keeper", "oils", "the", "lamp"]);
    assert_eq!(saved["outcome"], "stored");
    home.quipu(&["down"]).ok();
    let found = home.json(&["search", "lighthouse", "keeper"]);
    assert_eq!(found["hits"][0]["id"], saved["id"], "{found:#}");
    assert_eq!(home.owner().epoch, 2, "the second owner");
}

#[test]
fn logs_show_the_end_of_the_log() {
    let home = Home::new();
    let missing = home.quipu(&["logs"]).fails(66);
    assert!(missing.contains("quipu up"), "{missing}");
    home.up();
    home.quipu(&["down"]).ok();
    let log = home.quipu(&["logs"]).ok();
    assert!(log.contains("owner") && log.contains("stopped"), "{log}");
    assert_eq!(home.quipu(&["logs", "-n", "1"]).ok().lines().count(), 1);
}

#[test]
fn an_idle_daemon_ends_by_itself() {
    let home = Home::new();
    let output = home.quipu(&["daemon", "run", "--idle", "2s"]);
    assert!(output.took > Duration::from_secs(2), "{output:#?}");
    output.ok();
    assert!(home.log().contains("idle"), "{}", home.log());
    assert!(!home.owner().socket.exists());
}

#[test]
fn signals_end_a_daemon_in_the_foreground() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        let mut command = home.command(&["daemon", "run"]);
        let (child, started) = (piped(&mut command), Instant::now());
        until("it serves", || home.health().ok());
        home.signal(signal);
        finish(child, b"", started).ok();
        assert!(!home.owner().socket.exists() && home.daemons().is_empty());
    }
}

#[test]
fn a_third_daemon_says_who_is_there() {
    let home = Home::new();
    let first = home.up();
    let mut second = home.command(&["daemon", "run"]).spawn().unwrap();
    until("the second one stands by", || home.data().join("run/quipu.standby").exists().then_some(()));
    let third = home.quipu(&["daemon", "run"]).fails(65);
    assert!(third.contains(&first.pid.to_string()) && third.contains("quipu down"), "{third}");
    let json = home.quipu(&["daemon", "run", "--json"]);
    assert_eq!(json.code, 65);
    assert_eq!(json.json()["code"], "already_owned");
    assert_eq!(home.health().unwrap().pid, first.pid, "the first one is still there");
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn two_daemons_started_together_agree_on_one() {
    let home = Home::new();
    let commands = [home.command(&["daemon", "run", "--idle", "1s"]), home.command(&["daemon", "run", "--idle", "1s"])];
    let started = Instant::now();
    let children: Vec<_> = commands.into_iter().map(|mut command| piped(&mut command)).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| finish(child, b"", started)).collect();
    // One owned, the other stood by; both had nobody to serve. Had the owner ended first, the other took over.
    assert!(outputs.iter().all(|output| output.code == 0), "{outputs:#?}");
    let log = home.log();
    assert_eq!(log.matches("INFO standby").count(), 1, "{log}");
    assert!((1..=2).contains(&log.matches("INFO owner").count()), "{log}");
}

/// Clients that come while the old daemon still finishes wait for the lock with the next one.
#[test]
fn commands_between_two_daemons_are_served() {
    let home = Home::new();
    for round in 0..5 {
        home.up();
        home.signal(Signal::TERM);
        let saved = home.json(&["save", &format!("between daemons {round}")]);
        assert_eq!(saved["outcome"], "stored");
        home.up();
        home.signal(Signal::TERM);
        let output = home.hook_in_time(&serde_json::json!({
            "hook_event_name": "Stop", "session_id": "s", "cwd": home.work(), "prompt_id": round.to_string(),
            "last_assistant_message": format!("between daemons too {round}"),
        }));
        assert_eq!(output.trim(), "{}");
    }
    home.up();
    until("the spool is empty", || home.health().ok().filter(|health| health.spool == 0));
    let texts: BTreeSet<String> = home.export().into_iter().map(|memory| memory.text).collect();
    assert_eq!((texts.len(), home.export().len()), (10, 10), "{texts:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_keeps_nothing_of_the_client_that_started_it() {
    use std::io::{ErrorKind, Read};
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    use std::path::Path;

    let home = Home::new();
    let fifo = home.root().join("fifo");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let nonblocking = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap();
    let mut reader = std::fs::OpenOptions::new().read(true).custom_flags(nonblocking).open(&fifo).unwrap();
    // A named pipe on descriptor 9, as a host may leave one open for its children.
    let mut shell = home.program(Path::new("sh"));
    shell.args(["-c", "exec 9>\"$1\"; echo here >&9; exec \"$2\" up", "sh"]).arg(&fifo).arg(crate::support::QUIPU);
    shell.env("SOMEBODYS_API_KEY", "sk-not-for-daemons");
    crate::support::run(shell, b"").ok();
    let mut told = [0u8; 64];
    assert_eq!(reader.read(&mut told).map_err(|e| e.kind()), Ok(5));
    let end = reader.read(&mut told).map_err(|e| e.kind());
    assert_ne!(end, Err(ErrorKind::WouldBlock), "somebody still holds the client's pipe");
    assert_eq!(end, Ok(0));

    let proc = Path::new("/proc").join(home.owner().pid.to_string());
    let link = |name: &str| std::fs::read_link(proc.join(name)).unwrap();
    assert_eq!((link("fd/0"), link("fd/1")), ("/dev/null".into(), "/dev/null".into()));
    assert_eq!(link("cwd"), home.data());
    for entry in std::fs::read_dir(proc.join("fd")).unwrap() {
        let name = std::fs::read_link(entry.unwrap().path()).unwrap_or_default();
        let file = name.is_absolute() && name != Path::new("/dev/null");
        assert!(!file || name.starts_with(home.data()), "a descriptor of somebody else's: {}", name.display());
    }
    let stat = std::fs::read_to_string(proc.join("stat")).unwrap();
    let session = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(3)).unwrap();
    assert_eq!(session, home.owner().pid.to_string(), "its own session");
    let environ = std::fs::read_to_string(proc.join("environ")).unwrap();
    let names: Vec<&str> = environ.split('\0').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect();
    assert!(names.contains(&"QUIPU_HOME") && !names.contains(&"SOMEBODYS_API_KEY"), "{names:?}");
    let argv = std::fs::read_to_string(proc.join("cmdline")).unwrap().replace('\0', " ");
    assert!(argv.contains("daemon run"), "{argv}");
    assert_eq!(std::fs::metadata(&proc).unwrap().uid(), rustix::process::getuid().as_raw());
}

/// A child with three pipes, started now.
fn piped(command: &mut std::process::Command) -> std::process::Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}
