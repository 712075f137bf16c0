//! `cargo xtask fuzz [--seconds N] [--seed S] [TARGET]`: what others write, bent until something breaks.
//!
//! It must not know what a target reads. Invariant: a failing input lies in a file before its target is left, and the
//! command that tries it again is printed; the same seed bends the same way.
//! No coverage is measured: that needs another compiler. An input whose outcome has a shape not seen before is kept
//! and bent further, which finds less per second and runs wherever the tests do.

mod daemon;
mod mutate;
mod parsers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::bench::chance::Chance;
use crate::bench::flags::Flags;
use crate::shell::{self, Outcome};
use mutate::bent;

/// Something that reads what others wrote.
trait Target {
    /// What it reads in peace.
    fn seeds(&self) -> Vec<Vec<u8>>;
    /// Reads `input`; gives the shape of what came out, or what is wrong with it.
    fn check(&mut self, input: &[u8]) -> Result<u64, String>;
}

/// A target's name, what it is, and what makes it.
struct Row {
    name: &'static str,
    about: &'static str,
    make: fn() -> Result<Box<dyn Target>, String>,
}

const TARGETS: &[Row] = &[
    Row { name: "transcript", about: "the same turns line by line as in one read", make: parsers::transcript },
    Row {
        name: "hook",
        about: "what a hook is given: the client and the daemon understand the same",
        make: parsers::hook,
    },
    Row { name: "markdown", about: "front matter: what was read is written and read again", make: parsers::markdown },
    Row { name: "http", about: "bodies and heads to a running daemon", make: daemon::http },
    Row { name: "spool", about: "files in the spool of a running daemon", make: daemon::spool },
];

/// One input may take so long, on the busiest machine; a target with a daemon gives up earlier by itself.
const HANG: Duration = Duration::from_secs(60);
/// Inputs that were kept because their outcome was new.
const KEPT: usize = 400;

pub(crate) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let seconds = flags.number("--seconds", 10)?;
    let seed = flags.number("--seed", 1)?;
    let replay = flags.text("--replay")?.map(PathBuf::from);
    let chosen = flags.words();
    flags.finish()?;
    if let Some(unknown) = chosen.iter().find(|name| TARGETS.iter().all(|row| row.name != **name)) {
        let rows: Vec<String> = TARGETS.iter().map(|row| format!("  {:<11} {}", row.name, row.about)).collect();
        return Err(format!("there is no target `{unknown}`\n{}", rows.join("\n")));
    }
    for row in TARGETS.iter().filter(|row| chosen.is_empty() || chosen.iter().any(|name| name == row.name)) {
        match &replay {
            Some(file) => again(row, file)?,
            None => fuzz(row, Duration::from_secs(seconds as u64), seed as u64)?,
        }
    }
    Ok(())
}

fn fuzz(row: &Row, time: Duration, seed: u64) -> Outcome {
    let mut target = (row.make)()?;
    let mut pool = target.seeds();
    let (known, mut chance) = (pool.len(), Chance::new(seed));
    let mut shapes = std::collections::HashSet::new();
    let watch = Watch::over(row.name)?;
    let started = Instant::now();
    let mut tried = 0;
    while started.elapsed() < time || tried < known {
        // First as they are: a seed that fails is no find, and says so at once.
        let input = if tried < known { pool[tried].clone() } else { bent(&pool, &mut chance) };
        watch.looks_at(&input);
        let shape = judged(&mut *target, &input).map_err(|why| told(row.name, &input, &why))?;
        tried += 1;
        if shapes.insert(shape) && tried > known {
            if pool.len() >= known + KEPT {
                let at = known + chance.below(KEPT);
                pool[at] = input;
            } else {
                pool.push(input);
            }
        }
    }
    println!(
        "{:<11} {tried} inputs, {} shapes of outcome in {:.0} s",
        row.name,
        shapes.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One input again, without catching its panic: its words stand above.
fn again(row: &Row, file: &Path) -> Outcome {
    let input = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let started = Instant::now();
    (row.make)()?.check(&input)?;
    println!("{}: nothing is wrong with it, in {:.1} s", row.name, started.elapsed().as_secs_f64());
    Ok(())
}

fn judged(target: &mut dyn Target, input: &[u8]) -> Result<u64, String> {
    // A target that panicked is not asked again.
    catch_unwind(AssertUnwindSafe(|| target.check(input))).unwrap_or_else(|_| Err("it panicked, see above".to_owned()))
}

/// Writes the input down; gives the sentence that says where, and how to try it again.
fn told(target: &str, input: &[u8], why: &str) -> String {
    let kept = keep(target, input);
    match kept {
        Ok(path) => {
            let path = path.display();
            format!("{target}: {why}\n  the input: {path}\n  again: cargo xtask fuzz --replay {path} {target}")
        }
        Err(error) => {
            format!("{target}: {why}\n  and its input of {} bytes could not be written: {error}", input.len())
        }
    }
}

fn keep(target: &str, input: &[u8]) -> Result<PathBuf, String> {
    let (root, place) = (shell::root()?, Path::new("target/fuzz"));
    let folder = root.join(place);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let name = input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let name = format!("{target}-{name:016x}");
    std::fs::write(folder.join(&name), input).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(place.join(name))
}

/// What is looked at, and since when; nothing while nobody looks.
type Looked = Option<(Vec<u8>, Instant)>;

/// Ends the process when an input takes too long: a thread that hangs cannot be ended otherwise.
struct Watch(Arc<Mutex<Looked>>);

impl Watch {
    fn over(target: &'static str) -> Result<Self, String> {
        let state: Arc<Mutex<Looked>> = Arc::default();
        let seen = Arc::downgrade(&state);
        let watch = move || {
            while let Some(state) = seen.upgrade() {
                let late =
                    lock(&state).as_ref().filter(|(_, since)| since.elapsed() > HANG).map(|(input, _)| input.clone());
                if let Some(input) = late {
                    eprintln!("xtask: {}", told(target, &input, &format!("it takes more than {} s", HANG.as_secs())));
                    std::process::exit(1);
                }
                drop(state);
                std::thread::sleep(Duration::from_millis(200));
            }
        };
        std::thread::Builder::new().spawn(watch).map_err(|error| format!("no thread to watch: {error}"))?;
        Ok(Self(state))
    }

    fn looks_at(&self, input: &[u8]) {
        *lock(&self.0) = Some((input.to_vec(), Instant::now()));
    }
}

fn lock(state: &Mutex<Looked>) -> std::sync::MutexGuard<'_, Looked> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
