//! Rows of the table: roles.
//! It must not know how a row is served.

use super::{Operation, post};
use crate::doors::routes::Effect::{Reads, Writes};
use crate::service;

pub(super) fn rows() -> Vec<Operation> {
    vec![
        post("take_role", Writes, "/v1/roles/take", "Takes a role of a project, by force where told to.", |s, c, q| {
            service::take_role(s, c.by(), &q)
        })
        .faults(&[
            (404, "no_such_project"),
            (409, "role_held, epoch_moved, lease_gone, ambiguous_project"),
            (400, "bad_role, no_reason, no_scope, bad_ttl, too_long"),
        ]),
        post("give_role", Writes, "/v1/roles/give", "Gives a role up, with a note for the next one.", |s, c, q| {
            service::give_role(s, c.by(), &q)
        })
        .faults(&[
            (404, "no_such_lease, no_such_project"),
            (409, "not_yours, ambiguous_project"),
            (400, "bad_role, no_scope, no_note, too_long"),
        ]),
        post("roles", Reads, "/v1/roles", "The roles of a project, and who has them.", |s, _, q| service::roles(s, &q))
            .faults(&[(404, "no_such_project"), (409, "ambiguous_project"), (400, "no_scope")]),
    ]
}
