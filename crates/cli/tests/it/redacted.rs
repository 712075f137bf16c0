//! No secret that the redaction knows is in any file of the data directory or in any answer, however it came in.
//! It must not know how it comes in (`redacted_plant.rs`) nor what counts as one (the samples are the redaction's own).
//! Invariant: what is looked for in vain is looked for in the same way as what is found.

use std::collections::HashSet;
use std::path::Path;

use quipu_core::redact::Redactor;
use quipu_protocol::client::Request;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::leak_reads::files;
use crate::redacted_plant::{Planted, SEARCHED, STORED, word};
use crate::session::{files_with, spooled};
use crate::support::{Home, until};

/// A part of a secret of so many bytes counts as the secret.
const PART: usize = 12;
/// Shorter ones stand in files by accident.
const SHORT: usize = 7;

/// What must be nowhere.
struct Look {
    parts: HashSet<[u8; PART]>,
    short: Vec<Vec<u8>>,
}

impl Look {
    fn new(planted: &Planted) -> Self {
        // What a sample may keep is no secret: `postgres:postgres@` has the same word before the colon.
        let kept: Vec<&str> = planted.samples.iter().map(|sample| sample.expect.as_str()).collect();
        let may_stay = |part: &[u8]| kept.iter().any(|text| text.as_bytes().windows(part.len()).any(|w| w == part));
        let of = |long: bool| planted.secrets().map(str::as_bytes).filter(move |s| (s.len() >= PART) == long);
        let parts = of(true).flat_map(windows).filter(|part: &[u8; PART]| !may_stay(part));
        let short = of(false).filter(|secret| secret.len() >= SHORT && !may_stay(secret)).map(<[u8]>::to_vec);
        Self { parts: parts.collect(), short: short.collect() }
    }

    /// Where `bytes` hold a secret, or a part of one, and what stands round it.
    fn find(&self, bytes: &[u8]) -> Option<String> {
        let part = windows(bytes).position(|part| self.parts.contains(&part));
        let whole = || self.short.iter().find_map(|s| bytes.windows(s.len()).position(|window| window == s.as_slice()));
        let at = part.or_else(whole)?;
        let round = &bytes[at.saturating_sub(100)..bytes.len().min(at + 60)];
        Some(String::from_utf8_lossy(round).into_owned())
    }

    #[track_caller]
    fn text(&self, what: &str, text: &str) {
        assert_eq!(self.find(text.as_bytes()), None, "{what}");
    }

    /// Every file below `dir`, byte by byte.
    #[track_caller]
    fn below(&self, when: &str, dir: &Path) {
        let mut found = Vec::new();
        let mut open = vec![dir.to_owned()];
        while let Some(path) = open.pop() {
            match std::fs::read_dir(&path) {
                Ok(entries) => open.extend(entries.flatten().map(|entry| entry.path())),
                // A socket cannot be read and holds nothing.
                Err(_) => {
                    found.extend(std::fs::read(&path).ok().and_then(|bytes| self.find(&bytes)).map(|part| (path, part)))
                }
            }
        }
        assert_eq!(found, [], "{when}");
    }
}

fn post(home: &Home, path: &str, body: &Value) -> Value {
    let response = home.request(&Request::post(path, body)).unwrap();
    assert_eq!(response.status, 200, "{path} {body}");
    serde_json::from_slice(&response.body).unwrap()
}

/// In how many chunks the index has each term that is made of `text`.
fn terms(home: &Home, text: &str) -> Vec<(String, u64)> {
    let reply = post(home, "/v1/search", &json!({ "query": text, "scope": { "all": true }, "explain": true }));
    // A secret may be too long to be a word of any text.
    let terms = reply["terms"].as_array().into_iter().flatten();
    terms
        .map(|term| (term["term"].as_str().unwrap().to_owned(), term["document_frequency"].as_u64().unwrap()))
        .collect()
}

