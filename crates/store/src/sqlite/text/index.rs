//! The tantivy index: its schema, how it takes terms, opening it, and how far its commits reach.
//! It must not know SQL; a chunk is a number and terms here.
//! Invariant: each commit carries the sequence number reached; an index of another form is thrown away and rebuilt.

use std::path::Path;

use quipu_core::id::MemoryId;
use tantivy::schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use tantivy::{Index, IndexReader, IndexSettings, ReloadPolicy};

use super::terms;
use crate::error::StoreError;

/// Name under which the analyser is registered; a change of its rules changes the number and rebuilds the index.
const ANALYSER: &str = "quipu-1";

/// How far a commit reaches, and of which database: the same chunk number in another one is another memory's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) struct Reached {
    pub(in crate::sqlite) chunk: u32,
    pub(in crate::sqlite) memory: MemoryId,
}

impl Reached {
    /// As it stands in a commit's payload.
    pub(in crate::sqlite) fn payload(&self) -> String {
        format!("{} {}", self.chunk, self.memory)
    }
    fn parse(payload: &str) -> Option<Self> {
        let (chunk, memory) = payload.split_once(' ')?;
        Some(Self { chunk: chunk.parse().ok()?, memory: memory.parse().ok()? })
    }
}

pub(in crate::sqlite) struct TextIndex {
    pub(in crate::sqlite) index: Index,
    pub(in crate::sqlite) reader: IndexReader,
    pub(in crate::sqlite) chunk: Field,
    pub(in crate::sqlite) text: Field,
}

impl TextIndex {
    /// Opens the index in `dir`, or makes an empty one where there is none that this build can read.
    pub(in crate::sqlite) fn open(dir: &Path) -> Result<Self, StoreError> {
        match Self::open_existing(dir) {
            Ok(opened) => Ok(opened),
            Err(error) => {
                if dir.exists() {
                    tracing::warn!(%error, "the text index cannot be used and is rebuilt from the rows");
                }
                Self::anew(dir)
            }
        }
    }

    /// The field of a chunk's number.
    pub(in crate::sqlite) const CHUNK: &str = "chunk";

    /// Opens the index in `dir` to look at it: nothing is made where there is none.
    pub(in crate::sqlite) fn look(dir: &Path) -> Result<Self, StoreError> {
        Self::open_existing(dir)
    }

    /// Opens the index of another process, to read it; an empty one in memory where there is none to be read.
    pub(in crate::sqlite) fn beside(dir: &Path) -> Result<Self, StoreError> {
        // Its owner may remove a segment while it is being looked at.
        for _ in 0..3 {
            match Self::open_existing(dir) {
                Ok(opened) => return Ok(opened),
                Err(error) => tracing::warn!(%error, "the owner's text index cannot be read"),
            }
        }
        let (schema, chunk, text) = schema();
        Self::with(Index::create_in_ram(schema), chunk, text)
    }

    /// Makes an empty index in place of whatever is in `dir`.
    pub(in crate::sqlite) fn anew(dir: &Path) -> Result<Self, StoreError> {
        let removed = match std::fs::symlink_metadata(dir) {
            Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(dir),
            Ok(_) => std::fs::remove_file(dir),
            Err(_) => Ok(()),
        };
        removed.map_err(StoreError::io(dir))?;
        Self::create(dir)
    }

    fn open_existing(dir: &Path) -> Result<Self, StoreError> {
        let index = Index::open_in_dir(dir)?;
        let (schema, chunk, text) = schema();
        if index.schema() != schema {
            return Err(tantivy::TantivyError::SchemaError("made by another version".into()).into());
        }
        // Tantivy panics on a spoilt segment, at every start and every search; reading all of it once costs little.
        let damaged = index.validate_checksum()?;
        if !damaged.is_empty() {
            return Err(tantivy::TantivyError::InternalError(format!("{} files are damaged", damaged.len())).into());
        }
        Self::with(index, chunk, text)
    }

    fn create(dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(dir).map_err(StoreError::io(dir))?;
        let (schema, chunk, text) = schema();
        let settings = IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() };
        let index = Index::builder().schema(schema).settings(settings).create_in_dir(dir)?;
        Self::with(index, chunk, text)
    }

    fn with(index: Index, chunk: Field, text: Field) -> Result<Self, StoreError> {
        index.tokenizers().register(ANALYSER, Found::default());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, reader, chunk, text })
    }

    /// How far the last commit reaches; `None` for a new index and for one that does not say.
    pub(in crate::sqlite) fn reached(&self) -> Result<Option<Reached>, StoreError> {
        Ok(self.index.load_metas()?.payload.and_then(|payload| Reached::parse(&payload)))
    }
}

fn schema() -> (Schema, Field, Field) {
    let mut builder = Schema::builder();
    let chunk = builder.add_u64_field(TextIndex::CHUNK, FAST);
    // No positions: the lane asks for terms, and they would double the index.
    let indexing = TextFieldIndexing::default().set_tokenizer(ANALYSER).set_index_option(IndexRecordOption::WithFreqs);
    let text = builder.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
    (builder.build(), chunk, text)
}

/// Hands terms that were found already to tantivy.
#[derive(Default, Clone)]
struct Found(Token);

struct Tokens<'a> {
    terms: std::str::SplitTerminator<'a, char>,
    token: &'a mut Token,
}

impl Tokenizer for Found {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, joined: &'a str) -> Tokens<'a> {
        Tokens { terms: terms::each(joined), token: &mut self.0 }
    }
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        let Some(term) = self.terms.next() else { return false };
        self.token.text.clear();
        self.token.text.push_str(term);
        true
    }
    fn token(&self) -> &Token {
        self.token
    }
    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
