//! How long is too long.

use super::*;

fn check_lines(header: &str, lines: usize, accepted: bool) {
    let text = format!("{header}\n{}", "x\n".repeat(lines - header.lines().count()));
    assert_eq!(text.lines().count(), lines);
    assert_eq!(one_file("a.rs", &text).is_none(), accepted, "{lines} lines under {header:?}");
}

#[test]
fn five_hundred_lines_need_no_reason() {
    check_lines("//! A room.", 500, true);
    check_lines("//! A room.", 501, false);
}

#[test]
fn a_reason_is_a_sentence_in_a_comment_of_the_header() {
    check_lines("//! A room.\n//! size: one table of facts.", 501, true);
    check_lines("// size: one table of facts.", 800, true);
    check_lines("//! size:", 501, false);
    check_lines("let size: usize = 1;", 501, false);
    check_lines(&format!("{}// size: too late", "//!\n".repeat(12)), 501, false);
}

#[test]
fn nothing_excuses_a_hall() {
    check_lines("//! size: one table of facts.", 801, false);
}

#[test]
fn only_rust_files_are_measured() {
    let long = "x\n".repeat(900);
    let tree = Tree::of(&[("a.md", &long), ("b.rs", &long)]);
    assert_eq!(check(&tree).iter().map(|violation| violation.path.as_str()).collect::<Vec<_>>(), ["b.rs"]);
}
