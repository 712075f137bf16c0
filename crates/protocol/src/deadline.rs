//! The one table of how long each hook may take, and the clock that counts it.
//! It must not know what is done in that time.
//! Invariant: the clock runs from process start over everything: standard input, connect, write, read, spool.

use std::time::{Duration, Instant};

/// Budget of a hook by its event's name. The host waits 1.5 s in all at SessionEnd, and longer elsewhere;
/// ours are what a person does not notice.
pub fn of_event(event: &str) -> Duration {
    Duration::from_millis(match event {
        "SessionStart" => 1_000,
        "SessionEnd" => 900,
        "UserPromptSubmit" => 150,
        "Stop" | "PostCompact" | "SubagentStop" => 250,
        // PreToolUse among them: a tool waits.
        _ => 50,
    })
}

/// How long hooks leave a daemon alone that did not answer in time.
pub const BACKOFF: Duration = Duration::from_secs(5);

/// A moment after which nothing more is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// `budget` after `start`.
    pub fn after(start: Instant, budget: Duration) -> Self {
        Self(start + budget)
    }
    /// `budget` from now.
    pub fn within(budget: Duration) -> Self {
        Self(Instant::now() + budget)
    }
    /// What is left; zero when it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
    /// Whether it has passed.
    pub fn passed(self) -> bool {
        self.left().is_zero()
    }
}
