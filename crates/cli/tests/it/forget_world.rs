//! Words of their own, planted in every kind of place that something forgotten may have left bytes in.
//! It must not know how anything is forgotten.
//! Invariant: each word is of letters alone and stands nowhere else, so that a byte of it that is found was left behind.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::session::{Session, files_with, hook};
use crate::subagents::{edit, subagent};
use crate::support::{Home, until};

/// What is planted, and by what it can be named.
pub(crate) struct Planted {
    pub(crate) home: Home,
    /// A note that was edited twice.
    pub(crate) note: String,
    /// A session with a transcript, a subagent and events that could not be applied.
    pub(crate) session: String,
    /// A session of which only hooks told.
    pub(crate) hooked: String,
    pub(crate) transcript: PathBuf,
}

/// Of the note.
pub(crate) const OF_NOTE: [&str; 6] =
    ["qzsavedone", "qzsavedtwo", "qzsavedthree", "qztitleword", "qzkeywordword", "qzreasonword"];
/// Of the session with a transcript.
pub(crate) const OF_SESSION: [&str; 11] = [
    "qzsessionname",
    "qzprompted",
    "qzanswered",
    "qzthought",
    "qzbranchname",
    "qzpathname",
    "qzdirectory",
    "qzsubagent",
    "qzspooledword",
    "qzquarantined",
    "qzunreadable",
];
/// Of the other.
pub(crate) const OF_HOOKS: [&str; 3] = ["qzhookedname", "qzhookedprompt", "qzhookedanswer"];
/// What stays.
pub(crate) const KEPT: &str = "qxkeptnote";

impl Planted {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        home.up();
        assert_eq!(home.json(&["save", &format!("A note about the heron that stays: {KEPT}")])["outcome"], "stored");
        let note = note(&home);
        let cwd = home.root().join("qzdirectory");
        std::fs::create_dir_all(&cwd).unwrap();
        let session = Session::new(&home, "qzsessionname-1", &cwd);
        session.write(&transcript(&session));
        subagent(&session, "qzagent", &[session.answer("The subagent looked at qzsubagent and came back.")]);
        session.index();
        until("the subagent is read", || {
            home.export().iter().any(|memory| memory.text.contains("qzsubagent")).then_some(())
        });
        let hooked = Session::new(&home, "qzhookedname-2", &home.work());
        for (event, field, word) in [
            ("SessionStart", "source", "startup"),
            ("UserPromptSubmit", "prompt", "Where is the qzhookedprompt kept?"),
            ("Stop", "last_assistant_message", "It is the qzhookedanswer that keeps it."),
        ] {
            let payload = hooked.payload(event, &json!({ field: word, "prompt_id": "p1", "transcript_path": null }));
            hook(&home, &payload);
        }
        until("the hooks' words are there", || (home.export().len() >= 7).then_some(()));
        // Behind the hooks: they are waited for by an empty spool.
        left_behind(&home, &session.id);
        let (hooked, transcript) = (hooked.id.clone(), session.file.clone());
        let session = session.id.clone();
        // So that the index has segments that hold it, and not the tail alone.
        until("all of it is indexed", || (home.health().unwrap().tail == 0).then_some(()));
        Self { home, note, session, hooked, transcript }
    }

    /// Each of these stands in some file of the data directory, or the test would prove nothing.
    #[track_caller]
    pub(crate) fn is_planted(&self, words: &[&str]) {
        let missing: Vec<_> = words.iter().filter(|word| files_with(self.home.data(), word).is_empty()).collect();
        assert!(missing.is_empty(), "planted, and nowhere to be found: {missing:?}");
    }

    /// None of them stands in any.
    #[track_caller]
    pub(crate) fn is_gone(&self, when: &str, words: &[&str]) {
        for word in words {
            assert_eq!(files_with(self.home.data(), word), Vec::<PathBuf>::new(), "{when}: {word}");
        }
    }

    /// Asks for a forgetting, and gives the code.
    #[track_caller]
    pub(crate) fn code(&self, what: &[&str]) -> String {
        let asked = self.home.quipu(&[&["forget", "--json"], what].concat()).json();
        assert_eq!(asked["outcome"], "needs_confirmation", "{asked}");
        asked["confirm"].as_str().unwrap().to_owned()
    }

    /// Forgets, and gives the answer.
    #[track_caller]
    pub(crate) fn forget(&self, what: &[&str]) -> Value {
        let code = self.code(what);
        let done = self.home.json(&[&["forget", "--confirm", &code], what].concat());
        assert_eq!(done["outcome"], "forgotten", "{done}");
        done
    }

    /// Nothing is left to be done, rows and index are one set, and what was not meant is found.
    #[track_caller]
    pub(crate) fn is_whole(&self) {
        until("nothing is left to be done", || self.home.health().unwrap().forgetting.is_empty().then_some(()));
        let check = self.home.request(&quipu_protocol::client::Request::get("/v1/check")).unwrap();
        let check: Value = serde_json::from_slice(&check.body).unwrap();
        let lacks = [&check["without_text"]["count"], &check["without_row"], &check["without_vector"]["count"]];
        assert_eq!(lacks, [&json!(0), &json!(0), &json!(0)], "{check}");
        assert_eq!(check["integrity"], json!([]), "{check}");
        let found = self.home.json(&["search", "heron", "--all"]);
        assert!(found["hits"].to_string().contains(KEPT), "{found}");
    }
}

