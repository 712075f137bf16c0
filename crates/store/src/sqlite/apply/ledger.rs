//! What agents were shown, as rows.
//! It must not know how a line was chosen, nor what is done with the ledger.
//! Invariant: an answer is there once, whichever comes first, its lines or that it came too late.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::change::Refusal;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::memory::ProjectKey;
use quipu_core::offer::{Again, Line, Silence, Why};

use super::{Effect, WORKSPACE, places};
use crate::error::StoreError;
use crate::ledger::{Entry, Offer, Use, Verdict, Wanted};
use crate::sqlite::reads;
use crate::write::Applied;

type Result<T> = std::result::Result<T, StoreError>;

/// So many answers go at once: the writer has others to serve.
const PRUNED: i64 = 2_000;
/// Silences of one kind in one session are one row for so long, in ms.
const COUNTED: i64 = 86_400_000;
/// Before every edit there is a question: its silences are counted, not listed.
const OFTEN: &str = "PreToolUse";

pub(super) fn entry(tx: &Connection, entry: &Entry, now: Millis) -> Result<(Applied, Vec<Effect>)> {
    let applied = match entry {
        Entry::Offer(offered) => offer(tx, offered, false)?,
        Entry::Late(offered) => late(tx, offered)?,
        Entry::Verdicts(verdicts) => judged(tx, verdicts)?,
        Entry::Hush { memory, project, wanted } => hush(tx, *memory, project, *wanted, now)?,
        Entry::Prune { before, most } => prune(tx, *before, *most)?,
    };
    Ok((applied, Vec::new()))
}

