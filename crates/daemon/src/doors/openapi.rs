//! The API as an OpenAPI 3.1 document, made from the table of operations and the types that travel.
//! It must not know what an operation does.
//! Invariant: the same build gives the same bytes; `docs/openapi.json` is this document, and a test holds it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use quipu_protocol::fault::Fault;
use quipu_protocol::wire::events::EventView;
use quipu_protocol::{EVENT_HEADER, MODE_HEADER, PROTOCOL, PROTOCOL_HEADER, REQUEST_HEADER};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::events;
use super::reply::JSON;
use super::routes::{Effect, Gives, Operation, Shape, operations};

/// Faults that every operation may give, by status.
const COMMON: [(u16, &str); 12] = [
    (400, "bad_request, bad_event_id, bad_revision, bad_body; over loopback bad_path, token_in_url"),
    (401, "over loopback: no_token, wrong_token"),
    (403, "over loopback: wrong_host, wrong_origin, cross_site"),
    (405, "method_not_allowed"),
    (408, "too_slow"),
    (409, "protocol_mismatch, event_id_taken"),
    (413, "body_too_large"),
    (414, "path_too_long"),
    (415, "over loopback: not_json"),
    (429, "too_many_requests, busy"),
    (500, "panic, store: ours, and in the log under the request's name"),
    (503, "draining, read_only, corrupt, disk_full, not_owner: not now, for the reason given"),
];

/// The document.
pub(super) fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(make);
    &DOCUMENT
}

fn make() -> Value {
    let settings = || SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
    // What is sent may leave out what is given back in full.
    let mut given = SchemaGenerator::new(settings().for_serialize());
    let mut taken = SchemaGenerator::new(settings().for_deserialize());
    let fault = given.subschema_for::<Fault>();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations() {
        let method = operation.method.as_str().to_ascii_lowercase();
        let described = describe(operation, &mut given, &mut taken, &fault.clone().to_value());
        paths.entry(operation.path).or_default().insert(method, described);
    }
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    for (name, schema) in taken.take_definitions(true).into_iter().chain(given.take_definitions(true)) {
        schemas.insert(name, schema);
    }
    schemas.values_mut().for_each(pairs);
    let fault = fault.to_value();
    let responses: BTreeMap<String, Value> =
        COMMON.iter().map(|(status, codes)| (status.to_string(), refused(*status, codes, &fault))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "quipu",
            "version": PROTOCOL.to_string(),
            "description": "One memory and one meeting place for every coding agent on a machine. The same API is served \
                over a Unix socket (who connects is known: no token) and, where `http.enabled` is set, over loopback. \
                Fields are only ever added. See docs/http.md.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" }
        },
        "servers": [{
            "url": "http://127.0.0.1:{port}",
            "description": "`http.json` in the data directory has port and token while it is served",
            "variables": { "port": { "default": "0" } }
        }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": shared_headers(),
            "responses": responses,
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer", "description": "`quipu http token` prints it; over the socket there is none"
            } }
        }
    })
}

/// Says what a pair is in words that every reader of OpenAPI knows: few understand `prefixItems`.
fn pairs(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::Array(mut parts)) = fields.remove("prefixItems") {
                parts.dedup();
                let only = (parts.len() == 1).then(|| parts.swap_remove(0));
                fields.insert("items".to_owned(), only.unwrap_or_else(|| json!({ "anyOf": parts })));
            }
            fields.values_mut().for_each(pairs);
        }
        Value::Array(items) => items.iter_mut().for_each(pairs),
        _ => {}
    }
}

fn describe(operation: &Operation, given: &mut SchemaGenerator, taken: &mut SchemaGenerator, fault: &Value) -> Value {
    let mut described = json!({
        "operationId": operation.name,
        "summary": operation.about,
        "parameters": parameters(operation, taken),
        "responses": responses(operation, given, fault),
    });
    if let Some(shape) = operation.takes {
        let schema = shape(taken).to_value();
        described["requestBody"] = json!({ "required": true, "content": { JSON: { "schema": schema } } });
    }
    described
}

fn parameters(operation: &Operation, taken: &mut SchemaGenerator) -> Vec<Value> {
    let mut all = Vec::new();
    if let Some((_, rest)) = operation.path.split_once('{') {
        let schema = json!({ "type": "string", "pattern": "^[A-Za-z0-9._~:-]+$", "minLength": 1, "maxLength": 512 });
        let name = rest.trim_end_matches('}');
        all.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }
    if let Some(shape) = operation.asks {
        all.extend(query(shape, taken));
    }
    all.push(json!({
        "name": REQUEST_HEADER, "in": "header", "description": "A name for this request, in the reply and in the log; made \
            where there is none, or none of this form.",
        "schema": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" }
    }));
    if operation.gives.is_stream() {
        all.push(json!({
            "name": "Last-Event-ID", "in": "header", "description": "The id of the last event that was seen: those after it \
                come first, or `reset` where they are not known any more.",
            "schema": { "type": "string", "pattern": "^[0-9]{1,18}-[0-9]{1,18}$" }
        }));
    }
    if operation.effect == Effect::Writes {
        all.push(json!({
            "name": EVENT_HEADER, "in": "header", "description": "The id of this write, made before its first try: sent \
                again, the first outcome is given and nothing is done twice.",
            "schema": { "type": "string", "format": "uuid" }
        }));
    }
    if matches!(operation.gives, Gives::Memory(_)) {
        let (name, what) = match operation.effect {
            Effect::Reads => ("If-None-Match", "The revision that the asker has: 304 where it is still that."),
            Effect::Writes => ("If-Match", "The revision that the asker has seen: 412 where it is another one by now."),
        };
        all.push(json!({
            "name": name, "in": "header", "description": what,
            "schema": { "type": "string", "pattern": "^\"[0-9]{1,9}\"$" }
        }));
    }
    all
}

