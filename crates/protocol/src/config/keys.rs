//! The one table of what can be set: name, kind, default, range, who reads it, what a project may do with it.
//! It must not know files or layers.
//! Invariant: a default stands here and nowhere else; a handle whose name or kind is not in the table does not compile.
//! size: it is one table, and a row is read with its neighbours.

use std::time::Duration;

/// What a value of a key is, with its default and its range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A length of time.
    Time {
        /// Where nobody says otherwise.
        default: Duration,
        /// The shortest that is taken.
        least: Duration,
        /// The longest that is taken.
        most: Duration,
    },
    /// A whole number.
    Number {
        /// Where nobody says otherwise.
        default: u64,
        /// The smallest that is taken.
        least: u64,
        /// The greatest that is taken.
        most: u64,
    },
    /// Yes or no.
    Flag {
        /// Where nobody says otherwise.
        default: bool,
    },
    /// Patterns of paths. What every layer says adds up: a denial is not lifted by another layer. The user's own list
    /// stands in the place of a default one.
    Patterns {
        /// Where nobody says otherwise.
        default: &'static [&'static str],
    },
    /// Named expressions, `name=expression`; none by default. What every layer says adds up.
    Expressions,
}

/// Which process acts by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The hook process or the command.
    Client,
    /// The daemon.
    Daemon,
    /// Either, each for its part.
    Both,
}

/// What a project's own file may do with a key: it is somebody else's repository, so it never widens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InProject {
    /// Nothing.
    No,
    /// Turn it off.
    Off,
    /// Make it smaller.
    Less,
    /// Add to it, for itself.
    More,
}

/// When a running daemon takes a changed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// At the next use.
    Live,
    /// When it starts again.
    Restart,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// `section.name`, as it is written in the file.
    pub name: &'static str,
    /// What a value is.
    pub kind: Kind,
    /// Who acts by it.
    pub reader: Reader,
    /// What a project's file may do with it.
    pub project: InProject,
    /// When a running daemon takes it.
    pub reload: Reload,
    /// What it is, in a sentence.
    pub doc: &'static str,
}

use InProject::{Less, More, No, Off};
use Reader::{Both, Client, Daemon};
use Reload::{Live, Restart};

/// Every key.
pub static KEYS: [Key; 36] = TABLE;

