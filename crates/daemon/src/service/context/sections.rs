//! What a session pack may hold, section by section, best first.
//! It must not know the budget beyond each section's share of it.
//! Invariant: no memory is in two sections; a count is of all there is, not of what was loaded.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Zoned;
use quipu_agents::Privacy;
use quipu_core::briefing::{Item, Section};
use quipu_core::change::Pin;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::Memory;
use quipu_core::rank;
use quipu_core::work::Status;
use quipu_protocol::fault::Fault;
use quipu_store::read::{
    By, Closed, Counted, Neighbours, PackQuery, Scope, SearchAnswer, SearchQuery, SessionSummary, States, WorkItem,
    WorkList, WorkQuery,
};

use super::{Ask, For};
use crate::dates;
use crate::places;
use crate::service::search::Judge;
use crate::service::{Service, fault_of};

/// Sessions that an asker is told of.
const SESSIONS: usize = 2;
/// Sessions that are looked through for one that has something to tell.
const LOOKED_AT: usize = 3;
/// Memories about the task, at most.
const ABOUT_TASK: usize = 5;
/// So many of each list are loaded: more never fit.
const LOADED: usize = 12;
/// So many open items are loaded, of which the pressing ones go first.
const WORK_LOADED: usize = 100;
/// So many hits are looked through for the rules nearest to a task.
const NEAREST: usize = 20;
/// So many files of all items together are looked for on disk.
const FILES_LOOKED_FOR: usize = 32;

const ABOUT: &str = "about this task";
const STOPPED: &str = "where we stopped";
const WORK: &str = "open work";
const PINNED: &str = "pinned";
const DECISIONS: &str = "decisions";
const RULES: &str = "conventions and what not to do";
const THREADS: &str = "open threads";
const NOTES: &str = "other notes";

/// Whether a section holds what somebody wrote down.
pub(super) fn is_written(name: &str) -> bool {
    ![ABOUT, STOPPED].contains(&name)
}

/// All of them, and what the answer may lack.
pub(super) fn all(
    service: &Service,
    ask: &Ask<'_>,
    hushed: &[Memory],
) -> Result<(Vec<Section>, Option<String>), Fault> {
    let mut writer = Writer {
        now: Zoned::now(),
        root: &ask.project.0,
        looked_for: 0,
        told: HashMap::new(),
        privacy: service.privacy(Some(&ask.project.0)),
    };
    // What is not to be put before agents here is as if it were told already.
    writer.told.extend(hushed.iter().map(|memory| (memory.id, (memory.kind, memory.pin))));
    if let For::Compacted(_) = ask.whom {
        let items = stopped(service, ask, &mut writer)?;
        let now = service.now();
        let (open, of) = writer.work(work_of(service, ask, now)?, now);
        let stopped = Section { name: STOPPED, share: 60, of: items.len(), items };
        return Ok((vec![stopped, Section { name: WORK, share: 40, of, items: open }], None));
    }
    let mut fallback = None;
    let mut nearest = Vec::new();
    let mut about = Vec::new();
    if let Some(task) = ask.task {
        let found = hits(service, ask, task, ABOUT_TASK * 2, &recalled())?;
        fallback.clone_from(&found.fallback);
        let mut judge = Judge::new(task, &found.terms);
        let worth = found.hits.into_iter().filter(|hit| rank::worth_injecting(&judge.evidence(hit)));
        about = worth.map(|hit| hit.memory).filter(|memory| !is_listed(memory.kind)).take(ABOUT_TASK).collect();
        let rules = [Kind::Decision, Kind::Convention, Kind::AntiPattern];
        nearest = hits(service, ask, task, NEAREST, &rules)?.hits.into_iter().map(|hit| hit.memory).collect();
    }
    let rows = service
        .engine
        .pack(&PackQuery {
            project: ask.project.clone(),
            viewer: ask.viewer.clone(),
            limit: LOADED,
            now: service.now(),
        })
        .map_err(fault_of)?;
    let now = service.now();
    let work = work_of(service, ask, now)?;

    let about: Vec<Item> = about.iter().filter_map(|memory| writer.item(memory, memory.kind.as_str())).collect();
    let stopped = stopped(service, ask, &mut writer)?;
    let pinned = writer.pinned(rows.pinned);
    let work = writer.work(work, now);
    let decisions = writer.written(rows.decisions, &nearest, |kind| kind == Kind::Decision);
    let rules = writer.written(rows.rules, &nearest, |kind| matches!(kind, Kind::Convention | Kind::AntiPattern));
    let threads = writer.written(rows.threads, &[], |kind| kind == Kind::OpenThread);
    let notes =
        writer.written(rows.notes, &[], |kind| kind.is_written() && !is_listed(kind) && kind != Kind::OpenThread);
    // What is known of a task has a fifth of the budget; the others share what is left.
    let of_rest = if ask.task.is_some() { 80 } else { 100 };
    let section =
        |name, share, (items, of): (Vec<Item>, usize)| Section { name, share: share * of_rest / 100, items, of };
    let all_of = |items: Vec<Item>| (items.clone(), items.len());
    let sections = vec![
        Section { share: 100 - of_rest, ..section(ABOUT, 0, all_of(about)) },
        section(STOPPED, 25, all_of(stopped)),
        section(WORK, 20, work),
        section(PINNED, 15, pinned),
        section(DECISIONS, 15, decisions),
        section(RULES, 15, rules),
        section(THREADS, 5, threads),
        section(NOTES, 5, notes),
    ];
    Ok((sections, fallback))
}

