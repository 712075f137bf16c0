//! `quipu why` and `quipu hush`: what agents were shown, why, and what they are shown no more.
//! It must not know how it is kept.
//! Invariant: what is not known is said to be unknown.

use jiff::Zoned;
use quipu_core::offer::Silence;
use quipu_protocol::wire::ledger::{
    AnswerView, HushReply, HushRequest, HushedReply, HushedRequest, LineView, ShownReply, ShownRequest, WhyReply,
    WhyView,
};
use quipu_protocol::wire::search::ScopeParams;

use super::{Outcome, part, project_name, scope};
use crate::args::ledger::{HushArgs, WhyArgs};
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, styled, width};
use crate::plain::plain_line;

/// Answers of a memory or a session that are shown.
const MANY: usize = 20;

pub(super) fn why(args: WhyArgs, form: Form) -> Outcome {
    match args.id {
        Some(id) => of_memory(&id, args.last, form),
        None => of_sessions(args, form),
    }
}

fn of_memory(id: &str, last: Option<usize>, form: Form) -> Outcome {
    let path = format!("/v1/why/{}?limit={}", part(id), last.unwrap_or(MANY));
    let reply: WhyReply = Daemon::new()?.get(&path)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    anstream::println!("{} {}", styled(BOLD, &reply.kind), styled(DIM, &reply.id));
    anstream::println!("{}", plain_line(&reply.title));
    if reply.lifecycle != "live" {
        anstream::println!("{}", styled(WARN, &format!("{}: agents are not shown it any more", reply.lifecycle)));
    }
    for project in &reply.hushed_in {
        let undo = styled(DIM, &format!("(`quipu hush {} --undo --project {project}`)", reply.id));
        anstream::println!("{} {undo}", styled(WARN, &format!("not put before agents in {}", plain_line(project))));
    }
    anstream::println!();
    if reply.answers.is_empty() {
        anstream::println!("It was never put before an agent, as far as is kept.");
        return Ok(());
    }
    let (tally, seen) = (reply.tally, reply.answers.len());
    let used = match tally.judged {
        0 => "whether it was used is not known yet".to_owned(),
        judged => format!("used {} of the {} times that can be told", tally.used, judged),
    };
    anstream::println!("shown {}, {} tokens; {used}", times(tally.lines), tally.tokens);
    let now = Zoned::now();
    for answer in &reply.answers {
        anstream::println!();
        anstream::println!("{}", head(answer, &now));
        answer.lines.iter().for_each(|line| {
            let place =
                if answer.given > 1 { format!("line {} of {}", line.place, answer.given) } else { String::new() };
            details(answer, line, (!place.is_empty()).then_some(place));
        });
    }
    if seen as u64 == u64::try_from(last.unwrap_or(MANY)).unwrap_or(u64::MAX) && tally.lines > seen as u64 {
        anstream::eprintln!("{}", styled(DIM, &format!("older: --last {}", seen * 2)));
    }
    Ok(())
}

fn of_sessions(args: WhyArgs, form: Form) -> Outcome {
    let event = args.event.as_deref().map(|event| match event {
        "start" => "SessionStart",
        "edit" => "PreToolUse",
        _ => "UserPromptSubmit",
    });
    let last = args.last.unwrap_or(if args.session.is_some() { MANY } else { 1 });
    let mut request = ShownRequest {
        scope: if args.session.is_some() && args.scope.project.is_none() {
            ScopeParams { all: true, ..ScopeParams::default() }
        } else {
            scope(args.scope)
        },
        session: args.session.clone(),
        event: event.map(str::to_owned),
        limit: Some(last),
    };
    let mut daemon = Daemon::new()?;
    let mut reply: ShownReply = daemon.ask("/v1/shown", &request)?;
    if event.is_none() && args.session.is_none() {
        // An edit's line is rarely what is asked about: the newest of prompts and starts.
        let mut of = |event: &str| -> Result<Vec<AnswerView>, _> {
            request.event = Some(event.to_owned());
            daemon.ask::<_, ShownReply>("/v1/shown", &request).map(|reply| reply.answers)
        };
        let mut answers = of("UserPromptSubmit")?;
        answers.extend(of("SessionStart")?);
        answers.sort_by_key(|answer| std::cmp::Reverse(answer.at));
        answers.truncate(last);
        reply.answers = answers;
    }
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if reply.answers.is_empty() {
        let where_else = if args.session.is_some() { "" } else { "(`--all` looks at every project)" };
        anstream::println!("No agent was given or refused anything here {}", styled(DIM, where_else));
    }
    let now = Zoned::now();
    for (n, answer) in reply.answers.iter().rev().enumerate() {
        if n > 0 {
            anstream::println!();
        }
        anstream::println!("{}", head(answer, &now));
        let gone = (answer.given as usize).saturating_sub(answer.lines.len());
        for line in &answer.lines {
            let text: String = plain_line(&line.title);
            anstream::println!(
                "  {} {}",
                styled(BOLD, &line.kind),
                cut(&text, width().saturating_sub(line.kind.len() + 4))
            );
            details(answer, line, Some(line.id.clone()));
        }
        if gone > 0 && answer.silence.is_none() {
            anstream::println!("  {}", styled(DIM, &format!("and {gone} of memories that were forgotten since")));
        }
    }
    Ok(())
}

