//! All memories of a scope, live unless asked otherwise, page by page: as they are shown, and as records with all that is
//! kept of them.
//! It must not know the files they are written to.
//! Invariant: pages follow the order of ids, so that a write in between is neither lost nor doubled. What is private stays
//! where it is unless it is asked for: files go where nobody knows.

use quipu_core::id::Millis;
use quipu_core::scope::Reader;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::records::{RECORD_VERSION, RecordView, RecordsReply};
use quipu_protocol::wire::search::{MemoriesReply, PageRequest};
use quipu_store::read::{PageQuery, States, Ties};
use quipu_store::record::{Depth, Record};

use super::pages::{bad_cursor, limit};
use super::scopes::{a_persons, viewer};
use super::show::memory_id;
use super::{Service, fault_of, kinds, view};

const PAGE: usize = 200;
/// A page ends once its texts have so many bytes.
const PAGE_BYTES: usize = 4 << 20;

pub(crate) fn export(service: &Service, asker: Reader, request: &PageRequest) -> Result<MemoriesReply, Fault> {
    let (records, next) = page(service, asker, request, Depth::Memory)?;
    let ties = ties(service, asker, request, &records)?;
    let memories = records.into_iter().zip(ties);
    let memories = memories.map(|(record, ties)| view::with_ties(view::memory(record.memory), ties, service.now()));
    Ok(MemoriesReply { memories: memories.collect(), next, mode: service.mode().to_owned() })
}

pub(crate) fn records(service: &Service, asker: Reader, request: &PageRequest) -> Result<RecordsReply, Fault> {
    let depth = if request.history { Depth::Past } else { Depth::Capture };
    let (records, next) = page(service, asker, request, depth)?;
    let ties = ties(service, asker, request, &records)?;
    let records = records.into_iter().zip(ties).map(|(record, ties)| {
        let current = record.memory.revision;
        RecordView {
            version: RECORD_VERSION,
            capture: record.capture.map(view::capture),
            revisions: record.past.into_iter().map(|revision| view::revision(revision, current)).collect(),
            memory: view::with_ties(view::memory(record.memory), ties, service.now()),
        }
    });
    Ok(RecordsReply { records: records.collect(), next, mode: service.mode().to_owned() })
}

/// What stands beside each of them now.
fn ties(service: &Service, asker: Reader, request: &PageRequest, records: &[Record]) -> Result<Vec<Ties>, Fault> {
    let ids: Vec<_> = records.iter().map(|record| record.memory.id).collect();
    service.engine.ties(&ids, &service.scope(&request.scope)?, reader(asker, request)?).map_err(fault_of)
}

/// Who is told: somebody who asked for what is private, or nobody knows who.
///
/// # Errors
/// An agent that asks for it.
fn reader(asker: Reader, request: &PageRequest) -> Result<Reader, Fault> {
    match (request.include_private, asker) {
        (false, _) => Ok(Reader::Agent),
        (true, Reader::Person) => Ok(Reader::Person),
        (true, Reader::Agent) => Err(a_persons()),
    }
}

fn page(
    service: &Service,
    asker: Reader,
    request: &PageRequest,
    depth: Depth,
) -> Result<(Vec<Record>, Option<String>), Fault> {
    let limit = limit(request.limit, PAGE, PAGE)?;
    let scope = service.scope(&request.scope)?;
    let query = PageQuery {
        viewer: viewer(reader(asker, request)?, &request.scope, &scope)?,
        scope,
        states: if request.include_archived { States::All } else { States::Live },
        after: request.cursor.as_deref().map(|cursor| memory_id(cursor).map_err(|_| bad_cursor())).transpose()?,
        limit,
        as_of: request.as_of.map(Millis),
    };
    let mut records = service.engine.records(&query, &kinds(&request.kinds)?, depth).map_err(fault_of)?;
    for record in &mut records {
        record.past.retain(|revision| query.viewer.reader.may_see(revision.content.privacy));
    }
    let found = records.len();
    // At least one, so that an export ends whatever it meets.
    let mut bytes = 0;
    let fits = |record: &&Record| {
        let before = bytes;
        bytes += record.memory.body.len() + record.past.iter().map(|r| r.content.body.len()).sum::<usize>();
        before < PAGE_BYTES
    };
    let fitting = records.iter().take_while(fits).count();
    records.truncate(fitting);
    let next = (found == limit || fitting < found).then(|| records.last().map(|r| r.memory.id.to_string())).flatten();
    Ok((records, next))
}
