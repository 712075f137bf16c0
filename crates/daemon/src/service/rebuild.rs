//! Making anew what is derived from rows, while everything else goes on.
//! It must not know how an index or a vector is made.
//! Invariant: starts it and says how far it is; nobody waits in here.

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::repair::{RebuildReply, RebuildRequest, RebuildingView};
use quipu_store::read::{Derived, Rebuilding};

use super::{Service, fault_of};

pub(crate) fn rebuild(service: &Service, request: RebuildRequest) -> Result<RebuildReply, Fault> {
    if !request.text && !request.vectors {
        return Err(Fault::new(FaultKind::Caller, "nothing_asked", "neither `text` nor `vectors` is to be made anew")
            .hint("`quipu doctor --fix` asks for what is needed"));
    }
    for (is_asked, what) in [(request.text, Derived::Text), (request.vectors, Derived::Vectors)] {
        if is_asked {
            service.engine.rebuild(what).map_err(fault_of)?;
        }
    }
    Ok(rebuilding(service))
}

pub(crate) fn rebuilding(service: &Service) -> RebuildReply {
    RebuildReply {
        text: service.engine.rebuilding().map(view_of_rebuilding),
        vectors: service.engine.is_making_vectors(),
    }
}

pub(super) fn view_of_rebuilding(rebuilding: Rebuilding) -> RebuildingView {
    RebuildingView { at: rebuilding.at, of: rebuilding.of }
}
