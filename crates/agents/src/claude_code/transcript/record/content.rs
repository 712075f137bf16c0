//! What was said in a record: text, or blocks of it.
//! It must not know how blocks make turns.
//! Invariant: a block of an unknown form is passed over, and costs none of its neighbours.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::words::{Words, otherwise};

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
        while let Some(Form(block)) = list.next_element()? {
            blocks.push(block);
        }
        Ok(Content(blocks))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Content::default())
    }

    otherwise!(Content::default());
}

/// A block of any type, read in one go: serde's own way copies every block to look at its type first, and a second look
/// at the text costs as much as the first.
struct Form(Block);

/// The names that blocks use.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Type,
    Text,
    Thinking,
    Id,
    Name,
    Input,
    ToolUseId,
    Content,
    IsError,
    #[serde(other)]
    Other,
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FormVisitor)
    }
}

struct FormVisitor;

impl<'de> Visitor<'de> for FormVisitor {
    type Value = Form;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a block")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Form, A::Error> {
        let (mut kind, mut text, mut thinking) = (Words::default(), Words::default(), Words::default());
        let (mut id, mut name, mut tool_use_id) = (Words::default(), Words::default(), Words::default());
        let (mut input, mut content, mut is_error) = (None, RawValue::NULL, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::Type => kind = map.next_value()?,
                Field::Text => text = map.next_value()?,
                Field::Thinking => thinking = map.next_value()?,
                Field::Id => id = map.next_value()?,
                Field::Name => name = map.next_value()?,
                Field::ToolUseId => tool_use_id = map.next_value()?,
                Field::Input => input = Some(map.next_value()?),
                // What a tool said: read only where something may be kept of it.
                Field::Content => content = map.next_value()?,
                Field::IsError => is_error = map.next_value::<Value>()?.as_bool(),
                Field::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Form(match kind.0.as_deref() {
            Some("text") => Block::Text { text: text.owned() },
            Some("thinking") => Block::Thinking { thinking: thinking.owned() },
            Some("tool_use") => Block::ToolUse { id: id.owned(), name: name.owned(), input: input.unwrap_or_default() },
            Some("tool_result") => Block::ToolResult {
                tool_use_id: tool_use_id.owned(),
                content: content.to_owned(),
                is_error: is_error.unwrap_or(false),
            },
            Some("image") => Block::Image,
            _ => Block::Other,
        }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Form, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Form(Block::Other))
    }

    fn visit_str<E>(self, _: &str) -> Result<Form, E> {
        Ok(Form(Block::Other))
    }

    otherwise!(Form(Block::Other));
}
