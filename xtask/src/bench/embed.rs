//! `cargo xtask bench embed`: vectors of texts, beside model2vec's own implementation in Python with the same rows.
//!
//! It must not know how quipu embeds: what is timed is `Embedder::passage`, as the store calls it. Invariant: both read
//! the same texts with one thread, in blocks that take turns; that both give the same vectors is checked, not supposed.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use quipu_embed::{DIMENSIONS, Embedder, StaticModel, format};
use serde_json::{Value, json};

use super::figures::timed;
use super::flags::Flags;
use super::prose::Prose;
use super::python::{self, Python};
use super::report::{Verdicts, machine};
use crate::shell::{self, Outcome};

/// The claim: so many times the yardstick's texts a second.
const TIMES: f64 = 5.0;
/// What "the same vectors" means: at least this cosine on the average.
const SAME: f64 = 0.99;
/// A block of ours lasts at least so long: the yardstick's last about a second.
const BLOCK: Duration = Duration::from_millis(300);

/// Texts of about one length.
struct Set {
    name: &'static str,
    texts: Vec<String>,
    ours: Vec<f64>,
    theirs: Vec<f64>,
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let rounds = flags.number("--rounds", 9)?.max(1);
    let strict = flags.switch("--strict");
    flags.finish()?;
    let mut verdicts = Verdicts::default();
    let (model, took) = timed(StaticModel::bundled);
    println!("{}; the bundled model is ready in {:.1} ms", machine(), took.as_secs_f64() * 1_000.0);
    let mut prose = Prose::new(20_261_125)?;
    // So many words make about so many pieces; the yardstick counts them.
    let mut set = |name, words, count| {
        let texts = (0..count).map(|_| prose.text(words)).collect();
        Set { name, texts, ours: Vec::new(), theirs: Vec::new() }
    };
    let mut sets = [set("short", 22, 4_096), set("long", 178, 1_024)];
    let folder = match python::packages("model2vec, tokenizers, numpy", &["model2vec", "numpy"]) {
        Ok(folder) => folder,
        Err(why) => {
            println!("skipped: model2vec cannot be had ({why})");
            for set in &sets {
                println!("  {}: quipu {:.0} texts/s", set.name, ours(model, set));
            }
            verdicts.not_measured(&format!("≥ {TIMES} × model2vec"));
            return verdicts.finish(strict);
        }
    };
    let scratch = tempfile::tempdir().map_err(|error| format!("no scratch folder: {error}"))?;
    let mut yardstick = Python::start(&folder, include_str!("embed/model2vec.py"))?;
    let versions = load(&mut yardstick, scratch.path())?;
    println!("yardstick: {versions}; float32, batches of 1024, one thread, no multiprocessing, unit length");
    for set in &sets {
        check(model, set, &mut yardstick, scratch.path(), &mut verdicts)?;
    }
    for _ in 0..rounds {
        for set in &mut sets {
            let fresh = ours(model, set);
            set.ours.push(fresh);
            let seconds = yardstick.seconds(&json!({ "do": "encode", "name": set.name }))?;
            set.theirs.push(set.texts.len() as f64 / seconds);
        }
    }
    println!("{rounds} rounds of blocks in turn; {}", machine());
    println!("{:<8} {:>16} {:>20} {:>7}", "", "quipu texts/s", "model2vec texts/s", "ratio");
    for set in &sets {
        let (ours, theirs) = (median(&set.ours), median(&set.theirs));
        println!("{:<8} {ours:>16.0} {theirs:>20.0} {:>7.1}", set.name, ours / theirs);
    }
    for set in &sets {
        let (ours, theirs) = (median(&set.ours), median(&set.theirs));
        let bound = TIMES * theirs;
        verdicts.holds(
            ours >= bound,
            &format!("{}: {ours:.0} texts/s ≥ {TIMES} × model2vec's {theirs:.0} = {bound:.0}", set.name),
        );
    }
    verdicts.finish(strict)
}

/// Hands the model over: its weights in its rows, and a row of zeros for each piece that says nothing.
fn load(yardstick: &mut Python, folder: &Path) -> Result<Value, String> {
    let path = shell::root()?.join("crates/embed/models/static-256.bin");
    let file = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let view = format::read(&file).map_err(|error| error.to_string())?;
    let mut stored = view.rows.chunks_exact(DIMENSIONS);
    let mut rows = vec![0.0f32; view.vocabulary.len() * DIMENSIONS];
    for (row, weight) in rows.chunks_exact_mut(DIMENSIONS).zip(&view.weights).filter(|(_, weight)| **weight > 0.0) {
        let bytes = stored.next().ok_or("the model has fewer rows than weights")?;
        row.iter_mut().zip(bytes).for_each(|(x, byte)| *x = f32::from(*byte as i8) * weight);
    }
    let (words, numbers) = (folder.join("vocabulary.json"), folder.join("rows.f32"));
    std::fs::write(&words, json!(view.vocabulary).to_string()).map_err(|error| error.to_string())?;
    python::write_floats(&numbers, rows.iter())?;
    let answer =
        yardstick.ask(&json!({ "do": "load", "vocabulary": words, "rows": numbers, "dimensions": DIMENSIONS }))?;
    Ok(answer["versions"].clone())
}

/// Whether both give the same vectors, and how long the texts are.
fn check(model: &StaticModel, set: &Set, yardstick: &mut Python, folder: &Path, verdicts: &mut Verdicts) -> Outcome {
    let (path, vectors) = (folder.join("texts.json"), folder.join("vectors.f32"));
    std::fs::write(&path, json!(set.texts).to_string()).map_err(|error| error.to_string())?;
    let answer = yardstick.ask(&json!({ "do": "texts", "name": set.name, "path": path, "vectors": vectors }))?;
    let theirs = python::read_floats(&vectors)?;
    let cosines: Vec<f64> =
        set.texts.iter().zip(theirs.chunks_exact(DIMENSIONS)).map(|(text, row)| cosine(model, text, row)).collect();
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    let least = cosines.iter().copied().fold(f64::INFINITY, f64::min);
    println!("{}: {} texts of {:.0} tokens", set.name, set.texts.len(), answer["tokens"].as_f64().unwrap_or(f64::NAN));
    verdicts.holds(mean >= SAME, &format!("{}: cosine to model2vec's {mean:.5} ≥ {SAME} (least {least:.5})", set.name));
    Ok(())
}

fn cosine(model: &StaticModel, text: &str, other: &[f32]) -> f64 {
    let Some(vector) = model.passage(text).vector else { return 0.0 };
    let product: f32 = vector.dimensions().iter().zip(other).map(|(x, y)| f32::from(*x) * y).sum();
    let length = other.iter().map(|x| x * x).sum::<f32>().sqrt();
    f64::from(product * vector.inverse_length() / length)
}

/// One block of ours: texts a second.
fn ours(model: &StaticModel, set: &Set) -> f64 {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < BLOCK {
        set.texts.iter().for_each(|text| drop(black_box(model.passage(black_box(text)))));
        done += set.texts.len();
    }
    done as f64 / start.elapsed().as_secs_f64()
}

fn median(rates: &[f64]) -> f64 {
    let mut sorted = rates.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
