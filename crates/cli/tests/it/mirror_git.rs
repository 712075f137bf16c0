//! Mirrors in a repository: branches, resets, rebases, conflicts; and a daemon that is killed in the middle.
//! It must not know how a look works.
//! Invariant: git does what it always does; nothing that anybody wrote is lost.

use std::process::Command;

use quipu_core::fault_point::FaultPoint;
use rustix::process::Signal;
use serde_json::json;

use crate::fault_points::{armed, dies};
use crate::mirror::World;
use crate::support::until;

/// Where a daemon dies in a look.
pub(crate) const POINTS: [FaultPoint; 3] =
    [FaultPoint::MirrorWritten, FaultPoint::MirrorTaken, FaultPoint::MirrorStored];

fn git(world: &World, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]).args(args);
    command.current_dir(world.home.work()).env("GIT_EDITOR", "true").env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A repository with ten notes in its mirror, committed.
fn repository() -> (World, Vec<String>) {
    let world = World::at("docs/notes");
    git(&world, &["init", "-q", "-b", "main"]);
    let ids: Vec<String> = (0..10).map(|n| world.save(&format!("note {n}"), &["--title", &format!("N{n}")])).collect();
    world.add();
    git(&world, &["add", "."]);
    git(&world, &["commit", "-qm", "notes"]);
    world.does("in_step");
    (world, ids)
}

#[test]
fn another_branch_asks_and_the_former_one_goes_on() {
    let (world, ids) = repository();
    git(&world, &["checkout", "-q", "--orphan", "empty"]);
    git(&world, &["rm", "-rqf", "."]);
    git(&world, &["commit", "-q", "--allow-empty", "-m", "empty"]);
    assert!(!world.dir.exists());
    world.does("waits");
    git(&world, &["checkout", "-q", "main"]);
    world.does("in_step");
    // A branch on which one note says something else and one is missing.
    git(&world, &["checkout", "-qb", "other"]);
    world.does("in_step");
    world.edit(&ids[0], "note 0", "note 0 of other");
    std::fs::remove_file(world.file(&ids[1])).unwrap();
    world.does("in_step, 1 taken, 1 archived");
    git(&world, &["commit", "-qam", "other"]);
    world.does("in_step");
    git(&world, &["checkout", "-q", "main"]);
    let view = world.does("asks");
    assert!(view["reason"].as_str().unwrap().contains("main is checked out in place of other"), "{view:#}");
    assert_eq!(view["files"].as_array().unwrap().len(), 2, "{view:#}");
    assert_eq!(world.show(&ids[0])["text"], "note 0 of other", "nothing was done");
    world.home.json(&["update", &ids[2], "--append", "more"]);
    world.does("asks");
    assert!(!std::fs::read_to_string(world.file(&ids[2])).unwrap().contains("more"), "in neither direction");
    git(&world, &["checkout", "-q", "other"]);
    world.does("in_step, 1 written");
    git(&world, &["commit", "-qam", "more"]);
    world.does("in_step");
    git(&world, &["checkout", "-q", "main"]);
    world.does("asks");
    let (view, done) = world.sync(&["--yes"]);
    assert!(done.starts_with("in_step") && done.contains("1 restored"), "{done} {view:#}");
    assert_eq!(world.show(&ids[0])["text"], "note 0");
    assert_eq!(world.texts(&ids[0]), ["note 0", "note 0 of other", "note 0"], "both are kept");
    assert_eq!(world.show(&ids[1])["lifecycle"], "live");
    world.does("in_step");
}

