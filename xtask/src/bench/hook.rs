//! `cargo xtask bench hook`: what a hook costs an agent, the whole process, beside `true` and `node -e ''`.
//!
//! It must not know what a hook does inside; it sees a process, its input and its output.
//! Invariant: within a round everything runs once, in an order of its own, so that nobody always comes after the same
//! neighbour; a hook that gave up at its deadline is counted and never makes the next ones look quick.

mod payload;
mod process;

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use quipu_protocol::client::{Client, Request};
use quipu_protocol::wire::search::{ScopeParams, SearchReply, SearchRequest};

use super::chance::Chance;
use super::figures::{Figures, timed};
use super::flags::Flags;
use super::report::{Verdicts, is_idle, machine};
use super::scratch::{self, Scratch};
use crate::shell::{self, Outcome};
use payload::Payloads;
use process::Program;

/// Let what a process left behind (a background write, an exit) settle before the next is timed.
const PAUSE: Duration = Duration::from_millis(3);
/// Rounds that are not counted: caches, the daemon's connections.
const WARM_UP: usize = 5;
/// The bound on the slowest, in milliseconds.
const P99: f64 = 10.0;

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let runs = flags.number("--runs", 300)?.max(1);
    let strict = flags.switch("--strict");
    flags.finish()?;
    let samples = shell::root()?.join("crates/cli/samples");
    let home = Scratch::new(super::binary::quipu()?)?;
    println!("{}", home.run(&["index", &samples.join("projects").to_string_lossy()])?);
    let mut bench = Bench::new(&home, Payloads::new(&samples)?)?;
    let answers_before = bench.answers()?;
    let (before, idle) = (machine(), is_idle());
    for round in 0..WARM_UP + runs {
        if round == WARM_UP {
            bench.forget();
        }
        bench.round(round)?;
    }
    println!("{runs} rounds, interleaved; {before} before, {} after", machine());
    let kept = bench.answers()?.saturating_sub(answers_before);
    bench.tables.print();
    println!(
        "answered with memories: {} of {} prompts; kept: {kept} of {} answers; gave up at its deadline: {}",
        bench.answered,
        bench.tables.prompt.count(),
        WARM_UP + runs,
        bench.gave_up,
    );
    let verdicts = bench.tables.verdicts(kept as usize == WARM_UP + runs && bench.gave_up == 0);
    if !idle {
        println!("note: p99 is claimed of an idle machine, and this one was not ({before})");
    }
    verdicts.finish(strict)
}

/// What runs in a round.
#[derive(Clone, Copy)]
enum Part {
    True,
    Node,
    Stop,
    Prompt,
    Step,
    Fsync,
    Search,
}

const PARTS: [Part; 7] = [Part::True, Part::Node, Part::Stop, Part::Prompt, Part::Step, Part::Fsync, Part::Search];

struct Bench<'a> {
    home: &'a Scratch,
    payloads: Payloads,
    idle: Program,
    node: Option<Program>,
    hook: Program,
    client: Client,
    file: File,
    tables: Tables,
    answered: usize,
    gave_up: usize,
}

impl<'a> Bench<'a> {
    fn new(home: &'a Scratch, payloads: Payloads) -> Result<Self, String> {
        let path = home.folder().join("fsync");
        Ok(Self {
            idle: Program::of(home, "true", &[])?,
            node: Program::of(home, "node", &["-e", ""]).ok(),
            hook: Program::quipu(home, &["hook", "claude-code"]),
            client: home.client()?,
            file: File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?,
            tables: Tables::default(),
            answered: 0,
            gave_up: 0,
            home,
            payloads,
        })
    }

