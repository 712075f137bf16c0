//! Rows of the table: who is here, what happened between agents, where nothing is delivered.
//! It must not know how a row is served.

use quipu_protocol::wire::agents::HoldRequest;

use super::{Operation, follow, get_by, post};
use crate::doors::routes::Effect::Writes;
use crate::service;

pub(super) fn rows() -> Vec<Operation> {
    vec![
        get_by("feed", "/v1/feed", "What happened between agents, as it is kept.", |s, _, q| service::kept_feed(s, q))
            .faults(&[
                (404, "no_such_project"),
                (409, "ambiguous_project"),
                (400, "no_scope, no_such_event, bad_limit"),
            ]),
        get_by(
            "agents",
            "/v1/agents",
            "Who is here, what each does, and whose work touches the asker's.",
            |s, c, q| service::agents(s, c.session.as_ref(), &q),
        )
        .faults(&[
            (404, "no_such_project, no_such_session"),
            (409, "ambiguous_project, ambiguous_session"),
            (400, "no_scope, bad_limit"),
        ]),
        follow::<HoldRequest>("hold", "/v1/agents/hold", "Says by being open that an agent's process is there."),
        post("declare_task", Writes, "/v1/agents/task", "Says what a session does.", |s, c, q| {
            service::declare_task(s, c.event, c.session.as_ref(), &q)
        })
        .faults(&[
            (404, "no_such_session, forgotten"),
            (409, "ambiguous_session"),
            (400, "no_session, too_long"),
        ]),
        post("pause_delivery", Writes, "/v1/agents/pause", "Holds back what is sent to agents.", |s, c, q| {
            service::pause_delivery(s, c.event, &q)
        })
        .faults(&[
            (404, "no_such_session, no_such_project"),
            (409, "ambiguous_session, ambiguous_project"),
            (400, "no_scope, bad_duration, several_places, bad_role"),
        ]),
        post(
            "resume_delivery",
            Writes,
            "/v1/agents/resume",
            "Lets what is sent to agents through again.",
            |s, c, q| service::resume_delivery(s, c.event, &q),
        )
        .faults(&[
            (404, "no_such_session, no_such_project"),
            (409, "ambiguous_session, ambiguous_project"),
            (400, "no_scope, several_places, bad_role"),
        ]),
    ]
}
