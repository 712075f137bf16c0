//! Secrets in a transcript: in what was said, thought, asked of tools and answered by them, in edits and in odd records.
//! It must not know what is looked for afterwards.
//! Invariant: what a tool said is also cut in the middle of a secret.

use serde_json::json;

use crate::redacted_plant::{Planted, word};
use crate::secrets;
use crate::session::Session;
use crate::subagents::{bash, subagent, tool};

impl Planted {
    /// Each token across byte `cut` of a text: a cut that comes before the redaction would leave a part of it.
    fn across(&self, place: &str, cut: usize) -> Vec<String> {
        let padding = format!("{} {}", word(place), "tern ".repeat(cut / 5));
        let tokens = secrets::tokens().into_iter();
        tokens.map(|(_, token)| format!("{} {token} and more terns", &padding[..cut - 15])).collect()
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
        for (place, lines) in [("call", self.lines("call")), ("callcut", self.across("callcut", 240))] {
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
        let mut errors = self.texts("error");
        errors.extend(self.across("errorcut", 1_500));
        errors.push(long("long"));
        for text in errors {
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
}

/// A text of which only beginning and end are kept, and in the end half a key.
fn long(place: &str) -> String {
    let prose = |lines: usize| "The terns came back to the pier late that evening.\n".repeat(lines);
    let (begin, end) = (format!("-----{} RSA PRIVATE KEY-----", "BEGIN"), "-----END RSA PRIVATE KEY-----");
    let key = format!("{}\n", secrets::alnum(64)).repeat(60);
    format!("{}\n{}{begin}\n{key}{end}\n{}", word(place), prose(120), prose(20))
}
