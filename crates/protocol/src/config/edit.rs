//! Changes one value in the text of a file; comments, order and everything else stay.
//! It must not know disks.
//! Invariant: a text that is no TOML is not changed.

use toml_edit::{DocumentMut, Item, TableLike, table};

use super::value::Value;

/// `text` with `name` set to `value`.
///
/// # Errors
/// Why the text cannot be changed.
pub fn set(text: &str, name: &str, value: &Value) -> Result<String, String> {
    let mut document = parse(text)?;
    let (section, key) = name.split_once('.').ok_or("a key has a section")?;
    let place = document.entry(section).or_insert_with(table);
    let place = place.as_table_like_mut().ok_or_else(|| format!("`{section}` is no section in this file"))?;
    let mut new = value.to_toml();
    match place.get_mut(key) {
        Some(Item::Value(old)) => {
            // A comment behind the old value is about the key.
            *new.decor_mut() = old.decor().clone();
            *old = new;
        }
        _ => drop(place.insert(key, Item::Value(new))),
    }
    Ok(document.to_string())
}

/// `text` without `name`; `None` where it is not there.
///
/// # Errors
/// Why the text cannot be changed.
pub fn unset(text: &str, name: &str) -> Result<Option<String>, String> {
    let mut document = parse(text)?;
    let root: &mut dyn TableLike = document.as_table_mut();
    let removed = match name.rsplit_once('.') {
        None => root.remove(name),
        Some((sections, key)) => {
            let inner = sections.split('.').try_fold(root, |at, section| at.get_mut(section)?.as_table_like_mut());
            inner.and_then(|table| table.remove(key))
        }
    };
    Ok(removed.map(|_| document.to_string()))
}

fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse::<DocumentMut>().map_err(|error| error.message().replace('\n', ", "))
}
