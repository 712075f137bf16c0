//! The bundled file, through the same calls as everybody's.

use super::*;

fn cosine(a: &str, b: &str) -> f32 {
    let model = StaticModel::bundled();
    let vector = |text: &str| model.passage(text).vector.unwrap_or_else(|| panic!("{text} says nothing"));
    vector(a).cosine(&vector(b))
}

#[test]
fn what_means_the_same_is_nearer_than_what_does_not() {
    for (one, near, far) in [
        ("the database is locked", "SQLite reports a lock on the db", "we baked bread on Sunday"),
        ("delete the user's account", "remove a customer profile", "render the chart in blue"),
        ("the server crashed", "process died with a segfault", "the invoice was paid"),
        ("speed up the build", "make compilation faster", "choose a font for the heading"),
    ] {
        let (close, wide) = (cosine(one, near), cosine(one, far));
        assert!(close > wide + 0.1, "{one}: {near} {close} {far} {wide}");
    }
}

#[test]
fn texts_without_words_have_no_direction() {
    let model = StaticModel::bundled();
    for text in ["", " \n", "the of and", "?!…", "\u{0}", "🙂"] {
        let passage = model.passage(text);
        assert!(passage.vector.is_none() && passage.pieces.is_empty(), "{text:?}");
    }
    assert!(model.question(&[]).is_empty());
    assert_eq!(model.passage("writer").pieces.len(), 1);
}

#[test]
fn eight_bits_keep_the_direction() {
    let model = StaticModel::bundled();
    let exact = model.direction("the writer locks the file before it renames it");
    let kept = model.passage("the writer locks the file before it renames it").vector.expect("a direction");
    let product: f32 = exact.iter().zip(kept.dimensions()).map(|(x, b)| x * f32::from(*b)).sum();
    let cosine = product * kept.inverse_length() / exact.iter().map(|x| x * x).sum::<f32>().sqrt();
    assert!(cosine > 0.9999, "{cosine}");
    assert_eq!(model.direction("of the"), [0.0; DIMENSIONS]);
}

#[test]
fn order_and_case_change_nothing_and_identifiers_are_words() {
    assert!((cosine("writer locks file", "FILE locks Writer") - 1.0).abs() < 1e-4);
    assert!((cosine("getUserById", "get user by id") - 1.0).abs() < 1e-4);
    assert!((cosine("retry_count", "retry count") - 1.0).abs() < 1e-4);
}

#[test]
fn a_question_is_covered_by_its_words_and_partly_by_their_synonyms() {
    let model = StaticModel::bundled();
    let question = model.question(&[Word { text: "car", weight: 2.0 }, Word { text: "purchase", weight: 1.0 }]);
    let coverage = |text: &str| question.coverage(&model.passage(text).pieces);
    assert!((coverage("the purchase of a car") - 1.0).abs() < 1e-6);
    let (near, far) = (coverage("buy an automobile"), coverage("fry an omelette"));
    assert!(near > 0.25 && near < 1.0 && far < 0.1, "{near} {far}");
}

#[test]
fn long_and_odd_texts_are_embedded() {
    let model = StaticModel::bundled();
    for text in ["x".repeat(1 << 20), "水".repeat(10_000), "word ".repeat(100_000), "a\u{301}".repeat(1_000)] {
        model.passage(&text);
    }
}

/// Made with the `tokenizers` package (0.23, Hugging Face) from the weights' own `tokenizer.json`; identifiers were
/// cut at their capitals first, as ours are.
#[test]
fn pieces_are_those_of_the_published_tokenizer() {
    let golden: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../tests/golden/wordpiece.json")).expect("JSON");
    assert!(golden.len() > 30);
    for case in golden {
        let text = case["text"].as_str().expect("a text");
        let expect: Vec<u64> = case["ids"].as_array().expect("ids").iter().filter_map(|id| id.as_u64()).collect();
        let mut ids = Vec::new();
        StaticModel::bundled().pieces.pieces(text, |id| ids.push(u64::from(id)));
        assert_eq!(ids, expect, "{text:?}");
    }
}
