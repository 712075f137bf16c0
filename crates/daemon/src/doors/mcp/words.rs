//! Text as a model reads it best: an index row a memory, quotations in their fence, times as days.
//! It must not know tools.
//! Invariant: whatever a memory says, it stays inside the fence; a budget is kept by leaving out what does not fit.

use jiff::{Timestamp, Zoned};
use quipu_core::{fence, tokens};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::MemoryView;
use quipu_protocol::wire::search::Hit;
use quipu_protocol::wire::together::TouchedView;
use quipu_protocol::wire::work::{AlsoView, LinkParam};
use schemars::JsonSchema;
use serde::Serialize;

use crate::dates::{self, Edge};

/// So much of a memory stands in its index row, in tokens.
const ROW_TOKENS: usize = 48;

/// One memory in an index: enough to decide whether to read it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Row {
    /// Id, for `memory_get`.
    pub(super) id: String,
    /// Its title, or the words that matched.
    pub(super) title: String,
    /// What it is: `decision`, `prompt`, `answer`, …
    pub(super) kind: String,
    /// When, RFC 3339, UTC.
    pub(super) date: String,
    /// Name of its project; none for what belongs to every project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) project: Option<String>,
    /// Session that it was said in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    /// Higher is better; comparable within one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) score: Option<f64>,
    /// What `memory_get` of it costs, estimated.
    pub(super) tokens: usize,
    /// Where it holds, where that is not the whole project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) applies_to: Option<String>,
    /// Where it is not live: `archived`, `superseded` or `aggregated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
    /// Of a message its thread, for `agents_inbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<String>,
    /// Why it is here, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

impl Row {
    /// The row of a hit.
    pub(super) fn of_hit(hit: Hit) -> Self {
        let reason = hit.explain.map(|why| {
            let words = if why.matched.is_empty() { "no word of it".to_owned() } else { why.matched.join(", ") };
            format!("matched {words}; coverage {:.2}, meaning {:.2}", why.coverage, why.cosine)
        });
        Self {
            title: line(hit.title.as_deref().unwrap_or(&hit.text)),
            kind: hit.kind,
            date: moment(hit.occurred_at),
            project: hit.project.as_deref().map(name),
            session: hit.session_id,
            score: Some((f64::from(hit.score) * 1_000.0).round() / 1_000.0),
            tokens: hit.tokens,
            applies_to: Some(hit.applies_to).filter(|places| places != "global"),
            state: Some(hit.lifecycle).filter(|state| state != "live"),
            thread: hit.thread,
            reason,
            id: hit.id,
        }
    }

    /// The row of a whole memory.
    pub(super) fn of_memory(memory: &MemoryView) -> Self {
        Self {
            id: memory.id.clone(),
            title: line(memory.title.as_deref().unwrap_or(&memory.text)),
            kind: memory.kind.clone(),
            date: moment(memory.occurred_at),
            project: memory.project.as_deref().map(name),
            session: memory.session_id.clone(),
            score: None,
            tokens: tokens::estimate(&memory.text),
            applies_to: Some(memory.applies_to.clone()).filter(|places| places != "global"),
            state: Some(memory.lifecycle.clone()).filter(|state| state != "live"),
            thread: memory.thread.clone(),
            reason: None,
        }
    }

    /// As text, after its number.
    pub(super) fn text(&self, n: usize) -> String {
        let score = self.score.map(|score| format!(" · score {score:.2}")).unwrap_or_default();
        let state = self.state.as_deref().map(|state| format!(" · {state}")).unwrap_or_default();
        let place = self
            .applies_to
            .as_deref()
            .map(|places| format!(" · for {}", fence::neutralise(&line(places))))
            .unwrap_or_default();
        let thread = self.thread.as_deref().map(|id| format!(" · thread {id}")).unwrap_or_default();
        let reason = self.reason.as_deref().map(|reason| format!("\n   why: {reason}")).unwrap_or_default();
        let day = self.date.get(..10).unwrap_or(&self.date);
        let body = format!("{}{reason}", self.title);
        format!(
            "{n}. {} · {day}{score} · ~{} tokens{state}{place} · id {}{thread}\n   {}\n",
            self.kind,
            self.tokens,
            self.id,
            fence::neutralise(&body)
        )
    }
}

