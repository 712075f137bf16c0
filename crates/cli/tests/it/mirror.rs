//! A mirror through the real binary: each side changed, both changed, gone, come back, renamed, hostile.
//! It must not know how a look works.
//! Invariant: whatever somebody wrote is, at the end, in a memory, in its history or in a file.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use quipu_protocol::client::Request;
use quipu_protocol::new_event_id;
use serde_json::{Value, json};

use crate::session::save_in;
use crate::support::{Home, until};

/// A home with one mirror that is looked at only when a test says so.
pub(crate) struct World {
    pub(crate) home: Home,
    pub(crate) dir: PathBuf,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::at("notes")
    }

    /// The mirror lies in this folder of the project.
    pub(crate) fn at(folder: &str) -> Self {
        let home = Home::new();
        home.json(&["config", "set", "mirror.enabled", "false"]);
        let dir = home.work().join(folder);
        Self { home, dir }
    }

    pub(crate) fn add(&self) {
        let reply = self.home.json(&["mirror", "add", self.dir.to_str().unwrap(), "--yes"]);
        assert_eq!(reply["sync"][0]["state"], "in_step", "{reply:#}");
    }

    pub(crate) fn save(&self, text: &str, flags: &[&str]) -> String {
        self.home.json(&[&["save", text], flags].concat())["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn show(&self, id: &str) -> Value {
        self.home.json(&["show", id])
    }

    /// One look; what it did, in numbers that are not 0.
    #[track_caller]
    pub(crate) fn sync(&self, flags: &[&str]) -> (Value, String) {
        let output = self.home.quipu(&[&["mirror", "sync", "--json"], flags].concat());
        let view = output.json()["mirrors"][0].clone();
        let counts = ["written", "taken", "stored", "archived", "restored", "removed", "conflicts"];
        let counts = counts.iter().filter(|key| view[**key] != 0).map(|key| format!("{} {key}", view[*key]));
        let words: Vec<String> = [view["state"].as_str().unwrap().to_owned()].into_iter().chain(counts).collect();
        (view, words.join(", "))
    }

    /// The same, where only the numbers matter.
    #[track_caller]
    pub(crate) fn does(&self, expect: &str) -> Value {
        let (view, done) = self.sync(&[]);
        assert_eq!(done, expect, "{view:#}");
        view
    }

    /// Names and texts of all files.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        below(&self.dir, &self.dir, &mut found);
        found
    }

    /// The file of a memory.
    #[track_caller]
    pub(crate) fn file(&self, id: &str) -> PathBuf {
        let line = format!("id: {id}\n");
        let found = self.files().into_iter().find(|(name, text)| text.contains(&line) && !name.contains(".conflict"));
        self.dir.join(found.unwrap_or_else(|| panic!("no file of {id}: {:#?}", self.files())).0)
    }

    pub(crate) fn edit(&self, id: &str, from: &str, to: &str) {
        let file = self.file(id);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(file, text.replacen(from, to, 1)).unwrap();
    }

    pub(crate) fn texts(&self, id: &str) -> Vec<String> {
        let history = self.home.json(&["history", id]);
        history["revisions"].as_array().unwrap().iter().map(|r| r["text"].as_str().unwrap().to_owned()).collect()
    }
}

fn below(root: &Path, dir: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            below(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.insert(name, std::fs::read_to_string(path).unwrap_or_default());
        }
    }
}

fn whats(view: &Value) -> String {
    view["files"].to_string()
}

