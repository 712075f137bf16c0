//! quipu-store: where memories are kept and found. SQL, migrations, the text index, the one writer.
//! It must not know wire types, HTTP, MCP or who asks.
//! Invariant: what a write was acknowledged with is on disk, exactly once; what is derived can be rebuilt from rows.

pub mod agents;
pub mod calm;
pub mod engine;
pub mod error;
pub mod foreign;
pub mod forget;
pub mod lease;
pub mod ledger;
pub mod mail;
pub mod mirror;
pub mod read;
pub mod record;
pub mod sqlite;
pub mod write;

pub use agents::Agents;
pub use calm::Calm;
pub use engine::Engine;
pub use error::StoreError;
pub use lease::Leases;
pub use ledger::Ledger;
pub use mail::Mail;
