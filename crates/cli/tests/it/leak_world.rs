//! Projects that speak of one matter in the same words, filled in every way that a memory comes in.
//! It must not know a read path, nor what is asserted.
//! Invariant: every text of a project bears the project's own stem, and no name or path does.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use quipu_protocol::client::Request;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::session::{Session, files_with, holding, hook, spooled};
use crate::subagents::{bash, edit, subagent};
use crate::support::{Home, run, until};

/// What every project speaks of, and what nothing but its meaning has in common with that.
pub(crate) const TOPIC: &str = "payment retry queue stalls ledger flush lock";
pub(crate) const MEANING: &str = "transfers of money hang until the books are on disk";
/// A file of every project, as tools name it.
pub(crate) const FILE: &str = "src/ledger_flush.rs";
/// Another, of which no note tells.
pub(crate) const READ_FILE: &str = "src/ledger_reader.rs";
/// In what belongs to every project.
pub(crate) const EVERYWHERE: &str = "omnivale";

/// The ways by name; a memory that came in by one bears stem and name as one word.
pub(crate) const WAYS: [&str; 21] = [
    "asked",
    "thought",
    "answered",
    "broke",
    "edited",
    "delegated",
    "reported",
    "hooked",
    "stopped",
    "summed",
    "noted",
    "decided",
    "titled",
    "filed",
    "imported",
    "subject",
    "spooled",
    "began",
    "visited",
    "remarked",
    "planned",
];

/// One project.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(crate) name: &'static str,
    pub(crate) stem: &'static str,
    pub(crate) dir: PathBuf,
}

impl Side {
    /// The word of what came in by `way`.
    pub(crate) fn marker(&self, way: &str) -> String {
        assert!(WAYS.contains(&way), "{way}");
        format!("{}{way}", self.stem)
    }
    /// What is said by `way`: but for the marker the same in every project.
    fn says(&self, way: &str) -> String {
        let marker = self.marker(way);
        format!("The payment retry queue stalls before the ledger flush, because the flush holds its lock: {marker}.")
    }
    /// Where people stand in it: a folder of a repository is the same project, one of a plain directory is another.
    pub(crate) fn inside(&self) -> PathBuf {
        if self.dir.join(".git").exists() { self.dir.join("src") } else { self.dir.clone() }
    }
    /// The session that most of it was said in.
    pub(crate) fn told(&self) -> String {
        format!("{}-told", self.name)
    }
}

/// A home with three projects: a repository and two plain directories.
pub(crate) struct World {
    pub(crate) home: Home,
    pub(crate) sides: [Side; 3],
    asked: AtomicUsize,
}

impl World {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        let sides = [("left", "quandor"), ("right", "vexmoor"), ("third", "yarrick")].map(|(name, stem)| {
            let dir = home.root().join(name);
            std::fs::create_dir_all(dir.join("src")).unwrap();
            Side { name, stem, dir: std::fs::canonicalize(dir).unwrap() }
        });
        std::fs::create_dir(sides[0].dir.join(".git")).unwrap();
        std::fs::write(sides[0].dir.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let world = Self { home, sides, asked: AtomicUsize::new(0) };
        world.home.up();
        world.spool();
        for (n, side) in world.sides.iter().enumerate() {
            world.hooks(side);
            world.transcript(side);
            world.notes(side);
            world.fill_classes(side);
            world.import(side, n);
        }
        for (n, side) in world.sides.iter().enumerate() {
            world.wander(side, &world.sides[(n + 1) % world.sides.len()]);
        }
        world.home.json(&[
            "save",
            &format!("Payment retry queues hold ledger locks everywhere: {EVERYWHERE}"),
            "--global",
        ]);
        for side in &world.sides {
            WAYS.iter().filter(|way| !["titled", "subject", "remarked"].contains(way)).for_each(|way| {
                until(way, || (holding(&world.home, &side.marker(way)) > 0).then_some(()));
            });
        }
        // No path gives a stem away, so that whoever shows a path shows no memory.
        assert!(world.sides.iter().all(|side| !world.home.root().to_string_lossy().contains(side.stem)));
        assert!(files_with(&world.home.root().join("h"), "quandor").is_empty());
        world
    }

    /// Events that wait in the spool while the daemon does not answer.
    fn spool(&self) {
        self.home.signal(Signal::STOP);
        for (n, side) in self.sides.iter().enumerate() {
            let session = Session::new(&self.home, &format!("{}-spooled", side.name), &side.dir);
            let fields =
                json!({ "last_assistant_message": side.says("spooled"), "prompt_id": "s", "transcript_path": null });
            let payload = session.payload("Stop", &fields);
            until("it is in the spool", || {
                self.home.hook(&payload);
                (spooled(&self.home) > n).then_some(())
            });
        }
        self.home.signal(Signal::CONT);
        until("the spool is applied", || (spooled(&self.home) == 0).then_some(()));
        let _ = std::fs::remove_file(self.home.data().join("hook-backoff"));
    }