const TABLE: [Key; 36] = [
    row("hooks.enabled", YES, Both, Off, Live, "Whether hooks recall and keep anything."),
    row(
        "hooks.deny",
        PATTERNS,
        Both,
        More,
        Live,
        "Directories of sessions whose hooks get nothing, and of which nothing is kept.",
    ),
    row("hooks.file_notes", YES, Both, Off, Live, "Whether a line on a file is given before an agent edits it."),
    row(
        "hooks.stop_reminder",
        NO,
        Daemon,
        Off,
        Live,
        "Whether a session is told once, when a turn ends, what it leaves open; the turn goes on for it.",
    ),
    row(
        "hooks.session_start_deadline",
        ms(1_000, 100, 5_000),
        Client,
        No,
        Live,
        "After this a session starts without a briefing.",
    ),
    row("hooks.prompt_deadline", ms(150, 60, 5_000), Client, No, Live, "After this a prompt goes on without memories."),
    row(
        "hooks.turn_end_deadline",
        ms(250, 60, 5_000),
        Client,
        No,
        Live,
        "After this the end of a turn or a compaction goes to the spool.",
    ),
    // The host waits 1.5 s in all.
    row(
        "hooks.session_end_deadline",
        ms(900, 60, 1_000),
        Client,
        No,
        Live,
        "After this the end of a session goes to the spool; a hook waits so long for its input.",
    ),
    row(
        "hooks.tool_deadline",
        ms(50, 10, 1_000),
        Client,
        No,
        Live,
        "After this a tool goes on without a line on its file.",
    ),
    row(
        "hooks.backoff",
        ms(5_000, 0, 300_000),
        Client,
        No,
        Live,
        "So long hooks leave a daemon alone that did not answer in time.",
    ),
    row(
        "recall.prompt_tokens",
        number(600, 0, 2_000),
        Daemon,
        Less,
        Live,
        "Tokens that a prompt is given at most; never more than 9 000 bytes.",
    ),
    row(
        "recall.start_tokens",
        number(1_500, 0, 2_000),
        Daemon,
        Less,
        Live,
        "Tokens that a session's start is given at most; never more than 9 000 bytes.",
    ),
    row(
        "recall.memories",
        number(4, 0, 10),
        Daemon,
        Less,
        Live,
        "Memories that a prompt is given at most: more is not read.",
    ),
    row("ledger.days", number(90, 1, 3_650), Daemon, No, Live, "So long it is kept what agents were shown, in days."),
    row(
        "ledger.answers",
        number(200_000, 1_000, 5_000_000),
        Daemon,
        No,
        Live,
        "Answers of hooks that are kept at most, the newest.",
    ),
    row(
        "agents.silent_after",
        ms(600_000, 1_000, 86_400_000),
        Daemon,
        No,
        Live,
        "After so long without a sign of life an agent without a connection counts as silent.",
    ),
    row(
        "agents.edits_for",
        ms(900_000, 1_000, 86_400_000),
        Daemon,
        No,
        Live,
        "So long after its last edit a file counts as being edited.",
    ),
    row(
        "feed.days",
        number(30, 1, 3_650),
        Daemon,
        No,
        Live,
        "So long it is kept what happened between agents, in days.",
    ),
    row(
        "feed.events",
        number(100_000, 100, 5_000_000),
        Daemon,
        No,
        Live,
        "Events between agents that are kept at most, the newest.",
    ),
    row("mail.delivery", YES, Both, Off, Live, "Whether hooks put messages before the sessions they are for."),
    row(
        "mail.hook_tokens",
        number(800, 0, 2_000),
        Daemon,
        Less,
        Live,
        "Tokens of messages that a hook gives at most; with the memories never more than 9 000 bytes.",
    ),
    row("search.limit", number(10, 1, 100), Both, No, Live, "Hits of a search that names no limit."),
    row(
        "mcp.all_projects",
        NO,
        Daemon,
        No,
        Live,
        "Whether agents may search every project over MCP, not only their own.",
    ),
    row(
        "mcp.channel",
        NO,
        Client,
        No,
        Live,
        "Whether `quipu mcp` tells its host of messages unasked, where the host was started to take that.",
    ),
    row("mcp.more_tools", NO, Daemon, No, Live, "Whether agents are offered the second set of MCP tools too."),
    row("ingest.enabled", YES, Daemon, Off, Live, "Whether transcripts are read."),
    row(
        "ingest.deny",
        PATTERNS,
        Daemon,
        More,
        Live,
        "Transcripts that are never read, and directories whose sessions are never kept.",
    ),
    row(
        "ingest.sweep",
        ms(300_000, 1_000, 86_400_000),
        Daemon,
        No,
        Live,
        "So often transcripts are looked for that no hook has named.",
    ),
    row("mirror.enabled", YES, Daemon, No, Live, "Whether mirrors are kept without being asked to."),
    row(
        "mirror.pace",
        ms(2_000, 250, 3_600_000),
        Daemon,
        No,
        Live,
        "So often it is looked whether a mirror has changed.",
    ),
    row(
        "privacy.patterns",
        Kind::Expressions,
        Both,
        More,
        Live,
        "What is replaced in every text beside the built-in kinds of secrets.",
    ),
    row(
        "privacy.deny_paths",
        Kind::Patterns { default: &SECRET_FILES },
        Both,
        More,
        Live,
        "Files of which nothing is kept but that they were touched.",
    ),
    row(
        "daemon.idle",
        ms(1_800_000, 1_000, 2_592_000_000),
        Daemon,
        No,
        Live,
        "After so long without client or job the daemon ends.",
    ),
    row("daemon.threads", number(24, 4, 128), Daemon, No, Restart, "Operations that run at once."),
    row("http.enabled", NO, Daemon, No, Live, "Whether the API is served over loopback too, to who has the token."),
    row("http.port", number(0, 0, 65_535), Daemon, No, Live, "The port of that; 0 takes a free one at each start."),
];

