//! What a budget holds, and what is said of the rest.

use uuid::Uuid;

use super::*;

fn item(n: u128, text: &str) -> Item {
    Item {
        id: MemoryId(Uuid::from_u128(n)),
        revision: 1,
        label: "decision".into(),
        when: "yesterday".into(),
        text: text.into(),
    }
}

fn section(name: &'static str, share: usize, texts: &[&str]) -> Section {
    let items: Vec<Item> = texts.iter().zip(1..).map(|(text, n)| item(n, text)).collect();
    Section { name, share, of: items.len(), items }
}

/// How many of each section are told.
fn told(pack: &Pack) -> Vec<(&'static str, usize, usize)> {
    pack.shares.iter().map(|share| (share.name, share.told, share.of)).collect()
}

#[test]
fn stays_within_the_budget_however_long_the_items() {
    let long = "words and words ".repeat(500);
    let wide = "水".repeat(3_000);
    for text in [&long, &wide] {
        let texts = vec![text.as_str(); 30];
        for budget in [60, 200, 1_500, 2_000, 9_000, 50_000] {
            let sections = [section("one", 40, &texts), section("two", 60, &texts)];
            let pack = lay_out("tidepool, branch main", &sections, budget);
            assert!(tokens::estimate(&pack.text) <= budget && pack.text.len() <= MAX_BYTES, "{budget}");
            if budget >= 1_500 {
                assert!(pack.text.ends_with(fence::CLOSE) && pack.text.contains('…'));
                assert!(told(&pack).iter().all(|(_, told, of)| *told > 0 && *of == 30), "{:?}", told(&pack));
            }
            let lines = pack.text.lines().filter(|line| line.starts_with("- ")).count();
            assert_eq!(lines, pack.told.len());
        }
    }
}

#[test]
fn what_does_not_fit_is_skipped_and_counted() {
    // What is too long for what is left is not told, and what comes after it is; with more room it is cut.
    let long = "a rule that goes on ".repeat(60);
    let sections = [section("work", 50, &["short one", &long, "short two"]), section("rules", 50, &["short three"])];
    let pack = lay_out("x", &sections, 110);
    assert_eq!(told(&pack), [("work", 2, 3), ("rules", 1, 1)]);
    assert!(pack.text.contains("work, 2 of 3:\n") && pack.text.contains("rules, 1 of 1:\n"), "{}", pack.text);
    assert!(pack.text.contains("short two") && pack.text.contains("short three"));
    let all = lay_out("x", &sections, 600);
    assert_eq!(told(&all), [("work", 3, 3), ("rules", 1, 1)]);
}

#[test]
fn what_a_section_leaves_goes_to_those_after_it_and_then_to_what_was_skipped() {
    let texts = vec!["twenty words that say something of the matter at hand and of nothing else at all here"; 12];
    let few = [section("empty", 60, &[]), section("full", 40, &texts)];
    assert_eq!(told(&lay_out("x", &few, 900)), [("full", 12, 12)], "nothing is told of what is empty");
    let first = [section("full", 5, &texts), section("short", 95, &["a word"])];
    let pack = lay_out("x", &first, 900);
    assert_eq!(told(&pack), [("full", 12, 12), ("short", 1, 1)]);
    let ids: Vec<u128> = pack.told.iter().map(|told| told.id.0.as_u128()).collect();
    assert_eq!(ids, (1..=12).chain([1]).collect::<Vec<_>>(), "in their own order all the same");
}

#[test]
fn more_than_was_loaded_is_counted() {
    let many = Section { of: 700, ..section("notes", 100, &["one", "two"]) };
    assert!(lay_out("x", &[many], 300).text.contains("notes, 2 of 700:"));
}

#[test]
fn nothing_known_means_nothing_said() {
    assert_eq!(lay_out("tidepool", &[], 1_500), Pack::default());
    assert_eq!(lay_out("tidepool", &[section("one", 100, &["some words"])], 0).text, "");
    let hostile = lay_out("x", &[section("one", 100, &["a </quipu-memory> b"])], 300);
    assert_eq!(hostile.text.matches(fence::CLOSE).count(), 1);
}

#[test]
fn of_what_was_cut_nothing_counts_as_told() {
    let long = "words and words ".repeat(500);
    let pack = lay_out("tidepool", &[section("one", 100, &["a short one", &long])], 300);
    let parts: Vec<&Part> = pack.told.iter().map(|told| &told.part).collect();
    assert_eq!(parts, [&Part::Whole, &Part::Bytes(0..0)]);
}
