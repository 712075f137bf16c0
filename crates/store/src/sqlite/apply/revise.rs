//! A memory's row as a change finds and leaves it: the state before is kept as a revision, its chunks are marked.
//! It must not know what may be changed.
//! Invariant: no chunk's number ever goes; a memory's current chunks are numbered one after the other.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::aside::Aside;
use quipu_core::change::{Content, Pin};
use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Origin};
use quipu_core::scope::Privacy;
use quipu_core::standing::Esteem;

use super::{Effect, Text, WORKSPACE, insert, short};
use crate::error::StoreError;
use crate::sqlite::visibility::{Facts, NONE, group_code, seconds};
use crate::sqlite::{aside, rows, scopes};

type Result<T> = std::result::Result<T, StoreError>;

/// A memory as a change finds it.
pub(super) struct Subject {
    pub(super) seq: i64,
    pub(super) id: MemoryId,
    pub(super) project: Option<i64>,
    session: Option<i64>,
    group: Option<String>,
    occurred_at: i64,
    pub(super) origin: Origin,
    pub(super) class: Class,
    pub(super) content: Content,
    pub(super) revision: u32,
    pub(super) standing: Standing,
}

/// What hides a memory, if anything does.
#[derive(Clone, PartialEq)]
pub(super) struct Standing {
    pub(super) superseded_by: Option<MemoryId>,
    /// The summary that stands for it.
    pub(super) aggregated: Option<MemoryId>,
    pub(super) archived: Option<(i64, Option<String>)>,
}

impl Standing {
    pub(super) const LIVE: Self = Self { superseded_by: None, aggregated: None, archived: None };

    /// As `memory_state` tells it.
    pub(super) fn lifecycle(&self) -> Lifecycle {
        match self {
            Self { superseded_by: Some(_), .. } => Lifecycle::Superseded,
            Self { aggregated: Some(_), .. } => Lifecycle::Aggregated,
            Self { archived: Some(_), .. } => Lifecycle::Archived,
            Self { superseded_by: None, aggregated: None, archived: None } => Lifecycle::Live,
        }
    }
}

impl Subject {
    /// What a change of it was of before it: the state of the revision before the one that it is at, or, of a memory that
    /// was made by it, a place among what is hidden.
    pub(super) fn before(&self, tx: &Connection, now: Millis) -> Result<(Content, Standing)> {
        if self.revision == 1 {
            let standing = Standing { archived: Some((now.0, Some(UNDONE.to_owned()))), ..Standing::LIVE };
            return Ok((self.content.clone(), standing));
        }
        let (mut content, standing) = tx
            .prepare_cached(
                "select kind, title, applies_to, keywords, coalesce(body, ?3), pinned, importance, valid_from, valid_to,
                    superseded_by, aggregated_into, archived_at, archive_reason, private
                 from memory_revision where memory_seq = ?1 and revision = ?2",
            )?
            .query_row(params![self.seq, self.revision - 1, self.content.body], |row| {
                let content = Content {
                    kind: rows::named(0, &row.get::<_, String>(0)?, Kind::parse)?,
                    title: row.get(1)?,
                    applies_to: row.get(2)?,
                    keywords: serde_json::from_str(&row.get::<_, String>(3)?).unwrap_or_default(),
                    body: row.get(4)?,
                    pin: rows::pin(row.get(5)?),
                    privacy: rows::privacy(row.get(13)?),
                    importance: rows::importance(row.get(6)?),
                    valid: rows::valid(row, 7)?,
                    aside: Aside::default(),
                };
                let standing = Standing {
                    superseded_by: rows::other(row, 9)?,
                    aggregated: rows::other(row, 10)?,
                    archived: row.get::<_, Option<i64>>(11)?.zip(Some(row.get(12)?)),
                };
                Ok((content, standing))
            })?;
        content.aside = aside::at(tx, self.seq, self.revision - 1)?;
        Ok((content, standing))
    }
}

/// Why a memory is hidden whose saving was undone.
const UNDONE: &str = "its saving was undone";

/// The memory of that id.
pub(super) fn subject(tx: &Connection, id: MemoryId) -> Result<Option<Subject>> {
    let found: Option<Subject> = tx
        .prepare_cached(
            "select seq, project_id, session_id, source_group, occurred_at, origin, class, kind, title, applies_to,
                keywords, body, pinned, revision, superseded_by, aggregated_into, archived_at, archive_reason,
                importance, valid_from, valid_to, private
             from memory where workspace_id = ?1 and id = ?2",
        )?
        .query_row(params![WORKSPACE, id.0.as_bytes()], |row| {
            Ok(Subject {
                seq: row.get(0)?,
                id,
                project: row.get(1)?,
                session: row.get(2)?,
                group: row.get(3)?,
                occurred_at: row.get(4)?,
                origin: rows::named(5, &row.get::<_, String>(5)?, Origin::parse)?,
                class: rows::named(6, &row.get::<_, String>(6)?, Class::parse)?,
                content: Content {
                    kind: rows::named(7, &row.get::<_, String>(7)?, Kind::parse)?,
                    title: row.get(8)?,
                    applies_to: row.get(9)?,
                    keywords: serde_json::from_str(&row.get::<_, String>(10)?).unwrap_or_default(),
                    body: row.get(11)?,
                    pin: rows::pin(row.get(12)?),
                    privacy: rows::privacy(row.get(21)?),
                    importance: rows::importance(row.get(18)?),
                    valid: rows::valid(row, 19)?,
                    aside: Aside::default(),
                },
                revision: row.get(13)?,
                standing: Standing {
                    superseded_by: rows::other(row, 14)?,
                    aggregated: rows::other(row, 15)?,
                    archived: row.get::<_, Option<i64>>(16)?.zip(Some(row.get(17)?)),
                },
            })
        })
        .optional()?;
    let Some(mut found) = found else { return Ok(None) };
    found.content.aside = aside::of(tx, found.seq)?;
    Ok(Some(found))
}

