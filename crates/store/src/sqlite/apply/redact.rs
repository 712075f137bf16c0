//! Secrets that were stored before they were known as such: one memory's texts replaced where they lie, and all that was
//! cut from them cut anew.
//! It must not know what a secret is.
//! Invariant: no revision is made, for it would hold what is to go; the id stays; the old chunks go, those of earlier states
//! too.

use rusqlite::{Connection, params};

use quipu_core::hash::content_hash;
use quipu_core::id::Millis;

use super::forget::{Overwriting, raise_floors, without_chunks};
use super::revise::{self, Subject};
use super::{Effect, Meaning, Text};
use crate::error::StoreError;
use crate::forget::Redaction;
use crate::sqlite::forget::{purge, texts};
use crate::write::Applied;

pub(super) fn redact(
    tx: &Connection,
    redaction: &Redaction,
    meaning: &Meaning,
    now: Millis,
) -> Result<(Applied, Vec<Effect>), StoreError> {
    let Some(subject) = revise::subject(tx, redaction.id)? else { return Ok((Applied::Count(0), Vec::new())) };
    if texts::of(tx, redaction.id)?.as_ref() != Some(&redaction.if_texts) {
        return Err(StoreError::Unconfirmed);
    }
    let texts = &redaction.texts;
    let words = |words: &[String]| serde_json::to_string(words).unwrap_or_else(|_| "[]".to_owned());
    let _overwriting = Overwriting::start(tx)?;
    tx.prepare_cached(
        "update memory set title = ?2, body = ?3, keywords = ?4, applies_to = ?5, branch = ?6, archive_reason = ?7,
            content_hash = ?8, redactions = redactions + ?9
         where seq = ?1",
    )?
    .execute(params![
        subject.seq,
        texts.title,
        texts.body,
        words(&texts.keywords),
        texts.applies_to,
        texts.branch,
        texts.archive_reason,
        content_hash(&texts.body),
        redaction.count,
    ])?;
    for revision in &texts.revisions {
        tx.prepare_cached(
            "update memory_revision set title = ?3, body = ?4, keywords = ?5, applies_to = ?6, reason = ?7,
                archive_reason = ?8
             where memory_seq = ?1 and revision = ?2",
        )?
        .execute(params![
            subject.seq,
            revision.number,
            revision.title,
            revision.body,
            words(&revision.keywords),
            revision.applies_to,
            revision.reason,
            revision.archive_reason,
        ])?;
    }
    // A mirror's file says it still: it counts as one whose memory has changed since.
    tx.prepare_cached("update mirror_file set revision = 0 where memory_id = ?1")?
        .execute([redaction.id.0.as_bytes()])?;
    raise_floors(tx)?;
    let gone = without_chunks(tx, subject.seq)?;
    let kept = recut(tx, &subject, redaction, meaning)?;
    purge::open(tx, "redact", 1, now)?;
    Ok((Applied::Count(1), vec![gone, kept]))
}

/// The chunks of the text as it is now.
fn recut(tx: &Connection, subject: &Subject, redaction: &Redaction, meaning: &Meaning) -> Result<Effect, StoreError> {
    let mut content = subject.content.clone();
    content.title.clone_from(&redaction.texts.title);
    content.body.clone_from(&redaction.texts.body);
    let text = Text::of_content(meaning, &content, subject.class);
    subject.cut_anew(tx, &content, subject.standing.lifecycle(), &text)
}