    /// What hooks carry and no transcript tells, and what hooks carry before it does.
    fn hooks(&self, side: &Side) {
        let hooked = Session::new(&self.home, &format!("{}-hooked", side.name), &side.dir);
        hooked.ask(&side.says("hooked"));
        hooked.stop(&side.says("stopped"));
        let fields = json!({ "compact_summary": side.says("summed"), "trigger": "auto", "prompt_id": "c" });
        assert_eq!(hooked.hook("PostCompact", &fields), json!({}));
        let told = Session::new(&self.home, &side.told(), &side.dir);
        told.ask(&side.says("asked"));
    }

    fn transcript(&self, side: &Side) {
        let session = Session::new(&self.home, &side.told(), &side.dir);
        let says = |way: &str| side.says(way);
        let failed = format!("error: the ledger flush timed out: {}\nmake: *** [all] Error 2", says("broke"));
        let thinking = json!({ "type": "thinking", "thinking": says("thought") });
        session.write(&[session.prompt(&says("asked")), session.block("m0", &thinking)]);
        session.write(&bash(&session, "m1", "make ledger", &failed, true));
        let new = format!("{}(queue)", side.marker("edited"));
        for (message, file) in [("m2", FILE), ("m3", READ_FILE)] {
            let path = side.dir.join(file);
            session.write(&edit(&session, message, path.to_str().unwrap(), "flush(queue)", &new));
        }
        let word = side.marker("answered");
        let notes =
            ["ledger_flush.rs must release the lock first", "ledger_reader.rs must stay open until the flush ends"];
        let notes = notes.map(|note| format!("{note}, says {word}."));
        session.write(&[session.answer(&format!("{}\n\n{}", notes.join("\n\n"), says("answered")))]);
        subagent(&session, "a7", &[session.prompt(&says("delegated")), session.answer(&says("reported"))]);
        session.index();
        self.home.json(&["index"]);
    }

    /// Saved by command and by another program.
    fn notes(&self, side: &Side) {
        let save = |args: &[&str]| {
            let mut command = self.home.command(&[&["save", "--json"], args].concat());
            command.current_dir(&side.dir);
            assert_eq!(run(command, b"").json()["outcome"], "stored");
        };
        save(&[&side.says("noted")]);
        save(&[
            &side.says("decided"),
            "--kind",
            "decision",
            "--title",
            &side.says("titled"),
            "--keyword",
            &side.marker("remarked"),
        ]);
        let titled = side.marker("planned");
        save(&[&side.says("planned"), "--kind", "work_item", "--title", &titled, "--file", FILE]);
        let about = format!("file:{FILE}");
        let body = json!({ "text": side.says("filed"), "kind": "convention", "applies_to": about, "cwd": side.dir });
        assert_eq!(self.post("/v1/memories", &body)["outcome"], "stored");
    }

    fn import(&self, side: &Side, n: usize) {
        let dir = self.home.root().join(format!("import-{n}"));
        std::fs::create_dir(&dir).unwrap();
        let id = format!("0193e0a4-7c1e-7000-8000-00000000000{n}");
        let (subject, keyword, body) = (side.says("subject"), side.marker("remarked"), side.says("imported"));
        let head = format!("id: {id}\nsubject: '{subject}'\nkeywords:\n  - {keyword}\napplies_to: global\nkind: risk");
        let text = format!("---\n{head}\noccurred_at: '2025-12-03T11:14:22.409Z'\n---\n{body}\n");
        std::fs::write(dir.join(format!("{id}.md")), text).unwrap();
        let mut command = self.home.command(&["import", "markdown", dir.to_str().unwrap(), "--json"]);
        command.current_dir(&side.dir);
        assert_eq!(run(command, b"").json()["outcomes"], json!({ "stored": 1 }));
    }

    /// A session that begins in one project and goes on in another.
    fn wander(&self, from: &Side, to: &Side) {
        let mut session = Session::new(&self.home, &format!("{}-wanders", from.name), &from.dir);
        for (side, way) in [(from, "began"), (to, "visited")] {
            session.cwd.clone_from(&side.dir);
            for line in [session.prompt(&side.says(way)), session.answer(&side.says(way))] {
                let mut record: Value = serde_json::from_str(&line).unwrap();
                record["gitBranch"] = json!(format!("{}-branch", side.stem));
                session.write(&[record.to_string()]);
            }
        }
        session.index();
    }

    /// A daemon that has everything from disk.
    pub(crate) fn restart(&self, meanwhile: impl FnOnce(&Path)) {
        self.home.quipu(&["down"]).ok();
        until("it ends", || self.home.daemons().is_empty().then_some(()));
        meanwhile(self.home.data());
        self.home.up();
    }

    /// The body of a request that must be answered.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let response = self.home.request(&Request::post(path, body)).unwrap();
        assert_eq!(response.status, 200, "{path} {body}: {}", String::from_utf8_lossy(&response.body));
        serde_json::from_slice(&response.body).unwrap()
    }

    /// A hook's answer to `side`, in a session that nobody has heard of.
    #[track_caller]
    pub(crate) fn hook(&self, side: &Side, event: &str, fields: &Value) -> String {
        let n = self.asked.fetch_add(1, Ordering::Relaxed);
        let session = Session::new(&self.home, &format!("asks-{n}"), &side.dir);
        hook(&self.home, &session.payload(event, fields)).to_string()
    }
}
