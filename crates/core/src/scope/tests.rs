//! Places, paths and viewers, as tables.

use std::sync::Arc;

use super::*;
use crate::memory::SessionRef;

const ROOTS: [&str; 2] = ["/w/acme", "/w/trees/acme"];

fn key(path: &str) -> Option<String> {
    file_key(path, &ROOTS)
}

fn no_project(path: &str) -> Option<String> {
    file_key(path, &[])
}

#[test]
fn a_file_has_one_key() {
    for (path, roots, expect) in [
        ("src/lock.rs", &ROOTS[..], Some("src/lock.rs")),
        ("./src//lock.rs", &ROOTS, Some("src/lock.rs")),
        ("src/store/../lock.rs", &ROOTS, Some("src/lock.rs")),
        ("/w/acme/src/./lock.rs", &ROOTS, Some("src/lock.rs")),
        ("/w/trees/acme/src/lock.rs", &ROOTS, Some("src/lock.rs")),
        ("src\\lock.rs", &ROOTS, Some("src/lock.rs")),
        ("src/", &ROOTS, Some("src")),
        ("Src/Lock.rs", &ROOTS, Some("Src/Lock.rs")),
        (" src/lock.rs ", &ROOTS, Some("src/lock.rs")),
        ("src/a b,c.rs", &ROOTS, Some("src/a b,c.rs")),
        (".", &ROOTS, Some(".")),
        ("/w/acme", &ROOTS, Some(".")),
        // Outside of the project it is where it is.
        ("/etc/hosts", &ROOTS, Some("/etc/hosts")),
        ("../other/lock.rs", &ROOTS, Some("/w/other/lock.rs")),
        ("/w/acme2/lock.rs", &ROOTS, Some("/w/acme2/lock.rs")),
        ("/../../etc/hosts", &ROOTS, Some("/etc/hosts")),
        // Of no project it stays what it was.
        ("src/../lock.rs", &[], Some("lock.rs")),
        ("/etc//hosts", &[], Some("/etc/hosts")),
        ("../lock.rs", &[], None),
        ("/etc/hosts", &["/"], Some("/etc/hosts")),
        ("", &ROOTS, None),
        ("  ", &ROOTS, None),
    ] {
        let key = file_key(path, roots);
        assert_eq!(key.as_deref(), expect, "{path:?}");
        if let Some(key) = key {
            assert_eq!(file_key(&key, roots).as_deref(), Some(key.as_str()), "the key of a key");
        }
    }
}

#[test]
fn what_is_typed_is_understood_or_refused() {
    let unknown = |text: &str| Err(BadScope::Unknown(text.into()));
    for (text, expect) in [
        ("global", Ok("global")),
        (" workspace ", Ok("workspace")),
        ("project", Ok("project")),
        ("branch:feature/x", Ok("branch:feature/x")),
        ("area:storage", Ok("area:storage")),
        ("file: ./src//a.rs", Ok("file:src/a.rs")),
        ("file:/w/acme/a.rs, file:a.rs", Ok("file:a.rs")),
        ("file:a.rs, b.rs,c.rs", Ok("file:a.rs, file:b.rs,c.rs")),
        ("area:one, two, file:x", Ok("area:one, area:two, file:x")),
        ("session:claude-code/7f", Ok("session:claude-code/7f")),
        ("files:a.rs", unknown("files:a.rs")),
        ("src/a.rs", unknown("src/a.rs")),
        ("file:", unknown("file:")),
        ("file:a.rs, service:billing", unknown("service:billing")),
        ("", unknown("")),
        (",,", unknown(",,")),
        ("File:a.rs", unknown("File:a.rs")),
        ("area:a\nb", Err(BadScope::TooLong)),
    ] {
        assert_eq!(AppliesTo::parse(text, key).map(|a| a.to_string()), expect.map(str::to_owned), "{text:?}");
    }
    assert_eq!(AppliesTo::parse("file:../a", no_project), Err(BadScope::Nowhere("file:../a".into())));
    assert_eq!(AppliesTo::parse_one("file:a, file:b", no_project), Err(BadScope::Several("file:a, file:b".into())));
    assert_eq!(AppliesTo::parse_one("file:./a", no_project), Ok(Place::File("a".into())));
}

