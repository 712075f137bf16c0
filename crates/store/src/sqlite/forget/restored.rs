//! A copy that takes the database's place obeys the tombstones of the one that was there: what was forgotten after the copy
//! was made does not come back with it.
//! It must not know who asked for it, nor how a copy takes its place.
//! Invariant: done before the copy is served; the copy that was asked for is not touched, only the one made from it.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};
use uuid::Uuid;

use quipu_core::forget::Trace;
use quipu_core::id::{MemoryId, Millis};

use crate::error::StoreError;
use crate::sqlite::apply::{self, Graves, WORKSPACE};
use crate::sqlite::{migrate, open};

type Result<T> = std::result::Result<T, StoreError>;

/// What was taken out of a copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Obeyed {
    /// Memories that were forgotten since it was made.
    pub forgotten: u64,
    /// What was forgotten could not be read from the database that was there.
    pub unread: bool,
}

/// Brings the tombstones of `present` into `copy`, and takes out of it what they stand for.
pub(in crate::sqlite) fn obey(copy: &Path, present: &Path) -> Result<Obeyed> {
    if !present.exists() {
        return Ok(Obeyed::default());
    }
    let Ok(there) = open::reader(present).and_then(|there| Ok((migrate::schema(&there)?, there))) else {
        return Ok(Obeyed { unread: true, ..Obeyed::default() });
    };
    match there {
        (schema, _) if schema < migrate::WITH_TOMBSTONES => Ok(Obeyed::default()),
        (_, there) => match bring(copy, &there) {
            Err(Failed::Reading) => Ok(Obeyed { unread: true, ..Obeyed::default() }),
            Err(Failed::Writing(error)) => Err(error),
            Ok(forgotten) => Ok(Obeyed { forgotten, unread: false }),
        },
    }
}

/// On which side it failed.
enum Failed {
    Reading,
    Writing(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Failed::Writing(error)
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Failed::Writing(error.into())
    }
}

fn bring(copy: &Path, there: &Connection) -> std::result::Result<u64, Failed> {
    let unread = |_: rusqlite::Error| Failed::Reading;
    let keys: Vec<Vec<u8>> = there
        .prepare("select key from tombstone_key")
        .and_then(|mut keys| keys.query_map([], |row| row.get(0))?.collect())
        .map_err(unread)?;
    if keys.is_empty() {
        return Ok(0);
    }
    let mut connection = Connection::open(copy)?;
    connection.pragma_update(None, "synchronous", "extra")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    migrate::without_a_copy(&mut connection)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for key in keys {
        tx.execute("insert or ignore into tombstone_key (key) values (?1)", [key])?;
    }
    let mut stones =
        there.prepare("select what, hash, forgotten_at from tombstone where workspace_id = ?1").map_err(unread)?;
    let mut rows = stones.query([WORKSPACE]).map_err(unread)?;
    let mut insert =
        tx.prepare("insert or ignore into tombstone (workspace_id, what, hash, forgotten_at) values (?1, ?2, ?3, ?4)")?;
    let mut now = 0;
    while let Some(row) = rows.next().map_err(unread)? {
        let stone = || -> rusqlite::Result<(String, Vec<u8>, i64)> { Ok((row.get(0)?, row.get(1)?, row.get(2)?)) };
        let (what, hash, at) = stone().map_err(unread)?;
        now = now.max(at);
        insert.execute(params![WORKSPACE, what, hash, at])?;
    }
    drop(insert);
    let graves = Graves::of(&tx)?;
    let (memories, sessions, sources) = (memories(&tx, &graves)?, sessions(&tx, &graves)?, sources(&tx, &graves)?);
    let forgotten = memories.len() as u64;
    apply::erase_in_copy(&tx, memories, (sessions, sources), Millis(now))?;
    tx.commit()?;
    // Nobody has it open yet: it is written anew at once, and nothing of it is left to be done later.
    connection.execute_batch("vacuum")?;
    Ok(forgotten)
}

/// The memories that a tombstone stands for: by id, record, hook, session or transcript. The same text under another id was
/// said anew.
fn memories(tx: &Connection, graves: &Graves) -> Result<Vec<i64>> {
    let mut statement = tx.prepare(
        "select m.seq, m.id, m.source_id, m.hook_key, s.agent, s.external_id, f.path
         from memory m left join session s on s.id = m.session_id left join source_file f on f.id = m.source_file_id
         order by m.seq",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let text = |column: usize| row.get_ref(column).and_then(|value| Ok(value.as_str_or_null()?));
        let mut traces = Vec::with_capacity(4);
        traces.extend(Uuid::from_slice(row.get_ref(1)?.as_blob()?).ok().map(|id| Trace::Memory(MemoryId(id))));
        traces.extend(text(2)?.map(Trace::Record));
        traces.extend(text(3)?.map(Trace::Hook));
        traces.extend(text(6)?.map(Trace::File));
        let is_of_session = match (text(4)?, text(5)?) {
            (Some(agent), Some(id)) => graves.hold_session(tx, agent, id)?,
            _ => false,
        };
        if is_of_session || graves.hold_any(tx, &traces)? {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

fn sessions(tx: &Connection, graves: &Graves) -> Result<Vec<i64>> {
    let mut statement = tx.prepare("select id, agent, external_id from session")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if graves.hold_session(tx, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?)? {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

fn sources(tx: &Connection, graves: &Graves) -> Result<Vec<i64>> {
    let mut statement = tx.prepare("select id, path from source_file")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if graves.hold(tx, &Trace::File(row.get_ref(1)?.as_str()?))? {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}
