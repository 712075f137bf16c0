//! `quipu update` and `history`.
//! It must not know what a memory allows.
//! Invariant: says in one word what became of it, and at which revision it is.

use jiff::Zoned;
use quipu_protocol::wire::memory::{HistoryReply, RevisionView, UpdateReply, UpdateRequest};
use quipu_protocol::wire::search::ScopeParams;

use super::memories::{absolute, bounds, part, redacted, text_of, weight};
use super::together::asking;
use super::{Outcome, as_of, places, when};
use crate::args::AsOf;
use crate::args::change::UpdateArgs;
use crate::connect::Daemon;
use crate::dates::{self, Edge};
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, print_text, shown, styled};

pub(super) fn update(args: UpdateArgs, form: Form) -> Outcome {
    let action = match (args.archive, args.restore, &args.supersede_with) {
        (true, _, _) => Some("archive"),
        (_, true, _) => Some("restore"),
        (_, _, Some(_)) => Some("supersede"),
        _ => None,
    };
    let mut request = UpdateRequest {
        text: args.text.map(text_of).transpose()?,
        append: args.append.map(text_of).transpose()?,
        title: args.title,
        add_keywords: args.keywords,
        remove_keywords: args.remove_keywords,
        kind: args.kind,
        applies_to: places(args.applies_to),
        add_files: absolute(args.add_files),
        remove_files: absolute(args.remove_files),
        add_symbols: args.add_symbols,
        remove_symbols: args.remove_symbols,
        status: args.status,
        priority: args.priority,
        due: args.due.as_deref().map(super::work::due).transpose()?,
        with_children: args.with_children,
        pinned: (args.pin || args.unpin).then_some(args.pin),
        private: (args.private || args.no_private).then_some(args.private),
        importance: args.importance,
        valid_from: when(args.valid_from.as_deref(), Edge::Start)?,
        valid_to: when(args.valid_to.as_deref(), Edge::Start)?,
        always_valid: args.always_valid,
        confirm: args.confirm,
        action: action.map(str::to_owned),
        with_id: args.supersede_with,
        reason: args.reason,
        if_revision: args.if_revision,
        // Who names a memory by its id means that one, wherever he stands.
        scope: ScopeParams::default(),
        ..UpdateRequest::default()
    };
    let mut daemon = Daemon::new()?;
    let reply: UpdateReply = asking(form, |code| {
        request.confirm = code.or(request.confirm.take());
        daemon.change(&format!("/v1/memories/{}", part(&args.id)), &request)
    })?;
    changed(reply, form);
    Ok(())
}

/// Says what became of a change.
pub(super) fn changed(reply: UpdateReply, form: Form) {
    if form == Form::Json {
        return json(&reply);
    }
    let colour = if reply.outcome == "unchanged" { WARN } else { GOOD };
    let reason = reply.reason.map(|r| format!(": {r}")).unwrap_or_default();
    let revision = styled(DIM, &format!("revision {}", reply.revision));
    anstream::println!("{} {}{reason} {revision}", styled(colour, &reply.outcome), reply.id.unwrap_or_default());
    redacted(&reply.redacted);
    super::work::print_also(&reply.also);
}

pub(super) fn history(id: &str, then: &AsOf, form: Form) -> Outcome {
    let reply: HistoryReply = Daemon::new()?.get(&format!("/v1/history/{}{}", part(id), as_of(then)?))?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let now = Zoned::now();
    // Each with what came after it, which says the same text more often than not.
    let after = std::iter::once(None).chain(reply.revisions.iter().map(Some));
    for (revision, after) in reply.revisions.iter().zip(after) {
        print(revision, after, &now);
    }
    if reply.left_out > 0 {
        let note = format!("{} older revisions are left out: their texts are too much for one answer", reply.left_out);
        anstream::println!("{} {note}", styled(WARN, "note:"));
    }
    Ok(())
}

fn print(revision: &RevisionView, after: Option<&RevisionView>, now: &Zoned) {
    let mark = if revision.current { " (as it is now)" } else { "" };
    let when = format!("{} · {}", dates::human(revision.changed_at, now), revision.lifecycle);
    let head = format!("revision {}{mark}", revision.revision);
    anstream::println!("{} {}", styled(BOLD, &head), styled(DIM, &format!("· {when}")));
    let mut facts = vec![("kind", revision.kind.clone())];
    facts.extend(revision.title.clone().map(|title| ("title", title)));
    if revision.applies_to != "global" {
        facts.push(("for", revision.applies_to.clone()));
    }
    if !revision.keywords.is_empty() {
        facts.push(("keywords", revision.keywords.join(", ")));
    }
    if revision.pinned {
        facts.push(("pinned", "yes".to_owned()));
    }
    if let Some(work) = &revision.work {
        let due = work.due_at.map(|at| format!(", due {}", dates::human(at, now))).unwrap_or_default();
        facts.push(("work", format!("{}, {}{due}", work.status, work.priority)));
    }
    facts.extend(revision.links.iter().map(|link| ("link", format!("{} {}", link.relation, link.id))));
    facts.extend(revision.given_files.iter().map(|file| ("file", file.clone())));
    facts.extend(revision.symbols.iter().map(|symbol| ("symbol", symbol.clone())));
    if revision.private {
        facts.push(("private", "yes".to_owned()));
    }
    facts.extend(weight(revision.importance));
    facts.extend(bounds((revision.valid_from, revision.valid_to), now));
    facts.extend(revision.reason.clone().map(|reason| ("why", reason)));
    for (name, value) in facts {
        anstream::println!("{} {}", styled(DIM, &format!("{name:>9}")), shown(&value));
    }
    if after.is_some_and(|after| after.text == revision.text) {
        anstream::println!("{}\n", styled(DIM, "          the same text"));
    } else {
        anstream::println!();
        print_text(&revision.text);
        anstream::println!();
    }
}
