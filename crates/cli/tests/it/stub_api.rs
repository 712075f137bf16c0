//! A stand-in for the model's API: takes every message and answers with one sentence, streamed where asked.
//! It must not know quipu; it keeps what it was sent for the test to read.
//! Invariant: listens on loopback only, on a port of the system's choice; ends with the process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// The server.
pub(crate) struct StubApi {
    port: u16,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl StubApi {
    /// Starts it; every message is answered with `sentence`.
    pub(crate) fn start(sentence: &'static str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = log.clone();
                std::thread::spawn(move || serve(stream, sentence, &log));
            }
        });
        Self { port, asked }
    }

    /// Where clients find it.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The bodies of all messages so far.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

/// Answers the requests of one connection until it closes.
fn serve(stream: TcpStream, sentence: &str, log: &Mutex<Vec<Value>>) {
    let mut reader = BufReader::new(stream);
    while let Some((line, body)) = request(&mut reader) {
        let answer = match serde_json::from_slice::<Value>(&body) {
            Ok(message) if line.contains("/v1/messages") && message.get("messages").is_some() => {
                let streamed = message["stream"] == true;
                log.lock().unwrap().push(message);
                if streamed { events(sentence) } else { plain(&whole(sentence)) }
            }
            _ => plain(&json!({})),
        };
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Request line and body; `None` at the end of the connection.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|n| *n > 0)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok().filter(|n| *n > 0)?;
        match header.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, body))
}

fn plain(body: &Value) -> String {
    http("application/json", &body.to_string())
}

fn http(kind: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn whole(sentence: &str) -> Value {
    json!({
        "id": "msg_stub", "type": "message", "role": "assistant", "model": "stub", "stop_reason": "end_turn",
        "stop_sequence": null, "content": [{ "type": "text", "text": sentence }],
        "usage": { "input_tokens": 5, "output_tokens": 9 }
    })
}

/// The same answer as server-sent events.
fn events(sentence: &str) -> String {
    let start = json!({ "id": format!("msg_{}", uuid()), "type": "message", "role": "assistant", "model": "stub",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 5, "output_tokens": 1 } });
    let all = [
        json!({ "type": "message_start", "message": start }),
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": sentence } }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null },
            "usage": { "output_tokens": 9 } }),
        json!({ "type": "message_stop" }),
    ];
    let lines = all.iter().map(|event| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or("")));
    http("text/event-stream", &lines.collect::<String>())
}

/// Each message has an id of its own, as the real API's do.
fn uuid() -> String {
    quipu_protocol::new_event_id().to_string()
}
