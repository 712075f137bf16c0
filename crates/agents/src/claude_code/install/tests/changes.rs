//! Entries of ours that are there already, and files that others have changed since.

use super::*;

const OLD: &str = "/old/place/quipu hook claude-code";

/// A file with `command` for each of `events`.
fn file(events: &[(&str, &str)]) -> String {
    let event = |(name, command): &(&str, &str)| {
        let command = serde_json::Value::from(*command);
        format!("    \"{name}\": [ {{ \"hooks\": [ {{ \"type\": \"command\", \"command\": {command} }} ] }} ]")
    };
    format!("{{\n  \"hooks\": {{\n{}\n  }}\n}}\n", events.iter().map(event).collect::<Vec<_>>().join(",\n"))
}

fn entries_of(text: &str) -> Vec<(String, String)> {
    inspect(text).expect("reads").entries
}

#[test]
fn an_older_path_is_updated_where_it_stands() {
    let check = |old: &str, new: &str| {
        let before: Vec<_> = SERVED.iter().map(|event| (*event, old)).collect();
        let after: Vec<_> = SERVED.iter().map(|event| (*event, new)).collect();
        let timeout = |text: &str| text.replacen(" } ] } ]\n  }", ", \"timeout\": 2 } ] } ]\n  }", 1);
        assert_eq!(put(&file(&before)), timeout(&file(&after)), "{old}");
    };
    check(OLD, "/opt/bin/quipu hook claude-code");
    check("quipu hook claude-code", "/opt/bin/quipu hook claude-code");
    check("'/old place/quipu' hook claude-code", "/opt/bin/quipu hook claude-code");
    check("\"$HOME/bin/quipu\"  hook claude-code || true", "/opt/bin/quipu  hook claude-code || true");
    check(
        "QUIPU_HOME=/q /old/quipu hook claude-code 2>/dev/null",
        "QUIPU_HOME=/q /opt/bin/quipu hook claude-code 2>/dev/null",
    );
    // What runs the right program stays as somebody wrote it.
    check("'/opt/bin/quipu' hook claude-code", "'/opt/bin/quipu' hook claude-code");
}

#[test]
fn the_exec_form_is_updated_in_its_form() {
    let exec = |program: &str| {
        format!(
            "{{\"hooks\":{{\"Stop\":[{{\"hooks\":[{{\"type\":\"command\",\"command\":\"{program}\",\
             \"args\":[\"hook\",\"claude-code\"]}}]}}]}}}}"
        )
    };
    let updated = put(&exec("/old place/quipu"));
    assert!(updated.starts_with(exec(PROGRAM).trim_end_matches('}')), "{updated}");
    assert_eq!(entries_of(&updated).len(), SERVED.len());
}

#[test]
fn another_name_of_the_same_program_is_left() {
    let before = file(&SERVED.map(|event| (event, "~/bin/quipu hook claude-code")));
    let is_same = |program: &str| program == "~/bin/quipu";
    let after = install(&before, &Wanted { is_same: &is_same, ..wanted(PROGRAM) }).expect("goes in");
    assert_eq!(after.replace(", \"timeout\": 2", ""), before);
}

#[test]
fn what_ran_twice_runs_once() {
    let group = |command: &str| format!("{{ \"hooks\": [ {{ \"type\": \"command\", \"command\": \"{command}\" }} ] }}");
    let stop = |groups: &[String]| format!("{{ \"hooks\": {{ \"Stop\": [ {} ] }} }}", groups.join(", "));
    let new = "/opt/bin/quipu hook claude-code";
    let twice = put(&stop(&[group(OLD), group("first"), group(new), group("quipu hook claude-code")]));
    assert!(twice.starts_with(stop(&[group(new), group("first")]).trim_end_matches([' ', '}'])), "{twice}");
    assert_eq!(entries_of(&twice).len(), SERVED.len());
    // Different times, or a different environment: somebody wanted that.
    let matchers = "{\"hooks\":{\"SessionStart\":[{\"matcher\":\"startup\",\"hooks\":[{\"type\":\"command\",\"command\":\
                    \"quipu hook claude-code\"}]},{\"matcher\":\"resume\",\"hooks\":[{\"type\":\"command\",\"command\":\
                    \"quipu hook claude-code\"}]}]}}";
    assert_eq!(entries_of(&put(matchers)).len(), SERVED.len() + 1);
    assert_eq!(entries_of(&put(&stop(&[group(new), group(&format!("QUIPU_HOME=/q {new}"))]))).len(), SERVED.len() + 1);
}