#[test]
fn either_side_follows_the_other() {
    let world = World::new();
    let id = world.save("One process writes.", &["--title", "One writer", "--kind", "decision", "--keyword", "k"]);
    world.save("for everybody", &["--global"]);
    world.add();
    let file = world.file(&id);
    assert_eq!(world.files().len(), 1, "what belongs to every project is in no project's mirror");
    assert!(file.file_name().unwrap().to_str().unwrap().starts_with("one-writer-"), "{file:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("kind: decision") && text.ends_with("---\nOne process writes.\n"), "{text}");
    world.does("in_step");
    // The memory.
    world.home.json(&["update", &id, "--append", "The others ask.", "--title", "A new title"]);
    world.does("in_step, 1 written");
    assert!(std::fs::read_to_string(&file).unwrap().contains("The others ask."), "under the name that it had");
    // The file: each part of it.
    world.edit(&id, "The others ask.", "The others ask it.");
    world.edit(&id, "kind: decision", "kind: convention\npinned: yes");
    world.edit(&id, "  - k\n", "  - other\n  - more\n");
    world.edit(&id, "subject: A new title", "subject: An edited title");
    world.edit(&id, "applies_to: global", "applies_to: file:src/a.rs");
    let edited = std::fs::read_to_string(&file).unwrap();
    world.does("in_step, 1 taken");
    let shown = world.show(&id);
    assert_eq!(shown["text"], "One process writes.\n\nThe others ask it.");
    assert_eq!(
        (&shown["kind"], &shown["title"], &shown["keywords"], &shown["applies_to"], &shown["pinned"]),
        (
            &json!("convention"),
            &json!("An edited title"),
            &json!(["other", "more"]),
            &json!("file:src/a.rs"),
            &json!(true)
        )
    );
    assert!(world.home.json(&["history", &id])["revisions"][0]["reason"].as_str().unwrap().contains("edited in"));
    world.does("in_step");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), edited, "what somebody typed stays as he typed it");
    // Renamed, moved into a folder: the id counts.
    std::fs::create_dir(world.dir.join("deeper")).unwrap();
    std::fs::rename(&file, world.dir.join("deeper/My Name.md")).unwrap();
    world.does("in_step");
    world.home.json(&["update", &id, "--append", "third"]);
    world.does("in_step, 1 written");
    assert!(world.files()["deeper/My Name.md"].contains("third"));
    // Hidden, and shown again.
    world.home.json(&["update", &id, "--archive"]);
    world.does("in_step, 1 removed");
    assert_eq!(world.files().len(), 0);
    world.home.json(&["update", &id, "--restore"]);
    world.does("in_step, 1 written");
    world.home.json(&["save", "in its place", "--supersedes", &id]);
    world.does("in_step, 1 written, 1 removed");
    assert_eq!(world.files().len(), 1);
}

