//! Which links are ours, and where they lead.

use super::super::tests::expect;
use super::*;

/// A page in docs/ with one line, beside a page and a picture.
fn line(text: &str, accepted: bool) {
    let page = format!("# Title\n\n{text}\n");
    let files =
        [("docs/page.md", page.as_str()), ("docs/other page.md", ""), ("docs/img/a.png", ""), ("README.md", "")];
    expect(check, &files, if accepted { &[] } else { &["docs/page.md:3"] });
}

#[test]
fn links_to_what_is_there() {
    for text in [
        "see [readme](../README.md) and [itself](page.md#title)",
        "![picture](img/a.png \"with a title\")",
        "[folder](img/), [root](/README.md), [here](#title)",
        "[blank](<other page.md>)",
        "[ref]: ../README.md",
        "[`code`](page.md)",
        "[^1]: a footnote",
    ] {
        line(text, true);
    }
}

#[test]
fn links_to_nowhere() {
    for text in [
        "[gone](gone.md)",
        "[ok](page.md) [gone](gone.md#x)",
        "![gone](img/b.png)",
        "[ref]: gone.md",
        "[out](../../elsewhere.md)",
        "[wrong root](/page.md)",
        "[`code`](gone.md)",
    ] {
        line(text, false);
    }
}

#[test]
fn other_sites_and_code_are_left_alone() {
    for text in
        ["[site](https://example.org/a.md)", "[mail](mailto:a@example.org)", "`[x](gone.md)`", "```\n[x](gone.md)\n```"]
    {
        line(text, true);
    }
}

#[test]
fn sample_pages_are_data() {
    expect(check, &[("crates/a/tests/fixtures/memory.md", "[x](gone.md)")], &[]);
    expect(check, &[("crates/a/README.md", "[x](gone.md)")], &["crates/a/README.md:1"]);
}
