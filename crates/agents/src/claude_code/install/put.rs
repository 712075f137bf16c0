//! Putting quipu's entries in, and bringing those that are there up to date.
//! It must not know files or what is said about them.
//! Invariant: each step leaves a file that can be read again, and the last one leaves nothing to do.

use jsonc_parser::ast::Value;

use super::command::{command_line, shell_word};
use super::document::{Container, Document, property};
use super::edit::{self, Edits};
use super::entries::{self, CommandForm, Entry, check_shape, entries};
use super::style::{self, Layout, Node, Style};
use super::{SettingsError, Wanted, split_mark, take};
use crate::claude_code::hook::{EDIT_EVENT, EDIT_TOOLS, SERVED};

/// `text` with quipu's hooks in it, and with older entries of ours brought up to date.
pub fn install(text: &str, wanted: &Wanted<'_>) -> Result<String, SettingsError> {
    let (mark, text) = split_mark(text);
    if text.trim().is_empty() {
        return Ok(format!("{mark}{}", fresh(wanted)));
    }
    let mut text = text.to_owned();
    // Each round does one thing and reads the result anew, so no edit has to know of another.
    while let Some(next) = step(&Document::parse(&text)?, wanted)? {
        text = next;
    }
    Ok(format!("{mark}{text}"))
}

/// A file with nothing in it but ours.
pub(super) fn fresh(wanted: &Wanted<'_>) -> String {
    let served = SERVED.into_iter().filter(|event| !wanted.leave_out.contains(event));
    let file = Node::Object(vec![("hooks", events(served, wanted))]);
    format!("{}\n", Style::usual().value(&file, &Layout::Lines { indent: String::new() }))
}

/// One step towards `wanted`; nothing when there is none left.
fn step(document: &Document<'_>, wanted: &Wanted<'_>) -> Result<Option<String>, SettingsError> {
    check_shape(document)?;
    let entries = entries(document);
    let moved = repointed(document, &entries, wanted);
    if moved.is_some() {
        return Ok(moved);
    }
    let is_repeat = |at: &usize| entries[..*at].iter().any(|earlier| earlier.repeats(&entries[*at]));
    if let Some(at) = (0..entries.len()).find(is_repeat) {
        return Ok(Some(take::without(document, &entries[at], None)));
    }
    if let Some(unwanted) = entries.iter().find(|entry| wanted.leave_out.contains(&entry.event())) {
        return Ok(Some(take::without(document, unwanted, None)));
    }
    Ok(timed(document, &entries).or_else(|| {
        let missing = entries::missing(document, &entries).into_iter();
        added(document, missing.filter(|event| !wanted.leave_out.contains(event)).collect(), wanted)
    }))
}

/// The text with every entry of ours running the program that is wanted; nothing when they do.
fn repointed(document: &Document<'_>, entries: &[Entry<'_, '_>], wanted: &Wanted<'_>) -> Option<String> {
    let mut edits = Edits::default();
    for entry in entries.iter().filter(|entry| !wanted.agrees(&entry.command.program)) {
        let word = match entry.form {
            CommandForm::Shell => shell_word(wanted.program),
            CommandForm::Exec => wanted.program.to_owned(),
        };
        let mut line = entry.line.to_owned();
        line.replace_range(entry.command.word.clone(), &word);
        edits.replace(entry.literal.clone(), style::string(&line));
    }
    (!edits.is_empty()).then(|| edits.apply(document.text))
}

/// The text with a time limit where an entry needs one and names none; nothing when none does.
fn timed(document: &Document<'_>, entries: &[Entry<'_, '_>]) -> Option<String> {
    let style = Style::of(document);
    let lacking = entries.iter().filter(|entry| property(entry.place.handler, "timeout").is_none());
    let (entry, seconds) = lacking.filter_map(|entry| Some((entry, timeout(entry.event())?))).next()?;
    let handler = Container::of_object(entry.place.handler);
    let property = |layout: &Layout| style.property("timeout", &Node::Number(seconds), layout);
    Some(edit::append(document, &handler, &style, property))
}

/// The text with the first of `missing`, or with all where there is no `hooks` yet; nothing when none is missing.
fn added(document: &Document<'_>, missing: Vec<&'static str>, wanted: &Wanted<'_>) -> Option<String> {
    let style = Style::of(document);
    let event = *missing.first()?;
    let Some(hooks) = property(&document.root, "hooks").and_then(|hooks| hooks.value.as_object()) else {
        let events = events(missing.into_iter(), wanted);
        let root = Container::of_object(&document.root);
        return Some(edit::append(document, &root, &style, |layout| style.property("hooks", &events, layout)));
    };
    if let Some(Value::Array(groups)) = property(hooks, event).map(|event| &event.value) {
        let group = group(event, wanted);
        return Some(edit::append(document, &Container::of_array(groups), &style, |layout| {
            style.value(&group, layout)
        }));
    }
    let groups = Node::Array(vec![group(event, wanted)]);
    let hooks = Container::of_object(hooks);
    Some(edit::append(document, &hooks, &style, |layout| style.property(event, &groups, layout)))
}

fn events(names: impl Iterator<Item = &'static str>, wanted: &Wanted<'_>) -> Node {
    Node::Object(names.map(|event| (event, Node::Array(vec![group(event, wanted)]))).collect())
}

/// An event's group with our one handler.
fn group(event: &str, wanted: &Wanted<'_>) -> Node {
    let mut handler = vec![
        ("type", Node::Text("command".to_owned())),
        // One line for a shell: nothing says since which version of Claude Code `args` are understood.
        ("command", Node::Text(command_line(wanted.program))),
    ];
    handler.extend(timeout(event).map(|seconds| ("timeout", Node::Number(seconds))));
    // A command that has nothing to say must not run before every tool.
    let matcher = (event == EDIT_EVENT).then(|| ("matcher", Node::Text(EDIT_TOOLS.join("|"))));
    let hooks = ("hooks", Node::Array(vec![Node::Object(handler)]));
    Node::Object(matcher.into_iter().chain([hooks]).collect())
}

/// In seconds, where the host's own limit is too short: all hooks of SessionEnd share 1.5 s unless one asks for more.
fn timeout(event: &str) -> Option<u32> {
    (event == "SessionEnd").then_some(2)
}
