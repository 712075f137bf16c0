//! Looking for what is wrong, making the derived anew, copies of the database.
//! It must not know how anything is mended.
//! Invariant: what could not be looked at is left out, never told as whole.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `GET /v1/check`: a whole look at what is stored; takes as long as reading all of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct CheckReply {
    /// Why nothing is written any more, if it is so.
    pub damage: Option<String>,
    /// What SQLite finds wrong with the file; empty when nothing is.
    pub integrity: Vec<String>,
    /// The database's schema.
    pub schema: i64,
    /// The newest one that the daemon knows.
    pub schema_known: i64,
    /// Owners that the database counts.
    pub epoch: u64,
    /// Chunks in the rows.
    pub chunks: u64,
    /// Chunks that neither text index nor tail holds; none where the rows cannot all be read.
    pub without_text: Option<LackingView>,
    /// Chunks in the text index that are in no row.
    pub without_row: u64,
    /// Chunks without a vector; none where the rows cannot all be read.
    pub without_vector: Option<LackingView>,
    /// How far the text index is, where it is being made anew.
    pub rebuilding: Option<RebuildingView>,
    /// Bytes of the database file.
    pub database_bytes: u64,
    /// Bytes of its WAL.
    pub wal_bytes: u64,
}

/// Rows that lack something derived from them.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct LackingView {
    /// How many.
    pub count: u64,
    /// Ids of the first few memories.
    pub first: Vec<String>,
}

/// How far a rebuild of the text index is, in chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RebuildingView {
    /// The newest that it holds.
    pub at: u32,
    /// The newest that it will hold.
    pub of: u32,
}

/// `POST /v1/rebuild`: what to make anew.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RebuildRequest {
    /// The text index, all of it.
    #[serde(default)]
    pub text: bool,
    /// The vectors that rows lack.
    #[serde(default)]
    pub vectors: bool,
}

/// The answer to it, and `GET /v1/rebuild`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
pub struct RebuildReply {
    /// The text index, where it is being made.
    pub text: Option<RebuildingView>,
    /// Whether vectors are being loaded or made.
    pub vectors: bool,
}

/// `POST /v1/backup`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRequest {
    /// The absolute path of a file that is not there yet; none means the data directory's own folder of copies.
    #[serde(default)]
    pub target: Option<PathBuf>,
}

/// `GET /v1/backups`: the copies in the data directory's own folder, each verified now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BackupsReply {
    /// Newest first.
    pub backups: Vec<BackupView>,
}

/// A copy that may be spoilt.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BackupView {
    /// The file.
    pub path: PathBuf,
    /// Whether it could be put in the database's place.
    pub verified: bool,
    /// What is in it, where it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<CopyView>,
    /// What is wrong with it, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A verified copy of the database.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CopyView {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its schema.
    pub schema: i64,
    /// Owners that it counts.
    pub epoch: u64,
    /// Memories in it, of every state.
    pub memories: u64,
    /// Sessions in it.
    pub sessions: u64,
    /// Its newest moment.
    pub last_at: Option<i64>,
}