/// Whether hooks do anything.
pub const HOOKS_ENABLED: Flag = flag("hooks.enabled");
/// Directories whose hooks do nothing.
pub const HOOKS_DENY: Patterns = patterns("hooks.deny");
/// Whether something is said before an edit.
pub const FILE_NOTES: Flag = flag("hooks.file_notes");
/// Whether a session is told what it leaves open.
pub const STOP_REMINDER: Flag = flag("hooks.stop_reminder");
/// Deadline of `SessionStart`.
pub const SESSION_START_DEADLINE: Time = time("hooks.session_start_deadline");
/// Deadline of `UserPromptSubmit`.
pub const PROMPT_DEADLINE: Time = time("hooks.prompt_deadline");
/// Deadline of `Stop`, `SubagentStop` and `PostCompact`.
pub const TURN_END_DEADLINE: Time = time("hooks.turn_end_deadline");
/// Deadline of `SessionEnd`.
pub const SESSION_END_DEADLINE: Time = time("hooks.session_end_deadline");
/// Deadline of what a tool waits for.
pub const TOOL_DEADLINE: Time = time("hooks.tool_deadline");
/// How long a daemon is left alone that did not answer in time.
pub const BACKOFF: Time = time("hooks.backoff");
/// Tokens of a prompt.
pub const PROMPT_TOKENS: Number = amount("recall.prompt_tokens");
/// Tokens of a session's start.
pub const START_TOKENS: Number = amount("recall.start_tokens");
/// Memories of a prompt.
pub const MEMORIES: Number = amount("recall.memories");
/// How long the ledger goes back.
pub const LEDGER_DAYS: Number = amount("ledger.days");
/// How much the ledger holds.
pub const LEDGER_ANSWERS: Number = amount("ledger.answers");
/// When an agent counts as silent.
pub const SILENT_AFTER: Time = time("agents.silent_after");
/// How long a file counts as being edited.
pub const EDITS_FOR: Time = time("agents.edits_for");
/// How long the feed goes back.
pub const FEED_DAYS: Number = amount("feed.days");
/// How much the feed holds.
pub const FEED_EVENTS: Number = amount("feed.events");
/// Whether hooks deliver messages.
pub const MAIL_DELIVERY: Flag = flag("mail.delivery");
/// Tokens of messages.
pub const MAIL_TOKENS: Number = amount("mail.hook_tokens");
/// Hits of a search.
pub const SEARCH_LIMIT: Number = amount("search.limit");
/// Whether MCP reaches every project.
pub const MCP_ALL_PROJECTS: Flag = flag("mcp.all_projects");
/// Whether the shim tells its host of messages unasked.
pub const MCP_CHANNEL: Flag = flag("mcp.channel");
/// Whether MCP offers more than the first few tools.
pub const MCP_MORE_TOOLS: Flag = flag("mcp.more_tools");
/// Whether transcripts are read.
pub const INGEST_ENABLED: Flag = flag("ingest.enabled");
/// What is never read.
pub const INGEST_DENY: Patterns = patterns("ingest.deny");
/// What is replaced beside the built-in.
pub const OWN_PATTERNS: Expressions = expressions("privacy.patterns");
/// Files of which nothing is kept.
pub const DENY_PATHS: Patterns = patterns("privacy.deny_paths");
/// Time between sweeps.
pub const SWEEP: Time = time("ingest.sweep");
/// Whether mirrors are kept unasked.
pub const MIRROR_ENABLED: Flag = flag("mirror.enabled");
/// Time between looks at mirrors.
pub const MIRROR_PACE: Time = time("mirror.pace");
/// Time without client or job.
pub const IDLE: Time = time("daemon.idle");
/// Operations that run at once.
pub const THREADS: Number = amount("daemon.threads");
/// Whether loopback is served.
pub const HTTP_ENABLED: Flag = flag("http.enabled");
/// The port of loopback.
pub const HTTP_PORT: Number = amount("http.port");

/// A key whose values are lengths of time.
#[derive(Debug, Clone, Copy)]
pub struct Time(pub(super) usize);
/// A key whose values are numbers.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub(super) usize);
/// A key whose values are yes and no.
#[derive(Debug, Clone, Copy)]
pub struct Flag(pub(super) usize);
/// A key whose values are patterns of paths.
#[derive(Debug, Clone, Copy)]
pub struct Patterns(pub(super) usize);

/// A key whose values are named expressions.
#[derive(Debug, Clone, Copy)]
pub struct Expressions(pub(super) usize);

impl Number {
    /// The greatest value that is taken.
    pub fn most(self) -> u64 {
        match KEYS[self.0].kind {
            Kind::Number { most, .. } => most,
            _ => u64::MAX,
        }
    }
}

