//! What a transcript becomes: cases as data, one `read` that touches the parser.

mod pieces;
mod subagents;

use quipu_core::kind::Kind;
use quipu_core::turn::SkipReason;

use super::{Ending, Output, Parser, Place, Rules};

/// Feeds `lines` as one file and describes what came out.
fn read(lines: &[&str], ending: Ending) -> Output {
    let mut parser = Parser::new(Place::main("file-session"), 0, Rules::default());
    let mut out = Output::default();
    let mut at = 0;
    for line in lines {
        let end = at + line.len() as u64 + 1;
        parser.line(line.as_bytes(), at..end, &mut out);
        at = end;
    }
    parser.end(ending, &mut out);
    out
}

fn check(lines: &[&str], expect: &[(Kind, &str)]) {
    let out = read(lines, Ending::Over);
    let got: Vec<(Kind, &str)> = out.turns.iter().map(|t| (t.kind, t.body.as_str())).collect();
    assert_eq!(got, expect);
}

fn user(uuid: &str, content: &str) -> String {
    format!(
        r#"{{"type":"user","uuid":"{uuid}","sessionId":"s1","cwd":"/p","gitBranch":"main","timestamp":"2026-09-02T10:00:00.000Z","message":{{"role":"user","content":{content}}}}}"#
    )
}

fn assistant(uuid: &str, message: &str, block: &str) -> String {
    format!(
        r#"{{"type":"assistant","uuid":"{uuid}","sessionId":"s1","cwd":"/p","timestamp":"2026-09-02T10:00:01.000Z","message":{{"id":"{message}","model":"m","content":[{block}]}}}}"#
    )
}

const TEXT: &str = r#"{"type":"text","text":"Done."}"#;
const THINKING: &str = r#"{"type":"thinking","thinking":"The lock is held.","signature":"x"}"#;
const TOOL: &str = r#"{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"cargo test"}}"#;
const FAILED: &str = r#"[{"type":"tool_result","tool_use_id":"t1","content":"E0277: no","is_error":true}]"#;

#[test]
fn one_message_over_several_lines_is_one_answer_with_its_thought() {
    check(
        &[&user("u1", "\"why?\""), &assistant("a1", "m1", THINKING), &assistant("a2", "m1", TEXT)],
        &[
            (Kind::Prompt, "why?"),
            (Kind::Thought, "## Thought\n\nThe lock is held.\n\n## Output\n\nDone."),
            (Kind::Answer, "Done."),
        ],
    );
}

#[test]
fn a_thought_that_led_to_a_tool_carries_call_and_failure() {
    check(
        &[
            &assistant("a1", "m1", THINKING),
            &assistant("a2", "m1", TOOL),
            &user("u1", FAILED),
            &assistant("a3", "m2", TEXT),
        ],
        &[
            (Kind::Thought, "## Thought\n\nThe lock is held.\n\n## Output\n\n→ Bash: cargo test\n✗ E0277: no"),
            (Kind::Outcome, "→ Bash: cargo test\nE0277: no"),
            (Kind::Answer, "Done."),
        ],
    );
}

#[test]
fn what_no_person_wrote_is_not_a_prompt() {
    let meta = user("u1", "\"injected\"").replace("\"uuid\"", "\"isMeta\":true,\"uuid\"");
    let synthetic = assistant("a1", "m1", TEXT).replace("\"model\":\"m\"", "\"model\":\"<synthetic>\"");
    check(&[&meta, &synthetic, &user("u3", "\"[Request interrupted by user]\"")], &[]);
}

#[test]
fn quipus_own_text_is_never_taken_in_again() {
    let fenced = user("u1", "\"<quipu-memory note=1>\\nold\\n</quipu-memory>\"");
    let mixed = user("u2", "\"see <quipu-memory>old</quipu-memory> and go on\"");
    let out = read(&[&fenced, &mixed], Ending::Over);
    assert_eq!(out.turns.len(), 1);
    assert_eq!(out.turns[0].body, "see  and go on");
    assert_eq!(out.skipped[0].reason, SkipReason::OwnText);
}

#[test]
fn a_compaction_summary_is_a_checkpoint() {
    let boundary = r#"{"type":"system","subtype":"compact_boundary","uuid":"b","sessionId":"s1","timestamp":"2026-09-02T10:00:02.000Z"}"#;
    let summary = user("u9", "\"We were fixing locks.\"")
        .replace("\"uuid\"", "\"isCompactSummary\":true,\"isVisibleInTranscriptOnly\":true,\"uuid\"");
    check(&[boundary, &summary], &[(Kind::Checkpoint, "We were fixing locks.")]);
}

#[test]
fn unknown_and_broken_lines_are_counted_with_their_bytes() {
    let out = read(&[r#"{"type":"hologram","data":"secret"}"#, "{\"type\":\"us", "\u{0}\u{1}"], Ending::Over);
    let got: Vec<_> = out.skipped.iter().map(|s| (s.record_type.as_str(), s.reason, s.bytes.clone())).collect();
    assert_eq!(
        got,
        [
            ("hologram", SkipReason::Unknown, 0..36),
            ("unreadable", SkipReason::Unreadable, 36..48),
            ("unreadable", SkipReason::Unreadable, 48..51)
        ]
    );
}

#[test]
fn an_open_message_waits_until_it_is_settled() {
    let thinking = assistant("a1", "m1", THINKING);
    assert!(read(&[&thinking], Ending::Growing).turns.is_empty());
    assert!(read(&[&thinking], Ending::Settled).turns.is_empty(), "a thought is always followed by something");
    assert_eq!(read(&[&thinking], Ending::Over).turns.len(), 1);
    let text = assistant("a2", "m1", TEXT);
    assert!(read(&[&thinking, &text], Ending::Growing).turns.is_empty());
    assert_eq!(read(&[&thinking, &text], Ending::Settled).turns.len(), 2);
    assert!(read(&[&assistant("a1", "m1", TOOL)], Ending::Settled).turns.is_empty());
}

#[test]
fn blocks_in_one_line_and_lines_without_ids_get_ids_of_their_own() {
    let both = assistant("a1", "m1", &format!("{THINKING},{TEXT}"));
    let anonymous = r#"{"type":"user","timestamp":"2026-09-02T10:00:00Z","message":{"content":"hello"}}"#;
    let out = read(&[anonymous, &both], Ending::Over);
    let ids: std::collections::HashSet<_> = out.turns.iter().map(|t| t.source_id.clone()).collect();
    assert_eq!(ids.len(), 3);
    assert_eq!(out.turns[0].session, "file-session");
}

#[test]
fn reached_is_the_time_of_closed_messages_only() {
    let lines = [user("u1", "\"why?\""), assistant("a1", "m1", TEXT)];
    let out = read(&[&lines[0], &lines[1]], Ending::Growing);
    assert_eq!(out.reached["s1"].0, 1_788_343_200_000);
}

#[test]
fn any_bytes_are_survived() {
    let mut seed = 11u64;
    let mut parser = Parser::new(Place::main("f"), 0, Rules::default());
    let mut out = Output::default();
    for n in 0..3_000u64 {
        let mut line = assistant("a", &format!("m{}", n % 7), if n % 2 == 0 { TEXT } else { TOOL }).into_bytes();
        for _ in 0..4 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 33) as usize % line.len();
            line[at] = (seed >> 20) as u8;
        }
        parser.line(&line, n * 300..(n + 1) * 300, &mut out);
    }
    parser.end(Ending::Over, &mut out);
    assert!(parser.safe_offset() == 900_000);
}
