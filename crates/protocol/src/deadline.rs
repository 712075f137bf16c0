//! How long each hook may take, and the clock that counts it.
//! It must not know what is done in that time.
//! Invariant: the clock runs from process start over everything: standard input, connect, write, read, spool.

use std::time::{Duration, Instant};

use crate::config::{Config, keys};

/// Budget of a hook by its event's name. The host waits 1.5 s in all at SessionEnd, and longer elsewhere;
/// ours are what a person does not notice.
pub fn of_event(config: &Config, event: &str) -> Duration {
    config.time(match event {
        "SessionStart" => keys::SESSION_START_DEADLINE,
        "SessionEnd" => keys::SESSION_END_DEADLINE,
        "UserPromptSubmit" => keys::PROMPT_DEADLINE,
        "Stop" | "PreCompact" | "PostCompact" | "SubagentStop" => keys::TURN_END_DEADLINE,
        // PreToolUse among them: a tool waits.
        _ => keys::TOOL_DEADLINE,
    })
}

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
