//! Rows of the table: leases.
//! It must not know how a row is served.

use super::{Operation, post, post_soon};
use crate::doors::routes::Effect::{Reads, Writes};
use crate::service;

pub(super) fn rows() -> Vec<Operation> {
    vec![
        post_soon("acquire_lease", Writes, "/v1/leases", "Asks for files or a name, and waits where told to.", |s, c, q| {
            service::acquire(s, c.by(), &q)
        })
        .faults(&[
            (409, "lease_held, other_permits, lease_gone"),
            (429, "lease_wait_over, queue_full"),
            (400, "nothing_asked, bad_name, bad_path, bad_permits, too_many_permits, bad_ttl, too_many, too_long, no_waiting"),
        ]),
        post_soon(
            "hold_lease",
            Reads,
            "/v1/leases/hold",
            "Holds a process's lease for as long as the connection is open.",
            |s, _, q| service::hold(s, &q),
        )
        .faults(&[(409, "stale_token, lease_lost, no_process"), (400, "nothing_asked, bad_name, no_token_given, no_waiting")]),
        post("renew_lease", Writes, "/v1/leases/renew", "Lets a lease last from now on.", |s, c, q| {
            service::renew(s, c.by(), &q)
        })
        .faults(&[
            (404, "no_such_lease"),
            (409, "stale_token, not_yours, lease_gone"),
            (400, "nothing_asked, bad_name, bad_path, bad_ttl, only_a_person, too_many"),
        ]),
        post("release_lease", Writes, "/v1/leases/release", "Gives leases back.", |s, c, q| {
            service::release(s, c.by(), &q)
        })
        .faults(&[
            (404, "no_such_lease"),
            (409, "stale_token, not_yours"),
            (400, "nothing_asked, bad_name, bad_path, only_a_person, too_many"),
        ]),
        post("check_lease", Reads, "/v1/leases/check", "Whether a token is that of a lease held now.", |s, _, q| {
            service::check_lease(s, &q)
        })
        .faults(&[(409, "stale_token"), (400, "nothing_asked, bad_name, no_token_given")]),
        post("leases", Reads, "/v1/leases/list", "What is held and waited for, in the order of asking.", |s, c, q| {
            service::leases(s, c.by(), &q)
        })
        .faults(&[(400, "bad_path, too_many")]),
    ]
}
