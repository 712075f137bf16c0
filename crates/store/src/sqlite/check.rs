//! A whole look at what is stored: the file by SQLite's own check, and what is derived row by row.
//! It must not know who asks, nor how to mend anything.
//! Invariant: changes nothing; has a connection of its own, for a long snapshot of the pool's would hold back the writer.

use std::path::Path;

use rusqlite::Connection;
use tantivy::Searcher;

use super::open::{self, OpenOptions};
use super::text::index::TextIndex;
use super::wal::Wal;
use super::{copies, damage, migrate, reads};
use crate::error::StoreError;
use crate::read::{Check, Lacking, Rebuilding};

type Result<T> = std::result::Result<T, StoreError>;

/// Memories named of those that lack something.
const NAMED: usize = 5;

/// What is derived, as it was at one moment.
pub(super) struct Derived {
    pub(super) searcher: Searcher,
    /// Numbers of the chunks in the tail.
    pub(super) tail: Vec<u32>,
    /// Newest chunk that `searcher` holds.
    pub(super) indexed: u32,
    /// Chunks between the two are not expected yet.
    pub(super) rebuilding: Option<Rebuilding>,
    /// Newest chunk of that moment: what came later is not looked at.
    pub(super) newest: u32,
}

/// Looks at a data directory that no engine has open; the caller holds the owner's lock.
///
/// # Errors
/// What keeps the database from being opened at all.
pub fn check_files(options: &OpenOptions) -> Result<Check> {
    let index = TextIndex::look(&options.index).ok();
    let derived = |newest: u32| -> Result<Option<Derived>> {
        let Some(index) = &index else { return Ok(None) };
        let indexed = index.reached()?.map_or(0, |reached| reached.chunk);
        // Without an engine there is no tail: the next one catches up.
        let rebuilding = (indexed < newest).then_some(Rebuilding { at: indexed, of: newest });
        let searcher = index.reader.searcher();
        Ok(Some(Derived { searcher, tail: Vec::new(), indexed, rebuilding, newest }))
    };
    let connection = open::reader(&options.database)?;
    let newest = reads::newest_chunk(&connection).unwrap_or(u32::MAX);
    let derived = derived(newest)?;
    let mut check = look(&connection, &options.database, derived.as_ref(), options.embedder.model())?;
    check.damage = std::fs::read_to_string(damage::marker(&options.database)).ok();
    Ok(check)
}

/// The look itself. Without an index nothing is said of it.
pub(super) fn look(connection: &Connection, database: &Path, derived: Option<&Derived>, model: &str) -> Result<Check> {
    let mut check = Check {
        schema: migrate::schema(connection)?,
        schema_known: migrate::KNOWN,
        epoch: open::epoch(connection).unwrap_or(0),
        integrity: copies::integrity(connection)?,
        rebuilding: derived.and_then(|derived| derived.rebuilding),
        database_bytes: std::fs::metadata(database).map_or(0, |meta| meta.len()),
        wal_bytes: Wal::new(database).bytes(),
        ..Check::default()
    };
    let newest = derived.map_or(u32::MAX, |derived| derived.newest);
    let held = derived.map(Held::of).transpose()?;
    // A database with damaged pages may not tell all its rows: then nothing is said of what they lack.
    let mut rows = Held::default();
    if reads::each_chunk(connection, |seq| rows.add(seq)).is_ok() {
        check.chunks = rows.count();
        if let (Some(held), Some(derived)) = (&held, derived) {
            let is_due = |seq: u32| seq <= derived.indexed || derived.rebuilding.is_none_or(|r| seq > r.of);
            let missing = rows.each().filter(|seq| *seq <= newest && is_due(*seq) && !held.has(*seq));
            check.without_text = Some(lacking(connection, missing.collect()));
            check.without_row = held.each().filter(|seq| !rows.has(*seq)).count() as u64;
        }
    }
    let mut bare = Vec::new();
    if reads::each_without_vector(connection, model, newest, |seq| bare.push(seq)).is_ok() {
        check.without_vector = Some(lacking(connection, bare));
    }
    Ok(check)
}

fn lacking(connection: &Connection, chunks: Vec<u32>) -> Lacking {
    let mut first = Vec::new();
    for owner in chunks.iter().filter_map(|seq| reads::chunk_owner(connection, *seq).ok().flatten()) {
        if first.len() == NAMED {
            break;
        }
        if !first.contains(&owner) {
            first.push(owner);
        }
    }
    Lacking { count: chunks.len() as u64, first }
}

/// A set of chunks' numbers.
#[derive(Default)]
struct Held(Vec<u64>);

impl Held {
    fn of(derived: &Derived) -> Result<Self> {
        let mut held = Self::default();
        for segment in derived.searcher.segment_readers() {
            let column = segment.fast_fields().u64(TextIndex::CHUNK)?;
            let alive = segment.doc_ids_alive().filter_map(|doc| column.first(doc));
            alive.filter_map(|chunk| u32::try_from(chunk).ok()).for_each(|seq| held.add(seq));
        }
        derived.tail.iter().for_each(|seq| held.add(*seq));
        Ok(held)
    }
    fn add(&mut self, seq: u32) {
        let word = seq as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (seq % 64);
    }
    fn has(&self, seq: u32) -> bool {
        self.0.get(seq as usize / 64).is_some_and(|word| word >> (seq % 64) & 1 == 1)
    }
    fn count(&self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }
    fn each(&self) -> impl Iterator<Item = u32> {
        (0..self.0.len() as u32 * 64).filter(|seq| self.has(*seq))
    }
}
