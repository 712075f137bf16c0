//! quipu-protocol: what clients and the daemon agree on. Wire types, one version constant, faults, paths,
//! the blocking client with its deadline, and the spool that takes what no daemon took in time.
//! It must not know the store, tokio, or how an answer is found.
//! Invariant: a client built from this crate never waits past the deadline it was given.

pub mod client;
pub mod config;
pub mod deadline;
pub mod env;
pub mod fault;
pub mod folder;
pub mod http;
pub mod owner;
pub mod paths;
pub mod spool;
pub mod version;
pub mod wire;

/// The protocol's version; every request that names one must name this, every reply carries it.
pub const PROTOCOL: u32 = 1;

/// Header that carries [`PROTOCOL`] in both directions.
pub const PROTOCOL_HEADER: &str = "quipu-protocol";
/// Header with the id that the client gave a write before its first try.
pub const EVENT_HEADER: &str = "quipu-event-id";
/// Header with the mode in which the daemon answered.
pub const MODE_HEADER: &str = "quipu-mode";

/// Header of a request that a standby hands to the owner: it is not handed on again. Its value is the standby's process.
pub const FORWARDED_HEADER: &str = "quipu-forwarded";
/// Header with the milliseconds that the client still waits.
pub const PATIENCE_HEADER: &str = "quipu-patience-ms";
/// Header with the absolute path of the directory that an MCP connection works in, as UTF-8: it is bound to its project.
pub const CWD_HEADER: &str = "quipu-cwd";
/// Header that names the agent's session that asks, `claude-code/ID`: without it a person does.
pub const SESSION_HEADER: &str = "quipu-session";
/// Header that says which MCP tools a connection wants: `first`, `all` or `connector`.
pub const TOOLS_HEADER: &str = "quipu-tools";
/// Header of an MCP client that says itself when it has handed messages on: `shim` does.
pub const CONFIRMS_HEADER: &str = "quipu-confirms";
/// Where an MCP result for such a client carries the deliveries that are in it: in its `_meta`, under this name.
pub const SHOWN_META: &str = "quipu/shown";
/// Where an MCP result carries the [`fault::Fault`] of the tool that failed: in its `_meta`, under this name.
pub const FAULT_META: &str = "quipu/fault";

/// Header with the name of one request, in both directions and in the log: the asker's where it is well-formed.
pub const REQUEST_HEADER: &str = "x-request-id";

/// This build's version, as `quipu --version` prints it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes the id of a new write.
pub fn new_event_id() -> quipu_core::id::EventId {
    quipu_core::id::EventId(uuid::Uuid::now_v7())
}
