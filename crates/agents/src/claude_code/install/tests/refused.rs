//! Files that are left alone, with the place of what is wrong.

use super::*;

fn check(text: &str, told: &str) {
    let error = install(text, &wanted(PROGRAM)).expect_err(text);
    assert_eq!(error.to_string(), told, "{text}");
}

#[test]
fn what_is_not_json_is_named_with_its_place() {
    check("{", "line 1, column 1: unterminated object");
    check("{\n  \"a\": 1\n  \"b\": 2\n}", "line 2, column 9: expected comma");
    check("{\n  \"水\": 1, b: 2\n}", "line 2, column 11: expected string for object property");
    check("{\r\n  'a': 1\r\n}", "line 2, column 3: single-quoted strings are not allowed");
    check("\u{feff}{\"a\": }", "line 1, column 7: unexpected close brace");
    check("{} {}", "line 1, column 4: text cannot contain more than one json value");
    check("{\"a\": 0x1}", "line 1, column 7: hexadecimal numbers are not allowed");
    check("{\"a\": \"\n\"}", "line 1, column 7: a line break inside a string");
    check("{\"a\": 1,,}", "line 1, column 9: unexpected token in object");
    check("<<<<<<< HEAD\n{}\n", "line 1, column 1: unexpected token");
}

#[test]
fn what_has_the_wrong_shape_is_named_with_its_place() {
    check("[]", "line 1, column 1: the file must be an object");
    check("\n  \"text\"", "line 2, column 3: the file must be an object");
    check("// only a remark\n", "line 1, column 1: the file must be an object");
    check("{\n  \"hooks\": []\n}", "line 2, column 12: `hooks` must be an object");
    check("{\"hooks\": null}", "line 1, column 11: `hooks` must be an object");
    check("{\"hooks\": {\"Stop\": {}}}", "line 1, column 20: `hooks.Stop` must be an array");
    check("{\"hooks\": {\"Stop\": [\"x\"]}}", "line 1, column 21: `hooks.Stop[0]` must be an object");
    check(
        "{\"hooks\": {\"Stop\": [{\"hooks\": []}, {}]}}",
        "line 1, column 36: `hooks.Stop[1].hooks` must be an array",
    );
    check(
        "{\"hooks\": {\"Stop\": [{\"hooks\": {\"type\": \"command\"}}]}}",
        "line 1, column 31: `hooks.Stop[0].hooks` must be an array",
    );
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(install(&deep, &wanted(PROGRAM)).is_err());
}

#[test]
fn taking_out_needs_json_but_no_shape() {
    assert!(uninstall("{", None).is_err());
    for odd in ["{\"hooks\": []}", "{\"hooks\": {\"Stop\": 1, \"SessionEnd\": [1, {\"hooks\": null}]}}"] {
        assert_eq!(uninstall(odd, None).expect("reads").as_deref(), Some(odd));
    }
}

#[test]
fn switches_and_dialects_are_reported() {
    let found = |text: &str| inspect(text).expect("reads");
    assert!(found("{\"disableAllHooks\": true}").disable_all_hooks);
    assert!(!found("{\"disableAllHooks\": true, \"disableAllHooks\": false}").disable_all_hooks);
    assert!(found("{\"allowManagedHooksOnly\": true}").managed_hooks_only);
    assert!(!found("{\"allowManagedHooksOnly\": \"true\"}").managed_hooks_only);
    assert!(
        found("{\"a\": 1,}").is_lenient && found("{} // x").is_lenient && !found("\u{feff}{\"a\": 1}\n").is_lenient
    );
}
