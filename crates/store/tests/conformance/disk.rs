//! A full disk: nothing acknowledged is lost, what is refused is refused whole, and all goes on when there is room.
//! Of the SQLite engine. It must not know SQL. Needs the right to mount a small tmpfs; says so and passes without.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use quipu_core::id::{EventId, Millis};
use quipu_core::outcome::Outcome;
use quipu_store::read::{PageQuery, Scope, SearchQuery};
use quipu_store::write::{Applied, Lane, Write};
use quipu_store::{Engine, StoreError};

use super::random::Random;
use super::world::{START, event_of, indexed, note, open, query, sqlite, unfenced};

/// A file system of a few megabytes that is gone with this value.
struct Small {
    at: PathBuf,
    _parent: tempfile::TempDir,
}

impl Small {
    fn mount(size: &str) -> Option<Self> {
        let parent = tempfile::tempdir().unwrap();
        let at = parent.path().join("small");
        fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", size, "quipu-test"]).arg(&at).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            println!("skipped: mounting a tmpfs is not permitted here");
            return None;
        }
        Some(Self { at, _parent: parent })
    }

    /// Takes all room but `left` bytes.
    fn fill_but(&self, left: u64) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast()).unwrap();
        while ballast.write_all(&[7; 4_096]).is_ok() {}
        let length = ballast.metadata().unwrap().len();
        ballast.set_len(length.saturating_sub(left)).unwrap();
    }

    fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.at.join("ballast")
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily, for a failed test still has files open on it.
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// A client that remembers what it was told.
struct Client {
    random: Random,
    acknowledged: Vec<String>,
    refused: Vec<String>,
}

fn a_note(body: &str) -> (Option<EventId>, Write) {
    (Some(event_of(body)), Write::Note(Box::new(note(body))))
}

impl Client {
    fn body(&mut self, length: usize) -> String {
        let n = self.acknowledged.len() + self.refused.len();
        let mut body = format!("falcon number{n}");
        while body.len() < length {
            body.push_str(&format!(" {:x}", self.random.next()));
        }
        body
    }

    /// Writes a note of about so many bytes; whether it was taken. Any refusal but the disk's is a failure.
    fn save(&mut self, engine: &dyn Engine, length: usize) -> bool {
        let body = self.body(length);
        let (event, write) = a_note(&body);
        let outcome = engine.write(event, write, Lane::Interactive, Millis(START));
        self.told(body, outcome)
    }

    fn told(&mut self, body: String, outcome: Result<Applied, StoreError>) -> bool {
        match outcome {
            Ok(Applied::Memory(Outcome::Stored(_))) => {
                self.acknowledged.push(body);
                true
            }
            Err(StoreError::DiskFull(_)) => {
                self.refused.push(body);
                false
            }
            other => panic!("neither stored nor a full disk: {other:?}"),
        }
    }

    /// Everything acknowledged is there, and nothing else.
    fn check(&self, engine: &dyn Engine, when: &str) {
        let mut stored: Vec<String> =
            engine.page(&PageQuery::live(Scope::All, None, usize::MAX)).unwrap().into_iter().map(|m| m.body).collect();
        stored.sort();
        let mut acknowledged = self.acknowledged.clone();
        acknowledged.sort();
        assert!(stored == acknowledged, "{when}: {} stored, {} acknowledged", stored.len(), acknowledged.len());
        let q = SearchQuery { limit: 10_000, ..query("falcon") };
        let answer = engine.search(&q).unwrap();
        match answer.fallback {
            // Rows that the last run did not index wait for room; the answer says so.
            Some(reason) => println!("{when}: {} of {} found: {reason}", answer.hits.len(), acknowledged.len()),
            None => assert_eq!(answer.hits.len(), acknowledged.len(), "{when}: found"),
        }
    }
}

/// Opens, if the full disk lets us.
fn try_open(dir: &Path) -> Option<Box<dyn Engine>> {
    match sqlite(dir, unfenced()) {
        Ok(engine) => Some(engine),
        Err(error @ (StoreError::DiskFull(_) | StoreError::Io { .. } | StoreError::Index(_))) => {
            println!("does not open on a full disk: {error}");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_full_disk_loses_nothing_and_is_got_over() {
    let Some(disk) = Small::mount("size=8m") else { return };
    let dir = disk.at.join("data");
    fs::create_dir(&dir).unwrap();
    let mut engine = open(&dir);
    let mut client = Client { random: Random::new(9), acknowledged: Vec::new(), refused: Vec::new() };
    for _ in 0..10 {
        assert!(client.save(&*engine, 500));
    }
    engine.settle();
    disk.fill_but(1_000_000);

    // One that is too large does not take the small ones down with it that wait beside it.
    let (sender, outcomes) = mpsc::channel();
    for n in 0..9 {
        let body = format!("{} beside{n}", client.body(if n == 4 { 3_000_000 } else { 200 }));
        let (event, write) = a_note(&body);
        let sender = sender.clone();
        let reply = Box::new(move |outcome| sender.send((body, outcome)).unwrap());
        engine.submit(event, write, Lane::Interactive, Millis(START), reply);
    }
    drop(sender);
    for (body, outcome) in outcomes {
        let large = body.len() > 1_000_000;
        assert_eq!(client.told(body, outcome), !large, "large: {large}");
    }
    client.check(&*engine, "after one that was too large");

    // Until it is full, and some more.
    let mut tries = 0;
    while client.save(&*engine, 2_000) {
        tries += 1;
        assert!(tries < 5_000, "it never fills");
    }
    disk.fill_but(0);
    for length in [10, 100, 1_000, 10_000, 100_000].repeat(6) {
        client.save(&*engine, length);
    }
    assert!(client.refused.len() > 5);
    client.check(&*engine, "full");

    // The daemon may be started again while it is full.
    drop(engine);
    engine = match try_open(&dir) {
        Some(engine) => {
            client.save(&*engine, 1_000);
            client.check(&*engine, "reopened while full");
            disk.free();
            engine
        }
        None => {
            disk.free();
            open(&dir)
        }
    };

    // With room again everything works, what was refused is new, and the index catches up without a restart.
    for body in std::mem::take(&mut client.refused) {
        if body.len() < 1_000_000 {
            let (event, write) = a_note(&body);
            let outcome = engine.write(event, write, Lane::Interactive, Millis(START));
            assert!(client.told(body, outcome), "there is room again");
        }
    }
    client.check(&*engine, "room again");
    indexed(&*engine);
    client.check(&*engine, "indexed");
    drop(engine);
    client.check(&*open(&dir), "reopened");
}

#[test]
fn an_index_that_found_no_room_catches_up_when_there_is_some() {
    let Some(disk) = Small::mount("size=8m") else { return };
    let dir = disk.at.join("data");
    fs::create_dir(&dir).unwrap();
    let engine = open(&dir);
    let mut client = Client { random: Random::new(10), acknowledged: Vec::new(), refused: Vec::new() };
    while client.acknowledged.len() < 300 {
        // Enough for rows in the journal, too little for the index.
        disk.fill_but(40_000);
        client.save(&*engine, 1_000);
        if !client.refused.is_empty() {
            break;
        }
    }
    std::thread::sleep(Duration::from_millis(600));
    client.check(&*engine, "full");
    disk.free();
    assert!(client.save(&*engine, 1_000));
    indexed(&*engine);
    client.check(&*engine, "indexed");
}
