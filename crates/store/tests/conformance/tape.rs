//! Made-up transcripts: turns with offsets and times as a parser hands them on, and the hooks beside them.
//! It must not know the engine.
//! Invariant: record `n` covers bytes `100 n .. 100 n + 100` and happened `n` minutes after the start.

use std::path::PathBuf;

use quipu_core::class::Class;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::turn::{Speaker, Turn};
use quipu_store::write::{HookTurn, ReadyTurn, SourceFile, TurnBatch, Write};

use super::world::{START, id_of, project, session};

/// Bytes of a record.
const RECORD: u64 = 100;
/// Time between two records, in ms.
const STEP: i64 = 60_000;

/// A transcript of one session.
#[derive(Clone)]
pub(crate) struct Tape {
    pub(crate) path: PathBuf,
    pub(crate) session: String,
    pub(crate) project: String,
    pub(crate) turns: Vec<ReadyTurn>,
}

impl Tape {
    /// An empty transcript of `session` in project `p`.
    pub(crate) fn new(session: &str) -> Self {
        let path = PathBuf::from(format!("/home/dev/.claude/projects/p/{session}.jsonl"));
        Self { path, session: session.into(), project: "p".into(), turns: Vec::new() }
    }

    pub(crate) fn of_project(mut self, project: &str) -> Self {
        self.project = project.into();
        self
    }

    /// When record `n` happened.
    pub(crate) fn at(n: usize) -> Millis {
        Millis(START + n as i64 * STEP)
    }

    /// Adds a record.
    pub(crate) fn say(mut self, kind: Kind, body: &str) -> Self {
        let n = self.turns.len();
        let source_id = format!("{}#{n}", self.session);
        let turn = Turn {
            group: source_id.clone(),
            kind,
            class: if kind == Kind::Outcome { Class::Diff } else { Class::of_kind(kind) },
            body: body.into(),
            occurred_at: Self::at(n),
            session: self.session.clone(),
            cwd: Some(format!("/home/dev/{}", self.project)),
            branch: Some("main".into()),
            bytes: n as u64 * RECORD..(n as u64 + 1) * RECORD,
            origin: Speaker::Person,
            files: Vec::new(),
            subagent: None,
            source_id: source_id.clone(),
        };
        self.turns.push(ReadyTurn { turn, id: id_of(&source_id), project: project(&self.project), redactions: 0 });
        self
    }

    pub(crate) fn prompt(self, body: &str) -> Self {
        self.say(Kind::Prompt, body)
    }
    pub(crate) fn answer(self, body: &str) -> Self {
        self.say(Kind::Answer, body)
    }

    /// Changes the record added last.
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Turn)) -> Self {
        change(&mut self.turns.last_mut().unwrap().turn);
        self
    }

    /// Records `from..to` as one slice.
    pub(crate) fn slice(&self, from: usize, to: usize) -> TurnBatch {
        let turns = self.turns[from..to].to_vec();
        let newest = turns.iter().map(|t| t.turn.occurred_at).max();
        TurnBatch {
            source: SourceFile {
                agent: "claude-code".into(),
                path: self.path.clone(),
                device: 1,
                inode: 2,
                head_bytes: 64,
                head_hash: "0123".into(),
                read_to: to as u64 * RECORD,
                seen_size: self.turns.len() as u64 * RECORD,
            },
            from: (from > 0).then_some(from as u64 * RECORD),
            skipped: Vec::new(),
            reached: newest.map(|at| (self.session.clone(), at)).into_iter().collect(),
            turns,
        }
    }

    /// [`Tape::slice`] as a write.
    pub(crate) fn write(&self, from: usize, to: usize) -> Write {
        Write::Turns(Box::new(self.slice(from, to)))
    }

    /// The whole transcript as a write.
    pub(crate) fn whole(&self) -> Write {
        self.write(0, self.turns.len())
    }

    /// What the hook of record `n` carried: a moment before the record, under a key of its own.
    pub(crate) fn hook(&self, n: usize) -> HookTurn {
        let ready = &self.turns[n];
        let key = format!("{}/hook#{n}", self.session);
        HookTurn {
            id: id_of(&key),
            key,
            kind: ready.turn.kind,
            body: ready.turn.body.clone(),
            at: Millis(ready.turn.occurred_at.0 - 20),
            session: session(&self.session),
            project: ready.project.clone(),
            redactions: 0,
            speaker: Speaker::Person,
        }
    }

    /// [`Tape::hook`] as a write.
    pub(crate) fn hook_write(&self, n: usize) -> Write {
        Write::Hook(Box::new(self.hook(n)))
    }
}
