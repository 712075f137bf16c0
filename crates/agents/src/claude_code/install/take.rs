//! Taking quipu's entries out again.
//! It must not know files or what is said about them.
//! Invariant: what goes is ours or was made for ours alone; a list that was empty before stays, with its white space.

use super::document::{Container, Document, property};
use super::entries::{Entry, entries};
use super::put::{fresh, install};
use super::{EDIT_EVENT, Installed, SINCE, STEP_EVENT, SettingsError, Wanted, edit, inspect, split_mark};

/// `text` without quipu's hooks. `before` is what the file was before they came, if that is known: it tells which
/// empty lists were there already. The answer is nothing where the file holds nothing but what was installed.
pub fn uninstall(text: &str, before: Option<&str>) -> Result<Option<String>, SettingsError> {
    let found = inspect(text)?;
    let Some((_, program)) = found.entries.first() else { return Ok(Some(text.to_owned())) };
    let leave_out = left_out(&found);
    let wanted = Wanted { program, is_same: &|_| false, leave_out: &leave_out };
    match before {
        // Nothing else has changed since: what was there before is known to the byte.
        Some(before) if install(before, &wanted).is_ok_and(|again| again == text) => {
            return Ok(Some(before.to_owned()));
        }
        None if text == fresh(&wanted) => return Ok(None),
        _ => {}
    }
    let before = before.and_then(|before| Document::parse(split_mark(before).1).ok());
    let (mark, inner) = split_mark(text);
    let mut inner = inner.to_owned();
    loop {
        let document = Document::parse(&inner)?;
        let Some(entry) = entries(&document).into_iter().next() else { return Ok(Some(format!("{mark}{inner}"))) };
        inner = without(&document, &entry, before.as_ref());
    }
}

/// The text without `entry` and what is there for its sake alone: its group, and lists that are empty then, unless
/// `before` has them or somebody left a remark in them.
pub(super) fn without(document: &Document<'_>, entry: &Entry<'_, '_>, before: Option<&Document<'_>>) -> String {
    let place = entry.place;
    if place.handlers.elements.len() > 1 {
        return edit::remove(document, &Container::of_array(place.handlers), place.handler_at, "");
    }
    let old_hooks = before.and_then(|before| property(&before.root, "hooks")?.value.as_object());
    let old_event = old_hooks.and_then(|hooks| property(hooks, entry.event())?.value.as_array());
    // What stands in the list once it is empty; nothing for a list that goes.
    let left_in = |old: Option<Container>| {
        let (old, before) = (old?, before?);
        Some(if old.members.is_empty() { old.inner(before.text).to_owned() } else { String::new() })
    };
    let goes = |list: &Container| list.members.len() == 1 && !list.has_comments(document);

    let (groups, left) = (Container::of_array(place.groups), left_in(old_event.map(Container::of_array)));
    if !goes(&groups) || left.is_some() {
        return edit::remove(document, &groups, place.group_at, &left.unwrap_or_default());
    }
    let (events, left) = (Container::of_object(place.events), left_in(old_hooks.map(Container::of_object)));
    if !goes(&events) || left.is_some() {
        return edit::remove(document, &events, place.event_at, &left.unwrap_or_default());
    }
    edit::remove(document, &Container::of_object(&document.root), place.hooks_at, "")
}

/// The events that were left out, for an old host's sake or because a person does without, or that quipu did not serve when it
/// was installed, as far as the file shows it.
fn left_out(found: &Installed) -> Vec<&'static str> {
    let may_lack =
        |event: &&str| [EDIT_EVENT, STEP_EVENT].contains(event) || SINCE.iter().any(|(name, _)| name == event);
    found.missing.iter().copied().filter(may_lack).collect()
}
