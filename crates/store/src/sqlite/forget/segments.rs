//! The text index without what was forgotten: documents whose chunk is no row any more are deleted, and every segment that
//! held one is written anew without it; the files of before are removed.
//! It must not know what was forgotten: it compares with the rows.
//! Invariant: when it says that it is done, no file of the index holds a term of a document that is not there.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use tantivy::index::{SegmentId, SegmentReader};
use tantivy::query::{BitSetDocSet, ConstScorer, EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{BitSet, DocId, Score, Searcher};

use crate::error::StoreError;
use crate::sqlite::reads;
use crate::sqlite::text::index::TextIndex;

/// The numbers of chunks that are rows.
#[derive(Clone, Debug)]
pub(in crate::sqlite) struct Rows(Arc<Vec<u64>>);

impl Rows {
    pub(in crate::sqlite) fn of(tx: &Connection) -> Result<Self, StoreError> {
        let mut words: Vec<u64> = Vec::new();
        reads::each_chunk(tx, |seq| {
            let word = seq as usize / 64;
            if words.len() <= word {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << (seq % 64);
        })?;
        Ok(Self(Arc::new(words)))
    }

    fn has(&self, seq: u64) -> bool {
        usize::try_from(seq / 64).ok().and_then(|word| self.0.get(word)).is_some_and(|word| word >> (seq % 64) & 1 == 1)
    }

    /// The living documents of a segment whose chunk is none of these.
    fn strangers(&self, segment: &SegmentReader) -> tantivy::Result<Vec<DocId>> {
        let column = segment.fast_fields().u64(TextIndex::CHUNK)?;
        let is_row = |doc: &DocId| column.first(*doc).is_some_and(|seq| self.has(seq));
        Ok(segment.doc_ids_alive().filter(|doc| !is_row(doc)).collect())
    }
}

/// Whether any living document's chunk is no row.
pub(in crate::sqlite) fn has_strangers(searcher: &Searcher, rows: &Rows) -> Result<bool, StoreError> {
    for segment in searcher.segment_readers() {
        if !rows.strangers(segment)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Files of the index's folder that belong to none of its segments: left by a merge, and removed as soon as nobody has
/// them open.
pub(in crate::sqlite) fn leftovers(index: &TextIndex, dir: &Path) -> Result<usize, StoreError> {
    let own: HashSet<String> = index.index.searchable_segment_ids()?.iter().map(SegmentId::uuid_string).collect();
    let entries = std::fs::read_dir(dir).map_err(StoreError::io(dir))?.flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    // A segment's files are named after it: 32 hex digits.
    let segment = |name: &str| name.get(..32).filter(|id| id.bytes().all(|b| b.is_ascii_hexdigit())).map(str::to_owned);
    Ok(names.filter_map(|name| segment(&name)).filter(|id| !own.contains(id)).count())
}

/// The documents whose chunk is no row: a query, for that is what can be deleted by.
#[derive(Clone, Debug)]
pub(in crate::sqlite) struct Strangers(pub(in crate::sqlite) Rows);

impl Query for Strangers {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Strangers {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let docs = self.0.strangers(segment)?;
        if docs.is_empty() {
            return Ok(Box::new(EmptyScorer));
        }
        let mut set = BitSet::with_max_value(segment.max_doc());
        for doc in docs {
            set.insert(doc);
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(set), boost)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("its chunk is no row", 1.0))
    }
}
