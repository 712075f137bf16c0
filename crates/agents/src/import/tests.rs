//! Records of every source as drafts, hostile ones among them.

use serde_json::{Map, Value, json};

use super::brainlayer::{BrainLayer, Classes};
use super::claude_mem::ClaudeMem;
use super::database::Database;
use super::local_recall::{self, Replay, Step};
use super::mcp_memory::Graph;
use super::orchestrator::Orchestrator;
use super::{Draft, Given, Place, Record, Stood, rules};

fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("{value}") };
    fields
}

#[test]
fn times_are_read_in_every_way_that_they_are_written() {
    for (written, expect) in [
        (json!("2025-12-03T11:14:22.409Z"), Some(1_764_760_462_409)),
        (json!("2025-12-03 11:14:22"), Some(1_764_760_462_000)),
        (json!(1_764_760_462), Some(1_764_760_462_000)),
        (json!(1_764_760_462.409), Some(1_764_760_462_409)),
        (json!(1_764_760_462_409_i64), Some(1_764_760_462_409)),
        (json!("1764760462.5"), Some(1_764_760_462_500)),
        (json!(1_764_760_462_409_000_i64), Some(1_764_760_462_409)),
        (json!("yesterday"), None),
        (json!(0), None),
        (json!(-5), None),
        (json!(1e300), None),
        (json!([1]), None),
        (json!(null), None),
    ] {
        let fields = fields(json!({ "t": written }));
        assert_eq!(Record(&fields).time(&["none", "t"]), expect, "{written}");
    }
}

#[test]
fn lists_are_read_in_every_way_that_they_are_written() {
    for (written, expect) in [
        (json!(["a", "b", 3]), vec!["a", "b", "3"]),
        (json!("[\"a\", \"b\"]"), vec!["a", "b"]),
        (json!("a, b,,"), vec!["a", "b"]),
        (json!("[{\"path\": \"src/a.rs\", \"line\": 3}, {\"x\": 1}]"), vec!["src/a.rs"]),
        (json!("{\"a\": 1}"), vec![]),
        (json!("null"), vec![]),
        (json!(""), vec![]),
        (json!(true), vec![]),
    ] {
        let fields = fields(json!({ "l": written }));
        assert_eq!(Record(&fields).list("l"), expect, "{written}");
    }
}

/// Asks for the only draft that a row gives.
#[track_caller]
fn row(of: &mut dyn Database, table: &str, value: Value) -> Draft {
    let fields = fields(value);
    match of.row(table, 1, Record(&fields)) {
        Some(Given::Memory(draft)) => *draft,
        other => panic!("{other:?}"),
    }
}

#[test]
fn brainlayers_many_words_for_hidden_are_one() {
    let mut of = BrainLayer(Classes::Knowledge);
    let other = row(&mut of, "chunks", json!({ "id": "rt-9", "content": "the other" })).id;
    for (said, expect) in [
        (json!({}), Stood::Live),
        (json!({ "archived": 0, "status": "active" }), Stood::Live),
        (json!({ "archived": 1 }), Stood::Archived(None, None)),
        (json!({ "archived_at": 1_764_760_462 }), Stood::Archived(Some(1_764_760_462_000), None)),
        (json!({ "status": "superseded" }), Stood::Archived(None, Some("it was superseded there".into()))),
        (json!({ "superseded_by": "rt-9", "archived": 1 }), Stood::Superseded(other)),
        (json!({ "aggregated_into": "rt-9" }), Stood::Aggregated(other)),
        (json!({ "invalid_at": "soon" }), Stood::Archived(None, Some("it held no more there".into()))),
        (json!({ "invalid_at": "2025-12-03T11:14:22Z" }), Stood::Live),
    ] {
        let mut whole = fields(json!({ "id": "rt-1", "content": "one", "tags": "[\"a\"]", "importance": 8.0 }));
        whole.extend(fields(said.clone()));
        let draft = row(&mut of, "chunks", Value::Object(whole));
        assert_eq!((draft.stood, draft.keywords, draft.importance), (expect, vec!["a".to_owned()], Some(4)), "{said}");
        let until = said.get("invalid_at").filter(|at| *at != "soon").map(|_| 1_764_760_462_000);
        assert_eq!(draft.valid, (None, until), "{said}");
    }
    let cold = fields(json!({ "content": "x", "content_class": "cold" }));
    assert!(matches!(of.row("chunks", 1, Record(&cold)), Some(Given::Nothing(_))));
    assert!(matches!(BrainLayer(Classes::All).row("chunks", 1, Record(&cold)), Some(Given::Memory(_))));
    let queued = |line: &str| of.queued(line.as_bytes(), 1);
    for line in [
        r#"{"type":"store_memory","content":"kept","tags":["t"]}"#,
        r#"{"type":"watcher_chunk","payload":{"content":"kept","project":"p"}}"#,
        r#"{"content":"kept","importance":"7"}"#,
    ] {
        assert!(matches!(queued(line), Given::Memory(draft) if draft.body == "kept"), "{line}");
    }
    for line in [r#"{"type":"rewind_archive","content":"x"}"#, "{", "[]", r#"{"type":"store_memory"}"#, "null"] {
        assert!(matches!(queued(line), Given::Nothing(_)), "{line}");
    }
}

