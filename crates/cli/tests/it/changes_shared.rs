//! Changes of one memory by several at once, and from another project: over the socket, as an agent's door asks.
//! It must not know the command line.
//! Invariant: of those who mean the same revision one wins; who names another project finds nothing.

use quipu_protocol::client::Request;
use quipu_protocol::new_event_id;
use serde_json::{Value, json};

use crate::support::Home;

/// Changes `id`; status and body.
fn patch(home: &Home, id: &str, body: &Value) -> (u16, Value) {
    let path = format!("/v1/memories/{id}");
    let response = home.request(&Request::patch(&path, body).event(new_event_id())).unwrap();
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

fn save(home: &Home, body: &Value) -> (u16, Value) {
    let response = home.request(&Request::post("/v1/memories", body).event(new_event_id())).unwrap();
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

fn saved(home: &Home, body: &Value) -> String {
    let (status, reply) = save(home, body);
    assert_eq!((status, &reply["outcome"]), (200, &json!("stored")), "{reply}");
    reply["id"].as_str().unwrap().to_owned()
}

#[test]
fn of_those_who_mean_the_same_revision_one_wins() {
    let home = Home::new();
    home.up();
    let id = saved(&home, &json!({ "text": "take 0" }));
    for round in 1..=5u32 {
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..6)
                .map(|n| {
                    let body = json!({ "text": format!("take {round} of {n}"), "if_revision": round });
                    let (home, id) = (&home, &id);
                    scope.spawn(move || patch(home, id, &body).0)
                })
                .collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
    }
    // Those who do not care all come through.
    let all = std::thread::scope(|scope| {
        let appends: Vec<_> = (0..8)
            .map(|n| {
                let body = json!({ "append": format!("line {n}") });
                let (home, id) = (&home, &id);
                scope.spawn(move || patch(home, id, &body))
            })
            .collect();
        appends.into_iter().all(|one| one.join().unwrap().0 == 200)
    });
    let text = home.json(&["show", &id])["text"].as_str().unwrap().to_owned();
    assert!(all && (0..8).all(|n| text.contains(&format!("line {n}"))), "{text}");
}

#[test]
fn a_repeat_gets_the_first_answer() {
    let home = Home::new();
    home.up();
    let id = saved(&home, &json!({ "text": "take 0" }));
    let (path, event) = (format!("/v1/memories/{id}"), new_event_id());
    let once = || home.request(&Request::patch(&path, &json!({ "append": "take 1" })).event(event)).unwrap().body;
    let first = once();
    patch(&home, &id, &json!({ "append": "take 2" }));
    assert_eq!(once(), first);
    home.quipu(&["down"]).ok();
    home.up();
    assert_eq!(once(), first);
    assert_eq!(home.json(&["show", &id])["text"], "take 0\n\ntake 1\n\ntake 2");
}

#[test]
fn who_stands_in_another_project_changes_nothing_and_hears_nothing() {
    let home = Home::new();
    home.up();
    let [left, right] = ["left", "right"].map(|name| {
        let dir = home.root().join(name);
        std::fs::create_dir(&dir).unwrap();
        std::fs::canonicalize(dir).unwrap()
    });
    let hers = saved(&home, &json!({ "text": "quandor has a ledger", "cwd": left }));
    let his = saved(&home, &json!({ "text": "vexmoor has a ledger", "cwd": right }));
    let everybodys = saved(&home, &json!({ "text": "omnivale has a ledger" }));
    let from_right = |change: Value| {
        let mut body = json!({ "scope": { "cwd": right } });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    let before = home.json(&["history", &hers]);
    for change in [
        json!({ "text": "vexmoor was here" }),
        json!({ "append": "vexmoor was here" }),
        json!({ "pinned": true }),
        json!({ "action": "archive" }),
        json!({ "action": "restore" }),
        json!({ "action": "supersede", "with_id": his }),
        json!({ "pinned": true, "if_revision": 9 }),
        json!({ "kind": "risk", "scope": { "project": "right" } }),
        json!({ "kind": "risk", "scope": { "project": right } }),
    ] {
        let (status, reply) = patch(&home, &hers, &from_right(change.clone()));
        assert_eq!((status, &reply["code"]), (404, &json!("no_such_memory")), "{change}");
        assert!(!reply.to_string().contains("quandor"), "{reply}");
    }
    // Nor may what is seen be hidden behind what is not.
    let behind = from_right(json!({ "action": "supersede", "with_id": hers }));
    assert_eq!(patch(&home, &his, &behind).1["code"], "no_such_memory");
    let (status, reply) = save(&home, &json!({ "text": "vexmoor knows better", "cwd": right, "supersedes": hers }));
    assert!(status == 409 && reply["code"] == "other_project" && !reply.to_string().contains("quandor"), "{reply}");
    let (_, reply) = save(&home, &json!({ "text": "the ledger of quandor, nearly", "cwd": right }));
    assert!(!reply.to_string().contains(&hers), "what is near is of the same scope: {reply}");
    assert_eq!(home.json(&["history", &hers]), before);
    // Who stands in it, names it, or names no place at all, changes it; what is everybody's anybody may.
    for scope in [json!({ "cwd": left }), json!({ "project": "left" }), json!({ "all": true }), json!({})] {
        let change = json!({ "append": "more", "scope": scope });
        assert_eq!(patch(&home, &hers, &change).0, 200, "{change}");
    }
    assert_eq!(patch(&home, &everybodys, &from_right(json!({ "pinned": true }))).0, 200);
}

#[test]
fn a_request_that_is_none_says_why() {
    let home = Home::new();
    home.up();
    let id = saved(&home, &json!({ "text": "take 0" }));
    for (body, code) in [
        (json!({ "text": "a", "append": "b" }), "contradiction"),
        (json!({ "action": "supersede" }), "no_with_id"),
        (json!({ "action": "archive", "with_id": id }), "contradiction"),
        (json!({ "with_id": id }), "contradiction"),
        (json!({ "action": "forget" }), "no_such_action"),
        (json!({ "texte": "a" }), "bad_request"),
        (json!({ "if_revision": -1 }), "bad_request"),
        (json!({}), "nothing_asked"),
    ] {
        let (status, reply) = patch(&home, &id, &body);
        assert_eq!((status, &reply["code"]), (400, &json!(code)), "{body}: {reply}");
        assert!(code == "bad_request" || reply["hint"].is_string(), "{reply}");
    }
}
