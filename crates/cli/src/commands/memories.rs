//! `quipu show`, `timeline` and `save`.
//! It must not know the store.
//! Invariant: `save` says in one word what became of it.

use std::io::Read;

use jiff::Zoned;
use quipu_core::standing::Importance;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::new_event_id;
use quipu_protocol::wire::memory::{MemoryView, SaveReply, SaveRequest};
use quipu_protocol::wire::search::{MemoriesReply, TimelineRequest};
use quipu_protocol::wire::work::LinkView;

use super::stats::bytes as bytes_of;
use super::together::asking;
use super::{Outcome, as_of, cwd, deferred, places, project_name, scope, when};
use crate::args::{AsOf, SaveArgs, TimelineArgs};
use crate::connect::Daemon;
use crate::dates::{self, Edge};
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, print_text, shown, styled, width};
use crate::plain::plain_line;

/// Standard input is read no further, in bytes; the daemon refuses less.
const MAX_INPUT: u64 = 8 << 20;

pub(super) fn show(id: &str, then: &AsOf, form: Form) -> Outcome {
    let memory: MemoryView = Daemon::new()?.get(&format!("/v1/memories/{}{}", part(id), as_of(then)?))?;
    if form == Form::Json {
        json(&memory);
        return Ok(());
    }
    anstream::println!("{} {}", styled(BOLD, &memory.kind), styled(DIM, &memory.id));
    if let Some(title) = &memory.title {
        anstream::println!("{}", styled(BOLD, &shown(title)));
    }
    for (name, value) in facts(&memory, &Zoned::now()) {
        anstream::println!("{} {value}", styled(DIM, &format!("{name:>9}")));
    }
    anstream::println!();
    print_text(&memory.text);
    Ok(())
}

/// Where a memory came from and what is known about it, each fact with its name.
pub(crate) fn facts(memory: &MemoryView, now: &Zoned) -> Vec<(&'static str, String)> {
    let mut facts =
        vec![("when", format!("{} ({})", dates::human(memory.occurred_at, now), dates::iso(memory.occurred_at)))];
    facts.extend(memory.project.as_ref().map(|p| ("project", p.clone())));
    facts.extend(memory.branch.as_ref().map(|b| ("branch", b.clone())));
    facts.extend(
        memory.session_id.as_ref().map(|s| ("session", format!("{s} ({})", memory.agent.as_deref().unwrap_or("?")))),
    );
    if let Some(source) = &memory.source {
        facts.push(("source", format!("{} bytes {}–{}", source.path, source.from, source.to)));
    }
    if !memory.class.is_empty() {
        facts.push(("text", memory.class.replace('_', " ")));
    }
    if let Some(work) = &memory.work {
        let due = work.due_at.map(|at| format!(", {}", dates::until(at, now))).unwrap_or_default();
        facts.push(("work", format!("{}, {}{due}", work.status, work.priority)));
    }
    facts.extend(memory.links.iter().map(link));
    if memory.links_left_out > 0 {
        facts.push(("", format!("and {} links more", memory.links_left_out)));
    }
    let root = memory.project.as_deref();
    if !memory.files.is_empty() {
        let files: Vec<String> = memory.files.iter().map(|file| file_in(file, root, &memory.gone_files)).collect();
        facts.push(("files", files.join(", ")));
    }
    if !memory.symbols.is_empty() {
        facts.push(("symbols", memory.symbols.join(", ")));
    }
    if memory.applies_to != "global" {
        facts.push(("for", memory.applies_to.clone()));
    }
    if !memory.keywords.is_empty() {
        facts.push(("keywords", memory.keywords.join(", ")));
    }
    facts.extend(state(memory).map(|state| ("state", state)));
    if let Some(thread) = &memory.thread {
        facts.push(("thread", format!("{thread} (`quipu thread` shows all of it)")));
    }
    if memory.pinned {
        facts.push(("pinned", "yes".to_owned()));
    }
    if memory.private {
        facts.push(("private", "yes: no agent is told of it".to_owned()));
    }
    facts.extend(weight(memory.importance));
    facts.extend(bounds((memory.valid_from, memory.valid_to), now));
    if !memory.hushed_in.is_empty() {
        let places: Vec<_> = memory.hushed_in.iter().map(|project| project_name(project)).collect();
        facts.push(("not in", format!("{} (`quipu hush`: agents there are not shown it)", places.join(", "))));
    }
    if memory.revision > 1 {
        facts.push(("revision", format!("{} (`quipu history` has those before)", memory.revision)));
    }
    if memory.redactions > 0 {
        facts.push(("redacted", format!("{} secrets", memory.redactions)));
    }
    if let Some(hash) = &memory.original_hash {
        facts.push(("changed", format!("secrets were replaced when it came; the hash of what came is {hash}")));
    }
    facts.iter_mut().for_each(|(_, fact)| *fact = plain_line(fact));
    facts
}

