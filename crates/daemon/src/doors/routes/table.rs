//! The table of operations: a row each.
//! It must not know sockets, threads or how a row is served.
//! Invariant: the types of a row are those of the service's function, so that the document says what is so.

use quipu_protocol::wire::events::EventsQuery;

mod agents;
mod lease;
mod ledger;
mod mail;
mod role;

use super::Effect::{Reads, Writes};
use super::{Operation, event, follow, get, get_by, get_memory_by, metrics, patch, post, post_soon};
use crate::doors::{openapi, routes};
use crate::service::{self, Who};

/// Every operation of the API.
pub(super) fn operations() -> Vec<Operation> {
    let families =
        [reads(), searches(), ledger::rows(), agents::rows(), lease::rows(), role::rows(), mail::rows(), writes()];
    families.into_iter().flatten().collect()
}

fn reads() -> Vec<Operation> {
    vec![
        get("health", "/v1/health", "How the daemon is.", |s, _| {
            service::health(s, routes::writes(), routes::refused_when_damaged())
        }),
        metrics("metrics", "/metrics", "The same and what was counted, as Prometheus reads it."),
        get("operations", "/v1/operations", "Every operation, as a table.", |_, _| Ok(routes::table())),
        get("openapi", "/v1/openapi.json", "This document.", |_, _| Ok(openapi::document())),
        get("config", "/v1/config", "What is set, as the daemon goes by it.", |s, _| Ok(service::config(s))),
        get("stats", "/v1/stats", "Counts of what is remembered, and of what was seen and not kept.", |s, c| {
            service::stats(s, c.reader())
        }),
        get_memory_by(
            "show",
            "/v1/memories/{id}",
            "One memory, whole; as it was, where `as_of` is given.",
            |s, c, q| service::show(s, c.reader(), &c.param, &q),
        )
        .faults(&[(404, "no_such_memory"), (400, "bad_id")]),
        get_by("history", "/v1/history/{id}", "What one memory is and was, newest first.", |s, c, q| {
            service::history(s, c.reader(), &c.param, &q)
        })
        .faults(&[(404, "no_such_memory"), (400, "bad_id")]),
        get("setting", "/v1/config/{key}", "One of those values.", |s, c| service::setting(s, &c.param))
            .faults(&[(404, "unknown_key")]),
        get_by("skipped", "/v1/skipped", "Records seen and not kept, page by page.", |s, _, q| service::skipped(s, &q))
            .faults(&[(400, "bad_limit, bad_cursor")]),
        get("backups", "/v1/backups", "The copies in the data directory's own folder, each verified now.", |s, _| {
            Ok(service::backups(s))
        }),
        get_by("projects", "/v1/projects", "Every project with what it holds.", |s, _, q| service::projects(s, &q))
            .faults(&[(400, "bad_limit, bad_cursor")]),
        get("mirrors", "/v1/mirrors", "Every mirror, and how the last look at it ended.", |s, _| service::mirrors(s)),
        get("check", "/v1/check", "A whole look at what is stored; takes as long as reading all of it.", |s, _| {
            service::check(s)
        }),
        get("forgotten", "/v1/forgotten", "What was forgotten and must not come back: counts and dates.", |s, _| {
            service::forgotten(s)
        }),
        get("rebuilding", "/v1/rebuild", "How far what is made anew is.", |s, _| Ok(service::rebuilding(s))),
        get("index_progress", "/v1/index", "How far the reading of transcripts is.", |s, _| {
            Ok(service::index_progress(s))
        }),
        follow::<EventsQuery>("events", "/v1/events", "What happens, as server-sent events (`EventView`).").faults(&[
            (404, "no_such_project"),
            (409, "ambiguous_project"),
            (400, "no_scope"),
            (429, "too_many_subscribers"),
        ]),
        get("index_settled", "/v1/index/settled", "The same, after all is read or a moment has passed.", |s, _| {
            Ok(service::index_settled(s))
        }),
    ]
}

