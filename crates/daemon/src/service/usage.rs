//! What agents were shown, in numbers; and how long that is kept.
//! It must not know single answers.
//! Invariant: what is not known to be used is not told as unused.

use quipu_core::id::Millis;
use quipu_core::scope::Reader;
use quipu_protocol::config::keys::{LEDGER_ANSWERS, LEDGER_DAYS};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::ledger::{RankedView, UsageReply, UsageRequest, UsageView};
use quipu_store::ledger::{Entry, Ranked, UsageRow};
use quipu_store::write::{Lane, Write};

use super::why::{numbers, one_line};
use super::{Service, count, fault_of};

/// Memories in each list, where nobody says how many.
const TOP: usize = 5;
/// And at most.
const MOST: usize = 100;
const DAY: i64 = 86_400_000;

pub(crate) fn usage(service: &Service, reader: Reader, request: &UsageRequest) -> Result<UsageReply, Fault> {
    let top = request.top.unwrap_or(TOP);
    if top == 0 || top > MOST {
        return Err(Fault::new(FaultKind::Caller, "bad_limit", format!("top is {top}"))
            .hint(format!("ask for 1 to {MOST} memories")));
    }
    let scope = service.scope(&request.scope)?;
    let usage = service.engine.usage(&scope, reader, request.since.map(Millis), top).map_err(fault_of)?;
    let list = |memories: Vec<Ranked>| memories.into_iter().map(ranked).collect();
    Ok(UsageReply {
        rows: usage.rows.into_iter().map(row).collect(),
        most_shown: list(usage.most_shown),
        most_used: list(usage.most_used),
        never_used: list(usage.never_used),
        days: service.settings.user().config.number(LEDGER_DAYS) as u64,
        mode: service.mode().to_owned(),
    })
}

fn row(row: UsageRow) -> UsageView {
    UsageView {
        project: row.project.map(|key| key.0),
        event: row.event,
        answers: row.answers,
        tokens: row.tokens,
        tally: numbers(row.tally),
        silences: row.silences.into_iter().map(|(why, times)| (why.as_str().to_owned(), times)).collect(),
    }
}

fn ranked(one: Ranked) -> RankedView {
    RankedView {
        id: one.memory.to_string(),
        kind: one.kind.as_str().to_owned(),
        title: one_line(&one.title),
        tally: numbers(one.tally),
    }
}

impl Service {
    /// Takes some of what is too old or too much out of the ledger; says how many answers went.
    pub(crate) fn prune_ledger(&self) -> Result<u64, Fault> {
        let config = self.settings.user();
        let days = i64::try_from(config.config.number(LEDGER_DAYS)).unwrap_or(i64::MAX / DAY);
        let most = config.config.number(LEDGER_ANSWERS) as u64;
        let prune = Entry::Prune { before: self.now().plus(-days.saturating_mul(DAY)), most };
        let write = Write::Ledger(Box::new(prune));
        count(self.engine.write(None, write, Lane::Bulk, self.now()).map_err(fault_of)?)
    }
}
