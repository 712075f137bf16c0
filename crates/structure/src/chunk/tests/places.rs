//! Where prose, diffs, traces, logs and settings are cut.

use super::*;

/// `n` words, each five bytes with its space: 4 words are 5 tokens.
fn words(n: usize) -> String {
    "word ".repeat(n).trim_end().to_owned()
}

/// How every chunk begins.
#[track_caller]
fn begins(parts: &[&str], expect: &[&str]) {
    let found: Vec<&str> = parts.iter().map(|part| part.trim_start().split(['\n', ' ']).next().unwrap_or("")).collect();
    assert_eq!(found, expect, "{parts:#?}");
}

#[test]
fn headings_first() {
    let text =
        format!("## one\n\n{}\n\n{}\n\n## two\n\n{}\n\n## three\n\n{}\n", words(60), words(60), words(90), words(30));
    let parts = check(&text, Class::AssistantText, None);
    begins(&parts, &["##", "##"]);
    assert!(parts[1].starts_with("## two") && parts[1].contains("## three"));
    // A higher heading outweighs a lower one.
    let text = format!("## a\n\n{}\n\n# b\n\n{}\n\n## c\n\n{}\n", words(80), words(80), words(80));
    assert!(check(&text, Class::UserMessage, None)[1].starts_with("# b"));
    // `#` alone is no heading, and none is inside a fence.
    let text = format!("{}\n\n{}\n#tag {}\n\n{}\n", words(150), words(60), words(60), words(150));
    assert!(check(&text, Class::UserMessage, None).iter().all(|part| !part.starts_with('#')));
}

#[test]
fn then_blocks_then_items() {
    let text = format!("{}\n\n{}\n\n{}\n", words(150), words(100), words(100));
    begins(&check(&text, Class::Thinking, None), &["word", "word"]);
    let items: String = (0..30).map(|at| format!("- item {at} {}\n  more\n", words(10))).collect();
    let parts = check(&items, Class::AssistantText, None);
    assert!(parts.len() > 1 && parts.iter().all(|part| part.starts_with("- item")), "{parts:#?}");
    let numbered: String = (0..30).map(|at| format!("{at}. item {}\n   more\n", words(10))).collect();
    assert!(check(&numbered, Class::AssistantText, None).iter().all(|part| part.as_bytes()[0].is_ascii_digit()));
}

#[test]
fn a_fence_that_fits_is_never_cut() {
    for (before, tag) in [(10, "rust"), (100, ""), (150, "text"), (190, "python"), (30, "nonsense")] {
        for mark in ["```", "~~~~"] {
            let code = format!("{mark}{tag}\n{}\n\n\n# no heading\n{}\n{mark}\n", words(60), words(60));
            let text = format!("# a\n\n{}:\n{code}{}\n\n{}\n", words(before), words(40), words(100));
            let parts = check(&text, Class::AssistantText, None);
            assert!(parts.iter().any(|part| part.contains(&code)), "{parts:#?}");
        }
    }
}

#[test]
fn a_fence_that_does_not_fit_is_cut_like_its_language() {
    let function = |name: &str| {
        format!("fn {name}() {{\n    let a = 1;\n\n    let b = 2;\n{}}}\n", "    call(a, b);\n".repeat(40))
    };
    let text = format!(
        "Look:\n\n```rust\n{}\n{}\n{}```\n\nThat is all.\n",
        function("one"),
        function("two"),
        function("three")
    );
    let parts = check(&text, Class::AssistantText, None);
    begins(&parts, &["Look:", "fn", "fn"]);
    assert!(parts[2].ends_with("That is all.\n"));
    let open = format!("```rust\n{}\n{}\n{}", function("one"), function("two"), function("three"));
    begins(&check(&open, Class::AssistantText, None), &["```rust", "fn", "fn"]);
}

#[test]
fn diffs_are_cut_at_files_then_hunks() {
    let file = |name: &str, hunks: usize| {
        let head = format!("diff --git a/{name} b/{name}\nindex 123..456 100644\n--- a/{name}\n+++ b/{name}\n");
        head + &format!("@@ -1,9 +1,9 @@\n{}", "-    old();\n+    new();\n".repeat(25)).repeat(hunks)
    };
    let text = file("a.rs", 1) + &file("b.rs", 1) + &file("c.rs", 3);
    let parts = check(&text, Class::Diff, None);
    begins(&parts, &["diff", "diff", "diff", "@@", "@@"]);
    let plain = text
        .lines()
        .filter(|line| !line.starts_with("diff") && !line.starts_with("index"))
        .map(|line| format!("{line}\n"));
    begins(&check(&plain.collect::<String>(), Class::Diff, None), &["---", "---", "---", "@@", "@@"]);
}

#[test]
fn traces_are_whole_or_cut_at_causes() {
    let frames =
        |n: usize| (0..n).map(|at| format!("\tat com.acme.Pool.take{at}(Pool.java:{at})\n")).collect::<String>();
    let whole =
        format!("java.lang.IllegalStateException: no\n{}Caused by: java.io.IOException\n{}", frames(30), frames(30));
    assert!(tokens::estimate(&whole) > 2 * MAX_TOKENS);
    assert_eq!(check(&whole, Class::StackTrace, None).len(), 1);
    let long = format!(
        "java.lang.IllegalStateException: no\n{}Caused by: java.io.IOException\n{}Caused by: java.net.SocketException\n{}",
        frames(90),
        frames(15),
        frames(90)
    );
    let parts = check(&long, Class::StackTrace, None);
    assert!(
        parts.iter().any(|part| part.starts_with("Caused by: java.io") && part.ends_with("take14(Pool.java:14)\n")),
        "{parts:#?}"
    );
    assert!(
        parts.iter().all(|part| part.starts_with("\tat ") || part.starts_with("java") || part.starts_with("Caused"))
    );
}

#[test]
fn logs_and_listings_are_cut_at_lines() {
    let log = format!("{}\n", "error: no\n  --> src/a.rs:1:2\n   |\n\n".repeat(200));
    assert!(check(&log, Class::BuildLog, None).iter().all(|part| part.starts_with("error: no")));
    let names: String = (0..2_000).map(|at| format!("src/{at}.rs\n")).collect();
    assert!(check(&names, Class::DirListing, None).iter().all(|part| part.starts_with("src/")));
}

#[test]
fn settings_and_unknown_code_are_cut_at_indentation() {
    let section = |name: &str| format!("[{name}]\n{}\n", "key = \"value\"\n".repeat(30));
    let toml: String = ["a", "b", "c", "d", "e", "f"].map(section).concat();
    assert!(check(&toml, Class::Config, None).iter().all(|part| part.starts_with('[')));
    let yaml: String = (0..20).map(|at| format!("job{at}:\n{}", "  - run: it\n  - with: that\n".repeat(10))).collect();
    assert!(check(&yaml, Class::Config, None).iter().all(|part| part.starts_with("job")));
    let ruby: String = (0..20).map(|at| format!("def m{at}\n{}end\n\n", "  call :this, :that\n".repeat(20))).collect();
    assert!(check(&ruby, Class::Code, None).iter().all(|part| part.starts_with("def m")));
}
