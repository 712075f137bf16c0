//! `quipu forget`: shows what would go, asks, and says what went and what is left to be done.
//! It must not know how anything is forgotten.
//! Invariant: nothing is forgotten without a second word: typed on the terminal, or the code of the first answer.

use std::io::{IsTerminal, Write as _};
use std::process::ExitCode;

use jiff::Zoned;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::forget::{ForgetReply, ForgetRequest, ForgottenReply, HoldingView};

use super::stats::bytes;
use super::{scope, when};
use crate::args::Scope;
use crate::args::forget::ForgetArgs;
use crate::connect::Daemon;
use crate::dates::{self, Edge};
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, shown, styled};

pub(super) fn forget(args: ForgetArgs, form: Form) -> Result<ExitCode, Fault> {
    let mut daemon = Daemon::patient()?;
    if args.list {
        list(&daemon.get("/v1/forgotten")?, form);
        return Ok(ExitCode::SUCCESS);
    }
    let mut request = request(args)?;
    if request.confirm.is_none() {
        let asked: ForgetReply = daemon.write("/v1/forget", &request)?;
        if asked.outcome != "needs_confirmation" || form == Form::Json || !on_terminal() {
            return Ok(answered(&asked, form));
        }
        cover(&asked);
        if !agreed(asked.memories)? {
            anstream::println!("nothing was forgotten");
            return Ok(ExitCode::from(FaultKind::Conflict.exit_code()));
        }
        request.confirm = asked.confirm;
    }
    let done: ForgetReply = daemon.write("/v1/forget", &request)?;
    Ok(answered(&done, form))
}

fn request(args: ForgetArgs) -> Result<ForgetRequest, Fault> {
    // A path is made absolute here: the daemon runs elsewhere.
    let project =
        args.project.and_then(|project| scope(Scope { project: Some(project), all: false, only: None }).project);
    let source = args.source.map(|path| {
        let found = std::fs::canonicalize(&path).or_else(|_| std::path::absolute(&path));
        found.map_or(path, |path| path.to_string_lossy().into_owned())
    });
    Ok(ForgetRequest {
        ids: args.ids,
        session: args.session,
        project,
        source,
        before: when(args.before.as_deref(), Edge::Start)?,
        text: args.text,
        backups: args.backups,
        confirm: args.confirm,
    })
}

/// Whether somebody is there to be asked.
pub(super) fn on_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// One memory asks for `y`, more for the word itself.
fn agreed(memories: u64) -> Result<bool, Fault> {
    let (question, word) = if memories == 1 { ("Forget it for good? [y/N] ", "y") } else { (MANY, "forget") };
    said(question, word)
}

const MANY: &str = "This cannot be undone. Type `forget` to go on: ";

/// Whether the answer to `question` is `word`.
pub(super) fn said(question: &str, word: &str) -> Result<bool, Fault> {
    anstream::print!("{}", styled(BOLD, question));
    let mut answer = String::new();
    std::io::stdout()
        .flush()
        .and_then(|()| std::io::stdin().read_line(&mut answer))
        .map_err(|error| Fault::new(FaultKind::Caller, "bad_input", format!("standard input: {error}")))?;
    Ok(answer.trim().eq_ignore_ascii_case(word))
}

/// Prints an answer; what was only asked about is no success.
fn answered(reply: &ForgetReply, form: Form) -> ExitCode {
    let asked = reply.outcome == "needs_confirmation";
    match form {
        Form::Json => json(reply),
        Form::Text if asked => {
            cover(reply);
            if let Some(reason) = &reply.reason {
                anstream::println!("{} {reason}", styled(WARN, "not done:"));
            }
            let code = reply.confirm.as_deref().unwrap_or_default();
            anstream::println!("nothing was forgotten yet: the same again with `--confirm {code}` does it");
        }
        Form::Text if reply.outcome == "nothing" => anstream::println!("nothing fits, nothing was forgotten"),
        Form::Text => done(reply),
    }
    if asked { ExitCode::from(FaultKind::Conflict.exit_code()) } else { ExitCode::SUCCESS }
}

