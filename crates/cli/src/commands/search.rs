//! `quipu search`.
//! It must not know ranking.
//! Invariant: no hits is an answer, said in words with what to try.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::process::ExitCode;

use jiff::Zoned;
use quipu_core::analyse;
use quipu_daemon::lifecycle::start;
use quipu_protocol::config::keys;
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env::is_dumb_terminal;
use quipu_protocol::fault::Fault;
use quipu_protocol::wire::search::{Hit, SearchReply, SearchRequest};

use super::{Outcome, config, project_name, scope, when};
use crate::args::{SearchArgs, nothing_to_look_for};
use crate::connect::{self, Daemon};
use crate::dates::{self, Edge};
use crate::live::{self, Asked};
use crate::output::{BOLD, DIM, Form, WARN, excerpt, json, styled, width};
use crate::plain::plain_line;

pub(super) fn search(args: SearchArgs, flags: &config::Flags, form: Form) -> Result<ExitCode, Fault> {
    config::only_for_clients(flags)?;
    if args.query.is_empty() || args.interactive {
        return interactive(args, flags, form);
    }
    once(args, flags, form)?;
    Ok(ExitCode::SUCCESS)
}

/// The live view, where there is a terminal to show it on.
fn interactive(args: SearchArgs, flags: &config::Flags, form: Form) -> Result<ExitCode, Fault> {
    let why = match form {
        Form::Json => Some("results as you type are not to be had as JSON"),
        Form::Text if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) => {
            Some("results as you type need a terminal on standard input and output")
        }
        Form::Text if is_dumb_terminal() => Some("results as you type need more than a dumb terminal (TERM)"),
        Form::Text => None,
    };
    if let Some(why) = why {
        let error = nothing_to_look_for(why);
        // Standard error that cannot be written to leaves the exit code to tell.
        let _ = error.print();
        return Ok(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)));
    }
    // The setting is about answers that are printed; a value for this command is meant for this one.
    let limit = match args.limit {
        None if !flags.is_empty() => Some(config::effective(flags, false)?.number(keys::SEARCH_LIMIT)),
        limit => limit,
    };
    live::run(Asked {
        query: args.query.join(" "),
        scope: scope(args.scope),
        kinds: args.filter.kinds,
        since: when(args.filter.since.as_deref(), Edge::Start)?,
        until: when(args.filter.until.as_deref(), Edge::End)?,
        limit,
        files: super::memories::absolute(args.filter.files),
        include_archived: args.include_archived,
        as_of: when(args.then.as_of.as_deref(), Edge::End)?,
        explain: args.explain,
        words_only: args.words_only,
    })?;
    Ok(ExitCode::SUCCESS)
}

fn once(args: SearchArgs, flags: &config::Flags, form: Form) -> Outcome {
    let limit = match args.limit {
        Some(limit) => limit,
        None => match config::effective(flags, false) {
            Ok(config) => config.number(keys::SEARCH_LIMIT),
            Err(fault) => {
                // Of a home that cannot be entered at all the start tells more.
                start::ensure(&connect::paths()?, Deadline::within(start::START))?;
                return Err(fault);
            }
        },
    };
    let query = args.query.join(" ");
    let request = SearchRequest {
        query: query.clone(),
        scope: scope(args.scope),
        limit: Some(limit),
        kinds: args.filter.kinds,
        since: when(args.filter.since.as_deref(), Edge::Start)?,
        until: when(args.filter.until.as_deref(), Edge::End)?,
        files: super::memories::absolute(args.filter.files),
        include_archived: args.include_archived,
        as_of: when(args.then.as_of.as_deref(), Edge::End)?,
        explain: args.explain,
        words_only: args.words_only,
    };
    let reply: SearchReply = Daemon::new()?.ask("/v1/search", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if let Some(fallback) = &reply.fallback {
        anstream::println!("{} {fallback}", styled(WARN, "note:"));
    }
    if reply.hits.is_empty() {
        return nothing(&reply);
    }
    let terms: HashSet<String> = analyse::query_terms(&query).into_iter().collect();
    let now = Zoned::now();
    for (n, hit) in reply.hits.iter().enumerate() {
        print(n + 1, hit, &terms, &now);
    }
    anstream::println!("{}", styled(DIM, &format!("{} hits in {:.1} ms", reply.hits.len(), reply.took_ms)));
    Ok(())
}

fn print(n: usize, hit: &Hit, terms: &HashSet<String>, now: &Zoned) {
    let place = hit.project.as_deref().map_or_else(|| "every project".to_owned(), project_name);
    let branch = hit.branch.as_deref().map(|b| format!("/{}", plain_line(b))).unwrap_or_default();
    let mut state = if hit.lifecycle == "live" { String::new() } else { format!(" · {}", hit.lifecycle) };
    if !matches!(hit.applies_to.as_str(), "" | "global") {
        state.push_str(&format!(" · for {}", plain_line(&hit.applies_to)));
    }
    if hit.private {
        state.push_str(" · private");
    }
    anstream::println!(
        "{} {} {}",
        styled(DIM, &format!("{n:>2}")),
        styled(BOLD, &hit.kind),
        styled(DIM, &format!("· {place}{branch} · {}{state} · {}", dates::human(hit.occurred_at, now), hit.id)),
    );
    if let Some(title) = &hit.title {
        anstream::println!("   {}", excerpt(title, terms, width() - 4));
    }
    anstream::println!("   {}", excerpt(&hit.text, terms, (width() - 4) * 3));
    if let Some(thread) = &hit.thread {
        anstream::println!("   {}", styled(DIM, &format!("quipu thread {thread}")));
    }
    if let Some(why) = reason(hit) {
        anstream::println!("   {}", styled(DIM, &why));
    }
}

/// Why a hit is there, where that was asked for.
pub(crate) fn reason(hit: &Hit) -> Option<String> {
    let why = hit.explain.as_ref()?;
    let worth = if why.worth_injecting { "would be injected" } else { "would not be injected" };
    Some(format!(
        "score {:.2}: words {:.2} + {:.2} beside, answers {:.0} % (synonyms in part), meaning {:.2}; has {:.0} % of the \
         query's weight: {}; {worth}",
        hit.score,
        why.own,
        why.context,
        why.coverage * 100.0,
        why.cosine,
        why.idf_share * 100.0,
        why.matched.join(", "),
    ))
}

fn nothing(reply: &SearchReply) -> Outcome {
    match &reply.project {
        Some(project) => anstream::println!(
            "Nothing found in {} {}",
            project_name(project),
            styled(DIM, "(`--all` searches every project, `quipu index` reads past sessions)")
        ),
        None => anstream::println!("Nothing found {}", styled(DIM, "(`quipu index` reads past sessions)")),
    }
    Ok(())
}
