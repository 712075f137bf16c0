//! Memories that not everybody sees at all times: a class each, and which way to read may show it.
//! It must not know how a rule is kept, only what may be seen.
//! Invariant: whoever shows the memories of a scope has a row for each door, or nothing is asserted and the test fails.

use serde_json::{Value, json};

use crate::leak_reads::{Asker, OPERATIONS, Own, Seen, Shows};
use crate::leak_world::{Side, TOPIC, World};
use crate::mcp_shim::Shim;

/// What a memory is that not everybody sees. A new class is a line here, one in [`World::fill_classes`] and its name in the
/// rows of [`MAY`] that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Archived,
    Superseded,
    /// A summary stands for it.
    Aggregated,
    /// It held once.
    Expired,
    /// For a person's eyes.
    Private,
    /// Private too, of a file that is at hand.
    PrivateOfFile,
    /// Private too: something to be done.
    PrivateWork,
    /// On a branch that nobody has checked out.
    Branch,
    /// For a session that is another than any asker's.
    Session,
    /// Of [`SCOPED_FILE`].
    File,
}

use Class::{Aggregated, Archived, Branch, Expired, File, Private, PrivateOfFile, PrivateWork, Session, Superseded};

/// Every class with the end of its word; no word is the beginning of another.
pub(crate) const CLASSES: [(Class, &str); 10] = [
    (Archived, "shelved"),
    (Superseded, "outdone"),
    (Aggregated, "gathered"),
    (Expired, "lapsed"),
    (Private, "secretive"),
    (PrivateOfFile, "whispered"),
    (PrivateWork, "covert"),
    (Branch, "branched"),
    (Session, "sessional"),
    (File, "located"),
];

/// A file that a note is for; no transcript tells of it.
pub(crate) const SCOPED_FILE: &str = "src/ledger_scope.rs";

/// By which door, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Commands and the API: a person.
    Person,
    /// An agent that searches.
    Mcp,
    /// An agent that names a memory by its id: it had it from somewhere.
    ById,
    /// An agent that is told unasked, or an agent's pack.
    Told,
}

/// Every class.
const EVERY: [Class; 10] =
    [Archived, Superseded, Aggregated, Expired, Private, PrivateOfFile, PrivateWork, Branch, Session, File];

/// What may be seen by default, by operation and door. What is hidden may be where it is asked for ([`may`]).
const MAY: [(&str, Door, &[Class]); 20] = [
    ("search", Door::Person, &[Private, PrivateOfFile, PrivateWork, Branch, Session, File]),
    ("search", Door::Mcp, &[Branch, Session, File]),
    ("timeline", Door::Person, &[Private, PrivateOfFile, PrivateWork, Branch, Session, File]),
    ("timeline", Door::Mcp, &[Branch, Session, File]),
    // What is taken out takes what does not hold now along.
    ("export", Door::Person, &[Expired, Branch, Session, File]),
    ("records", Door::Person, &[Expired, Branch, Session, File]),
    // What agents were shown, and what is kept from them: told to a person, who may see all of it.
    ("shown", Door::Person, &EVERY),
    ("usage", Door::Person, &EVERY),
    ("hushed", Door::Person, &EVERY),
    ("why", Door::Person, &EVERY),
    ("work", Door::Person, &[PrivateWork]),
    ("context", Door::Told, &[]),
    ("hook", Door::Told, &[]),
    // What sessions say that they do, and where; never what is remembered.
    ("agents", Door::Person, &[]),
    ("agents", Door::Mcp, &[]),
    // Whoever names a memory by its id means that one.
    ("show", Door::Person, &EVERY),
    ("history", Door::Person, &EVERY),
    ("thread", Door::Person, &EVERY),
    ("search", Door::ById, &[Archived, Superseded, Aggregated, Expired, Branch, Session, File]),
    ("timeline", Door::ById, &[Archived, Superseded, Aggregated, Expired, Branch, Session, File]),
];

impl Side {
    /// The word of a memory of this class.
    pub(crate) fn word(&self, class: Class) -> String {
        let (_, end) = CLASSES.iter().find(|(one, _)| *one == class).unwrap();
        format!("{}{end}", self.stem)
    }
}

