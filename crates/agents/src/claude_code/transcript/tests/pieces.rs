//! However a transcript is cut into reads, it gives the same turns and the same counts.

use std::collections::BTreeMap;

use super::*;
use quipu_core::turn::{Skipped, Turn};

const EDIT: &str = r#"{"type":"tool_use","id":"t2","name":"Edit","input":{"file_path":"/p/src/a.rs","old_string":"1","new_string":"2"}}"#;
const EDITED: &str = r#"[{"type":"tool_result","tool_use_id":"t2","content":"The file has been updated."}]"#;
const READ: &str = r#"{"type":"tool_use","id":"t3","name":"Read","input":{"file_path":"/p/src/a.rs"}}"#;
const CONTENT: &str = r#"[{"type":"tool_result","tool_use_id":"t3","content":"fn main() {}"}]"#;

/// A session with everything in it that may be cut in two.
fn lines(seed: u64) -> Vec<String> {
    let mut state = seed;
    let mut roll = |sides: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % sides
    };
    let mut lines = Vec::new();
    for n in 0..40 {
        let id = |part: &str| format!("{part}{n}");
        let (uuid, message) = (id("x"), id("m"));
        match roll(9) {
            0 => lines.push(user(&uuid, "\"why?\"")),
            1 => lines.extend([assistant(&id("th"), &message, THINKING), assistant(&uuid, &message, TEXT)]),
            2 => lines.extend([
                assistant(&id("th"), &message, THINKING),
                assistant(&uuid, &message, TOOL),
                user(&id("r"), FAILED),
            ]),
            3 => lines.extend([
                assistant(&uuid, &message, TEXT),
                assistant(&id("e"), &message, EDIT),
                user(&id("r"), EDITED),
            ]),
            4 => lines.extend([assistant(&uuid, &message, READ), user(&id("r"), CONTENT)]),
            5 => lines.extend([assistant(&uuid, &message, TEXT), assistant(&id("y"), &message, TEXT)]),
            6 => lines.push("{\"type\":\"hologram\"}".into()),
            7 => lines.push(user(&uuid, "\"<command-name>/clear</command-name>\"")),
            _ => lines.push("{\"type\":\"progress\"}".into()),
        }
    }
    // Subagents speak between any two lines.
    let mut all = Vec::new();
    for (n, line) in lines.into_iter().enumerate() {
        all.push(line);
        for agent in ["a", "b"] {
            let mark = |line: String| {
                line.replace("\"uuid\"", &format!("\"isSidechain\":true,\"agentId\":\"{agent}\",\"uuid\""))
            };
            let (uuid, message) = (format!("{agent}{n}"), format!("{agent}m{}", n / 3));
            match roll(5) {
                0 => all.push(mark(user(&uuid, "\"Look into it\""))),
                1 => all.push(mark(assistant(&uuid, &message, TEXT))),
                2 => all.push(mark(assistant(&uuid, &message, TOOL))),
                3 => all.push(mark(user(&uuid, FAILED))),
                _ => {}
            }
        }
    }
    all
}

/// What a store that knows turns by their ids would hold: per session, in order.
#[derive(Debug, Default, PartialEq)]
struct Kept {
    turns: BTreeMap<String, Vec<Turn>>,
    skipped: Vec<Skipped>,
}

impl Kept {
    fn add(&mut self, out: Output) {
        for turn in out.turns {
            let session = self.turns.entry(turn.session_name().into_owned()).or_default();
            if session.iter().all(|known| known.source_id != turn.source_id) {
                session.push(turn);
            }
        }
        self.skipped.extend(out.skipped);
        self.skipped.sort_by_key(|skipped| (skipped.bytes.start, skipped.reason));
    }
}

/// Reads `text` in pieces that end at `cuts`, each from the safe offset of the one before, as ingest does.
fn in_pieces(text: &str, cuts: &[usize]) -> Kept {
    let mut kept = Kept::default();
    let mut from = 0;
    for (n, cut) in cuts.iter().enumerate() {
        let mut parser = Parser::new(Place::main("file-session"), from as u64, Rules::default());
        let mut out = Output::default();
        let mut at = from as u64;
        for line in text[from..*cut].split_inclusive('\n') {
            parser.line(line.trim_end().as_bytes(), at..at + line.len() as u64, &mut out);
            at += line.len() as u64;
        }
        parser.end(if n + 1 == cuts.len() { Ending::Over } else { Ending::Growing }, &mut out);
        from = parser.safe_offset() as usize;
        kept.add(out);
    }
    kept
}

fn check(lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    let whole = in_pieces(&text, &[text.len()]);
    assert_eq!(in_pieces(&text, &ends), whole, "line by line");
    for cut in &ends {
        assert_eq!(in_pieces(&text, &[*cut, text.len()]), whole, "cut at {cut}");
    }
}

#[test]
fn line_by_line_gives_what_the_whole_file_gives() {
    check(&[
        user("u1", "\"why?\""),
        assistant("a1", "m1", THINKING),
        assistant("a2", "m1", TOOL),
        user("u2", FAILED),
        assistant("a3", "m2", TEXT),
        user("u3", "\"thanks\""),
    ]);
}

#[test]
fn so_it_does_with_everything_mixed() {
    for seed in 0..12 {
        let lines = lines(seed);
        assert!(lines.len() > 60);
        check(&lines);
    }
}
