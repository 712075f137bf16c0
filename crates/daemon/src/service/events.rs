//! The feed that is kept: what happened between agents, asked for and followed by number.
//! It must not know how it is sent, nor what a kind's body holds.
//! Invariant: who asks with the `next` of an answer misses nothing that is kept, across daemons.

use quipu_core::happening::Happening;
use quipu_protocol::config::keys::{FEED_DAYS, FEED_EVENTS};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::feed::{FeedReply, FeedRequest, HappenedView};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::agents::{AgentsWrite, FeedBounds, FeedFrom, FeedQuery};
use quipu_store::read::Scope;
use quipu_store::write::{Lane, Write};

use super::feed::happened;
use super::{Service, count, fault_of, pages};

/// So many where none are named.
const LIMIT: usize = 50;
/// So many at most.
const MOST: usize = 1_000;
/// A day, in ms.
const DAY: i64 = 86_400_000;

pub(crate) fn feed(service: &Service, asked: FeedRequest) -> Result<FeedReply, Fault> {
    let kinds = asked.kinds.as_deref().map(kinds).transpose()?.unwrap_or_default();
    let limit = pages::limit(asked.limit, LIMIT, MOST)?;
    let scope = service.scope(&ScopeParams { all: asked.all, project: asked.project, cwd: asked.cwd, only: None })?;
    let bounds = service.feed_bounds()?;
    let from = asked.after.map_or(FeedFrom::Newest, |after| FeedFrom::After(after, bounds.newest));
    // One more says whether there is more.
    let wanted = if asked.after.is_some() { limit + 1 } else { limit };
    let rows = service.engine.feed(&FeedQuery { scope, from, kinds, limit: wanted }).map_err(fault_of)?;
    let more = rows.len() > limit;
    let events: Vec<HappenedView> = rows.into_iter().take(limit).map(happened).collect();
    let next = if more { events.last().map_or(bounds.newest, |last| last.id) } else { bounds.newest };
    Ok(FeedReply { events, next, gone: bounds.gone, more })
}

fn kinds(names: &str) -> Result<Vec<Happening>, Fault> {
    let kind = |name: &str| {
        Happening::parse(name).ok_or_else(|| {
            let all: Vec<&str> = Happening::ALL.iter().map(|kind| kind.as_str()).collect();
            Fault::new(FaultKind::Caller, "no_such_event", format!("`{name}` is nothing that happens"))
                .hint(format!("kinds are: {}", all.join(", ")))
        })
    };
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(kind).collect()
}

impl Service {
    /// From where to where the feed goes that is kept.
    pub(crate) fn feed_bounds(&self) -> Result<FeedBounds, Fault> {
        self.engine.feed_bounds().map_err(fault_of)
    }

    /// Rows of it after the first number, up to the second, at most `limit`.
    pub(crate) fn feed_rows(
        &self,
        scope: &Scope,
        (after, upto): (u64, u64),
        limit: usize,
    ) -> Result<Vec<HappenedView>, Fault> {
        let (scope, from) = (scope.clone(), FeedFrom::After(after, upto));
        let rows = self.engine.feed(&FeedQuery { scope, from, kinds: Vec::new(), limit }).map_err(fault_of)?;
        Ok(rows.into_iter().map(happened).collect())
    }

    /// Takes some of what is too old or too much out of it; says how many events went.
    pub(crate) fn prune_feed(&self) -> Result<u64, Fault> {
        let config = self.settings.user();
        let days = i64::try_from(config.config.number(FEED_DAYS)).unwrap_or(i64::MAX / DAY);
        let most = config.config.number(FEED_EVENTS) as u64;
        let before = self.now().plus(-days.saturating_mul(DAY));
        let write = Write::Agents(Box::new(AgentsWrite::Prune { before, most }));
        count(self.engine.write(None, write, Lane::Bulk, self.now()).map_err(fault_of)?)
    }
}
