//! What is left of what was forgotten: traces by which it is recognised when it comes again, as keyed hashes.
//! It must not know where traces are kept, nor where the key comes from.
//! Invariant: a trace's hash tells nothing to who does not have the key; two traces of different kinds never share one.

use sha2::{Digest, Sha256};

use crate::hash::js_trim;
use crate::id::MemoryId;
use crate::kind::Kind;

/// The key of an installation's hashes: random bytes, made once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceKey(pub [u8; 32]);

impl std::fmt::Debug for TraceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TraceKey(…)")
    }
}

/// Something by which what was forgotten can be recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trace<'a> {
    /// A memory's own id, as exports and copies carry it.
    Memory(MemoryId),
    /// The agent's id of the record that it was made from.
    Record(&'a str),
    /// The key of the hook's event that carried it.
    Hook(&'a str),
    /// The same words, said again as the same kind of turn in the same session.
    Turn {
        /// Which agent's session.
        agent: &'a str,
        /// The agent's id of it.
        session: &'a str,
        /// What was said: a prompt, an answer.
        kind: Kind,
        /// The words, redacted.
        body: &'a str,
    },
    /// The very text, wherever it comes from.
    Text(&'a str),
    /// A session as a whole.
    Session {
        /// Which agent's.
        agent: &'a str,
        /// The agent's id of it.
        id: &'a str,
    },
    /// A transcript as a whole, by its path.
    File(&'a str),
}

impl Trace<'_> {
    /// What kind of trace it is, as it is stored.
    pub fn what(&self) -> &'static str {
        match self {
            Trace::Memory(_) => "memory",
            Trace::Record(_) => "record",
            Trace::Hook(_) => "hook",
            Trace::Turn { .. } => "turn",
            Trace::Text(_) => "text",
            Trace::Session { .. } => "session",
            Trace::File(_) => "file",
        }
    }

    /// HMAC-SHA-256 (RFC 2104) of the trace.
    pub fn hash(&self, key: &TraceKey) -> [u8; 32] {
        let what = self.what().as_bytes();
        match *self {
            Trace::Memory(id) => hmac(key, &[what, id.0.as_bytes()]),
            Trace::Record(text) | Trace::Hook(text) | Trace::File(text) => hmac(key, &[what, text.as_bytes()]),
            Trace::Text(body) => hmac(key, &[what, js_trim(body).as_bytes()]),
            Trace::Session { agent, id } => hmac(key, &[what, agent.as_bytes(), id.as_bytes()]),
            Trace::Turn { agent, session, kind, body } => {
                let parts = [what, agent.as_bytes(), session.as_bytes(), kind.as_str().as_bytes()];
                hmac(key, &[&parts[..], &[js_trim(body).as_bytes()]].concat())
            }
        }
    }
}

/// The session that a subagent's hangs on: what is forgotten of a session is forgotten of those it called.
pub fn caller(session: &str) -> Option<&str> {
    session.split_once('/').map(|(caller, _)| caller)
}

/// Bytes that SHA-256 takes at a time.
const BLOCK: usize = 64;

fn hmac(key: &TraceKey, parts: &[&[u8]]) -> [u8; 32] {
    let pad = |byte: u8| {
        let mut block = [byte; BLOCK];
        block.iter_mut().zip(key.0).for_each(|(to, from)| *to ^= from);
        block
    };
    let mut inner = Sha256::new_with_prefix(pad(0x36));
    for part in parts {
        // A single part is hashed as it stands; of several each begins with its length, so that "ab", "c" is not "a", "bc".
        if parts.len() > 1 {
            inner.update((part.len() as u64).to_le_bytes());
        }
        inner.update(part);
    }
    Sha256::new_with_prefix(pad(0x5c)).chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::hex;

    #[test]
    fn agrees_with_a_known_hmac() {
        // What `openssl dgst -sha256 -mac HMAC` gives for a key of 32 bytes of 0x0b and "Hi There".
        let key = TraceKey([0x0b; 32]);
        assert_eq!(
            hex(&hmac(&key, &[b"Hi There"])),
            "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"
        );
    }

    #[test]
    fn each_trace_has_a_hash_of_its_own() {
        let id = MemoryId(uuid::Uuid::from_u128(7));
        let turn = |session, kind, body| Trace::Turn { agent: "a", session, kind, body };
        let all = [
            Trace::Memory(id),
            Trace::Record("x"),
            Trace::Hook("x"),
            Trace::Text("x"),
            Trace::Text("y"),
            Trace::File("x"),
            Trace::Session { agent: "a", id: "x" },
            Trace::Session { agent: "ax", id: "" },
            turn("s", Kind::Prompt, "x"),
            turn("s", Kind::Answer, "x"),
            turn("t", Kind::Prompt, "x"),
        ];
        let key = TraceKey([1; 32]);
        let mut hashes: Vec<_> = all.iter().map(|trace| trace.hash(&key)).collect();
        hashes.extend(all.iter().map(|trace| trace.hash(&TraceKey([2; 32]))));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), all.len() * 2);
        assert_eq!(Trace::Text(" x\n").hash(&key), Trace::Text("x").hash(&key), "as a body is kept");
    }

    #[test]
    fn a_subagents_session_names_its_caller() {
        assert_eq!((caller("s/a1"), caller("s")), (Some("s"), None));
    }
}
