//! One file of settings: read within bounds, taken apart, each fault with its line and column.
//! It must not know which layer the file is.
//! Invariant: reading ends, whatever lies at the path; a row that is wrong does not take the others with it.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use toml_edit::{Document, Item, Table, TableLike};

use super::keys::{self, KEYS};
use super::value::Value;

/// More is no file of settings, in bytes.
const MOST: u64 = 64 << 10;

/// Whether a link is followed: a person's own file may be one, a file of somebody's repository may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Links {
    /// It is followed.
    Follow,
    /// It is refused.
    Refuse,
}

/// Something in a file that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Line and column, from 1.
    pub(super) at: Option<(usize, usize)>,
    pub(super) what: String,
    /// Which row of [`KEYS`] is meant.
    pub(super) meant: Meant,
}

/// Which key somebody meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    /// This one: its value is wrong.
    This(usize),
    /// Probably this one: its name is wrong.
    Probably(usize),
    /// Nobody knows.
    Nothing,
    /// Nobody knows, for it is no TOML: what it would forbid is not known either.
    Anything,
}

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rows {
    /// Position in [`KEYS`] and the value.
    pub(super) rows: Vec<(usize, Value)>,
    pub(super) wrong: Vec<Wrong>,
}

/// The text of the file; `None` where there is none.
pub(super) fn text(path: &Path, links: Links) -> io::Result<Option<String>> {
    use rustix::fs::OFlags;
    // A pipe must not be waited for.
    let mut flags = OFlags::NONBLOCK;
    if links == Links::Refuse {
        flags |= OFlags::NOFOLLOW;
    }
    let custom = i32::try_from(flags.bits()).unwrap_or(0);
    let file = match OpenOptions::new().read(true).custom_flags(custom).open(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        opened => opened?,
    };
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if meta.len() > MOST {
        return Err(io::Error::other(format!("it has more than {MOST} bytes")));
    }
    let mut text = String::new();
    file.take(MOST).read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Takes `text` apart.
pub(super) fn rows(text: &str) -> Rows {
    let mut found = Rows::default();
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let what = error.message().replace('\n', ", ");
            let at = error.span().map(|span| place(text, &span));
            found.wrong.push(Wrong { at, what, meant: Meant::Anything });
            return found;
        }
    };
    table(text, "", document.as_table(), &mut found);
    found
}

fn table(text: &str, section: &str, table: &dyn TableLike, found: &mut Rows) {
    for (name, item) in table.iter() {
        let full = if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
        let at = table.key(name).and_then(toml_edit::Key::span).or_else(|| item.span()).map(|span| place(text, &span));
        let is_section = KEYS.iter().any(|key| key.section() == full);
        match (item, keys::position(&full)) {
            (Item::Table(inner), None) if is_section => self::table(text, &full, inner, found),
            (Item::Value(toml_edit::Value::InlineTable(inner)), None) if is_section => {
                self::table(text, &full, inner, found);
            }
            (Item::Value(value), Some(position)) => match Value::of_toml(&KEYS[position], value) {
                Ok(value) => found.rows.push((position, value)),
                Err(what) => {
                    let at = item.span().map(|span| place(text, &span));
                    found.wrong.push(Wrong { at, what, meant: Meant::This(position) });
                }
            },
            (_, Some(position)) => {
                let what = format!("`{}` is a key, not a section", KEYS[position].name);
                found.wrong.push(Wrong { at, what, meant: Meant::This(position) });
            }
            (_, None) => {
                let (what, meant) = unknown(&full, item.as_table());
                found.wrong.push(Wrong { at, what, meant });
            }
        }
    }
}

/// More like each other than this, two names are the same one mistyped.
const MISTYPED: f64 = 0.9;

/// A name that nothing has. Of a section its first key says where it was meant to be.
pub(super) fn unknown(name: &str, section: Option<&Table>) -> (String, Meant) {
    let inner = section.and_then(|table| table.iter().next()).map(|(key, _)| format!("{name}.{key}"));
    let name = inner.as_deref().unwrap_or(name);
    let (nearest, likeness) = keys::nearest(name);
    let meant = if likeness > MISTYPED { Meant::Probably(nearest) } else { Meant::Nothing };
    // It may be somebody else's file: what is shown of it is short, and nothing that a terminal obeys.
    let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    (format!("unknown key `{shown}`; did you mean `{}`?", KEYS[nearest].name), meant)
}

/// Line and column of the first byte of `span`.
fn place(text: &str, span: &Range<usize>) -> (usize, usize) {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}
