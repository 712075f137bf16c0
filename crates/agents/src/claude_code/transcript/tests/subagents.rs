//! Subagents: in files of their own, and between the records of their caller in older versions.

use super::*;
use quipu_core::turn::{Speaker, Turn};

/// The records of a subagent, as they stand in its own file.
fn of_agent(line: &str, agent: &str) -> String {
    line.replace("\"uuid\"", &format!("\"isSidechain\":true,\"agentId\":\"{agent}\",\"uuid\""))
}

/// The same as older versions wrote them into the main file.
fn sidechain(line: &str) -> String {
    line.replace("\"uuid\"", "\"isSidechain\":true,\"uuid\"")
}

fn told(turns: &[Turn]) -> Vec<(String, Kind, &str, Speaker)> {
    turns.iter().map(|t| (t.session_name().into_owned(), t.kind, t.body.as_str(), t.origin)).collect()
}

const TASK: &str =
    r#"{"type":"tool_use","id":"t9","name":"Task","input":{"description":"look","prompt":"Look into it"}}"#;
const REPORT: &str =
    r#"[{"type":"tool_result","tool_use_id":"t9","content":[{"type":"text","text":"It is the lock."}]}]"#;

#[test]
fn a_file_of_its_own() {
    let place = Place::of("/c/-slug/s1/subagents/agent-a7.jsonl".as_ref());
    let mut parser = Parser::new(place, 0, Rules::default());
    let mut out = Output::default();
    let lines = [
        of_agent(&user("u1", "\"Look into it\""), "a7"),
        of_agent(&assistant("a1", "m1", TOOL), "a7"),
        of_agent(&user("u2", FAILED), "a7"),
        // A record that does not say so is the file's owner's all the same.
        assistant("a2", "m2", r#"{"type":"text","text":"It is the lock."}"#),
    ];
    for (n, line) in lines.iter().enumerate() {
        parser.line(line.as_bytes(), n as u64 * 10..n as u64 * 10 + 10, &mut out);
    }
    parser.end(Ending::Over, &mut out);
    let name = || "s1/a7".to_owned();
    assert_eq!(
        told(&out.turns),
        [
            (name(), Kind::Prompt, "Look into it", Speaker::Program),
            (name(), Kind::Outcome, "→ Bash: cargo test\nE0277: no", Speaker::Person),
            (name(), Kind::Answer, "It is the lock.", Speaker::Person),
        ]
    );
    assert_eq!(out.reached.keys().collect::<Vec<_>>(), ["s1/a7"], "its caller's hooks have not had their chance");
}

#[test]
fn records_between_those_of_the_caller() {
    let lines = [
        user("u1", "\"why?\""),
        assistant("a1", "m1", THINKING),
        assistant("a2", "m1", TASK),
        sidechain(&user("u2", "\"Look into it\"")),
        of_agent(&user("u3", "\"Another\""), "b2"),
        sidechain(&assistant("a3", "m2", TOOL)),
        of_agent(&assistant("a4", "m3", TEXT), "b2"),
        sidechain(&user("u4", FAILED)),
        sidechain(&assistant("a5", "m4", r#"{"type":"text","text":"It is the lock."}"#)),
        user("u5", REPORT),
        assistant("a6", "m5", TEXT),
    ];
    let refs: Vec<&str> = lines.iter().map(String::as_str).collect();
    let out = read(&refs, Ending::Over);
    let of = |session: &str| -> Vec<(Kind, &str)> {
        out.turns.iter().filter(|t| t.session_name() == session).map(|t| (t.kind, t.body.as_str())).collect()
    };
    // The report is not kept twice.
    assert_eq!(
        of("s1"),
        [
            (Kind::Prompt, "why?"),
            (Kind::Thought, "## Thought\n\nThe lock is held.\n\n## Output\n\n→ Task: look"),
            (Kind::Answer, "Done."),
        ]
    );
    assert_eq!(
        of("s1/sidechain"),
        [
            (Kind::Prompt, "Look into it"),
            (Kind::Outcome, "→ Bash: cargo test\nE0277: no"),
            (Kind::Answer, "It is the lock."),
        ]
    );
    assert_eq!(of("s1/b2"), [(Kind::Prompt, "Another"), (Kind::Answer, "Done.")]);
    let passed: Vec<_> = out.skipped.iter().map(|s| (s.record_type.as_str(), s.reason)).collect();
    assert_eq!(passed, [("tool_result", SkipReason::NotKept)]);
}

#[test]
fn the_same_record_has_the_same_id_in_either_file() {
    let line = user("u1", "\"Look into it\"");
    let main = read(&[&sidechain(&line)], Ending::Over);
    let mut parser = Parser::new(Place { session: "s1".into(), subagent: Some("a7".into()) }, 0, Rules::default());
    let mut own = Output::default();
    parser.line(of_agent(&line, "a7").as_bytes(), 0..10, &mut own);
    assert_eq!(main.turns[0].source_id, own.turns[0].source_id);
}

#[test]
fn a_message_that_nothing_ends_does_not_hold_back_the_offset_for_ever() {
    let mut parser = Parser::new(Place::main("s1"), 0, Rules::default());
    let mut out = Output::default();
    parser.line(sidechain(&assistant("a0", "m0", THINKING)).as_bytes(), 0..10, &mut out);
    for n in 1..9_000u64 {
        parser.line(user(&format!("u{n}"), "\"next\"").as_bytes(), n * 10..n * 10 + 10, &mut out);
    }
    assert_eq!(parser.safe_offset(), 90_000);
    assert_eq!(out.turns.iter().filter(|turn| turn.subagent.is_some()).count(), 1);
}
