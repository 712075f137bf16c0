//! All memories of a scope, live unless asked otherwise, page by page.
//! It must not know the files they are written to.
//! Invariant: pages follow the order of ids, so that a write in between is neither lost nor doubled. What is private stays
//! where it is unless it is asked for: files go where nobody knows.

use quipu_core::id::Millis;
use quipu_core::memory::Memory;
use quipu_core::scope::Reader;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::search::{MemoriesReply, PageRequest};
use quipu_store::read::{PageQuery, States};

use super::pages::{bad_cursor, limit};
use super::scopes::viewer;
use super::show::memory_id;
use super::{Service, fault_of, view};

const PAGE: usize = 200;
/// A page ends once its texts have so many bytes.
const PAGE_BYTES: usize = 4 << 20;

pub(crate) fn export(service: &Service, request: &PageRequest) -> Result<MemoriesReply, Fault> {
    let scope = service.scope(&request.scope)?;
    let limit = limit(request.limit, PAGE, PAGE)?;
    let after = request.cursor.as_deref().map(|cursor| memory_id(cursor).map_err(|_| bad_cursor())).transpose()?;
    let reader = if request.include_private { Reader::Person } else { Reader::Agent };
    let viewer = viewer(reader, &request.scope, &scope)?;
    let states = if request.include_archived { States::All } else { States::Live };
    let query = PageQuery { scope, after, limit, viewer, states, as_of: request.as_of.map(Millis) };
    let mut memories = service.engine.page(&query).map_err(fault_of)?;
    let found = memories.len();
    // At least one, so that an export ends whatever it meets.
    let mut bytes = 0;
    let fits = |m: &&Memory| {
        let before = bytes;
        bytes += m.body.len();
        before < PAGE_BYTES
    };
    let fitting = memories.iter().take_while(fits).count();
    memories.truncate(fitting);
    let next = (found == limit || fitting < found).then(|| memories.last().map(|m| m.id.to_string())).flatten();
    Ok(MemoriesReply {
        memories: memories.into_iter().map(view::memory).collect(),
        next,
        mode: service.mode().to_owned(),
    })
}
