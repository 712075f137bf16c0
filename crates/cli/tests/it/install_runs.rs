//! What an installation is worth: the commands in it run, and `doctor` tells when they would not.
//! It must not know how settings are edited.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::install::{put, read, settings};
use crate::support::{Home, QUIPU, run, until};

/// Runs `script` in a shell of its own, so that no file that is to be executed is open for writing in this process.
fn shell(script: &str) {
    let mut command = Command::new("sh");
    command.args(["-ec", script]);
    run(command, b"").ok();
}

/// An executable script.
fn program(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    shell(&format!("cat > '{0}' <<'END'\n#!/bin/sh\n{text}\nEND\nchmod +x '{0}'", path.display()));
}

/// Event and command of every hook in a settings file.
fn commands(text: &str) -> Vec<(String, String)> {
    let settings: Value = serde_json::from_str(text).unwrap();
    let events = settings["hooks"].as_object().unwrap().iter();
    let groups = events.flat_map(|(event, groups)| groups.as_array().unwrap().iter().map(move |group| (event, group)));
    let handlers = groups.flat_map(|(event, group)| group["hooks"].as_array().unwrap().iter().map(move |h| (event, h)));
    handlers.map(|(event, handler)| (event.clone(), handler["command"].as_str().unwrap().to_owned())).collect()
}

/// The findings of `doctor` on hooks: verdict and words, and how it ended.
fn findings(home: &Home) -> (Vec<(String, String)>, i32) {
    let output = home.quipu(&["doctor", "--json"]);
    let code = output.code;
    let all = output.json();
    let hooks = all.as_array().unwrap().iter().filter(|finding| finding["check"] == "hooks");
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    (hooks.map(|finding| (word(&finding["verdict"]), word(&finding["found"]))).collect(), code)
}

#[track_caller]
fn check(home: &Home, verdict: &str, told: &str, code: i32) {
    let (findings, ended) = findings(home);
    assert!(findings.iter().any(|(v, found)| v == verdict && found.contains(told)), "{findings:#?}");
    assert_eq!(ended, code, "{findings:#?}");
}

