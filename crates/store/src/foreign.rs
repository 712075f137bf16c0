//! Databases of other programs: which tables and columns there are, and the rows of one, as JSON values.
//! It must not know what is in them, nor our own tables.
//! Invariant: nothing is ever written to such a database, and no file appears beside it. Names of tables and columns are
//! the other program's, so this is the one place where SQL is put together; they are quoted, and asked for beforehand.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Map, Value};

/// Longest row that is read, in bytes of its longest value; of a longer one only [`TOO_LONG`] is given.
pub const MOST: u64 = 16 << 20;
/// The name under which a row says that it is longer.
pub const TOO_LONG: &str = "#too_long";

/// How often a copy is tried of a database that somebody writes to.
const TRIES: usize = 5;

/// Why such a database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ForeignError {
    /// A file of it.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The failure.
        source: std::io::Error,
    },
    /// Somebody writes to it all the time.
    #[error("{0} is being written to all the time")]
    Busy(PathBuf),
    /// It is no database, or a damaged one.
    #[error("it cannot be read as a database: {0}")]
    Unreadable(#[from] rusqlite::Error),
}

type Result<T> = std::result::Result<T, ForeignError>;

/// A database of another program, opened to be read.
pub struct Foreign {
    connection: Connection,
}

impl Foreign {
    /// Opens the database. One that is in use, or was left in the middle of something, is copied first, into the directory
    /// that `aside` makes; it may go once this returns.
    ///
    /// # Errors
    /// No database, one that cannot be read, or one that is written to all the time.
    pub fn open(path: &Path, aside: impl FnOnce() -> std::io::Result<PathBuf>) -> Result<Self> {
        let beside = ["-wal", "-journal"].map(|ending| with_ending(path, ending));
        let connection = if beside.iter().all(|file| size_of(file) == 0) {
            // Nobody is in the middle of anything: read as it lies, without locks, so without files beside it.
            let plain = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(format!("file:{}?mode=ro&immutable=1", in_uri(path)?), plain)?
        } else {
            let aside = aside().map_err(io(path))?;
            let copy = copied(path, &beside, &aside)?;
            let connection = Connection::open(copy)?;
            // Alone with its copy it needs no shared memory, and holds what it needs open from here on.
            connection.pragma_update(None, "locking_mode", "exclusive")?;
            connection
        };
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "query_only", true)?;
        // The first look finds out whether it is a database.
        connection.query_row("select count(*) from sqlite_master", [], |row| row.get::<_, i64>(0))?;
        Ok(Self { connection })
    }

    /// The columns of a table; none where there is no such table.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn columns(&self, table: &str) -> Result<Vec<String>> {
        let is_there: bool = self.connection.query_row(
            "select exists (select 1 from sqlite_master where type = 'table' and name = ?1)",
            [table],
            |row| row.get(0),
        )?;
        if !is_there {
            return Ok(Vec::new());
        }
        let mut statement = self.connection.prepare("select name from pragma_table_info(?1)")?;
        let names = statement.query_map([table], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    /// Hands every row of a table to `then`, with its number, in their order, until it has enough. Numbers and texts come as
    /// they are, blobs not at all, and what is no UTF-8 with what stands for it.
    ///
    /// # Errors
    /// A table that cannot be read to its end.
    pub fn each(
        &self,
        table: &str,
        then: &mut dyn FnMut(u64, Map<String, Value>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let columns = self.columns(table)?;
        let length = |name: &String| format!("coalesce(octet_length({}), 0)", quoted(name));
        let longest = columns.iter().map(length).collect::<Vec<_>>().join(", ");
        let select = |name: &String| {
            let name = quoted(name);
            format!("iif(octet_length({name}) > {MOST}, null, {name})")
        };
        let columns_read = columns.iter().map(select).collect::<Vec<_>>().join(", ");
        let sql = format!("select max(0, 0, {longest}), {columns_read} from {}", quoted(table));
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut number = 0;
        while let Some(row) = rows.next()? {
            number += 1;
            let mut fields = Map::new();
            if row.get::<_, i64>(0)? > MOST as i64 {
                fields.insert(TOO_LONG.to_owned(), Value::Bool(true));
            }
            for (n, name) in columns.iter().enumerate() {
                let value = match row.get_ref(n + 1)? {
                    ValueRef::Integer(number) => Value::from(number),
                    ValueRef::Real(number) => Value::from(number),
                    ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text)),
                    ValueRef::Null | ValueRef::Blob(_) => continue,
                };
                fields.insert(name.clone(), value);
            }
            if then(number, fields).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// A name of a table or a column, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

/// A path within `file:…?…` (RFC 3986).
fn in_uri(path: &Path) -> Result<String> {
    let path = std::path::absolute(path).map_err(io(path))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str());
    Ok(bytes.iter().map(|b| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02X}") }).collect())
}

/// Copies a database with what lies beside it, until nobody wrote to either meanwhile.
fn copied(path: &Path, beside: &[PathBuf], aside: &Path) -> Result<PathBuf> {
    let target = aside.join("copy.db");
    let state = || -> Vec<Option<(u64, Option<SystemTime>)>> {
        let of = |file: &Path| std::fs::metadata(file).ok().map(|meta| (meta.len(), meta.modified().ok()));
        std::iter::once(path).chain(beside.iter().map(PathBuf::as_path)).map(of).collect()
    };
    for _ in 0..TRIES {
        let before = state();
        let copy = |from: &Path, to: &Path| std::fs::copy(from, to).map_err(io(from));
        copy(path, &target)?;
        for (file, ending) in beside.iter().zip(["-wal", "-journal"]) {
            let to = with_ending(&target, ending);
            match copy(file, &to) {
                Ok(_) => {}
                // It is gone, or was never there; an older copy of it must not stay.
                Err(_) if !file.exists() => drop(std::fs::remove_file(&to)),
                Err(error) => return Err(error),
            }
        }
        if state() == before {
            return Ok(target);
        }
    }
    Err(ForeignError::Busy(path.to_owned()))
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ForeignError {
    let path = path.to_owned();
    move |source| ForeignError::Io { path, source }
}

#[cfg(test)]
mod tests;
