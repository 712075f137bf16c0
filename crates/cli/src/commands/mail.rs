//! `quipu send`, `reply`, `inbox`, `ack` and `thread`.
//! It must not know who is there.
//! Invariant: a message is said to be shown after it was written to standard output, and not where that failed.

use std::io::Write;
use std::time::{Duration, Instant};

use jiff::Zoned;
use quipu_core::letter::is_to_many;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::mail::{
    AckRequest, InboxReply, InboxRequest, LetterView, LettersReply, MailCountReply, ReceiptView, SendReply,
    SendRequest, SentRequest, ShownRequest,
};

use super::memories::{part, redacted, text_of};
use super::{Outcome, cwd, project_name};
use crate::args::mail::{AckArgs, How, InboxArgs, ReplyArgs, SendArgs, ThreadArgs};
use crate::connect::Daemon;
use crate::dates;
use crate::output::{BAD, BOLD, DIM, Form, GOOD, WARN, json, shown, styled};
use crate::plain::plain_line;

/// So often it is looked whether a message has come that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

pub(super) fn send(args: SendArgs, form: Form) -> Outcome {
    let request = SendRequest { to: Some(args.to), ..request(args.text, args.how)? };
    tell(Daemon::new()?.write("/v1/mail/send", &request)?, form);
    Ok(())
}

pub(super) fn reply(args: ReplyArgs, form: Form) -> Outcome {
    let request = SendRequest { to: args.to, reply_to: Some(args.id), ..request(args.text, args.how)? };
    tell(Daemon::new()?.write("/v1/mail/send", &request)?, form);
    Ok(())
}

fn request(text: Vec<String>, how: How) -> Result<SendRequest, Fault> {
    let length = how.expires.as_deref().map(dates::length).transpose();
    let expires_in_ms = length.map_err(|message| Fault::new(FaultKind::Caller, "bad_time", message))?;
    Ok(SendRequest {
        body: text_of(text.join(" "))?,
        subject: how.subject,
        importance: how.importance,
        ack_required: how.ack,
        expires_in_ms,
        wait: how.wait,
        idempotency_key: how.key,
        cwd: cwd(),
        ..SendRequest::default()
    })
}

/// Says what became of a message.
fn tell(reply: SendReply, form: Form) {
    if form == Form::Json {
        return json(&reply);
    }
    let colour = if reply.outcome == "sent" { GOOD } else { WARN };
    let why = reply.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    anstream::println!("{} {}{why}", styled(colour, &reply.outcome), reply.id.unwrap_or_default());
    redacted(&reply.redacted);
    match reply.to.as_slice() {
        [] => {}
        [one] => anstream::println!("to {}", name(&one.to)),
        many => {
            let names: Vec<String> = many.iter().map(|receipt| name(&receipt.to)).collect();
            anstream::println!("to {}: {}", many.len(), names.join(", "));
        }
    }
    if let Some(waits) = &reply.waits {
        let until = dates::iso(reply.expires_at);
        anstream::println!("{} {waits}, at the latest {until}", styled(WARN, "will wait"));
    }
}

pub(super) fn inbox(args: InboxArgs, form: Form) -> Outcome {
    let mut daemon = Daemon::new()?;
    if args.sent {
        let reply: LettersReply = daemon.ask("/v1/mail/sent", &SentRequest { limit: Some(args.limit) })?;
        return listed(&reply, "Nothing was sent from here.", form);
    }
    let request = InboxRequest { all: args.all, thread: args.thread, limit: Some(args.limit), session: args.session };
    let wait = args.wait.as_deref().map(dates::length).transpose();
    let wait = wait.map_err(|message| Fault::new(FaultKind::Caller, "bad_time", message))?;
    let until = Instant::now() + Duration::from_millis(wait.unwrap_or(0).unsigned_abs());
    let reply: InboxReply = loop {
        let reply: InboxReply = daemon.write("/v1/mail/inbox", &request)?;
        let left = until.saturating_duration_since(Instant::now());
        if !reply.messages.is_empty() || left.is_zero() {
            break reply;
        }
        std::thread::sleep(LOOK_AGAIN.min(left));
    };
    let text = match form {
        Form::Json => serde_json::to_string_pretty(&reply).unwrap_or_default() + "\n",
        Form::Text => of_inbox(&reply),
    };
    print(&text)?;
    // What was shown before is not shown anew.
    let fresh = reply.messages.iter().filter(|message| message.shown_at.is_none());
    let deliveries: Vec<i64> = fresh.filter_map(|message| message.delivery).collect();
    if !deliveries.is_empty() {
        daemon.write::<_, MailCountReply>("/v1/mail/shown", &ShownRequest { deliveries, hook: None })?;
    }
    Ok(())
}

