//! Disks that are read-only or full, on small file systems of their own, where this process may mount them.
//! It must not know how the store notices.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::{Home, tool, until};

/// A tmpfs below a home; unmounted before the home goes.
struct Disk {
    place: PathBuf,
    umount: PathBuf,
}

impl Disk {
    /// Mounts one, or says why it cannot.
    fn mount(place: PathBuf, size: &str) -> Option<Self> {
        let (mount, umount) = (tool("mount")?, tool("umount")?);
        std::fs::create_dir_all(&place).unwrap();
        let options = format!("size={size},mode=0700");
        let made = Command::new(mount).args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&place).output().unwrap();
        if !made.status.success() {
            println!("skipped: no tmpfs can be mounted here: {}", String::from_utf8_lossy(&made.stderr));
            return None;
        }
        Some(Self { place, umount })
    }
    fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        let mount = tool("mount").unwrap();
        // A process that has just ended may have a file open for a moment longer.
        until("it is remounted", || {
            let done = Command::new(&mount).args(["-o", &options]).arg(&self.place).output().unwrap();
            done.status.success().then_some(())
        });
    }
    /// Fills what is left, to the last block.
    fn fill(&self) -> PathBuf {
        let ballast = self.place.join("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        for block in [1 << 16, 512] {
            while std::io::Write::write_all(&mut file, &vec![7; block]).is_ok() {}
        }
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a test that failed may leave its daemon on it for a moment.
        let _ = Command::new(&self.umount).arg("-l").arg(&self.place).status();
    }
}

/// A home on a disk of its own. The home is dropped first, so that its daemon has gone before the disk.
fn home_on(size: &str) -> Option<(Home, Disk)> {
    let home = Home::new();
    let place = home.root().join("disk");
    let disk = Disk::mount(place.clone(), size)?;
    Some((home.at(place.join("q")), disk))
}

#[test]
fn a_read_only_disk_is_refused_with_a_cure() {
    let Some((home, disk)) = home_on("32m") else { return };
    home.json(&["save", "kept"]);
    home.quipu(&["down"]).ok();
    disk.remount("ro");
    for args in [&["save", "x"][..], &["search", "kept"], &["up"], &["daemon", "run"]] {
        let error = home.quipu(args).fails(69);
        assert!(error.contains("ead-only") && error.contains("hint"), "{args:?}: {error}");
    }
    let (output, code, _) = home.hook(&json!({ "hook_event_name": "Stop", "session_id": "s" }));
    assert_eq!((output.trim(), code), ("{}", 0));
    disk.remount("rw");
    assert_eq!(home.json(&["search", "kept"])["hits"].as_array().unwrap().len(), 1);
}

/// It fills while the daemon runs: refusals name the cure, what was acknowledged stays, and then it works again.
#[test]
fn a_disk_that_fills_up_loses_nothing_that_was_acknowledged() {
    let Some((home, disk)) = home_on("8m") else { return };
    home.up();
    let mut kept = vec![home.json(&["save", "while", "there", "was", "room"])["id"].clone()];
    let ballast = disk.fill();
    let mut refused = None;
    for n in 0..200 {
        let text = format!("number {n}: {}", "words on a full disk ".repeat(100));
        let output = home.quipu(&["save", &text, "--json"]);
        match output.code {
            0 => kept.push(output.json()["id"].clone()),
            _ => {
                refused = Some(output);
                break;
            }
        }
    }
    let refused = refused.expect("two hundred long memories fit on no full disk");
    assert_eq!(refused.code, 69, "{refused:#?}");
    let fault = refused.json();
    assert_eq!(fault["code"], "disk_full");
    assert!(fault["hint"].as_str().unwrap().contains("free"), "{fault}");
    let (output, code, _) = home.hook(&json!({
        "hook_event_name": "Stop", "session_id": "s", "last_assistant_message": "said on a full disk" }));
    assert_eq!((output.trim(), code), ("{}", 0));
    let found = home.json(&["search", "room"]);
    assert_eq!(found["hits"][0]["id"], kept[0], "a full disk can still be read: {found:#}");

    std::fs::remove_file(ballast).unwrap();
    until("it works again by itself", || {
        let output = home.quipu(&["save", "there is room again", "--json"]);
        (output.code == 0).then(|| kept.push(output.json()["id"].clone()))
    });
    let all = |home: &Home| home.export().into_iter().map(|memory| json!(memory.id)).collect::<Vec<_>>();
    let missing = |ids: Vec<serde_json::Value>| kept.iter().filter(|id| !ids.contains(id)).cloned().collect::<Vec<_>>();
    assert!(missing(all(&home)).is_empty());
    home.quipu(&["down"]).ok();
    home.up();
    assert!(missing(all(&home)).is_empty());
}

/// It is full before the first daemon starts.
#[test]
fn a_daemon_on_a_full_disk_says_what_to_do() {
    let Some((home, disk)) = home_on("8m") else { return };
    let ballast = disk.fill();
    for args in [&["up"][..], &["save", "x"], &["daemon", "run"]] {
        let error = home.quipu(args).fails(69);
        assert!(error.contains("space") && error.contains("hint"), "{args:?}: {error}");
    }
    let (output, code, _) = home.hook(&json!({ "hook_event_name": "SessionStart", "session_id": "s" }));
    assert!(code == 0 && output.contains("not reachable"), "{output}");
    assert!(nothing_half_made(home.data()), "half a database is left");
    std::fs::remove_file(ballast).unwrap();
    assert_eq!(home.json(&["save", "room at last"])["outcome"], "stored");
}

/// An empty database file is none: SQLite makes the schema in one transaction.
fn nothing_half_made(data: &Path) -> bool {
    std::fs::metadata(data.join("quipu.db")).map_or(true, |file| file.len() == 0)
}
