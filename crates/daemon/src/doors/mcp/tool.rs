//! A tool as this door offers it, and what calling it gave.
//! It must not know what any tool does.
//! Invariant: every tool has all four annotations and both schemas, and a failure names its cure.

use std::borrow::Cow;
use std::sync::Arc;

use quipu_agents::Privacy;
use quipu_protocol::SHOWN_META;
use quipu_protocol::fault::{Fault, FaultKind};
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, MetaObject, Tool as WireTool, ToolAnnotations};
use serde::Serialize;
use serde_json::{Value, json};

use super::asker::Asker;

/// Which tools a connection is shown; every tool can be called, shown or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shelf {
    /// The few that are worth their schema in every session.
    First,
    /// Those and the rest.
    All,
    /// `search` and `fetch` alone, for clients that expect these two.
    Connector,
}

impl Shelf {
    pub(super) const ALL: [Shelf; 3] = [Shelf::First, Shelf::All, Shelf::Connector];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Shelf::First => "first",
            Shelf::All => "all",
            Shelf::Connector => "connector",
        }
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shelf| shelf.as_str() == name)
    }

    /// Whether it shows a tool of the shelf `of`.
    pub(super) fn shows(self, of: Shelf) -> bool {
        self == of || (self == Shelf::All && of == Shelf::First)
    }
}

/// What calling a tool does to what is remembered (`reference`: tool annotations of MCP).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Reads,
    /// It adds something; called twice, it adds twice.
    Adds,
    /// It sets something; called twice, it is set.
    Sets,
}

/// One tool.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) effect: Effect,
    pub(super) shelf: Shelf,
    pub(super) input: fn() -> JsonObject,
    pub(super) output: fn() -> JsonObject,
    pub(super) run: fn(&Asker, JsonObject) -> Result<Told, Fault>,
}

impl Tool {
    /// As it is listed.
    pub(super) fn wire(&self) -> WireTool {
        let annotations = ToolAnnotations::new()
            .read_only(self.effect == Effect::Reads)
            // Revisions are kept, and nothing is purged over MCP.
            .destructive(false)
            .idempotent(self.effect != Effect::Adds)
            .open_world(false);
        WireTool::new(self.name, self.description, Arc::new((self.input)()))
            .with_title(self.title)
            .with_raw_output_schema(Arc::new((self.output)()))
            .with_annotations(annotations)
    }
}

/// What a call gave: words for the model, and the same as data.
pub(super) struct Told {
    text: String,
    data: Value,
    failed: Failed,
    /// What has to be said where neither text nor data has a place for it.
    beside: Vec<String>,
    /// Messages in it, as deliveries, for a client that says when it has handed them on.
    deliveries: Vec<i64>,
}

/// Whether a write kept nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failed {
    Yes,
    No,
}

impl Told {
    /// An answer.
    pub(super) fn new<T: Serialize>(text: String, data: &T) -> Result<Self, Fault> {
        let data =
            serde_json::to_value(data).map_err(|error| Fault::new(FaultKind::Internal, "encode", error.to_string()))?;
        Ok(Self { text, data, failed: Failed::No, beside: Vec::new(), deliveries: Vec::new() })
    }

    /// The same, as what a write is answered that kept nothing.
    pub(super) fn rejected(self) -> Self {
        Self { failed: Failed::Yes, ..self }
    }

    /// The same with warnings beside it, in `_meta`: others have fixed the shape of this answer.
    pub(super) fn beside(self, warnings: Vec<String>) -> Self {
        Self { beside: warnings, ..self }
    }

    /// The same with the messages that are in it.
    pub(super) fn with_deliveries(self, deliveries: Vec<i64>) -> Self {
        Self { deliveries, ..self }
    }

    /// The same as it may be shown: every text in it by the rules of the asker's place.
    pub(super) fn through(mut self, privacy: &Privacy) -> Self {
        self.text = privacy.redact(&self.text).into_owned();
        redact_within(&mut self.data, privacy);
        self.beside.iter_mut().for_each(|warning| *warning = privacy.redact(warning).into_owned());
        self
    }

    /// As it travels.
    pub(super) fn wire(self) -> CallToolResult {
        let mut result = CallToolResult::success(vec![ContentBlock::text(self.text)]);
        result.structured_content = Some(self.data);
        result.is_error = Some(self.failed == Failed::Yes);
        let mut meta = MetaObject::new();
        if !self.beside.is_empty() {
            meta.insert("quipu/warnings".to_owned(), Value::from(self.beside));
        }
        if !self.deliveries.is_empty() {
            meta.insert(SHOWN_META.to_owned(), Value::from(self.deliveries));
        }
        result.meta = Some(meta).filter(|meta| !meta.is_empty());
        result
    }
}

/// Every text of `data`; its names are ours.
fn redact_within(data: &mut Value, privacy: &Privacy) {
    match data {
        Value::String(text) => {
            if let Cow::Owned(safe) = privacy.redact(text) {
                *text = safe;
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|one| redact_within(one, privacy)),
        Value::Object(all) => all.values_mut().for_each(|one| redact_within(one, privacy)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A failure as it travels: words for the model, and the fault itself where no output schema speaks of it.
pub(super) fn failure(fault: &Fault) -> CallToolResult {
    let cure = fault.hint.as_deref().map(|hint| format!("\nWhat helps: {hint}")).unwrap_or_default();
    let mut result =
        CallToolResult::error(vec![ContentBlock::text(format!("{}: {}{cure}", fault.code, fault.message))]);
    let mut told = json!(fault);
    told["retryable"] = Value::from(fault.retry_after_ms.is_some() || fault.kind == FaultKind::Busy);
    let mut meta = MetaObject::new();
    meta.insert(quipu_protocol::FAULT_META.to_owned(), told);
    result.meta = Some(meta);
    result
}