/// A link, with what is to be known of its other end.
fn link(link: &LinkView) -> (&'static str, String) {
    let status = link.status.as_deref().map(|status| format!(", {status}")).unwrap_or_default();
    let state = if link.lifecycle == "live" { String::new() } else { format!(", {}", link.lifecycle) };
    ("link", format!("{} {} ({}{status}{state})", link.relation, link.id, link.kind))
}

/// A file as it is called from the project's root on, and whether it is gone since.
fn file_in(file: &str, root: Option<&str>, gone: &[String]) -> String {
    let inside = root.and_then(|root| file.strip_prefix(root)?.strip_prefix('/')).unwrap_or(file);
    if gone.iter().any(|other| other == file) { format!("{inside} (file gone since)") } else { inside.to_owned() }
}

/// How much a memory matters, where somebody said so.
pub(super) fn weight(importance: u8) -> Option<(&'static str, String)> {
    // An older daemon does not say.
    let is_said = importance != 0 && importance != Importance::ORDINARY.number();
    is_said.then(|| ("matters", format!("{importance} of {}", Importance::RANGE.end())))
}

/// When a memory holds, and whether it does now: outside of that it is not recalled.
pub(super) fn bounds((from, to): (Option<i64>, Option<i64>), now: &Zoned) -> Option<(&'static str, String)> {
    let at = now.timestamp().as_millisecond();
    let from_to = match (from, to) {
        (None, None) => return None,
        (Some(from), None) => format!("from {}", dates::iso(from)),
        (None, Some(to)) => format!("until {}", dates::iso(to)),
        (Some(from), Some(to)) => format!("from {} until {}", dates::iso(from), dates::iso(to)),
    };
    let note = match (from, to) {
        (Some(from), _) if at < from => " (not yet: it is not recalled)",
        (_, Some(to)) if to <= at => " (expired: it is not recalled any more)",
        _ => "",
    };
    Some(("holds", format!("{from_to}{note}")))
}

/// What hides a memory, if anything does.
fn state(memory: &MemoryView) -> Option<String> {
    let reason = || memory.archive_reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match memory.lifecycle.as_str() {
        "live" => None,
        "superseded" => Some(format!("superseded by {}", memory.superseded_by.as_deref().unwrap_or("another"))),
        "aggregated" => Some(format!("aggregated into {}", memory.aggregated_into.as_deref().unwrap_or("a summary"))),
        "archived" => Some(format!("archived{}", reason())),
        other => Some(other.to_owned()),
    }
}

/// An id as a part of a path: what no id has would be another path, and so would nothing.
pub(crate) fn part(id: &str) -> String {
    let kept: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    if kept.is_empty() { "-".to_owned() } else { kept }
}

