//! What is asked twice: hiding what is somebody's own.
//! It must not know how it is hidden.
//! Invariant: the first answer shows what would be hidden and gives a code; a code of other memories, or of another state of
//! these, lets nothing through. What is hidden already is not asked about, so that a repeat gets its first answer.

use quipu_core::confirm;
use quipu_core::id::MemoryId;
use quipu_core::memory::{Lifecycle, Memory};
use quipu_core::personal::is_personal;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::together::TouchedView;

use super::{Service, fault_of, view};

/// What has to be asked again.
pub(super) struct Asked {
    /// All that would be hidden.
    pub(super) would_change: Vec<TouchedView>,
    /// The code that lets it through.
    pub(super) confirm: String,
}

/// What has to be asked again before `operation` hides these memories; nothing where none of them is somebody's own, or the
/// code is there. Who is shown what it would touch has named the memories, so `sees` says which of them he may see.
///
/// # Errors
/// What the store cannot read.
pub(super) fn before_hiding(
    service: &Service,
    operation: &str,
    ids: &[MemoryId],
    given: Option<&str>,
    sees: impl Fn(&Memory) -> bool,
) -> Result<Option<Asked>, Fault> {
    let mut hidden = Vec::with_capacity(ids.len());
    for id in ids {
        // What is not there is the store's to refuse.
        if let Some(memory) = service.engine.memory(*id).map_err(fault_of)?
            && memory.lifecycle == Lifecycle::Live
        {
            hidden.push(memory);
        }
    }
    if !hidden.iter().any(|memory| is_personal(memory.kind, &memory.keywords)) || !hidden.iter().all(sees) {
        return Ok(None);
    }
    let touched: Vec<String> = hidden.iter().map(|memory| format!("{}@{}", memory.id, memory.revision)).collect();
    let confirm = confirm::code(operation, touched.iter().map(String::as_str));
    if given == Some(confirm.as_str()) {
        return Ok(None);
    }
    Ok(Some(Asked { would_change: hidden.iter().map(view::touched).collect(), confirm }))
}