/// Rows under a first line, as many as fit into `budget` tokens; gives the numbers of those that did not.
pub(super) fn index(first: &str, rows: &[Row], budget: usize) -> (String, Vec<usize>) {
    let (mut body, mut left_out) = (String::new(), Vec::new());
    let mut spent = tokens::estimate(first) + 40;
    for (n, row) in rows.iter().enumerate() {
        let text = row.text(n + 1);
        let cost = tokens::estimate(&text);
        if spent + cost > budget {
            left_out.push(n);
        } else {
            spent += cost;
            body.push_str(&text);
        }
    }
    let text = if body.is_empty() { first.to_owned() } else { format!("{first}\n{}", quoted(&body)) };
    (text, left_out)
}

/// The links of a work item, as models name them.
pub(super) fn links(parent: Option<String>, blocked_by: Vec<String>) -> Vec<LinkParam> {
    let link = |relation: &str, id: String| LinkParam { relation: relation.to_owned(), id };
    let blockers = blocked_by.into_iter().map(|id| link("blocked_by", id));
    parent.map(|id| link("part_of", id)).into_iter().chain(blockers).collect()
}

/// What a change did to other work items, a line each.
pub(super) fn also(also: &[AlsoView]) -> String {
    let line = |also: &AlsoView| match also.became.as_str() {
        "parts_closed" => format!("\nno part of {} is open any more", also.id),
        status => format!("\n{} is {status} now", also.id),
    };
    also.iter().map(line).collect()
}

/// How many memories, as it is said.
pub(super) fn memories(count: usize) -> String {
    match count {
        0 => "no memory".to_owned(),
        1 => "1 memory".to_owned(),
        count => format!("{count} memories"),
    }
}

/// Text in the fence of quotations; its own fences must have been made harmless before.
pub(super) fn quoted(body: &str) -> String {
    format!("{}{}\n{}", quipu_core::pack::HEAD, body.trim_end(), fence::CLOSE)
}

/// Warnings and a fallback as lines.
pub(super) fn notes(fallback: Option<&str>, warnings: &[String]) -> String {
    let mut out = String::new();
    if let Some(fallback) = fallback {
        out.push_str(&format!("\nnote: {fallback}"));
    }
    for warning in warnings {
        out.push_str(&format!("\nwarning: {warning}"));
    }
    out
}

/// What a request would hide that is somebody's own, and how it is asked again; nothing where there is no code.
pub(super) fn confirmation(touched: &[TouchedView], code: Option<&str>) -> String {
    let Some(code) = code else { return String::new() };
    let mut out = "\nit would hide what is personal; ask the user, then call again with ".to_owned();
    out.push_str(&format!("confirm: {code}"));
    for TouchedView { id, kind, title } in touched {
        out.push_str(&format!("\n- {kind} {id}: {}", fence::neutralise(title)));
    }
    out
}

/// UTC milliseconds as RFC 3339.
pub(super) fn moment(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| "unknown".to_owned(), |at| at.to_string())
}

/// A time as a model writes it, in UTC milliseconds: words, dates, or a Unix time in seconds or milliseconds.
///
/// # Errors
/// `bad_time` with the forms that are read.
pub(super) fn time(text: Option<&str>, edge: Edge) -> Result<Option<i64>, Fault> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(number) = text.trim().parse::<i64>()
        && number > 100_000_000
    {
        return Ok(Some(if number < 100_000_000_000 { number * 1_000 } else { number }));
    }
    dates::parse(text, edge, &Zoned::now()).map(Some).map_err(|words| Fault::new(FaultKind::Caller, "bad_time", words))
}

/// The last part of a project's path.
pub(super) fn name(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).to_owned()
}

/// The beginning of a text in one line.
fn line(text: &str) -> String {
    let flat = text.split_whitespace().take(ROW_TOKENS * 2).collect::<Vec<_>>().join(" ");
    let cut = tokens::prefix(&flat, ROW_TOKENS);
    if cut.len() < flat.len() { format!("{} …", cut.trim_end()) } else { flat }
}