impl World {
    /// Saves a memory of each class in `side`.
    pub(crate) fn fill_classes(&self, side: &Side) {
        let says = |word: &str| {
            format!("The payment retry queue stalls before the ledger flush, because the flush holds its lock: {word}.")
        };
        let save = |text: String, fields: Value| -> String {
            let mut body = json!({ "text": text, "cwd": side.dir });
            body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            let saved = self.post("/v1/memories", &body);
            assert!(["stored", "superseded"].contains(&saved["outcome"].as_str().unwrap()), "{saved}");
            saved["id"].as_str().unwrap().to_owned()
        };
        let file = format!("file:{SCOPED_FILE}");
        for (class, _) in CLASSES {
            let text = says(&side.word(class));
            match class {
                Archived => {
                    let id = save(text, json!({}));
                    self.home.json(&["update", &id, "--archive"]);
                }
                Superseded => {
                    let old = save(text, json!({}));
                    save(says(&format!("{}instead", side.stem)), json!({ "supersedes": old }));
                }
                Aggregated => {
                    let id = save(text, json!({}));
                    let summary = says(&format!("{}summary", side.stem));
                    let made = self.post("/v1/aggregate", &json!({ "ids": [id], "text": summary }));
                    assert_eq!(made["outcome"], "aggregated", "{made}");
                }
                Expired => drop(save(text, json!({ "valid_to": 1_000 }))),
                Private => drop(save(text, json!({ "private": true, "kind": "decision" }))),
                PrivateWork => drop(save(text, json!({ "private": true, "kind": "work_item" }))),
                PrivateOfFile => drop(save(text, json!({ "private": true, "applies_to": file }))),
                Branch => drop(save(text, json!({ "applies_to": "branch:elsewhere" }))),
                Session => drop(save(text, json!({ "applies_to": "session:somebody" }))),
                File => drop(save(text, json!({ "applies_to": file }))),
            }
        }
    }
}

/// The door by which something was seen.
fn door(seen: &Seen) -> Door {
    match seen.operation {
        "hook" | "context" => Door::Told,
        _ if is_by_id(&seen.how) => Door::ById,
        _ if seen.how.starts_with("mcp ") => Door::Mcp,
        _ => Door::Person,
    }
}

/// Whether a memory is hidden where nobody asks for what is.
fn is_hidden(class: Class) -> bool {
    matches!(class, Archived | Superseded | Aggregated | Expired)
}

/// Whether an agent named ids.
fn is_by_id(how: &str) -> bool {
    let tools = ["memory_get", "memory_history", "memory_update", "memory_save", "fetch"];
    tools.iter().any(|tool| how.starts_with(&format!("mcp {tool} ")) || how == format!("mcp {tool}"))
        || how.starts_with("mcp memory_timeline ") && how.contains("\"anchor\"")
}

/// Whether `seen` may show a memory of `class`.
fn may(seen: &Seen, class: Class) -> bool {
    let door = door(seen);
    let asks_for = |words: &[&str]| words.iter().any(|word| seen.how.contains(word));
    let row = MAY.iter().find(|(operation, by, _)| *operation == seen.operation && *by == door);
    let (_, _, shown) =
        row.unwrap_or_else(|| panic!("{} by {door:?} has no row: say what it may show", seen.operation));
    shown.contains(&class)
        || is_hidden(class) && asks_for(&["\"include_archived\":true", "--include-archived"])
        || matches!(class, Private | PrivateOfFile | PrivateWork)
            && asks_for(&["\"include_private\":true", "--include-private"])
        || class == File && door == Door::Told && asks_for(&["ledger_scope.rs"])
}

/// Holds what was seen against what of the classes may be.
#[track_caller]
pub(crate) fn check(when: &str, asker: &Asker<'_>, seen: &Seen) {
    for side in asker.merged.iter().copied().chain([asker.side]) {
        for (class, _) in CLASSES {
            let Seen { operation, how, text, .. } = seen;
            let is_there = text.contains(&side.word(class)) && !is_echoed(seen, &side.word(class));
            assert!(
                !is_there || may(seen, class),
                "{when}: {} asked {operation} {how} and is shown what is {class:?}:\n{text}",
                asker.side.name
            );
        }
    }
    for other in &asker.others {
        let path = other.dir.to_str().unwrap();
        // What its own sessions asked is told, and they asked about files of the others.
        let names = seen.text.contains(path) && !seen.how.contains(path) && seen.operation != "shown";
        assert!(
            !names,
            "{when}: {} asked {} {} and is told where {} lies:\n{}",
            asker.side.name, seen.operation, seen.how, other.name, seen.text
        );
    }
}

/// Whether an answer holds a word because the question did.
fn is_echoed(seen: &Seen, word: &str) -> bool {
    seen.how.starts_with("mcp prompts/get") && seen.how.contains(word)
}

