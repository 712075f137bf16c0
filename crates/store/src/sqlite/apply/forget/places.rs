//! What memories hang on: sessions, transcripts and projects that nothing is left of.
//! It must not know memories' texts.
//! Invariant: a session or a transcript that was chosen as a whole gets a tombstone with its row's end; one that only lost
//! its last memory gets none, and may have new ones.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::forget::Trace;
use quipu_core::id::Millis;

use super::graves::Digger;
use crate::error::StoreError;
use crate::forget::Selection;
use crate::sqlite::apply::{Effect, WORKSPACE, short};

type Result<T> = std::result::Result<T, StoreError>;

/// What the chosen memories hang on, and what was chosen with them.
pub(super) struct Places {
    sessions: Vec<i64>,
    sources: Vec<i64>,
    /// With what was merged into them.
    projects: Vec<i64>,
}

/// What becomes of a session or a transcript that nothing is left of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// It was meant as a whole: a tombstone stands for it.
    Buried,
    /// It only lost its last memory.
    Left,
}

/// What the chosen memories hang on. Asked while they are still there.
pub(super) fn touched(tx: &Connection) -> Result<Places> {
    let rows = |sql: &str| -> Result<Vec<i64>> {
        let mut statement = tx.prepare(sql)?;
        let found = statement.query_map([], |row| row.get(0))?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    };
    let sessions = rows(
        "select distinct session_id from memory
         where seq in (select seq from temp.forgetting) and session_id is not null",
    )?;
    let sources = rows(
        "select distinct source_file_id from memory
         where seq in (select seq from temp.forgetting) and source_file_id is not null",
    )?;
    let projects = rows(
        "select distinct project_id from memory
         where seq in (select seq from temp.forgetting) and project_id is not null",
    )?;
    Ok(Places { projects, ..Places::these(sessions, sources) })
}

/// The same, with what was chosen as a whole.
pub(super) fn of(tx: &Connection, selection: &Selection, wholes: Vec<i64>, project: Option<i64>) -> Result<Places> {
    let mut places = touched(tx)?;
    places.sessions.extend(wholes);
    places.sessions.sort_unstable();
    places.sessions.dedup();
    if let Some(path) = &selection.source {
        places.sources.extend(
            tx.query_row(
                "select id from source_file where workspace_id = ?1 and path = ?2",
                params![WORKSPACE, path.to_string_lossy()],
                |row| row.get::<_, i64>(0),
            )
            .optional()?,
        );
    }
    let mut of_session = tx.prepare_cached("select project_id from session where id = ?1")?;
    for session in &places.sessions {
        places.projects.extend(of_session.query_row([session], |row| row.get::<_, Option<i64>>(0))?);
    }
    places.projects.extend(project);
    places.projects.sort_unstable();
    places.projects.dedup();
    Ok(places)
}

impl Places {
    pub(super) fn these(sessions: Vec<i64>, sources: Vec<i64>) -> Self {
        Self { sessions, sources, projects: Vec::new() }
    }