fn searches() -> Vec<Operation> {
    vec![
        post("search", Reads, "/v1/search", "What matches, best first.", |s, c, q| {
            service::search(s, (c.reader(), c.session.as_ref()), &q)
        })
        .faults(&[
            (404, "no_such_project"),
            (409, "ambiguous_project"),
            (400, "no_scope, bad_scope, bad_limit, no_such_kind"),
        ]),
        post("timeline", Reads, "/v1/timeline", "What happened, oldest first.", |s, c, q| {
            service::timeline(s, c.reader(), &q)
        })
        .faults(&[
            (404, "no_such_memory, no_such_project"),
            (409, "ambiguous_project"),
            (400, "no_scope, bad_scope, bad_limit"),
        ]),
        post("context", Reads, "/v1/context", "The session pack: what matters where work begins.", |s, c, q| {
            service::context(s, c.session.as_ref(), &q)
        })
        .faults(&[
            (404, "no_such_project"),
            (409, "ambiguous_project"),
            (400, "no_scope, bad_scope, bad_limit"),
        ]),
        post("work", Reads, "/v1/work", "Work items: open ones first, by priority, then by their day.", |s, c, q| {
            service::work(s, c.reader(), &q)
        })
        .faults(&[(404, "no_such_project"), (409, "ambiguous_project"), (400, "no_scope, bad_limit")]),
        post("export", Reads, "/v1/export", "Memories in the order of their ids, page by page.", |s, c, q| {
            service::export(s, c.reader(), &q)
        })
        .faults(&[
            (404, "no_such_project"),
            (409, "ambiguous_project"),
            (400, "no_scope, bad_scope, bad_limit, bad_cursor, no_such_kind"),
        ]),
        post("records", Reads, "/v1/records", "The same with all that is kept of each.", |s, c, q| {
            service::records(s, c.reader(), &q)
        })
        .faults(&[
            (404, "no_such_project"),
            (409, "ambiguous_project"),
            (400, "no_scope, bad_scope, bad_limit, bad_cursor, no_such_kind"),
        ]),
        post("redact_scan", Reads, "/v1/redact/scan", "Secrets in what is stored, page by page.", |s, c, q| {
            service::redact_scan(s, c.reader(), &q)
        })
        .faults(&[(400, "bad_limit, bad_cursor")]),
        post("embed", Reads, "/v1/embed", "Texts as vectors, one each, in their order.", |s, _, q| {
            service::embed(s, q)
        })
        .faults(&[(400, "too_many_texts, text_too_long, too_many_bytes, bad_deadline"), (503, "embed_timeout")]),
    ]
}

