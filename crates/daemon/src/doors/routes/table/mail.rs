//! Rows of the table: messages between sessions and people.
//! It must not know how a row is served.

use super::{Operation, get_by, post};
use crate::doors::routes::Effect::{Reads, Writes};
use crate::service;

pub(super) fn rows() -> Vec<Operation> {
    vec![
        post("send", Writes, "/v1/mail/send", "Sends a message to a session, a role, a project or all.", |s, c, q| {
            service::send(s, &c.sender(), c.event, &q)
        })
        .faults(&[
            (404, "no_such_address, no_such_message, no_such_project, forgotten"),
            (409, "ambiguous_address, has_left, role_free, nobody_there, no_return_address, ambiguous_project"),
            (400, "empty, too_long, bad_address, bad_id, bad_importance, bad_time, to_oneself, no_scope"),
        ]),
        post("inbox", Writes, "/v1/mail/inbox", "The asker's messages; they are shown once he says so.", |s, c, q| {
            service::inbox(s, &c.sender(), &q)
        })
        .faults(&[(400, "bad_limit, bad_id, bad_session, other_mailbox")]),
        post(
            "mail_shown",
            Writes,
            "/v1/mail/shown",
            "Says that messages, and what else a hook was answered, were printed where their reader sees them.",
            |s, c, q| service::mail_shown(s, c.event, &q),
        )
        .faults(&[(400, "bad_id, too_many")]),
        post("ack", Writes, "/v1/mail/ack", "Says that the asker has taken messages in hand.", |s, c, q| {
            service::ack(s, &c.sender(), c.event, &q)
        })
        .faults(&[(404, "no_such_message"), (409, "not_yours"), (400, "bad_id, nothing_asked, too_many")]),
        get_by(
            "thread",
            "/v1/mail/thread/{id}",
            "A message's thread, oldest first, with what became of each.",
            |s, c, q| service::thread(s, c.reader(), None, &c.param, &q),
        )
        .faults(&[(404, "no_such_message"), (400, "bad_id, bad_limit")]),
        post(
            "sent",
            Reads,
            "/v1/mail/sent",
            "What the asker sent, newest first, with what became of each.",
            |s, c, q| service::sent(s, &c.sender(), &q),
        )
        .faults(&[(400, "bad_limit")]),
    ]
}
