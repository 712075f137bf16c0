//! A link between two memories, made or taken away.
//! It must not know what links allow: the store says that, within the transaction.
//! Invariant: whoever of the two is named first, the change is one of the memory that keeps the link.

use quipu_core::aside::{AsideEdit, Names};
use quipu_core::change::Edit;
use quipu_core::id::EventId;
use quipu_core::link::{End, Link, Relation};
use quipu_core::scope::Reader;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::memory::UpdateReply;
use quipu_protocol::wire::search::ScopeParams;
use quipu_protocol::wire::work::LinkRequest;
use quipu_store::read::Scope;
use quipu_store::write::Change;

use super::aside::relation;
use super::show::memory_id;
use super::{Service, fault_of, update};

pub(crate) fn link(
    service: &Service,
    reader: Reader,
    event: Option<EventId>,
    request: &LinkRequest,
) -> Result<UpdateReply, Fault> {
    let (relation, end) = relation(&request.relation)?;
    let (one, other) = (memory_id(&request.id)?, memory_id(&request.to)?);
    let (mut keeper, mut to) = if end == End::Keeper { (one, other) } else { (other, one) };
    if request.remove && relation == Relation::RelatesTo {
        // Of two that have to do with each other either may keep the link.
        let ties = service.engine.ties(&[keeper], &Scope::All, reader).map_err(fault_of)?;
        if ties.iter().all(|ties| !ties.aside.links.contains(&Link { relation, to })) {
            (keeper, to) = (to, keeper);
        }
    }
    let link = vec![Link { relation, to }];
    let links = match request.remove {
        true => Names { add: Vec::new(), remove: link },
        false => Names { add: link, remove: Vec::new() },
    };
    let edit = Edit { aside: AsideEdit { links, ..AsideEdit::default() }, ..Edit::default() };
    let scope = if request.scope == ScopeParams::default() { Scope::All } else { service.scope(&request.scope)? };
    let change = Change { id: keeper, scope, reader, if_revision: None, edit, action: None, reason: None };
    update::write(service, event, change, Vec::new())
}