fn writes() -> Vec<Operation> {
    vec![
        event("hook", "/v1/hook/{agent}", "An event of an agent; gives what its hook prints.", |s, c| {
            service::hook(s, &c.param, (c.event, c.peer), &c.body)
        })
        .faults(&[(400, "no_such_agent, bad_payload")]),
        post("save", Writes, "/v1/memories", "Remembers something.", |s, c, q| service::save(s, Who::Direct(c.reader()), c.event, &q))
            .faults(&[
                (400, "empty, too_long, no_such_kind, bad_kind, bad_id, bad_scope, contradiction, bad_importance, never_valid, bad_relation, not_work, bad_status, bad_priority, bad_time, bad_path, bad_symbol, too_many"),
                (404, "no_such_memory, forgotten"),
                (409, "already_superseded, other_project, private, link_circle, whole_closed"),
            ]),
        patch("update", "/v1/memories/{id}", "Changes one memory; what it was stays in its history.", |s, c, q| {
            service::update_by(s, (c.reader(), c.session.as_ref()), c.event, &c.param, &service::only_at(q, c.if_match)?)
        })
        .faults(&[
            (404, "no_such_memory, forgotten"),
            (409, "revision_conflict, captured, twin, supersede_cycle, hidden, already_superseded, other_project, not_work, bad_step, still_blocked, open_parts, whole_closed, link_circle"),
            (400, "bad_relation, to_itself, too_many, bad_status, bad_priority, bad_time, bad_path, bad_symbol, bad_id, contradiction, nothing_asked, bad_kind, no_with_id, no_such_action, supersedes_itself, empty, too_long, bad_importance, never_valid"),
        ]),
        post("link", Writes, "/v1/links", "Links two memories, or takes a link away.", |s, c, q| {
            service::link(s, c.reader(), c.event, &q)
        })
        .faults(&[
            (404, "no_such_memory"),
            (409, "link_circle, other_project, whole_closed, private"),
            (400, "bad_id, bad_relation, to_itself, too_many"),
        ]),
        post("merge", Writes, "/v1/merge", "Makes several memories one: the others stand behind it.", |s, c, q| {
            service::merge(s, c.reader(), c.event, &q)
        })
        .faults(&[
            (404, "no_such_memory, no_such_project"),
            (409, "captured, twin, hidden, already_superseded, other_project, private, ambiguous_project"),
            (400, "bad_id, nothing_asked, named_twice, supersedes_itself, empty, too_long"),
        ]),
        post("aggregate", Writes, "/v1/aggregate", "Writes a summary that stands for several memories.", |s, c, q| {
            service::aggregate(s, c.reader(), c.event, &q)
        })
        .faults(&[
            (404, "no_such_memory, no_such_project"),
            (409, "twin, already_superseded, other_project, ambiguous_project"),
            (400, "bad_id, nothing_asked, named_twice, empty, too_long, no_such_kind, bad_kind"),
        ]),
        post("undo", Writes, "/v1/undo", "Takes the last change back, whatever it touched.", |s, c, q| {
            service::undo(s, c.reader(), c.event, &q)
        })
        .faults(&[
            (404, "no_such_memory, no_such_project"),
            (409, "nothing_to_undo, changed_since, forgotten_since, twin, supersede_cycle, ambiguous_project"),
            (400, "bad_id, no_scope"),
        ]),
        post("forget", Writes, "/v1/forget", "Forgets for good, when asked twice.", |s, c, q| {
            service::forget(s, c.reader(), c.event, &q)
        })
        .faults(&[
            (404, "no_such_memory, no_such_project"),
            (409, "ambiguous_project"),
            (400, "bad_id, nothing_asked, contradiction, too_many, bad_path"),
        ]),
        post("redact", Writes, "/v1/redact", "Replaces secrets where they are stored, when asked twice.", |s, c, q| {
            service::redact(s, c.reader(), &q)
        })
        .faults(&[(404, "no_such_memory"), (400, "bad_id, bad_ids")]),
        post("import", Writes, "/v1/import", "Brings in what another program kept; an outcome for each.", |s, c, q| {
            service::import(s, c.event, q)
        })
        .faults(&[(400, "too_many_items, bad_id")]),
        post("bring", Writes, "/v1/records/import", "Stores records that were taken out.", |s, c, q| {
            service::bring(s, c.event, q)
        })
        .faults(&[(400, "too_many_records")]),
        post("add_mirror", Writes, "/v1/mirrors", "Keeps a folder of Markdown as memories are.", |s, _, q| {
            service::add_mirror(s, &q)
        })
        .faults(&[
            (400, "bad_path, data_directory, captured_kind, no_such_kind, cannot_write, too_wide, no_scope"),
            (404, "no_such_project"),
            (409, "mirror_exists, ambiguous_project"),
        ]),
        post("sync_mirrors", Writes, "/v1/mirrors/sync", "Looks at mirrors now.", |s, _, q| {
            service::sync_mirrors(s, &q)
        })
        .faults(&[(404, "no_such_mirror")]),
        post("remove_mirror", Writes, "/v1/mirrors/remove", "Keeps a folder no longer; its files stay.", |s, _, q| {
            service::remove_mirror(s, &q)
        })
        .faults(&[(404, "no_such_mirror"), (400, "nothing_asked")]),
        post("index", Writes, "/v1/index", "Reads past sessions into memory: only what is new.", |s, _, q| {
            service::index(s, &q)
        })
        .faults(&[(404, "no_such_path, no_transcripts"), (409, "ingest_off")]),
        post(
            "merge_projects",
            Writes,
            "/v1/projects/merge",
            "Gives everything of one project to another.",
            |s, c, q| service::merge_projects(s, c.event, &q),
        )
        .faults(&[(404, "no_such_project"), (409, "ambiguous_project"), (400, "same_project")]),
        post("pause", Writes, "/v1/pause", "Stops recalling and keeping for a while.", |s, c, q| {
            service::pause(s, c.event, &q)
        })
        .faults(&[(400, "bad_duration")]),
        post("resume", Writes, "/v1/resume", "Goes on after a pause.", |s, c, q| service::resume(s, c.event, &q)),
        post(
            "backup",
            Writes,
            "/v1/backup",
            "Makes a verified copy of the database, while it is in use.",
            |s, _, q| service::backup(s, &q),
        )
        .faults(&[(400, "bad_path, no_place"), (409, "exists")]),
        post("rebuild", Writes, "/v1/rebuild", "Makes anew what is derived, while searches go on.", |s, _, q| {
            service::rebuild(s, q)
        })
        .faults(&[(400, "nothing_asked")]),
        post("shutdown", Reads, "/v1/shutdown", "Ends the daemon once what it took is finished.", |s, _, q| {
            service::shutdown(s.ending(), &q)
        })
        .faults(&[(409, "newer_daemon")]),
    ]
}