#[test]
fn an_orchestrators_note_keeps_its_type_and_its_place() {
    let mut of = Orchestrator::of(Place::Directory("/p".into()));
    let note = |more: Value| {
        let mut whole = fields(json!({ "id": 7, "type": "quality_gate", "content": "No red tests.", "context": "CI" }));
        whole.extend(fields(more));
        Value::Object(whole)
    };
    let draft =
        row(&mut of, "notes", note(json!({ "keywords": "ci, gate", "code_refs": "[\"src/a.rs:12\", \"b.rs#L3\"]" })));
    assert_eq!((draft.kind.as_str(), draft.body.as_str()), ("convention", "No red tests.\n\nCI"));
    assert_eq!(
        (draft.keywords.join(" "), draft.files.join(" ")),
        ("quality_gate ci gate".into(), "src/a.rs b.rs".into())
    );
    let by = row(&mut of, "notes", note(json!({ "id": 8 }))).id;
    assert_eq!(row(&mut of, "notes", note(json!({ "superseded_by": 8, "resolved": 1 }))).stood, Stood::Superseded(by));
    assert!(matches!(row(&mut of, "notes", note(json!({ "resolved": 1 }))).stood, Stood::Archived(..)));
    let mut other = Orchestrator::of(Place::Directory("/q".into()));
    assert_ne!(row(&mut other, "notes", note(json!({}))).id, draft.id, "another project's note 7");
    let user = row(&mut of, "user_model", json!({ "dimension": "style", "observation": "Short words." }));
    assert_eq!((user.kind.as_str(), user.place), ("preference", Place::Everywhere));
}

#[test]
fn claude_mems_sessions_tell_whose_its_prompts_are() {
    for (own, agent) in [("sdk_session_id", "claude_session_id"), ("memory_session_id", "content_session_id")] {
        let mut of = ClaudeMem::default();
        let session = fields(json!({ own: "m1", agent: "c1", "project": "walrus" }));
        assert_eq!(of.row("sdk_sessions", 1, Record(&session)), None);
        let prompt = row(&mut of, "user_prompts", json!({ "id": 3, agent: "c1", "prompt_text": "why?" }));
        assert_eq!((prompt.kind.as_str(), &prompt.place), ("prompt", &Place::Named("walrus".into())));
        let seen = json!({ "id": 3, own: "m1", "type": "decision", "title": "T", "narrative": "N", "facts": "[\"F\"]",
            "concepts": "[\"C\"]", "files_modified": "[\"a.rs\"]", "created_at_epoch": 1_764_760_462_409_i64 });
        let seen = row(&mut of, "observations", seen);
        assert_eq!((seen.body.as_str(), seen.kind.as_str()), ("N\n\n- F", "decision"));
        assert_eq!(
            (seen.session, seen.occurred_at),
            (Some(("claude-code".into(), "c1".into())), Some(1_764_760_462_409))
        );
        assert_ne!(seen.id, prompt.id, "numbers of two tables are two");
        let old = row(&mut of, "observations", json!({ "text": "all there is", "type": ["odd"] }));
        assert_eq!((old.body.as_str(), old.place), ("all there is", Place::Named("none".into())));
    }
}