/// The open work items of a project.
fn work_of(service: &Service, ask: &Ask<'_>, now: Millis) -> Result<WorkList, Fault> {
    let scope = Scope::Project(ask.project.clone());
    let query = WorkQuery { scope, viewer: ask.viewer.clone(), closed: Closed::Hide, limit: WORK_LOADED, now };
    service.engine.work(&query).map_err(fault_of)
}

/// Whether memories of a kind have a section of their own, which the task puts in order.
fn is_listed(kind: Kind) -> bool {
    matches!(kind, Kind::Decision | Kind::Convention | Kind::AntiPattern | Kind::WorkItem)
}

fn recalled() -> Vec<Kind> {
    Kind::ALL.into_iter().filter(|kind| kind.is_recalled()).collect()
}

fn hits(service: &Service, ask: &Ask<'_>, task: &str, limit: usize, kinds: &[Kind]) -> Result<SearchAnswer, Fault> {
    let query = SearchQuery {
        text: task.to_owned(),
        scope: Scope::Project(ask.project.clone()),
        viewer: ask.viewer.clone(),
        kinds: kinds.to_vec(),
        files: Vec::new(),
        since: None,
        until: None,
        states: States::Live,
        not_in_context_of: None,
        limit,
        by: By::Meaning,
        now: service.now(),
        neighbours: Neighbours::Load,
        as_of: None,
    };
    service.engine.search(&query).map_err(fault_of)
}

/// Where sessions stopped: what each was asked last and answered last, and its summary.
fn stopped(service: &Service, ask: &Ask<'_>, writer: &mut Writer<'_>) -> Result<Vec<Item>, Fault> {
    let sessions = service.engine.recent_sessions(ask.project, ask.branch, LOOKED_AT).map_err(fault_of)?;
    let on = |session: &SessionSummary| session.branch.as_deref().map(|b| format!(" on {b}")).unwrap_or_default();
    let mut items = Vec::new();
    match ask.whom {
        For::Asker => {
            for session in sessions.iter().take(SESSIONS) {
                let whose = format!("a session of {}{}", session.session.agent, on(session));
                items.extend(session.latest.iter().filter_map(|memory| {
                    let did = if memory.kind == Kind::Prompt { "was asked" } else { "stopped with" };
                    writer.item(memory, &format!("{whose} {did}"))
                }));
            }
        }
        For::Start(own) => {
            // A session of programs alone has nothing to tell; the one before it may.
            let told = sessions.iter().find(|session| session.session != *own && !session.latest.is_empty());
            if let Some(session) = told {
                let whose = format!("last session{}", on(session));
                items.extend(session.latest.iter().filter_map(|memory| {
                    let did = match memory.kind {
                        Kind::Prompt => " was asked",
                        Kind::Checkpoint => ", its summary",
                        _ => " stopped with",
                    };
                    writer.item(memory, &format!("{whose}{did}"))
                }));
            }
        }
        For::Compacted(own) => {
            // The summary stands in the context; what was asked last may not.
            let latest = sessions.iter().find(|session| session.session == *own).map(|session| &session.latest);
            items.extend(latest.into_iter().flatten().filter_map(|memory| match memory.kind {
                Kind::Checkpoint => None,
                Kind::Prompt => writer.item(memory, "asked last in this session"),
                _ => writer.item(memory, "answered last in this session"),
            }));
        }
    }
    Ok(items)
}

