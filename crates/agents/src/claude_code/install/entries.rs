//! quipu's own entries in a settings file, wherever they stand.
//! It must not know how a file is edited.
//! Invariant: an entry counts as ours by what its command runs, never by its place or its neighbours.

use std::ops::Range;

use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;

use super::SettingsError;
use super::command::{self, OwnCommand};
use super::document::{Document, property, text_of};
use crate::claude_code::hook::SERVED;

/// A handler with all it stands in, from the outside in; `…_at` is the place in the list or object around it.
#[derive(Clone, Copy)]
pub(super) struct Place<'d, 't> {
    pub(super) hooks_at: usize,
    /// The root's property, which may be shadowed by a later one of the same name.
    pub(super) hooks: &'d ObjectProp<'t>,
    pub(super) events: &'d Object<'t>,
    pub(super) event_at: usize,
    pub(super) event: &'d ObjectProp<'t>,
    pub(super) groups: &'d Array<'t>,
    pub(super) group_at: usize,
    pub(super) group: &'d Object<'t>,
    pub(super) handlers: &'d Array<'t>,
    pub(super) handler_at: usize,
    pub(super) handler: &'d Object<'t>,
}

/// A handler of ours.
pub(super) struct Entry<'d, 't> {
    pub(super) place: Place<'d, 't>,
    pub(super) command: OwnCommand,
    pub(super) form: CommandForm,
    /// The command as the file's string has it.
    pub(super) line: &'d str,
    /// Where that string stands.
    pub(super) literal: Range<usize>,
}

/// How a command is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandForm {
    /// One line for a shell.
    Shell,
    /// A program, and `args` beside it.
    Exec,
}

impl Entry<'_, '_> {
    /// The event's name.
    pub(super) fn event(&self) -> &str {
        self.place.event.name.as_str()
    }
    /// Whether both do the same at the same time, once they run the same program.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let when = |entry: &Self| {
            let Place { group, handler, .. } = entry.place;
            let matcher = text_of(group, "matcher").filter(|matcher| !matches!(*matcher, "" | "*"));
            (matcher.map(str::to_owned), text_of(handler, "if").map(str::to_owned))
        };
        self.place.event.start() == other.place.event.start()
            && when(self) == when(other)
            && self.around() == other.around()
    }
    /// The command without its program.
    fn around(&self) -> (&str, &str) {
        let word = &self.command.word;
        (self.line[..word.start].trim(), self.line[word.end..].trim())
    }
}

/// Every entry of ours, in the order of the file, shadowed ones too.
pub(super) fn entries<'d, 't>(document: &'d Document<'t>) -> Vec<Entry<'d, 't>> {
    places(document).into_iter().filter_map(own).collect()
}

/// The events in which quipu's hook is part of another command.
pub(super) fn mentions(document: &Document<'_>) -> Vec<String> {
    let places = places(document).into_iter();
    let mentions = places.filter(|place| text_of(place.handler, "command").is_some_and(command::mentions));
    mentions.map(|place| place.event.name.as_str().to_owned()).collect()
}

/// The events that quipu serves and for which the file does not run it.
pub(super) fn missing(document: &Document<'_>, entries: &[Entry<'_, '_>]) -> Vec<&'static str> {
    let is_last = |object: &Object<'_>, member: &ObjectProp<'_>| {
        property(object, member.name.as_str()).is_some_and(|last| last.start() == member.start())
    };
    let counts = |place: &Place<'_, '_>| is_last(&document.root, place.hooks) && is_last(place.events, place.event);
    let there: Vec<&str> = entries.iter().filter(|entry| counts(&entry.place)).map(Entry::event).collect();
    SERVED.into_iter().filter(|event| !there.contains(event)).collect()
}

/// Refuses a file whose hooks are not shaped as Claude Code wants them, where we would have to write.
pub(super) fn check_shape(document: &Document<'_>) -> Result<(), SettingsError> {
    let Some(hooks) = property(&document.root, "hooks") else { return Ok(()) };
    let Some(events) = hooks.value.as_object() else {
        return Err(document.shape("`hooks`", "an object", hooks.value.start()));
    };
    for name in SERVED {
        let Some(event) = property(events, name) else { continue };
        let Some(groups) = event.value.as_array() else {
            return Err(document.shape(format!("`hooks.{name}`"), "an array", event.value.start()));
        };
        for (at, group) in groups.elements.iter().enumerate() {
            let place = format!("`hooks.{name}[{at}]");
            let Some(object) = group.as_object() else {
                return Err(document.shape(place + "`", "an object", group.start()));
            };
            let handlers = property(object, "hooks").map(|handlers| &handlers.value);
            if handlers.is_none_or(|handlers| handlers.as_array().is_none()) {
                let start = handlers.map_or(group.start(), Ranged::start);
                return Err(document.shape(place + ".hooks`", "an array", start));
            }
        }
    }
    Ok(())
}

/// Every handler; what has another shape is passed over.
fn places<'d, 't>(document: &'d Document<'t>) -> Vec<Place<'d, 't>> {
    let mut found = Vec::new();
    for (hooks_at, hooks) in named(&document.root, "hooks") {
        let Some(events) = hooks.value.as_object() else { continue };
        for (event_at, event) in events.properties.iter().enumerate() {
            let Some(groups) = event.value.as_array() else { continue };
            for (group_at, group) in objects(groups) {
                for handlers in named(group, "hooks").filter_map(|(_, handlers)| handlers.value.as_array()) {
                    found.extend(objects(handlers).map(|(handler_at, handler)| Place {
                        hooks_at,
                        hooks,
                        events,
                        event_at,
                        event,
                        groups,
                        group_at,
                        group,
                        handlers,
                        handler_at,
                        handler,
                    }));
                }
            }
        }
    }
    found
}

fn named<'d, 't>(object: &'d Object<'t>, name: &str) -> impl Iterator<Item = (usize, &'d ObjectProp<'t>)> {
    object.properties.iter().enumerate().filter(move |(_, property)| property.name.as_str() == name)
}

fn objects<'d, 't>(array: &'d Array<'t>) -> impl Iterator<Item = (usize, &'d Object<'t>)> {
    array.elements.iter().enumerate().filter_map(|(at, element)| Some((at, element.as_object()?)))
}

fn own<'d, 't>(place: Place<'d, 't>) -> Option<Entry<'d, 't>> {
    let handler = place.handler;
    if text_of(handler, "type") != Some("command") {
        return None;
    }
    let Value::StringLit(string) = &property(handler, "command")?.value else { return None };
    let (line, literal) = (string.value.as_ref(), string.start()..string.end());
    let Some(args) = property(handler, "args") else {
        return Some(Entry { place, command: command::own(line)?, form: CommandForm::Shell, line, literal });
    };
    let args = args.value.as_array()?.elements.iter().map(|arg| Some(arg.as_string_lit()?.value.as_ref()));
    let command = command::own_exec(line, &args.collect::<Option<Vec<_>>>()?)?;
    Some(Entry { place, command, form: CommandForm::Exec, line, literal })
}
