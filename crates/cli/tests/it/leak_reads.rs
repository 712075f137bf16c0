//! Every way to read, asked for one project: each gives all that it shows as one text.
//! It must not know how a memory came in.
//! Invariant: an operation of the daemon is read here, or [`OPERATIONS`] says why it cannot show a memory.

use std::path::Path;

use quipu_core::kind::Kind;
use serde_json::{Value, json};

use crate::leak_world::{FILE, MEANING, READ_FILE, Side, TOPIC, WAYS, World};
use crate::support::{run, until};

/// What an operation may show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shows {
    /// The memories of a scope: asked here.
    Scope,
    /// What is named by its id, wherever the asker stands.
    Named,
    /// What was written to the asker, or by him, from whatever project (`it/mail.rs`).
    Mail,
    /// Counts, paths and names, of no memory a word.
    Counts,
    /// What became of a write.
    Outcome,
}

/// Every operation of `doors/routes.rs`.
pub(crate) const OPERATIONS: [(&str, Shows); 60] = [
    ("health", Shows::Counts),
    ("operations", Shows::Counts),
    ("openapi", Shows::Counts),
    ("metrics", Shows::Counts),
    ("events", Shows::Counts),
    ("feed", Shows::Counts),
    ("setting", Shows::Counts),
    ("skipped", Shows::Counts),
    ("backups", Shows::Counts),
    ("config", Shows::Counts),
    ("stats", Shows::Counts),
    ("show", Shows::Named),
    ("history", Shows::Named),
    ("why", Shows::Named),
    ("shown", Shows::Scope),
    ("usage", Shows::Scope),
    ("hushed", Shows::Scope),
    ("projects", Shows::Counts),
    ("mirrors", Shows::Counts),
    ("check", Shows::Counts),
    ("forgotten", Shows::Counts),
    ("rebuilding", Shows::Counts),
    ("index_progress", Shows::Counts),
    ("index_settled", Shows::Counts),
    ("search", Shows::Scope),
    ("timeline", Shows::Scope),
    ("context", Shows::Scope),
    ("work", Shows::Scope),
    ("export", Shows::Scope),
    ("records", Shows::Scope),
    ("redact_scan", Shows::Counts),
    ("embed", Shows::Counts),
    ("hook", Shows::Scope),
    ("thread", Shows::Named),
    ("inbox", Shows::Mail),
    ("sent", Shows::Mail),
    ("send", Shows::Outcome),
    ("ack", Shows::Outcome),
    ("mail_shown", Shows::Outcome),
    ("save", Shows::Outcome),
    ("bring", Shows::Outcome),
    ("update", Shows::Outcome),
    ("link", Shows::Outcome),
    ("import", Shows::Outcome),
    ("merge", Shows::Outcome),
    ("aggregate", Shows::Outcome),
    ("undo", Shows::Outcome),
    ("forget", Shows::Outcome),
    ("redact", Shows::Outcome),
    ("index", Shows::Outcome),
    ("add_mirror", Shows::Outcome),
    ("sync_mirrors", Shows::Outcome),
    ("remove_mirror", Shows::Outcome),
    ("merge_projects", Shows::Outcome),
    ("pause", Shows::Outcome),
    ("hush", Shows::Outcome),
    ("resume", Shows::Outcome),
    ("backup", Shows::Outcome),
    ("rebuild", Shows::Outcome),
    ("shutdown", Shows::Outcome),
];

/// What of the asker's own has to be in an answer, for silence leaks nothing either.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Own {
    /// Everything that came in, by whatever way; but for keywords, which are shown only with the whole memory.
    All,
    /// This word.
    Word(String),
    /// Something.
    Some,
    /// Nothing need be.
    Perhaps,
}

/// What one way to read showed.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) operation: &'static str,
    pub(crate) how: String,
    pub(crate) text: String,
    pub(crate) own: Own,
}

/// Who asks: a project with whom it must never hear of.
pub(crate) struct Asker<'a> {
    pub(crate) world: &'a World,
    pub(crate) side: &'a Side,
    /// Those that it was merged with.
    pub(crate) merged: Vec<&'a Side>,
    pub(crate) others: Vec<&'a Side>,
}

