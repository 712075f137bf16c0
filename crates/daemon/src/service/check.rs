//! A whole look at what is stored.
//! It must not know what mends a finding.
//! Invariant: changes nothing, but that damage which is met stops writes.

use quipu_protocol::fault::Fault;
use quipu_protocol::wire::repair::{CheckReply, LackingView};
use quipu_store::read::{Check, Lacking};

use super::rebuild::view_of_rebuilding;
use super::{Service, fault_of};

pub(crate) fn check(service: &Service) -> Result<CheckReply, Fault> {
    Ok(view_of_check(service.engine.check().map_err(fault_of)?))
}

pub(crate) fn view_of_check(check: Check) -> CheckReply {
    CheckReply {
        damage: check.damage,
        integrity: check.integrity,
        schema: check.schema,
        schema_known: check.schema_known,
        epoch: check.epoch,
        chunks: check.chunks,
        without_text: check.without_text.map(view_of_lacking),
        without_row: check.without_row,
        without_vector: check.without_vector.map(view_of_lacking),
        rebuilding: check.rebuilding.map(view_of_rebuilding),
        database_bytes: check.database_bytes,
        wal_bytes: check.wal_bytes,
    }
}

fn view_of_lacking(lacking: Lacking) -> LackingView {
    LackingView { count: lacking.count, first: lacking.first.iter().map(ToString::to_string).collect() }
}