fn offer(tx: &Connection, offer: &Offer, is_late: bool) -> Result<Applied> {
    let known: Option<(i64, bool, bool)> = match offer.id {
        None => None,
        Some(event) => tx
            .prepare_cached("select id, late, lines > 0 from offer where event_id = ?1")?
            .query_row([event.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?,
    };
    let (project, session) = place(tx, offer)?;
    let (row, is_late) = match known {
        // That it came too late was told first.
        Some((row, true, false)) => (row, true),
        Some(_) => return Ok(Applied::Done),
        None if is_counted(offer) && count(tx, offer, (project, session))? => return Ok(Applied::Done),
        None => (insert(tx, offer, (project, session), is_late)?, is_late),
    };
    for (n, line) in offer.lines.iter().enumerate() {
        add(tx, offer, (row, session, is_late), n + 1, line)?;
    }
    if known.is_some() {
        tx.prepare_cached("update offer set lines = ?2, tokens = ?3, bytes = ?4, left_out = ?5 where id = ?1")?
            .execute(params![
                row,
                number(offer.lines.len()),
                number(offer.tokens),
                number(offer.bytes),
                number(offer.left_out)
            ])?;
    }
    Ok(Applied::Done)
}

/// The rows of its project and session. A pause leaves none.
fn place(tx: &Connection, offer: &Offer) -> Result<(Option<i64>, Option<i64>)> {
    if offer.silence == Some(Silence::Paused) {
        return Ok((places::find_project(tx, &offer.project)?, None));
    }
    let project = places::project(tx, &offer.project, offer.at)?;
    let session = places::session(tx, &offer.session, Some(project), None, None, offer.at)?;
    Ok((Some(project), Some(session)))
}

fn is_counted(offer: &Offer) -> bool {
    offer.silence == Some(Silence::Paused) || offer.silence.is_some() && offer.event == OFTEN
}

/// Counts a silence with those before it, where there are any.
fn count(tx: &Connection, offer: &Offer, (project, session): (Option<i64>, Option<i64>)) -> Result<bool> {
    let counted = tx
        .prepare_cached(
            "update offer set times = times + 1, at = max(at, ?5), left_out = ?6
             where session_id is ?1 and project_id is ?2 and event = ?3 and silence = ?4 and at > ?5 - ?7",
        )?
        .execute(params![
            session,
            project,
            offer.event,
            offer.silence.map(Silence::as_str),
            offer.at.0,
            number(offer.left_out),
            COUNTED
        ])?;
    Ok(counted > 0)
}

fn insert(
    tx: &Connection,
    offer: &Offer,
    (project, session): (Option<i64>, Option<i64>),
    is_late: bool,
) -> Result<i64> {
    tx.prepare_cached(
        "insert into offer
            (workspace_id, at, event, event_id, session_id, project_id, silence, late, lines, tokens, bytes, left_out)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        WORKSPACE,
        offer.at.0,
        offer.event,
        // Of what is counted the next one has another.
        offer.id.filter(|_| !is_counted(offer)).map(|id| id.0.as_bytes().to_vec()),
        session,
        project,
        offer.silence.map(Silence::as_str),
        is_late,
        number(offer.lines.len()),
        number(offer.tokens),
        number(offer.bytes),
        number(offer.left_out),
    ])?;
    Ok(tx.last_insert_rowid())
}

/// Adds a line; of a memory that has been forgotten meanwhile there is none.
fn add(
    tx: &Connection,
    offer: &Offer,
    (row, session, is_late): (i64, Option<i64>, bool),
    place: usize,
    line: &Line,
) -> Result<()> {
    let Some(memory) = reads::memory_number(tx, line.memory)? else { return Ok(()) };
    let (mut lanes, mut matched, mut section, mut file) = ([None; 4], None, None, None);
    match &line.why {
        Why::Matches { score, idf_share, coverage, cosine, matched: words } => {
            lanes = [*score, *idf_share, *coverage, *cosine].map(|number| Some(f64::from(number)));
            matched = serde_json::to_string(words).ok();
        }
        Why::Section(name) => section = Some(name),
        Why::File(path) => file = Some(path),
    }
    let [score, idf_share, coverage, cosine] = lanes;
    tx.prepare_cached(
        "insert into injection (offer_id, memory_seq, revision, session_id, at, late, place, tokens, bytes,
            score, idf_share, coverage, cosine, matched, section, file, again)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?
    .execute(params![
        row,
        memory,
        line.revision,
        session,
        offer.at.0,
        is_late,
        number(place),
        number(line.tokens),
        number(line.bytes),
        score,
        idf_share,
        coverage,
        cosine,
        matched,
        section,
        file,
        line.again == Again::Changed,
    ])?;
    Ok(())
}

/// Notes that nobody saw an answer; where it has not been written down yet, for when it is.
fn late(tx: &Connection, offered: &Offer) -> Result<Applied> {
    let Some(event) = offered.id else { return Ok(Applied::Done) };
    let row: Option<i64> = tx
        .prepare_cached("update offer set late = 1 where event_id = ?1 returning id")?
        .query_row([event.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(row) = row else { return offer(tx, offered, true) };
    tx.prepare_cached("update injection set late = 1 where offer_id = ?1")?.execute([row])?;
    Ok(Applied::Done)
}

/// SQLite counts in 64 bits with a sign.
fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn judged(tx: &Connection, verdicts: &[Verdict]) -> Result<Applied> {
    let mut update = tx.prepare_cached(
        "update injection set used = coalesce(?2, used), used_by = coalesce(?3, used_by),
            used_seq = coalesce(?4, used_seq), looked_to = max(looked_to, ?5)
         where id = ?1 and used is not 1",
    )?;
    for verdict in verdicts {
        let (used, by, said) = match verdict.used {
            None => (None, None, None),
            Some(Use::No) => (Some(false), None, None),
            Some(Use::Yes { by, said }) => (Some(true), Some(by.as_str()), Some(said)),
        };
        update.execute(params![verdict.injection, used, by, said, verdict.looked_to])?;
    }
    Ok(Applied::Done)
}

fn hush(tx: &Connection, memory: MemoryId, project: &ProjectKey, wanted: Wanted, now: Millis) -> Result<Applied> {
    let Some(seq) = reads::memory_number(tx, memory)? else { return Err(Refusal::Unknown(memory).into()) };
    let project = places::project(tx, project, now)?;
    let changed = match wanted {
        Wanted::No => tx
            .prepare_cached("insert or ignore into hush (project_id, memory_seq, at) values (?1, ?2, ?3)")?
            .execute(params![project, seq, now.0])?,
        Wanted::Yes => tx
            .prepare_cached("delete from hush where project_id = ?1 and memory_seq = ?2")?
            .execute(params![project, seq])?,
    };
    Ok(Applied::Count(changed as u64))
}

fn prune(tx: &Connection, before: Millis, most: u64) -> Result<Applied> {
    let old = tx
        .prepare_cached("delete from offer where id in (select id from offer where at < ?1 order by at limit ?2)")?
        .execute([before.0, PRUNED])?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let beyond = tx
        .prepare_cached(
            "delete from offer where id in (select id from offer order by at desc, id desc limit ?1 offset ?2)",
        )?
        .execute([PRUNED, most])?;
    Ok(Applied::Count((old + beyond) as u64))
}

/// Gives what was shown in one project to another.
pub(super) fn merge_projects(tx: &Connection, from: i64, to: i64) -> Result<()> {
    tx.execute("update offer set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("update or ignore hush set project_id = ?2 where project_id = ?1", [from, to])?;
    tx.execute("delete from hush where project_id = ?1", [from])?;
    Ok(())
}