#[test]
fn new_files_become_notes_and_get_their_ids_then() {
    let world = World::new();
    world.add();
    let write = |name: &str, text: &str| {
        let path = world.dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("plain.md", "# A heading\n\nSome text.\n");
    write("front.md", "---\nsubject: Typed\nkind: convention\nkeywords: [a, b]\nmine: kept\n---\nTabs, not spaces.\n");
    write("with space and \u{e9}.md", "nfc");
    write("with space and e\u{301}.md", "nfd");
    write("sub/Case.md", "upper");
    write("sub/case.md", "lower");
    write(
        "their-id.md",
        "---\nid: 0193e0a4-7c1e-7000-8000-00000000000a\nsubject: From elsewhere\noccurred_at: 2026-01-02\n---\ntheirs\n",
    );
    // Not taken.
    write("README.md", "# About this folder\n");
    write("empty.md", "");
    write("yaml.md", "---\nid: [\n---\ntext");
    write("merge.md", "one\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n");
    write("twice.md", "nfc");
    write("captured.md", "---\nsubject: s\nkind: prompt\n---\nnot said\n");
    write("x.conflict.md", "left over");
    write(".hidden.md", "hidden");
    write("notes.txt", "no Markdown");
    std::fs::write(world.dir.join("binary.md"), b"\xff\xfe\0").unwrap();
    std::fs::write(world.dir.join("large.md"), "x".repeat(3 << 20)).unwrap();
    std::fs::write(world.home.root().join("outside.md"), "outside").unwrap();
    symlink(world.home.root().join("outside.md"), world.dir.join("link.md")).unwrap();
    symlink(world.home.root(), world.dir.join("linked")).unwrap();
    let untouched =
        ["README.md", "empty.md", "yaml.md", "merge.md", "captured.md", "x.conflict.md", ".hidden.md", "notes.txt"];
    let before = world.files();
    let view = world.does("in_step, 7 stored");
    for name in ["empty", "yaml", "merge", "captured", "binary", "large"] {
        assert!(whats(&view).contains(&format!("{name}.md")), "{name}: {view:#}");
    }
    assert!(whats(&view).contains("says exactly this already"), "{view:#}");
    let after = world.files();
    for name in untouched {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_eq!(std::fs::read_to_string(world.home.root().join("outside.md")).unwrap(), "outside");
    assert_eq!(before.len(), after.len());
    let front = &after["front.md"];
    assert!(
        front.starts_with("---\nid: ")
            && front.contains("subject: Typed\nkind: convention\nkeywords: [a, b]\nmine: kept\n---\nTabs"),
        "{front}"
    );
    let id = front.lines().nth(1).unwrap().trim_start_matches("id: ").to_owned();
    let shown = world.show(&id);
    assert_eq!(
        (&shown["title"], &shown["kind"], &shown["keywords"]),
        (&json!("Typed"), &json!("convention"), &json!(["a", "b"]))
    );
    assert!(
        after["plain.md"].contains("subject: A heading") && after["plain.md"].ends_with("# A heading\n\nSome text.\n")
    );
    assert_eq!(world.show("0193e0a4-7c1e-7000-8000-00000000000a")["text"], "theirs");
    let again = world.does("in_step");
    assert_eq!(
        whats(&again).matches("\"file\"").count(),
        whats(&view).matches("\"file\"").count(),
        "told again, not taken"
    );
    assert_eq!(world.files(), after);
    // Mended, they are taken.
    write("merge.md", "one\nb\n");
    world.does("in_step, 1 stored");
}

#[test]
fn titles_make_names_that_clash_on_no_file_system() {
    let world = World::new();
    let long = "Long title ".repeat(15);
    let titles = [
        "Same",
        "SAME",
        "same!",
        "../../up",
        "caf\u{e9}",
        "cafe\u{301}",
        "日本語",
        "con",
        "a/b\\c:d*e?\"<>|",
        long.trim(),
    ];
    let ids: Vec<String> =
        titles.iter().enumerate().map(|(n, title)| world.save(&format!("text {n}"), &["--title", title])).collect();
    world.add();
    let names: Vec<String> = world.files().into_keys().collect();
    assert_eq!(names.len(), titles.len(), "{names:?}");
    for name in &names {
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
        assert!(plain && name.len() < 100 && name.ends_with(".md"), "{name}");
    }
    for id in &ids {
        world.edit(id, "text ", "edited ");
    }
    world.does(&format!("in_step, {} taken", ids.len()));
    for (id, title) in ids.iter().zip(titles) {
        let shown = world.show(id);
        assert_eq!(shown["title"], title);
        assert!(shown["text"].as_str().unwrap().starts_with("edited "));
    }
}

#[test]
fn of_a_conflict_nothing_is_lost() {
    let world = World::new();
    let (id, other) = (world.save("as it was", &["--title", "T"]), world.save("another", &[]));
    world.add();
    let (file, name) = (world.file(&id), world.file(&id).file_stem().unwrap().to_str().unwrap().to_owned());
    world.edit(&id, "as it was", "as the file says");
    world.home.json(&["update", &id, "--text", "as the memory says"]);
    let view = world.does("in_step, 1 taken, 1 conflicts");
    assert!(whats(&view).contains(&format!("{name}.conflict.md")), "{view:#}");
    assert_eq!(world.show(&id)["text"], "as the file says");
    assert_eq!(world.texts(&id), ["as the file says", "as the memory says", "as it was"]);
    assert!(world.files()[&format!("{name}.conflict.md")].ends_with("as the memory says\n"));
    world.does("in_step");
    // A second one beside it does not write over the first.
    world.edit(&id, "as the file says", "second of the file");
    world.home.json(&["update", &id, "--text", "second of the memory"]);
    world.does("in_step, 1 taken, 1 conflicts");
    assert!(world.files()[&format!("{name}.conflict-2.md")].ends_with("second of the memory\n"));
    // Both say the same: there is none.
    world.edit(&id, "second of the file", "agreed");
    world.home.json(&["update", &id, "--text", "agreed"]);
    world.does("in_step");
    // Changed here and deleted there: the memory is written again.
    std::fs::remove_file(&file).unwrap();
    world.home.json(&["update", &id, "--append", "more"]);
    world.does("in_step, 1 written");
    // Hidden here and edited there: whoever edits wants it.
    world.edit(&other, "another", "another, edited");
    world.home.json(&["update", &other, "--archive"]);
    world.does("in_step, 1 restored");
    assert_eq!(
        (world.show(&other)["text"].clone(), world.show(&other)["lifecycle"].clone()),
        (json!("another, edited"), json!("live"))
    );
}

#[test]
fn what_is_deleted_is_archived_and_a_folder_that_is_gone_archives_nothing() {
    let world = World::new();
    let ids: Vec<String> = (0..12).map(|n| world.save(&format!("note {n}"), &[])).collect();
    world.add();
    let gone = world.file(&ids[0]);
    std::fs::remove_file(&gone).unwrap();
    let view = world.does("in_step, 1 archived");
    assert!(whats(&view).contains("--restore"), "{view:#}");
    let shown = world.show(&ids[0]);
    assert!(
        shown["lifecycle"] == "archived" && shown["archive_reason"].as_str().unwrap().contains("deleted"),
        "{shown}"
    );
    world.does("in_step");
    world.home.json(&["update", &ids[0], "--restore"]);
    world.does("in_step, 1 written");
    // The folder moved away, replaced by a file, a link, an empty one.
    let away = world.dir.with_extension("away");
    std::fs::rename(&world.dir, &away).unwrap();
    world.does("waits");
    std::fs::write(&world.dir, "a file").unwrap();
    world.does("waits");
    std::fs::remove_file(&world.dir).unwrap();
    symlink(&away, &world.dir).unwrap();
    world.does("waits");
    std::fs::remove_file(&world.dir).unwrap();
    std::fs::create_dir(&world.dir).unwrap();
    let view = world.does("asks");
    assert!(view["reason"].as_str().unwrap().contains("every file is gone"), "{view:#}");
    let said = world.home.quipu(&["mirror", "sync"]);
    assert!(said.code == 1 && said.stdout.contains("--yes") && said.stdout.contains("--write-gone"), "{said:#?}");
    std::fs::remove_dir(&world.dir).unwrap();
    std::fs::rename(&away, &world.dir).unwrap();
    world.does("in_step");
    // Many at once.
    for id in &ids[..4] {
        std::fs::remove_file(world.file(id)).unwrap();
    }
    world.does("asks");
    world.does("asks");
    // The code stands for what was shown.
    let old = world.sync(&[]).0["confirm"].as_str().unwrap().to_owned();
    std::fs::remove_file(world.file(&ids[4])).unwrap();
    let dir = world.dir.to_str().unwrap();
    let body = json!({ "dir": dir, "confirm": old });
    let request = Request::post("/v1/mirrors/sync", &body).event(new_event_id());
    let reply: Value = serde_json::from_slice(&world.home.request(&request).unwrap().body).unwrap();
    assert_eq!(reply["mirrors"][0]["state"], "asks", "{reply:#}");
    assert_eq!(world.sync(&["--yes", "--write-gone"]).1, "in_step, 5 written");
    for id in &ids[..4] {
        std::fs::remove_file(world.file(id)).unwrap();
    }
    assert_eq!(world.sync(&["--yes"]).1, "in_step, 4 archived");
    assert_eq!(world.files().len(), 8);
}

#[test]
fn a_secret_in_a_file_is_not_in_the_memory_and_the_file_is_left_alone() {
    let world = World::new();
    let id = world.save("harmless", &[]);
    world.add();
    let secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
    world.edit(&id, "harmless", &format!("the token is {secret}"));
    std::fs::write(world.dir.join("new.md"), format!("# New\n\nalso {secret}\n")).unwrap();
    let view = world.does("in_step, 1 taken, 1 stored");
    assert_eq!(whats(&view).matches("secrets in it were replaced").count(), 2, "{view:#}");
    assert!(!world.show(&id)["text"].as_str().unwrap().contains("ghp_abc"));
    let count = |world: &World| world.files().into_values().filter(|text| text.contains(secret)).count();
    assert_eq!(count(&world), 2, "the files are theirs");
    world.does("in_step");
    assert_eq!(world.home.json(&["history", &id])["revisions"].as_array().unwrap().len(), 2, "taken once");
    world.home.json(&["update", &id, "--append", "more"]);
    world.does("in_step, 1 written");
    assert_eq!(count(&world), 1);
}

#[test]
fn what_cannot_be_a_mirror_is_refused_with_the_cure() {
    let world = World::new();
    world.save("a note", &[]);
    world.add();
    let deeper = world.dir.join("deeper");
    let data = world.home.data().join("notes");
    std::fs::create_dir_all(world.home.root().join("repo/.git")).unwrap();
    let repo = world.home.root().join("repo");
    let door = world.home.root().join("door");
    symlink(&world.dir, &door).unwrap();
    let work = world.home.work();
    for (dir, code, exit) in [
        (&world.dir, "mirror_exists", 65),
        (&door, "mirror_exists", 65),
        (&deeper, "mirror_exists", 65),
        (&work, "mirror_exists", 65),
        (&data, "data_directory", 64),
        (&repo, "too_wide", 64),
        (&PathBuf::from("/dev/null/x"), "cannot_write", 64),
    ] {
        let output = world.home.quipu(&["mirror", "add", dir.to_str().unwrap(), "--json"]);
        assert_eq!((output.code, &output.json()["code"]), (exit, &json!(code)), "{dir:?}");
    }
    let other = world.home.root().join("other");
    let add =
        |flags: &[&str]| world.home.quipu(&[&["mirror", "add", other.to_str().unwrap(), "--json"], flags].concat());
    assert_eq!(add(&["--kind", "prompt"]).json()["code"], "captured_kind");
    assert_eq!(
        world.home.quipu(&["mirror", "remove", other.to_str().unwrap(), "--json"]).json()["code"],
        "no_such_mirror"
    );
    // Files that are there already are asked about.
    std::fs::create_dir_all(&other).unwrap();
    std::fs::write(other.join("a.md"), "already here").unwrap();
    let asked = add(&["--all"]);
    assert_eq!((asked.code, asked.json()["count"].clone()), (1, json!(1)));
    assert_eq!(world.home.json(&["mirror", "list"])["mirrors"].as_array().unwrap().len(), 1);
    assert_eq!(std::fs::read_to_string(other.join("a.md")).unwrap(), "already here");
    assert_eq!(add(&["--all", "--yes"]).code, 0);
    assert!(std::fs::read_to_string(other.join("a.md")).unwrap().starts_with("---\nid: "));
    let listed = world.home.json(&["mirror", "list"]);
    assert_eq!(listed["mirrors"][1]["files"], 2, "{listed:#}");
    world.home.json(&["mirror", "remove", other.to_str().unwrap()]);
    assert_eq!(world.home.json(&["mirror", "list"])["mirrors"].as_array().unwrap().len(), 1);
    assert!(other.join("a.md").exists());
    let said = world.home.quipu(&["mirror", "list"]).ok();
    assert!(said.contains("1 files, notes of w") && said.contains("mirror.enabled"), "{said}");
}

#[test]
fn the_daemon_keeps_it_unasked() {
    let world = World::new();
    let id = world.save("a note", &[]);
    world.add();
    world.home.json(&["config", "set", "mirror.pace", "250ms"]);
    world.home.json(&["config", "set", "mirror.enabled", "true"]);
    world.edit(&id, "a note", "edited by hand");
    until("the memory follows", || (world.show(&id)["text"] == "edited by hand").then_some(()));
    world.home.json(&["update", &id, "--append", "and by command"]);
    let file = world.file(&id);
    until("the file follows", || std::fs::read_to_string(&file).unwrap().contains("and by command").then_some(()));
    std::fs::write(world.dir.join("new.md"), "dropped in").unwrap();
    until("it gets its id", || {
        std::fs::read_to_string(world.dir.join("new.md")).unwrap().contains("id: ").then_some(())
    });
    // What was changed while no daemon ran is found.
    world.home.json(&["down"]);
    world.edit(&id, "edited by hand", "edited in the night");
    let other = save_in(&world.home, &world.home.work(), "saved meanwhile")["id"].as_str().unwrap().to_owned();
    until("both are found", || {
        let has = world.files().into_values().any(|text| text.contains(&other));
        (has && world.show(&id)["text"].as_str().unwrap().starts_with("edited in the night")).then_some(())
    });
    // And then it is quiet: no look changes anything any more.
    let revision = || world.show(&id)["revision"].clone();
    let (files, before) = (world.files(), revision());
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert_eq!((world.files(), revision()), (files, before));
}
