//! Prose that tools return, complaints, and what nobody recognises.

use super::*;

#[test]
fn prose() {
    for case in [
        ("Task", "", "I looked at three files. The writer holds the lock while it syncs.", Class::AssistantText),
        (
            "WebFetch",
            "",
            "# tree-sitter\n\nTree-sitter is a parser generator tool and an incremental parsing library.\n",
            Class::AssistantText,
        ),
        ("Read", "README.md", "# quipu\n\nA memory for coding agents.\n", Class::AssistantText),
        (
            "mcp__notes__get",
            "",
            "The meeting was moved to Thursday because two people are away.\nNobody minded that very much at all.\n",
            Class::AssistantText,
        ),
        ("mcp__notes__get", "", "会议改到星期四，因为有两个人不在。\n没有人介意这件事情。\n", Class::AssistantText),
    ] {
        check(case);
    }
}

#[test]
fn complaints_are_not_the_file() {
    for case in [
        ("Read", "src/a.rs", "File does not exist.", Class::BuildLog),
        ("Read", "a.toml", "<tool_use_error>File has not been read yet.</tool_use_error>", Class::BuildLog),
        ("Bash", "cat src/a.rs", "cat: src/a.rs: No such file or directory\n", Class::BuildLog),
    ] {
        check(case);
    }
}

#[test]
fn what_nobody_recognises_is_a_log() {
    for case in [
        ("Bash", "git status --short", " M src/a.rs\n?? notes\n", Class::BuildLog),
        ("Bash", "git log --oneline", "0123abc Say why\n4567def Mend it\n", Class::BuildLog),
        ("Bash", "wc -l a", "12 a\n", Class::BuildLog),
        ("Bash", "date", "Thu Jan  1 12:00:00 UTC 2026\n", Class::BuildLog),
        ("Bash", "which cargo", "cargo: aliased\n", Class::BuildLog),
    ] {
        check(case);
    }
}