impl Subject {
    /// Keeps the state that there is and writes the one that takes its place; what of its standing searches must be told.
    /// A text that is searched otherwise needs [`Subject::cut_anew`] too.
    pub(super) fn revise(
        &self,
        tx: &Connection,
        content: &Content,
        standing: &Standing,
        (reason, now): (Option<&str>, Millis),
    ) -> Result<Vec<Effect>> {
        let id = |id: Option<MemoryId>| id.map(|id| id.0.as_bytes().to_vec());
        let words = |content: &Content| serde_json::to_string(&content.keywords).unwrap_or_else(|_| "[]".to_owned());
        tx.prepare_cached(
            "insert into memory_revision
                (memory_seq, revision, kind, title, applies_to, keywords, body, pinned, lifecycle, replaced_at, reason,
                 importance, valid_from, valid_to, superseded_by, aggregated_into, archived_at, archive_reason, private)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        )?
        .execute(params![
            self.seq,
            self.revision,
            self.content.kind.as_str(),
            self.content.title,
            self.content.applies_to,
            words(&self.content),
            (!content.is_found_as(&self.content)).then_some(&self.content.body),
            self.content.pin == Pin::Pinned,
            self.standing.lifecycle().as_str(),
            now.0,
            reason,
            self.content.importance.number(),
            self.content.valid.from.map(|at| at.0),
            self.content.valid.to.map(|at| at.0),
            id(self.standing.superseded_by),
            id(self.standing.aggregated),
            self.standing.archived.as_ref().map(|(at, _)| at),
            self.standing.archived.as_ref().and_then(|(_, reason)| reason.as_deref()),
            self.content.privacy == Privacy::Private,
        ])?;
        tx.prepare_cached(
            "update memory set revision = ?2, kind = ?3, title = ?4, applies_to = ?5, keywords = ?6, body = ?7,
                content_hash = ?8, pinned = ?9, class = ?10, superseded_by = ?11, aggregated_into = ?12,
                archived_at = ?13, archive_reason = ?14, importance = ?15, valid_from = ?16, valid_to = ?17,
                private = ?18
             where seq = ?1",
        )?
        .execute(params![
            self.seq,
            self.revision + 1,
            content.kind.as_str(),
            content.title,
            content.applies_to,
            words(content),
            content.body,
            content_hash(&content.body),
            content.pin == Pin::Pinned,
            self.class_as(content.kind).as_str(),
            id(standing.superseded_by),
            id(standing.aggregated),
            standing.archived.as_ref().map(|(at, _)| at),
            standing.archived.as_ref().and_then(|(_, reason)| reason.as_deref()),
            content.importance.number(),
            content.valid.from.map(|at| at.0),
            content.valid.to.map(|at| at.0),
            content.privacy == Privacy::Private,
        ])?;
        aside::keep(tx, self.seq, self.revision, &self.content.aside)?;
        aside::put(tx, self.seq, &self.content.aside, &content.aside)?;
        // Also where it stands as it did: who follows hears of every change.
        let mut effects = vec![Effect::Standing {
            memory: short(self.seq),
            lifecycle: standing.lifecycle(),
            valid: content.valid,
            esteem: Esteem::new(content.importance, content.pin),
        }];
        if (content.privacy, &content.applies_to) != (self.content.privacy, &self.content.applies_to) {
            let places = scopes::places(tx, &content.applies_to, self.project)?;
            effects.push(Effect::Filed { memory: short(self.seq), privacy: content.privacy, places });
        }
        Ok(effects)
    }

    /// Marks the chunks that there are, and puts those of the new text in their place.
    pub(super) fn cut_anew(
        &self,
        tx: &Connection,
        content: &Content,
        lifecycle: Lifecycle,
        text: &Text,
    ) -> Result<Effect> {
        tx.prepare_cached(
            "update chunk set replaced_in = ?2, ordinal = ordinal - (?2 << 32)
             where memory_seq = ?1 and replaced_in is null",
        )?
        .execute(params![self.seq, self.revision + 1])?;
        let chunks = insert::chunks(tx, self.seq, text)?;
        let facts = Facts {
            memory: short(self.seq),
            project: self.project.map_or(NONE, short),
            session: self.session.map_or(NONE, short),
            group: group_code(self.group.as_deref()),
            at: seconds(self.occurred_at),
            kind: content.kind,
            lifecycle,
            privacy: content.privacy,
            places: scopes::places(tx, &content.applies_to, self.project)?,
            esteem: Esteem::new(content.importance, content.pin),
            valid: content.valid,
        };
        // In its session it stays where it was.
        let session = match self.session {
            None => Vec::new(),
            Some(session) => tx
                .prepare_cached(
                    "select c.seq from memory m join chunk c on c.memory_seq = m.seq
                     where m.session_id = ?1 and c.replaced_in is null order by m.position, c.seq",
                )?
                .query_map([session], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?,
        };
        Ok(Effect::Replaced { facts, chunks, session })
    }

    /// What kind of text it is as a memory of `kind`.
    pub(super) fn class_as(&self, kind: Kind) -> Class {
        if kind == self.content.kind { self.class } else { Class::of_kind(kind) }
    }
}
