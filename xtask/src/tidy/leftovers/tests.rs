//! Marks and paths. The texts are put together here, for this file is checked too.

use super::super::tests::expect;
use super::*;

#[test]
fn unfinished_work_is_seen_in_any_text() {
    let mark = |mark: &str| format!("fine\n  {mark}\n");
    for text in [mark(concat!("to", "do!()")), mark(concat!("unimple", "mented!()")), mark(concat!("// FIX", "ME: x"))]
    {
        expect(markers, &[("crates/a/src/b.rs", &text)], &["crates/a/src/b.rs:2"]);
        expect(markers, &[("docs/a.md", &text)], &["docs/a.md:2"]);
        expect(markers, &[("crates/a/tests/fixtures/session.jsonl", &text)], &[]);
    }
}

#[test]
fn words_that_only_resemble_a_mark_are_fine() {
    for text in ["a todo list", "mastodon!()", concat!("my_to", "do!()"), concat!("PRE", "FIX", "MEN")] {
        expect(markers, &[("a.rs", text)], &[]);
    }
}

#[test]
fn home_directories_betray_a_machine() {
    for text in ["ho#me/ann/x", "ho#me/developer/x", "ro#ot/.cargo", "ro#ot/x"] {
        let text = format!("fine\n\"/{}\"\n", text.replace('#', ""));
        expect(home_paths, &[("a.jsonl", &text)], &["a.jsonl:2"]);
        expect(home_paths, &[("fixtures/a.jsonl", &text)], &["fixtures/a.jsonl:2"]);
    }
}

#[test]
fn the_sample_user_and_other_paths_do_not() {
    for text in [
        "/ho#me/dev/quipu",
        "/ho#me/dev",
        "/home/{user}/x",
        "docs/home/page.md",
        "~/root/x",
        "$HOME/root/a",
        "/root/ is",
        "/rooted/x",
    ] {
        expect(home_paths, &[("a.md", &text.replace('#', ""))], &[]);
    }
}
