//! What is written down of mirrors.
//! It must not know files, nor what a mirror does.
//! Invariant: no two mirrors have one folder; a memory has one file in each.

use rusqlite::{Connection, params};

use quipu_core::id::Millis;

use super::{Effect, WORKSPACE, places};
use crate::error::StoreError;
use crate::mirror::MirrorWrite;
use crate::write::Applied;

/// Applies it; an added one that is there already stays as it is.
pub(super) fn mirror(tx: &Connection, write: &MirrorWrite, now: Millis) -> Result<(Applied, Vec<Effect>), StoreError> {
    match write {
        MirrorWrite::Add { path, project, kinds } => {
            let project = project.as_ref().map(|key| places::project(tx, key, now)).transpose()?;
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            tx.prepare_cached(
                "insert or ignore into mirror (workspace_id, path, project_id, kinds, added_at)
                 values (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                WORKSPACE,
                path.to_string_lossy(),
                project,
                serde_json::to_string(&kinds).unwrap_or_else(|_| "[]".to_owned()),
                now.0
            ])?;
        }
        MirrorWrite::Remove { mirror } => {
            tx.prepare_cached("delete from mirror_file where mirror_id = ?1")?.execute([mirror])?;
            tx.prepare_cached("delete from mirror where id = ?1")?.execute([mirror])?;
        }
        MirrorWrite::Agree { mirror, file } => {
            // Of a mirror that was removed meanwhile nothing is kept.
            tx.prepare_cached(
                "insert into mirror_file (mirror_id, memory_id, name, hash, revision)
                 select id, ?2, ?3, ?4, ?5 from mirror where id = ?1
                 on conflict (mirror_id, memory_id) do update set
                    name = excluded.name, hash = excluded.hash, revision = excluded.revision",
            )?
            .execute(params![mirror, file.memory.0.as_bytes(), file.name, file.hash, file.revision])?;
        }
        MirrorWrite::Part { mirror, memory } => {
            tx.prepare_cached("delete from mirror_file where mirror_id = ?1 and memory_id = ?2")?
                .execute(params![mirror, memory.0.as_bytes()])?;
        }
        MirrorWrite::Head { mirror, head } => {
            tx.prepare_cached("update mirror set head = ?2 where id = ?1")?.execute(params![mirror, head])?;
        }
    }
    Ok((Applied::Done, Vec::new()))
}
