//! The memory server that comes with the Model Context Protocol: a graph of entities as lines of JSON, or as one object.
//! It must not know files.
//! Invariant: an entity is one memory, whatever of it is told on which line; its name makes its id.
//!
//! Format: `{"type":"entity","name","entityType","observations":[]}`, `{"type":"relation","from","to","relationType"}`;
//! an older or exported form has `{"entities":[…],"relations":[…]}` without `type`.

use std::collections::BTreeMap;

use quipu_core::hash::named_id;
use quipu_core::kind::Kind;
use serde_json::Value;

use super::Draft;
use super::record::Record;

/// The name of this source.
pub const SOURCE: &str = "mcp-memory";

/// The graph, as far as it was read.
#[derive(Debug, Default)]
pub struct Graph {
    entities: BTreeMap<String, Entity>,
}

#[derive(Debug, Default)]
struct Entity {
    kind: Option<String>,
    observations: Vec<String>,
    relations: Vec<String>,
    /// Of the line that named it first.
    line: u64,
}

impl Graph {
    /// Takes a line; whether it was understood.
    pub fn line(&mut self, line: &[u8], number: u64) -> bool {
        serde_json::from_slice::<Value>(line).is_ok_and(|value| self.value(&value, number))
    }

    /// Takes one value: an entity, a relation, or a whole graph.
    pub fn value(&mut self, value: &Value, number: u64) -> bool {
        let Some(fields) = value.as_object() else { return false };
        let record = Record(fields);
        match fields.get("type").and_then(Value::as_str) {
            Some("entity") => self.entity(record, number),
            Some("relation") => self.relation(record, number),
            Some(_) => false,
            None => {
                let objects = |name: &str| {
                    let list = fields.get(name).and_then(Value::as_array);
                    list.map(|list| list.iter().filter_map(Value::as_object).collect::<Vec<_>>())
                };
                let Some(entities) = objects("entities") else { return false };
                let refused = entities.into_iter().filter(|fields| !self.entity(Record(fields), number)).count();
                for fields in objects("relations").unwrap_or_default() {
                    self.relation(Record(fields), number);
                }
                refused == 0
            }
        }
    }

    fn entity(&mut self, record: Record<'_>, number: u64) -> bool {
        let Some(name) = record.text(&["name"]) else { return false };
        let entity = self.entities.entry(name).or_insert_with(|| Entity { line: number, ..Entity::default() });
        if entity.kind.is_none() {
            entity.kind = record.text(&["entityType"]);
        }
        for said in record.list("observations") {
            if !entity.observations.contains(&said) {
                entity.observations.push(said);
            }
        }
        true
    }

    fn relation(&mut self, record: Record<'_>, number: u64) -> bool {
        let (from, to, how) = (record.text(&["from"]), record.text(&["to"]), record.text(&["relationType"]));
        let Some(((from, to), how)) = from.zip(to).zip(how) else { return false };
        let entity = self.entities.entry(from).or_insert_with(|| Entity { line: number, ..Entity::default() });
        let told = format!("{how} {to}");
        if !entity.relations.contains(&told) {
            entity.relations.push(told);
        }
        true
    }

    /// The drafts, in the order of names.
    pub fn drafts(self) -> impl Iterator<Item = Draft> {
        self.entities.into_iter().map(|(name, entity)| {
            let mut body = match &entity.kind {
                Some(kind) => format!("{name} ({kind})\n"),
                None => format!("{name}\n"),
            };
            for said in entity.observations.iter().chain(&entity.relations) {
                body.push_str(&format!("\n- {said}"));
            }
            let draft = Draft {
                lines: Some((entity.line, entity.line)),
                name: Some(name.clone()),
                ..Draft::new(named_id(&[SOURCE, &name]), Kind::Insight, &body)
            };
            draft.titled(Some(name)).filed_under(entity.kind)
        })
    }
}