#[test]
fn lines_of_local_recall_are_replayed() {
    let id = "3f0c2a9e-6c1b-4a44-9a0e-2f7d1c5b8e10";
    let add = format!(
        r#"{{"action":"add","id":"{id}","subject":"s","keywords":["k"],"applies_to":"file:a, file:b","occurred_at":"2025-12-03T11:14:22.409Z","content_hash":"0000","content":"Use one writer."}}"#
    );
    let uuid = uuid::Uuid::try_parse(id).unwrap();
    for (line, expect) in [
        (add.as_str(), Step::Adds(uuid)),
        (&format!(r#"{{"action":"delete","id":"{id}"}}"#), Step::Deletes(uuid)),
        (&format!(r#"{{"action":"embedding","id":"{id}","embedding":[1,2]}}"#), Step::Nothing),
        (&add[..60], Step::Unreadable),
        (r#"{"action":"add","id":7}"#, Step::Unreadable),
        (r#"{"action":"moo","id":"x"}"#, Step::Unreadable),
        ("\u{feff}{}", Step::Unreadable),
    ] {
        assert_eq!(local_recall::step(line.as_bytes()), expect, "{line}");
    }
    let (draft, doubt) = local_recall::line(add.as_bytes(), 4).unwrap();
    assert_eq!((draft.id, draft.files.join(" ")), (uuid, "a b".into()));
    assert!(doubt.unwrap().contains("0208725c8d1487fd"));
    assert!(local_recall::line(br#"{"action":"add","id":"x","content":7}"#, 1).is_none());
    let mut replay = Replay::default();
    for (step, at) in [(Step::Adds(uuid), 0), (Step::Deletes(uuid), 1), (Step::Adds(uuid), 2)] {
        replay.take(step, 0, at);
    }
    assert!(replay.holds(Step::Adds(uuid), 0, 2) && !replay.holds(Step::Adds(uuid), 0, 0));
    replay.take(Step::Deletes(uuid), 1, 0);
    assert_eq!(replay.gone().collect::<Vec<_>>(), [uuid]);
}

#[test]
fn a_graph_is_one_memory_an_entity() {
    let mut graph = Graph::default();
    for (line, is_read) in [
        (r#"{"type":"entity","name":"Anna","entityType":"person","observations":["Speaks Finnish"]}"#, true),
        (r#"{"type":"relation","from":"Anna","to":"Quipu","relationType":"works_on"}"#, true),
        (r#"{"type":"entity","name":"Anna","entityType":"person","observations":["Speaks Finnish","Is tall"]}"#, true),
        (r#"{"type":"entity","name":7}"#, true),
        (r#"{"type":"entity"}"#, false),
        (r#"{"type":"relation","from":"Anna"}"#, false),
        (r#"{"type":"other"}"#, false),
        ("[1]", false),
        ("{\"type\":\"ent", false),
    ] {
        assert_eq!(graph.line(line.as_bytes(), 1), is_read, "{line}");
    }
    let drafts: Vec<Draft> = graph.drafts().collect();
    let anna = drafts.iter().find(|d| d.name.as_deref() == Some("Anna")).unwrap();
    assert_eq!(anna.body, "Anna (person)\n\n- Speaks Finnish\n- Is tall\n- works_on Quipu");
    let mut whole = Graph::default();
    let value = json!({ "entities": [{ "name": "Anna", "entityType": "person", "observations": [] }],
        "relations": [{ "from": "Anna", "to": "B", "relationType": "knows" }] });
    assert!(whole.value(&value, 1));
    assert_eq!(whole.drafts().next().unwrap().id, anna.id, "its name makes its id");
}

#[test]
fn rules_are_cut_at_their_headings() {
    let text = "Before.\n# Build\nmake\n```sh\n# no heading\n```\n## Test ##\n\nmake test\n#### deep\nbelow\n# Empty\n# Build\nagain\n";
    let drafts = rules::sections("/p/CLAUDE.md", None, text);
    let told: Vec<_> =
        drafts.iter().map(|d| (d.name.as_deref().unwrap_or(""), d.body.as_str(), d.lines.unwrap())).collect();
    assert_eq!(
        told,
        [
            ("", "Before.", (1, 1)),
            ("Build", "make\n```sh\n# no heading\n```", (2, 6)),
            ("Build > Test", "make test\n#### deep\nbelow", (7, 11)),
            ("Build", "again", (13, 14)),
        ]
    );
    assert_ne!(drafts[1].id, drafts[3].id, "the same heading twice");
    let edited = rules::sections("/p/CLAUDE.md", None, &text.replace("make test", "cargo test"));
    assert_eq!(edited.iter().map(|d| d.id).collect::<Vec<_>>(), drafts.iter().map(|d| d.id).collect::<Vec<_>>());
    let rule = rules::sections(
        "/p/web/.cursor/rules/a.mdc",
        Some("web"),
        "---\ndescription: Naming\nglobs: *.ts\n---\nUse nouns.\n",
    );
    assert_eq!(
        (rule.len(), rule[0].title.as_deref(), rule[0].applies_to.as_str()),
        (1, Some("a.mdc: Naming"), "area:web")
    );
    for odd in ["", "\n\n", "---\nno end", "#\n##\n", "```\n# never closed\n"] {
        assert!(rules::sections("/p/A.md", None, odd).len() <= 1, "{odd:?}");
    }
}

#[test]
fn a_damaged_text_is_brought_within_bounds() {
    let mut of = ClaudeMem::default();
    let long = "word ".repeat(1_000);
    let value = json!({ "narrative": "a\u{0}b", "title": long, "concepts": vec![long.clone(); 200], "id": null });
    let draft = row(&mut of, "observations", value);
    assert_eq!(draft.body, "a\u{fffd}b");
    assert!(draft.title.unwrap().chars().count() <= 203 && draft.keywords.len() <= 64);
    assert!(draft.keywords.iter().all(|word| word.chars().count() <= 103));
}
