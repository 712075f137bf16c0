//! Rows, memories and files in every way in which they can stand to each other.

use super::*;

const ID: &str = "0193e0a4-7c1e-7000-8000-000000000001";

fn id() -> MemoryId {
    ID.parse().expect("an id")
}

fn file(name: &str, hash: &str, content: Content) -> Found {
    Found { name: name.to_owned(), hash: hash.to_owned(), content }
}

/// The steps for one row of `a.md` with hash `h` at revision 2, a memory, and files, in short.
fn steps(mark: Option<(u32, Lifecycle)>, files: &[Found]) -> String {
    let row = MirrorFile { memory: id(), name: "a.md".to_owned(), hash: "h".to_owned(), revision: 2 };
    let marks: Vec<Mark> =
        mark.map(|(revision, lifecycle)| Mark { id: id(), revision, lifecycle }).into_iter().collect();
    short(&plan(&[row], &marks, files))
}

fn short(steps: &[Step]) -> String {
    let word = |step: &Step| match step {
        Step::Write { name, over, .. } => {
            format!("write {} {}", name.as_deref().unwrap_or("-"), over.as_deref().unwrap_or("-"))
        }
        Step::Take { file, revision, .. } => format!("take {} {revision}", file.name),
        Step::Both { file, .. } => format!("both {}", file.name),
        Step::Store { file } => format!("store {}", file.name),
        Step::Back { file, .. } => format!("back {}", file.name),
        Step::Archive { name, revision, .. } => format!("archive {name} {revision}"),
        Step::Remove { file, .. } => format!("remove {}", file.name),
        Step::Part { .. } => "part".to_owned(),
        Step::Agree { file, .. } => format!("agree {}", file.name),
        Step::Tell { name, .. } => format!("tell {name}"),
    };
    steps.iter().map(word).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_way_in_which_the_three_can_stand() {
    use Lifecycle::{Archived, Live, Superseded};
    let ours = |name: &str, hash: &str| file(name, hash, Content::Memory(id()));
    let (same, edited) = (vec![ours("a.md", "h")], vec![ours("a.md", "x")]);
    let bad = vec![file("a.md", "", Content::Bad("why".to_owned()))];
    for (mark, files, expect) in [
        (Some((2, Live)), &same, ""),
        (Some((3, Live)), &same, "write a.md h"),
        (Some((2, Live)), &edited, "take a.md 2"),
        (Some((3, Live)), &edited, "both a.md"),
        (Some((3, Archived)), &same, "remove a.md"),
        (Some((3, Superseded)), &edited, "both a.md"),
        (Some((2, Archived)), &edited, "both a.md"),
        (None, &same, "remove a.md"),
        (None, &edited, "tell a.md"),
        (Some((2, Live)), &vec![], "archive a.md 2"),
        (Some((3, Live)), &vec![], "write a.md -"),
        (Some((3, Archived)), &vec![], "part"),
        (None, &vec![], "part"),
        // What cannot be read is neither gone nor written over.
        (Some((2, Live)), &bad, "tell a.md"),
        (Some((3, Live)), &bad, "tell a.md"),
        (Some((3, Archived)), &bad, "tell a.md"),
        // Under another name it is the same; a copy is none.
        (Some((2, Live)), &vec![ours("b.md", "h")], "agree b.md"),
        (Some((2, Live)), &vec![ours("b.md", "x")], "take b.md 2"),
        (Some((3, Live)), &vec![ours("b.md", "h")], "write b.md h"),
        (Some((2, Live)), &vec![ours("a.md", "h"), ours("b.md", "x")], "tell b.md"),
        // Somebody took its id out.
        (Some((2, Live)), &vec![file("a.md", "x", Content::Note)], "take a.md 2"),
        (Some((2, Live)), &vec![file("a.md", "x", Content::Note), ours("b.md", "h")], "agree b.md, store a.md"),
    ] {
        assert_eq!(steps(mark, files), expect, "{mark:?} {files:?}");
    }
}

#[test]
fn what_no_row_knows_is_new() {
    let mark = |lifecycle| Mark { id: id(), revision: 1, lifecycle };
    let theirs = file("a.md", "x", Content::Memory(id()));
    for (marks, files, expect) in [
        (vec![mark(Lifecycle::Live)], vec![], "write - -"),
        (vec![mark(Lifecycle::Archived)], vec![], ""),
        (vec![mark(Lifecycle::Live)], vec![theirs.clone()], "back a.md"),
        (vec![], vec![theirs.clone()], "back a.md"),
        (vec![], vec![theirs.clone(), file("b.md", "y", Content::Memory(id()))], "back a.md, tell b.md"),
        (vec![], vec![file("n.md", "y", Content::Note)], "store n.md"),
    ] {
        assert_eq!(short(&plan(&[], &marks, &files)), expect);
    }
}
