//! The process that an agent runs in, found from a peer of the socket: what its hooks, its shim and its shell commands have
//! in common.
//! It must not know sessions.
//! Invariant: a number alone is nobody: it goes with the moment at which that process began. What the system does not tell is not
//! guessed.

use std::fmt;

/// So many processes above a peer are looked through.
const ABOVE: usize = 8;
/// Programs that stand between an agent and what it runs, and end with that.
const BETWEEN: [&str; 9] = ["sh", "dash", "bash", "zsh", "ksh", "ash", "fish", "busybox", "env"];

/// A process, and no later one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Instance {
    pid: u32,
    /// When it began, in ticks since the system did.
    began: u64,
}

/// Whether a process is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Lives,
    Gone,
    /// The system does not tell.
    Unknown,
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.pid, self.began)
    }
}

impl Instance {
    /// Reads what [`Display`](fmt::Display) writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (pid, began) = text.split_once('@')?;
        Some(Self { pid: pid.parse().ok()?, began: began.parse().ok()? })
    }

    /// The processes above `peer` that are no shells, the nearest first; none where the system does not tell. The first of all
    /// is everybody's.
    pub(crate) fn all_above(peer: u32) -> Vec<Self> {
        let mut found = Vec::new();
        let mut pid = Stat::of(peer).map_or(0, |stat| stat.parent);
        for _ in 0..ABOVE {
            let Some(stat) = Some(pid).filter(|pid| *pid > 1).and_then(Stat::of) else { break };
            if !BETWEEN.contains(&stat.name.as_str()) {
                found.push(Self { pid, began: stat.began });
            }
            pid = stat.parent;
        }
        found
    }

    /// Whether it is still there; what has ended and waits for its parent to notice is not.
    pub(crate) fn life(self) -> Life {
        match Stat::of(self.pid) {
            Some(stat) if stat.began == self.began && !matches!(stat.state, 'Z' | 'X') => Life::Lives,
            Some(_) => Life::Gone,
            None if Stat::of(std::process::id()).is_some() => Life::Gone,
            None => Life::Unknown,
        }
    }
}

/// What the system says of a process (proc(5), `/proc/PID/stat`).
struct Stat {
    name: String,
    state: char,
    parent: u32,
    began: u64,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// A name may hold anything, brackets too: it ends at the last one.
    fn parse(text: &str) -> Option<Self> {
        let (head, rest) = text.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let mut fields = rest.split_ascii_whitespace();
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        // The 22nd of all, of which two came before the bracket and two were taken.
        let began = fields.nth(17)?.parse().ok()?;
        Some(Self { name: name.to_owned(), state, parent, began })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_system_is_taken_apart() {
        let rest = "17 17 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 9876 1 2 3";
        for (name, state) in [("claude", 'S'), ("a (b) c", 'Z'), ("", 'R')] {
            let stat = Stat::parse(&format!("42 ({name}) {state} 17 {rest}")).expect("reads");
            assert_eq!((stat.name.as_str(), stat.state, stat.parent, stat.began), (name, state, 17, 9_876));
        }
        for text in ["", "42 claude S 17", "42 (claude) S", "42 (claude) S x 0"] {
            assert!(Stat::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn an_instance_reads_back() {
        let instance = Instance { pid: 7, began: 99 };
        assert_eq!(Instance::parse(&instance.to_string()), Some(instance));
        for text in ["", "7", "7@", "x@1", "-7@1"] {
            assert_eq!(Instance::parse(text), None, "{text}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_lives_until_it_has_ended_and_its_number_is_not_it() {
        let own = Stat::of(std::process::id()).expect("this process");
        let this = Instance { pid: std::process::id(), began: own.began };
        assert_eq!(this.life(), Life::Lives);
        assert_eq!(Instance { began: own.began + 1, ..this }.life(), Life::Gone);
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("starts");
        let stat = Stat::of(child.id()).expect("a child");
        let of_child = Instance { pid: child.id(), began: stat.began };
        assert_eq!((of_child.life(), Instance::all_above(child.id()).first()), (Life::Lives, Some(&this)));
        child.kill().expect("killed");
        // It waits for us, and is gone all the same.
        while Stat::of(child.id()).is_some_and(|stat| stat.state != 'Z') {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(of_child.life(), Life::Gone);
        child.wait().expect("ended");
        assert_eq!(of_child.life(), Life::Gone);
    }
}