pub(super) fn ack(args: AckArgs, form: Form) -> Outcome {
    let reply: MailCountReply = Daemon::new()?.write("/v1/mail/ack", &AckRequest { ids: args.ids })?;
    match (form, reply.count) {
        (Form::Json, _) => json(&reply),
        (Form::Text, 0) => anstream::println!("that was acknowledged before"),
        (Form::Text, 1) => anstream::println!("{} 1 message", styled(GOOD, "acknowledged")),
        (Form::Text, count) => anstream::println!("{} {count} messages", styled(GOOD, "acknowledged")),
    }
    Ok(())
}

pub(super) fn thread(args: ThreadArgs, form: Form) -> Outcome {
    let path = format!("/v1/mail/thread/{}?limit={}", part(&args.id), args.limit);
    let reply: LettersReply = Daemon::new()?.get(&path)?;
    listed(&reply, "Nothing is left of that thread.", form)
}

fn listed(reply: &LettersReply, none: &str, form: Form) -> Outcome {
    if form == Form::Json {
        json(reply);
        return Ok(());
    }
    if reply.messages.is_empty() {
        anstream::println!("{none}");
    }
    let now = Zoned::now();
    for message in &reply.messages {
        anstream::print!("{}", of_message(message, &now));
        for receipt in &message.receipts {
            anstream::println!("  {}", of_receipt(receipt, &now));
        }
        if let Some(role) = &message.waits_for_role {
            anstream::println!("  {} until somebody takes the role {}", styled(WARN, "waits"), plain_line(role));
        }
    }
    Ok(())
}

fn of_inbox(reply: &InboxReply) -> String {
    let now = Zoned::now();
    if reply.messages.is_empty() {
        return format!("No messages for {} {}\n", name(&reply.mailbox), styled(DIM, "(--all shows what was read)"));
    }
    let mut out: String = reply.messages.iter().map(|message| of_message(message, &now)).collect();
    let open = reply.messages.iter().filter(|m| m.acked_at.is_none() && (m.shown_at.is_none() || m.ack_required));
    let left = reply.open.saturating_sub(open.count() as u64);
    if left > 0 {
        out.push_str(&format!("{} {left} more: `quipu inbox` again\n", styled(WARN, "note:")));
    }
    out
}

fn of_message(message: &LetterView, now: &Zoned) -> String {
    let mut facts = vec![dates::human(message.sent_at, now)];
    facts.extend(message.project.as_deref().map(project_name));
    if message.importance != "normal" {
        facts.push(message.importance.clone());
    }
    if message.again {
        facts.push("again".to_owned());
    }
    // One's own mailbox is known; what was written to more than that, and what is listed with receipts, says to whom.
    if is_to_many(&message.to) || !message.receipts.is_empty() {
        facts.push(format!("to {}", name(&message.to)));
    }
    let colour = if matches!(message.importance.as_str(), "high" | "urgent") { BAD } else { BOLD };
    let from = if message.from_person { "the user".to_owned() } else { name(&message.from) };
    let mut out = format!("{} {}\n", styled(colour, &from), styled(DIM, &facts.join(" · ")));
    if let Some(subject) = &message.subject {
        out.push_str(&format!("  {}\n", styled(BOLD, &plain_line(subject))));
    }
    for line in shown(&message.text).lines() {
        out.push_str(&format!("  {line}\n"));
    }
    let mut ways = vec![format!("quipu reply {} …", message.id)];
    if message.ack_required && message.acked_at.is_none() {
        ways.push(format!("quipu ack {}", message.id));
    }
    if message.thread != message.id {
        ways.push(format!("quipu thread {}", message.thread));
    }
    out.push_str(&format!("  {}\n", styled(DIM, &ways.join(" · "))));
    out
}

fn of_receipt(receipt: &ReceiptView, now: &Zoned) -> String {
    let at = receipt.acked_at.or(receipt.shown_at).map(|at| dates::human(at, now)).unwrap_or_default();
    let left = if receipt.left_at.is_some() && receipt.shown_at.is_none() { " (it has left)" } else { "" };
    let colour = match receipt.state.as_str() {
        "acknowledged" | "shown" => GOOD,
        _ => WARN,
    };
    format!("{} {} {}{left}", styled(colour, &receipt.state), name(&receipt.to), styled(DIM, &at))
}

/// A session as it is shown: its agent and how its id begins.
fn name(who: &str) -> String {
    match quipu_core::memory::SessionRef::parse(who) {
        Some(session) => plain_line(&quipu_core::address::short(&session)),
        None => plain_line(who),
    }
}

fn print(text: &str) -> Outcome {
    let mut out = anstream::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Fault::new(FaultKind::Unavailable, "io", format!("standard output: {error}")))
}
