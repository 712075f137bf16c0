//! The real binary, started as people and hosts start it: processes, sockets, signals, disks.
//! It must not know crates' insides: it sees argv, exit codes, standard streams, files and the API.
//! Invariant: each test has a home of its own, asserts no times but bounds that tell a hang from a wait, and
//! leaves neither process nor file behind.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "it/agents.rs"]
mod agents;
#[path = "it/agents_host.rs"]
mod agents_host;
#[path = "it/alone.rs"]
mod alone;
#[path = "it/backup.rs"]
mod backup;
#[path = "it/calm.rs"]
mod calm;
#[path = "it/changes.rs"]
mod changes;
#[path = "it/changes_shared.rs"]
mod changes_shared;
#[path = "it/commands.rs"]
mod commands;
#[path = "it/commands_search.rs"]
mod commands_search;
#[path = "it/config.rs"]
mod config;
#[path = "it/context.rs"]
mod context;
#[path = "it/crash.rs"]
mod crash;
#[path = "it/cycles.rs"]
mod cycles;
#[path = "it/disks.rs"]
mod disks;
#[path = "it/door.rs"]
mod door;
#[path = "it/embed.rs"]
mod embed;
#[path = "it/exports.rs"]
mod exports;
#[path = "it/exports_html.rs"]
mod exports_html;
#[path = "it/fault_points.rs"]
mod fault_points;
/// What others have written to speak MCP, fetched.
#[path = "mcp/field.rs"]
mod field;
#[path = "it/files.rs"]
mod files;
#[path = "it/forget.rs"]
mod forget;
#[path = "it/forget_stays.rs"]
mod forget_stays;
#[path = "it/forget_steps.rs"]
mod forget_steps;
#[path = "it/forget_world.rs"]
mod forget_world;
#[path = "it/hooks.rs"]
mod hooks;
#[path = "it/hooks_author.rs"]
mod hooks_author;
#[path = "it/hooks_edit.rs"]
mod hooks_edit;
#[path = "it/hooks_input.rs"]
mod hooks_input;
#[path = "it/hooks_once.rs"]
mod hooks_once;
#[path = "it/hooks_pause.rs"]
mod hooks_pause;
#[path = "it/hooks_prompt.rs"]
mod hooks_prompt;
#[path = "it/hooks_strace.rs"]
mod hooks_strace;
#[path = "it/hooks_unprinted.rs"]
mod hooks_unprinted;
#[path = "it/http.rs"]
mod http;
#[path = "it/http_events.rs"]
mod http_events;
#[path = "it/http_fair.rs"]
mod http_fair;
#[path = "it/http_guard.rs"]
mod http_guard;
#[path = "it/http_raw.rs"]
mod http_raw;
#[path = "it/http_schema.rs"]
mod http_schema;
#[path = "it/imports.rs"]
mod imports;
#[path = "it/imports_big.rs"]
mod imports_big;
#[path = "it/incident.rs"]
mod incident;
#[path = "it/ingest.rs"]
mod ingest;
#[path = "it/ingest_bad.rs"]
mod ingest_bad;
#[path = "it/ingest_grow.rs"]
mod ingest_grow;
#[path = "it/install.rs"]
mod install;
#[path = "it/install_runs.rs"]
mod install_runs;
#[path = "it/leak.rs"]
mod leak;
#[path = "it/leak_classes.rs"]
mod leak_classes;
#[path = "it/leak_mcp.rs"]
mod leak_mcp;
#[path = "it/leak_reads.rs"]
mod leak_reads;
#[path = "it/leak_world.rs"]
mod leak_world;
#[path = "it/lease.rs"]
mod lease;
#[path = "it/lease_hooks.rs"]
mod lease_hooks;
#[path = "it/lease_storm.rs"]
mod lease_storm;
#[path = "it/life.rs"]
mod life;
#[path = "it/lifecycle.rs"]
mod lifecycle;
#[path = "it/live.rs"]
mod live;
#[path = "it/live_pty.rs"]
mod live_pty;
#[path = "it/live_screen.rs"]
mod live_screen;
#[path = "it/mail.rs"]
mod mail;
#[path = "it/mail_hooks.rs"]
mod mail_hooks;
#[path = "it/mail_storm.rs"]
mod mail_storm;
#[path = "it/mail_trust.rs"]
mod mail_trust;
#[path = "it/mcp.rs"]
mod mcp;
#[path = "it/mcp_channel.rs"]
mod mcp_channel;
#[path = "it/mcp_claude.rs"]
mod mcp_claude;
#[path = "it/mcp_http.rs"]
mod mcp_http;
#[path = "it/mcp_inspector.rs"]
mod mcp_inspector;
#[path = "it/mcp_lease.rs"]
mod mcp_lease;
#[path = "it/mcp_sdk.rs"]
mod mcp_sdk;
#[path = "it/mcp_shim.rs"]
mod mcp_shim;
#[path = "it/mcp_storm.rs"]
mod mcp_storm;
#[path = "it/mirror.rs"]
mod mirror;
#[path = "it/mirror_git.rs"]
mod mirror_git;
#[path = "it/mirror_work.rs"]
mod mirror_work;
#[path = "it/owner.rs"]
mod owner;
#[path = "it/places.rs"]
mod places;
#[path = "it/privacy.rs"]
mod privacy;
#[path = "it/projects.rs"]
mod projects;
#[path = "it/real_client.rs"]
mod real_client;
#[path = "it/redact_stored.rs"]
mod redact_stored;
#[path = "it/redacted.rs"]
mod redacted;
#[path = "it/redacted_plant.rs"]
mod redacted_plant;
#[path = "it/redacted_told.rs"]
mod redacted_told;
#[path = "it/repair.rs"]
mod repair;
#[path = "it/run.rs"]
mod run;
#[path = "it/scopes.rs"]
mod scopes;
/// The redaction's own samples.
#[path = "../../core/src/redact/samples.rs"]
mod secrets;
#[path = "it/session.rs"]
mod session;
#[path = "it/shown.rs"]
mod shown;
#[path = "it/spool_full.rs"]
mod spool_full;
#[path = "it/standby.rs"]
mod standby;
#[path = "it/storm.rs"]
mod storm;
#[path = "it/storm_many.rs"]
mod storm_many;
#[path = "it/stub_api.rs"]
mod stub_api;
#[path = "it/stuck.rs"]
mod stuck;
#[path = "it/subagents.rs"]
mod subagents;
#[path = "it/support.rs"]
mod support;
#[path = "it/three_agents.rs"]
mod three_agents;
#[path = "it/users.rs"]
mod users;
#[path = "it/work.rs"]
mod work;
