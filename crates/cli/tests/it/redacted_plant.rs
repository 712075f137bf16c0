//! Secrets of every kind, planted in every place that a text comes in by.
//! It must not know what is looked for afterwards, nor what counts as a secret.
//! Invariant: beside each planted text stands a word of its place, to be found where the secret is not.

use std::path::Path;

use quipu_protocol::client::Request;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::secrets::{self, Sample};
use crate::session::{Session, hook, spooled};
use crate::subagents::{bash, subagent, tool};
use crate::support::{Home, run, until};

/// So much stands in one text, in bytes: what is kept of a tool's result is not much more.
const TEXT: usize = 5_000;

/// The places whose words are found by a search afterwards.
pub(crate) const SEARCHED: [&str; 25] = [
    "prompt",
    "answer",
    "thought",
    "call",
    "callcut",
    "error",
    "errorcut",
    "long",
    "patch",
    "replaced",
    "written",
    "summary",
    "subprompt",
    "subanswer",
    "suberror",
    "hookprompt",
    "hookanswer",
    "hooksummary",
    "body",
    "title",
    "imported",
    "subject",
    "spooledprompt",
    "spooledanswer",
    "spooledsummary",
];
/// Those whose words stand in the database, but in no text that is searched.
pub(crate) const STORED: [&str; 5] = ["keyword", "scope", "reason", "branch", "recordtype"];

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

    /// Each token across byte `cut` of a text: a cut that comes before the redaction would leave a part of it.
    fn across(&self, place: &str, cut: usize, after: usize) -> Vec<String> {
        let padding = format!("{} {}", word(place), "tern ".repeat(cut / 5));
        let after = "gull ".repeat(after / 5);
        let tokens = secrets::tokens().into_iter();
        tokens.map(|(_, token)| format!("{} {token} {after}", &padding[..cut - 15])).collect()
    }

    /// A session's transcript, with what tools did, what a compaction left and what no version knows.
    pub(crate) fn transcript(&mut self) {
        let session = Session::new(&self.home, "told", &self.home.work());
        let mut n = 0;
        let mut name = || {
            n += 1;
            format!("m{n}")
        };
        for text in self.texts("prompt") {
            session.write(&[session.prompt(&text)]);
        }
        for text in self.texts("answer") {
            session.write(&[session.answer(&text)]);
        }
        for text in self.texts("thought") {
            session.write(&[
                session.block(&name(), &json!({ "type": "thinking", "thinking": text })),
                session.answer("ok"),
            ]);
        }
        // A thought with the calls that followed: each in one line.
        for (place, lines) in [("call", self.lines("call")), ("callcut", self.across("callcut", 240, 20))] {
            let message = name();
            session.write(&[
                session.block(&message, &json!({ "type": "thinking", "thinking": format!("{place}: look at it") }))
            ]);
            for (at, line) in lines.iter().enumerate() {
                let call = json!({ "type": "tool_use", "id": format!("{place}{at}"), "name": "Bash", "input": { "command": line } });
                let result = json!({ "type": "tool_result", "tool_use_id": format!("{place}{at}"), "content": "done" });
                session.write(&[session.block(&message, &call)]);
                session.write(&[session.record("user", json!({ "message": { "role": "user", "content": [result] } }))]);
            }
        }
        let across = [self.across("errorcut", 1_500, 20), self.across("long", (8 << 10) / 3, 8_000)];
        for text in self.texts("error").into_iter().chain(across.into_iter().flatten()) {
            let message = name();
            session.write(&[session.block(&message, &json!({ "type": "thinking", "thinking": "it may fail" }))]);
            session.write(&bash(&session, &message, "make", &text, true));
        }
        self.edits(&session, &mut name);
        for text in self.texts("summary") {
            session.write(&session.compaction(&text));
        }
        let mut lines: Vec<String> = self.texts("subprompt").iter().map(|text| session.prompt(text)).collect();
        lines.extend(self.texts("subanswer").iter().map(|text| session.answer(text)));
        for text in self.texts("suberror") {
            lines.extend(bash(&session, &name(), "make", &text, true));
        }
        subagent(&session, "a7", &lines);
        self.odd_records(&session);
        session.index();
        self.home.json(&["index"]);
    }

    /// The first lines of all samples: a call is told in one.
    fn lines(&self, place: &str) -> Vec<String> {
        let single = self.samples.iter().filter(|sample| !sample.text.trim_end().contains('\n'));
        let lines = single.map(|sample| sample.text.trim_end().to_owned());
        // A word before it would hide what a line of its own gives away.
        std::iter::once(word(place)).chain(lines).collect()
    }

    fn edits(&self, session: &Session<'_>, name: &mut impl FnMut() -> String) {
        let path = self.home.work().join("settings.txt");
        let ok = json!({ "content": "The file has been updated." });
        for text in self.texts("patch") {
            let added: Vec<String> = text.lines().map(|line| format!("+{line}")).collect();
            let patch = json!([{ "oldStart": 1, "newStart": 1, "lines": added }]);
            let input = json!({ "file_path": path, "old_string": "", "new_string": text });
            let told = json!({ "toolUseResult": { "filePath": path, "structuredPatch": patch } });
            session.write(&tool(session, &name(), &json!({ "name": "Edit", "input": input }), &ok, &told));
        }
        for text in self.texts("replaced") {
            let input =
                json!({ "file_path": path, "old_string": text, "new_string": format!("{} gone", word("replaced")) });
            session.write(&tool(session, &name(), &json!({ "name": "Edit", "input": input }), &ok, &json!({})));
        }
        for text in self.texts("written") {
            let input = json!({ "file_path": path, "content": text });
            session.write(&tool(session, &name(), &json!({ "name": "Write", "input": input }), &ok, &json!({})));
        }
    }

    /// Secrets where no text is: in a type, a branch, a name, and in lines that cannot be read.
    fn odd_records(&self, session: &Session<'_>) {
        for (_, token) in secrets::tokens() {
            let fields = json!({ "gitBranch": format!("{}/{token}", word("branch")), "message": { "role": "user", "content": "look at the branch" } });
            session.write(&[session.record("user", fields)]);
            session.write(&[session.record(&format!("{} {token}", word("recordtype")), json!({ "data": token }))]);
            session.write_raw(&format!("{{\"type\":\"user\",\"message\":{{\"content\":\"{token}\n"));
        }
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
            let request = Request::post("/v1/memories", &body);
            assert_eq!(self.home.request(&request).unwrap().status, 200);
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