    fn round(&mut self, round: usize) -> Outcome {
        let mut parts = PARTS;
        Chance::new(round as u64).shuffle(&mut parts);
        for part in parts {
            match part {
                Part::True => self.tables.idle.add(self.idle.run("")?.took),
                Part::Node => {
                    if let Some(node) = &self.node {
                        self.tables.node.add(node.run("")?.took);
                    }
                }
                Part::Stop => {
                    let ran = self.hook.run(&self.payloads.stop(round))?;
                    self.tables.stop.add(ran.took);
                    self.look_for_back_off();
                }
                Part::Prompt => {
                    if let Some(start) = self.payloads.anew(round) {
                        self.hook.run(&start)?;
                        std::thread::sleep(PAUSE);
                    }
                    let ran = self.hook.run(&self.payloads.prompt(round))?;
                    self.tables.prompt.add(ran.took);
                    self.answered += usize::from(ran.output.contains("additionalContext"));
                    self.look_for_back_off();
                }
                Part::Step => {
                    let ran = self.hook.run(&self.payloads.step(round))?;
                    self.tables.step.add(ran.took);
                    self.look_for_back_off();
                }
                Part::Fsync => self.fsync()?,
                Part::Search => self.search(round)?,
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn fsync(&mut self) -> Outcome {
        let (written, took) = timed(|| self.file.write_all(&[7; 4_096]).and_then(|()| self.file.sync_all()));
        self.tables.fsync.add(took);
        written.map_err(|error| format!("cannot write to the scratch folder: {error}"))
    }

    fn search(&mut self, round: usize) -> Outcome {
        let request = SearchRequest {
            query: self.payloads.question(round).to_owned(),
            scope: ScopeParams { project: Some(payload::PROJECT.to_owned()), ..ScopeParams::default() },
            ..SearchRequest::default()
        };
        let request = Request::post("/v1/search", &request);
        let (reply, took) = timed(|| self.client.call::<SearchReply>(&request, scratch::patience()));
        self.tables.search.add(took);
        self.tables.in_daemon.add_ms(reply.map_err(scratch::told)?.took_ms);
        Ok(())
    }

    /// A hook that gave up tells the next ones not to ask: those would be quick, and not measured.
    fn look_for_back_off(&mut self) {
        if std::fs::remove_file(self.home.paths.backoff()).is_ok() {
            self.gave_up += 1;
        }
    }

    /// Answers that are in memory.
    fn answers(&mut self) -> Result<u64, String> {
        let kinds = scratch::stats(&mut self.client)?.by_kind;
        Ok(kinds.into_iter().find(|(kind, _)| kind == "answer").map_or(0, |(_, count)| count))
    }

    /// The end of the warm-up.
    fn forget(&mut self) {
        self.tables = Tables::default();
        self.answered = 0;
    }
}

#[derive(Default)]
struct Tables {
    idle: Figures,
    node: Figures,
    stop: Figures,
    prompt: Figures,
    step: Figures,
    fsync: Figures,
    search: Figures,
    in_daemon: Figures,
}

impl Tables {
    fn print(&self) {
        println!("{:<44} {:>9} {:>9} {:>8}", "", "p50 ms", "p99 ms", "× true");
        for (name, figures) in [
            ("true", &self.idle),
            ("node -e ''", &self.node),
            ("quipu hook, Stop (kept, on disk)", &self.stop),
            ("quipu hook, UserPromptSubmit (answered)", &self.prompt),
            ("quipu hook, PostToolUse (nothing waits)", &self.step),
            ("4 KB write + fsync", &self.fsync),
            ("search, round trip on a kept connection", &self.search),
            ("search, as the daemon counts it", &self.in_daemon),
        ] {
            if figures.count() == 0 {
                println!("{name:<44} skipped: not in PATH");
                continue;
            }
            let (median, p99) = (figures.median(), figures.p99());
            println!("{name:<44} {median:>9.3} {p99:>9.3} {:>8.2}", median / self.idle.median());
        }
    }

    fn verdicts(&self, all_were_real: bool) -> Verdicts {
        let mut verdicts = Verdicts::default();
        let (idle, fsync, search) = (self.idle.median(), self.fsync.median(), self.search.median());
        for (name, figures, extra, what) in [
            ("Stop", &self.stop, fsync, "one fsync"),
            ("UserPromptSubmit", &self.prompt, search, "search median"),
            ("PostToolUse", &self.step, 0.0, "nothing"),
        ] {
            let (got, bound) = (figures.median(), 5.0 * idle + extra);
            let claim = format!("{name}: {got:.3} ms ≤ 5 × true + {what} = 5 × {idle:.3} + {extra:.3} = {bound:.3} ms");
            verdicts.at_most(got, bound, &claim);
        }
        for (name, figures) in [("Stop", &self.stop), ("UserPromptSubmit", &self.prompt), ("PostToolUse", &self.step)] {
            let (p99, floor) = (figures.p99(), self.idle.p99());
            verdicts.at_most(p99, P99, &format!("{name}: p99 {p99:.3} ms < {P99} ms (p99 of true: {floor:.3} ms)"));
        }
        verdicts.holds(all_were_real, "every answer was kept and no hook gave up, so the times above are of real work");
        verdicts
    }
}

/// Where a program lies, so that nobody's time holds a search through `PATH`.
fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
