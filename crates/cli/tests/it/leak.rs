//! No way to read shows one project what another holds, whatever state the daemon is in.
//! It must not know how memories come in nor how they are read: `leak_world.rs` fills, `leak_reads.rs` asks.
//! Invariant: each answer is checked for what must not be there, and for what must.

use std::collections::BTreeSet;
use std::path::Path;

use quipu_protocol::client::Request;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::wire::daemon::OperationView;
use serde_json::json;

use crate::leak_classes;
use crate::leak_reads::{Asker, OPERATIONS, Own, Seen, Shows};
use crate::leak_world::{EVERYWHERE, Side, TOPIC, WAYS, World};
use crate::support::{HANG, Home, until};

impl World {
    /// Who asks for `side`; of each in `others` it must not hear.
    fn asker<'a>(&'a self, side: &'a Side, others: &[&'a Side]) -> Asker<'a> {
        Asker { world: self, side, merged: Vec::new(), others: others.to_vec() }
    }
    /// One asker for each project.
    fn askers(&self) -> [Asker<'_>; 3] {
        let [left, right, third] = &self.sides;
        [self.asker(left, &[right, third]), self.asker(right, &[third, left]), self.asker(third, &[left, right])]
    }
    fn settle(&self) {
        until("everything is indexed", || (self.home.health().unwrap().tail == 0).then_some(()));
    }
}

/// Holds what was seen against what may be and what must be.
#[track_caller]
fn check(when: &str, asker: &Asker<'_>, seen: &[Seen]) {
    for one in seen {
        let Seen { operation, how, text, own } = one;
        let what = || format!("{when}: {} asked {operation} {how}:\n{text}", asker.side.name);
        for other in &asker.others {
            assert!(!text.contains(other.stem), "{} leaks. {}", other.name, what());
        }
        leak_classes::check(when, asker, one);
        let is_there = match own {
            Own::All => WAYS.iter().all(|way| text.contains(&asker.side.marker(way))),
            Own::Word(word) => text.contains(word),
            Own::Some => asker.merged.iter().chain([&asker.side]).any(|side| text.contains(side.stem)),
            Own::Perhaps => true,
        };
        assert!(is_there, "{own:?} is missing. {}", what());
    }
}

/// What an operation shows that takes no scope.
fn check_counts(world: &World) {
    for path in [
        "/v1/health",
        "/v1/config",
        "/v1/stats",
        "/v1/projects",
        "/v1/index",
        "/v1/check",
        "/v1/rebuild",
        "/metrics",
        "/v1/skipped",
        "/v1/backups",
        "/v1/forgotten",
        "/v1/config/search.limit",
    ] {
        let answer = world.home.request(&Request::get(path)).unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            world.sides.iter().all(|side| !text.contains(side.stem)) && !text.contains(EVERYWHERE),
            "{path}: {text}"
        );
    }
}

#[test]
fn every_operation_has_its_case() {
    let home = Home::new();
    home.up();
    let table: Vec<OperationView> =
        home.client().call(&Request::get("/v1/operations"), Deadline::within(HANG)).unwrap();
    let theirs: BTreeSet<&str> = table.iter().map(|row| row.name.as_str()).collect();
    let ours: BTreeSet<&str> = OPERATIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(theirs, ours, "an operation without a case here: say what it shows");
    leak_classes::check_rows();
    let writes = table.iter().filter(|row| row.writes).map(|row| row.name.as_str());
    let outcomes = OPERATIONS.iter().filter(|(name, shows)| *shows == Shows::Outcome && *name != "shutdown");
    assert_eq!(
        writes.filter(|name| !["hook", "inbox"].contains(name)).collect::<BTreeSet<_>>(),
        outcomes.map(|(name, _)| *name).collect(),
        "what only reads shows something; a hook and a mailbox count what they hand out"
    );
}

#[test]
fn no_way_to_read_crosses_from_one_project_to_another() {
    let world = World::new();
    world.settle();
    for when in ["just written", "loaded from disk"] {
        let mut asked = BTreeSet::new();
        for asker in world.askers() {
            let seen = asker.reads();
            check(when, &asker, &seen);
            asked.extend(seen.iter().map(|seen| seen.operation));
            everybody_sees(&world, &asker);
        }
        check_counts(&world);
        let scoped = OPERATIONS.iter().filter(|(_, shows)| *shows == Shows::Scope).map(|(name, _)| *name);
        assert_eq!(asked, scoped.collect(), "asked");
        world.restart(|_| {});
    }
    word_for_word(&world);
}

