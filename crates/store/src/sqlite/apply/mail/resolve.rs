//! Who gets a message: an address made into mailboxes, in the transaction that sends it.
//! It must not know what the message says.
//! Invariant: every address ends in a mailbox, in a role that somebody may take, or in a refusal; the sender gets no copy.

use rusqlite::{Connection, params};

use quipu_core::address::SHORTEST;
use quipu_core::id::Millis;
use quipu_core::mail::{Mailbox, Refusal, Wait};
use quipu_core::memory::SessionRef;

use super::session_row;
use crate::error::StoreError;
use crate::mail::{Send, To};
use crate::sqlite::apply::{WORKSPACE, find_project, lease};

type Result<T> = std::result::Result<T, StoreError>;

/// A session that was not heard of for so long has left without a word, in ms: a day.
const SILENT: i64 = 86_400_000;
/// So many are named where an address may be any of them.
const NAMED: usize = 8;

/// Where a message goes.
#[derive(Debug, Default)]
pub(super) struct Recipients {
    /// Rows of sessions; none of them: the user.
    pub(super) mailboxes: Vec<Option<i64>>,
    /// A role that nobody has yet.
    pub(super) role: Option<String>,
}

/// A session that an address may mean.
struct Candidate {
    row: i64,
    session: SessionRef,
    last_at: Millis,
    /// Whether it may still get something.
    is_here: bool,
}

/// Finds who gets `send`; the row of the session that sends it, and of the project.
pub(super) fn resolve(
    tx: &Connection,
    send: &Send,
    (sender, project): (Option<i64>, Option<i64>),
    now: Millis,
) -> Result<Recipients> {
    match &send.to {
        To::These(mailboxes) => these(tx, mailboxes, sender, (send.wait, now)),
        To::Named { agent, id } => match named(tx, (agent.as_deref(), id), sender, (send.wait, now)) {
            // Nobody's id begins so: it may be what somebody is called by his role.
            Err(StoreError::Mail(Refusal::Nobody(_))) if agent.is_none() && is_held(tx, id, project)? => {
                role(tx, id, sender, (send, project))
            }
            found => found,
        },
        To::Role(name) => role(tx, name, sender, (send, project)),
        To::Project(key) => match find_project(tx, key)? {
            Some(project) => present(tx, Some(project), sender, (&send.address, now)),
            None => Err(Refusal::NobodyThere(send.address.clone()).into()),
        },
        To::All => present(tx, None, sender, (&send.address, now)),
    }
}

fn these(
    tx: &Connection,
    mailboxes: &[Mailbox],
    sender: Option<i64>,
    (wait, now): (Wait, Millis),
) -> Result<Recipients> {
    let mut found = Recipients::default();
    for mailbox in mailboxes {
        let Mailbox::Session(session) = mailbox else {
            found.mailboxes.push(None);
            continue;
        };
        let row = session_row(tx, session)?.ok_or_else(|| Refusal::Nobody(session.to_string()))?;
        let candidates = candidates(tx, (Some(&session.agent), &session.id), now)?;
        match candidates.into_iter().find(|candidate| candidate.row == row) {
            Some(candidate) => found.mailboxes.push(Some(reached(candidate, sender, wait)?)),
            None => return Err(Refusal::Nobody(session.to_string()).into()),
        }
    }
    Ok(found)
}