/// When, at what, where, and what came of it.
fn head(answer: &AnswerView, now: &Zoned) -> String {
    let event = match answer.event.as_str() {
        "SessionStart" => "start",
        "UserPromptSubmit" => "prompt",
        "PreToolUse" => "edit",
        other => other,
    };
    let place = answer.project.as_deref().map(project_name).unwrap_or_else(|| "?".into());
    let session = answer.session_id.as_deref().map(|id| format!(" · session {}", plain_line(id))).unwrap_or_default();
    let said = format!("{} · {event} · {}{session}", dates::human(answer.at, now), plain_line(&place));
    let left_out = match answer.left_out {
        0 => String::new(),
        n => styled(DIM, &format!(" ({n} seen or hushed ones left out)")),
    };
    let came = match (answer.silence.as_deref(), answer.given) {
        (Some(why), _) => {
            let why = Silence::parse(why).map_or_else(|| why.to_owned(), |why| why.in_words().to_owned());
            let often = if answer.times > 1 { format!(", {}", times(u64::from(answer.times))) } else { String::new() };
            styled(WARN, &format!("nothing: {why}{often}"))
        }
        (None, given) => styled(GOOD, &format!("{}, {} tokens", lines(given), answer.tokens)),
    };
    format!("{}  {came}{left_out}", styled(DIM, &said))
}

/// Why a line was there, what it cost, and whether it was used.
fn details(answer: &AnswerView, line: &LineView, before: Option<String>) {
    let mut facts: Vec<String> = before.into_iter().collect();
    facts.extend(because(&line.why));
    facts.push(format!("{} tokens", line.tokens));
    if line.again {
        facts.push("again, for it had changed".to_owned());
    }
    if line.revision != line.revision_now {
        facts.push(format!("revision {} (now {})", line.revision, line.revision_now));
    }
    anstream::println!("    {}", styled(DIM, &plain_line(&facts.join(" · "))));
    let used = match (line.used, line.used_by.as_deref()) {
        _ if answer.silence.is_some() => return,
        (Some(true), by) => {
            let how = match by {
                Some("id") => "its id was named",
                Some("file") => "its file was changed",
                _ => "its wording came again",
            };
            let place = line.used_in.as_deref().map(|id| format!(" (`quipu show {id}`)")).unwrap_or_default();
            styled(GOOD, &format!("used: {how}{place}"))
        }
        (Some(false), _) => styled(DIM, "not used so far"),
        (None, _) => styled(DIM, "not known yet whether it was used"),
    };
    anstream::println!("    {used}");
}

fn because(why: &WhyView) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(why.section.clone());
    facts.extend(why.file.as_deref().map(|file| format!("before an edit of {file}")));
    if let (Some(score), Some(idf), Some(coverage), Some(cosine)) = (why.score, why.idf_share, why.coverage, why.cosine)
    {
        facts.push(match why.matched.as_slice() {
            [] => "close in meaning".to_owned(),
            words => format!("matches {}", words.join(", ")),
        });
        facts.push(format!("score {score:.2} (words {idf:.2}, coverage {coverage:.2}, meaning {cosine:.2})"));
    }
    facts
}

fn cut(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((at, _)) => format!("{} …", text[..at].trim_end()),
        None => text.to_owned(),
    }
}

fn times(n: u64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{n} times") }
}

fn lines(n: u32) -> String {
    if n == 1 { "1 line".to_owned() } else { format!("{n} lines") }
}

pub(super) fn hush(args: HushArgs, form: Form) -> Outcome {
    let Some(id) = args.id else { return hushed(args.scope, form) };
    let request = HushRequest { id, scope: scope(args.scope), undo: args.undo };
    let reply: HushReply = Daemon::new()?.write("/v1/hush", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    let project = plain_line(&reply.project);
    let words = match reply.outcome.as_str() {
        "hushed" => format!("agents in {project} are not shown it any more; searches still find it"),
        "heard" => format!("agents in {project} may be shown it again"),
        _ => format!("in {project} it was so already"),
    };
    let colour = if reply.outcome == "unchanged" { WARN } else { GOOD };
    anstream::println!("{} {}: {words}", styled(colour, &reply.outcome), reply.id);
    Ok(())
}

fn hushed(place: crate::args::Scope, form: Form) -> Outcome {
    let reply: HushedReply = Daemon::new()?.ask("/v1/hushed", &HushedRequest { scope: scope(place) })?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if reply.memories.is_empty() {
        anstream::println!("Nothing is hushed here {}", styled(DIM, "(`--all` looks at every project)"));
    }
    for memory in &reply.memories {
        let head = format!("{} {:<11} {:<14}", memory.id, memory.kind, project_name(&memory.project));
        let text = cut(&plain_line(&memory.title), width().saturating_sub(head.chars().count() + 3));
        anstream::println!("{} {text}", styled(DIM, &head));
    }
    Ok(())
}