/// What would go.
fn cover(reply: &ForgetReply) {
    let kinds: Vec<String> = reply.by_kind.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    anstream::println!("{} {} ({})", styled(BOLD, "would be forgotten:"), memories(reply), kinds.join(", "));
    for line in &reply.lines {
        anstream::println!("  {} {}", styled(DIM, &line.id), shown(&line.line));
    }
    let more = reply.memories.saturating_sub(reply.lines.len() as u64);
    if more > 0 {
        anstream::println!("  {}", styled(DIM, &format!("and {more} more")));
    }
    counted(&[
        (reply.revisions, "earlier revision", ""),
        (reply.chunks, "chunk", ", with those of earlier revisions"),
        (reply.vectors, "vector", ""),
        (reply.files, "note", " of files that were touched"),
        (reply.sessions, "session", " of which nothing is left then"),
        (reply.transcripts, "transcript", ", not to be read again (the agent's own file stays)"),
        (reply.spool, "file", " of spool and quarantine"),
    ]);
    copies(&reply.copies, "`--backups` removes it too");
    let rewrites = format!("up to {} of index and database are written anew for it", bytes(reply.rewrites));
    anstream::println!("{}", styled(DIM, &rewrites));
}

/// What goes beside the memories, a line for each of which there is something: one of it is one.
fn counted(lines: &[(u64, &str, &str)]) {
    for (count, what, more) in lines.iter().filter(|(count, ..)| *count > 0) {
        let many = if *count == 1 { "" } else { "s" };
        anstream::println!("{count:>8} {what}{many}{more}");
    }
}

fn memories(reply: &ForgetReply) -> String {
    format!("{} {}", reply.memories, if reply.memories == 1 { "memory" } else { "memories" })
}

fn done(reply: &ForgetReply) {
    anstream::println!("{} {}", styled(GOOD, "forgotten"), memories(reply));
    counted(&[
        (reply.revisions, "earlier revision", ""),
        (reply.sessions, "session", ""),
        (reply.transcripts, "transcript", " will not be read again"),
        (reply.spool, "file", " of spool and quarantine"),
    ]);
    copies(&reply.copies, "it stays");
    pending(&reply.pending);
}

/// What the daemon goes on with.
pub(super) fn pending(steps: &[String]) {
    if !steps.is_empty() {
        let note = "still holds bytes of it; the daemon goes on with it (`quipu forget --list`)";
        anstream::println!("{} {} {note}", styled(WARN, "pending:"), steps.join(", "));
    }
}

/// Copies that hold any of it: what becomes of them, and the command that removes each.
pub(super) fn copies(copies: &[HoldingView], otherwise: &str) {
    for copy in copies {
        let holds = copy.holds.map_or("cannot be read".to_owned(), |count| format!("holds {count} of them"));
        if copy.removed {
            anstream::println!("{} {}", styled(GOOD, "removed"), copy.path);
        } else {
            let remove = format!("{otherwise}; rm '{}'", copy.path);
            anstream::println!("{} {} {holds}\n     {}", styled(WARN, "copy"), copy.path, styled(DIM, &remove));
        }
    }
}

fn list(reply: &ForgottenReply, form: Form) {
    if form == Form::Json {
        json(reply);
        return;
    }
    let now = Zoned::now();
    if reply.forgettings.is_empty() && reply.tombstones.is_empty() {
        anstream::println!("nothing was ever forgotten");
    }
    for purge in &reply.forgettings {
        let state = match purge.done {
            Some(_) => styled(GOOD, "done"),
            None => styled(WARN, &format!("pending: {}", purge.pending.join(", "))),
        };
        let what = if purge.what == "redact" { "redacted" } else { "forgotten" };
        let when = dates::human(purge.began, &now);
        anstream::println!("{when:<18} {:>8} {what}  {state}", purge.memories);
    }
    if !reply.tombstones.is_empty() {
        anstream::println!("{}", styled(DIM, "what must not come back, by what it is told by:"));
    }
    for stone in &reply.tombstones {
        let when = styled(DIM, &format!("the newest {}", dates::human(stone.newest, &now)));
        anstream::println!("{:>8} {:<8} {when}", stone.count, stone.what);
    }
}
