//! The embedder as other programs meet it: `quipu embed`, `POST /v1/embed`, its limits, and what it says when it is busy.
//! It must not know in which order texts are taken (the queue's own tests do).

use std::sync::atomic::{AtomicBool, Ordering};

use quipu_protocol::client::{Client, Request};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::wire::embed::{DEADLINE_MS, MAX_BYTES, MAX_DEADLINE_MS, MAX_TEXT_BYTES, MAX_TEXTS};
use serde_json::{Value, json};

use crate::support::{HANG, Home, run, until};

fn post(home: &Home, body: &Value) -> (u16, Value) {
    let answer = home.request(&Request::post("/v1/embed", body)).unwrap();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

fn numbers(vector: &Value) -> Vec<f64> {
    vector.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_become_vectors_of_length_one() {
    let home = Home::new();
    home.up();
    assert_eq!(home.json(&["status"])["embedder"]["loaded"], false, "nobody has asked yet");
    let texts = ["remove a folder", "how do I delete a directory", "the price of tomatoes", "…", ""];
    let (status, reply) = post(&home, &json!({ "texts": texts }));
    assert_eq!((status, &reply["dimensions"]), (200, &json!(256)), "{reply}");
    assert!(reply["model"].as_str().unwrap().starts_with("static-256/"), "{reply}");
    let vectors = reply["vectors"].as_array().unwrap();
    assert_eq!((vectors.len(), &vectors[3], &vectors[4]), (5, &Value::Null, &Value::Null));
    let [a, b, c] = [0, 1, 2].map(|n| numbers(&vectors[n]));
    assert!([&a, &b, &c].iter().all(|v| v.len() == 256 && (dot(v, v) - 1.0).abs() < 1e-3));
    assert!(dot(&a, &b) > dot(&a, &c) + 0.1, "{} {}", dot(&a, &b), dot(&a, &c));
    let (status, queries) = post(&home, &json!({ "texts": texts, "kind": "query", "priority": "bulk" }));
    assert!(status == 200 && dot(&numbers(&queries["vectors"][0]), &a) > 0.5, "{queries}");
    assert_eq!(post(&home, &json!({ "texts": [] })).1["vectors"], json!([]));

    let health = home.health().unwrap().embedder;
    assert!(health.loaded && health.answered == 3 && health.texts == 10, "{health:?}");
    assert!(home.quipu(&["status"]).ok().contains("embedder static-256/"));
}

#[test]
fn the_command_reads_arguments_or_lines() {
    let home = Home::new();
    let plain = home.quipu(&["embed", "remove a folder", "…"]).ok();
    let lines: Vec<&str> = plain.lines().collect();
    assert_eq!((lines.len(), lines[0].split(' ').count(), lines[1]), (2, 256, ""), "{plain}");
    let many: String = (0..700).map(|n| format!("line number {n} of a file\n")).collect();
    let piped = run(home.command(&["embed", "--json"]), many.as_bytes()).ok();
    let piped: Vec<Value> = piped.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((piped.len(), &piped[699]["text"]), (700, &json!("line number 699 of a file")));
    let one = home.quipu(&["embed", "--json", "line number 699 of a file"]).json();
    assert_eq!(one, piped[699], "the same text has the same vector, however it came");
    let asked = home.quipu(&["embed", "--json", "--query", "line number 699 of a file"]).json();
    assert_ne!(asked["vector"], one["vector"], "a question is another thing");
    let long = run(home.command(&["embed"]), &vec![b'x'; MAX_TEXT_BYTES + 1]).fails(64);
    assert!(long.contains("line 1 ") && long.contains(&MAX_TEXT_BYTES.to_string()), "{long}");
}

#[test]
fn limits_are_named() {
    let home = Home::new();
    home.up();
    let large = "word ".repeat(MAX_TEXT_BYTES / 5);
    for (body, code, names) in [
        (json!({ "texts": vec!["x"; MAX_TEXTS + 1] }), "too_many_texts", MAX_TEXTS),
        (json!({ "texts": ["fine", "x".repeat(MAX_TEXT_BYTES + 1)] }), "text_too_long", MAX_TEXT_BYTES),
        (json!({ "texts": vec![&large; MAX_BYTES / large.len() + 1] }), "too_many_bytes", MAX_BYTES),
        (json!({ "texts": ["x"], "deadline_ms": 0 }), "bad_deadline", MAX_DEADLINE_MS as usize),
        (json!({ "texts": ["x"], "deadline_ms": MAX_DEADLINE_MS + 1 }), "bad_deadline", MAX_DEADLINE_MS as usize),
        (json!({ "texts": ["x"], "kind": "poem" }), "bad_request", 0),
        (json!({}), "bad_request", 0),
    ] {
        let (status, fault) = post(&home, &body);
        assert_eq!((status, &fault["code"]), (400, &json!(code)), "{fault}");
        assert!(names == 0 || fault["hint"].as_str().unwrap().contains(&names.to_string()), "{fault}");
    }
    let most = json!({ "texts": vec![&large; MAX_BYTES / large.len()], "deadline_ms": 1 });
    let (status, fault) = post(&home, &most);
    assert_eq!((status, &fault["code"]), (503, &json!("embed_timeout")), "{fault}");
    assert!(fault["hint"].as_str().unwrap().contains("deadline_ms"), "{fault}");
    let health = home.health().unwrap().embedder;
    assert_eq!((health.timed_out, health.interactive), (1, 0), "what nobody waits for is dropped");
    assert_eq!(post(&home, &json!({ "texts": ["x y"], "deadline_ms": DEADLINE_MS })).0, 200);
}

/// Bulk beyond the queue is told when to come again; who waits is served meanwhile; everybody is served in the end.
#[test]
fn a_full_lane_says_when_to_come_again_and_holds_up_nobody_else() {
    let home = Home::new();
    home.up();
    let socket = home.owner().socket;
    let text = "a bulk text of several words ".repeat(200);
    let body = json!({ "texts": vec![text; MAX_BYTES / 8_000], "priority": "bulk" });
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                let mut client = Client::new(&socket);
                while !done.load(Ordering::Relaxed) {
                    client.send(&Request::post("/v1/embed", &body), Deadline::within(HANG)).unwrap();
                }
            });
        }
        let refused = until("one is refused", || {
            let answer = home.request(&Request::post("/v1/embed", &body)).unwrap();
            assert!(matches!(answer.status, 200 | 429), "{answer:?}");
            (answer.status == 429).then_some(answer)
        });
        let fault: Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!((refused.header("retry-after"), &fault["code"]), (Some("1"), &json!("embedder_busy")), "{fault}");
        assert!(fault["retry_after_ms"].as_u64().is_some_and(|ms| ms > 0), "{fault}");
        for n in 0..20 {
            let (status, reply) = post(&home, &json!({ "texts": [format!("somebody waits {n}")] }));
            assert_eq!(status, 200, "{reply}");
        }
        // A command comes again by itself, and searches have threads left.
        assert_eq!(run(home.command(&["embed"]), b"a bulk line\n").ok().lines().count(), 1);
        home.json(&["search", "nothing at all"]);
        done.store(true, Ordering::Relaxed);
    });
    let health = home.health().unwrap().embedder;
    assert!(health.refused > 0 && health.timed_out == 0 && health.bulk == 0, "{health:?}");
}
