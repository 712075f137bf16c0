//! What the result looks like, to the byte, for the hands that matter.

use super::*;

/// `{…}` stands for the group of an event as it is written inside of `indent`.
fn group(event: &str, indent: &str) -> String {
    let timeout = if event == "SessionEnd" { format!(",\n{indent}      \"timeout\": 2") } else { String::new() };
    let matcher = match event {
        "PreToolUse" => format!("\n{indent}  \"matcher\": \"Edit|Write|MultiEdit|NotebookEdit\","),
        _ => String::new(),
    };
    format!(
        "{{{matcher}\n{indent}  \"hooks\": [\n{indent}    {{\n{indent}      \"type\": \"command\",\n{indent}      \"command\": \
         \"/opt/bin/quipu hook claude-code\"{timeout}\n{indent}    }}\n{indent}  ]\n{indent}}}"
    )
}

/// Several events, each with its one group, inside of `hooks`.
fn events(names: &[&str]) -> String {
    let event = |name: &&str| format!("    \"{name}\": [\n      {}\n    ]", group(name, "      "));
    names.iter().map(event).collect::<Vec<_>>().join(",\n")
}

#[test]
fn a_new_file_looks_like_one_of_claude_codes_own() {
    assert_eq!(put(""), format!("{{\n  \"hooks\": {{\n{}\n  }}\n}}\n", events(&SERVED)));
}

#[test]
fn ours_stand_behind_what_is_there() {
    let before = "{\n  \"model\": \"opus\", // mine\n  \"env\": {} // too\n  // the end\n}";
    let after = format!(
        "{{\n  \"model\": \"opus\", // mine\n  \"env\": {{}}, // too\n  // the end\n  \"hooks\": {{\n{}\n  }}\n}}",
        events(&SERVED)
    );
    assert_eq!(put(before), after);
}

#[test]
fn an_event_that_is_there_gets_one_more_group() {
    let before = "{\n  \"hooks\": {\n    \"Stop\": [\n      { \"hooks\": [] }\n    ]\n  }\n}\n";
    let after = format!(
        "{{\n  \"hooks\": {{\n    \"Stop\": [\n      {{ \"hooks\": [] }},\n      {}\n    ],\n{}\n  }}\n}}\n",
        group("Stop", "      "),
        events(&[
            "SessionStart",
            "UserPromptSubmit",
            "PreToolUse",
            "PostToolUse",
            "PreCompact",
            "PostCompact",
            "SessionEnd"
        ])
    );
    assert_eq!(put(before), after);
}

#[test]
fn one_line_stays_one_line() {
    let line = |event: &str, timeout: &str| {
        let matcher = if event == "PreToolUse" { "\"matcher\":\"Edit|Write|MultiEdit|NotebookEdit\"," } else { "" };
        format!(
            "\"{event}\":[{{{matcher}\"hooks\":[{{\"type\":\"command\",\"command\":\"/opt/bin/quipu hook claude-code\"{timeout}}}]}}]"
        )
    };
    let all: Vec<String> =
        SERVED.iter().map(|e| line(e, if *e == "SessionEnd" { ",\"timeout\":2" } else { "" })).collect();
    assert_eq!(put("{\"model\":\"opus\"}"), format!("{{\"model\":\"opus\",\"hooks\":{{{}}}}}", all.join(",")));
    let spaced = put("{ \"model\": \"opus\" }\n");
    assert!(
        spaced.starts_with("{ \"model\": \"opus\", \"hooks\": { \"SessionStart\": [{ \"hooks\": [{ \"type\": "),
        "{spaced}"
    );
    assert!(spaced.ends_with(", \"timeout\": 2 }] }] } }\n"), "{spaced}");
}

#[test]
fn the_files_own_hand_is_followed() {
    let tabs = put("{\r\n\t\"model\" : \"opus\",\r\n}\r\n");
    assert!(
        tabs.starts_with("{\r\n\t\"model\" : \"opus\",\r\n\t\"hooks\" : {\r\n\t\t\"SessionStart\" : [\r\n\t\t\t{\r\n"),
        "{tabs}"
    );
    assert!(tabs.ends_with("\r\n\t},\r\n}\r\n") && !tabs.replace("\r\n", "").contains('\n'), "{tabs}");
    let hugging = put("{\n    \"hooks\": {\n        \"Stop\": [{\n            \"hooks\": []\n        }]\n    }\n}\n");
    assert!(
        hugging.contains("            \"hooks\": []\n        }, {\n            \"hooks\": [\n                {\n"),
        "{hugging}"
    );
}

#[test]
fn odd_paths_are_quoted_for_the_shell_and_for_json() {
    let check = |program: &str, written: &str| {
        let text = install("{}", &wanted(program)).expect("goes in");
        assert!(text.contains(&format!("\"command\": \"{written} hook claude-code\"")), "{text}");
        assert_eq!(inspect(&text).expect("reads").entries[0].1, program);
        assert_eq!(install(&text, &wanted(program)).expect("goes in"), text);
        assert_eq!(uninstall(&text, None).expect("reads").as_deref(), Some("{}"));
    };
    check("/opt/bin/quipu", "/opt/bin/quipu");
    check("/opt/my tools/quipu", "'/opt/my tools/quipu'");
    check("/opt/it's/quipu", r"'/opt/it'\\''s/quipu'");
    check("/opt/\"q\"\\/quipu", r#"'/opt/\"q\"\\/quipu'"#);
    check("/opt/$HOME/`x`/quipu", "'/opt/$HOME/`x`/quipu'");
    check("/opt/水/quipu", "'/opt/水/quipu'");
}
