//! What came out, in words and in a file.
//!
//! It must not know how anything was asked. Invariant: a failure is listed, not only counted.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::ask::{Found, Given};
use super::load::{Data, Question};
use crate::eval::data::lines;
use crate::eval::{about, score};

/// A session is found when one of so many first hits is of it.
const HIT: usize = 5;
/// A prompt is given at most so many memories.
const SHOWN: usize = 4;

/// Session hit@5 in the project and among all projects, and where the answer itself came; the failures.
pub(super) fn questions(questions: &[Question], found: &[Found], baseline: Option<&Path>) -> Result<(), String> {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, question) in questions.iter().enumerate() {
        rows.entry(&question.kind).or_default().push(at);
        rows.entry("~all").or_default().push(at);
    }
    println!(
        "\n{:<12} {:>4} {:>14} {:>14} {:>9} {:>9} {:>9}",
        "", "n", "session hit@5", "… all projects", "turn@1", "turn@5", "turn@10"
    );
    for (name, members) in rows {
        let share = |is: &dyn Fn(&Found) -> bool| {
            members.iter().filter(|at| is(&found[**at])).count() as f64 / members.len() as f64
        };
        println!(
            "{:<12} {:>4} {:>14.3} {:>14.3} {:>9.3} {:>9.3} {:>9.3}",
            name.trim_start_matches('~'),
            members.len(),
            share(&|f| within(f.session[0], HIT)),
            share(&|f| within(f.session[1], HIT)),
            share(&|f| within(f.turn, 1)),
            share(&|f| within(f.turn, 5)),
            share(&|f| within(f.turn, 10)),
        );
    }
    if let Some(folder) = baseline {
        compare(questions, found, &folder.join("coding.jsonl"))?;
    }
    println!("\nsession not among the first {HIT} hits of its project:");
    for (question, found) in questions.iter().zip(found).filter(|(_, f)| !within(f.session[0], HIT)) {
        let place = found.session[0].map_or_else(|| "not found".to_owned(), |at| format!("at {at}"));
        println!("  {} ({}) {place}: {}", question.id, question.kind, question.text);
    }
    Ok(())
}

fn within(place: Option<usize>, bound: usize) -> bool {
    place.is_some_and(|place| place <= bound)
}

/// The paired difference in turn hit@5 to an earlier run.
fn compare(questions: &[Question], found: &[Found], path: &Path) -> Result<(), String> {
    let before: BTreeMap<String, Option<u64>> = lines(path)?
        .iter()
        .map(|line| (line["question_id"].as_str().unwrap_or_default().to_owned(), line["turn_rank"].as_u64()))
        .collect();
    let hit = |place: Option<usize>| f64::from(u8::from(within(place, HIT)));
    let pairs: Vec<f64> = questions
        .iter()
        .zip(found)
        .map(|(question, found)| {
            let before = before.get(&question.id).copied().flatten().map(|place| place as usize);
            hit(found.turn) - hit(before)
        })
        .collect();
    let (mean, low, high) = score::interval(&pairs);
    println!("turn@5 − baseline: {mean:+.3} [{low:+.3}, {high:+.3}]");
    Ok(())
}

/// Injections where silence was due, and what of the answers was kept; the failures.
pub(super) fn silence(data: &Data, found: &[Found], prompted: &[Given], spoke: &[bool]) {
    println!();
    for kind in ["off_topic", "unanswerable"] {
        let all: Vec<bool> =
            data.silences.iter().zip(spoke).filter(|(s, _)| s.kind == kind).map(|(_, spoke)| *spoke).collect();
        let loud = all.iter().filter(|spoke| **spoke).count();
        println!("{kind}: {loud} of {} prompts were given something ({:.1} %)", all.len(), percent(loud, all.len()));
    }
    let could: Vec<usize> = (0..found.len()).filter(|at| within(found[*at].turn, SHOWN)).collect();
    let kept = could.iter().filter(|at| prompted[**at].answer).count();
    println!(
        "answerable: of {} questions with the answer among the first {SHOWN} hits, {kept} prompts were given it ({:.1} %)",
        could.len(),
        percent(kept, could.len())
    );
    let (answered, anything) =
        (prompted.iter().filter(|p| p.answer).count(), prompted.iter().filter(|p| p.anything).count());
    println!("of all {} questions: {anything} were given something, {answered} the answer", prompted.len());
    println!("\ngiven something where silence was due:");
    for (silence, _) in data.silences.iter().zip(spoke).filter(|(_, spoke)| **spoke) {
        println!("  {} ({}): {}", silence.id, silence.kind, silence.text);
    }
    println!("kept from a prompt although it was found:");
    for at in could.into_iter().filter(|at| !prompted[*at].answer) {
        println!("  {} ({}): {}", data.questions[at].id, data.questions[at].kind, data.questions[at].text);
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}

pub(super) fn write(folder: &Path, questions: &[Question], found: &[Found]) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(about(folder))?;
    let rows = questions.iter().zip(found).map(|(question, found)| {
        json!({ "question_id": question.id, "session_rank": found.session[0], "turn_rank": found.turn }).to_string()
            + "\n"
    });
    let path = folder.join("coding.jsonl");
    std::fs::write(&path, rows.collect::<String>()).map_err(about(&path))
}
