//! The daemons of the scratch home, found in /proc by their command line and their `QUIPU_HOME`.
//!
//! It must not know why they are signalled. Invariant: a process is looked at just before it is signalled; none is that
//! does not name the scratch home.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use quipu_protocol::env::QUIPU_HOME;
use quipu_protocol::owner;
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::scratch::Scratch;

pub(super) struct Processes<'a> {
    home: &'a Scratch,
    lock: PathBuf,
    mark: Vec<u8>,
}

impl<'a> Processes<'a> {
    pub(super) fn of(home: &'a Scratch) -> Self {
        let mark = format!("{QUIPU_HOME}={}", home.paths.data.display()).into_bytes();
        Self { home, lock: home.paths.owner_lock(), mark }
    }

    /// Every daemon of this home.
    pub(super) fn all(&self) -> Vec<Pid> {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok().and_then(Pid::from_raw));
        pids.filter(|pid| self.is_ours(*pid)).collect()
    }

    /// The one whose card lies in the lock.
    pub(super) fn owner(&self) -> Option<Pid> {
        let pid = owner::read(&self.lock)?.pid;
        Pid::from_raw(i32::try_from(pid).ok()?).filter(|pid| self.is_ours(*pid))
    }

    pub(super) fn signal(&self, pid: Pid, signal: Signal) -> bool {
        self.is_ours(pid) && kill_process(pid, signal).is_ok()
    }

    /// Asks all to end; gives how many did not, which are killed.
    pub(super) fn end(&self, patience: Duration) -> usize {
        let started = Instant::now();
        while !self.all().is_empty() && started.elapsed() < patience {
            for pid in self.all() {
                self.signal(pid, Signal::CONT);
            }
            // One that stood by may have taken over: it is asked next.
            let _ = self.home.run(&["down"]);
            std::thread::sleep(Duration::from_millis(100));
        }
        let left = self.all();
        for pid in &left {
            self.signal(*pid, Signal::KILL);
        }
        left.len()
    }

    fn is_ours(&self, pid: Pid) -> bool {
        let read = |name: &str| std::fs::read(format!("/proc/{}/{name}", pid.as_raw_nonzero())).unwrap_or_default();
        let command = read("cmdline");
        let runs =
            command.split(|byte| *byte == 0).collect::<Vec<_>>().windows(2).any(|w| w == [&b"daemon"[..], b"run"]);
        runs && read("environ").split(|byte| *byte == 0).any(|pair| pair == self.mark)
    }
}

impl Drop for Processes<'_> {
    fn drop(&mut self) {
        // After `end` there are none; a run that broke off leaves them to this.
        for pid in self.all() {
            self.signal(pid, Signal::KILL);
        }
    }
}
