//! What was learnt about a file, in one line, before an agent edits it; nearly always nothing.
//! It must not know how the line is written (`core::file_note`) nor SQL.
//! Invariant: never from tools, never what the asker still has in its context, once a file and session.

use std::collections::HashSet;
use std::path::Path;

use quipu_core::fence;
use quipu_core::file_note::{line, names, reason, symbols};
use quipu_core::memory::{Memory, SessionRef};
use quipu_core::offer::{Again, Line, Part, Silence, Why};
use quipu_core::pack::MAX_BYTES;
use quipu_core::scope::{AppliesTo, Viewer};
use quipu_core::tokens;
use quipu_protocol::fault::Fault;
use quipu_store::read::{FileMemories, FileQuery};

use super::prompt::day;
use super::trail::{Answer, reader};
use super::unprinted::Once;
use super::{Event, standpoint};
use crate::places;
use crate::service::{Service, fault_of};

/// So many notes and answers are looked through.
const CANDIDATES: usize = 40;
/// So much of the code is looked at for names, in tokens.
const CODE: usize = 4_000;

/// What is said of the file that is about to be edited, with what of it is said once.
pub(super) fn note(service: &Service, event: &Event<'_>) -> Result<(Answer, Vec<Once>), Fault> {
    let mut once = Vec::new();
    let mut answer = learnt_of(service, event, &mut once)?;
    // Whatever is known of the file, who else is in it is said too.
    if let Some(line) = others(service, event, &mut once) {
        answer.text = fence::with(&answer.text, &line, MAX_BYTES);
        answer.tokens = tokens::estimate(&answer.text);
    }
    Ok((answer, once))
}

/// Who else edits the file, in a line; of what was told already nothing.
fn others(service: &Service, event: &Event<'_>, once: &mut Vec<Once>) -> Option<String> {
    let file = event.payload.edited_file()?;
    let path = places::absolute(Path::new(event.payload.cwd.as_deref().unwrap_or("/")), file);
    let key = places::file_key(Some(&event.project), &path)?;
    let editing = service.editing(Some(&event.session));
    let editors = editing.of_file(&event.project, &key);
    let latest = editors.first()?;
    // Once for each edit of theirs: what was said before still holds.
    let session = reader(event).id;
    if !service.told().warn(&session, &key, latest.at) {
        return None;
    }
    once.push(Once::Editing { session, file: key });
    let more = match editors.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    Some(format!("- now: {}{more}", event.privacy.redact(&latest.line(&jiff::Zoned::now()))))
}

fn learnt_of(service: &Service, event: &Event<'_>, once: &mut Vec<Once>) -> Result<Answer, Fault> {
    let Some(file) = event.payload.edited_file() else { return Ok(Answer::silent(Silence::NothingFound)) };
    let path = Path::new(event.payload.cwd.as_deref().unwrap_or("/")).join(file);
    let path = path.to_string_lossy();
    let asker = reader(event);
    if !service.told().knows(&asker.id) {
        // It may have begun with another daemon.
        let files = service.engine().files_told(&asker).map_err(fault_of)?;
        service.told().learn(&asker.id, files);
    }
    if !service.told().may(&asker.id, &path) {
        return Ok(Answer::silent(Silence::ToldAlready));
    }
    let query = query(&path, event, asker);
    let known = service.engine().on_file(&query).map_err(fault_of)?;
    let code: HashSet<&str> =
        event.payload.edited_code().flat_map(|code| symbols(tokens::prefix(code, CODE))).collect();
    let Some((memory, text)) = written(&known, &query).or_else(|| learnt(&known, &path, &code)) else {
        return Ok(Answer::silent(Silence::NothingFound));
    };
    if !service.told().tell(&query.asker.id, &path) {
        return Ok(Answer::silent(Silence::ToldAlready));
    }
    once.push(Once::Note { session: query.asker.id, file: path.to_string() });
    // Before it is cut: half a secret would pass for none.
    let text = line(memory.kind, &day(memory.occurred_at.0), memory.id, &event.privacy.redact(&text));
    let (tokens, bytes) = (tokens::estimate(&text), text.len());
    let why = Why::File(event.privacy.redact(&path).into_owned());
    // A sentence of an answer, or the beginning of a long note, is not all that there is to know.
    let is_whole = memory.kind.is_written() && !text.contains(" …\n");
    let part = if is_whole { Part::Whole } else { Part::Bytes(0..0) };
    let line = Line { memory: memory.id, revision: memory.revision, tokens, bytes, part, why, again: Again::No };
    Ok(Answer { text, tokens, lines: vec![line], ..Answer::default() })
}

/// The file as it may be named: worktrees of a project have the same files at other places.
fn query(path: &str, event: &Event<'_>, asker: SessionRef) -> FileQuery {
    let project = &event.project;
    let file = Path::new(path);
    let root = places::working_tree(file).unwrap_or(Path::new(&project.0));
    let mut paths = vec![path.to_owned()];
    if let Ok(inside) = file.strip_prefix(root) {
        let main = Path::new(&project.0).join(inside).to_string_lossy().into_owned();
        paths.push(main);
    }
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let key = places::file_key(Some(project), path).unwrap_or_else(|| path.to_owned());
    let viewer = Viewer::told_at(standpoint(event).with_file(key.clone()));
    FileQuery { project: project.clone(), paths, key, name, asker, viewer, limit: CANDIDATES, now: event.at }
}

/// The newest note that is about the file.
fn written<'m>(known: &'m FileMemories, query: &FileQuery) -> Option<(&'m Memory, String)> {
    let is_named = |text: &str| query.paths.iter().any(|path| names(text, path));
    let is_for_it = |note: &Memory| {
        let places = AppliesTo::repair(&note.applies_to, |path| places::file_key(note.project.as_ref(), path));
        places.applies_to.is_of_file(&query.key)
    };
    let is_about = |note: &&Memory| {
        let title = note.title.as_deref().unwrap_or("");
        // Whoever wrote it may have said so beside the text.
        let is_said = note.files.iter().any(|file| query.paths.contains(file));
        is_said || is_for_it(note) || is_named(title) || is_named(&note.body)
    };
    let note = known.notes.iter().find(is_about)?;
    let title = note.title.as_deref().map(|title| format!("{title}: ")).unwrap_or_default();
    Some((note, format!("{title}{}", note.body)))
}

/// The sentence that says most; of equals that of the newest answer.
fn learnt<'m>(known: &'m FileMemories, path: &str, code: &HashSet<&str>) -> Option<(&'m Memory, String)> {
    let sentences = known.answers.iter().filter_map(|answer| Some((answer, reason(&answer.body, path, code)?)));
    let best = sentences.reduce(|best, one| if one.1.0 > best.1.0 { one } else { best })?;
    Some((best.0, best.1.1.to_owned()))
}
