//! Secrets of every kind, planted in every place that a text comes in by.
//! It must not know what is looked for afterwards, nor what counts as a secret.
//! Invariant: beside each planted text stands a word of its place, to be found where the secret is not.

use std::path::Path;

use quipu_protocol::client::Request;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::secrets::{self, Sample};
use crate::session::{Session, hook, spooled};
use crate::support::{Home, run, until};

/// So much stands in one text, in bytes: what is kept of a tool's result is not much more.
const TEXT: usize = 5_000;

/// The places whose words a search finds afterwards, and in what kind of memory.
pub(crate) const SEARCHED: [(&str, &str); 28] = [
    ("prompt", "prompt"),
    ("answer", "answer"),
    ("thought", "thought"),
    ("call", "thought"),
    ("callcut", "thought"),
    ("error", "outcome"),
    ("errorcut", "thought"),
    ("long", "outcome"),
    ("patch", "outcome"),
    ("replaced", "outcome"),
    ("written", "outcome"),
    ("summary", "checkpoint"),
    ("subprompt", "prompt"),
    ("subanswer", "answer"),
    ("suberror", "outcome"),
    ("hookprompt", "prompt"),
    ("hookanswer", "answer"),
    ("hooksummary", "checkpoint"),
    ("body", "insight"),
    ("title", "insight"),
    ("newtext", "insight"),
    ("appended", "insight"),
    ("newtitle", "insight"),
    ("imported", "insight"),
    ("subject", "insight"),
    ("spooledprompt", "prompt"),
    ("spooledanswer", "answer"),
    ("spooledsummary", "checkpoint"),
];
/// Those whose words stand in the database, but in no text that is searched.
pub(crate) const STORED: [&str; 8] =
    ["keyword", "scope", "reason", "branch", "recordtype", "newkeyword", "newscope", "changereason"];

/// The word of a place.
pub(crate) fn word(place: &str) -> String {
    format!("{place}plover")
}

/// A home in which secrets were said.
pub(crate) struct Planted {
    pub(crate) home: Home,
    pub(crate) samples: Vec<Sample>,
    /// What quipu answered meanwhile.
    pub(crate) answers: Vec<String>,
}

