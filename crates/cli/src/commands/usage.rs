//! `quipu stats --injections`: what agents were shown, in numbers.
//! It must not know tables.
//! Invariant: a share is of what can be told, and says of how many that is.

use quipu_core::offer::Silence;
use quipu_protocol::wire::ledger::{RankedView, TallyView, UsageReply, UsageRequest};

use super::{Outcome, project_name, when};
use crate::args::ledger::StatsArgs;
use crate::connect::Daemon;
use crate::dates::Edge;
use crate::output::{BOLD, DIM, Form, json, styled, width};
use crate::plain::plain_line;

pub(super) fn usage(args: StatsArgs, form: Form) -> Outcome {
    let all = args.project.is_none();
    let request = UsageRequest {
        scope: super::scope(crate::args::Scope { project: args.project, all, only: None }),
        since: when(args.since.as_deref(), Edge::Start)?,
        top: args.top,
    };
    let reply: UsageReply = Daemon::new()?.ask("/v1/usage", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if reply.rows.is_empty() {
        anstream::println!("Nothing was put before an agent yet, as far as is kept ({} days).", reply.days);
        return Ok(());
    }
    let head = format!(
        "{:<20} {:<7} {:>8} {:>6} {:>8}  {:<18} silence",
        "project", "at", "answers", "lines", "tokens", "used"
    );
    anstream::println!("{}", styled(DIM, &head));
    for row in &reply.rows {
        let project = row.project.as_deref().map(project_name).unwrap_or_else(|| "?".into());
        let event = match row.event.as_str() {
            "SessionStart" => "start",
            "UserPromptSubmit" => "prompt",
            "PreToolUse" => "edit",
            other => other,
        };
        let silence = |(why, times): &(String, u64)| {
            format!("{times} × {}", Silence::parse(why).map_or_else(|| why.clone(), |why| why.in_words().to_owned()))
        };
        let silences = row.silences.iter().map(silence).collect::<Vec<_>>().join(", ");
        anstream::println!(
            "{:<20} {event:<7} {:>8} {:>6} {:>8}  {:<18} {}",
            plain_line(&project),
            row.answers,
            row.tally.lines,
            row.tokens,
            share(row.tally),
            styled(DIM, &silences)
        );
    }
    list("shown most", &reply.most_shown);
    list("used most", &reply.most_used);
    list("shown and never used, as far as is known", &reply.never_used);
    Ok(())
}

fn share(tally: TallyView) -> String {
    match tally.judged {
        0 => "–".to_owned(),
        judged => format!("{} of {judged} ({} %)", tally.used, tally.used * 100 / judged),
    }
}

fn list(name: &str, memories: &[RankedView]) {
    if memories.is_empty() {
        return;
    }
    anstream::println!();
    anstream::println!("{}", styled(BOLD, name));
    for memory in memories {
        let head = format!("{:>5} shown, {:>3} used  {}", memory.tally.lines, memory.tally.used, memory.id);
        let room = width().saturating_sub(head.chars().count() + memory.kind.len() + 6);
        let text: String = plain_line(&memory.title).chars().take(room).collect();
        anstream::println!("  {} {} {text}", styled(DIM, &head), memory.kind);
    }
}
