//! One writing process: opens its way to the notes, says that it is ready, writes when told, says what came of it.
//!
//! It must not know how many others there are. Invariant: an attempt is timed from the client's side, whole, and is
//! never repeated; what comes out is one line a figure.

use std::io::{BufRead, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use quipu_protocol::client::{Client, Request};
use quipu_protocol::new_event_id;
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};
use rusqlite::{Connection, TransactionBehavior};

use super::fsync;
use crate::bench::chance::Chance;
use crate::bench::scratch;
use crate::bench::words::Words;
use crate::shell::Outcome;

/// What this process is called by its parent; nobody else calls it.
pub(in crate::bench) const NAME: &str = "writers-process";

/// A way to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    NoWait,
    Wait,
    Immediate,
    Quipu,
}

impl Mode {
    pub(super) const ALL: [Self; 4] = [Self::NoWait, Self::Wait, Self::Immediate, Self::Quipu];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::NoWait => "busy_timeout=0",
            Self::Wait => "busy_timeout=5000",
            Self::Immediate => "BEGIN IMMEDIATE, 5000",
            Self::Quipu => "quipu",
        }
    }
}

/// SQLite's `synchronous`, for the direct ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Synchronous {
    Full,
    Normal,
}

impl Synchronous {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
        }
    }
}

/// The words that make a process write so.
pub(super) fn words(mode: Mode, synchronous: Synchronous, place: &Path, each: usize, writer: usize) -> Vec<String> {
    let place = place.to_string_lossy().into_owned();
    let head = ["bench", NAME, mode.name(), synchronous.name()].map(str::to_owned);
    head.into_iter().chain([place, each.to_string(), writer.to_string()]).collect()
}

pub(in crate::bench) fn run(args: &[String]) -> Outcome {
    let [mode, synchronous, place, each, writer] = args else {
        return Err("this process is started by `cargo xtask bench writers`".to_owned());
    };
    let mode = Mode::ALL.into_iter().find(|known| known.name() == mode).ok_or("no such way to write")?;
    let number = |text: &String| text.parse::<usize>().map_err(|_| format!("`{text}` is no number"));
    let (each, writer) = (number(each)?, number(writer)?);
    let mut way = Way::open(mode, synchronous, Path::new(place))?;
    // One language for all, but each its own words.
    let (words, mut chance) = (Words::new(&mut Chance::new(1)), Chance::new(writer as u64 + 2));
    let texts: Vec<String> = (0..each)
        .map(|n| {
            let said: Vec<&str> = (0..10).map(|_| words.any(&mut chance)).collect();
            format!("Note {writer}-{n}: {}.", said.join(" "))
        })
        .collect();
    let slow = fsync::probe().map_err(|error| format!("no fsync to be had: {error}"))?;
    say(&format!("ready {}", slow.as_micros()))?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| error.to_string())?;

    let start = Instant::now();
    let mut attempts: Vec<(Duration, Result<(), String>)> = Vec::with_capacity(each);
    for (n, text) in texts.into_iter().enumerate() {
        let begun = Instant::now();
        let outcome = way.write((writer * each + n) as i64, text);
        attempts.push((begun.elapsed(), outcome));
    }
    let mut told = vec![format!("all {}", start.elapsed().as_micros())];
    for (took, outcome) in attempts {
        match outcome {
            Ok(()) => told.push(format!("kept {}", took.as_micros())),
            Err(why) => told.push(format!("failed {} {why}", took.as_micros())),
        }
    }
    say(&told.join("\n"))
}

fn say(line: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| error.to_string())
}

/// An open way to the notes.
enum Way {
    Direct(Connection, Mode),
    Daemon(Client),
}

impl Way {
    fn open(mode: Mode, synchronous: &str, place: &Path) -> Result<Self, String> {
        if mode == Mode::Quipu {
            return Ok(Self::Daemon(Client::new(place)));
        }
        connection(mode, synchronous, place).map(|open| Self::Direct(open, mode)).map_err(|error| error.to_string())
    }

    fn write(&mut self, id: i64, text: String) -> Outcome {
        match self {
            Self::Direct(connection, mode) => direct(connection, *mode, id, &text).map_err(|error| error.to_string()),
            Self::Daemon(client) => {
                let request = SaveRequest { text, ..SaveRequest::default() };
                let request = Request::post("/v1/memories", &request).event(new_event_id());
                match client.call::<SaveReply>(&request, scratch::patience()) {
                    Ok(reply) if reply.outcome == "stored" => Ok(()),
                    Ok(reply) => Err(format!("not stored but {}", reply.outcome)),
                    Err(error) => Err(scratch::told(error)),
                }
            }
        }
    }
}

const UPSERT: &str = "insert into note (id, body) values (?1, ?2) on conflict (id) do update set body = excluded.body";

/// Makes the table that direct writers write to, before there is more than one of them.
pub(super) fn make(place: &Path) -> Outcome {
    let made = connection(Mode::Wait, Synchronous::Full.name(), place)
        .and_then(|open| open.execute_batch("create table note (id integer primary key, body text not null)"));
    made.map_err(|error| format!("{}: {error}", place.display()))
}

/// How many notes lie there.
pub(super) fn count(place: &Path) -> Result<usize, String> {
    let counted = connection(Mode::Wait, Synchronous::Full.name(), place)
        .and_then(|open| open.query_row("select count(*) from note", [], |row| row.get::<_, i64>(0)));
    counted.map(|n| n as usize).map_err(|error| format!("{}: {error}", place.display()))
}

fn connection(mode: Mode, synchronous: &str, place: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(place)?;
    // While it opens everybody waits: what is compared is writing.
    connection.busy_timeout(Duration::from_secs(60))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    let wait = if mode == Mode::NoWait { Duration::ZERO } else { Duration::from_millis(5_000) };
    connection.busy_timeout(wait)?;
    Ok(connection)
}

fn direct(connection: &mut Connection, mode: Mode, id: i64, text: &str) -> rusqlite::Result<()> {
    if mode != Mode::Immediate {
        return connection.prepare_cached(UPSERT)?.execute((id, text)).map(drop);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.prepare_cached(UPSERT)?.execute((id, text))?;
    transaction.commit()
}
