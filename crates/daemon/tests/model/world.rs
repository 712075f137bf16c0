//! The world that is explored: lock file, database, spool, daemons and clients, each step as the code takes it.
//! It must not know which orders of steps are good; it lists all that can happen.
//! Invariant: a step here is no longer than what nobody can look into there; each names the code it stands for.

use super::explore::Happens;

/// Events, one a client.
pub(crate) const EVENTS: usize = 2;
/// Daemons that may run at once; one that has ended may be started again.
const DAEMONS: usize = 2;

/// What a client does with its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Repeats under the same id, or gives up (`cli/src/connect.rs`).
    Caller,
    /// Asks once, then leaves it in the spool (`cli/src/hook.rs`).
    Hook,
    /// Does not come: with one client fewer more faults can be explored.
    Nobody,
}

/// Rules of the code that can be switched off here, to see that they are needed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// `writer.rs`, `commit`: the epoch is compared in the transaction.
    pub(crate) epoch: bool,
    /// `lock.rs`, `fence`: the lock file at the path is compared with the one that is locked.
    pub(crate) file: bool,
    /// `writer.rs`, `apply_once`: the outcome is recorded in the transaction that applies.
    pub(crate) recorded_with_it: bool,
    /// `writer.rs`, `serve`: answers come after the commit.
    pub(crate) answered_after: bool,
    /// `spool.rs`, `apply`: the file is deleted after the commit.
    pub(crate) deleted_after: bool,
    /// `service/lifecycle.rs`, `watch`: an owner whose socket was replaced steps down.
    pub(crate) socket: bool,
}

/// How often each fault may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Faults {
    pub(crate) kills: u8,
    pub(crate) stops: u8,
    pub(crate) deletions: u8,
    pub(crate) moves: u8,
    pub(crate) lost_replies: u8,
    pub(crate) dead_clients: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Of a daemon.
    Open(usize),
    Lock(usize),
    LookAgain(usize),
    RaiseEpoch(usize),
    Bind(usize),
    Take(usize),
    Refuse(usize),
    Begin(usize),
    Check(usize),
    RollBack(usize),
    Commit(usize),
    Record(usize),
    Reply(usize),
    ReadSpool(usize, usize),
    MayDelete(usize),
    MayNotDelete(usize),
    Delete(usize),
    StepDown(usize),
    /// Of a client.
    Connect(usize),
    Send(usize),
    TimeOut(usize),
    GiveUp(usize),
    FindNobody(usize),
    Rename(usize),
    /// Faults, and the end of one.
    Kill(usize),
    Stop(usize),
    Continue(usize),
    LoseReply(usize),
    KillClient(usize),
    DeleteLock,
    MoveLockAway,
    PutLockBack,
}

/// How far a daemon has come (`lifecycle/process.rs`, `own`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub(crate) enum Phase {
    Down,
    /// `OwnerLock::take` or `wait` has opened the file and not locked it yet: a standby, where somebody else holds it.
    Opened,
    Locked,
    /// `SqliteEngine::open` is through.
    Raised,
    /// Its socket is in place.
    Serving,
}

/// Where the writer is (`writer.rs`, `transact`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Writer {
    Idle,
    /// The first look at the lock file was good; no transaction yet.
    Fenced,
    InTransaction,
    /// The looks before the commit were good.
    Checked,
    /// Only without `recorded_with_it`.
    Unrecorded,
    Committed,
}

/// Where the thread is that empties the spool (`jobs/spool.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Drain {
    Idle,
    Queued(usize),
    Applied(usize),
    MayDelete(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Daemon {
    pub(crate) phase: Phase,
    pub(crate) stopped: bool,
    pub(crate) inode: u8,
    pub(crate) epoch: u8,
    /// Events that wait for the writer, and those it has taken, as bits.
    pub(crate) queue: u8,
    pub(crate) group: u8,
    pub(crate) writer: Writer,
    pub(crate) drain: Drain,
}

/// Where a client is; a number is a daemon's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    New,
    Connected(usize),
    Sent(usize),
    /// Its file in the spool has no final name yet (`protocol/src/spool.rs`, `write`).
    Unfinished,
    Spooled,
    Acknowledged,
    GaveUp,
    Dead,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    /// Inode of the lock file at its path, and of one that was moved away.
    pub(crate) path: Option<u8>,
    pub(crate) aside: Option<u8>,
    pub(crate) inodes: u8,
    /// Whose socket lies at the path.
    pub(crate) socket: Option<usize>,
    /// The epoch in the database, and who holds its write lock.
    pub(crate) epoch: u8,
    pub(crate) transaction: Option<usize>,
    /// How often each event's rows were committed; whose outcome is recorded; whose file lies in the spool (bits).
    pub(crate) applied: [u8; EVENTS],
    pub(crate) recorded: u8,
    pub(crate) spool: u8,
    pub(crate) daemons: [Daemon; DAEMONS],
    pub(crate) clients: [Client; EVENTS],
    pub(crate) faults: Faults,
    /// An owner of an earlier epoch has committed.
    pub(crate) stale_commit: bool,
}