#[test]
fn what_is_installed_runs_in_a_shell_whatever_the_path() {
    let home = Home::new();
    let odd = home.root().join("a b'\"\u{6c34}$(x)`y`;&/quipu");
    std::fs::create_dir(odd.parent().unwrap()).unwrap();
    let mut copy = Command::new("cp");
    copy.arg(QUIPU).arg(&odd);
    run(copy, b"").ok();
    let mut install = home.program(&odd);
    install.args(["install", "claude-code"]);
    run(install, b"").ok();
    let commands = commands(&read(&settings(&home)));
    assert_eq!(commands.len(), 8);
    for (event, command) in commands {
        let mut hook = home.program(Path::new("/bin/sh"));
        hook.args(["-c", &command]);
        let payload = json!({ "hook_event_name": event, "session_id": "s", "cwd": home.work(), "prompt": "hello" });
        let output = run(hook, payload.to_string().as_bytes());
        assert!(serde_json::from_str::<Value>(output.stdout.trim()).unwrap().is_object(), "{event}: {output:#?}");
        assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{event}: {output:#?}");
    }
    until("a daemon that a hook started", || (!home.daemons().is_empty()).then_some(()));
    // The program that we test is another file: what is there is repointed, once.
    let told = home.quipu(&["install", "claude-code", "--check"]);
    assert!(told.code == 1 && told.stdout.contains("this is "), "{told:#?}");
    home.quipu(&["install", "claude-code"]).ok();
    assert!(read(&settings(&home)).contains(&format!("\"{QUIPU} hook claude-code\"")));
}

#[test]
fn another_name_of_this_program_is_as_good() {
    let home = Home::new();
    let link = home.root().join("h/bin/quipu");
    std::fs::create_dir_all(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(QUIPU, &link).unwrap();
    home.quipu(&["install", "claude-code"]).ok();
    for name in [link.to_str().unwrap(), "~/bin/quipu", "$HOME/bin/quipu"] {
        let text = read(&settings(&home));
        put(&settings(&home), text.replace(commands(&text)[0].1.split(' ').next().unwrap(), name));
        let text = read(&settings(&home));
        assert!(text.contains(name));
        home.quipu(&["install", "claude-code", "--check"]).ok();
        home.quipu(&["install", "claude-code"]).ok();
        assert_eq!(read(&settings(&home)), text);
        check(&home, "good", "8 events run", 0);
    }
    // A program by another name could not be known again.
    let renamed = home.root().join("h/bin/memory");
    std::fs::hard_link(QUIPU, &renamed).or_else(|_| std::fs::copy(QUIPU, &renamed).map(drop)).unwrap();
    let mut install = home.program(&renamed);
    install.args(["install", "claude-code"]);
    assert!(run(install, b"").fails(69).contains("call the file `quipu`"));
}

#[test]
fn what_keeps_hooks_from_running_is_said() {
    let home = Home::new();
    let noted = |text: &str, told: &str| {
        put(&settings(&home), text);
        let output = home.quipu(&["install", "claude-code"]);
        assert!(output.code == 0 && output.stderr.contains(told), "{output:#?}");
        check(&home, "weak", told, 0);
    };
    noted("{\"disableAllHooks\": true}", "`disableAllHooks` is set in ");
    noted("{\"model\": \"opus\",}", "comments or trailing commas");
    let combined = json!({ "hooks": { "Stop": [{ "hooks": [{ "type": "command", "command": "timeout 1 quipu hook claude-code" }] }] } });
    noted(&combined.to_string(), "another command of `Stop`");
    put(&home.work().join(".claude/settings.json"), "{\"disableAllHooks\": true}");
    noted("{}", "w/.claude/settings.json");
}

#[test]
fn an_old_host_is_spared_what_it_does_not_know() {
    let home = Home::new();
    let bin = home.root().join("bin");
    let with_host = |version: &str, args: &[&str]| {
        program(&bin.join("claude"), &format!("echo '{version} (Claude Code)'"));
        let mut command = home.command(args);
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        run(command, b"")
    };
    let old = with_host("2.1.75", &["install", "claude-code"]);
    assert!(old.code == 0 && old.stderr.contains("`PostCompact` was left out"), "{old:#?}");
    assert_eq!(commands(&read(&settings(&home))).len(), 7);
    with_host("2.1.75", &["install", "claude-code", "--check"]).ok();
    assert_eq!(with_host("2.1.76", &["install", "claude-code", "--check"]).code, 1);
    with_host("2.1.329", &["install", "claude-code"]).ok();
    assert_eq!(commands(&read(&settings(&home))).len(), 8);
    with_host("2.1.329", &["uninstall", "claude-code"]).ok();
    assert!(!settings(&home).exists());
}

#[test]
fn doctor_tells_what_would_not_run() {
    let home = Home::new();
    check(&home, "weak", "Claude Code does not run quipu", 0);
    home.quipu(&["install", "claude-code"]).ok();
    check(&home, "good", "8 events run", 0);
    let good = read(&settings(&home));
    let pointed = |program: &Path| put(&settings(&home), good.replace(QUIPU, program.to_str().unwrap()));
    let other = home.root().join("other/quipu");

    pointed(&other);
    check(&home, "broken", "cannot be run: No such file", 1);
    put(&other, "#!/bin/sh\n");
    check(&home, "broken", "is not executable", 1);
    let script = |name: &str, text: &str| {
        let path = home.root().join("other").join(name).join("quipu");
        program(&path, text);
        pointed(&path);
    };
    script("old", "echo quipu 0.0.1");
    check(&home, "weak", "is `quipu 0.0.1`, this is `quipu ", 0);
    script("failing", "exit 3");
    check(&home, "broken", "does not say its version", 1);
    script("hanging", "sleep 600 & sleep 600");
    let started = std::time::Instant::now();
    check(&home, "broken", "no answer within 2 s", 1);
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
    script("same", &format!("exec '{QUIPU}' \"$@\""));
    check(&home, "good", "8 events run", 0);
    put(&settings(&home), good.replace(QUIPU, "quipu"));
    check(&home, "weak", "no absolute path", 0);
    put(&settings(&home), good.replace("SessionEnd", "Setup"));
    check(&home, "weak", "no hook for SessionEnd", 0);
    put(&settings(&home), "{\n  \"a\": }");
    check(&home, "broken", "line 2, column 8", 1);
}

#[test]
fn a_program_that_came_with_a_project_is_not_run() {
    let home = Home::new();
    std::fs::create_dir(home.work().join(".git")).unwrap();
    let theirs = home.work().join("tools/quipu");
    let mark = home.root().join("it-ran");
    program(&theirs, &format!("touch '{}'", mark.display()));
    let handler =
        json!([{ "hooks": [{ "type": "command", "command": format!("{} hook claude-code", theirs.display()) }] }]);
    put(&home.work().join(".claude/settings.json"), json!({ "hooks": { "Stop": handler } }).to_string());
    check(&home, "weak", "lies inside the project", 0);
    assert!(!mark.exists());
    // With one's own beside it everything would be recalled twice.
    home.quipu(&["install", "claude-code"]).ok();
    check(&home, "weak", "Stop runs two different programs", 0);
    assert!(!mark.exists());
}
