//! A memory's row as a change finds and leaves it: the state before is kept as a revision, its chunks are marked.
//! It must not know what may be changed.
//! Invariant: no chunk's number ever goes; a memory's current chunks are numbered one after the other.

use rusqlite::{Connection, OptionalExtension, params};

use quipu_core::change::{Content, Pin};
use quipu_core::class::Class;
use quipu_core::hash::content_hash;
use quipu_core::id::{MemoryId, Millis};
use quipu_core::kind::Kind;
use quipu_core::memory::{Lifecycle, Origin};
use quipu_core::scope::Privacy;

use super::{Effect, Text, WORKSPACE, insert, short};
use crate::error::StoreError;
use crate::sqlite::visibility::{Facts, NONE, group_code, seconds};
use crate::sqlite::{rows, scopes};

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
    /// Taken up into another one; nothing does that yet.
    pub(super) aggregated: Option<MemoryId>,
    pub(super) archived: Option<(i64, Option<String>)>,
}

impl Standing {
    pub(super) const LIVE: Self = Self { superseded_by: None, aggregated: None, archived: None };

    /// As `memory_state` tells it.
    pub(super) fn lifecycle(&self) -> Lifecycle {
        match self {
            Self { superseded_by: None, aggregated: None, archived: None } => Lifecycle::Live,
            Self { superseded_by: None, aggregated: None, .. } => Lifecycle::Archived,
            _ => Lifecycle::Superseded,
        }
    }
}

/// The memory of that id.
pub(super) fn subject(tx: &Connection, id: MemoryId) -> Result<Option<Subject>> {
    let found = tx
        .prepare_cached(
            "select seq, project_id, session_id, source_group, occurred_at, origin, class, kind, title, applies_to,
                keywords, body, pinned, revision, superseded_by, aggregated_into, archived_at, archive_reason, private
             from memory where workspace_id = ?1 and id = ?2",
        )?
        .query_row(params![WORKSPACE, id.0.as_bytes()], |row| {
            let other = |column: usize| -> rusqlite::Result<Option<MemoryId>> {
                row.get::<_, Option<Vec<u8>>>(column)?.map(|bytes| rows::memory_id(&bytes)).transpose()
            };
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
                    privacy: rows::privacy(row.get(18)?),
                },
                revision: row.get(13)?,
                standing: Standing {
                    superseded_by: other(14)?,
                    aggregated: other(15)?,
                    archived: row.get::<_, Option<i64>>(16)?.zip(Some(row.get(17)?)),
                },
            })
        })
        .optional()?;
    Ok(found)
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
        let words = |content: &Content| serde_json::to_string(&content.keywords).unwrap_or_else(|_| "[]".to_owned());
        tx.prepare_cached(
            "insert into memory_revision
                (memory_seq, revision, kind, title, applies_to, keywords, body, pinned, lifecycle, replaced_at, reason, private)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
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
            self.content.privacy == Privacy::Private,
        ])?;
        let id = |id: Option<MemoryId>| id.map(|id| id.0.as_bytes().to_vec());
        tx.prepare_cached(
            "update memory set revision = ?2, kind = ?3, title = ?4, applies_to = ?5, keywords = ?6, body = ?7,
                content_hash = ?8, pinned = ?9, class = ?10, superseded_by = ?11, aggregated_into = ?12,
                archived_at = ?13, archive_reason = ?14, private = ?15
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
            content.privacy == Privacy::Private,
        ])?;
        // Also where it stands as it did: who follows hears of every change.
        let mut effects = vec![Effect::Lifecycle(short(self.seq), standing.lifecycle())];
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
