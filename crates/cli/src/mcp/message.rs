//! What of a JSON-RPC message has to be known to carry it: whether it wants an answer, and what its HTTP headers are.
//! It must not know how it is carried.
//! Invariant: the message itself is never written anew; every line is answered that can have wanted an answer.

use quipu_protocol::FAULT_META;
use quipu_protocol::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It wants an answer.
    Request,
    /// It wants none.
    Notification,
    /// It answers something.
    Response,
}

/// What is known of one.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) id: Value,
    pub(super) method: String,
    /// The revision that it names itself (2026-07-28 and later).
    pub(super) version: Option<String>,
    /// The tool, prompt or resource that it is about.
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    id: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    params: Option<Params>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Params {
    Named(Named),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "_meta", default)]
    meta: Option<Meta>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    uri: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion", default)]
    version: Option<String>,
}

impl Message {
    /// Reads a line; what cannot be carried is answered with the error.
    pub(super) fn read(line: &[u8]) -> Result<Self, Vec<u8>> {
        let wire: Wire = match serde_json::from_slice(line) {
            Ok(wire) => wire,
            // A list of messages is JSON, and was a message once (2025-03-26).
            Err(_) if line.first() == Some(&b'[') => {
                return Err(error(&Value::Null, -32600, "batches are not taken: send one message a line", None));
            }
            Err(cause) => {
                return Err(error(&Value::Null, -32700, &format!("this line is no JSON-RPC message: {cause}"), None));
            }
        };
        let kind = match (&wire.id, &wire.method) {
            (Some(_), Some(_)) => Kind::Request,
            (None, Some(_)) => Kind::Notification,
            (Some(_), None) => Kind::Response,
            (None, None) => return Err(error(&Value::Null, -32600, "a message has a `method` or an `id`", None)),
        };
        let params = match wire.params {
            Some(Params::Named(named)) => named,
            Some(Params::Other(_)) | None => Named { meta: None, name: None, uri: None },
        };
        Ok(Self {
            kind,
            id: wire.id.unwrap_or(Value::Null),
            method: wire.method.unwrap_or_default(),
            version: params.meta.and_then(|meta| meta.version),
            name: params.name.or(params.uri),
        })
    }

    /// The answer where no daemon could be asked. Of a tool a model reads results, and may mend what it reads.
    pub(super) fn failed(&self, fault: &Fault) -> Vec<u8> {
        let cure = fault.hint.as_deref().map(|hint| format!("\nWhat helps: {hint}")).unwrap_or_default();
        let words = format!("{}: {}{cure}", fault.code, fault.message);
        let data = json!({
            "kind": fault.kind, "code": fault.code, "message": fault.message, "hint": fault.hint,
            "retryable": fault.retry_after_ms.is_some(),
        });
        if self.method != "tools/call" {
            return error(&self.id, -32603, &words, Some(data));
        }
        let mut result = json!({
            "content": [{ "type": "text", "text": words }], "isError": true, "_meta": { FAULT_META: data },
        });
        if self.version.is_some() {
            result["resultType"] = Value::from("complete");
        }
        json!({ "jsonrpc": "2.0", "id": self.id, "result": result }).to_string().into_bytes()
    }

    /// The answer where the daemon's was no JSON-RPC.
    pub(super) fn refused(&self, status: u16, body: &[u8]) -> Vec<u8> {
        let words = String::from_utf8_lossy(body);
        error(&self.id, -32600, &format!("refused with status {status}: {}", words.trim()), None)
    }
}

/// The answer to a line that is longer than `most` bytes.
pub(super) fn too_long(most: u64) -> Vec<u8> {
    error(&Value::Null, -32600, &format!("a message is at most {most} bytes long"), None)
}

fn error(id: &Value, code: i32, message: &str, data: Option<Value>) -> Vec<u8> {
    let mut error = json!({ "code": code, "message": message });
    if let Some(data) = data {
        error["data"] = data;
    }
    json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        for (line, kind, method, version, name) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Kind::Request, "ping", None, None),
            (
                r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
                Kind::Notification,
                "notifications/initialized",
                None,
                None,
            ),
            (r#"{"jsonrpc":"2.0","id":"a","result":{}}"#, Kind::Response, "", None, None),
            (
                r#"{"id":1,"method":"tools/call","params":{"name":"memory_get","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
                Kind::Request,
                "tools/call",
                Some("2026-07-28"),
                Some("memory_get"),
            ),
            (
                r#"{"id":1,"method":"resources/read","params":{"uri":"memory://7"}}"#,
                Kind::Request,
                "resources/read",
                None,
                Some("memory://7"),
            ),
            (r#"{"id":1,"method":"x","params":[1,2]}"#, Kind::Request, "x", None, None),
        ] {
            let got = Message::read(line.as_bytes()).unwrap_or_else(|e| panic!("{}", String::from_utf8_lossy(&e)));
            assert_eq!(
                (got.kind, got.method.as_str(), got.version.as_deref(), got.name.as_deref()),
                (kind, method, version, name),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_no_message_is_answered() {
        for (line, code) in
            [("{", -32700), ("nonsense", -32700), ("[]", -32600), ("[1,", -32600), ("{}", -32600), ("3", -32700)]
        {
            let Err(reply) = Message::read(line.as_bytes()) else { panic!("{line} was taken") };
            let reply: Value = serde_json::from_slice(&reply).expect("JSON");
            assert_eq!((&reply["error"]["code"], &reply["id"]), (&Value::from(code), &Value::Null), "{line}");
        }
    }
}
