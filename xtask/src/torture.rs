//! `cargo xtask torture --minutes M`: clients at work while daemons are killed, stopped, doubled and robbed of their lock
//! and their disk; at the end a ledger that quipu knows nothing of says what has to be there.
//!
//! It must not know how anything is kept. Invariant: only processes are signalled that run `daemon run` in the scratch
//! home; nothing of it is left, process or mount, however the run ends.

mod clients;
mod disk;
mod ledger;
mod processes;
mod trouble;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use quipu_protocol::client::Request;
use quipu_protocol::wire::search::{MemoriesReply, PageRequest, ScopeParams};

use crate::bench::binary;
use crate::bench::flags::Flags;
use crate::bench::scratch::{self, Scratch};
use crate::shell::Outcome;
use disk::Disk;
use ledger::Ledger;
use processes::Processes;

/// When all trouble is over, whatever is still to be done is done within this time.
const HEALED: Duration = Duration::from_secs(60);

pub(crate) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let seconds = flags.number("--seconds", 10)? + 60 * flags.number("--minutes", 0)?;
    let clients = flags.number("--clients", 6)?.max(clients::KINDS);
    let seed = flags.number("--seed", 1)? as u64;
    flags.finish()?;
    if !cfg!(target_os = "linux") {
        println!("skipped: which processes are ours is read from /proc");
        return Ok(());
    }
    let home = Scratch::new(binary::quipu()?)?;
    let disk = Disk::mount(&home)?;
    let processes = Processes::of(&home);
    let (ledger, over) = (Ledger::default(), AtomicBool::new(false));
    let time = Duration::from_secs(seconds as u64);
    let troubles = std::thread::scope(|scope| {
        for n in 0..clients {
            let (home, ledger, over) = (&home, &ledger, &over);
            scope.spawn(move || clients::work(n, home, ledger, over));
        }
        let troubles = trouble::make(time, seed, &home, &processes, disk.as_ref());
        over.store(true, Ordering::SeqCst);
        troubles
    })?;
    println!("{clients} clients, {seconds} s: {ledger}\ntroubles: {troubles}");
    let verdict = settle(&home, &ledger);
    let orphans = processes.end(HEALED);
    drop(disk);
    let (lost, doubled) = verdict?;
    println!("lost {lost}, doubled {doubled}, orphans {orphans}");
    if ledger.is_empty() || troubles.is_empty() {
        return Err("nothing was acknowledged, or nothing went wrong: this run says nothing".to_owned());
    }
    match (lost, doubled, orphans, ledger.complaints()) {
        (0, 0, 0, complaints) if complaints.is_empty() => Ok(()),
        (.., complaints) => Err(format!("it does not hold (--seed {seed})\n{}", complaints.join("\n"))),
    }
}

/// Waits until the spool is empty; gives how many acknowledged texts are lost, and how many texts are there twice.
fn settle(home: &Scratch, ledger: &Ledger) -> Result<(usize, usize), String> {
    let started = Instant::now();
    let mut left = spooled(home);
    while (home.run(&["up"]).is_err() || !left.is_empty()) && started.elapsed() < HEALED {
        std::thread::sleep(Duration::from_millis(100));
        left = spooled(home);
    }
    if let Some(file) = left.first() {
        return Err(format!("{} files are left in the spool, {file} among them", left.len()));
    }
    let (mut client, mut texts) = (home.client()?, Vec::new());
    let scope = ScopeParams { all: true, ..ScopeParams::default() };
    let mut request = PageRequest { scope, ..PageRequest::default() };
    loop {
        let reply = client.call(&Request::post("/v1/export", &request), scratch::patience());
        let page: MemoriesReply = reply.map_err(scratch::told)?;
        texts.extend(page.memories.into_iter().map(|memory| (memory.text, memory.id)));
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(ledger.compare(&texts)),
        }
    }
}

fn spooled(home: &Scratch) -> Vec<String> {
    let entries = std::fs::read_dir(home.paths.spool()).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".json")).collect()
}
