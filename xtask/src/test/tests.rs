//! Who needs which tool is read from the sources.

use super::*;

#[test]
fn a_tool_is_used_where_a_string_is_its_name() {
    let tree = Tree::of(&[
        ("crates/cli/tests/hook.rs", "fn f() { Command::new(\"strace\"); }\n"),
        ("crates/cli/tests/other.rs", "// strace\nconst WHY: &str = \"strace is optional\";\n"),
        ("xtask/src/test.rs", "const TOOL: &str = \"strace\";\n"),
    ]);
    assert_eq!(users(&tree, "strace"), ["crates/cli/tests/hook.rs"]);
    assert!(users(&tree, "node").is_empty());
}
