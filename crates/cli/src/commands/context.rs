//! `quipu context`.
//! It must not know what a pack holds.
//! Invariant: the pack on standard output as an agent gets it; what is to be said of it beside it.

use quipu_protocol::wire::context::{ContextReply, ContextRequest};

use super::{Outcome, project_name, scope};
use crate::args::Scope;
use crate::connect::Daemon;
use crate::output::{DIM, Form, WARN, json, print_text, styled};

pub(super) fn context(budget: Option<usize>, task: Option<String>, project: Option<String>, form: Form) -> Outcome {
    let scope = scope(Scope { project, all: false, only: None });
    let request = ContextRequest { scope, task, max_tokens: budget };
    let reply: ContextReply = Daemon::new()?.ask("/v1/context", &request)?;
    if form == Form::Json {
        json(&reply);
        return Ok(());
    }
    if reply.text.is_empty() {
        anstream::println!("Nothing is remembered of {} yet", project_name(&reply.project));
    } else {
        print_text(&reply.text);
    }
    let ContextReply { tokens, notes: (told, of), mode, .. } = &reply;
    anstream::eprintln!("{}", styled(DIM, &format!("~{tokens} tokens · {told} of {of} notes · mode {mode}")));
    if let Some(others) = &reply.others {
        print_text(others);
    }
    if let Some(fallback) = &reply.fallback {
        anstream::eprintln!("{} {fallback}", styled(WARN, "note:"));
    }
    Ok(())
}