    /// Deletes those that nothing is left of; how many sessions and transcripts that were.
    pub(super) fn clear(&self, tx: &Connection, whole: Whole, now: Millis) -> Result<(u64, u64)> {
        let digger = Digger::new(tx, now)?;
        let wholes = whole == Whole::Buried;
        let (mut sessions, mut files) = (0, self.sources.clone());
        for session in &self.sessions {
            let left: bool = tx
                .prepare_cached(
                    "select exists (select 1 from memory where session_id = ?1)
                        or ?2 and exists (select 1 from delivery where session_id = ?1)",
                )?
                .query_row(rusqlite::params![session, !wholes], |row| row.get(0))?;
            if left {
                continue;
            }
            let named: Option<(String, String)> = tx
                .prepare_cached("select agent, external_id from session where id = ?1")?
                .query_row([session], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            // In a copy it may have gone with its last memory already.
            let Some((agent, id)) = named else { continue };
            if wholes {
                digger.bury(&Trace::Session { agent: &agent, id: &id })?;
                // Its transcript may hold nothing that was kept, and bears its name all the same.
                files.extend(named_after(tx, &id)?);
            }
            for sql in [
                "delete from machine_prompt where session_id = ?1",
                "update session set parent_id = null where parent_id = ?1",
                "delete from session where id = ?1",
            ] {
                tx.prepare_cached(sql)?.execute([session])?;
            }
            sessions += 1;
        }
        let mut paths = Vec::new();
        if wholes {
            files.sort_unstable();
            files.dedup();
            for file in files {
                paths.extend(clear_source(tx, file, &digger)?);
            }
        }
        if wholes {
            clear_roots(tx, &paths)?;
            for project in &self.projects {
                clear_project(tx, *project)?;
            }
        }
        Ok((sessions, paths.len() as u64))
    }

    /// The chunks that are left of each session, in their order.
    pub(super) fn in_order(&self, tx: &Connection) -> Result<Vec<(u32, Vec<u32>)>> {
        let mut statement = tx.prepare_cached(
            "select c.seq from memory m join chunk c on c.memory_seq = m.seq
             where m.session_id = ?1 and c.replaced_in is null order by m.position, c.seq",
        )?;
        let mut all = Vec::with_capacity(self.sessions.len());
        for session in &self.sessions {
            let chunks = statement.query_map([session], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            all.push((short(*session), chunks));
        }
        Ok(all)
    }
}

/// Transcripts whose path names a session.
fn named_after(tx: &Connection, session: &str) -> Result<Vec<i64>> {
    let mut statement = tx.prepare_cached(
        "select id from source_file where workspace_id = ?1
           and (instr(path, '/' || ?2 || '.jsonl') > 0 or instr(path, '/' || ?2 || '/') > 0)",
    )?;
    let found = statement.query_map(params![WORKSPACE, session], |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Deletes the row of a transcript that no memory comes from any more; its path, where it did.
fn clear_source(tx: &Connection, file: i64, digger: &Digger<'_>) -> Result<Option<String>> {
    let path: Option<String> = tx
        .prepare_cached(
            "select path from source_file
             where id = ?1 and not exists (select 1 from memory where source_file_id = ?1)",
        )?
        .query_row([file], |row| row.get(0))
        .optional()?;
    let Some(path) = path else { return Ok(None) };
    digger.bury(&Trace::File(&path))?;
    for sql in ["delete from skipped_record where source_file_id = ?1", "delete from source_file where id = ?1"] {
        tx.prepare_cached(sql)?.execute([file])?;
    }
    Ok(Some(path))
}

/// A project's folder of transcripts bears the project's name. One in which no known transcript is left is not swept any
/// more; a hook names it again.
fn clear_roots(tx: &Connection, paths: &[String]) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "delete from source_root where substr(?1, 1, length(path) + 1) = path || '/' and not exists
            (select 1 from source_file f where substr(f.path, 1, length(source_root.path) + 1) = source_root.path || '/')",
    )?;
    for path in paths {
        statement.execute([path])?;
    }
    Ok(())
}

/// Deletes a project of which nothing is left, with those that were merged into it: its key is a directory's path. One that
/// anything else points at stays.
fn clear_project(tx: &Connection, project: i64) -> Result<()> {
    for sql in [
        "delete from change where project_id = ?1 and not exists
            (select 1 from change_member where change_id = change.id)",
        "delete from project where merged_into = ?1 and not exists (select 1 from memory where project_id in (?1, project.id))
            and not exists (select 1 from session where project_id in (?1, project.id))
            and not exists (select 1 from pause where project_id in (?1, project.id))",
        "delete from project where id = ?1 and not exists (select 1 from memory where project_id = ?1)
            and not exists (select 1 from session where project_id = ?1)
            and not exists (select 1 from pause where project_id = ?1)
            and not exists (select 1 from project where merged_into = ?1)",
    ] {
        match tx.prepare_cached(sql)?.execute([project]) {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => {}
            done => drop(done?),
        }
    }
    Ok(())
}

/// Deletes all chunks of a memory, of every state; their numbers are told to searches and to the index.
pub(in crate::sqlite::apply) fn without_chunks(tx: &Connection, memory: i64) -> Result<Effect> {
    let mut statement = tx.prepare_cached("select seq from chunk where memory_seq = ?1")?;
    let chunks = statement.query_map([memory], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    for sql in [
        "delete from vector where chunk_seq in (select seq from chunk where memory_seq = ?1)",
        "delete from chunk where memory_seq = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([memory])?;
    }
    Ok(Effect::Forgotten { memories: Vec::new(), chunks, sessions: Vec::new() })
}
