//! What goes wrong: kills, stops, doubles, a lost lock file, a full disk, a clock that jumps; one after the other, by chance.
//!
//! It must not know what clients do. Invariant: each trouble is over when the next begins, but for a daemon that was
//! started or killed; the same seed makes the same troubles in the same order.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::disk::Disk;
use super::processes::Processes;
use crate::bench::chance::Chance;
use crate::bench::scratch::Scratch;
use crate::shell;

/// Troubles by name, with how often they were made.
#[derive(Default)]
pub(super) struct Troubles(BTreeMap<&'static str, usize>);

impl Troubles {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn count(&mut self, name: &'static str) {
        *self.0.entry(name).or_default() += 1;
    }
}

impl fmt::Display for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(|(name, times)| format!("{name} {times}")).collect();
        f.write_str(&all.join(", "))
    }
}

/// Makes trouble for so long.
pub(super) fn make(
    time: Duration,
    seed: u64,
    home: &Scratch,
    processes: &Processes<'_>,
    disk: Option<&Disk>,
) -> Result<Troubles, String> {
    let clock = shell::in_path("faketime");
    if !clock {
        println!("skipped, a clock that jumps: faketime is not in PATH");
    }
    let (mut chance, mut troubles, mut children) = (Chance::new(seed), Troubles::default(), Vec::new());
    let started = Instant::now();
    while started.elapsed() < time {
        pause(&mut chance, 50, 400);
        let owner = processes.owner();
        let made = match chance.below(8) {
            0..=2 => owner.filter(|pid| processes.signal(*pid, Signal::KILL)).map(|_| "killed"),
            3 => owner.filter(|pid| processes.signal(*pid, Signal::STOP)).map(|pid| {
                pause(&mut chance, 100, 1_500);
                processes.signal(pid, Signal::CONT);
                "stopped"
            }),
            4 => std::fs::remove_file(home.paths.owner_lock()).ok().map(|()| "lock removed"),
            5 => {
                children.push(daemon(home, None)?);
                Some("started")
            }
            6 if clock => {
                let jump = ["-3d", "+3d"][chance.below(2)];
                children.push(daemon(home, Some(jump))?);
                Some("started in another time")
            }
            7 => disk.map(|disk| {
                let ballast = disk.fill();
                pause(&mut chance, 100, 600);
                drop(ballast);
                "disk full"
            }),
            _ => None,
        };
        if let Some(name) = made {
            troubles.count(name);
        }
        children.retain_mut(|child: &mut Child| !matches!(child.try_wait(), Ok(Some(_))));
    }
    // They are ended with all others; whoever is left then is an orphan. A thread takes their exit codes.
    std::thread::spawn(move || children.iter_mut().for_each(|child| drop(child.wait())));
    Ok(troubles)
}

/// Another daemon: it stands by, or finds that there is no room, or takes over.
fn daemon(home: &Scratch, jump: Option<&str>) -> Result<Child, String> {
    let words = ["daemon", "run"];
    let mut command = match jump {
        None => home.command(&words),
        Some(jump) => {
            let mut command = Command::new("faketime");
            command.args(["-f", jump]).arg(home.command(&[]).get_program()).args(words);
            home.environment(&mut command);
            command
        }
    };
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.spawn().map_err(|error| format!("no daemon could be started: {error}"))
}

fn pause(chance: &mut Chance, least: usize, most: usize) {
    std::thread::sleep(Duration::from_millis((least + chance.below(most - least)) as u64));
}
