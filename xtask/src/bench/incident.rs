//! `cargo xtask bench incident`: sixteen sessions in one project that end together while all of them write, as whole hook
//! processes; beside the same hooks as processes that write to SQLite themselves.
//!
//! It must not know how quipu keeps what it is given. Invariant: every hook is a process that opens its own way to the
//! notes, as hooks do; what was lost is counted at the place itself when all have ended.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use quipu_protocol::client::Request;
use quipu_protocol::new_event_id;
use quipu_protocol::owner;
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};
use rusqlite::Connection;
use serde_json::json;

use super::figures::Figures;
use super::flags::Flags;
use super::report::{Verdicts, machine};
use super::scratch::{self, Scratch};
use crate::shell::Outcome;

/// What a hook that writes by itself is called by its parent; nobody else calls it.
pub(super) const PROCESS: &str = "incident-hook";
/// The promise: a hook of an end takes no longer, in ms.
const END: f64 = 1_000.0;
/// What is left behind may take so long to be read.
const SETTLES: Duration = Duration::from_secs(60);

/// A way to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    NoWait,
    Wait,
    Quipu,
    QuipuKilled,
}

impl Way {
    const ALL: [Self; 4] = [Self::NoWait, Self::Wait, Self::Quipu, Self::QuipuKilled];

    fn name(self) -> &'static str {
        match self {
            Self::NoWait => "SQLite, busy_timeout=0",
            Self::Wait => "SQLite, busy_timeout=5000",
            Self::Quipu => "quipu",
            Self::QuipuKilled => "quipu, daemon killed",
        }
    }

    fn wait(self) -> Duration {
        if self == Self::Wait { Duration::from_secs(5) } else { Duration::ZERO }
    }
}

/// What came of all ends of a way.
#[derive(Default)]
struct Row {
    took: Figures,
    /// Hooks that failed: a host would fire them again.
    failed: usize,
    /// Answers that are not there when all is over.
    lost: usize,
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let sessions = flags.number("--sessions", 16)?.max(1);
    let rounds = flags.number("--rounds", 5)?.max(1);
    let strict = flags.switch("--strict");
    flags.finish()?;
    let quipu = super::binary::quipu()?;
    println!("\n{sessions} sessions end together, {rounds} times, while all write; {}", machine());
    println!("{:<28} {:>8} {:>9} {:>9} {:>8} {:>6}", "", "p50 ms", "p99 ms", "max ms", "failed", "lost");
    let mut verdicts = Verdicts::default();
    for way in Way::ALL {
        let mut row = Row::default();
        for _ in 0..rounds {
            round(way, &quipu, sessions, &mut row)?;
        }
        let (p50, p99, max) = (row.took.median(), row.took.p99(), row.took.max());
        let hooks = 2 * sessions * rounds;
        println!("{:<28} {p50:>8.1} {p99:>9.1} {max:>9.1} {:>4}/{hooks:<4} {:>5}", way.name(), row.failed, row.lost);
        if matches!(way, Way::Quipu | Way::QuipuKilled) {
            let name = way.name();
            verdicts.at_most(max, END, &format!("{name}: at worst {max:.0} ms (≤ {END:.0})"));
            verdicts.holds(row.failed + row.lost == 0, &format!("{name}: {} failed, {} lost", row.failed, row.lost));
        }
    }
    verdicts.finish(strict)
}

/// All sessions end once.
fn round(way: Way, quipu: &Path, sessions: usize, row: &mut Row) -> Outcome {
    let home = Scratch::new(quipu.to_owned())?;
    let is_ours = matches!(way, Way::Quipu | Way::QuipuKilled);
    let place = home.folder().join("direct.db");
    if is_ours {
        home.run(&["up"])?;
    } else {
        let made = open(&place, Duration::from_secs(5)).and_then(|db| {
            db.execute_batch("create table note (id integer primary key, session text, body text not null)")
        });
        made.map_err(|error| error.to_string())?;
    }
    let (ends, over) = (Barrier::new(sessions + 1), AtomicBool::new(false));
    let outcomes = std::thread::scope(|scope| {
        let (home, place, ends, over) = (&home, &place, &ends, &over);
        for _ in 0..sessions {
            scope.spawn(move || if is_ours { beats(home, over) } else { writes(place, way, over) });
        }
        let hooks: Vec<_> = (0..sessions)
            .map(|n| {
                scope.spawn(move || {
                    ends.wait();
                    ["Stop", "SessionEnd"].map(|event| {
                        let begun = Instant::now();
                        let is_well = hook(home, place, way, event, n);
                        (begun.elapsed(), is_well)
                    })
                })
            })
            .collect();
        // They write for a while before the end.
        std::thread::sleep(Duration::from_millis(200));
        ends.wait();
        if way == Way::QuipuKilled
            && let Some(card) = owner::read(&home.paths.owner_lock())
        {
            std::thread::sleep(Duration::from_millis(10));
            let _ = Command::new("kill").args(["-9", &card.pid.to_string()]).status();
        }
        let outcomes: Vec<_> = hooks.into_iter().flat_map(|hook| hook.join().into_iter().flatten()).collect();
        over.store(true, Ordering::Relaxed);
        outcomes
    });
    row.failed += 2 * sessions - outcomes.iter().filter(|(_, is_well)| *is_well).count();
    outcomes.iter().for_each(|(took, _)| row.took.add_ms(took.as_secs_f64() * 1e3));
    row.lost += sessions - kept(&home, &place, is_ours, sessions)?;
    Ok(())
}