/// A note that was edited twice, with all that can stand beside its text.
fn note(home: &Home) -> String {
    let saved = home.json(&[
        "save",
        "The first wording is qzsavedone.",
        "--title",
        "Title qztitleword",
        "--keyword",
        "qzkeywordword",
    ]);
    let id = saved["id"].as_str().unwrap().to_owned();
    home.json(&["update", &id, "--text", "The second wording is qzsavedtwo.", "--reason", "because of qzreasonword"]);
    home.json(&["update", &id, "--append", "And a third is qzsavedthree."]);
    id
}

fn transcript(session: &Session<'_>) -> Vec<String> {
    let branch = |line: String| {
        let mut record: Value = serde_json::from_str(&line).unwrap();
        record["gitBranch"] = json!("feature/qzbranchname");
        record.to_string()
    };
    let path = session.cwd.join("src/qzpathname.rs");
    let mut lines = vec![
        session.prompt("Why is the qzprompted so slow in the morning?"),
        session.block("m1", &json!({ "type": "thinking", "thinking": "Perhaps the qzthought is cold." })),
        session.answer("It is the qzanswered that is cold: warm it first."),
    ];
    lines.extend(edit(session, "m2", path.to_str().unwrap(), "let a = 1;", "let a = 2;"));
    lines.push(session.answer("Done, the file is changed."));
    lines.into_iter().map(branch).collect()
}

/// What lies in the spool for a newer version, and what was kept aside: with a session, and broken off in the middle.
fn left_behind(home: &Home, session: &str) {
    let entry = |version: u32, text: &str| {
        json!({ "version": version, "event_id": "e", "agent": "claude-code", "event": "Stop", "session_id": session,
            "at": 1, "body": json!({ "last_assistant_message": text }).to_string() })
        .to_string()
    };
    let aside = home.spool().join("quarantine");
    std::fs::create_dir_all(&aside).unwrap();
    let write = |file: &Path, text: &str| std::fs::write(file, text).unwrap();
    write(&home.spool().join("newer.json"), &entry(99, "It said qzspooledword."));
    write(&aside.join("whole.json"), &entry(1, "It said qzquarantined."));
    write(&aside.join("whole.reason"), "no turn: qzquarantined");
    write(&aside.join("broken.json"), &format!("{{\"session_id\":\"{session}\",\"body\":\"qzunreadable, and th"));
    write(&aside.join("another.json"), &entry(1, "qxanother").replace(session, "another-session"));
}
