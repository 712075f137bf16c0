//! `quipu install claude-code` and `uninstall`, on files as they lie on disks: links, modes, copies, projects.
//! It must not know how settings are edited (the tables for that are in `agents`).

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Home, QUIPU, run};

const OURS: &str = "{\n  \"model\": \"opus\",\n  \"permissions\": { \"allow\": [\"Bash(ls)\"] }\n}\n";

pub(crate) fn settings(home: &Home) -> PathBuf {
    home.root().join("c/settings.json")
}

pub(crate) fn put(path: &Path, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn events(text: &str) -> Vec<String> {
    let settings: Value = serde_json::from_str(text).unwrap();
    settings["hooks"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn a_missing_file_is_made_and_goes_again() {
    let home = Home::new();
    let folder = home.root().join("c");
    std::fs::remove_dir(&folder).unwrap();
    let told = home.quipu(&["install", "claude-code", "--check"]);
    assert!(told.code == 1 && told.stdout.contains("SessionStart has no hook"), "{told:#?}");
    assert!(!folder.exists());

    let told = home.quipu(&["install", "claude-code"]).ok();
    assert!(told.contains("+++ ") && told.contains("+  \"hooks\": {") && told.contains("next session"), "{told}");
    assert!(!told.contains('\u{1b}'), "colours belong on terminals: {told}");
    let text = read(&settings(&home));
    assert_eq!(
        events(&text),
        [
            "PostCompact",
            "PostToolUse",
            "PreCompact",
            "PreToolUse",
            "SessionEnd",
            "SessionStart",
            "Stop",
            "UserPromptSubmit"
        ]
    );
    assert_eq!(names(&folder), ["settings.json"]);
    assert_eq!(mode(&settings(&home)) & 0o600, 0o600);
    assert_eq!(mode(&folder) & 0o700, 0o700);
    home.quipu(&["install", "claude-code", "--check"]).ok();

    assert!(home.quipu(&["install", "claude-code"]).ok().starts_with("nothing to change"));
    assert_eq!((read(&settings(&home)), names(&folder)), (text, vec!["settings.json".to_owned()]));

    home.quipu(&["uninstall", "claude-code"]).ok();
    assert!(names(&folder).is_empty());
    assert!(home.quipu(&["uninstall", "claude-code"]).ok().starts_with("nothing to change"));
}

#[test]
fn the_line_before_an_edit_can_be_done_without() {
    let home = Home::new();
    home.quipu(&["install", "claude-code"]).ok();
    assert!(read(&settings(&home)).contains("\"Edit|Write|MultiEdit|NotebookEdit\""));
    let with = home.quipu(&["install", "claude-code", "--check", "--no-file-notes"]);
    assert!(with.code == 1 && with.stdout.contains("PreToolUse has a hook"), "{with:#?}");
    home.quipu(&["install", "claude-code", "--no-file-notes"]).ok();
    assert_eq!(
        events(&read(&settings(&home))),
        ["PostCompact", "PostToolUse", "PreCompact", "SessionEnd", "SessionStart", "Stop", "UserPromptSubmit"]
    );
    home.quipu(&["install", "claude-code", "--check", "--no-file-notes"]).ok();
    let without = home.quipu(&["install", "claude-code", "--check"]);
    assert!(without.code == 1 && without.stdout.contains("PreToolUse has no hook"), "{without:#?}");
    let doctor = home.quipu(&["doctor"]);
    assert!(
        doctor.stdout.contains("no hook for PreToolUse") && doctor.stdout.contains("--no-file-notes"),
        "{doctor:#?}"
    );
    home.quipu(&["uninstall", "claude-code"]).ok();
    assert!(!settings(&home).exists());
}

#[test]
fn a_file_comes_back_as_it_was() {
    let home = Home::new();
    let folder = home.root().join("c");
    let huge = format!("{{\"a\": [\n{}0\n]}}", "1,\n".repeat(200_000));
    for text in [OURS, "", "{}", "\u{feff}{\r\n\t// note\r\n\t\"hooks\": {},\r\n}", "{\"hooks\":{\"Stop\":[]}}", &huge]
    {
        put(&settings(&home), text);
        let perms = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(settings(&home), perms).unwrap();
        home.quipu(&["install", "claude-code"]).ok();
        let installed = read(&settings(&home));
        assert_eq!(names(&folder), ["settings.json", "settings.json.quipu-backup"]);
        assert_eq!(read(&folder.join("settings.json.quipu-backup")), text);
        assert_eq!((mode(&settings(&home)), mode(&folder.join("settings.json.quipu-backup"))), (0o640, 0o640));
        home.quipu(&["install", "claude-code"]).ok();
        home.quipu(&["install", "claude-code", "--check"]).ok();
        assert!(read(&settings(&home)) == installed);
        home.quipu(&["uninstall", "claude-code"]).ok();
        assert!(read(&settings(&home)) == text, "{}", read(&settings(&home)));
        assert_eq!((names(&folder), mode(&settings(&home))), (vec!["settings.json".to_owned()], 0o640));
    }
}

#[test]
fn nothing_is_written_on_trial() {
    let home = Home::new();
    put(&settings(&home), OURS);
    let told = home.quipu(&["install", "claude-code", "--dry-run"]).ok();
    assert!(told.contains("+    \"SessionStart\": [") && told.contains("nothing was written"), "{told}");
    assert_eq!((read(&settings(&home)), names(&home.root().join("c")).len()), (OURS.to_owned(), 1));
    home.quipu(&["install", "claude-code"]).ok();
    let installed = read(&settings(&home));
    let told = home.quipu(&["uninstall", "claude-code", "--dry-run"]).ok();
    assert!(told.contains("-    \"SessionStart\": ["), "{told}");
    assert_eq!((read(&settings(&home)), names(&home.root().join("c")).len()), (installed, 2));
    assert_eq!(home.quipu(&["install", "claude-code", "--dry-run", "--check"]).code, 2);
    assert_eq!(home.quipu(&["install", "some-agent"]).code, 2);
}

#[test]
fn a_link_stays_a_link() {
    let home = Home::new();
    let dotfiles = home.root().join("dotfiles");
    put(&dotfiles.join("claude.json"), OURS);
    symlink("../dotfiles/claude.json", home.root().join("c/link")).unwrap();
    symlink("link", settings(&home)).unwrap();
    home.quipu(&["install", "claude-code"]).ok();
    assert_eq!(std::fs::read_link(settings(&home)).unwrap(), Path::new("link"));
    assert_eq!(events(&read(&dotfiles.join("claude.json"))).len(), 8);
    // The copy lies beside the link, not in somebody's repository of settings.
    assert_eq!(names(&dotfiles), ["claude.json"]);
    assert_eq!(read(&home.root().join("c/settings.json.quipu-backup")), OURS);
    home.quipu(&["uninstall", "claude-code"]).ok();
    assert_eq!(read(&dotfiles.join("claude.json")), OURS);

    std::fs::remove_file(dotfiles.join("claude.json")).unwrap();
    home.quipu(&["install", "claude-code"]).ok();
    assert_eq!(events(&read(&dotfiles.join("claude.json"))).len(), 8);
    assert!(settings(&home).is_symlink());
}

#[test]
fn copies_are_numbered_and_never_written_over() {
    let home = Home::new();
    let copy = |number: &str| home.root().join(format!("c/settings.json.quipu-backup{number}"));
    put(&copy(""), "somebody's own");
    put(&settings(&home), OURS);
    let report = home.json(&["install", "claude-code"]);
    assert_eq!(report["backup"], json!(copy(".2")));
    assert_eq!((read(&copy("")), read(&copy(".2"))), ("somebody's own".to_owned(), OURS.to_owned()));
    // Others change the file; then the program moves.
    let changed = read(&settings(&home)).replace("opus", "sonnet").replace(QUIPU, "/gone/quipu");
    put(&settings(&home), &changed);
    home.quipu(&["install", "claude-code"]).ok();
    assert_eq!(read(&copy(".3")), changed);
    assert_eq!(read(&settings(&home)), changed.replace("/gone/quipu", QUIPU));
    home.quipu(&["uninstall", "claude-code"]).ok();
    assert_eq!(read(&settings(&home)), OURS.replace("opus", "sonnet"));
    assert_eq!(read(&copy("")), "somebody's own");
}

#[test]
fn a_project_has_its_own() {
    let home = Home::new();
    let deep = home.work().join("src/deep");
    std::fs::create_dir_all(&deep).unwrap();
    let run_in = |directory: &Path, args: &[&str]| {
        let mut command = home.command(args);
        command.current_dir(directory);
        run(command, b"")
    };
    let local = |root: &Path| root.join(".claude/settings.local.json");
    run_in(&deep, &["install", "claude-code", "--project"]).ok();
    assert_eq!(events(&read(&local(&deep))).len(), 8, "no repository: the directory itself");
    run_in(&deep, &["uninstall", "claude-code", "--project"]).ok();
    assert!(!local(&deep).exists());

    std::fs::create_dir(home.work().join(".git")).unwrap();
    let told = run_in(&deep, &["install", "claude-code", "--project"]);
    assert!(told.stderr.contains("keep it out of git"), "{told:#?}");
    assert_eq!(events(&read(&local(&home.work()))).len(), 8);
    assert!(!settings(&home).exists() && !local(&deep).exists());
    run_in(&deep, &["install", "claude-code", "--project", "--check"]).ok();
    assert_eq!(home.quipu(&["install", "claude-code", "--check"]).code, 1);
    home.quipu(&["uninstall", "claude-code", "--project"]).ok();
    assert!(!local(&home.work()).exists());
}

#[test]
fn what_cannot_be_edited_is_left_and_named() {
    let home = Home::new();
    let path = settings(&home);
    let check = |text: &[u8], code: i32, told: &str| {
        put(&path, text);
        for args in
            [&["install", "claude-code"][..], &["install", "claude-code", "--check"], &["uninstall", "claude-code"]]
        {
            // Taking out needs no shape.
            if args[0] == "uninstall" && told.contains("must be") {
                continue;
            }
            let error = home.quipu(args).fails(code);
            assert!(error.contains(told) && error.contains("hint:"), "{args:?}: {error}");
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), text);
        assert_eq!(names(path.parent().unwrap()), ["settings.json"]);
    };
    check(b"{\n  \"a\": 1\n  \"b\": 2\n}\n", 65, "line 2, column 9: expected comma");
    check(b"{\"a\": \"\xff\"}", 65, "line 1, column 8: not UTF-8");
    check(b"{\"hooks\": [1]}", 65, "line 1, column 11: `hooks` must be an object");
    check(b"{\"hooks\": {\"Stop\": 1}}", 65, "line 1, column 20: `hooks.Stop` must be an array");
    std::fs::remove_file(&path).unwrap();
    symlink("settings.json", &path).unwrap();
    assert!(home.quipu(&["install", "claude-code"]).fails(65).contains("circle"));
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(home.quipu(&["install", "claude-code"]).fails(69).contains("cannot read"));
    std::fs::remove_dir(&path).unwrap();
    put(&path, OURS);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let error = home.quipu(&["install", "claude-code"]).fails(69);
    assert!(error.contains("read-only") && error.contains("chmod u+w"), "{error}");
    assert_eq!(read(&path), OURS);
    let mut homeless = home.command(&["install", "claude-code"]);
    homeless.env_remove("HOME").env_remove("CLAUDE_CONFIG_DIR");
    assert!(run(homeless, b"").fails(64).contains("CLAUDE_CONFIG_DIR"));
}

#[test]
fn many_at_once_leave_one_whole_file() {
    let home = Home::new();
    put(&settings(&home), OURS);
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6).map(|_| scope.spawn(|| home.quipu(&["install", "claude-code"]).code)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(codes.iter().all(|code| [0, 75].contains(code)) && codes.contains(&0), "{codes:?}");
    home.quipu(&["install", "claude-code", "--check"]).ok();
    home.quipu(&["uninstall", "claude-code"]).ok();
    assert_eq!((read(&settings(&home)), names(&home.root().join("c")).len()), (OURS.to_owned(), 1));
}
