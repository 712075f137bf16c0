//! Every turn once: hook and transcript come in either order, twice, or interleaved, as real processes and files.
//! It must not know how a turn is recognised.
//! Invariant: each order ends with the same memories, and all of them walk back to the transcript.

use serde_json::json;

use crate::session::{Session, memories};
use crate::support::{Home, until};

const PROMPT: &str = "why do the gauges lose frames on Sundays?";
const ANSWER: &str = "The watchdog restarts them at noon.\n\n- See `deploy/watchdog.sh`.";
const SUMMARY: &str = "This session is being continued. The watchdog was found.";

/// What can happen, once or several times, in any order.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    HookPrompt,
    HookAnswer,
    HookSummary,
    Line(usize),
    Lines,
    Index,
    End,
}
use Step::{End, HookAnswer, HookPrompt, HookSummary, Index, Line, Lines};

fn check(name: &str, steps: &[Step]) {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, name, &home.work());
    let [boundary, summary] = session.compaction(SUMMARY);
    let mut lines = vec![session.prompt(PROMPT), session.answer(ANSWER)];
    lines.extend([boundary, summary]);
    for step in steps {
        match step {
            HookPrompt => drop(session.ask(PROMPT)),
            HookAnswer => session.stop(ANSWER),
            HookSummary => {
                let fields = json!({ "compact_summary": SUMMARY, "trigger": "auto", "prompt_id": "compaction" });
                assert_eq!(session.hook("PostCompact", &fields), json!({}), "{name}");
            }
            Line(n) => session.write(&lines[*n..=*n]),
            Lines => session.write(&lines),
            Index if !session.file.exists() => {}
            Index => drop(session.index()),
            End => assert_eq!(session.hook("SessionEnd", &json!({ "reason": "other" })), json!({}), "{name}"),
        }
    }
    let expect = [("answer", ANSWER), ("checkpoint", SUMMARY), ("prompt", PROMPT)];
    let expect = expect.map(|(kind, text)| (kind.to_owned(), text.to_owned()));
    session.index();
    until(name, || (memories(&home) == expect).then_some(()));
    // Whatever is read or sent again changes nothing.
    session.ask(PROMPT);
    session.stop(ANSWER);
    session.index();
    let all = home.export();
    assert_eq!(memories(&home), expect, "{name}");
    for memory in all {
        let source = memory.source.unwrap_or_else(|| panic!("{name}: {} came from nowhere", memory.kind));
        assert_eq!(memory.origin, "transcript", "{name}");
        let bytes = std::fs::read(&session.file).unwrap();
        let told = String::from_utf8_lossy(&bytes[source.from as usize..source.to as usize]);
        assert!(told.contains(memory.text.lines().next().unwrap()), "{name}: {told}");
    }
}

#[test]
fn hooks_first() {
    check("hooks, then the file", &[HookPrompt, HookAnswer, HookSummary, Lines, Index]);
    check("hooks, then the file at the end", &[HookPrompt, HookAnswer, HookSummary, Lines, End]);
}

#[test]
fn transcript_first() {
    check("the file, then hooks", &[Lines, Index, HookPrompt, HookAnswer, HookSummary]);
    check("the file unread, then hooks", &[Lines, HookPrompt, HookAnswer, HookSummary]);
}

#[test]
fn twice() {
    let hooks = [HookPrompt, HookPrompt, HookAnswer, HookAnswer, HookSummary, HookSummary];
    check("hooks twice, then the file", &[&hooks[..], &[Lines, Index, Index]].concat());
    check("the file, then hooks twice", &[&[Lines, Index], &hooks[..], &[Index]].concat());
    check(
        "hooks round the file",
        &[HookPrompt, HookAnswer, HookSummary, Lines, Index, HookPrompt, HookAnswer, HookSummary],
    );
}

#[test]
fn interleaved() {
    check("as a host does it", &[HookPrompt, Line(0), Line(1), HookAnswer, Line(2), Line(3), HookSummary, End]);
    check(
        "the file lags by one",
        &[HookPrompt, Index, HookAnswer, Line(0), Index, HookSummary, Line(1), Index, Line(2), Line(3), Index],
    );
    check(
        "read in the middle",
        &[Line(0), Index, HookPrompt, Line(1), HookAnswer, Index, Line(2), HookSummary, Line(3), Index],
    );
}

