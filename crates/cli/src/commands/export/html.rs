//! `export html`: the newest memories of a scope on one page, by project and session.
//! It must not know how the page looks (see `page`).
//! Invariant: two passes: first keys alone are held, at most as many as are shown; then one memory at a time. The same
//! memories are the same bytes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::iter::Peekable;
use std::path::Path;

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::memory::MemoryView;
use quipu_protocol::wire::search::{MemoriesReply, PageRequest};

use super::{Sink, page};
use crate::commands::Outcome;
use crate::commands::stats::bytes;
use crate::connect::Daemon;
use crate::output::{Form, json};

/// Where on the page a memory stands: its project (those of every project last), notes before sessions, the newest session
/// first, and within it the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    project: (bool, String),
    session: Option<(Reverse<i64>, String)>,
    at: i64,
    id: String,
}

/// What a memory is shown by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    at: i64,
    id: String,
    kind: String,
    project: Option<String>,
    session: Option<String>,
}

impl Key {
    fn of(memory: &MemoryView) -> Self {
        Key {
            at: memory.occurred_at,
            id: memory.id.clone(),
            kind: memory.kind.clone(),
            project: memory.project.clone(),
            session: memory.session_id.clone(),
        }
    }
}

pub(super) fn html(file: &Path, request: PageRequest, limit: u64, form: Form) -> Outcome {
    let mut sink = Sink::open(file)?;
    let mut daemon = Daemon::patient()?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let then = request.as_of.map(|at| format!("?as_of={at}")).unwrap_or_default();
    let (keys, all) = newest(&mut daemon, request, limit)?;
    let shown = keys.len();
    let places = places(keys);
    let mut size = 0;
    let mut put = |text: String| {
        size += text.len() as u64;
        sink.write(&text)
    };
    put(page::head(&summary(&places, all)))?;
    let (mut projects, mut sessions) = (groups(&places, |p| &p.project), groups(&places, |p| (&p.project, &p.session)));
    for (n, (place, kind)) in places.iter().enumerate() {
        if let Some(group) = projects.next_if(|group| group.first == n) {
            if n > 0 {
                put(page::END_PROJECT.to_owned())?;
            }
            put(page::project(name(&place.project), group.count))?;
        }
        if let Some(group) = sessions.next_if(|group| group.first == n) {
            let name = place.session.as_ref().map(|(_, id)| id.as_str());
            put(page::session(name, group.count, group.times))?;
        }
        match daemon.get::<MemoryView>(&format!("/v1/memories/{}{then}", place.id)) {
            Ok(memory) => put(page::memory(&memory))?,
            // Somebody has taken it away meanwhile.
            Err(fault) if fault.kind == FaultKind::Missing => put(page::missing(kind))?,
            Err(fault) => return Err(fault),
        }
        // A session ends where the next one, or the next project, begins.
        if sessions.peek().map_or(shown, |group| group.first) == n + 1 {
            put(page::END_SESSION.to_owned())?;
        }
    }
    if shown > 0 {
        put(page::END_PROJECT.to_owned())?;
    }
    put(page::foot())?;
    let is_stdout = sink.is_stdout();
    sink.finish()?;
    let words =
        if shown as u64 == all { format!("{all} memories") } else { format!("the newest {shown} of {all} memories") };
    match (is_stdout, form) {
        (true, _) => anstream::eprintln!("{words}, {}", bytes(size)),
        (false, Form::Json) => {
            json(&serde_json::json!({ "memories": shown, "of": all, "bytes": size, "file": file }));
        }
        (false, Form::Text) => anstream::println!("{words}, {}, written to {}", bytes(size), file.display()),
    }
    Ok(())
}

/// The keys of the newest memories, and how many there are.
fn newest(daemon: &mut Daemon, mut request: PageRequest, limit: usize) -> Result<(Vec<Key>, u64), Fault> {
    let (mut heap, mut all) = (BinaryHeap::new(), 0);
    loop {
        let page: MemoriesReply = daemon.ask("/v1/export", &request)?;
        for memory in &page.memories {
            all += 1;
            heap.push(Reverse(Key::of(memory)));
            if heap.len() > limit {
                heap.pop();
            }
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok((heap.into_iter().map(|Reverse(key)| key).collect(), all)),
        }
    }
}

/// The keys in the order of the page, each with its kind.
fn places(keys: Vec<Key>) -> BTreeMap<Place, String> {
    let mut latest: BTreeMap<String, i64> = BTreeMap::new();
    for key in &keys {
        if let Some(session) = &key.session {
            let at = latest.entry(session.clone()).or_insert(key.at);
            *at = (*at).max(key.at);
        }
    }
    let place = |key: Key| {
        let session = key.session.map(|id| (Reverse(latest.get(&id).copied().unwrap_or(key.at)), id));
        let project = (key.project.is_none(), key.project.unwrap_or_default());
        (Place { project, session, at: key.at, id: key.id }, key.kind)
    };
    keys.into_iter().map(place).collect()
}

/// Neighbours on the page that belong together.
struct Group {
    /// Where the first of them stands.
    first: usize,
    count: usize,
    /// The times of the first and of the last.
    times: (i64, i64),
}

/// The groups of the places for which `of` is the same.
fn groups<'p, K: PartialEq>(
    places: &'p BTreeMap<Place, String>,
    of: impl Fn(&'p Place) -> K,
) -> Peekable<std::vec::IntoIter<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    let mut last = None;
    for (n, place) in places.keys().enumerate() {
        let key = of(place);
        match groups.last_mut().filter(|_| last.as_ref() == Some(&key)) {
            Some(group) => (group.count, group.times.1) = (group.count + 1, place.at),
            None => groups.push(Group { first: n, count: 1, times: (place.at, place.at) }),
        }
        last = Some(key);
    }
    groups.into_iter().peekable()
}

fn name(project: &(bool, String)) -> Option<&str> {
    (!project.0).then_some(project.1.as_str())
}

fn summary(places: &BTreeMap<Place, String>, all: u64) -> page::Summary {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut projects: Vec<(Option<String>, usize)> = Vec::new();
    for (place, kind) in places {
        *kinds.entry(kind.clone()).or_default() += 1;
        let name = name(&place.project).map(str::to_owned);
        match projects.last_mut().filter(|(last, _)| *last == name) {
            Some((_, count)) => *count += 1,
            None => projects.push((name, 1)),
        }
    }
    let times = places.keys().map(|place| place.at);
    page::Summary { shown: places.len(), all, kinds, projects, times: times.clone().min().zip(times.max()) }
}
