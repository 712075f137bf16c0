//! What agents were shown, read back.
//! It must not know how it came to be, nor what people are told of it.
//! Invariant: a line is read with what there is of its memory now; the ledger has no words of its own.

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter, types::Value};

use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Memory, ProjectKey, SessionRef};
use quipu_core::offer::{Silence, Why};
use quipu_core::scope::Privacy;
use quipu_core::used::Trace;

use crate::error::StoreError;
use crate::ledger::{LineRow, OfferQuery, OfferRow, Open, OpenLine};
use crate::read::Scope;
use crate::sqlite::apply::{WORKSPACE, find_project};
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// How a text begins, where it has no title: so many characters.
pub(super) const TITLE: &str = "coalesce(m.title, substr(m.body, 1, 160))";
/// So many lines of a session are looked at for whether they were used.
const OPEN: i64 = 64;
/// So many of a session's newest memories are looked through for that.
const SAID: i64 = 300;
/// What was said so long before the first line is known to the session, in ms.
const BEFORE: i64 = 3_600_000;

pub(in crate::sqlite) fn offers(tx: &Connection, query: &OfferQuery) -> Result<Vec<OfferRow>> {
    let mut sql = "select o.id, o.at, o.event, s.agent, s.external_id, p.key, o.lines, o.tokens, o.bytes, o.silence,
            o.late, o.times, o.left_out
         from offer o left join session s on s.id = o.session_id left join project p on p.id = o.project_id
         where 1"
        .to_owned();
    let mut values = Vec::new();
    if let Scope::Project(key) = &query.scope {
        let Some(project) = find_project(tx, key)? else { return Ok(Vec::new()) };
        values.push(Value::Integer(project));
        sql.push_str(&format!(" and o.project_id = ?{}", values.len()));
    }
    if let Some(session) = &query.session {
        values.push(Value::Text(session.clone()));
        let n = values.len();
        // A subagent's is kept under its caller's name, a stroke and its own.
        sql.push_str(&format!(
            " and o.session_id in (select id from session
                where external_id = ?{n} or substr(external_id, 1, length(?{n}) + 1) = ?{n} || '/')"
        ));
    }
    if let Some(event) = &query.event {
        values.push(Value::Text(event.clone()));
        sql.push_str(&format!(" and o.event = ?{}", values.len()));
    }
    if let Some(memory) = query.memory {
        values.push(Value::Blob(memory.0.as_bytes().to_vec()));
        sql.push_str(&format!(
            " and o.id in (select offer_id from injection where memory_seq = (select seq from memory where id = ?{}))",
            values.len()
        ));
    }
    values.push(Value::Integer(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    sql.push_str(&format!(" order by o.at desc, o.id desc limit ?{}", values.len()));
    let mut statement = tx.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| {
        let session = row.get::<_, Option<String>>(3)?.zip(row.get(4)?);
        let late: bool = row.get(10)?;
        let silence = row.get::<_, Option<String>>(9)?.map(|word| rows::named(9, &word, Silence::parse)).transpose()?;
        let offer = OfferRow {
            at: Millis(row.get(1)?),
            event: row.get(2)?,
            session: session.map(|(agent, id)| SessionRef { agent, id }),
            project: row.get::<_, Option<String>>(5)?.map(ProjectKey),
            given: row.get(6)?,
            tokens: row.get(7)?,
            bytes: row.get(8)?,
            silence: silence.or(late.then_some(Silence::Late)),
            times: row.get(11)?,
            left_out: row.get(12)?,
            lines: Vec::new(),
        };
        Ok((row.get::<_, i64>(0)?, offer))
    };
    let found: Vec<(i64, OfferRow)> =
        statement.query_map(params_from_iter(values), read)?.collect::<rusqlite::Result<_>>()?;
    found.into_iter().map(|(id, offer)| Ok(OfferRow { lines: lines(tx, id, query)?, ..offer })).collect()
}

fn lines(tx: &Connection, offer: i64, query: &OfferQuery) -> Result<Vec<LineRow>> {
    let sql = format!(
        "select m.id, m.kind, {TITLE}, st.lifecycle, i.revision, m.revision, i.place, i.tokens, i.bytes, i.score,
            i.idf_share, i.coverage, i.cosine, i.matched, i.section, i.file, i.again, i.used, i.used_by,
            (select id from memory where seq = i.used_seq)
         from injection i join memory m on m.seq = i.memory_seq join memory_state st on st.seq = m.seq
         where i.offer_id = ?1 and (?2 is null or m.id = ?2) and (?3 or m.private = 0) order by i.place"
    );
    let only = query.memory.map(|id| id.0.as_bytes().to_vec());
    let sees_all = query.reader.may_see(Privacy::Private);
    let found =
        tx.prepare_cached(&sql)?.query_map(params![offer, only, sees_all], line)?.collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

fn line(row: &Row<'_>) -> rusqlite::Result<LineRow> {
    let number = |column| row.get::<_, Option<f64>>(column).map(|number| number.unwrap_or(0.0) as f32);
    let why = match (row.get::<_, Option<String>>(14)?, row.get::<_, Option<String>>(15)?) {
        (Some(section), _) => Why::Section(section),
        (None, Some(file)) => Why::File(file),
        (None, None) => Why::Matches {
            score: number(9)?,
            idf_share: number(10)?,
            coverage: number(11)?,
            cosine: number(12)?,
            matched: row
                .get::<_, Option<String>>(13)?
                .and_then(|words| serde_json::from_str(&words).ok())
                .unwrap_or_default(),
        },
    };
    let by = row.get::<_, Option<String>>(18)?.map(|word| rows::named(18, &word, Trace::parse)).transpose()?;
    let said = row.get::<_, Option<Vec<u8>>>(19)?.map(|id| rows::memory_id(&id)).transpose()?;
    Ok(LineRow {
        memory: rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?,
        kind: rows::named(1, &row.get::<_, String>(1)?, Kind::parse)?,
        title: row.get(2)?,
        lifecycle: rows::named(3, &row.get::<_, String>(3)?, Lifecycle::parse)?,
        revision: row.get(4)?,
        revision_now: row.get(5)?,
        place: row.get(6)?,
        tokens: row.get(7)?,
        bytes: row.get(8)?,
        why,
        again: row.get(16)?,
        used: row.get::<_, Option<bool>>(17)?.map(|_| by.map(|by| (by, said))),
    })
}

pub(in crate::sqlite) fn files_told(tx: &Connection, session: &SessionRef) -> Result<Vec<String>> {
    let files = tx
        .prepare_cached(
            "select distinct i.file from session s join injection i on i.session_id = s.id
             where s.workspace_id = ?1 and s.agent = ?2 and s.external_id = ?3
               and i.at >= s.context_since and i.late = 0 and i.file is not null",
        )?
        .query_map(params![WORKSPACE, session.agent, session.id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(files)
}

pub(in crate::sqlite) fn hushed(tx: &Connection, scope: &Scope) -> Result<Vec<(Memory, ProjectKey)>> {
    let project = match scope {
        Scope::All => None,
        Scope::Project(key) => match find_project(tx, key)? {
            None => return Ok(Vec::new()),
            project => project,
        },
    };
    let found: Vec<(i64, String)> = tx
        .prepare_cached(
            "select h.memory_seq, p.key from hush h join project p on p.id = h.project_id
             where ?1 is null or h.project_id = ?1 order by h.at desc, h.memory_seq",
        )?
        .query_map([project], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let memories =
        found.into_iter().filter_map(|(seq, key)| numbered(tx, seq).map(|m| Some((m?, ProjectKey(key)))).transpose());
    memories.collect()
}

pub(in crate::sqlite) fn hushed_in(tx: &Connection, memory: MemoryId) -> Result<Vec<ProjectKey>> {
    let keys = tx
        .prepare_cached(
            "select p.key from hush h join project p on p.id = h.project_id
             where h.memory_seq = (select seq from memory where id = ?1) order by p.key",
        )?
        .query_map([memory.0.as_bytes()], |row| row.get(0).map(ProjectKey))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(keys)
}

pub(in crate::sqlite) fn open_lines(tx: &Connection, session: &SessionRef, since: Millis) -> Result<Open> {
    let id: Option<i64> = tx
        .prepare_cached("select id from session where workspace_id = ?1 and agent = ?2 and external_id = ?3")?
        .query_row(params![WORKSPACE, session.agent, session.id], |row| row.get(0))
        .optional()?;
    let Some(id) = id else { return Ok(Open::default()) };
    type Found = (i64, i64, i64, bool, u32, bool);
    let found: Vec<Found> = tx
        .prepare_cached(
            "select id, memory_seq, at, file is not null, looked_to, used is not null from injection
             where session_id = ?1 and at >= ?2 and late = 0 and used is not 1 order by at desc limit ?3",
        )?
        .query_map(params![id, since.0, OPEN], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let Some(first) = found.iter().map(|(_, _, at, ..)| *at).min() else { return Ok(Open::default()) };
    let mut lines = Vec::with_capacity(found.len());
    for (injection, seq, at, is_of_file, looked_to, judged) in found {
        let Some(memory) = numbered(tx, seq)? else { continue };
        lines.push(OpenLine { injection, at: Millis(at), memory, is_of_file, looked_to, judged });
    }
    let rows: Vec<u32> = tx
        .prepare_cached(
            "select seq from (select seq, occurred_at from memory where session_id = ?1 order by position desc limit ?2)
             where occurred_at >= ?3 order by seq",
        )?
        .query_map(params![id, SAID, first - BEFORE], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let said = rows.into_iter().filter_map(|seq| numbered(tx, i64::from(seq)).map(|m| Some((seq, m?))).transpose());
    Ok(Open { lines, said: said.collect::<Result<_>>()? })
}

/// The memory of a row.
fn numbered(tx: &Connection, seq: i64) -> Result<Option<Memory>> {
    let sql = format!("{} where m.seq = ?1", rows::SELECT);
    Ok(tx.prepare_cached(&sql)?.query_row([seq], rows::memory).optional()?)
}