/// Each field of a flat type as a parameter.
fn query(shape: Shape, taken: &mut SchemaGenerator) -> Vec<Value> {
    // By itself: a type that is only asked with is no schema of its own.
    let mut alone = SchemaGenerator::new(taken.settings().clone().with(|s| s.inline_subschemas = true));
    let schema = shape(&mut alone).to_value();
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let about = schema.as_object_mut().and_then(|schema| schema.remove("description")).unwrap_or_default();
        json!({ "name": name, "in": "query", "required": false, "description": about, "schema": schema })
    };
    fields.into_iter().map(parameter).collect()
}

/// What is the same in many places, once.
fn shared_headers() -> Value {
    let string = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    let modes = ["owner", "standby", "readonly", "draining"];
    json!({
        REQUEST_HEADER: string("The request's name."),
        PROTOCOL_HEADER: { "schema": { "type": "string", "const": PROTOCOL.to_string() } },
        MODE_HEADER: { "schema": { "type": "string", "enum": modes } },
        "Retry-After": { "description": "Seconds.", "schema": { "type": "string", "pattern": "^[0-9]+$" } },
        "WWW-Authenticate": string("`Bearer`"),
        "Allow": string("The methods that the path takes."),
        "ETag": string("The memory's revision."),
    })
}

/// The headers of an answer with `status`.
fn headers(status: u16, more: &[&str]) -> Value {
    let own: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        405 => &["Allow"],
        429 | 503 => &["Retry-After"],
        _ => &[],
    };
    let all = [REQUEST_HEADER, PROTOCOL_HEADER, MODE_HEADER].iter().chain(own).chain(more);
    let named = all.map(|name| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") })));
    Value::Object(named.collect())
}

fn refused(status: u16, codes: &str, fault: &Value) -> Value {
    json!({ "description": codes, "headers": headers(status, &[]), "content": { JSON: { "schema": fault } } })
}

fn responses(operation: &Operation, given: &mut SchemaGenerator, fault: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    for (status, _) in COMMON {
        all.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    for (status, codes) in operation.faults {
        let common = COMMON.iter().find(|(of, _)| of == status).map_or("", |(_, common)| common);
        let codes = [*codes, common].into_iter().filter(|codes| !codes.is_empty()).collect::<Vec<_>>().join("; ");
        all.insert(status.to_string(), refused(*status, &codes, fault));
    }
    let (content, more): (Value, &[&str]) = match operation.gives {
        Gives::Json(shape) => (json!({ JSON: { "schema": shape(given).to_value() } }), &[]),
        Gives::Memory(shape) => (json!({ JSON: { "schema": shape(given).to_value() } }), &["ETag"]),
        Gives::Text(kind) => (json!({ kind: { "schema": { "type": "string" } } }), &[]),
        Gives::Events => {
            // Named so that it can be looked up: OpenAPI 3.1 has no words for the parts of a stream.
            given.subschema_for::<EventView>();
            (json!({ events::KIND: { "schema": { "type": "string" } } }), &[])
        }
    };
    let headers = headers(200, more);
    if matches!(operation.gives, Gives::Memory(_)) && operation.effect == Effect::Reads {
        all.insert("304".to_owned(), json!({ "description": "It is still that revision.", "headers": headers }));
    }
    all.insert("200".to_owned(), json!({ "description": operation.about, "headers": headers, "content": content }));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the document lies for readers.
    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");

    /// To make the file anew: `QUIPU_WRITE_OPENAPI=1 cargo test --release -p quipu-daemon openapi`.
    #[test]
    fn the_document_is_the_one_in_docs() {
        let mut text = serde_json::to_string_pretty(document()).expect("it is JSON");
        text.push('\n');
        if std::env::var_os("QUIPU_WRITE_OPENAPI").is_some() {
            std::fs::write(GOLDEN, &text).expect("written");
        }
        let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
        assert!(
            golden == text,
            "the API has changed: QUIPU_WRITE_OPENAPI=1 cargo test --release -p quipu-daemon openapi"
        );
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = document().to_string();
        for reference in text.split("\"$ref\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document().pointer(&reference[1..]).is_some(), "{reference}");
        }
    }
}