/// Writes items, each memory once.
struct Writer<'a> {
    now: Zoned,
    root: &'a str,
    /// What of any text may be shown.
    privacy: Arc<Privacy>,
    /// Files looked for on disk so far.
    looked_for: usize,
    /// What is an item already, with what says where else it would belong.
    told: HashMap<MemoryId, (Kind, Pin)>,
}

impl Writer<'_> {
    fn item(&mut self, memory: &Memory, label: &str) -> Option<Item> {
        if self.told.insert(memory.id, (memory.kind, memory.pin)).is_some() {
            return None;
        }
        let title = memory.title.as_deref().map(|title| format!("{title}: ")).unwrap_or_default();
        let text = format!("{title}{}{}", memory.body, self.gone(memory));
        let text = self.privacy.redact(&text).into_owned();
        Some(Item {
            id: memory.id,
            revision: memory.revision,
            label: label.to_owned(),
            when: dates::age(memory.occurred_at.0, &self.now),
            text,
        })
    }

    /// Which of its files are gone, of a memory that was written down: what a session touched is its past.
    fn gone(&mut self, memory: &Memory) -> String {
        if !memory.kind.is_written() || self.looked_for + memory.files.len() > FILES_LOOKED_FOR {
            return String::new();
        }
        self.looked_for += memory.files.len();
        let gone = places::gone(&memory.files, Some(self.root));
        match gone.first() {
            None => String::new(),
            Some(file) => format!(" (file gone since: {})", places::inside(file, self.root)),
        }
    }

    /// What is held on to.
    fn pinned(&mut self, rows: Counted) -> (Vec<Item>, usize) {
        self.list(rows, Vec::new(), |kind, pin| pin == Pin::Pinned && kind != Kind::WorkItem)
    }

    /// What was written down of some kinds: the nearest to a task, then the newest.
    fn written(&mut self, rows: Counted, nearest: &[Memory], is_of: impl Fn(Kind) -> bool) -> (Vec<Item>, usize) {
        let nearest: Vec<Memory> =
            nearest.iter().filter(|memory| is_of(memory.kind) && memory.pin == Pin::Loose).cloned().collect();
        self.list(rows, nearest, |kind, pin| pin == Pin::Loose && is_of(kind))
    }

    fn list(&mut self, rows: Counted, first: Vec<Memory>, belongs: impl Fn(Kind, Pin) -> bool) -> (Vec<Item>, usize) {
        // What is an item elsewhere is counted there.
        let elsewhere = self.told.values().filter(|(kind, pin)| belongs(*kind, *pin)).count();
        let all = first.iter().chain(&rows.newest);
        let items: Vec<Item> = all.filter_map(|memory| self.item(memory, memory.kind.as_str())).collect();
        let of = (rows.of as usize).saturating_sub(elsewhere).max(items.len());
        (items, of)
    }

    /// What is overdue, begun or blocked goes before what is only planned.
    fn work(&mut self, list: WorkList, now: Millis) -> (Vec<Item>, usize) {
        let mut open = list.items;
        let pressing = |item: &WorkItem| match item.work.status {
            _ if item.work.is_overdue(now) => 0,
            Status::Active => 1,
            Status::Blocked => 2,
            _ => 3,
        };
        open.sort_by_key(pressing);
        let elsewhere = self.told.values().filter(|(kind, _)| *kind == Kind::WorkItem).count();
        let items = open.iter().filter_map(|item| {
            let due = item.work.due.map(|due| format!(", {}", dates::until(due.0, &self.now))).unwrap_or_default();
            let by = match item.blockers.first() {
                Some(by) => format!(" by {by}"),
                None => String::new(),
            };
            let label = format!("{}{by}, {}{due}", item.work.status.as_str(), item.work.priority.as_str());
            self.item(&item.memory, &label)
        });
        let items: Vec<Item> = items.collect();
        let of = (list.open as usize).saturating_sub(elsewhere).max(items.len());
        (items, of)
    }
}
