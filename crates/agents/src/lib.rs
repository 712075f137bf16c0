//! quipu-agents: what is shaped by other programs' formats. A folder for each coding agent (its transcripts, its
//! hook payloads), `import/` with a room for each program that kept memories before us, the Markdown memory file, and
//! what of a session may be kept.
//! It must not know the store, the daemon or HTTP.
//! Invariant: parsing is permissive: what is not understood is counted and left, never an error that stops the rest.

pub mod claude_code;
pub mod import;
pub mod lines;
pub mod markdown_memory;
mod privacy;

pub use privacy::{Privacy, Rules};
