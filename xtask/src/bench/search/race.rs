//! Runs the same queries on both engines in turn, and holds what each took.
//!
//! It must not know how queries are made or what a fair time is. Invariant: alone, engines alternate query by query;
//! with writers, block by block, and the yardstick's block begins when the daemon has nothing left to do.

use std::time::{Duration, Instant};

use quipu_protocol::client::{Client, Request};
use quipu_protocol::wire::search::{ScopeParams, SearchReply, SearchRequest};

use super::corpus::Query;
use super::writers::Writers;
use super::yardstick::Yardstick;
use crate::bench::figures::{Figures, timed};
use crate::bench::scratch;
use crate::shell::Outcome;

/// Queries of a block, with writers.
const BLOCK: usize = 20;
/// A block with writers lasts at least so long, so that it sees commits and merges of the index.
const BLOCK_TIME: Duration = Duration::from_millis(500);
/// For the daemon to finish what the writers left.
const SETTLE: Duration = Duration::from_secs(10);

/// What one kind of query took.
#[derive(Default)]
pub(super) struct Times {
    pub(super) quipu: Figures,
    pub(super) in_daemon: Figures,
    /// quipu again, by words alone.
    pub(super) words: Figures,
    pub(super) fts5: Figures,
}

pub(super) struct Race<'a> {
    pub(super) client: Client,
    pub(super) yardstick: &'a Yardstick,
}

impl Race<'_> {
    /// Query by query, for at least `least` and every query once; nothing else runs.
    pub(super) fn alone(&mut self, queries: &[Query], least: Duration) -> Result<Times, String> {
        let mut times = Times::default();
        let start = Instant::now();
        while times.fts5.count() == 0 || start.elapsed() < least {
            for (n, query) in queries.iter().enumerate() {
                // Whoever comes second finds the processor's caches full of the other's data: each is second in turn.
                if n % 2 == 0 {
                    self.ask_quipu(query, &mut times)?;
                    self.ask_fts5(query, &mut times)?;
                } else {
                    self.ask_fts5(query, &mut times)?;
                    self.ask_quipu(query, &mut times)?;
                }
            }
        }
        Ok(times)
    }

    /// Block by block: quipu while the writers save, then the yardstick with the machine to itself.
    pub(super) fn with_writers(&mut self, queries: &[Query], writers: &mut Writers) -> Result<Times, String> {
        let mut times = Times::default();
        for block in queries.chunks(BLOCK) {
            writers.during(|| {
                let start = Instant::now();
                while start.elapsed() < BLOCK_TIME {
                    block.iter().try_for_each(|query| self.ask_quipu(query, &mut times))?;
                }
                Ok(())
            })?;
            self.settle()?;
            block.iter().try_for_each(|query| self.ask_fts5(query, &mut times))?;
        }
        Ok(times)
    }

    /// Both engines answer every query once, and nothing is held.
    pub(super) fn warm_up(&mut self, queries: &[Query]) -> Outcome {
        self.alone(queries, Duration::ZERO).map(drop)
    }

    /// The first hit of each engine.
    pub(super) fn first_hits(&mut self, query: &Query) -> Result<(Option<String>, Option<String>), String> {
        let quipu = self.reply(query, false)?.0.hits.into_iter().next().map(|hit| hit.text);
        Ok((quipu, self.yardstick.search(query)?.into_iter().next()))
    }

    /// Waits until the index holds everything.
    pub(super) fn settle(&mut self) -> Outcome {
        let start = Instant::now();
        while scratch::health(&mut self.client)?.tail > 0 {
            if start.elapsed() > SETTLE {
                return Err(format!("the text index did not catch up within {} s", SETTLE.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn ask_quipu(&mut self, query: &Query, times: &mut Times) -> Outcome {
        // Whoever is second finds the text lane's data in the caches: each in turn, and each as often after the yardstick as after
        // the other (who comes first changes with every query, so this with every other).
        let words_first = (times.quipu.count() / 2).is_multiple_of(2);
        for by_words in [words_first, !words_first] {
            let (reply, took) = self.reply(query, by_words)?;
            if by_words {
                times.words.add(took);
            } else {
                times.quipu.add(took);
                times.in_daemon.add_ms(reply.took_ms);
            }
        }
        Ok(())
    }

    fn ask_fts5(&mut self, query: &Query, times: &mut Times) -> Outcome {
        let (rows, took) = timed(|| self.yardstick.search(query));
        rows?;
        times.fts5.add(took);
        Ok(())
    }

    /// End to end: the request encoded, sent, answered and decoded.
    fn reply(&mut self, query: &Query, words_only: bool) -> Result<(SearchReply, Duration), String> {
        let text = query.text();
        let (reply, took) = timed(|| {
            let scope = ScopeParams { all: true, ..ScopeParams::default() };
            let request = SearchRequest { query: text, scope, limit: Some(10), words_only, ..SearchRequest::default() };
            self.client.call::<SearchReply>(&Request::post("/v1/search", &request), scratch::patience())
        });
        Ok((reply.map_err(scratch::told)?, took))
    }
}
