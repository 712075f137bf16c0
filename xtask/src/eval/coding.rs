//! `cargo xtask eval --coding [--runs OUT] [--baseline DIR]`: known-item questions over the bundled coding sessions, and prompts
//! that deserve silence.
//!
//! The sessions become Claude Code transcripts and come in through `quipu index`; questions go through the search of
//! the socket, prompts through its prompt hook. It must not know how quipu ranks or when it keeps silent.
//! Invariant: every question and every prompt is asked; what failed is listed with where its answer came.

mod ask;
mod load;
mod report;
mod script;

use std::path::PathBuf;

use crate::bench::binary;
use crate::bench::scratch::Scratch;
use crate::shell::{self, Outcome};

/// The projects that the sessions belong to; each has a folder of this name.
const PROJECTS: [&str; 3] = ["harbor", "lumen", "osprey"];
/// Below the root.
const DATA: &str = "xtask/eval/coding";

/// Asks everything; writes `OUT/coding.jsonl` (a line a question: `question_id`, `session_rank`, `turn_rank`).
pub(super) fn run(runs: Option<PathBuf>, baseline: Option<PathBuf>) -> Outcome {
    let data = load::load(&shell::root()?.join(DATA), &PROJECTS)?;
    println!(
        "{} sessions of {} projects, {} questions, {} prompts that deserve silence",
        data.sessions.len(),
        PROJECTS.len(),
        data.questions.len(),
        data.silences.len()
    );
    let scratch = Scratch::new(binary::quipu()?)?;
    let labels = script::write_transcripts(&data.sessions, &scratch.folder().join("t"))?;
    println!("{}", scratch.run(&["index", &scratch.folder().join("t").to_string_lossy()])?);
    let mut asker = ask::Asker::new(&scratch, &labels)?;
    let found = data.questions.iter().map(|question| asker.question(question)).collect::<Result<Vec<_>, _>>()?;
    let prompted = data.questions.iter().map(|question| asker.prompt(question)).collect::<Result<Vec<_>, _>>()?;
    let silences = data.silences.iter().map(|silence| asker.silence(silence)).collect::<Result<Vec<_>, _>>()?;
    report::questions(&data.questions, &found, baseline.as_deref())?;
    report::silence(&data, &found, &prompted, &silences);
    runs.map_or(Ok(()), |folder| report::write(&folder, &data.questions, &found))
}
