//! What an edit of what stands beside a text needs of other memories: whether they are there, open, and of the same place.
//! It must not know statuses' order (`core::work`) nor how rows are kept.
//! Invariant: both ends of a link are seen by whoever sees one of them; chains of what depends, blocks or is part never circle.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::aside::{Aside, AsideEdit, Parts, Refusal};
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::link::{End, Link, Relation};
use quipu_core::scope::{Privacy, Reader};
use quipu_core::work::Status;

use super::change::within;
use super::revise::Subject;
use super::{Effect, work};
use crate::error::StoreError;
use crate::read::Scope;
use crate::sqlite::rows;

type Result<T> = std::result::Result<T, StoreError>;

/// Where is looked for other memories, and who looks.
pub(super) type Seen<'s> = (&'s Scope, Reader);
/// Whoever was let through by the service, or nobody in particular.
pub(super) const ANYWHERE: Seen<'static> = (&Scope::All, Reader::Person);

/// What stands beside `old` after an edit, `kind` being what it is then.
pub(super) fn edited(tx: &Connection, old: &Subject, edit: &AsideEdit, kind: Kind, seen: Seen<'_>) -> Result<Aside> {
    let before = &old.content.aside;
    if edit.is_empty() && kind == old.content.kind {
        return Ok(before.clone());
    }
    let mut edit = edit.clone();
    for link in &edit.links.add {
        may_link(tx, (old.id, old.seq, old.project, old.content.privacy), *link, seen)?;
    }
    // What has to do with it has so from either side.
    let mut mirrored = Vec::new();
    for link in edit.links.add.iter().filter(|link| link.relation == Relation::RelatesTo) {
        mirrored.extend(is_kept_by_other(tx, old.id, *link)?.then_some(*link));
    }
    edit.links.add.retain(|link| !mirrored.contains(link));
    let new = before.edited(&edit, (old.id, kind), |ids| work::open_of(tx, ids))?;
    let was_open = before.work.is_some_and(|work| work.status.is_open());
    let is_open = new.work.is_some_and(|work| work.status.is_open());
    if was_open && !is_open && edit.parts == Parts::Keep {
        let open = work::open_parts(tx, old.seq)?;
        if !open.is_empty() {
            return Err(Refusal::OpenParts { id: old.id, open: open.len() }.into());
        }
    }
    if is_open && (!was_open || !edit.links.add.is_empty()) {
        open_within(tx, old.id, &new)?;
    }
    Ok(new)
}

/// What stands beside a new memory of `project`.
pub(super) fn of_new(
    tx: &Connection,
    (id, project, privacy): (MemoryId, Option<i64>, Privacy),
    kind: Kind,
    given: &Aside,
) -> Result<Aside> {
    for link in &given.links {
        // It has no number yet, and nothing leads to it.
        may_link(tx, (id, 0, project, privacy), *link, ANYWHERE)?;
    }
    let (start, work) = (Aside { work: None, ..Aside::new(kind) }, given.work);
    let mut edit = AsideEdit::default();
    edit.links.add = given.links.iter().copied().collect();
    edit.files.add = given.files.iter().cloned().collect();
    edit.symbols.add = given.symbols.iter().cloned().collect();
    let mut new = start.edited(&edit, (id, kind), |ids| work::open_of(tx, ids))?;
    if let (Some(work), Some(_)) = (work, new.work) {
        let blockers = work::open_of(tx, &new.blockers().collect::<Vec<_>>())?.len();
        new.work = Some(work.settled(0, blockers));
    }
    if new.work.is_some_and(|work| work.status.is_open()) {
        open_within(tx, id, &new)?;
    }
    Ok(new)
}

/// Lets the memory that `link` names keep a link to `id`.
pub(super) fn kept_by(
    tx: &Connection,
    link: Link,
    id: MemoryId,
    touched: &mut Vec<(i64, u32)>,
    now: Millis,
) -> Result<Vec<Effect>> {
    let keeper = within(tx, link.to, &Scope::All, Reader::Person)?;
    let mut edit = AsideEdit::default();
    edit.links.add = vec![Link { to: id, ..link }];
    let mut content = keeper.content.clone();
    content.aside = edited(tx, &keeper, &edit, content.kind, ANYWHERE)?;
    if content == keeper.content {
        return Ok(Vec::new());
    }
    let reason = format!("{} {id}", link.relation.word(End::Keeper));
    touched.push((keeper.seq, keeper.revision + 1));
    keeper.revise(tx, &content, &keeper.standing, (Some(&reason), now))
}