impl Planted {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        home.up();
        Self { home, samples: secrets::all(), answers: Vec::new() }
    }

    /// All samples, in as many texts as it takes; each begins with the word of `place`.
    pub(crate) fn texts(&self, place: &str) -> Vec<String> {
        let mut texts = vec![word(place)];
        for sample in &self.samples {
            if texts.last().is_some_and(|text| text.len() + sample.text.len() > TEXT) {
                texts.push(word(place));
            }
            let text = texts.last_mut().unwrap();
            text.push_str("\n\n");
            text.push_str(&sample.text);
        }
        texts
    }

    /// Hooks that the daemon answers, in sessions without a transcript: nothing takes their words' place.
    pub(crate) fn hooks(&mut self) {
        for payload in self.events("hook") {
            self.answers.push(hook(&self.home, &payload).to_string());
        }
    }

    /// The same, and payloads of a shape that no host has sent yet, while the daemon does not answer.
    pub(crate) fn spool(&mut self) {
        self.home.signal(Signal::STOP);
        let mut payloads = self.events("spooled");
        let texts: Vec<&str> = self.samples.iter().map(|sample| sample.text.as_str()).collect();
        let named: Vec<Value> = self.secrets().map(|secret| json!({ "password": secret, "apiKey": secret })).collect();
        let keys: Value =
            texts.iter().map(|text| ((*text).to_owned(), json!(1))).collect::<serde_json::Map<_, _>>().into();
        let odd = [
            json!({ "prompt": texts }),
            json!({ "prompt": named }),
            json!({ "prompt": keys }),
            json!({ "prompt": "x", "more": named, "keys": keys }),
        ];
        let asked = Session::new(&self.home, "odd", &self.home.work());
        payloads.extend(odd.map(|fields| asked.payload("UserPromptSubmit", &fields)));
        for (n, payload) in payloads.iter_mut().enumerate() {
            payload["transcript_path"] = Value::Null;
            until("it is in the spool", || {
                self.home.hook(payload);
                (spooled(&self.home) > n).then_some(())
            });
        }
    }

    /// Every secret of the samples.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.samples.iter().flat_map(Sample::secrets)
    }

    /// What hooks carry, each field in its event, each text in a session of its own.
    fn events(&self, place: &str) -> Vec<Value> {
        let fields = [
            ("UserPromptSubmit", "prompt", format!("{place}prompt")),
            ("Stop", "last_assistant_message", format!("{place}answer")),
            ("PostCompact", "compact_summary", format!("{place}summary")),
            ("SessionEnd", "reason", "reason".to_owned()),
        ];
        let mut events = Vec::new();
        for (event, field, what) in fields {
            for (n, text) in self.texts(&what).into_iter().enumerate() {
                let session = Session::new(&self.home, &format!("{place}-{what}-{n}"), &self.home.work());
                events.push(session.payload(event, &json!({ field: text, "prompt_id": "p", "transcript_path": null })));
            }
        }
        events
    }

    /// Saved by command, with all that may be given beside the text, and by another program.
    pub(crate) fn notes(&mut self) {
        for (body, title) in self.texts("body").into_iter().zip(self.texts("title")) {
            let mut args = vec!["save".to_owned(), "-".to_owned(), "--title".to_owned(), title];
            for text in std::iter::once(word("keyword")).chain(self.samples.iter().map(|sample| sample.text.clone())) {
                args.push(format!("--keyword={text}"));
            }
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            self.answers.push(run(self.home.command(&args), body.as_bytes()).ok());
        }
        for scope in self.texts("scope") {
            let body =
                json!({ "text": format!("a note of {}", word("scope")), "applies_to": scope, "cwd": self.home.work() });
            // What is typed is understood or refused, and no refusal tells the secret; what is brought in is kept as words.
            let refused = self.home.request(&Request::post("/v1/memories", &body)).unwrap();
            assert_eq!(refused.status, 400);
            self.answers.push(String::from_utf8(refused.body).unwrap());
            let mut brought = body;
            brought["id"] = quipu_protocol::new_event_id().to_string().into();
            assert_eq!(self.home.request(&Request::post("/v1/memories", &brought)).unwrap().status, 200);
        }
    }

    /// Notes that are changed, by all that may be given.
    pub(crate) fn changes(&mut self) {
        for (n, text) in self.texts("newtext").into_iter().enumerate() {
            let nth = |place: &str| self.texts(place).swap_remove(n);
            let instead = json!({ "text": text, "title": nth("newtitle"), "applies_to": format!("area:{}", word("newscope")),
                "add_keywords": [nth("newkeyword")], "reason": nth("changereason") });
            // No place looks like that.
            let elsewhere = json!({ "applies_to": nth("newscope") });
            for change in [instead, json!({ "append": nth("appended"), "reason": nth("changereason") })] {
                let saved = self
                    .home
                    .json(&["save", &format!("a note before its change {n}, of {}", change.to_string().len())]);
                let path = format!("/v1/memories/{}", saved["id"].as_str().unwrap());
                let response = self.home.request(&Request::patch(&path, &change)).unwrap();
                let answer = String::from_utf8(response.body).unwrap();
                assert_eq!(response.status, 200, "{answer}");
                self.answers.push(answer);
                let refused = self.home.request(&Request::patch(&path, &elsewhere)).unwrap();
                assert_eq!(refused.status, 400);
                self.answers.push(String::from_utf8(refused.body).unwrap());
            }
        }
    }

    pub(crate) fn import(&mut self) {
        let dir = self.home.root().join("import");
        std::fs::create_dir(&dir).unwrap();
        for (n, (body, subject)) in self.texts("imported").iter().zip(self.texts("subject")).enumerate() {
            write_memory(&dir, n, &subject, body);
        }
        let report = self.home.quipu(&["import", "markdown", dir.to_str().unwrap()]).ok();
        self.answers.push(report);
    }
}

/// A memory's file; its subject and scope are written as JSON strings, which YAML reads too.
fn write_memory(dir: &Path, n: usize, subject: &str, body: &str) {
    let id = format!("0193e0a4-7c1e-7000-8000-00000000000{n}");
    let head = format!("id: {id}\nsubject: {}\napplies_to: global", json!(subject));
    let text = format!("---\n{head}\noccurred_at: '2025-12-03T11:14:22.409Z'\n---\n{body}\n");
    std::fs::write(dir.join(format!("{id}.md")), text).unwrap();
}
