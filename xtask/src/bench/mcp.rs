//! `cargo xtask bench mcp`: what MCP costs on top of the search that it asks for, and a shim beside a process a question.
//!
//! It must not know how either door decodes. Invariant: both are asked the same questions over the same kind of socket, by
//! as many clients at once, block by block in turn; what is timed is what a client waits for, decoded.

mod inspector;
mod shim;

use std::time::Duration;

use quipu_protocol::client::{Client, Request};
use quipu_protocol::wire::search::{ScopeParams, SearchReply, SearchRequest};
use serde_json::{Value, json};

use super::figures::{Figures, timed};
use super::flags::Flags;
use super::report::{Verdicts, machine};
use super::scratch::{self, Scratch};
use super::search;
use super::search::corpus::{Corpus, Query};
use crate::shell::Outcome;
use shim::Shim;

/// The size that is claimed for.
const CLAIMED_FOR: usize = 100_000;
/// Hits that are asked for.
const HITS: usize = 8;
/// Questions of one client in one block.
const BLOCK: usize = 25;
/// What the protocol may cost: this share of the search itself, and no less than a millisecond.
const SHARE: f64 = 1.5;
const LEAST_MS: f64 = 1.0;

/// By which door a question goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Api,
    Mcp,
}

pub(super) fn run(args: &[String]) -> Outcome {
    let mut flags = Flags::new(args);
    let chunks = flags.number("--chunks", CLAIMED_FOR)?.max(1_000);
    let clients = flags.number("--clients", 8)?.max(1);
    let count = flags.number("--queries", 400)?.max(2 * BLOCK);
    let strict = flags.switch("--strict");
    flags.finish()?;
    let home = Scratch::new(super::binary::quipu()?)?;
    println!("{}", machine());
    if chunks != CLAIMED_FOR {
        println!("note: what is claimed is claimed of {CLAIMED_FOR} chunks, not of {chunks}");
    }
    let mut corpus = Corpus::new(chunks);
    search::ingest(&home, &corpus)?;
    // A connection is bound to its project, unless the user says otherwise; the texts lie in ten of them.
    home.run(&["config", "set", "mcp.all_projects", "true"])?;
    let queries = corpus.content_queries(count, 5);

    println!("\n{clients} clients at once, blocks of {BLOCK} questions a door in turn; {}", machine());
    // Both doors answer once before anything is held.
    race(&home, &queries[..BLOCK], clients)?;
    let (api, mcp) = race(&home, &queries, clients)?;
    println!("{:<22} {:>9} {:>9} {:>8}", "", "p50 ms", "p99 ms", "count");
    for (name, times) in [("POST /v1/search", &api), ("memory_search by MCP", &mcp)] {
        println!("{name:<22} {:>9.3} {:>9.3} {:>8}", times.median(), times.p99(), times.count());
    }
    println!("  ratio: p50 {:.2}, p99 {:.2}", mcp.median() / api.median(), mcp.p99() / api.p99());
    let mut verdicts = Verdicts::default();
    for (which, ours, theirs) in [("p50", mcp.median(), api.median()), ("p99", mcp.p99(), api.p99())] {
        let bound = (SHARE * theirs).max(theirs + LEAST_MS);
        let what = format!("{which} by MCP: {ours:.3} ms ≤ {bound:.3} ms, of {theirs:.3} ms without it");
        verdicts.at_most(ours, bound, &what);
    }
    one_shim(&home, &queries[..count / 2], &mut verdicts)?;
    inspector::load(&home, clients, &queries[0].text())?;
    verdicts.finish(strict)
}

/// All clients ask all questions by both doors; gives the times of each door.
fn race(home: &Scratch, queries: &[Query], clients: usize) -> Result<(Figures, Figures), String> {
    let (mut api, mut mcp) = (Figures::default(), Figures::default());
    for (n, block) in queries.chunks(BLOCK).enumerate() {
        let first = if n % 2 == 0 { [Door::Api, Door::Mcp] } else { [Door::Mcp, Door::Api] };
        for door in first {
            let times = if door == Door::Api { &mut api } else { &mut mcp };
            for took in at_once(home, block, clients, door)? {
                times.add(took);
            }
        }
    }
    Ok((api, mcp))
}

