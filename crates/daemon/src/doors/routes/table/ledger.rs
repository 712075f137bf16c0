//! Rows of the table: what agents were shown, and what they are shown no more.
//! It must not know how a row is served.

use super::{Operation, get_by, post};
use crate::doors::routes::Effect::{Reads, Writes};
use crate::service;

pub(super) fn rows() -> Vec<Operation> {
    vec![
        get_by("why", "/v1/why/{id}", "Every time that a memory was put before an agent, and why.", |s, c, q| {
            service::why(s, c.reader(), &c.param, &q)
        })
        .faults(&[(404, "no_such_memory"), (400, "bad_id, bad_limit")]),
        post("shown", Reads, "/v1/shown", "What agents were given, or why nothing, newest first.", |s, c, q| {
            service::shown(s, c.reader(), &q)
        })
        .faults(&[(404, "no_such_project"), (409, "ambiguous_project"), (400, "no_scope, bad_limit")]),
        post("usage", Reads, "/v1/usage", "What agents were given in numbers, and what they used.", |s, c, q| {
            service::usage(s, c.reader(), &q)
        })
        .faults(&[(404, "no_such_project"), (409, "ambiguous_project"), (400, "no_scope, bad_limit")]),
        post("hushed", Reads, "/v1/hushed", "What is not put before agents of a project.", |s, c, q| {
            service::hushed(s, c.reader(), &q)
        })
        .faults(&[(404, "no_such_project"), (409, "ambiguous_project"), (400, "no_scope")]),
        post("hush", Writes, "/v1/hush", "Keeps a memory from agents of a project, or lets it again.", |s, c, q| {
            service::hush(s, c.reader(), c.event, &q)
        })
        .faults(&[
            (404, "no_such_memory, no_such_project"),
            (409, "ambiguous_project, other_project"),
            (400, "bad_id, no_scope"),
        ]),
    ]
}