const DOWN: Daemon = Daemon {
    phase: Phase::Down,
    stopped: false,
    inode: 0,
    epoch: 0,
    queue: 0,
    group: 0,
    writer: Writer::Idle,
    drain: Drain::Idle,
};

impl World {
    pub(crate) fn new(kinds: &[Kind; EVENTS], faults: Faults) -> Self {
        Self {
            path: None,
            aside: None,
            inodes: 0,
            socket: None,
            epoch: 0,
            transaction: None,
            applied: [0; EVENTS],
            recorded: 0,
            spool: 0,
            daemons: [DOWN; DAEMONS],
            clients: kinds.map(|kind| if kind == Kind::Nobody { Client::Dead } else { Client::New }),
            faults,
            stale_commit: false,
        }
    }

    /// Everything that can happen.
    pub(crate) fn steps(&self, rules: &Rules, kinds: &[Kind; EVENTS]) -> Vec<(Action, Happens, World)> {
        let mut steps = Steps { world: self, all: Vec::new() };
        for d in 0..DAEMONS {
            if self.daemons[d].stopped {
                steps.will(Action::Continue(d), |w| w.daemons[d].stopped = false);
            } else {
                self.daemon(d, &mut steps);
                self.writer(d, rules, kinds, &mut steps);
                self.drain(d, rules, &mut steps);
            }
        }
        for (c, kind) in kinds.iter().enumerate() {
            self.client(c, *kind, &mut steps);
        }
        self.faults(kinds, &mut steps);
        steps.all
    }

    /// `lifecycle/process.rs`: wait for the lock (as a standby, where somebody holds it), open the store, listen.
    fn daemon(&self, d: usize, steps: &mut Steps<'_>) {
        let daemon = self.daemons[d];
        let free = |inode: u8| !self.daemons.iter().any(|o| o.phase >= Phase::Locked && o.inode == inode);
        match daemon.phase {
            Phase::Down => steps.will(Action::Open(d), |w| {
                let inode = *w.path.get_or_insert(w.inodes);
                w.inodes = w.inodes.max(inode + 1);
                w.daemons[d] = Daemon { phase: Phase::Opened, inode, ..DOWN };
            }),
            Phase::Opened if free(daemon.inode) => {
                steps.will(Action::Lock(d), |w| w.daemons[d].phase = Phase::Locked);
            }
            // `succession.rs`, `wait`: the file it waits for is another one by now.
            Phase::Opened if self.path != Some(daemon.inode) => {
                steps.will(Action::LookAgain(d), |w| w.daemons[d] = DOWN);
            }
            // `open.rs`, `raise_epoch`: a transaction of its own, which nothing fences.
            Phase::Locked if self.transaction.is_none() => steps.will(Action::RaiseEpoch(d), |w| {
                w.epoch += 1;
                w.daemons[d].epoch = w.epoch;
                w.daemons[d].phase = Phase::Raised;
            }),
            Phase::Raised => steps.will(Action::Bind(d), |w| {
                w.socket = Some(d);
                w.daemons[d].phase = Phase::Serving;
            }),
            _ => {}
        }
    }

