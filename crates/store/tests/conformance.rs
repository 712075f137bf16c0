//! What every engine must do, whichever database is behind it: the suite asks `dyn Engine` only.
//! It must not know SQL; files of an engine are touched in `beside`, `day`, `files`, `fence`, `locked`, `meaning`, `repair`, `upgraded` and `disk` alone.
//! Invariant: a new engine is a row of `world::ENGINES`, and no test changes for it.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "conformance/beside.rs"]
mod beside;
#[path = "conformance/changes.rs"]
mod changes;
#[path = "conformance/changes_killed.rs"]
mod changes_killed;
#[path = "conformance/close.rs"]
mod close;
#[path = "conformance/context.rs"]
mod context;
#[path = "conformance/crash.rs"]
mod crash;
#[path = "conformance/day.rs"]
mod day;
#[path = "conformance/disk.rs"]
mod disk;
#[path = "conformance/events.rs"]
mod events;
#[path = "conformance/feed.rs"]
mod feed;
#[path = "conformance/fence.rs"]
mod fence;
#[path = "conformance/files.rs"]
mod files;
#[path = "conformance/filters.rs"]
mod filters;
#[path = "conformance/followed.rs"]
mod followed;
#[path = "conformance/forgotten.rs"]
mod forgotten;
#[path = "conformance/hooks.rs"]
mod hooks;
#[path = "conformance/imports.rs"]
mod imports;
#[path = "conformance/lanes.rs"]
mod lanes;
#[path = "conformance/life_model.rs"]
mod life_model;
#[path = "conformance/life_walk.rs"]
mod life_walk;
#[path = "conformance/load.rs"]
mod load;
#[path = "conformance/locked.rs"]
mod locked;
#[path = "conformance/mail.rs"]
mod mail;
#[path = "conformance/meaning.rs"]
mod meaning;
#[path = "conformance/model.rs"]
mod model;
#[path = "conformance/near.rs"]
mod near;
#[path = "conformance/notes.rs"]
mod notes;
#[path = "conformance/projects.rs"]
mod projects;
#[path = "conformance/queries.rs"]
mod queries;
#[path = "conformance/random.rs"]
mod random;
#[path = "conformance/ranking.rs"]
mod ranking;
#[path = "conformance/repair.rs"]
mod repair;
#[path = "conformance/rewrite.rs"]
mod rewrite;
#[path = "conformance/scopes.rs"]
mod scopes;
#[path = "conformance/sessions.rs"]
mod sessions;
#[path = "conformance/shown.rs"]
mod shown;
#[path = "conformance/tape.rs"]
mod tape;
#[path = "conformance/timeline.rs"]
mod timeline;
#[path = "conformance/together.rs"]
mod together;
#[path = "conformance/touched.rs"]
mod touched;
#[path = "conformance/turns.rs"]
mod turns;
#[path = "conformance/upgraded.rs"]
mod upgraded;
#[path = "conformance/walk.rs"]
mod walk;
#[path = "conformance/work.rs"]
mod work;
#[path = "conformance/world.rs"]
mod world;