#[test]
fn many_turns_of_one_session_with_the_same_words_stay_many() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "same", &home.work());
    for n in 0..3 {
        let prompt = json!({ "prompt": "continue with the plan", "prompt_id": format!("p{n}") });
        session.hook("UserPromptSubmit", &prompt);
        session.write(&[session.prompt("continue with the plan"), session.answer("Done with a step.")]);
        let stop = json!({ "last_assistant_message": "Done with a step.", "prompt_id": format!("p{n}") });
        session.hook("Stop", &stop);
    }
    session.index();
    let expect = [("answer", "Done with a step."), ("prompt", "continue with the plan")];
    let expect: Vec<_> =
        expect.iter().flat_map(|(k, t)| std::iter::repeat_n(((*k).to_owned(), (*t).to_owned()), 3)).collect();
    until("three prompts and three answers", || (memories(&home) == expect).then_some(()));
}

#[test]
fn what_the_transcript_tells_in_other_words_is_told_once() {
    let home = Home::new();
    home.up();
    let session = Session::new(&home, "other-words", &home.work());
    session.ask("/fix the importer");
    session.stop("Fixed, as the hook heard it.");
    // The host expands a command; the answer's last words are more than the hook carried.
    session.clock.fetch_add(20_000, std::sync::atomic::Ordering::Relaxed);
    session.write(&[
        session.prompt("Fix what the argument names. Argument: the importer"),
        session.answer("Fixed, as the transcript has it."),
        session.prompt("thanks, that was all"),
    ]);
    session.index();
    let texts: Vec<String> = memories(&home).into_iter().map(|(_, text)| text).collect();
    let expect = [
        "Fixed, as the transcript has it.",
        "Fix what the argument names. Argument: the importer",
        "thanks, that was all",
    ];
    assert_eq!(texts, expect);
}

#[test]
fn what_quipu_put_into_a_session_is_not_taken_in_again() {
    let home = Home::new();
    home.up();
    let fence = "<quipu-memory note=\"quoted\">\n- decision · id 1\n  injected-marker\n</quipu-memory>";
    let session = Session::new(&home, "own-text", &home.work());
    session.ask(&format!("please go on {fence} as planned"));
    let tool = |id: &str, command: &str| json!({ "type": "tool_use", "id": id, "name": "Bash", "input": { "command": command } });
    let result = |id: &str| {
        let block = json!({ "type": "tool_result", "tool_use_id": id, "is_error": true, "content": "injected-marker of a search" });
        session.record("user", json!({ "message": { "role": "user", "content": [block] } }))
    };
    session.write(&[
        session
            .record("attachment", json!({ "attachment": { "type": "hook_additional_context", "content": [fence] } })),
        session.prompt(fence),
        session.prompt(&format!("please go on {fence} as planned")),
        session.block("m1", &json!({ "type": "thinking", "thinking": format!("It says {fence} so I search.") })),
        session.block("m1", &tool("t1", "cd x && quipu search 'injected'")),
        result("t1"),
        session.answer(&format!("Memory says:\n{fence}\nso I went on.")),
        session.prompt("what is the <quipu-memory> tag for?"),
    ]);
    session.index();
    session.stop(&format!("Memory says:\n{fence}\nso I went on."));
    let kept = memories(&home);
    let ours = |text: &str| text.contains("injected-marker") || text.contains("<quipu-memory");
    assert!(kept.iter().all(|(_, text)| !ours(text)), "{kept:#?}");
    // A person may speak of the tag: the words stay, the tag is made harmless.
    let spoken = |text: &str| text.starts_with("what is the <quipu") && text.ends_with("tag for?");
    assert!(kept.iter().any(|(kind, text)| kind == "prompt" && spoken(text)), "{kept:#?}");
    assert!(kept.contains(&("prompt".into(), "please go on  as planned".into())), "{kept:#?}");
    assert_eq!(kept.iter().filter(|(kind, _)| kind == "answer").count(), 1, "{kept:#?}");
    let skipped = home.json(&["stats"])["skipped"].clone();
    assert!(skipped.to_string().contains("own_text"), "{skipped}");
}
