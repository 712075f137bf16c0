//! What a file of a mirror says, as what is asked of the memory: a new one, or a change of the one that there is.
//! It must not touch files or memories.
//! Invariant: what a file does not mention changes nothing of what stands beside a memory's text: files of an older quipu
//! have no such keys.

use quipu_agents::import::markdown::{EVERY_PROJECT, implied_kind};
use quipu_agents::markdown_memory::MarkdownMemory;
use quipu_core::id::MemoryId;
use quipu_core::kind::Kind;
use quipu_core::link::{End, Link};
use quipu_core::standing::Importance;
use quipu_protocol::wire::memory::{MemoryView, SaveRequest, UpdateRequest};
use quipu_protocol::wire::work::LinkParam;

use super::act::{Act, Failure};
use crate::dates::iso;
use crate::service;

impl Act<'_> {
    /// What of a memory a file says otherwise, if anything; a secret in it counts as what stands in its place.
    pub(super) fn edit(&self, memory: &MemoryView, says: &MarkdownMemory) -> Option<UpdateRequest> {
        let now = self.file_of(memory)?;
        let privacy = self.service.privacy(self.mirror.project.as_ref().map(|key| key.0.as_str()));
        let safe = |text: &str| privacy.redact(text).into_owned();
        let other = |new: &str, old: &str| (safe(new) != old).then(|| new.to_owned());
        let kind = says.kind.clone().unwrap_or_else(|| implied_kind(&says.body).as_str().to_owned());
        let pinned = says.is_pinned();
        let importance = says.importance().unwrap_or(Importance::ORDINARY).number();
        let valid = says.validity();
        let bounds = (valid.from.map(|at| at.0), valid.to.map(|at| at.0));
        let held = (memory.valid_from, memory.valid_to);
        let missing = |from: &[String], of: &[String]| -> Vec<String> {
            of.iter().filter(|word| !from.contains(&safe(word))).cloned().collect()
        };
        let (work, links) = (work(&now, says, memory), links(&now, says));
        let request = UpdateRequest {
            text: other(&says.body, &memory.text),
            title: other(says.subject.trim(), now.subject.trim()),
            kind: (kind != memory.kind).then_some(kind),
            applies_to: other(&says.applies_to.to_string(), &now.applies_to.to_string()),
            add_keywords: missing(&memory.keywords, &says.keywords),
            remove_keywords: missing(
                &says.keywords.iter().map(|word| safe(word)).collect::<Vec<_>>(),
                &memory.keywords,
            ),
            pinned: (pinned != memory.pinned).then_some(pinned),
            importance: Some(importance).filter(|importance| *importance != memory.importance),
            valid_from: bounds.0.filter(|_| bounds != held),
            valid_to: bounds.1.filter(|_| bounds != held),
            always_valid: bounds != held,
            status: work.status,
            priority: work.priority,
            due: work.due,
            add_links: links.0,
            remove_links: links.1,
            ..UpdateRequest::default()
        };
        let asks = request.text.is_some()
            || request.title.is_some()
            || request.kind.is_some()
            || request.applies_to.is_some()
            || !request.add_keywords.is_empty()
            || !request.remove_keywords.is_empty()
            || request.pinned.is_some()
            || request.importance.is_some()
            || request.always_valid
            || request.status.is_some()
            || request.priority.is_some()
            || request.due.is_some()
            || !request.add_links.is_empty()
            || !request.remove_links.is_empty();
        asks.then_some(request)
    }

    /// What is saved of a file.
    pub(super) fn request(&self, id: Option<MemoryId>, says: MarkdownMemory) -> Result<SaveRequest, Failure> {
        let at = says.occurred_at.parse::<jiff::Timestamp>().map_err(|error| Failure::Refused(error.to_string()))?;
        let kind = says.kind.clone().unwrap_or_else(|| implied_kind(&says.body).as_str().to_owned());
        if !service::kind(&kind).map_err(Failure::of)?.is_written() {
            return Err(Failure::Refused(format!("`{kind}` is what sessions are captured as, and no kind of a note")));
        }
        let project = match &self.mirror.project {
            Some(project) => Some(project.0.clone()),
            None => says.project.clone().filter(|project| project != EVERY_PROJECT),
        };
        let is_work = kind == Kind::WorkItem.as_str();
        let work = says.work().filter(|_| is_work);
        let (links, bad) = says.links().unwrap_or_default();
        if let Some(bad) = bad.first() {
            return Err(Failure::Refused(format!("`{bad}` is no link; write it as `relates_to ID`")));
        }
        Ok(SaveRequest {
            id: id.map(|id| id.to_string()),
            text: says.body,
            kind: Some(kind),
            title: Some(says.subject).filter(|title| !title.is_empty()),
            keywords: says.keywords,
            applies_to: Some(says.applies_to.to_string()),
            occurred_at: Some(at.as_millisecond()),
            project,
            session: says.agent.zip(says.session),
            status: work.map(|work| work.status.as_str().to_owned()),
            priority: work.map(|work| work.priority.as_str().to_owned()),
            due: work.and_then(|work| work.due).map(|due| iso(due.0)),
            links: links.into_iter().map(param).collect(),
            ..SaveRequest::default()
        })
    }
}

/// What a file says otherwise of where a work item stands.
fn work(now: &MarkdownMemory, says: &MarkdownMemory, memory: &MemoryView) -> UpdateRequest {
    // Of what becomes a work item by the same edit nothing is known yet.
    let (Some(new), Some(old)) = (says.work(), now.work()) else { return UpdateRequest::default() };
    let due = || new.due.map_or_else(|| "none".to_owned(), |due| iso(due.0));
    UpdateRequest {
        status: (new.status != old.status).then(|| new.status.as_str().to_owned()),
        priority: (new.priority != old.priority).then(|| new.priority.as_str().to_owned()),
        due: (new.due.map(|due| due.0) != memory.work.as_ref().and_then(|work| work.due_at)).then(due),
        ..UpdateRequest::default()
    }
}

/// Links that a file has more, and those that it has no more. One that cannot be read is none that was taken out.
fn links(now: &MarkdownMemory, says: &MarkdownMemory) -> (Vec<LinkParam>, Vec<LinkParam>) {
    let Some((new, bad)) = says.links() else { return (Vec::new(), Vec::new()) };
    let (old, _) = now.links().unwrap_or_default();
    let missing = |from: &[Link], of: &[Link]| of.iter().filter(|l| !from.contains(l)).copied().map(param).collect();
    (missing(&old, &new), if bad.is_empty() { missing(&new, &old) } else { Vec::new() })
}

fn param(link: Link) -> LinkParam {
    LinkParam { relation: link.relation.word(End::Keeper).to_owned(), id: link.to.to_string() }
}