    /// `store/src/sqlite/writer.rs`: fence, begin, apply once, fence, commit, answer.
    fn writer(&self, d: usize, rules: &Rules, kinds: &[Kind; EVENTS], steps: &mut Steps<'_>) {
        let daemon = self.daemons[d];
        let file_is_ours = !rules.file || self.path == Some(daemon.inode);
        let epoch_is_ours = !rules.epoch || self.epoch == daemon.epoch;
        match daemon.writer {
            Writer::Idle if daemon.queue != 0 && file_is_ours => steps.will(Action::Take(d), |w| {
                w.daemons[d].group = std::mem::take(&mut w.daemons[d].queue);
                w.daemons[d].writer = Writer::Fenced;
            }),
            Writer::Idle if daemon.queue != 0 => steps.will(Action::Refuse(d), |w| {
                w.daemons[d].group = std::mem::take(&mut w.daemons[d].queue);
                w.refuse(d, kinds);
            }),
            Writer::Fenced if self.transaction.is_none() => steps.will(Action::Begin(d), |w| {
                w.transaction = Some(d);
                w.daemons[d].writer = Writer::InTransaction;
                if !rules.answered_after {
                    w.answer(d);
                }
            }),
            Writer::InTransaction if epoch_is_ours && file_is_ours => {
                steps.will(Action::Check(d), |w| w.daemons[d].writer = Writer::Checked);
            }
            Writer::InTransaction => steps.will(Action::RollBack(d), |w| {
                w.transaction = None;
                w.refuse(d, kinds);
            }),
            Writer::Checked => steps.will(Action::Commit(d), |w| {
                for event in 0..EVENTS {
                    let is_new = daemon.group & !w.recorded & bit(event) != 0;
                    w.applied[event] += u8::from(is_new);
                }
                w.stale_commit |= daemon.epoch != w.epoch;
                w.transaction = None;
                w.daemons[d].writer = Writer::Unrecorded;
                if rules.recorded_with_it {
                    w.record(d);
                }
            }),
            Writer::Unrecorded if self.transaction.is_none() => steps.will(Action::Record(d), |w| w.record(d)),
            Writer::Committed => steps.will(Action::Reply(d), |w| {
                w.answer(d);
                w.daemons[d].group = 0;
                w.daemons[d].writer = Writer::Idle;
            }),
            // `service/lifecycle.rs`, `watch`: `Engine::fence` looks at the file and at the epoch.
            Writer::Idle if daemon.phase == Phase::Serving => {
                let socket_is_ours = !rules.socket || self.socket == Some(d);
                if !(file_is_ours && epoch_is_ours && socket_is_ours) {
                    steps.will(Action::StepDown(d), |w| w.end(d, kinds));
                }
            }
            _ => {}
        }
    }

    /// `jobs/spool.rs`: read, apply, look whether we still own it, delete.
    fn drain(&self, d: usize, rules: &Rules, steps: &mut Steps<'_>) {
        let daemon = self.daemons[d];
        match daemon.drain {
            Drain::Idle if daemon.phase == Phase::Serving => {
                for event in (0..EVENTS).filter(|event| self.spool & bit(*event) != 0) {
                    steps.will(Action::ReadSpool(d, event), |w| {
                        w.daemons[d].queue |= bit(event);
                        w.daemons[d].drain = Drain::Queued(event);
                        if !rules.deleted_after {
                            w.spool &= !bit(event);
                        }
                    });
                }
            }
            Drain::Applied(event) => {
                let ours = self.path == Some(daemon.inode) && self.epoch == daemon.epoch;
                let (action, next) = if ours {
                    (Action::MayDelete(d), Drain::MayDelete(event))
                } else {
                    (Action::MayNotDelete(d), Drain::Idle)
                };
                steps.will(action, |w| w.daemons[d].drain = next);
            }
            Drain::MayDelete(event) => steps.will(Action::Delete(d), |w| {
                w.spool &= !bit(event);
                w.daemons[d].drain = Drain::Idle;
            }),
            _ => {}
        }
    }

    fn client(&self, c: usize, kind: Kind, steps: &mut Steps<'_>) {
        match (self.clients[c], kind) {
            (Client::New, _) => match self.socket.filter(|d| self.daemons[*d].phase == Phase::Serving) {
                Some(d) => steps.will(Action::Connect(c), |w| w.clients[c] = Client::Connected(d)),
                None if kind == Kind::Hook => steps.will(Action::FindNobody(c), |w| w.clients[c] = Client::Unfinished),
                // It starts one, as any process may at any time here.
                None => {}
            },
            (Client::Connected(d), _) => steps.will(Action::Send(c), |w| {
                w.clients[c] = Client::Sent(d);
                w.daemons[d].queue |= bit(c);
            }),
            // What it sent stays in the queue: nobody takes it back.
            (Client::Sent(_), Kind::Hook) => {
                steps.will(Action::TimeOut(c), |w| w.clients[c] = Client::Unfinished);
            }
            (Client::Sent(_), Kind::Caller) => {
                steps.may(Action::TimeOut(c), |w| w.clients[c] = Client::New);
                steps.may(Action::GiveUp(c), |w| w.clients[c] = Client::GaveUp);
            }
            (Client::Unfinished, _) => steps.will(Action::Rename(c), |w| {
                w.spool |= bit(c);
                w.clients[c] = Client::Spooled;
            }),
            _ => {}
        }
    }

