//! Every read of rows, one file per family.
//! It must not know the text index nor the in-memory tables.
//! Invariant: each function reads one snapshot, handed in.

mod agents;
pub(super) mod calm;
mod events;
mod file;
mod history;
mod imports;
mod leases;
mod ledger;
mod lists;
mod mail;
mod memories;
mod mirrors;
mod overview;
mod pack;
mod past;
mod records;
mod sources;
mod ties;
mod usage;
mod vectors;
mod whole;

pub(super) use agents::{agents, delivery_pauses};
pub(super) use events::{feed, feed_bounds, happened_after};
pub(super) use file::{on_file, touching};
pub(super) use history::history;
pub(super) use imports::{import_source, said_before};
pub(super) use leases::{claims_of, leases};
pub(super) use ledger::{files_told, hushed, hushed_in, offers, open_lines};
pub(super) use lists::timeline;
pub(super) use mail::{awaited, envelopes, inbox, letter, sent, thread, undelivered};
pub(super) use memories::{
    Newest, chunk_owner, chunk_texts, chunks_after, each_slot, each_slot_singly, found, memory, memory_number,
    memory_then, named, newest_owner, session_context,
};
pub(super) use mirrors::{marks, mirror_files, mirrors};
pub(super) use overview::{pauses, project, projects, recent_sessions, stats};
pub(super) use pack::pack;
pub(super) use past::{chunk_texts_then, each_slot_then, found_then};
pub(super) use records::{records, records_singly};
pub(super) use sources::{roots, source};
pub(super) use ties::{ties, work};
pub(super) use usage::{tally, usage};
pub(super) use vectors::{chunks_without_vector, vectors_after};
pub(super) use whole::{each_chunk, each_without_vector, newest_chunk};
