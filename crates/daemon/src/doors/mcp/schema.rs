//! JSON Schemas of arguments and answers, plain enough for every client: no references, no nulls, no Rust widths.
//! It must not know which types there are.
//! Invariant: the same type gives the same schema, byte for byte.

use rmcp::model::JsonObject;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// The schema of what is read.
pub(super) fn input<T: JsonSchema>() -> JsonObject {
    made::<T>(SchemaSettings::draft2020_12())
}

/// The schema of what is answered.
pub(super) fn output<T: JsonSchema>() -> JsonObject {
    made::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn made<T: JsonSchema>(mut settings: SchemaSettings) -> JsonObject {
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let settings = settings.with_transform(Plain);
    let mut object = settings.into_generator().into_root_schema_for::<T>().to_value();
    let object = object.as_object_mut().map(std::mem::take).unwrap_or_default();
    // A name of ours tells a model nothing.
    object.into_iter().filter(|(key, _)| key != "title").collect()
}

/// Takes out what only Rust means.
#[derive(Debug, Clone)]
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        object.remove("format");
        // Comments are wrapped for us; a model pays for each line's end.
        if let Some(Value::String(words)) = object.get_mut("description") {
            *words = words.replace('\n', " ");
        }
        if object.get("default").is_some_and(Value::is_null) {
            object.remove("default");
        }
        // What may be left out is never null.
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|of| of != "null");
            if let [one] = types.as_slice() {
                let one = one.clone();
                object.insert("type".to_owned(), one);
            }
        }
        if let Some(Value::Array(forms)) = object.get_mut("anyOf") {
            forms.retain(|form| form.get("type") != Some(&Value::from("null")));
            if let [Value::Object(one)] = forms.as_slice() {
                let one = one.clone();
                object.remove("anyOf");
                for (key, value) in one {
                    object.entry(key).or_insert(value);
                }
            }
        }
    }
}
