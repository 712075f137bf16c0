//! A model's arguments made into what a tool takes: other names for the same thing, lists written as text, numbers in quotes.
//! It must not know tools; a tool's schema says what it takes.
//! Invariant: nothing is ignored in silence. What is not understood is named in a warning; what has the wrong form is an error.

use quipu_protocol::fault::{Fault, FaultKind};
use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde_json::{Number, Value};

/// Other names that models and other memories use, and what they mean here.
const ALIASES: [(&str, &str); 42] = [
    ("q", "query"),
    ("question", "query"),
    ("search", "query"),
    ("search_query", "query"),
    ("topic", "query"),
    ("text", "content"),
    ("body", "content"),
    ("note", "content"),
    ("memory", "content"),
    ("message", "body"),
    ("body_text", "body"),
    ("id", "ids"),
    ("memory_id", "ids"),
    ("memory_ids", "ids"),
    ("anchor_id", "anchor"),
    ("around", "anchor"),
    ("n", "limit"),
    ("k", "limit"),
    ("count", "limit"),
    ("num_results", "limit"),
    ("top_k", "limit"),
    ("max_results", "limit"),
    ("after", "since"),
    ("from", "since"),
    ("date_from", "since"),
    ("date_start", "since"),
    ("start_date", "since"),
    ("before", "until"),
    ("date_to", "until"),
    ("date_end", "until"),
    ("end_date", "until"),
    ("type", "kind"),
    ("types", "kind"),
    ("kinds", "kind"),
    ("category", "kind"),
    ("tag", "tags"),
    ("keywords", "tags"),
    ("scope", "project"),
    ("workspace", "project"),
    ("repo", "project"),
    ("cwd", "project"),
    ("token_budget", "max_tokens"),
];
/// Where one name has a second meaning: tried when the tool has no argument of the first.
const SECOND: [(&str, &str); 8] = [
    ("text", "query"),
    ("text", "append"),
    ("message", "content"),
    ("body_text", "content"),
    ("content", "body"),
    ("content", "text"),
    ("memory_id", "id"),
    ("ids", "id"),
];

/// What was given, as `T`, and what has to be said about it.
///
/// # Errors
/// `bad_arguments` for what is missing or has the wrong form.
pub(super) fn read<T: DeserializeOwned>(given: JsonObject, schema: &JsonObject) -> Result<(T, Vec<String>), Fault> {
    let known = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let (mut taken, mut warnings) = (JsonObject::new(), Vec::new());
    let (own, other): (Vec<_>, Vec<_>) = given.into_iter().partition(|(name, _)| known.contains_key(name));
    for (name, value) in own {
        taken.insert(name, value);
    }
    for (name, value) in other {
        match meant(&name, &known) {
            Some(meant) if !taken.contains_key(&meant) => {
                taken.insert(meant, value);
            }
            Some(meant) => warnings.push(format!("`{name}` was ignored: it means `{meant}`, which was given too")),
            None => warnings.push(format!("`{name}` was ignored: this tool takes {}", names(&known))),
        }
    }
    // Said to be nothing is the same as not said.
    taken.retain(|_, value| !value.is_null());
    for (name, value) in &mut taken {
        if let Some(schema) = known.get(name) {
            let was = std::mem::take(value);
            *value = shaped(was, schema);
        }
    }
    let read = serde_json::from_value(Value::Object(taken)).map_err(|error| {
        Fault::new(FaultKind::Caller, "bad_arguments", error.to_string())
            .hint(format!("this tool takes {}", names(&known)))
    })?;
    Ok((read, warnings))
}

/// The argument that a name stands for.
fn meant(name: &str, known: &JsonObject) -> Option<String> {
    let name = snake(name);
    if known.contains_key(&name) {
        return Some(name);
    }
    let all = ALIASES.iter().chain(&SECOND).filter(|(alias, _)| *alias == name);
    all.map(|(_, meant)| (*meant).to_owned()).find(|meant| known.contains_key(meant))
}

/// `maxTokens` and `max-tokens` as `max_tokens`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        out.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    out
}

/// A value in the form that its schema asks for, where that is only a matter of form.
fn shaped(value: Value, schema: &Value) -> Value {
    match (schema.get("type").and_then(Value::as_str), value) {
        (Some("array"), Value::String(text)) => listed(&text),
        (Some("array"), value @ (Value::Number(_) | Value::Bool(_))) => Value::from(vec![value.to_string()]),
        (Some("string"), Value::Array(mut one)) if one.len() == 1 => one.remove(0),
        (Some("string"), value @ (Value::Number(_) | Value::Bool(_))) => Value::from(value.to_string()),
        (Some("integer"), Value::String(text)) => {
            text.trim().parse::<i64>().map_or(Value::String(text), |number| Value::Number(Number::from(number)))
        }
        (Some("integer"), Value::Number(number)) => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15);
            // A model writes 5.0 for 5.
            whole.map_or(Value::Number(number), |float| Value::from(float as i64))
        }
        (Some("boolean"), Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Value::Bool(true),
            "false" | "no" | "0" => Value::Bool(false),
            _ => Value::String(text),
        },
        (_, value) => value,
    }
}

/// `a, b` and `["a","b"]` as the list that they are.
fn listed(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(list @ Value::Array(_)) => list,
        _ => text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect(),
    }
}

fn names(known: &JsonObject) -> String {
    if known.is_empty() {
        return "no arguments".to_owned();
    }
    known.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