/// Whether the memory may keep this link.
pub(super) fn may_link(
    tx: &Connection,
    (id, seq, project, privacy): (MemoryId, i64, Option<i64>, Privacy),
    link: Link,
    (scope, reader): Seen<'_>,
) -> Result<()> {
    let other = within(tx, link.to, scope, reader)?;
    if id == link.to {
        return Err(Refusal::ToItself(id).into());
    }
    if let (Some(own), Some(others)) = (project, other.project)
        && own != others
    {
        return Err(Refusal::OtherProject { id, to: link.to }.into());
    }
    if other.content.privacy != privacy {
        return Err(match privacy {
            Privacy::Private => Refusal::Apart { private: id, shared: link.to },
            Privacy::Shared => Refusal::Apart { private: link.to, shared: id },
        }
        .into());
    }
    if !link.relation.may_circle() && leads_to(tx, other.seq, link.relation, seq)? {
        return Err(Refusal::Circle { id, relation: link.relation, to: link.to }.into());
    }
    Ok(())
}

/// Whether what stands beside `new` may stand there, after an undo brought it back in place of what stood beside `old`.
pub(super) fn may_stand(tx: &Connection, old: &Subject, new: &Subject) -> Result<()> {
    for link in new.content.aside.links.iter().filter(|link| !link.relation.may_circle()) {
        let other = within(tx, link.to, &Scope::All, Reader::Person)?;
        if leads_to(tx, other.seq, link.relation, new.seq)? {
            return Err(Refusal::Circle { id: new.id, relation: link.relation, to: link.to }.into());
        }
    }
    let is_open = |subject: &Subject| subject.content.aside.work.map(|work| work.status.is_open());
    match (is_open(old), is_open(new)) {
        (_, Some(true)) => open_within(tx, new.id, &new.content.aside),
        (Some(true), Some(false)) => {
            let open = work::open_parts(tx, new.seq)?;
            if open.is_empty() { Ok(()) } else { Err(Refusal::OpenParts { id: new.id, open: open.len() }.into()) }
        }
        _ => Ok(()),
    }
}

/// Refuses a memory whose privacy is another than that of what is tied to it: by a link, or because one stands for the other.
pub(super) fn of_one_privacy(tx: &Connection, new: &Subject) -> Result<()> {
    let other: Option<Vec<u8>> = tx
        .prepare_cached(
            "select m.id from (
                select to_seq other, 1 both from link where memory_seq = ?1
                union all select memory_seq, 1 from link where to_seq = ?1
                union all select seq, 0 from memory where superseded_by = ?2
                union all select seq, 0 from memory where aggregated_into = ?2) tied
             join memory m on m.seq = tied.other where m.private <> ?3 and (tied.both or ?3)
             union all
             select by.id from memory own join memory by on by.id = coalesce(own.superseded_by, own.aggregated_into)
             where own.seq = ?1 and by.private and not ?3 limit 1",
        )?
        .query_row(params![new.seq, new.id.0.as_bytes(), new.content.privacy == Privacy::Private], |row| row.get(0))
        .optional()?;
    let Some(other) = other else { return Ok(()) };
    let other = rows::memory_id(&other)?;
    Err(match new.content.privacy {
        Privacy::Private => Refusal::Apart { private: new.id, shared: other },
        Privacy::Shared => Refusal::Apart { private: other, shared: new.id },
    }
    .into())
}

/// Whether a chain of one relation leads from one memory to another.
fn leads_to(tx: &Connection, from: i64, relation: Relation, to: i64) -> Result<bool> {
    let found = tx
        .prepare_cached(
            "with recursive chain (seq) as (
                select to_seq from link where memory_seq = ?1 and relation = ?2
                union select to_seq from chain join link on memory_seq = chain.seq and relation = ?2)
             select exists (select 1 from chain where seq = ?3)",
        )?
        .query_row(params![from, relation.word(End::Keeper), to], |row| row.get(0))?;
    Ok(found)
}

/// Whether the other end keeps this very link: what has to do with it has so from either side.
pub(super) fn is_kept_by_other(tx: &Connection, keeper: MemoryId, link: Link) -> Result<bool> {
    Ok(link.relation == Relation::RelatesTo && is_linked(tx, link.to, link, keeper)?)
}

/// Whether `keeper` keeps a link of that relation to `to`.
fn is_linked(tx: &Connection, keeper: MemoryId, link: Link, to: MemoryId) -> Result<bool> {
    let found = tx
        .prepare_cached(
            "select exists (select 1 from link where memory_seq = (select seq from memory where id = ?1)
                and relation = ?2 and to_seq = (select seq from memory where id = ?3))",
        )?
        .query_row(params![keeper.0.as_bytes(), link.relation.word(End::Keeper), to.0.as_bytes()], |row| row.get(0))?;
    Ok(found)
}

/// Refuses an open part of what is closed.
pub(super) fn open_within(tx: &Connection, id: MemoryId, aside: &Aside) -> Result<()> {
    for link in aside.links.iter().filter(|link| link.relation == Relation::PartOf) {
        if work::status(tx, link.to)?.is_some_and(|status: Status| !status.is_open()) {
            return Err(Refusal::WholeClosed { id, whole: link.to }.into());
        }
    }
    Ok(())
}
