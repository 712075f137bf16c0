//! What must hold of every tool, whatever it does.
//! It must not know any of them by name but where a name is the point.

use std::collections::HashSet;

use serde_json::Value;

use super::{TOOLS, named, shown};
use crate::doors::mcp::tool::Shelf;

#[test]
fn at_most_eight_are_shown_unasked() {
    let first: Vec<&str> = shown(Shelf::First).map(|tool| tool.name).collect();
    assert!((1..=8).contains(&first.len()), "{first:?}");
    let all: HashSet<&str> = shown(Shelf::All).map(|tool| tool.name).collect();
    assert!(first.iter().all(|name| all.contains(name)), "what is shown at first is shown with all");
    assert_eq!(shown(Shelf::Connector).map(|tool| tool.name).collect::<Vec<_>>(), ["search", "fetch"]);
}

#[test]
fn every_tool_says_all_of_itself() {
    let mut names = HashSet::new();
    for tool in TOOLS {
        assert!(names.insert(tool.name), "{} stands twice", tool.name);
        assert!(named(tool.name).is_some());
        let wire = serde_json::to_value(tool.wire()).expect("JSON");
        let at = |pointer: &str| wire.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(at("/inputSchema/type"), "object", "{}", tool.name);
        assert_eq!(at("/outputSchema/type"), "object", "{}", tool.name);
        assert!(at("/description").as_str().is_some_and(|words| words.len() > 40), "{}", tool.name);
        for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
            assert!(at(&format!("/annotations/{hint}")).is_boolean(), "{} lacks {hint}", tool.name);
        }
        // Nothing is destroyed and nothing outside is reached.
        assert_eq!(
            (at("/annotations/destructiveHint"), at("/annotations/openWorldHint")),
            (false.into(), false.into())
        );
        assert!(!tool.name.contains("purge") && !tool.name.contains("restore") && !tool.name.contains("forget"));
        for schema in ["/inputSchema", "/outputSchema"] {
            travels(&at(schema), &format!("{}{schema}", tool.name));
        }
    }
}

/// A schema that every client reads: no references, no null, no width of Rust's, each argument described.
fn travels(schema: &Value, of: &str) {
    match schema {
        Value::Object(object) => {
            assert!(!object.contains_key("$ref") && !object.contains_key("$schema"), "{of}: {schema}");
            if object.get("type").is_some_and(Value::is_string) {
                assert!(!object.contains_key("format"), "{of}: {schema}");
            }
            for (key, value) in object {
                travels(value, &format!("{of}/{key}"));
            }
        }
        Value::Array(list) => list.iter().for_each(|value| travels(value, of)),
        Value::String(text) => assert!(text != "null" && !text.contains('\n'), "{of}: {text:?}"),
        _ => {}
    }
    if let Some(arguments) = schema.get("properties").and_then(Value::as_object).filter(|_| of.ends_with("inputSchema"))
    {
        for (name, argument) in arguments {
            assert!(argument.get("description").is_some(), "{of}: `{name}` is not described");
        }
    }
}