/// What belongs to no project is everybody's.
fn everybody_sees(world: &World, asker: &Asker<'_>) {
    let scope = json!({ "cwd": asker.side.dir });
    for (path, body) in [
        ("/v1/search", json!({ "query": EVERYWHERE, "scope": scope })),
        ("/v1/timeline", json!({ "scope": scope, "limit": 500 })),
        ("/v1/export", json!({ "scope": scope })),
    ] {
        assert!(world.post(path, &body).to_string().contains(EVERYWHERE), "{}: {path}", asker.side.name);
    }
    let start = world.hook(asker.side, "SessionStart", &json!({}));
    assert!(start.contains(EVERYWHERE), "{start}");
}

/// Two projects may say the same: neither is told that the other has.
fn word_for_word(world: &World) {
    let ids: BTreeSet<String> = world
        .sides
        .iter()
        .map(|side| {
            let body = json!({ "text": "The same words in every project.", "cwd": side.dir });
            let saved = world.post("/v1/memories", &body);
            assert_eq!(saved["outcome"], "stored", "{saved}");
            saved["id"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(ids.len(), world.sides.len());
}

#[test]
fn nor_while_the_index_is_behind() {
    let world = World::new();
    let [left, right, third] = world.askers();
    // What was said a moment ago is in the tail: searched before it is indexed, and found to be there still.
    let say = |side: &Side, n: usize| {
        let text = format!("The payment retry queue stalls again, take {n}: {}", side.marker("noted"));
        assert_eq!(world.post("/v1/memories", &json!({ "text": text, "cwd": side.dir }))["outcome"], "stored");
    };
    let mut takes = 0;
    for asker in [&left, &right, &third] {
        until("a search of the tail", || {
            takes += 1;
            world.sides.iter().for_each(|side| say(side, takes));
            let take = |own: &Side| json!({ "query": format!("{} take {takes}", own.marker("noted")), "scope": { "cwd": asker.side.dir }, "limit": 100 });
            let found = [asker.side, asker.others[0], asker.others[1]]
                .map(|side| world.post("/v1/search", &take(side))["hits"].to_string());
            let in_tail = world.home.health().unwrap().tail >= 3;
            let own = [Own::Word(asker.side.marker("noted")), Own::Perhaps, Own::Perhaps];
            let seen = found.into_iter().zip(own).map(|(text, own)| Seen {
                operation: "search",
                how: "the tail".into(),
                text,
                own,
            });
            check("in the tail", asker, &seen.collect::<Vec<_>>());
            in_tail.then_some(())
        });
    }
    // The index is lost, and a file in its place: searches say so until it is made anew.
    let text = world.home.data().join("index");
    // Moved at once, for the daemon is writing in it.
    std::fs::rename(&text, world.home.root().join("lost")).unwrap();
    std::fs::write(&text, "").unwrap();
    say(&world.sides[0], 0);
    let lack = || world.post("/v1/search", &json!({ "query": TOPIC, "scope": { "all": true } }))["fallback"].clone();
    until("the index is behind", || lack().is_string().then_some(()));
    for asker in [&left, &right, &third] {
        check("without an index", asker, &sparse(asker.reads()));
    }
    world.restart(lose_the_index);
    for asker in [&left, &right, &third] {
        check("while it is made anew", asker, &sparse(asker.reads()));
    }
    world.settle();
    for asker in [&left, &right, &third] {
        check("made anew", asker, &asker.reads());
    }
}

fn lose_the_index(data: &Path) {
    let _ = std::fs::remove_file(data.join("index"));
    let _ = std::fs::remove_dir_all(data.join("index"));
}

/// A search may lack what is not indexed yet; it says so.
fn sparse(mut seen: Vec<Seen>) -> Vec<Seen> {
    seen.iter_mut().filter(|seen| matches!(seen.operation, "search" | "hook")).for_each(|seen| seen.own = Own::Perhaps);
    seen
}

#[test]
fn what_is_merged_is_seen_together_and_by_nobody_else() {
    let world = World::new();
    let [left, right, third] = &world.sides;
    world.home.json(&["project", "merge", third.dir.to_str().unwrap(), left.dir.to_str().unwrap()]);
    for when in ["just merged", "loaded from disk"] {
        let asker = Asker { merged: vec![third], ..world.asker(left, &[right]) };
        check(when, &asker, &asker.reads());
        // The one that went is found by its directory, and with it all that the two have.
        for side in [left, third] {
            let scope = json!({ "cwd": side.dir });
            let page = world.post("/v1/export", &json!({ "scope": scope })).to_string();
            assert!(page.contains(left.stem) && page.contains(third.stem) && !page.contains(right.stem), "{page}");
            let word = third.marker("answered");
            let found = world.post("/v1/search", &json!({ "scope": scope, "query": word })).to_string();
            assert!(found.contains(&word) && !found.contains(right.stem), "{found}");
        }
        let asker = world.asker(right, &[left, third]);
        check(when, &asker, &asker.reads());
        world.restart(|_| {});
    }
}
