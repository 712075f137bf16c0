//! Every sample goes in and out again, as it is and written by other hands; what must come out is in `golden`.

mod changes;
mod golden;
mod random;
mod refused;
mod samples;

use jsonc_parser::ast;
use serde_json::Value;

use super::*;
use samples::{Emptiness, SAMPLES};

pub(super) const PROGRAM: &str = "/opt/bin/quipu";

pub(super) fn wanted(program: &str) -> Wanted<'_> {
    Wanted { program, is_same: &|_| false, leave_out: &[] }
}

pub(super) fn put(text: &str) -> String {
    install(text, &wanted(PROGRAM)).unwrap_or_else(|error| panic!("{error}\n{}", beginning(text)))
}

/// Enough of a text to know it by.
pub(super) fn beginning(text: &str) -> String {
    text.chars().take(4_000).collect()
}

/// The file's meaning, read by way of the tree: the last property of a name counts.
pub(super) fn meaning(text: &str) -> Value {
    fn of(value: &ast::Value<'_>) -> Value {
        match value {
            ast::Value::StringLit(string) => Value::from(string.value.as_ref()),
            ast::Value::NumberLit(number) => serde_json::from_str(number.value).expect("a number"),
            ast::Value::BooleanLit(boolean) => Value::from(boolean.value),
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::Array(array) => array.elements.iter().map(of).collect(),
            ast::Value::Object(object) => {
                object.properties.iter().map(|p| (p.name.as_str().to_owned(), of(&p.value))).collect()
            }
        }
    }
    let (_, text) = split_mark(text);
    if text.trim().is_empty() {
        return serde_json::json!({});
    }
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{}", beginning(text)));
    of(&ast::Value::Object(document.root.clone()))
}

/// What the file must mean once quipu is in it, worked out on the meaning alone.
fn with_ours(mut file: Value) -> Value {
    for event in SERVED {
        let mut handler = serde_json::json!({ "type": "command", "command": format!("{PROGRAM} hook claude-code") });
        if event == "SessionEnd" {
            handler["timeout"] = 2.into();
        }
        let root = file.as_object_mut().expect("an object");
        let hooks = root.entry("hooks").or_insert_with(|| serde_json::json!({}));
        let groups = hooks.as_object_mut().expect("an object").entry(event).or_insert_with(|| serde_json::json!([]));
        let mut group = serde_json::json!({ "hooks": [handler] });
        if event == "PreToolUse" {
            group["matcher"] = "Edit|Write|MultiEdit|NotebookEdit".into();
        }
        groups.as_array_mut().expect("an array").push(group);
    }
    file
}

/// In and out again, for a file without any entry of ours.
pub(super) fn check(name: &str, text: &str, emptiness: Emptiness) {
    let installed = put(text);
    let shown = beginning(&installed);
    assert!(meaning(&installed) == with_ours(meaning(text)), "{name}: it means something else\n{shown}");
    assert!(put(&installed) == installed, "{name}: a second time changes something\n{shown}");
    let found = inspect(&installed).expect("reads");
    assert!(
        found.missing.is_empty() && found.entries.len() == SERVED.len() && found.combined.is_empty(),
        "{name}: {found:?}"
    );
    assert!(is_kept(text, &installed), "{name}: something is gone\n{shown}");
    assert_eq!(uninstall(&installed, Some(text)).expect("reads").as_deref(), Some(text), "{name}: knowing what was");
    if emptiness == Emptiness::None {
        assert_eq!(uninstall(&installed, None).expect("reads").as_deref(), Some(text), "{name}: not knowing what was");
    }
    // Where something else has changed meanwhile, what was before cannot simply be put back.
    for (old, new) in [("opus", "sonnet"), ("\"first\"", "\"1st\""), ("// note", "// nota bene")] {
        let changed = uninstall(&installed.replace(old, new), Some(text)).expect("reads");
        assert_eq!(changed.as_deref(), Some(text.replace(old, new).as_str()), "{name}: after a change elsewhere");
    }
}

/// Whether everything but white space of `before` stands in `after`, in the same order.
pub(super) fn is_kept(before: &str, after: &str) -> bool {
    let mut after = after.chars();
    before.chars().filter(|c| !c.is_whitespace()).all(|c| after.any(|other| other == c))
}

#[test]
fn every_sample_goes_in_and_out_again() {
    assert!(SAMPLES.len() >= 25, "{}", SAMPLES.len());
    for (name, text, emptiness) in SAMPLES {
        check(name, text, *emptiness);
    }
}

#[test]
fn so_it_does_in_other_hands() {
    for (name, text, emptiness) in SAMPLES {
        check(&format!("{name}, CRLF"), &text.replace('\n', "\r\n"), *emptiness);
        check(&format!("{name}, tabs"), &text.replace("  ", "\t"), *emptiness);
        check(&format!("{name}, four spaces"), &text.replace("  ", "    "), *emptiness);
        check(&format!("{name}, byte order mark"), &format!("\u{feff}{text}"), *emptiness);
        check(&format!("{name}, no final newline"), text.trim_end_matches('\n'), *emptiness);
        check(&format!("{name}, many final newlines"), &format!("{text}\n\n \n"), *emptiness);
        check(&format!("{name}, no spaces behind colons"), &text.replace("\": ", "\":"), *emptiness);
    }
}

#[test]
fn a_huge_file_too() {
    let rules: Vec<String> = (0..20_000).map(|n| format!("      \"Bash(tool-{n}:*)\"")).collect();
    let text = format!("{{\n  \"permissions\": {{\n    \"allow\": [\n{}\n    ]\n  }}\n}}\n", rules.join(",\n"));
    check("huge", &text, Emptiness::None);
    let line = text.replace('\n', "");
    check("huge, one line", &line, Emptiness::None);
}

#[test]
fn a_file_that_is_not_there_and_one_that_is_empty() {
    let made = put("");
    assert_eq!(uninstall(&made, None), Ok(None), "made by us as a whole");
    assert_eq!(uninstall(&made, Some("")), Ok(Some(String::new())));
    for empty in ["", "\n", "  \r\n", "\u{feff}", "\u{feff}\n"] {
        let installed = put(empty);
        assert_eq!(meaning(&installed), with_ours(serde_json::json!({})));
        assert_eq!(installed.starts_with('\u{feff}'), empty.starts_with('\u{feff}'));
        assert_eq!(uninstall(&installed, Some(empty)).expect("reads").as_deref(), Some(empty));
        assert_eq!(uninstall(empty, None).expect("reads").as_deref(), Some(empty));
    }
}