fn named(
    tx: &Connection,
    (agent, id): (Option<&str>, &str),
    sender: Option<i64>,
    (wait, now): (Wait, Millis),
) -> Result<Recipients> {
    let written = || agent.map_or_else(|| id.to_owned(), |agent| format!("{agent}/{id}"));
    let mut found = candidates(tx, (agent, id), now)?;
    if found.iter().any(|candidate| candidate.session.id == id) {
        // Whoever says all of it means no longer one.
        found.retain(|candidate| candidate.session.id == id);
    } else if id.chars().count() < SHORTEST {
        return Err(Refusal::Nobody(written()).into());
    }
    // Of several that are called so, one that is here is meant before one that left last year.
    if found.len() > 1 && found.iter().filter(|candidate| candidate.is_here).count() == 1 {
        found.retain(|candidate| candidate.is_here);
    }
    match found.len() {
        0 => Err(Refusal::Nobody(written()).into()),
        1 => Ok(Recipients { mailboxes: vec![Some(reached(found.remove(0), sender, wait)?)], role: None }),
        _ => {
            let of = found.into_iter().take(NAMED).map(|candidate| candidate.session).collect();
            Err(Refusal::Ambiguous { name: written(), of }.into())
        }
    }
}

/// The row of a session that a message may go to.
fn reached(candidate: Candidate, sender: Option<i64>, wait: Wait) -> Result<i64> {
    if sender == Some(candidate.row) {
        return Err(Refusal::Oneself.into());
    }
    if !candidate.is_here && wait == Wait::No {
        return Err(Refusal::Left { session: candidate.session, at: candidate.last_at }.into());
    }
    Ok(candidate.row)
}

/// Sessions whose ids begin so, the newest first; subagents are spoken to through their callers.
fn candidates(tx: &Connection, (agent, id): (Option<&str>, &str), now: Millis) -> Result<Vec<Candidate>> {
    let mut statement = tx.prepare_cached(
        "select id, agent, external_id, last_at, (ended_at is null or ended_at < last_at) and last_at > ?4
         from session
         where workspace_id = ?1 and external_id >= ?2 and external_id < ?2 || char(1114111)
           and (?3 is null or agent = ?3) and parent_id is null and instr(external_id, '/') = 0
         order by last_at desc",
    )?;
    let found = statement.query_map(params![WORKSPACE, id, agent, now.0 - SILENT], |row| {
        Ok(Candidate {
            row: row.get(0)?,
            session: SessionRef { agent: row.get(1)?, id: row.get(2)? },
            last_at: Millis(row.get(3)?),
            is_here: row.get(4)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// The sessions that are in a project, or anywhere, but for the sender.
fn present(
    tx: &Connection,
    project: Option<i64>,
    sender: Option<i64>,
    (address, now): (&str, Millis),
) -> Result<Recipients> {
    let mut statement = tx.prepare_cached(
        "select id from session
         where workspace_id = ?1 and (?2 is null or project_id = ?2) and last_at > ?3
           and (ended_at is null or ended_at < last_at) and parent_id is null and instr(external_id, '/') = 0
           and id is not ?4
         order by id",
    )?;
    let found = statement.query_map(params![WORKSPACE, project, now.0 - SILENT, sender], |row| row.get(0))?;
    let mailboxes: Vec<Option<i64>> = found.collect::<rusqlite::Result<_>>()?;
    if mailboxes.is_empty() {
        return Err(Refusal::NobodyThere(address.to_owned()).into());
    }
    Ok(Recipients { mailboxes, role: None })
}

/// Whether somebody has a role of that name.
fn is_held(tx: &Connection, name: &str, project: Option<i64>) -> Result<bool> {
    let Some(project) = project else { return Ok(false) };
    Ok(lease::holder_of(tx, name, project)?.is_some())
}

/// Whoever has a role; where nobody has, whoever takes it.
fn role(tx: &Connection, name: &str, sender: Option<i64>, (send, project): (&Send, Option<i64>)) -> Result<Recipients> {
    if let Some(mailbox) = project.map(|project| lease::holder_of(tx, name, project)).transpose()?.flatten() {
        return match mailbox {
            Some(row) if sender == Some(row) => Err(Refusal::Oneself.into()),
            mailbox => Ok(Recipients { mailboxes: vec![mailbox], role: None }),
        };
    }
    match send.wait {
        Wait::Yes => Ok(Recipients { mailboxes: Vec::new(), role: Some(name.to_owned()) }),
        Wait::No => Err(Refusal::RoleFree(name.to_owned()).into()),
    }
}