#[test]
fn a_limit_that_is_set_is_left() {
    let before = "{\"hooks\":{\"SessionEnd\":[{\"hooks\":[{\"type\":\"command\",\"timeout\":30,\"command\":\"quipu hook claude-code\"}]}]}}";
    let after = put(before);
    assert!(after.contains("\"timeout\":30") && !after.contains("\"timeout\":2"), "{after}");
}

#[test]
fn a_shadowed_entry_does_not_count_and_goes_too() {
    let shadowed = format!(
        "{{\"hooks\":{{\"Stop\":[{{\"hooks\":[{{\"type\":\"command\",\"command\":\"{OLD}\"}}]}}]}},\"hooks\":{{\"Setup\":[]}}}}"
    );
    let found = inspect(&shadowed).expect("reads");
    assert_eq!((found.entries.len(), found.missing), (1, SERVED.to_vec()));
    let installed = put(&shadowed);
    assert!(inspect(&installed).expect("reads").missing.is_empty(), "{installed}");
    let out = uninstall(&installed, None).expect("reads").expect("a file");
    assert_eq!(out, "{\"hooks\":{\"Setup\":[]}}");
}

#[test]
fn an_event_that_the_host_does_not_know_is_left_out() {
    let text = install("{}", &Wanted { leave_out: &["PostCompact"], ..wanted(PROGRAM) }).expect("goes in");
    assert_eq!(inspect(&text).expect("reads").missing, ["PostCompact"]);
    assert_eq!(uninstall(&text, Some("{}")).expect("reads").as_deref(), Some("{}"));
    let fresh = install("", &Wanted { leave_out: &["PostCompact"], ..wanted(PROGRAM) }).expect("goes in");
    assert_eq!(uninstall(&fresh, None), Ok(None));
}

#[test]
fn what_a_person_does_without_is_left_out_and_taken_out() {
    let without = Wanted { leave_out: &["PreToolUse"], ..wanted(PROGRAM) };
    for before in ["", "{}", "{ \"model\": \"opus\" }\n"] {
        let text = install(before, &without).expect("goes in");
        assert_eq!(inspect(&text).expect("reads").missing, ["PreToolUse"]);
        // Installed with it and then without, it looks as if it had never been there.
        assert_eq!(install(&put(before), &without).as_deref(), Ok(text.as_str()), "{before}");
        assert_eq!(uninstall(&text, Some(before)).expect("reads").as_deref(), Some(before));
    }
    assert_eq!(uninstall(&install("", &without).expect("goes in"), None), Ok(None));
    // Other tools' hooks of the event stay.
    let theirs = "{\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"theirs\"}]}]}}";
    let text = install(&put(theirs), &without).expect("goes in");
    assert!(meaning(&text)["hooks"]["PreToolUse"] == meaning(theirs)["hooks"]["PreToolUse"], "{text}");
}

#[test]
fn what_others_added_since_stays() {
    let before = "{\n  \"hooks\": {\n    \"Stop\": []\n  },\n  \"model\": \"opus\"\n}\n";
    let installed = put(before);
    let theirs = "{ \"hooks\": [ { \"type\": \"command\", \"command\": \"theirs\" } ] }";
    // Behind ours in the same event, in an event that we made, in our very group, and as a new key at the end.
    let added = [
        installed.replacen("      }\n    ]", &format!("      }},\n      {theirs}\n    ]"), 1),
        installed.replacen("          }\n        ]", &format!("          }},\n          {theirs}\n        ]"), 2),
        installed.replacen("\"Stop\": [", &format!("\"Stop\": [\n      {theirs},"), 1),
        installed.replacen("\n}\n", ",\n  \"theirs\": true\n}\n", 1),
        installed.replacen("\"SessionStart\": [", "\"SessionStart\": [ // theirs", 1),
    ];
    for text in added {
        assert_ne!(text, installed);
        let out = uninstall(&text, Some(before)).expect("reads").expect("a file");
        let found = inspect(&out).expect("reads");
        assert!(found.entries.is_empty() && out.matches("theirs").count() == text.matches("theirs").count(), "{out}");
        assert_eq!(meaning(&out)["model"], "opus", "{out}");
        assert!(meaning(&out)["hooks"]["Stop"].is_array(), "{out}");
    }
}

#[test]
fn a_combined_command_is_seen_and_left() {
    let before = file(&[("Stop", "timeout 1 quipu hook claude-code"), ("Setup", "quipu hook claude-code; other")]);
    let installed = put(&before);
    assert_eq!(inspect(&installed).expect("reads").combined, ["Stop", "Setup"]);
    assert_eq!(uninstall(&installed, None).expect("reads"), Some(before));
}