pub(super) fn timeline(args: TimelineArgs, form: Form) -> Outcome {
    let request = TimelineRequest {
        scope: scope(args.scope),
        around: args.around.clone(),
        session: args.session,
        kinds: args.filter.kinds,
        files: absolute(args.filter.files),
        since: when(args.filter.since.as_deref(), Edge::Start)?,
        until: when(args.filter.until.as_deref(), Edge::End)?,
        limit: Some(args.limit),
        cursor: args.cursor,
        include_archived: args.include_archived,
        as_of: when(args.then.as_of.as_deref(), Edge::End)?,
    };
    let reply: MemoriesReply = Daemon::new()?.ask("/v1/timeline", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if reply.memories.is_empty() {
        anstream::println!("Nothing happened here {}", styled(DIM, "(`--all` shows every project)"));
    }
    let now = Zoned::now();
    for memory in &reply.memories {
        let here = args.around.as_deref() == Some(memory.id.as_str());
        let mark = if here { styled(GOOD, "›") } else { " ".to_owned() };
        let place = memory.project.as_deref().map(project_name).unwrap_or_default();
        let state = if memory.lifecycle == "live" { String::new() } else { format!("({}) ", memory.lifecycle) };
        let text = crate::output::excerpt(&memory.text, &Default::default(), width().saturating_sub(50));
        let head = format!("{:<16} {:<11} {:<14}", dates::human(memory.occurred_at, &now), memory.kind, place);
        anstream::println!("{mark} {} {}{text}", styled(DIM, &head), styled(DIM, &state));
    }
    if let Some(next) = &reply.next {
        anstream::eprintln!("{}", styled(DIM, &format!("older: --cursor {next}")));
    }
    Ok(())
}

pub(super) fn save(args: SaveArgs, form: Form) -> Outcome {
    let mut request = SaveRequest {
        text: text_of(args.text.join(" "))?,
        kind: Some(args.kind),
        title: args.title,
        keywords: args.keywords,
        cwd: if args.global { None } else { cwd() },
        applies_to: places(args.applies_to),
        private: args.private,
        supersedes: args.supersedes,
        links: args.links.iter().map(|link| super::work::typed(link)).collect::<Result<_, _>>()?,
        files: absolute(args.files),
        symbols: args.symbols,
        importance: args.importance,
        valid_from: when(args.valid_from.as_deref(), Edge::Start)?,
        valid_to: when(args.valid_to.as_deref(), Edge::Start)?,
        confirm: args.confirm,
        ..SaveRequest::default()
    };
    let mut daemon = Daemon::within(deferred::PATIENCE)?;
    let reply: SaveReply = asking(form, |code| {
        request.confirm = code.or(request.confirm.take());
        let event = new_event_id();
        daemon.write_as(event, "/v1/memories", &request).or_else(|why| deferred::keep(&request, event, why))
    })?;
    stored(reply, form);
    Ok(())
}

/// Paths as the daemon understands them: it runs elsewhere.
pub(super) fn absolute(files: Vec<String>) -> Vec<String> {
    let made = |file: String| std::path::absolute(&file).map_or(file, |path| path.to_string_lossy().into_owned());
    files.into_iter().map(made).collect()
}

/// Says what became of a save.
pub(super) fn stored(reply: SaveReply, form: Form) {
    if form == Form::Json {
        return json(&reply);
    }
    let colour = if matches!(reply.outcome.as_str(), "stored" | "superseded" | "deferred") { GOOD } else { WARN };
    let old = reply.supersedes.map(|old| format!("it stands in the place of {old}"));
    let reason = reply.reason.or(old).map(|r| format!(": {r}")).unwrap_or_default();
    anstream::println!("{} {}{reason}", styled(colour, &reply.outcome), reply.id.unwrap_or_default());
    redacted(&reply.redacted);
    for note in &reply.notes {
        anstream::println!("{} {}", styled(WARN, "note:"), shown(note));
    }
    for near in &reply.near {
        let how = styled(DIM, &format!("({:.2}, {})", near.cosine, near.id));
        anstream::println!("{} {} {how}", styled(WARN, "says nearly the same:"), shown(&near.title));
    }
}

/// Says which secrets were replaced, if any were.
pub(super) fn redacted(labels: &[String]) {
    if !labels.is_empty() {
        anstream::println!("{} {}", styled(WARN, "redacted:"), labels.join(", "));
    }
}

/// A text as it was typed, or what came on standard input for `-`.
pub(super) fn text_of(typed: String) -> Result<String, Fault> {
    if typed == "-" { standard_input() } else { Ok(typed) }
}

/// What came on standard input. An endless one is not read to its end: a memory is far smaller.
fn standard_input() -> Result<String, Fault> {
    let mut bytes = Vec::new();
    let bad = |e: &dyn std::fmt::Display| {
        Fault::new(FaultKind::Caller, "bad_input", format!("standard input: {e}")).hint("quipu keeps UTF-8 text")
    };
    std::io::stdin().take(MAX_INPUT).read_to_end(&mut bytes).map_err(|e| bad(&e))?;
    if bytes.len() as u64 == MAX_INPUT {
        let message = format!("more than {} are too much for one memory", bytes_of(MAX_INPUT));
        return Err(Fault::new(FaultKind::Caller, "too_long", message)
            .hint("save what was learnt from it, with a pointer to the file"));
    }
    String::from_utf8(bytes).map_err(|e| bad(&e))
}