#[test]
fn commits_of_the_same_branch_are_edits_but_for_what_is_gone() {
    let (world, ids) = repository();
    git(&world, &["branch", "before"]);
    world.edit(&ids[0], "note 0", "a second thought");
    world.does("in_step, 1 taken");
    git(&world, &["commit", "-qam", "second"]);
    world.does("in_step");
    // As a pull would bring it: another commit, a file edited and one deleted.
    git(&world, &["rm", "-q", world.file(&ids[1]).to_str().unwrap()]);
    world.edit(&ids[2], "note 2", "a colleague's");
    git(&world, &["commit", "-qam", "colleague"]);
    let view = world.does("asks");
    assert!(view["reason"].as_str().unwrap().contains("another commit"), "{view:#}");
    assert_eq!(world.sync(&["--yes"]).1, "in_step, 1 taken, 1 archived");
    // All of it taken back.
    git(&world, &["reset", "-q", "--hard", "before"]);
    let (_, done) = world.sync(&[]);
    assert_eq!(done, "in_step, 2 taken, 1 restored");
    assert_eq!(world.texts(&ids[0]), ["note 0", "a second thought", "note 0"]);
    assert_eq!(world.show(&ids[1])["lifecycle"], "live");
}

#[test]
fn while_git_is_at_work_nothing_is_done() {
    let (world, ids) = repository();
    let lock = world.home.work().join(".git/index.lock");
    std::fs::write(&lock, "").unwrap();
    world.edit(&ids[0], "note 0", "edited");
    let view = world.does("waits");
    assert!(view["reason"].as_str().unwrap().contains("git is at work"), "{view:#}");
    std::fs::remove_file(&lock).unwrap();
    world.does("in_step, 1 taken");
    git(&world, &["commit", "-qam", "edited"]);
    // A merge, and a rebase, with a conflict in a note.
    for (n, (verb, under_way)) in [("merge", "a merge"), ("rebase", "a rebase")].into_iter().enumerate() {
        let id = &ids[n + 3];
        let branch = format!("b{n}");
        world.does("in_step");
        git(&world, &["checkout", "-qb", &branch]);
        world.edit(id, &format!("note {}", n + 3), "theirs");
        git(&world, &["commit", "-qam", "theirs"]);
        git(&world, &["checkout", "-q", "main"]);
        world.edit(id, &format!("note {}", n + 3), "ours");
        git(&world, &["commit", "-qam", "ours"]);
        world.does("in_step, 1 taken");
        let said = git(&world, &[verb, &branch]);
        assert!(said.contains("CONFLICT"), "{said}");
        let view = world.does("waits");
        assert!(view["reason"].as_str().unwrap().contains(under_way), "{view:#}");
        assert_eq!(world.show(id)["text"], "ours");
        let file = world.home.work().join(world.file(id));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("<<<<<<<"), "{text}");
        let front = text.split("---\n").nth(1).unwrap();
        std::fs::write(&file, format!("---\n{front}---\nboth {n}\n")).unwrap();
        git(&world, &["add", "."]);
        let said =
            if verb == "merge" { git(&world, &["commit", "-qm", "m"]) } else { git(&world, &["rebase", "--continue"]) };
        world.does("in_step, 1 taken");
        assert_eq!(world.show(id)["text"], format!("both {n}"), "{said}");
    }
    assert!(git(&world, &["status", "--porcelain"]).is_empty(), "quipu changed no file in all that");
}

#[test]
fn a_daemon_that_switches_along_never_takes_a_half_of_a_checkout() {
    let (world, ids) = repository();
    git(&world, &["checkout", "-qb", "other"]);
    for (n, id) in ids.iter().enumerate() {
        world.edit(id, &format!("note {n}"), &format!("other {n}"));
    }
    git(&world, &["commit", "-qam", "other"]);
    git(&world, &["checkout", "-q", "main"]);
    world.does("in_step");
    world.home.json(&["config", "set", "mirror.pace", "250ms"]);
    world.home.json(&["config", "set", "mirror.enabled", "true"]);
    for round in 0..12 {
        git(&world, &["checkout", "-q", if round % 2 == 0 { "other" } else { "main" }]);
        std::thread::sleep(std::time::Duration::from_millis(130 * (round % 5)));
    }
    until("it has looked", || {
        let last = world.home.json(&["mirror", "list"])["mirrors"][0]["last"].clone();
        (last["state"] == "in_step").then_some(())
    });
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(world.show(id)["text"], format!("note {n}"));
        assert_eq!(world.show(id)["revision"], 1, "no checkout became an edit");
    }
    assert!(git(&world, &["status", "--porcelain"]).is_empty());
}

