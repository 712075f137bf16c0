//! Which memories a selection covers, and what hangs on them.
//! It must not know who is asked, nor how any of it is deleted.
//! Invariant: what is shown and what is deleted are chosen by the same statement.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use quipu_core::hash::hex;
use quipu_core::id::MemoryId;
use quipu_core::scope::Privacy;

use crate::error::StoreError;
use crate::forget::{Cover, Selection};
use crate::sqlite::apply::{WORKSPACE, find_project};
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// So many first lines are shown.
const LINES: usize = 8;
/// Characters of one.
const LINE: usize = 100;

/// The rows of the memories that are chosen, in their order.
pub(in crate::sqlite) fn chosen(tx: &Connection, selection: &Selection) -> Result<Vec<i64>> {
    let sees = selection.reader.may_see(Privacy::Private);
    if !selection.ids.is_empty() {
        let mut one =
            tx.prepare_cached("select seq from memory where workspace_id = ?1 and id = ?2 and (?3 or private = 0)")?;
        let mut found = Vec::with_capacity(selection.ids.len());
        for id in &selection.ids {
            found.extend(
                one.query_row(params![WORKSPACE, id.0.as_bytes(), sees], |row| row.get::<_, i64>(0)).optional()?,
            );
        }
        found.sort_unstable();
        found.dedup();
        return Ok(found);
    }
    if selection.is_empty() {
        return Ok(Vec::new());
    }
    let mut statement = tx.prepare_cached(
        "select m.seq from memory m
         left join session s on s.id = m.session_id
         left join source_file f on f.id = m.source_file_id
         where m.workspace_id = ?1
           and (?2 is null or s.external_id = ?2 or substr(s.external_id, 1, length(?2) + 1) = ?2 || '/')
           and (?3 is null or m.project_id = ?3)
           and (?4 is null or f.path = ?4)
           and (?5 is null or m.occurred_at < ?5)
           and (?6 is null or instr(m.body, ?6) > 0 or instr(coalesce(m.title, ''), ?6) > 0
               or exists (select 1 from json_each(m.keywords) where instr(value, ?6) > 0)
               or exists (select 1 from memory_revision r where r.memory_seq = m.seq
                   and (?7 or r.private = 0)
                   and (instr(coalesce(r.body, ''), ?6) > 0 or instr(coalesce(r.title, ''), ?6) > 0)))
           and (?7 or m.private = 0)
         order by m.seq",
    )?;
    let source = selection.source.as_ref().map(|path| path.to_string_lossy().into_owned());
    let values = params![
        WORKSPACE,
        selection.session,
        project(tx, selection)?,
        source,
        selection.before.map(|at| at.0),
        selection.text,
        sees
    ];
    Ok(statement.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// The row of the project that is chosen, where one is.
pub(in crate::sqlite) fn project(tx: &Connection, selection: &Selection) -> Result<Option<i64>> {
    let Some(key) = &selection.project else { return Ok(None) };
    find_project(tx, key)?.map(Some).ok_or_else(|| StoreError::NoSuchProject(key.0.clone()))
}

/// The sessions that are chosen as wholes: they go with their last memory.
pub(in crate::sqlite) fn sessions(tx: &Connection, selection: &Selection) -> Result<Vec<i64>> {
    if !selection.is_of_wholes() {
        return Ok(Vec::new());
    }
    let mut statement = tx.prepare_cached(
        "select s.id from session s
         where s.workspace_id = ?1
           and (?2 is null or s.external_id = ?2 or substr(s.external_id, 1, length(?2) + 1) = ?2 || '/')
           and (?3 is null or s.project_id = ?3)
           and (?4 is null or exists (select 1 from memory m join source_file f on f.id = m.source_file_id
               where m.session_id = s.id and f.path = ?4))",
    )?;
    let source = selection.source.as_ref().map(|path| path.to_string_lossy().into_owned());
    let values = params![WORKSPACE, selection.session, project(tx, selection)?, source];
    Ok(statement.query_map(values, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Stands for exactly these memories at their revisions, and for the sessions that go with them.
pub(in crate::sqlite) fn digest(tx: &Connection, chosen: &[i64], sessions: &[i64]) -> Result<String> {
    let mut digest = Sha256::new();
    let mut one = tx.prepare_cached("select id, revision from memory where seq = ?1")?;
    for seq in chosen {
        let (id, revision): (Vec<u8>, u32) = one.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
        digest.update(&id);
        digest.update(revision.to_le_bytes());
    }
    sessions.iter().for_each(|session| digest.update(session.to_le_bytes()));
    Ok(hex(&digest.finalize()))
}

/// What `selection` covers.
pub(in crate::sqlite) fn cover(tx: &Connection, selection: &Selection) -> Result<Cover> {
    let seqs = chosen(tx, selection)?;
    let wholes = sessions(tx, selection)?;
    let mut cover = Cover { digest: digest(tx, &seqs, &wholes)?, ..Cover::default() };
    let mut memory = tx.prepare_cached("select id, kind, session_id, source_file_id from memory where seq = ?1")?;
    let count = |sql: &str| tx.prepare_cached(sql);
    let mut counts = [
        count("select count(*) from memory_revision where memory_seq = ?1")?,
        count("select count(*) from chunk where memory_seq = ?1")?,
        count("select count(*) from vector where chunk_seq in (select seq from chunk where memory_seq = ?1)")?,
        count("select count(*) from file_touch where memory_seq = ?1")?,
    ];
    let mut by_kind = std::collections::BTreeMap::<String, u64>::new();
    let (mut of_session, mut of_source) = (Tally::default(), Tally::default());
    // One of which nothing was kept is emptied too.
    of_session.extend(wholes.iter().map(|session| (*session, 0)));
    for seq in &seqs {
        let (id, kind, session, source): (Vec<u8>, String, Option<i64>, Option<i64>) =
            memory.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        cover.ids.push(rows::memory_id(&id)?);
        *by_kind.entry(kind).or_default() += 1;
        session.into_iter().for_each(|session| *of_session.entry(session).or_default() += 1);
        source.into_iter().for_each(|source| *of_source.entry(source).or_default() += 1);
        let totals = [&mut cover.revisions, &mut cover.chunks, &mut cover.vectors, &mut cover.files];
        for (statement, total) in counts.iter_mut().zip(totals) {
            *total += u64::from(statement.query_row([seq], |row| row.get::<_, u32>(0))?);
        }
    }
    cover.by_kind = by_kind.into_iter().collect();
    cover.sessions = emptied(tx, &of_session, "select count(*) from memory where session_id = ?1")?;
    if selection.is_of_wholes() {
        cover.sources = emptied(tx, &of_source, "select count(*) from memory where source_file_id = ?1")?;
    }
    cover.lines = lines(tx, &seqs)?;
    let mut name = tx.prepare_cached("select external_id from session where id = ?1")?;
    for session in wholes {
        cover.names.push(name.query_row([session], |row| row.get(0))?);
    }
    Ok(cover)
}

/// How many memories go, by what they hang on.
type Tally = std::collections::BTreeMap<i64, u64>;

/// How many of those have no others.
fn emptied(tx: &Connection, tally: &Tally, all: &str) -> Result<u64> {
    let mut statement = tx.prepare_cached(all)?;
    let mut emptied = 0;
    for (row, gone) in tally {
        let all = statement.query_row([row], |row| row.get::<_, u32>(0))?;
        emptied += u64::from(u64::from(all) == *gone);
    }
    Ok(emptied)
}

/// The first lines of the newest.
fn lines(tx: &Connection, seqs: &[i64]) -> Result<Vec<(MemoryId, String)>> {
    let mut statement =
        tx.prepare_cached("select id, coalesce(title, substr(body, 1, 400)) from memory where seq = ?1")?;
    let mut found = Vec::new();
    for seq in seqs.iter().rev().take(LINES) {
        let (id, text): (Vec<u8>, String) = statement.query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
        found.push((rows::memory_id(&id)?, line.chars().take(LINE).collect()));
    }
    Ok(found)
}
