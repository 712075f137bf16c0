//! Links of memories that are brought in, whichever of their ends comes first.
//! It must not know where they come from.
//! Invariant: a link that comes before its other end waits for that, whatever happens between; one that a memory may not
//! keep (a circle, one too many, another project's) is left out and counted, and keeps nothing else out.

use rusqlite::{Connection, params};

use quipu_core::forget::Trace;
use quipu_core::id::MemoryId;
use quipu_core::link::{End, Link, MOST, Relation};

use super::{Graves, aside, import, revise, work};
use crate::error::StoreError;
use crate::sqlite::{aside as rows_aside, rows};
use crate::write::LinkCounts;

type Result<T> = std::result::Result<T, StoreError>;

/// Lets the memory `keeper` keep these links: now, or when their other ends come.
pub(super) fn keep<'l>(
    tx: &Connection,
    keeper: MemoryId,
    links: impl IntoIterator<Item = &'l Link>,
    counts: &mut LinkCounts,
) -> Result<()> {
    for link in links {
        let link = Link { to: import::stands_for(tx, link.to)?, ..*link };
        if number(tx, link.to)?.is_some() {
            make(tx, keeper, link, counts)?;
        } else if Graves::of(tx)?.hold_any(tx, &[Trace::Memory(link.to)])? {
            counts.left_out += 1;
        } else {
            let more = tx
                .prepare_cached(
                    "insert or ignore into link_waiting (to_id, memory_seq, relation)
                 select ?1, seq, ?2 from memory where id = ?3",
                )?
                .execute(params![link.to.0.as_bytes(), link.relation.word(End::Keeper), keeper.0.as_bytes()])?;
            counts.waiting += i32::from(more > 0);
        }
    }
    Ok(())
}

/// Makes links of what waited for `id`, as which the memory `known_as` has come.
pub(super) fn arrived(tx: &Connection, id: MemoryId, known_as: MemoryId, counts: &mut LinkCounts) -> Result<()> {
    let waiting: Vec<(MemoryId, Relation)> = tx
        .prepare_cached(
            "select m.id, w.relation from link_waiting w join memory m on m.seq = w.memory_seq where w.to_id = ?1",
        )?
        .query_map([id.0.as_bytes()], |row| {
            let relation = rows::named(1, &row.get::<_, String>(1)?, rows_aside::kept_as)?;
            Ok((rows::memory_id(&row.get::<_, Vec<u8>>(0)?)?, relation))
        })?
        .collect::<rusqlite::Result<_>>()?;
    if waiting.is_empty() {
        return Ok(());
    }
    tx.prepare_cached("delete from link_waiting where to_id = ?1")?.execute([id.0.as_bytes()])?;
    for (keeper, relation) in waiting {
        counts.waiting -= 1;
        make(tx, keeper, Link { relation, to: known_as }, counts)?;
    }
    Ok(())
}

/// Makes a link between two that are there. It is part of what was brought in, and no change of it: no revision is made.
fn make(tx: &Connection, keeper: MemoryId, link: Link, counts: &mut LinkCounts) -> Result<()> {
    let Some(old) = revise::subject(tx, keeper)? else { return Ok(()) };
    let before = &old.content.aside;
    if before.links.contains(&link) || aside::is_kept_by_other(tx, keeper, link)? {
        return Ok(());
    }
    let fits = before.links.len() < MOST
        && aside::may_link(tx, (keeper, old.seq, old.project, old.content.privacy), link, aside::ANYWHERE).is_ok();
    let mut new = before.clone();
    new.links.insert(link);
    if let Some(own) = new.work {
        let open = |aside: &quipu_core::aside::Aside| work::open_of(tx, &aside.blockers().collect::<Vec<_>>());
        new.work = Some(own.settled(open(before)?.len(), open(&new)?.len()));
    }
    let is_open = new.work.is_some_and(|work| work.status.is_open());
    if !fits || (is_open && aside::open_within(tx, keeper, &new).is_err()) {
        counts.left_out += 1;
        return Ok(());
    }
    rows_aside::put(tx, old.seq, before, &new)?;
    counts.made += 1;
    Ok(())
}

fn number(tx: &Connection, id: MemoryId) -> Result<Option<i64>> {
    Ok(revise::subject(tx, id)?.map(|subject| subject.seq))
}