#[test]
fn what_was_written_is_repaired_and_loses_nothing() {
    for (text, expect, keywords) in [
        ("global", "global", &[][..]),
        ("file:a, file:b", "file:a, file:b", &[]),
        ("file:a,area:b", "file:a, area:b", &[]),
        ("service:billing", "global", &["service:billing"]),
        ("service:billing, file:./a", "file:a", &["service:billing"]),
        ("the whole of it", "global", &["the whole of it"]),
        ("", "global", &[]),
        (" , ", "global", &[]),
    ] {
        let repaired = AppliesTo::repair(text, key);
        assert_eq!(
            (repaired.applies_to.to_string().as_str(), repaired.keywords.as_slice()),
            (expect, &keywords.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>()[..]),
            "{text:?}"
        );
    }
    assert_eq!(AppliesTo::repair("file:../a", no_project).keywords, ["file:../a"]);
    assert!(AppliesTo::repair("global, file:a", key).applies_to.narrow().is_empty());
}

#[test]
fn what_holds_where_somebody_stands() {
    let session = SessionRef { agent: "claude-code".into(), id: "7f".into() };
    let at = Standpoint::new(Some("main".into()), Some(session)).with_file("src/lock.rs".into());
    let at = at.asking("why does wal.rs stall, and what of store/src/mod.rs:12, lib.rs and /w/acme/src/deep/odd.rs?");
    for (place, expect) in [
        ("global", true),
        ("area:anything", true),
        ("branch:main", true),
        ("branch:Main", false),
        ("branch:other", false),
        ("session:7f", true),
        ("session:claude-code/7f", true),
        ("session:codex/7f", false),
        ("session:7", false),
        ("file:src/lock.rs", true),
        ("file:src", true),
        ("file:sr", false),
        ("file:src/lock.rs/x", false),
        ("file:crates/a/wal.rs", true),
        ("file:crates/store/src/mod.rs", true),
        ("file:crates/other/src/mod.rs", false),
        // Half of all files are called so: a bare name says too little.
        ("file:src/lib.rs", false),
        ("file:src/deep/odd.rs", true),
        ("file:x, branch:main", true),
        ("file:x, branch:y", false),
    ] {
        let narrow = AppliesTo::parse(place, no_project).expect("a place").narrow();
        assert_eq!(Reach::Here(Arc::new(at.clone())).holds(Home::Project, &narrow), expect, "{place}");
    }
    let nowhere = Reach::Here(Arc::default());
    assert!(!nowhere.holds(Home::Project, &[Place::Branch("main".into())]) && nowhere.holds(Home::Project, &[]));
}

#[test]
fn what_is_written_for_a_place() {
    let only = |place: &str| Reach::Only(AppliesTo::parse_one(place, no_project).expect("a place"));
    for (wanted, home, written, expect) in [
        ("global", Home::Workspace, "global", true),
        ("global", Home::Project, "global", false),
        ("workspace", Home::Workspace, "global", true),
        ("project", Home::Project, "global", true),
        ("project", Home::Project, "area:x", false),
        ("area:x", Home::Project, "area:x, area:y", true),
        ("area:x", Home::Project, "global", false),
        ("file:src/a.rs", Home::Project, "file:src", true),
        ("file:src", Home::Project, "file:src/a.rs", false),
        ("branch:x", Home::Project, "branch:x", true),
        ("session:7f", Home::Project, "session:7f", true),
    ] {
        let narrow = AppliesTo::parse(written, no_project).expect("a place").narrow();
        assert_eq!(only(wanted).holds(home, &narrow), expect, "{wanted} of {written}");
    }
    assert!(Reader::Person.may_see(Privacy::Private) && !Reader::Agent.may_see(Privacy::Private));
}