/// Every operation that shows memories says what it may show of each class.
pub(crate) fn check_rows() {
    for (name, _) in OPERATIONS.iter().filter(|(_, shows)| matches!(shows, Shows::Scope | Shows::Named)) {
        assert!(MAY.iter().any(|(operation, ..)| operation == name), "{name} has no row in MAY: say what it may show");
    }
}

impl Asker<'_> {
    /// Each class asked for by its own word, by every door: what may be shown has to be, or the rest would prove nothing.
    pub(crate) fn classes(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        let scope = json!({ "cwd": self.side.dir });
        let mut shim = Shim::open_in(&self.world.home, &self.side.inside());
        for (class, _) in CLASSES {
            let word = self.side.word(class);
            let mut add = |operation: &'static str, how: String, text: String, must: bool| {
                let own = if must { Own::Word(word.clone()) } else { Own::Perhaps };
                let one = Seen { operation, how, text, own };
                assert!(!must || may(&one, class), "{one:?} must not show {class:?}");
                seen.push(one);
            };
            let is_hidden = is_hidden(class);
            let is_private = matches!(class, Private | PrivateOfFile | PrivateWork);
            for asks in [json!({}), json!({ "include_archived": true, "explain": true })] {
                let mut body = json!({ "query": word, "scope": scope, "limit": 100 });
                body.as_object_mut().unwrap().extend(asks.as_object().unwrap().clone());
                let hits = self.world.post("/v1/search", &body)["hits"].clone();
                let everything = asks["include_archived"] == true;
                add("search", body.to_string(), hits.to_string(), everything || !is_hidden);
                let given = json!({ "query": word, "include_archived": everything });
                let text = shim.tool("memory_search", &given).to_string();
                add("search", format!("mcp memory_search {given}"), text, !is_private && (everything || !is_hidden));
            }
            let body = json!({ "query": word, "scope": scope, "include_archived": true });
            let reply = self.world.post("/v1/search", &body);
            let hits = reply["hits"].clone();
            let own = hits.as_array().unwrap().iter().find(|hit| hit["text"].as_str().unwrap().contains(&word));
            let Some(own) = own else {
                // While the index is made anew a search misses things, and says so.
                assert!(reply["fallback"].is_string(), "{class:?} is not found by {word}: {hits}");
                continue;
            };
            let id = own["id"].as_str().unwrap();
            for (tool, given) in [
                ("memory_get", json!({ "ids": [id], "before": 5, "after": 5 })),
                ("memory_history", json!({ "id": id })),
                ("fetch", json!({ "id": id })),
                ("memory_timeline", json!({ "anchor": id })),
                ("memory_update", json!({ "id": id, "append": "more", "if_revision": 77 })),
                ("memory_save", json!({ "content": "nothing", "supersedes": id, "kind": "no kind" })),
            ] {
                let text = shim.tool(tool, &given).to_string();
                let shows = matches!(tool, "memory_get" | "memory_history" | "fetch");
                add("search", format!("mcp {tool} {given}"), text, shows && !is_private);
            }
            let body = json!({ "scope": scope, "task": word });
            add("context", body.to_string(), self.world.post("/v1/context", &body)["text"].to_string(), false);
            let asks = format!("why does the {TOPIC}, {word}");
            for said in [asks.clone(), format!("{asks} in {SCOPED_FILE}")] {
                let prompt = json!({ "prompt": said, "agent_id": "a1" });
                let text = self.world.hook(self.side, "UserPromptSubmit", &prompt);
                let is_at_hand = class == File && said != asks;
                add("hook", format!("UserPromptSubmit {prompt}"), text, is_at_hand);
            }
            let mut pages = String::new();
            let mut body = json!({ "scope": scope, "include_private": true });
            loop {
                let page = self.world.post("/v1/export", &body);
                pages.push_str(&page.to_string());
                body["cursor"] = page["next"].clone();
                if body["cursor"].is_null() {
                    break;
                }
            }
            add("export", body.to_string(), pages, !is_hidden || class == Expired);
        }
        let edit = json!({ "tool_name": "Edit", "tool_input": { "file_path": SCOPED_FILE, "old_string": "a", "new_string": "x" } });
        let text = self.world.hook(self.side, "PreToolUse", &edit);
        seen.push(Seen { operation: "hook", how: format!("PreToolUse {edit}"), text, own: Own::Some });
        seen
    }
}