    fn faults(&self, kinds: &[Kind; EVENTS], steps: &mut Steps<'_>) {
        for d in 0..DAEMONS {
            let daemon = self.daemons[d];
            if daemon.phase > Phase::Down && self.faults.kills > 0 {
                steps.may(Action::Kill(d), |w| {
                    w.faults.kills -= 1;
                    w.end(d, kinds);
                });
            }
            if daemon.phase > Phase::Down && !daemon.stopped && self.faults.stops > 0 {
                steps.may(Action::Stop(d), |w| {
                    w.faults.stops -= 1;
                    w.daemons[d].stopped = true;
                });
            }
            if daemon.writer == Writer::Committed && self.faults.lost_replies > 0 {
                steps.may(Action::LoseReply(d), |w| {
                    w.faults.lost_replies -= 1;
                    w.broken(d, kinds, |c| daemon.group & bit(c) != 0);
                    w.daemons[d].drain = Drain::Idle;
                    w.daemons[d].group = 0;
                    w.daemons[d].writer = Writer::Idle;
                });
            }
        }
        for c in 0..EVENTS {
            let lives = matches!(self.clients[c], Client::Connected(_) | Client::Sent(_) | Client::Unfinished);
            if lives && self.faults.dead_clients > 0 {
                steps.may(Action::KillClient(c), |w| {
                    w.faults.dead_clients -= 1;
                    w.clients[c] = Client::Dead;
                });
            }
        }
        if self.path.is_some() && self.faults.deletions > 0 {
            steps.may(Action::DeleteLock, |w| {
                w.faults.deletions -= 1;
                w.path = None;
            });
        }
        if self.path.is_some() && self.aside.is_none() && self.faults.moves > 0 {
            steps.may(Action::MoveLockAway, |w| {
                w.faults.moves -= 1;
                w.aside = w.path.take();
            });
        }
        if self.aside.is_some() {
            steps.may(Action::PutLockBack, |w| w.path = w.aside.take());
        }
    }

    fn record(&mut self, d: usize) {
        self.recorded |= self.daemons[d].group;
        self.daemons[d].writer = Writer::Committed;
    }

    /// Tells everybody who waits for the group's events.
    fn answer(&mut self, d: usize) {
        let group = self.daemons[d].group;
        for c in (0..EVENTS).filter(|c| group & bit(*c) != 0) {
            if self.clients[c] == Client::Sent(d) {
                self.clients[c] = Client::Acknowledged;
            }
        }
        if let Drain::Queued(event) = self.daemons[d].drain
            && group & bit(event) != 0
        {
            self.daemons[d].drain = Drain::Applied(event);
        }
    }

    /// `not_owner`: a caller tries again, a hook spools, the spool keeps its file.
    fn refuse(&mut self, d: usize, kinds: &[Kind; EVENTS]) {
        let group = std::mem::take(&mut self.daemons[d].group);
        self.broken(d, kinds, |c| group & bit(c) != 0);
        self.daemons[d].drain = Drain::Idle;
        self.daemons[d].writer = Writer::Idle;
    }

    /// The process is gone, with its locks, its transaction and its connections.
    fn end(&mut self, d: usize, kinds: &[Kind; EVENTS]) {
        self.transaction = self.transaction.filter(|holder| *holder != d);
        self.daemons[d] = DOWN;
        self.broken(d, kinds, |_| true);
    }

    fn broken(&mut self, d: usize, kinds: &[Kind; EVENTS], whose: impl Fn(usize) -> bool) {
        for c in (0..EVENTS).filter(|c| whose(*c)) {
            if matches!(self.clients[c], Client::Connected(to) | Client::Sent(to) if to == d) {
                self.clients[c] = if kinds[c] == Kind::Hook { Client::Unfinished } else { Client::New };
            }
        }
    }
}

pub(crate) fn bit(event: usize) -> u8 {
    1 << event
}

struct Steps<'w> {
    world: &'w World,
    all: Vec<(Action, Happens, World)>,
}

impl Steps<'_> {
    fn will(&mut self, action: Action, change: impl FnOnce(&mut World)) {
        self.push(action, Happens::InTheEnd, change);
    }

    fn may(&mut self, action: Action, change: impl FnOnce(&mut World)) {
        self.push(action, Happens::Maybe, change);
    }

    fn push(&mut self, action: Action, happens: Happens, change: impl FnOnce(&mut World)) {
        let mut next = self.world.clone();
        change(&mut next);
        self.all.push((action, happens, next));
    }
}
