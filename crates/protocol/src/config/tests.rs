//! The layers as files, variables and flags give them.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::keys::{InProject, KEYS, Kind, Reader, Reload, nearest, position};
use super::value::takes;
use super::*;

/// Loads a user's file, a project's file, variables and flags.
fn load(user: &str, project: Option<&str>, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Loaded {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    std::fs::write(&file, user).unwrap();
    let root = dir.path().join("p");
    std::fs::create_dir(&root).unwrap();
    if let Some(text) = project {
        std::fs::write(root.join(PROJECT_FILE), text).unwrap();
    }
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let env = Env { home: Some("/home/dev".into()), settings: owned(env), ..Env::default() };
    let flags: Vec<(String, String)> = owned(flags);
    let mut loaded = Config::load(&Sources { user: &file, project: Some(&root), env: &env, flags: &flags });
    // The place of the files is chance.
    for problem in &mut loaded.problems {
        problem.place = problem.place.rsplit('/').next().unwrap().to_owned();
    }
    loaded
}

/// Value and origins of `key`, as people see them.
fn shown(loaded: &Loaded, key: &str) -> (String, Vec<&'static str>) {
    let setting = loaded.config.setting(position(key).unwrap());
    let word = |origin: &Origin| match origin {
        Origin::Default => "default",
        Origin::User(_) => "user",
        Origin::Project(_) => "project",
        Origin::Env(_) => "env",
        Origin::Flag => "flag",
        Origin::HeldBack(_) => "held back",
    };
    (setting.value.to_string(), setting.origins.iter().map(word).collect())
}

#[track_caller]
fn check(loaded: &Loaded, key: &str, value: &str, origins: &[&str]) {
    assert_eq!(loaded.problems, [], "{key}");
    assert_eq!(shown(loaded, key), (value.to_owned(), origins.to_vec()), "{key}");
}

#[test]
fn each_layer_stands_over_the_one_before_and_says_so() {
    const KEY: &str = "recall.prompt_tokens";
    let (user, project) = ("[recall]\nprompt_tokens = 500", Some("recall.prompt_tokens = 400"));
    let (env, flag) = ([("QUIPU_RECALL_PROMPT_TOKENS", "300")], [(KEY, "200")]);
    check(&load("", None, &[], &[]), KEY, "600", &["default"]);
    check(&load(user, None, &[], &[]), KEY, "500", &["user"]);
    check(&load(user, project, &[], &[]), KEY, "400", &["project"]);
    check(&load(user, project, &env, &[]), KEY, "300", &["env"]);
    check(&load(user, project, &env, &flag), KEY, "200", &["flag"]);
    let forms = "hooks = { prompt_deadline = \"1s 500ms\", enabled = false }\n";
    check(&load(forms, None, &[], &[]), "hooks.prompt_deadline", "\"1500ms\"", &["user"]);
    check(&load(forms, None, &[], &[]), "hooks.enabled", "false", &["user"]);
}

#[test]
fn denials_add_up_and_are_anchored_where_they_were_written() {
    let user = "ingest.deny = [\"~/private/**\", \"/srv/x\"]";
    let loaded = load(user, Some("ingest.deny = [\"drafts\"]"), &[("QUIPU_INGEST_DENY", "**/secret:/y")], &[]);
    let (value, origins) = shown(&loaded, "ingest.deny");
    assert_eq!(origins, ["user", "project", "env"]);
    assert!(value.contains("\"/home/dev/private/**\", \"/srv/x\"") && value.contains("/p/drafts\""), "{value}");
    let denied = |path: &str| loaded.config.denial(keys::INGEST_DENY, &[Path::new(path)]).is_some();
    for path in ["/home/dev/private/a", "/srv/x", "/srv/x/deep/er", "/any/where/secret/in", "/y"] {
        assert!(denied(path), "{path}");
    }
    for path in ["/home/dev/private", "/home/dev/privately/a", "/srv/xy", "/srv", "/secretly", "/"] {
        assert!(!denied(path), "{path}");
    }
}

#[test]
fn a_project_narrows_and_never_widens() {
    let user = "recall.memories = 3\nhooks.file_notes = false\nhooks.deny = [\"/a\"]";
    for (project, key, value) in [
        ("recall.memories = 2", "recall.memories", "2"),
        ("recall.memories = 9", "recall.memories", "3"),
        ("hooks.file_notes = true", "hooks.file_notes", "false"),
        ("hooks.enabled = false", "hooks.enabled", "false"),
        ("ingest.enabled = false", "ingest.enabled", "false"),
        ("hooks.deny = []", "hooks.deny", "[\"/a\"]"),
    ] {
        let loaded = load(user, Some(project), &[], &[]);
        assert_eq!((shown(&loaded, key).0.as_str(), &loaded.problems), (value, &vec![]), "{project}");
    }
    for (at, key) in KEYS.iter().enumerate().filter(|(_, key)| key.project == InProject::No) {
        let value = Value::default_of(key);
        let loaded = load("", Some(&format!("{} = {value}", key.name)), &[], &[]);
        let what = format!("`{}` may not be set by a project", key.name);
        assert_eq!(loaded.problems.iter().map(|p| &p.what).collect::<Vec<_>>(), [&what]);
        assert_eq!(loaded.config.setting(at).origins, [Origin::Default]);
        assert_eq!(refusal(at, &value), Some(what));
    }
    assert!(refusal(position("recall.memories").unwrap(), &Value::Number(9)).unwrap().contains("at most 4"));
    assert!(refusal(position("hooks.enabled").unwrap(), &Value::Flag(true)).unwrap().contains("only turn"));
    assert_eq!(refusal(position("hooks.enabled").unwrap(), &Value::Flag(false)), None);
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_takes_nothing_else_with_it() {
    for (user, told) in [
        (
            "\n[hooks]\npromt_deadline = \"1s\"",
            "config.toml:3:1: unknown key `hooks.promt_deadline`; did you mean `hooks.prompt_deadline`?",
        ),
        ("idle = \"1h\"", "config.toml:1:1: unknown key `idle`; did you mean `daemon.idle`?"),
        ("[daemn]\nidle = \"1h\"", "config.toml:1:2: unknown key `daemn.idle`; did you mean `daemon.idle`?"),
        ("search.limit = 0", "config.toml:1:16: `0` is out of range: `search.limit` takes a number from 1 to 100"),
        ("search.limit = \"many\"", "config.toml:1:16: `search.limit` takes a number from 1 to 100"),
        ("daemon.idle = 30", "config.toml:1:15: `daemon.idle` takes a time from \"1s\" to \"30d\""),
        ("hooks.file_notes = \"no\"", "config.toml:1:20: `hooks.file_notes` takes true or false"),
        ("search.limit.x = 3", "config.toml:1:8: `search.limit` is a key, not a section"),
    ] {
        let loaded = load(&format!("{user}\n[recall]\nmemories = 2\n"), None, &[], &[]);
        assert_eq!(loaded.problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [told], "{user}");
        assert_eq!(loaded.config.number(keys::MEMORIES), 2, "{user}");
        assert_eq!(loaded.config.held_back(), None, "{user}");
    }
    let loaded =
        load("", None, &[("QUIPU_HOOKS_PROMT_DEADLINE", "1s"), ("QUIPU_SEARCH_LIMIT", "x")], &[("serch.limit", "1")]);
    assert_eq!(
        loaded.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "QUIPU_HOOKS_PROMT_DEADLINE: unknown variable; did you mean QUIPU_HOOKS_PROMPT_DEADLINE?",
            "QUIPU_SEARCH_LIMIT: `search.limit` takes a number from 1 to 100",
            "--set: unknown key `serch.limit`; did you mean `search.limit`?",
        ]
    );
}

#[test]
fn where_a_denial_cannot_be_read_nothing_is_kept() {
    for (user, project, is_held_back) in [
        ("[ingest\ndeny = []", None, true),
        ("ingest.deny = \"/a\"", None, true),
        ("ingest.deny = [\"nowhere\"]", None, true),
        ("ingest.deny = [\"/a/[\"]", None, true),
        ("ingest.deyn = [\"/a\"]", None, true),
        ("hooks.deny = 3", None, true),
        ("ui.theme = \"dark\"", None, false),
        ("search.limit = 0", None, false),
        ("", Some("ingest.enabled = \"no\""), true),
        ("", Some("= broken"), true),
        ("", Some("ingest.denies_more = []"), false),
        ("", Some("search.limit = 3"), false),
    ] {
        let loaded = load(user, project, &[], &[]);
        assert!(!loaded.problems.is_empty(), "{user} {project:?}");
        assert_eq!(loaded.config.held_back().is_some(), is_held_back, "{user} {project:?}: {loaded:#?}");
        assert_eq!(loaded.config.flag(keys::INGEST_ENABLED), !is_held_back);
        assert_eq!(loaded.config.number(keys::MEMORIES), 4, "the rest is as ever");
    }
}

#[test]
fn what_lies_at_the_path_is_no_trap() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("config.toml");
    let problems = || {
        let loaded = Config::of_user(&file, &Env::default());
        loaded.problems.iter().map(|problem| problem.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(problems(), [""; 0], "no file is no fault");
    std::fs::create_dir(&file).unwrap();
    assert_eq!(problems(), ["it is not a regular file"]);
    std::fs::remove_dir(&file).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(problems(), ["it is not a regular file"], "a pipe is not waited for");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "#".repeat(70_000)).unwrap();
    assert!(problems()[0].contains("more than"));
    // Deep nesting is refused by the reader, not by the stack.
    std::fs::write(&file, format!("a = {}{}", "[".repeat(20_000), "]".repeat(20_000))).unwrap();
    assert_eq!(problems().len(), 1);
    // A link in somebody's repository may lead to what is not for quipu to read.
    let root = dir.path().join("p");
    std::fs::create_dir(&root).unwrap();
    std::fs::write(&file, "recall.memories = 1").unwrap();
    std::os::unix::fs::symlink(&file, root.join(PROJECT_FILE)).unwrap();
    let loaded =
        Config::of_user(Path::new("/nowhere/config.toml"), &Env::default()).with(Some(&root), &Env::default(), &[]);
    assert_eq!((loaded.problems.len(), loaded.config.number(keys::MEMORIES)), (1, 4));
}

#[test]
fn values_are_read_back_as_they_are_written() {
    for key in &KEYS {
        let value = Value::default_of(key);
        let typed = match &value {
            Value::Patterns(patterns) => patterns.join(":"),
            other => other.to_string().replace('"', ""),
        };
        assert_eq!(Value::of_text(key, &typed), Ok(value.clone()), "{}", key.name);
        assert_eq!(Value::of_toml(key, &value.to_toml()), Ok(value), "{}", key.name);
        assert_eq!(KEYS[nearest(key.name).0].name, key.name);
    }
    let key = &KEYS[position("daemon.idle").unwrap()];
    for (text, written) in [("90s", "\"90s\""), ("2h", "\"2h\""), ("1h 30m", "\"90m\""), ("1500ms", "\"1500ms\"")] {
        assert_eq!(Value::of_text(key, text).map(|v| v.to_string()), Ok(written.to_owned()));
    }
    for text in ["", "30", "1x", "-1s", "999999999999d", "99999999999999999999s", "s"] {
        assert!(Value::of_text(key, text).is_err(), "{text}");
    }
}

#[test]
fn a_change_keeps_comments_order_and_everything_else() {
    let text = "# mine\n[search] # how many\nlimit = 5 # few\n\n[hooks]\nfile_notes = false\n";
    let set = |text: &str, name: &str, value: &str| {
        edit::set(text, name, &Value::of_text(&KEYS[position(name).unwrap()], value).unwrap()).unwrap()
    };
    assert_eq!(set(text, "search.limit", "7"), text.replace("= 5 #", "= 7 #"));
    let more = set(text, "hooks.prompt_deadline", "1s");
    assert_eq!(more, format!("{text}prompt_deadline = \"1s\"\n"));
    assert_eq!(edit::unset(&more, "hooks.prompt_deadline"), Ok(Some(text.to_owned())));
    assert_eq!(set("", "daemon.idle", "1h"), "[daemon]\nidle = \"1h\"\n");
    assert_eq!(set("search.limit = 5\n", "search.limit", "6"), "search.limit = 6\n");
    assert_eq!(edit::unset("serch.limit = 5\n", "serch.limit"), Ok(Some(String::new())), "what is no key can go");
    assert_eq!(edit::unset(text, "daemon.idle"), Ok(None));
    assert!(edit::unset("[broken", "daemon.idle").is_err());
}

#[test]
fn the_page_shows_the_table() {
    let cell = |key: &Key| {
        let reader = match key.reader {
            Reader::Client => "hook",
            Reader::Daemon => "daemon",
            Reader::Both => "both",
        };
        let project = match key.project {
            InProject::No => "no",
            InProject::Off => "only `false`",
            InProject::Less => "only less",
            InProject::More => "adds",
        };
        let reload = match key.reload {
            Reload::Live => "at once",
            Reload::Restart => "at its next start",
        };
        let range = match key.kind {
            Kind::Patterns { .. } => "patterns".to_owned(),
            Kind::Expressions => "named expressions".to_owned(),
            _ => takes(key),
        };
        let value = match Value::default_of(key) {
            Value::Patterns(all) if !all.is_empty() => format!("{} patterns, [privacy.md](privacy.md)", all.len()),
            value => format!("`{value}`"),
        };
        format!("| `{}` | {value} | {range} | {reader} | {project} | {reload} | {} |\n", key.name, key.doc)
    };
    let head = "| key | default | takes | read by | a project may | a running daemon takes it | |\n|---|---|---|---|---|---|---|\n";
    let table = format!("{head}{}", KEYS.iter().map(cell).collect::<String>());
    let page = include_str!("../../../../docs/config.md");
    assert!(page.contains(&table), "docs/config.md has another table; put this one there:\n{table}");
}
