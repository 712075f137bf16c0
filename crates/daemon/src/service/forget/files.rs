//! Files of spool and quarantine that carry something that is forgotten.
//! It must not know rows.
//! Invariant: a file goes because of what it says, never because of its age; one that says nothing of it stays.

use std::path::{Path, PathBuf};

use quipu_agents::claude_code::AGENT;
use quipu_core::fence;
use quipu_core::forget::{Trace, caller};
use quipu_core::hash::js_trim;
use quipu_protocol::fault::Fault;
use quipu_store::forget::{Cover, Selection};
use serde_json::Value;

use crate::service::{Service, fault_of};

/// A larger file of the spool is none that a hook wrote.
const LARGEST: u64 = 64 << 20;
/// A text that is shorter is found only where a whole value says it.
const TELLING: usize = 12;
/// So much of a line is looked for in a file that cannot be read as what it should be.
const LINE: usize = 64;
/// Of so many memories texts are looked for in such files.
const MOST: usize = 10_000;

/// What is looked for, while it is still known.
#[derive(Default)]
pub(super) struct Needles {
    sessions: Vec<String>,
    texts: Vec<String>,
    lines: Vec<Vec<u8>>,
}

impl Needles {
    /// Of a selection; nothing where there is no file to look in.
    pub(super) fn of(service: &Service, selection: &Selection, cover: &Cover) -> Result<Self, Fault> {
        let mut needles = Self::default();
        if files(service).is_empty() {
            return Ok(needles);
        }
        if selection.is_of_wholes() {
            needles.sessions.extend(selection.session.clone());
            needles.sessions.extend(cover.names.iter().cloned());
        }
        for id in cover.ids.iter().take(MOST) {
            let Some(texts) = service.engine().texts(*id).map_err(fault_of)? else { continue };
            let earlier = texts.revisions.into_iter().filter_map(|revision| revision.body);
            for body in std::iter::once(texts.body).chain(earlier) {
                let line = body.lines().map(str::trim).find(|line| line.len() >= TELLING);
                needles.lines.extend(line.map(|line| as_json(line.chars().take(LINE).collect())));
                needles.texts.push(js_trim(&body).to_owned());
            }
        }
        Ok(needles)
    }

    fn are_in(&self, service: &Service, file: &Path) -> bool {
        let Some(bytes) = read(file) else { return false };
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
            return self.lines.iter().any(|line| holds(&bytes, line))
                || self.sessions.iter().any(|session| holds(&bytes, session.as_bytes()));
        };
        let mut found = false;
        strings(&value, &mut |text| {
            let is_session = self.sessions.iter().any(|session| text == session || caller(text) == Some(session));
            found =
                found || is_session || self.texts.iter().any(|own| own == js_trim(text) || *own == said(service, text));
        });
        found
    }
}

/// How many files carry any of it.
pub(super) fn count(service: &Service, needles: &Needles) -> u64 {
    files(service).iter().filter(|file| needles.are_in(service, file)).count() as u64
}

/// Removes them.
pub(super) fn remove(service: &Service, needles: &Needles) -> u64 {
    take_away(service, |file| needles.are_in(service, file))
}

/// Removes files that tombstones stand for: nobody remembers the texts any more.
pub(super) fn sweep(service: &Service) -> u64 {
    take_away(service, |file| read(file).is_some_and(|bytes| is_forgotten(service, &bytes)))
}

fn take_away(service: &Service, is_of_it: impl Fn(&Path) -> bool) -> u64 {
    let mut removed = 0;
    for file in files(service).into_iter().filter(|file| is_of_it(file)) {
        if service.engine().fence().is_ok() && std::fs::remove_file(&file).is_ok() {
            removed += 1;
            // Why it was kept aside may quote it.
            let _ = std::fs::remove_file(file.with_extension("reason"));
        }
    }
    removed
}

fn is_forgotten(service: &Service, bytes: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return false };
    let agent = value["agent"].as_str().unwrap_or(AGENT).to_owned();
    let is = |trace: &Trace<'_>| service.engine().is_forgotten(trace).unwrap_or(false);
    let session = value["session_id"].as_str().unwrap_or_default();
    if [Some(session), caller(session)].into_iter().flatten().any(|id| is(&Trace::Session { agent: &agent, id })) {
        return true;
    }
    let mut found = false;
    strings(&value, &mut |text| {
        found = found || is(&Trace::Text(text)) || is(&Trace::Text(&said(service, text))) || is(&Trace::File(text));
    });
    found
}

/// Calls `each` with every string in `value`, and with those of JSON within a string: a body is a payload.
fn strings(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => {
            each(text);
            if text.starts_with('{')
                && let Ok(inner @ Value::Object(_)) = serde_json::from_str(text)
            {
                strings(&inner, each);
            }
        }
        Value::Array(all) => all.iter().for_each(|value| strings(value, each)),
        Value::Object(all) => all.values().for_each(|value| strings(value, each)),
        _ => {}
    }
}

/// A text of a payload as it would be kept.
fn said(service: &Service, text: &str) -> String {
    service.privacy(None).redact(js_trim(&fence::strip(text))).into_owned()
}

fn files(service: &Service) -> Vec<PathBuf> {
    let spool = service.paths().spool();
    let inside = |dir: &Path| std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let all: Vec<PathBuf> = inside(&spool).chain(inside(&spool.join("quarantine"))).collect();
    all.into_iter().filter(|file| file.is_file() && file.extension().is_none_or(|x| x != "reason")).collect()
}

fn read(file: &Path) -> Option<Vec<u8>> {
    let is_small = std::fs::metadata(file).is_ok_and(|meta| meta.len() <= LARGEST);
    is_small.then(|| std::fs::read(file).ok()).flatten()
}

/// A line as it stands in JSON, and in a text without anything to escape.
fn as_json(line: String) -> Vec<u8> {
    let quoted = Value::String(line).to_string();
    quoted.as_bytes()[1..quoted.len() - 1].to_vec()
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window == needle)
}
