//! `quipu merge`, `aggregate` and `undo`, and how what is somebody's own is asked about twice.
//! It must not know what a memory allows.
//! Invariant: says in one word what became of it, and names every memory that was touched.

use std::io::{IsTerminal, Write};

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::search::ScopeParams;
use quipu_protocol::wire::together::{AggregateRequest, MergeRequest, TogetherReply, TouchedView, UndoRequest};

use super::memories::{redacted, text_of};
use super::{Outcome, scope};
use crate::args::change::{AggregateArgs, MergeArgs, UndoArgs};
use crate::connect::Daemon;
use crate::output::{DIM, Form, GOOD, WARN, json, shown, styled};

/// What an answer says of being asked again.
pub(super) trait Asks {
    /// What would be hidden.
    fn would_change(&self) -> &[TouchedView];
    /// The code that lets it through.
    fn code(&self) -> Option<&str>;
}

impl Asks for TogetherReply {
    fn would_change(&self) -> &[TouchedView] {
        &self.would_change
    }
    fn code(&self) -> Option<&str> {
        self.confirm.as_deref()
    }
}

impl Asks for quipu_protocol::wire::memory::UpdateReply {
    fn would_change(&self) -> &[TouchedView] {
        &self.would_change
    }
    fn code(&self) -> Option<&str> {
        self.confirm.as_deref()
    }
}

impl Asks for quipu_protocol::wire::memory::SaveReply {
    fn would_change(&self) -> &[TouchedView] {
        &self.would_change
    }
    fn code(&self) -> Option<&str> {
        self.confirm.as_deref()
    }
}

/// Sends a request, once more with the code where somebody at a terminal says yes to what it would hide.
///
/// # Errors
/// Nobody is there to be asked: the command that goes through is named.
pub(super) fn asking<R: Asks>(
    form: Form,
    mut send: impl FnMut(Option<String>) -> Result<R, Fault>,
) -> Result<R, Fault> {
    let reply = send(None)?;
    let Some(code) = reply.code().map(str::to_owned).filter(|_| form == Form::Text) else { return Ok(reply) };
    let is_there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    anstream::eprintln!("{} it would hide what is personal:", styled(WARN, "wait:"));
    for touched in reply.would_change() {
        anstream::eprintln!("  {} {} {}", touched.kind, styled(DIM, &touched.id), shown(&touched.title));
    }
    if is_there && says_yes() {
        return send(Some(code));
    }
    let message = if is_there { "nothing was changed" } else { "it has to be asked for twice; nothing was changed" };
    Err(Fault::new(FaultKind::Conflict, "needs_confirmation", message)
        .hint(format!("the same command with `--confirm {code}` does it")))
}

/// Whether the person at the terminal agrees; anything but a yes is none.
fn says_yes() -> bool {
    anstream::eprint!("Hide it? [y/N] ");
    // A prompt that cannot be shown is answered by nobody.
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

pub(super) fn merge(args: MergeArgs, form: Form) -> Outcome {
    let mut request = MergeRequest {
        keep: args.keep,
        others: args.others,
        text: args.text.map(text_of).transpose()?,
        reason: args.reason,
        confirm: args.confirm,
        scope: ScopeParams::default(),
    };
    let mut daemon = Daemon::new()?;
    let reply = asking(form, |code| {
        request.confirm = code.or(request.confirm.take());
        daemon.write("/v1/merge", &request)
    })?;
    print(&reply, "with it, hidden behind it", form)
}

pub(super) fn aggregate(args: AggregateArgs, form: Form) -> Outcome {
    let mut request = AggregateRequest {
        ids: args.ids,
        text: text_of(args.text)?,
        kind: Some(args.kind),
        title: args.title,
        keywords: args.keywords,
        global: args.global,
        confirm: args.confirm,
        scope: ScopeParams::default(),
    };
    let mut daemon = Daemon::new()?;
    let reply = asking(form, |code| {
        request.confirm = code.or(request.confirm.take());
        daemon.write("/v1/aggregate", &request)
    })?;
    print(&reply, "stands for, and hides", form)
}

pub(super) fn undo(args: UndoArgs, form: Form) -> Outcome {
    // Who names a memory by its id means that one, wherever he stands.
    let scope = if args.id.is_some() { ScopeParams::default() } else { scope(args.scope) };
    let request = UndoRequest { id: args.id, reason: args.reason, scope };
    let reply: TogetherReply = Daemon::new()?.write("/v1/undo", &request)?;
    print(&reply, "with it", form)
}

fn print(reply: &TogetherReply, others: &str, form: Form) -> Outcome {
    if form == Form::Json {
        json(reply);
        return Ok(());
    }
    let reason = reply.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let revision = styled(DIM, &format!("revision {}", reply.revision));
    let id = reply.id.as_deref().unwrap_or_default();
    anstream::println!("{} {id}{reason} {revision}", styled(GOOD, &reply.outcome));
    if let Some(about) = &reply.about {
        anstream::println!("  {}", shown(about));
    }
    for other in &reply.others {
        anstream::println!("{} {other}", styled(DIM, &format!("  {others}:")));
    }
    redacted(&reply.redacted);
    Ok(())
}
