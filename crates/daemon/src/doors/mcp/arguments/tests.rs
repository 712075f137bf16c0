//! What a model's hand writes, and what is understood.
//! It must not know tools of ours: the argument type here has one of each form.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use crate::doors::mcp::schema;

#[derive(Debug, Deserialize, JsonSchema)]
struct Sample {
    query: String,
    #[serde(default)]
    kind: Vec<String>,
    limit: Option<usize>,
    since: Option<String>,
    explain: Option<bool>,
}

/// Query, kinds, limit, since, and how many warnings.
type Understood<'a> = (&'a str, &'a [&'a str], Option<usize>, Option<&'a str>, usize);

fn check(given: Value, expect: Result<Understood<'_>, &str>) {
    let object = given.as_object().cloned().expect("an object");
    match (read::<Sample>(object, &schema::input::<Sample>()), expect) {
        (Ok((got, warnings)), Ok((query, kind, limit, since, warned))) => {
            assert_eq!(
                (got.query.as_str(), got.limit, got.since.as_deref(), warnings.len()),
                (query, limit, since, warned),
                "{given}: {warnings:?}"
            );
            assert_eq!(got.kind, kind, "{given}");
            assert!(got.explain.is_none_or(|explain| explain), "{given}");
        }
        (Err(fault), Err(part)) => {
            assert_eq!(fault.code, "bad_arguments");
            assert!(fault.message.contains(part) && fault.hint.is_some(), "{given}: {fault:?}");
        }
        (got, expect) => panic!("{given}: {got:?}, not {expect:?}"),
    }
}

#[test]
fn other_names_and_forms_are_understood() {
    for (given, expect) in [
        (json!({"query": "lock"}), ("lock", &[][..], None, None, 0)),
        (json!({"q": "lock", "top_k": 3}), ("lock", &[], Some(3), None, 0)),
        (json!({"text": "lock", "maxResults": "3"}), ("lock", &[], Some(3), None, 0)),
        (json!({"query": "lock", "limit": 5.0}), ("lock", &[], Some(5), None, 0)),
        (json!({"query": "lock", "kind": "decision, risk"}), ("lock", &["decision", "risk"], None, None, 0)),
        (json!({"query": "lock", "type": "[\"decision\"]"}), ("lock", &["decision"], None, None, 0)),
        (json!({"query": "lock", "dateFrom": "3 days ago"}), ("lock", &[], None, Some("3 days ago"), 0)),
        (json!({"query": "lock", "since": 1_700_000_000}), ("lock", &[], None, Some("1700000000"), 0)),
        (json!({"query": "lock", "limit": null, "kind": null}), ("lock", &[], None, None, 0)),
        (json!({"query": ["lock"], "explain": "yes"}), ("lock", &[], None, None, 0)),
        // Nothing is ignored in silence.
        (json!({"query": "lock", "fuzzy": true}), ("lock", &[], None, None, 1)),
        (json!({"query": "lock", "q": "key"}), ("lock", &[], None, None, 1)),
    ] {
        check(given, Ok(expect));
    }
}

#[test]
fn what_has_the_wrong_form_is_an_error() {
    for (given, part) in [
        (json!({}), "query"),
        (json!({"query": {"a": 1}}), "string"),
        (json!({"query": "x", "limit": "many"}), "many"),
        (json!({"query": "x", "limit": -1}), "-1"),
        (json!({"query": "x", "kind": {"a": 1}}), "sequence"),
        (json!({"query": "x", "explain": "perhaps"}), "boolean"),
    ] {
        check(given, Err(part));
    }
}