/// Where a key of this name stands in [`KEYS`].
pub fn position(name: &str) -> Option<usize> {
    KEYS.iter().position(|key| key.name == name)
}

/// Where the known name stands that is most like `name`, and how like it is: from 0, nothing, to 1, the same.
pub fn nearest(name: &str) -> (usize, f64) {
    // `promt_deadline` without its section, or in the wrong one, means the same.
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |key: &Key| {
        // Of equals the one in the same section.
        let part = 0.99 * strsim::jaro_winkler(&last(name), &last(key.name));
        strsim::jaro_winkler(name, key.name).max(part)
    };
    let all = KEYS.iter().map(likeness).enumerate();
    all.fold((0, 0.0), |best, one| if one.1 > best.1 { one } else { best })
}

impl Key {
    /// What stands before the point of its name.
    pub fn section(&self) -> &'static str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// Whether it keeps something from being stored: where such a wish cannot be read, nothing is.
    pub(super) fn forbids(&self) -> bool {
        let forbidding =
            ["hooks.enabled", "hooks.deny", "ingest.enabled", "ingest.deny", "privacy.patterns", "privacy.deny_paths"];
        forbidding.contains(&self.name)
    }

    /// Its variable in the environment: `QUIPU_HOOKS_PROMPT_DEADLINE`.
    pub fn variable(&self) -> String {
        format!("QUIPU_{}", self.name.replace('.', "_").to_uppercase())
    }
}

const fn time(name: &str) -> Time {
    let at = at(name);
    assert!(matches!(TABLE[at].kind, Kind::Time { .. }), "it is no length of time");
    Time(at)
}

const fn amount(name: &str) -> Number {
    let at = at(name);
    assert!(matches!(TABLE[at].kind, Kind::Number { .. }), "it is no number");
    Number(at)
}

const fn flag(name: &str) -> Flag {
    let at = at(name);
    assert!(matches!(TABLE[at].kind, Kind::Flag { .. }), "it is no flag");
    Flag(at)
}

const fn patterns(name: &str) -> Patterns {
    let at = at(name);
    assert!(matches!(TABLE[at].kind, Kind::Patterns { .. }), "it holds no patterns");
    Patterns(at)
}

const fn expressions(name: &str) -> Expressions {
    let at = at(name);
    assert!(matches!(TABLE[at].kind, Kind::Expressions), "it holds no expressions");
    Expressions(at)
}

/// Where the key of this name stands; asked while compiling.
const fn at(name: &str) -> usize {
    let mut n = 0;
    while n < TABLE.len() {
        if is_same(TABLE[n].name.as_bytes(), name.as_bytes()) {
            return n;
        }
        n += 1;
    }
    panic!("no key has this name")
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut n = 0;
    while n < a.len() && n < b.len() && a[n] == b[n] {
        n += 1;
    }
    n == a.len() && n == b.len()
}

const PATTERNS: Kind = Kind::Patterns { default: &[] };

/// Where keys and passwords lie by custom.
static SECRET_FILES: [&str; 19] = [
    "/**/.env*",
    "/**/*.pem",
    "/**/*.key",
    "/**/*.p12",
    "/**/*.pfx",
    "/**/*.jks",
    "/**/*.keystore",
    "/**/*.kdbx",
    "/**/id_rsa*",
    "/**/id_ecdsa*",
    "/**/id_ed25519*",
    "/**/.aws/credentials",
    "/**/.netrc",
    "/**/.npmrc",
    "/**/.pypirc",
    "/**/.pgpass",
    "/**/.git-credentials",
    "/**/.docker/config.json",
    "/**/secrets/**",
];

const YES: Kind = Kind::Flag { default: true };
const NO: Kind = Kind::Flag { default: false };

const fn ms(default: u64, least: u64, most: u64) -> Kind {
    Kind::Time {
        default: Duration::from_millis(default),
        least: Duration::from_millis(least),
        most: Duration::from_millis(most),
    }
}

const fn number(default: u64, least: u64, most: u64) -> Kind {
    Kind::Number { default, least, most }
}

const fn row(
    name: &'static str,
    kind: Kind,
    reader: Reader,
    project: InProject,
    reload: Reload,
    doc: &'static str,
) -> Key {
    Key { name, kind, reader, project, reload, doc }
}