/// No term of a secret is indexed; the words beside them are.
#[track_caller]
fn check_index(when: &str, planted: &Planted, look: &Look) {
    // What a sample may keep is a word of others: `access_token`.
    let kept: String = planted.samples.iter().map(|sample| sample.expect.to_lowercase() + "\n").collect();
    for secret in planted.secrets() {
        let is_part = |term: &str| !kept.contains(term) && (term.len() >= PART || look.find(term.as_bytes()).is_some());
        let held: Vec<_> =
            terms(&planted.home, secret).into_iter().filter(|(term, n)| *n > 0 && is_part(term)).collect();
        assert_eq!(held, [], "{when}: terms of {secret:?}");
    }
    for (place, kind) in SEARCHED {
        let word = word(place);
        let found = terms(&planted.home, &word);
        assert!(!found.is_empty() && found.iter().all(|(_, n)| *n > 0), "{when}: {place} was not indexed: {found:?}");
        let query = json!({ "query": word, "kinds": [kind], "scope": { "all": true }, "limit": 100 });
        let hits = post(&planted.home, "/v1/search", &query)["hits"].to_string();
        assert!(hits.contains(&word), "{when}: {place} was not kept");
    }
}

/// Everything that reads says.
#[track_caller]
fn check_answers(planted: &Planted, look: &Look) {
    let home = &planted.home;
    planted.answers.iter().for_each(|answer| look.text("an answer", answer));
    for memory in home.export() {
        look.text("export", &serde_json::to_string(&memory).unwrap());
        let shown = home.request(&Request::get(&format!("/v1/memories/{}", memory.id))).unwrap();
        look.text("show", &String::from_utf8(shown.body).unwrap());
        let history = home.request(&Request::get(&format!("/v1/history/{}", memory.id))).unwrap();
        look.text("history", &String::from_utf8(history.body).unwrap());
    }
    for (place, _) in SEARCHED {
        for more in [&[][..], &["--json"], &["--explain"]] {
            look.text(
                "search",
                &home.quipu(&[&["search", "--all", "--limit", "100", &word(place)], more].concat()).ok(),
            );
        }
    }
    let out = home.root().join("out");
    let out_text = out.to_str().unwrap();
    for args in [
        &["timeline", "--all", "--limit", "500"][..],
        &["timeline", "--all", "--limit", "500", "--json"],
        &["stats"],
        &["stats", "--json"],
        &["status"],
        &["status", "--json"],
        &["project", "list"],
        &["logs", "-n", "100000"],
        &["export", "markdown", out_text, "--all"],
    ] {
        look.text(&args.join(" "), &home.quipu(args).ok());
    }
    look.text("doctor", &home.quipu(&["doctor"]).stdout);
    look.text("exported files", &files(&out));
}

#[test]
fn no_secret_is_in_any_file_or_answer() {
    let mut planted = Planted::new();
    let look = Look::new(&planted);
    for text in planted.texts("together") {
        assert!(look.find(text.as_bytes()).is_some());
        look.text("the redaction itself", &Redactor::default().redact(&text).0);
    }
    planted.transcript();
    planted.hooks();
    planted.notes();
    planted.changes();
    planted.import();
    let data = planted.home.data().to_owned();
    look.below("while it lives", &data);

    planted.spool();
    look.below("while events wait", &data);
    assert!(!files_with(&planted.home.spool(), &word("spooledanswer")).is_empty(), "a spooled event keeps its text");
    planted.home.signal(Signal::CONT);
    until("the spool is applied", || (spooled(&planted.home) == 0).then_some(()));
    until("everything is indexed", || (planted.home.health().unwrap().tail == 0).then_some(()));
    look.below("after the spool", &data);
    check_index("while it lives", &planted, &look);
    check_answers(&planted, &look);

    planted.home.quipu(&["down"]).ok();
    until("it ends", || planted.home.daemons().is_empty().then_some(()));
    look.below("after its end", &data);
    for place in SEARCHED.iter().map(|(place, _)| place).chain(&STORED) {
        assert!(!files_with(&data.join("quipu.db"), &word(place)).is_empty(), "{place} was not kept");
    }
    planted.home.up();
    check_index("loaded from disk", &planted, &look);
}

/// Every run of so many bytes.
fn windows(bytes: &[u8]) -> impl Iterator<Item = [u8; PART]> + '_ {
    bytes.windows(PART).filter_map(|part| part.try_into().ok())
}
