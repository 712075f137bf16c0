//! Tests of the Markdown memory file with good and slightly odd files: real ones there and back,
//! styles as js-yaml 3.14 was seen to choose them, tolerance. They read the fixtures and nothing
//! else: no store, no daemon, no HTTP, no clock, no environment.
//!
//! Invariant: an expected style or fold was observed, never taken from the writer under test.

use super::*;

pub(super) const NAME: &str = "391f892a-330e-450d-953e-46dc1beb874d.md";
const LONG: &str = include_str!("../../tests/fixtures/thinking-memory/391f892a-330e-450d-953e-46dc1beb874d.md");
pub(super) const SHORT: &str =
    include_str!("../../tests/fixtures/thinking-memory/e50a7d18-248f-4d29-bd2a-6ad4bfc11adc.md");

pub(super) fn memory() -> MarkdownMemory {
    MarkdownMemory {
        id: Uuid::try_parse(&NAME[..36]).unwrap(),
        subject: "One writer".to_owned(),
        keywords: Vec::new(),
        applies_to: AppliesTo::Global,
        occurred_at: "2025-12-03T11:14:22.409Z".to_owned(),
        content_hash: "0208725c8d1487fd".to_owned(),
        kind: None,
        project: None,
        session: None,
        agent: None,
        own: BTreeMap::new(),
        body: "Use one writer.".to_owned(),
        unknown: Vec::new(),
    }
}

/// The front matter of a file that has only what must be there, with one line put in or replaced.
pub(super) fn file(line: &str) -> String {
    let key = line.split(':').next().unwrap();
    let lines = [
        "id: 391f892a-330e-450d-953e-46dc1beb874d",
        "subject: One writer",
        "applies_to: global",
        "occurred_at: '2025-12-03T11:14:22.409Z'",
        "content_hash: 0208725c8d1487fd",
    ];
    let kept = lines.iter().filter(|kept| !kept.starts_with(&format!("{key}:")));
    let kept: String = kept.map(|kept| format!("{kept}\n")).collect();
    format!("---\n{kept}{line}\n---\nUse one writer.\n")
}

/// What the writer makes of a subject, without the key.
fn written(subject: &str) -> String {
    let text = write(&MarkdownMemory { subject: subject.to_owned(), ..memory() });
    let (_, rest) = text.split_once("subject: ").unwrap();
    rest.split_once("\napplies_to").unwrap().0.to_owned()
}

#[test]
fn real_files_go_there_and_back_unchanged() {
    for (text, name) in [(LONG, NAME), (SHORT, "e50a7d18-248f-4d29-bd2a-6ad4bfc11adc.md")] {
        let found = read(name, text).unwrap();
        assert_eq!(found.warnings, []);
        assert_eq!(content_hash(&found.memory.body), found.memory.content_hash);
        assert_eq!(write(&found.memory), text);
        let (thought, output) = thought_parts(&found.memory.body).unwrap();
        assert_eq!(thought_body(thought, output), found.memory.body);
    }
}

#[test]
fn the_hash_is_over_the_body_as_javascript_trims_it() {
    let body = thought_body(
        "The lock file is not the fault; who loads the library is.",
        "Moved the embedder into the daemon.",
    );
    assert_eq!(content_hash(&body), "74201c10ca766974");
    assert_eq!(content_hash("\u{feff}\r\n Use one writer.\u{3000}\u{2028}\t"), "0208725c8d1487fd");
    assert_eq!(js_trim("\u{85}a\u{85}"), "\u{85}a\u{85}");
    assert_eq!(js_trim("\u{180e}a\u{200b}"), "\u{180e}a\u{200b}");
}

#[test]
fn sections_are_found_only_where_both_are() {
    assert_eq!(thought_parts("## Thought\na\n## Output\nb\n## Output\nc"), Some(("a", "b\n## Output\nc")));
    assert_eq!(thought_parts(&thought_body("a", "")), Some(("a", "")));
    assert_eq!(thought_parts(&thought_body("", "b")), Some(("", "b")));
    for body in ["", "## Thought", "## Thought\n\na", "a\n## Thought\n## Output", "## Thoughts\n## Output"] {
        assert_eq!(thought_parts(body), None, "{body}");
    }
}