/// One hook as a process; whether it ended well.
fn hook(home: &Scratch, place: &Path, way: Way, event: &str, n: usize) -> bool {
    let mut command = match way {
        Way::Quipu | Way::QuipuKilled => home.command(&["hook", "claude-code"]),
        Way::NoWait | Way::Wait => {
            let Ok(xtask) = std::env::current_exe() else { return false };
            let mut command = Command::new(xtask);
            command.args(["bench", PROCESS, way.name(), event, &n.to_string()]).arg(place);
            command
        }
    };
    let payload = json!({
        "hook_event_name": event, "session_id": format!("ends-{n}"), "cwd": home.folder(), "reason": "other",
        "prompt_id": format!("p{n}"), "last_assistant_message": answer(n), "stop_hook_active": false,
    });
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else { return false };
    if let Some(mut stdin) = child.stdin.take() {
        let _ = std::io::Write::write_all(&mut stdin, payload.to_string().as_bytes());
    }
    child.wait_with_output().is_ok_and(|output| output.status.success() && output.stdout.trim_ascii() == b"{}")
}

fn answer(n: usize) -> String {
    format!("answer of session {n}")
}

/// A hook that writes by itself, in a process of its own.
pub(super) fn process(args: &[String]) -> Outcome {
    let [way, event, n, place] = args else {
        return Err("this process is started by `cargo xtask bench incident`".to_owned());
    };
    let way = Way::ALL.into_iter().find(|known| known.name() == way).ok_or("no such way to end")?;
    let n: usize = n.parse().map_err(|_| format!("`{n}` is no number"))?;
    let body = if event == "Stop" { answer(n) } else { "ended".to_owned() };
    let wrote = open(Path::new(place), way.wait())
        .and_then(|db| db.execute("insert into note (session, body) values (?1, ?2)", (format!("ends-{n}"), body)));
    wrote.map_err(|error| error.to_string())?;
    println!("{{}}");
    Ok(())
}

fn open(place: &Path, wait: Duration) -> rusqlite::Result<Connection> {
    let db = Connection::open(place)?;
    db.busy_timeout(wait)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    Ok(db)
}

/// A session's own writes, until all is over; what fails is tried again, as an agent would.
fn writes(place: &Path, way: Way, over: &AtomicBool) {
    let Ok(db) = open(place, way.wait()) else { return };
    while !over.load(Ordering::Relaxed) {
        let _ = db.execute("insert into note (session, body) values ('beat', 'a note of an agent that works')", ());
    }
}

fn beats(home: &Scratch, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let Ok(mut client) = home.client() else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        while !over.load(Ordering::Relaxed) {
            let id = new_event_id();
            let request =
                SaveRequest { text: format!("a note of an agent that works, {id}"), ..SaveRequest::default() };
            let request = Request::post("/v1/memories", &request).event(id);
            if client.call::<SaveReply>(&request, scratch::patience()).is_err() {
                break;
            }
        }
    }
}

/// How many answers are there in the end.
fn kept(home: &Scratch, place: &Path, is_ours: bool, sessions: usize) -> Result<usize, String> {
    if !is_ours {
        let db = open(place, Duration::from_secs(5)).map_err(|error| error.to_string())?;
        let sql = "select count(distinct body) from note where body like 'answer of session %'";
        let counted: rusqlite::Result<i64> = db.query_row(sql, [], |row| row.get(0));
        return counted.map(|n| n as usize).map_err(|error| error.to_string());
    }
    home.run(&["up"])?;
    let begun = Instant::now();
    loop {
        let by_kind = scratch::stats(&mut home.client()?)?.by_kind;
        let found = by_kind.iter().find(|(kind, _)| kind == "answer").map_or(0, |(_, n)| *n as usize);
        if found >= sessions || begun.elapsed() > SETTLES {
            return Ok(found.min(sessions));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
