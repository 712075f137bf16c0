//! A stand-in for the model's API: takes every message and answers with one sentence, streamed where asked; before that
//! it may ask for one call of one tool, as a model does.
//! It must not know quipu; it keeps what it was sent for the test to read.
//! Invariant: listens on loopback only, on a port of the system's choice; ends with the process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What the model says.
#[derive(Clone)]
struct Lines {
    sentence: &'static str,
    /// A tool that it calls first, and with what, as soon as it is offered one of that name.
    call: Option<(&'static str, Value)>,
}

/// The server.
pub(crate) struct StubApi {
    port: u16,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl StubApi {
    /// Starts it; every message is answered with `sentence`.
    pub(crate) fn start(sentence: &'static str) -> Self {
        Self::saying(Lines { sentence, call: None })
    }

    /// The same, but that `tool` is called once in each session that offers it.
    pub(crate) fn calling(tool: &'static str, arguments: Value, sentence: &'static str) -> Self {
        Self::saying(Lines { sentence, call: Some((tool, arguments)) })
    }

    fn saying(lines: Lines) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, lines) = (log.clone(), lines.clone());
                std::thread::spawn(move || serve(stream, &lines, &log));
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
fn serve(stream: TcpStream, lines: &Lines, log: &Mutex<Vec<Value>>) {
    let mut reader = BufReader::new(stream);
    while let Some((line, body)) = request(&mut reader) {
        let answer = match serde_json::from_slice::<Value>(&body) {
            Ok(message) if line.contains("/v1/messages") && message.get("messages").is_some() => {
                let streamed = message["stream"] == true;
                let call = lines.call.as_ref().filter(|(tool, _)| streamed && wants(&message, tool));
                log.lock().unwrap().push(message);
                match call {
                    Some((tool, arguments)) => tool_use(tool, arguments),
                    None if streamed => sentence(lines.sentence),
                    None => plain(&whole(lines.sentence)),
                }
            }
            _ => plain(&json!({})),
        };
        if reader.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Whether a message offers `tool` and holds no tool's result yet.
fn wants(message: &Value, tool: &str) -> bool {
    let offers = message["tools"].as_array().is_some_and(|tools| tools.iter().any(|offered| offered["name"] == tool));
    offers && !message["messages"].to_string().contains(r#""type":"tool_result""#)
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
fn sentence(sentence: &str) -> String {
    let delta = json!({ "type": "text_delta", "text": sentence });
    events(&json!({ "type": "text", "text": "" }), &delta, "end_turn")
}

/// A call of a tool, in the same form.
fn tool_use(tool: &str, arguments: &Value) -> String {
    let block = json!({ "type": "tool_use", "id": format!("toolu_{}", uuid()), "name": tool, "input": {} });
    events(&block, &json!({ "type": "input_json_delta", "partial_json": arguments.to_string() }), "tool_use")
}

/// A message of one block.
fn events(block: &Value, delta: &Value, stop_reason: &str) -> String {
    let start = json!({ "id": format!("msg_{}", uuid()), "type": "message", "role": "assistant", "model": "stub",
        "content": [], "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 5, "output_tokens": 1 } });
    let all = [
        json!({ "type": "message_start", "message": start }),
        json!({ "type": "content_block_start", "index": 0, "content_block": block }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": stop_reason, "stop_sequence": null },
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