#[test]
fn killed_at_any_point_it_goes_on() {
    for point in POINTS {
        let world = World::new();
        let ids: Vec<String> = (0..4).map(|n| world.save(&format!("note {n}"), &[])).collect();
        world.add();
        world.home.json(&["down"]);
        world.edit(&ids[0], "note 0", "edited 0");
        world.edit(&ids[1], "note 1", "edited 1");
        std::fs::write(world.dir.join("new.md"), "new").unwrap();
        world.home.json(&["update", &ids[2], "--text", "changed 2"]);
        world.home.json(&["update", &ids[1], "--text", "changed 1"]);
        world.home.json(&["down"]);
        // The daemon dies at this point in its first look.
        let daemon = armed(&world.home, point);
        until("it owns", || world.home.card().filter(|card| card.pid == daemon.id()));
        // The command asks the next one again.
        world.sync(&[]);
        dies(daemon, point);
        let (view, done) = world.sync(&[]);
        assert!(done.starts_with("in_step"), "{point:?}: {done} {view:#}");
        world.does("in_step");
        assert_eq!(world.show(&ids[0])["text"], "edited 0", "{point:?}");
        assert_eq!(world.show(&ids[1])["text"], "edited 1", "{point:?}");
        let kept = world.texts(&ids[1]);
        assert!(kept.contains(&"changed 1".to_owned()), "{point:?}: {kept:?}");
        assert!(world.files().into_values().any(|text| text.ends_with("changed 2\n")), "{point:?}");
        let new: Vec<_> = world.home.export().into_iter().filter(|memory| memory.text == "new").collect();
        assert_eq!(new.len(), 1, "{point:?}");
        assert!(world.files()["new.md"].contains(&new[0].id));
        for (n, count) in [(0, 2), (2, 2), (3, 1)] {
            assert_eq!(world.texts(&ids[n]).len(), count, "{point:?}: nothing was taken twice");
        }
    }
}

#[test]
fn killed_again_and_again_it_loses_nothing() {
    let world = World::new();
    let ids: Vec<String> = (0..30).map(|n| world.save(&format!("note {n}"), &[])).collect();
    world.add();
    world.home.json(&["config", "set", "mirror.pace", "250ms"]);
    world.home.json(&["config", "set", "mirror.enabled", "true"]);
    let mut said: Vec<(String, String)> = Vec::new();
    for round in 0..6 {
        let some = &ids[5 * round..5 * round + 5];
        for (n, id) in some.iter().enumerate() {
            let file = world.file(id);
            let text = std::fs::read_to_string(&file).unwrap();
            let words = format!("file {round} {n}");
            std::fs::write(&file, format!("---\n{}---\n{words}\n", text.split("---\n").nth(1).unwrap())).unwrap();
            said.push((id.clone(), words));
        }
        // One of them in both.
        let words = format!("memory {round}");
        world.home.json(&["update", &some[0], "--text", &words]);
        said.push((some[0].clone(), words));
        std::thread::sleep(std::time::Duration::from_millis(230 + 150 * round as u64));
        world.home.signal(Signal::KILL);
        until("it is dead", || world.home.daemons().is_empty().then_some(()));
    }
    world.home.json(&["config", "set", "mirror.enabled", "false"]);
    let (view, done) = world.sync(&[]);
    assert!(done.starts_with("in_step"), "{view:#}");
    world.does("in_step");
    let files = world.files();
    for (id, words) in said {
        let in_history = world.texts(&id).contains(&words);
        let beside = files.values().any(|text| text.ends_with(&format!("{words}\n")));
        assert!(in_history || beside, "`{words}` of {id} is lost");
    }
    let states = world.home.json(&["mirror", "list"]);
    assert_eq!(states["mirrors"][0]["files"], json!(30));
}
