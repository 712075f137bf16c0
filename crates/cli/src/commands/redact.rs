//! `quipu redact`: looks for secrets in what is stored, and has them replaced.
//! It must not know what a secret looks like.
//! Invariant: nothing of a secret is printed but its first letters; nothing is changed without a second word.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;

use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::forget::{RedactReply, RedactRequest, ScanReply, ScanRequest, SecretView};

use super::forget::{copies, on_terminal, pending, said};
use crate::args::forget::Redact;
use crate::connect::Daemon;
use crate::output::{BOLD, DIM, Form, GOOD, WARN, json, styled};

/// Memories in one request: the daemon takes no more.
const AT_ONCE: usize = 10_000;

pub(super) fn redact(wanted: Redact, form: Form) -> Result<ExitCode, Fault> {
    let mut daemon = Daemon::patient()?;
    match wanted {
        Redact::Scan => {
            let (found, looked) = scan(&mut daemon, form)?;
            report(&found, looked, form);
            Ok(ExitCode::SUCCESS)
        }
        Redact::Apply { ids, confirm } => apply(&mut daemon, ids, confirm, form),
    }
}

/// All that is found, and how many memories were looked through.
fn scan(daemon: &mut Daemon, form: Form) -> Result<(Vec<SecretView>, u64), Fault> {
    let live = form == Form::Text && std::io::stderr().is_terminal();
    let (mut found, mut looked, mut request) = (Vec::new(), 0, ScanRequest::default());
    loop {
        let page: ScanReply = daemon.ask("/v1/redact/scan", &request)?;
        found.extend(page.found);
        looked += page.looked;
        if live {
            anstream::eprint!("\r{} {looked} memories, {} hold secrets", styled(DIM, "looked through"), found.len());
        }
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => break,
        }
    }
    if live {
        anstream::eprintln!();
    }
    Ok((found, looked))
}

fn report(found: &[SecretView], looked: u64, form: Form) {
    if form == Form::Json {
        json(&serde_json::json!({ "looked": looked, "found": found }));
        return;
    }
    for secret in found {
        let sample = secret.sample.as_deref().unwrap_or("…");
        let times = if secret.count > 1 { format!(" {} times", secret.count) } else { String::new() };
        anstream::println!("{} {} {sample}{times}", styled(DIM, &secret.id), styled(WARN, &secret.label));
    }
    let sum: u32 = found.iter().map(|secret| secret.count).sum();
    anstream::println!("{sum} secrets in {} of {looked} memories", memories(found).len());
    if sum > 0 {
        anstream::println!("{}", styled(DIM, "`quipu redact apply` replaces them where they are stored"));
    }
}

fn memories(found: &[SecretView]) -> Vec<String> {
    let mut ids: Vec<String> = found.iter().map(|secret| secret.id.clone()).collect();
    ids.dedup();
    ids
}

fn apply(daemon: &mut Daemon, ids: Vec<String>, confirm: Option<String>, form: Form) -> Result<ExitCode, Fault> {
    let ids = if ids.is_empty() { memories(&scan(daemon, form)?.0) } else { ids };
    if ids.is_empty() {
        finish(&RedactReply { outcome: "nothing".to_owned(), ..RedactReply::default() }, form);
        return Ok(ExitCode::SUCCESS);
    }
    let mut last = RedactReply::default();
    let mut totals = BTreeMap::<String, u32>::new();
    let mut memories = 0;
    for some in ids.chunks(AT_ONCE) {
        let mut request = RedactRequest { ids: some.to_vec(), confirm: confirm.clone() };
        if request.confirm.is_none() {
            let asked: RedactReply = daemon.ask("/v1/redact", &request)?;
            if asked.outcome == "needs_confirmation" {
                if form == Form::Json || !on_terminal() {
                    return Ok(unconfirmed(&asked, form));
                }
                cover(&asked);
                if !said("What stands there now is lost for good. Replace it? [y/N] ", "y")? {
                    anstream::println!("nothing was replaced");
                    return Ok(ExitCode::from(FaultKind::Conflict.exit_code()));
                }
            }
            request.confirm = asked.confirm;
        }
        last = daemon.ask("/v1/redact", &request)?;
        if last.outcome == "needs_confirmation" {
            return Ok(unconfirmed(&last, form));
        }
        memories += last.memories;
        last.secrets.iter().for_each(|(label, count)| *totals.entry(label.clone()).or_default() += count);
    }
    let outcome = if memories > 0 { "redacted" } else { "nothing" }.to_owned();
    finish(&RedactReply { outcome, memories, secrets: totals.into_iter().collect(), ..last }, form);
    Ok(ExitCode::SUCCESS)
}

fn unconfirmed(reply: &RedactReply, form: Form) -> ExitCode {
    if form == Form::Json {
        json(reply);
    } else {
        cover(reply);
        let code = reply.confirm.as_deref().unwrap_or_default();
        anstream::println!("nothing was replaced yet: the same again with `--confirm {code}` does it");
    }
    ExitCode::from(FaultKind::Conflict.exit_code())
}

fn secrets(reply: &RedactReply) -> String {
    let each = reply.secrets.iter().map(|(label, count)| format!("{count} {label}"));
    each.collect::<Vec<_>>().join(", ")
}

fn cover(reply: &RedactReply) {
    let what = styled(BOLD, "would be replaced:");
    anstream::println!("{what} {} in {} memories, with their earlier revisions", secrets(reply), reply.memories);
    copies(&reply.copies, "it stays as it is");
}

fn finish(reply: &RedactReply, form: Form) {
    if form == Form::Json {
        json(reply);
        return;
    }
    if reply.outcome == "nothing" {
        anstream::println!("no secret is found in what is stored");
    } else {
        anstream::println!("{} {} in {} memories", styled(GOOD, "redacted"), secrets(reply), reply.memories);
    }
    copies(&reply.copies, "it stays as it is");
    pending(&reply.pending);
}
