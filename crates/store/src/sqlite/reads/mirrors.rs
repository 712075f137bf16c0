//! Mirrors, their files, and what of memories they go by.
//! It must not know files.
//! Invariant: lifecycle is taken from `memory_state`; captured memories are no mirror's.

use std::path::PathBuf;

use rusqlite::{Connection, params};

use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, ProjectKey};

use crate::error::StoreError;
use crate::mirror::{Mark, Mirror, MirrorFile};
use crate::sqlite::apply::{WORKSPACE, find_project};
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// Every mirror, the oldest first.
pub(in crate::sqlite) fn mirrors(tx: &Connection) -> Result<Vec<Mirror>> {
    let mut statement = tx.prepare_cached(
        "select m.id, path, p.key, kinds, added_at, head from mirror m left join project p on p.id = m.project_id
         where m.workspace_id = ?1 order by m.id",
    )?;
    let read = |row: &rusqlite::Row<'_>| {
        let kinds: Vec<String> = serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default();
        Ok(Mirror {
            id: row.get(0)?,
            path: PathBuf::from(row.get::<_, String>(1)?),
            project: row.get::<_, Option<String>>(2)?.map(ProjectKey),
            kinds: kinds.iter().filter_map(|name| Kind::parse(name)).collect(),
            added_at: Millis(row.get(4)?),
            head: row.get(5)?,
        })
    };
    Ok(statement.query_map([WORKSPACE], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The files of a mirror.
pub(in crate::sqlite) fn mirror_files(tx: &Connection, mirror: i64) -> Result<Vec<MirrorFile>> {
    let mut statement =
        tx.prepare_cached("select memory_id, name, hash, revision from mirror_file where mirror_id = ?1")?;
    let read = |row: &rusqlite::Row<'_>| {
        let memory = rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?;
        Ok(MirrorFile { memory, name: row.get(1)?, hash: row.get(2)?, revision: row.get(3)? })
    };
    Ok(statement.query_map([mirror], read)?.collect::<rusqlite::Result<_>>()?)
}

/// The written memories of a project, or of all; those of every project belong to `None` alone. A private one is as good as
/// archived: its file goes.
pub(in crate::sqlite) fn marks(tx: &Connection, project: Option<&ProjectKey>, kinds: &[Kind]) -> Result<Vec<Mark>> {
    let of = match project {
        None => None,
        // Of a project that nobody has heard of there is nothing.
        Some(key) => Some(find_project(tx, key)?.unwrap_or(0)),
    };
    let mut statement = tx.prepare_cached(concat!(
        "select m.id, m.revision, iif(m.private, 'archived', st.lifecycle), m.kind
             from memory m join memory_state st on st.seq = m.seq where ",
        rows::written!("m."),
        " and m.workspace_id = ?1 and (?2 is null or m.project_id = ?2)"
    ))?;
    let mut found = statement.query(params![WORKSPACE, of])?;
    let mut marks = Vec::new();
    while let Some(row) = found.next()? {
        let kind: Kind = rows::named(3, &row.get::<_, String>(3)?, Kind::parse)?;
        if kinds.is_empty() || kinds.contains(&kind) {
            marks.push(Mark {
                id: rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?,
                revision: row.get(1)?,
                lifecycle: rows::named(2, &row.get::<_, String>(2)?, Lifecycle::parse)?,
            });
        }
    }
    Ok(marks)
}