/// One block by one door, of all clients at the same time.
fn at_once(home: &Scratch, block: &[Query], clients: usize, door: Door) -> Result<Vec<Duration>, String> {
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..clients)
            .map(|client| {
                let place = client * block.len() / clients;
                scope.spawn(move || {
                    let mut connection = home.client()?;
                    // Nobody asks what the client beside it asks just now.
                    let turned = block[place..].iter().chain(&block[..place]);
                    turned.map(|query| ask(&mut connection, door, &query.text())).collect::<Result<Vec<_>, String>>()
                })
            })
            .collect();
        let all =
            asking.into_iter().map(|client| client.join().unwrap_or_else(|_| Err("a client panicked".to_owned())));
        Ok(all.collect::<Result<Vec<_>, _>>()?.concat())
    })
}

/// One question, from its words to the decoded answer.
fn ask(client: &mut Client, door: Door, query: &str) -> Result<Duration, String> {
    let (count, took) = match door {
        Door::Api => timed(|| {
            let scope = ScopeParams { all: true, ..ScopeParams::default() };
            let request =
                SearchRequest { query: query.to_owned(), scope, limit: Some(HITS), ..SearchRequest::default() };
            let reply = client.call::<SearchReply>(&Request::post("/v1/search", &request), scratch::patience());
            reply.map(|reply| reply.hits.len()).map_err(scratch::told)
        }),
        Door::Mcp => timed(|| {
            let line = message(1, query).to_string().into_bytes();
            let request = Request::post_raw("/mcp", line).header("accept", "application/json, text/event-stream");
            let reply = client.call::<Value>(&request, scratch::patience()).map_err(scratch::told)?;
            found(&reply)
        }),
    };
    if count? == 0 { Err(format!("nothing was found for `{query}`")) } else { Ok(took) }
}

/// A call of `memory_search`, as clients of 2025-11-25 write it.
fn message(id: u64, query: &str) -> Value {
    let arguments = json!({ "query": query, "limit": HITS, "project": "all" });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "memory_search", "arguments": arguments } })
}

/// How many hits an answer holds.
fn found(answer: &Value) -> Result<usize, String> {
    let count = answer["result"]["structuredContent"]["count"].as_u64();
    count.map(|count| count as usize).ok_or_else(|| format!("no answer to a search: {answer}"))
}

/// One open shim beside one process a question, in turn.
fn one_shim(home: &Scratch, queries: &[Query], verdicts: &mut Verdicts) -> Outcome {
    println!("\none client: `quipu mcp`, kept open, beside `quipu search --json`, a process a question; {}", machine());
    let mut shim = Shim::start(home)?;
    let (mut by_shim, mut by_process) = (Figures::default(), Figures::default());
    for query in queries {
        let text = query.text();
        let (answer, took) = timed(|| shim.ask(&text));
        found(&answer?)?;
        by_shim.add(took);
        let (answer, took) = timed(|| home.run(&["search", &text, "--all", "--limit", "8", "--json"]));
        answer?;
        by_process.add(took);
    }
    for (name, times) in [("a shim's round trip", &by_shim), ("quipu search --json", &by_process)] {
        println!("{name:<22} {:>9.3} {:>9.3} {:>8}", times.median(), times.p99(), times.count());
    }
    match shim.anonymous() {
        Some(bytes) => println!("  the shim holds {} of anonymous memory", super::report::mb(bytes)),
        None => verdicts.not_measured("what a shim holds of memory: this system does not say"),
    }
    let (got, bound) = (by_shim.median(), by_process.median());
    verdicts.at_most(got, bound, &format!("a shim's round trip: {got:.3} ms ≤ a process's {bound:.3} ms"));
    Ok(())
}