impl Asker<'_> {
    /// All of it.
    pub(crate) fn reads(&self) -> Vec<Seen> {
        let mut seen = self.api();
        seen.extend(self.commands());
        seen.extend(crate::leak_mcp::reads(self));
        seen.extend(self.hooks());
        seen.extend(self.classes());
        seen.extend(self.ledger());
        seen
    }

    /// The operations that take a scope, by each form of it.
    pub(crate) fn api(&self) -> Vec<Seen> {
        let (dir, name) = (&self.side.dir, self.side.name);
        let elsewhere = &self.others[0].dir;
        let scopes = [json!({ "cwd": dir }), json!({ "project": dir }), json!({ "project": name, "cwd": elsewhere })];
        let mut seen = Vec::new();
        for scope in &scopes {
            self.searches(scope, &mut seen);
            self.timelines(scope, &mut seen);
            for task in [json!(null), json!(TOPIC), json!(self.others[0].marker("answered"))] {
                let body = json!({ "scope": scope, "task": task, "max_tokens": 2_000 });
                let text = self.world.post("/v1/context", &body).to_string();
                seen.push(Seen { operation: "context", how: body.to_string(), text, own: Own::Some });
            }
            for closed in [false, true] {
                let body = json!({ "scope": scope, "closed": closed });
                let text = self.world.post("/v1/work", &body).to_string();
                seen.push(Seen {
                    operation: "work",
                    how: body.to_string(),
                    text,
                    own: Own::Word(self.side.marker("planned")),
                });
            }
            for (operation, past) in [("export", false), ("records", true)] {
                let body = json!({ "scope": scope, "include_archived": past, "history": past });
                let page = |after: &Value| {
                    self.world.post(&format!("/v1/{operation}"), &with(body.clone(), &json!({ "cursor": after })))
                };
                let mut pages = vec![page(&Value::Null)];
                while let Some(next) = pages.last().map(|page| page["next"].clone()).filter(|next| !next.is_null()) {
                    pages.push(page(&next));
                }
                seen.push(Seen { operation, how: body.to_string(), text: json!(pages).to_string(), own: Own::All });
            }
        }
        seen
    }

    fn searches(&self, scope: &Value, seen: &mut Vec<Seen>) {
        let mut ask = |fields: Value, own: Own| {
            let body = with(json!({ "scope": scope, "limit": 100 }), &fields);
            // The terms of an explanation are the asker's own words.
            let text = self.world.post("/v1/search", &body)["hits"].to_string();
            seen.push(Seen { operation: "search", how: body.to_string(), text, own });
        };
        for query in [TOPIC, MEANING] {
            for fields in [json!({}), json!({ "explain": true }), json!({ "include_archived": true, "since": 0 })] {
                ask(with(fields, &json!({ "query": query })), Own::Some);
            }
        }
        for kind in Kind::ALL {
            ask(json!({ "query": TOPIC, "kinds": [kind.as_str()], "explain": true }), Own::Perhaps);
        }
        for way in WAYS {
            // Keywords are not searched.
            let own = if way == "remarked" { Own::Perhaps } else { Own::Word(self.side.marker(way)) };
            ask(json!({ "query": self.side.marker(way) }), own);
            for other in &self.others {
                ask(json!({ "query": other.marker(way), "explain": true }), Own::Perhaps);
            }
        }
    }

    fn timelines(&self, scope: &Value, seen: &mut Vec<Seen>) {
        let mut ask = |fields: Value, own: Own| {
            let body = with(json!({ "scope": scope, "limit": 500 }), &fields);
            let text = self.world.post("/v1/timeline", &body).to_string();
            seen.push(Seen { operation: "timeline", how: body.to_string(), text, own });
        };
        ask(json!({}), Own::All);
        ask(json!({ "since": 0 }), Own::All);
        ask(json!({ "session": self.side.told() }), Own::Word(self.side.marker("answered")));
        ask(json!({ "session": format!("{}-wanders", self.side.name) }), Own::Word(self.side.marker("began")));
        for kind in Kind::ALL {
            ask(json!({ "kinds": [kind.as_str()] }), Own::Perhaps);
        }
        for other in &self.others {
            ask(json!({ "session": other.told() }), Own::Perhaps);
            ask(json!({ "session": format!("{}-wanders", other.name) }), Own::Perhaps);
        }
        let found = self.world.post("/v1/search", &json!({ "scope": scope, "query": self.side.marker("answered") }));
        if let Some(id) = found["hits"][0]["id"].as_str() {
            ask(json!({ "around": id }), Own::Word(self.side.marker("answered")));
        }
    }

    /// As people type it, in the project's directory.
    fn commands(&self) -> Vec<Seen> {
        let out = self.world.home.root().join("out");
        let run_in = |args: &[&str]| {
            let mut command = self.world.home.command(args);
            command.current_dir(self.side.inside());
            run(command, b"").ok()
        };
        let mut seen = Vec::new();
        let mut ask = |operation: &'static str, args: &[&str], own: Own| {
            let text = run_in(args);
            seen.push(Seen { operation, how: args.join(" "), text, own });
        };
        let answered = self.side.marker("answered");
        let here = self.side.dir.to_str().unwrap();
        for args in
            [&[][..], &["--explain"], &["--json"], &["--since", "2h"], &["--limit", "100"], &["--project", here]]
        {
            ask("search", &[&["search", TOPIC], args].concat(), Own::Some);
        }
        ask("search", &["search", "--kind", "answer", &answered], Own::Word(answered.clone()));
        ask("search", &["search", MEANING, "--limit", "100", "--explain"], Own::Some);
        for other in &self.others {
            ask("search", &["search", &other.marker("answered"), "--explain"], Own::Perhaps);
        }
        ask("work", &["work", "--closed"], Own::Some);
        for args in [&["timeline", "--limit", "500", "--json"][..], &["timeline", "--limit", "500"]] {
            ask("timeline", args, if args.len() == 4 { Own::All } else { Own::Perhaps });
        }
        let _ = std::fs::remove_dir_all(&out);
        ask("export", &["export", "markdown", out.to_str().unwrap()], Own::Perhaps);
        seen.push(Seen { operation: "export", how: "the files".into(), text: files(&out), own: Own::All });
        for format in ["jsonl", "html"] {
            let out = self.world.home.root().join("out").join(format);
            run_in(&["export", format, out.to_str().unwrap()]);
            let text = std::fs::read_to_string(&out).unwrap();
            seen.push(Seen { operation: "records", how: format!("export {format}"), text, own: Own::All });
        }
        seen
    }

    /// What is kept of what hooks put before an agent; written a moment after they are answered.
    fn ledger(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        let (dir, name) = (&self.side.dir, self.side.name);
        let hushed =
            self.world.post("/v1/search", &json!({ "scope": { "cwd": dir }, "query": self.side.marker("noted") }));
        let hushed = json!({ "id": hushed["hits"][0]["id"], "scope": { "cwd": dir } });
        self.world.post("/v1/hush", &hushed);
        for scope in [json!({ "cwd": dir }), json!({ "project": dir }), json!({ "project": name })] {
            for (operation, fields) in
                [("shown", json!({ "limit": 500 })), ("usage", json!({ "top": 100 })), ("hushed", json!({}))]
            {
                let body = with(json!({ "scope": scope }), &fields);
                let path = format!("/v1/{operation}");
                let text = until("it is written", || {
                    let text = self.world.post(&path, &body).to_string();
                    text.contains(self.side.stem).then_some(text)
                });
                seen.push(Seen { operation, how: body.to_string(), text, own: Own::Some });
            }
            for other in &self.others {
                let body = json!({ "scope": scope, "session": other.told() });
                let text = self.world.post("/v1/shown", &body).to_string();
                seen.push(Seen { operation: "shown", how: body.to_string(), text, own: Own::Perhaps });
            }
        }
        self.world.post("/v1/hush", &with(hushed, &json!({ "undo": true })));
        seen
    }

    /// What hooks put before an agent.
    fn hooks(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut ask = |event: &str, fields: Value, own: Own| {
            let text = self.world.hook(self.side, event, &fields);
            seen.push(Seen { operation: "hook", how: format!("{event} {fields}"), text, own });
        };
        for source in ["startup", "clear", "compact"] {
            let own = if source == "compact" { Own::Perhaps } else { Own::Some };
            ask("SessionStart", json!({ "source": source }), own);
        }
        // A subagent's prompt is answered and not kept: what is asked here must not be found later.
        let prompt = |text: &str| json!({ "prompt": text, "agent_id": "a1" });
        ask("UserPromptSubmit", prompt(&format!("why does the {TOPIC}?")), Own::Some);
        ask("UserPromptSubmit", prompt(MEANING), Own::Perhaps);
        ask("UserPromptSubmit", prompt(&self.side.marker("answered")), Own::Word(self.side.marker("answered")));
        let edit = |file: &Path| json!({ "tool_name": "Edit", "tool_input": { "file_path": file, "old_string": "flush(queue)", "new_string": "x" } });
        for file in [FILE, READ_FILE] {
            ask("PreToolUse", edit(Path::new(file)), Own::Some);
            ask("PreToolUse", edit(&self.side.dir.join(file)), Own::Some);
        }
        for other in &self.others {
            ask("UserPromptSubmit", prompt(&other.marker("answered")), Own::Perhaps);
            ask("PreToolUse", edit(&other.dir.join(FILE)), Own::Perhaps);
            ask("PreToolUse", edit(&other.dir.join(READ_FILE)), Own::Perhaps);
        }
        seen
    }
}

/// `base` with more fields.
fn with(mut base: Value, fields: &Value) -> Value {
    base.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap_or_default());
    base
}

/// All memory files of `dir` as one text.
pub(crate) fn files(dir: &Path) -> String {
    crate::files::files(dir).into_values().collect()
}
