//! What was said in a record: text, or blocks of it.
//! It must not know how blocks make turns.
//! Invariant: a block of an unknown form is passed over, and costs none of its neighbours.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(in super::super) struct Message {
    pub(in super::super) id: Option<String>,
    pub(in super::super) model: Option<String>,
    #[serde(default)]
    pub(in super::super) content: Content,
}

/// Text, or blocks; whatever else is there is nothing.
#[derive(Debug, Default)]
pub(in super::super) struct Content(Vec<Block>);

impl Content {
    /// The blocks; a plain text is one text block.
    pub(in super::super) fn blocks(&self) -> &[Block] {
        &self.0
    }
}

#[derive(Debug, Clone)]
pub(in super::super) enum Block {
    Text { text: String },
    Thinking { thinking: String },
    ToolUse { id: String, name: String, input: Value },
    ToolResult { tool_use_id: String, content: Box<RawValue>, is_error: bool },
    Image,
    Other,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a message's content")
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content(vec![Block::Text { text: text.to_owned() }]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Content, A::Error> {
        let mut blocks = Vec::new();
        while let Some(block) = list.next_element::<&RawValue>()? {
            blocks.push(serde_json::from_str::<Form<'_>>(block.get()).map_or(Block::Other, Block::from));
        }
        Ok(Content(blocks))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::default())
    }
}

/// A block of any type. Not told apart by serde, which copies every block to look at its type first.
#[derive(Deserialize)]
struct Form<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    thinking: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    tool_use_id: String,
    /// What a tool said: read only where something may be kept of it.
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    is_error: Option<bool>,
}

impl From<Form<'_>> for Block {
    fn from(form: Form<'_>) -> Self {
        match &*form.kind {
            "text" => Block::Text { text: form.text },
            "thinking" => Block::Thinking { thinking: form.thinking },
            "tool_use" => Block::ToolUse { id: form.id, name: form.name, input: form.input },
            "tool_result" => Block::ToolResult {
                tool_use_id: form.tool_use_id,
                content: form.content.unwrap_or(RawValue::NULL).to_owned(),
                is_error: form.is_error.unwrap_or(false),
            },
            "image" => Block::Image,
            _ => Block::Other,
        }
    }
}