#[test]
fn scalars_have_the_styles_of_the_dumper() {
    let plain = "é|0d954950b320c49b|a#b|a'b|a\"b|+|.|...|1_|0b|08|00.5|+.5|0o17|tRue|yEs|2001-1-1|1.2.3|~~|<|(x)";
    for text in plain.split('|') {
        assert_eq!(written(text), text);
    }
    let single = "1234567890123456|12345e1234567890|1e3|1.|.5|._5|1_000|0x1f|010|0b_1|12:30:45|2001-01-01|\
        2025-12-03T10:32:33.972Z|yes|No|ON|y|~|Null|true|.inf|+.INF|.NaN|=|<<|-|- a|-a|? a|#a|a #b|a: b|a:b|\
        file:src/a.ts|a,b|[a]|a}|!a|&a|*a|>|%|@a|`a`|\"a\"| a|a ";
    for text in single.split('|') {
        assert_eq!(written(text), format!("'{text}'"));
    }
    assert_eq!(written("it's: x"), "'it''s: x'");
    assert_eq!(written("a\t\"\\\r\u{85}é\u{a0}\u{feff}\u{1f600}\u{1}"), r#""a\t\"\\\r\Né\_\uFEFF\U0001F600\x01""#);
    assert_eq!(written("a\nb"), "|-\n  a\n  b");
    assert_eq!(written("a\n\n b\n"), "|\n  a\n\n   b");
    assert_eq!(written("\n a\n\n"), "|2+\n\n   a\n");
    assert_eq!(written("\n"), "|+\n");
}

#[test]
fn long_lines_are_folded_as_the_dumper_folds_them() {
    let w = |count| "w".repeat(count);
    let (a, b, c) = (w(50), w(26), w(90));
    assert_eq!(written(&w(78)), w(78));
    assert_eq!(written(&w(79)), format!(">-\n  {}", w(79)));
    assert_eq!(written(&format!("{a} {a} ")), format!(">-\n  {a}\n  {a} "));
    assert_eq!(written(&format!("{a}   {a}")), format!(">-\n  {a}  \n  {a}"));
    assert_eq!(written(&format!("{a} {b}  x")), format!(">-\n  {a} {b} \n  x"));
    assert_eq!(written(&format!("{c} x y")), format!(">-\n  {c}\n  x y"));
    assert_eq!(written(&format!(" {a} {a}")), format!("' {a} {a}'"));
    assert_eq!(written(&format!("x\n\n{a} {a}\n y\n{c}\n\n")), format!(">+\n  x\n\n\n  {a}\n  {a}\n   y\n  {c}\n"));
    let keyword = MarkdownMemory { keywords: vec![w(76), w(77)], ..memory() };
    assert!(write(&keyword).contains(&format!("keywords:\n  - {}\n  - >-\n    {}\n", w(76), w(77))));
}

#[test]
fn keys_stand_in_their_order_and_once() {
    let text = |text: &str| text.to_owned();
    let long_key = "k".repeat(1025);
    let full = MarkdownMemory {
        keywords: vec![text("lock"), text("no")],
        applies_to: AppliesTo::File(text("src/a.rs")),
        kind: Some(text("decision")),
        agent: Some(text("claude")),
        unknown: vec![(text("b: c"), text("1")), (text("..."), text("x")), (long_key.clone(), text("y"))],
        ..memory()
    };
    let front = format!(
        "---\nid: 391f892a-330e-450d-953e-46dc1beb874d\nsubject: One writer\nkeywords:\n  - lock\n  - 'no'\n\
        applies_to: 'file:src/a.rs'\noccurred_at: '2025-12-03T11:14:22.409Z'\ncontent_hash: 0208725c8d1487fd\n\
        kind: decision\nagent: claude\n'b: c': '1'\n'...': x\n? {long_key}\n: 'y'\n---\nUse one writer.\n"
    );
    assert_eq!(write(&full), front);
    assert_eq!(read(NAME, &front).unwrap(), ReadMemory { memory: full.clone(), warnings: vec![] });
    let mut twice = full.clone();
    twice.unknown.push((text("b: c"), text("2")));
    twice.unknown.push((text("subject"), text("Another")));
    assert_eq!(write(&twice), front);
}

#[test]
fn what_is_only_spelt_otherwise_is_taken_with_a_warning() {
    let crlf = format!("\u{feff}{}", file("kind: ''").replace('\n', "\r\n").replace("Use", "\r\n\r\nUse"));
    assert_eq!(read(NAME, &crlf), Ok(ReadMemory { memory: memory(), warnings: vec![] }));
    for (line, warning) in [
        ("occurred_at: 2025-12-03 12:14:22.4095 +01:00", "NormalisedTime"),
        ("created_at: 2025-12-03T11:14:22.409Z", "unchanged"),
        ("applies_to: [global]", "RepairedScope"),
        ("applies_to:", "MissingScope"),
        ("content_hash: ~", "MissingHash"),
        ("id: ''", "IdFromFileName"),
        ("id: mine", "IdFromFileName"),
        ("tags: {a: [b]}", "DroppedKey"),
        ("? [a]\n: b", "unchanged"),
        ("rank: 3", "RetypedKey"),
        ("keywords: []", "unchanged"),
    ] {
        let found = read(NAME, &file(line)).unwrap();
        let all = format!("{:?}", found.warnings);
        assert!(all.contains(warning) || (warning == "unchanged" && all == "[]"), "{line}: {all}");
        let unknown = Vec::new();
        assert_eq!(MarkdownMemory { unknown, ..found.memory }, memory(), "{line}");
    }
    let edited = read("x/other.md", &file("keywords: a, b").replace("writer.", "reader.")).unwrap();
    assert_eq!(edited.memory.keywords, ["a", "b"]);
    assert_eq!(edited.memory.content_hash, "0208725c8d1487fd");
    assert_eq!(edited.warnings.len(), 3);
    let oldest = file("created_at: 2025-12-03").replace("occurred_at: '2025-12-03T11:14:22.409Z'\n", "");
    let oldest = read(NAME, &oldest).unwrap();
    assert_eq!(oldest.memory.occurred_at, "2025-12-03T00:00:00.000Z");
    assert!(oldest.warnings.contains(&Warning::TimeFromCreatedAt));
}
