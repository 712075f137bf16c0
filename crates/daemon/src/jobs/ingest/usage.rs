//! After a transcript was read: whether its sessions went by what they had been given.
//! It must not know what is a sign of that (`core::used`), nor SQL.
//! Invariant: nobody waits for it, and where it is lost the next reading finds it again.

use std::collections::{BTreeSet, HashMap};

use quipu_agents::claude_code::AGENT;
use quipu_core::analyse::Analyser;
use quipu_core::class::Class;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::{Memory, SessionRef};
use quipu_core::used::{Before, Given, Later, Wording, trace};
use quipu_store::ledger::{Entry, Open, OpenLine, Use, Verdict};
use quipu_store::write::{Lane, Write};

use super::Ingest;
use crate::service::without_tool_output;

/// What was given longer ago is not looked for any more, in ms.
const WINDOW: i64 = 48 * 3_600_000;
/// A prompt's record may be a little later than the hook that was answered, in ms.
const LAG: i64 = 5_000;

/// Looks at what `sessions` were given, in the light of what they have said since.
pub(super) fn look(ingest: &Ingest, sessions: &BTreeSet<String>) {
    let now = (ingest.clock)();
    for name in sessions {
        let session = SessionRef { agent: AGENT.to_owned(), id: name.clone() };
        let verdicts = match ingest.engine.open_lines(&session, Millis(now.0 - WINDOW)) {
            Ok(open) => judge(&open),
            Err(error) => return tracing::warn!(%error, "what sessions were given could not be read"),
        };
        if !verdicts.is_empty() {
            let write = Write::Ledger(Box::new(Entry::Verdicts(verdicts)));
            ingest.engine.submit(None, write, Lane::Aside, now, Box::new(|_| {}));
        }
    }
}

/// What can be said of each line by now; nothing of those since which nothing was said.
fn judge(open: &Open) -> Vec<Verdict> {
    let Some(newest) = open.said.last().map(|(row, _)| *row) else { return Vec::new() };
    let mut analyser = Analyser::new();
    let wordings: Vec<Wording> =
        open.said.iter().map(|(_, memory)| Wording::of(&mut analyser, &spoken(memory))).collect();
    let mut befores: HashMap<i64, Before<'_>> = HashMap::new();
    let mut verdicts = Vec::new();
    for line in &open.lines {
        let later = || open.said.iter().zip(&wordings).filter(|((row, memory), _)| is_later(line, *row, memory));
        if later().next().is_none() {
            continue;
        }
        let before = befores.entry(line.at.0).or_insert_with(|| before(open, &mut analyser, line.at));
        let title = line.memory.title.as_deref().unwrap_or("");
        let wording = Wording::of(&mut analyser, &format!("{title}\n{}", line.memory.body));
        // The file before whose edit it stood is edited anyway.
        let files = if line.is_of_file { &[][..] } else { &line.memory.files[..] };
        let given = Given { id: line.memory.id, wording: &wording, files };
        let used = later().find_map(|((row, memory), wording)| {
            let text = spoken(memory);
            let by = trace(&given, before, &Later { text: &text, wording, files: &memory.files })?;
            Some(Use::Yes { by, said: *row })
        });
        // Only an answer shows that the agent has gone on without it.
        let answered = line.judged || later().any(|((_, memory), _)| memory.kind == Kind::Answer);
        let used = used.or(answered.then_some(Use::No));
        verdicts.push(Verdict { injection: line.injection, used, looked_to: newest });
    }
    verdicts
}

/// Whether the agent said or did it after it was given the line, and it was not looked at yet.
fn is_later(line: &OpenLine, row: u32, memory: &Memory) -> bool {
    let is_agents = matches!(memory.kind, Kind::Answer | Kind::Thought | Kind::Outcome);
    is_agents && row > line.looked_to && memory.occurred_at >= line.at
}

/// The prompt that something was given with, and what the session had said by then.
fn before<'o>(open: &'o Open, analyser: &mut Analyser, at: Millis) -> Before<'o> {
    let mut out = Before::default();
    for (_, memory) in &open.said {
        let is_prompt = memory.kind == Kind::Prompt && memory.occurred_at <= at.plus(LAG);
        if is_prompt || memory.occurred_at < at {
            out.wording.add(Wording::of(analyser, &memory.body));
            out.texts.push(&memory.body);
            if memory.kind != Kind::Prompt {
                out.files.extend(memory.files.iter().map(String::as_str));
            }
        }
    }
    out
}

/// The agent's own words: not what tools said, but for the changes that it made by them.
fn spoken(memory: &Memory) -> std::borrow::Cow<'_, str> {
    match (memory.kind, memory.class) {
        (Kind::Outcome, class) if class != Class::Diff => "".into(),
        (kind, _) => without_tool_output(kind, &memory.body),
    }
}
