//! Secrets that were stored before they were known as such: looked for with today's patterns and those of each memory's place,
//! and replaced where they lie.
//! It must not know what a secret looks like, nor how a memory is rewritten.
//! Invariant: no answer carries a secret but a few of its first letters; the first request of two changes nothing.

use std::collections::BTreeMap;

use quipu_core::confirm;
use quipu_core::id::MemoryId;
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::forget::{RedactReply, RedactRequest, ScanReply, ScanRequest, SecretView};
use quipu_store::StoreError;
use quipu_store::forget::{Redaction, Texts};
use quipu_store::write::{Lane, Write};

use super::forget::{MOST_IDS, go_on, holding, look_at_mirrors};
use super::pages::{bad_cursor, limit};
use super::show::memory_id;
use super::{Service, fault_of};

/// Memories a page, and bytes of their texts.
const PAGE: usize = 500;
const PAGE_BYTES: usize = 4 << 20;
/// So many letters of a secret are shown, and fewer of a short one.
const SHOWN: usize = 4;
/// A memory that somebody changes meanwhile is looked through again, so often.
const TRIES: usize = 3;
/// How long the asker waits for index and database file.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

/// Looks through one page.
pub(crate) fn scan(service: &Service, reader: Reader, request: &ScanRequest) -> Result<ScanReply, Fault> {
    let limit = limit(request.limit, PAGE, PAGE)?;
    let after = request.cursor.as_deref().map(|cursor| memory_id(cursor).map_err(|_| bad_cursor())).transpose()?;
    let ids = service.engine.ids_after(after, limit, PAGE_BYTES).map_err(fault_of)?;
    let mut found = Vec::new();
    for id in &ids {
        let Some(texts) = texts(service, reader, *id)? else { continue };
        let looked = look(service, &texts);
        let id = id.to_string();
        found.extend(looked.secrets.into_iter().map(|(label, secret)| SecretView {
            id: id.clone(),
            label,
            count: secret.count,
            sample: secret.sample,
        }));
    }
    Ok(ScanReply {
        found,
        looked: ids.len() as u64,
        next: ids.last().map(ToString::to_string),
        mode: service.mode().to_owned(),
    })
}

/// Replaces what is found in these memories.
pub(crate) fn redact(service: &Service, reader: Reader, request: &RedactRequest) -> Result<RedactReply, Fault> {
    let ids: Vec<MemoryId> = request.ids.iter().map(|id| memory_id(id)).collect::<Result<_, _>>()?;
    if ids.is_empty() || ids.len() > MOST_IDS {
        return Err(Fault::new(
            FaultKind::Caller,
            "bad_ids",
            format!("{} memories were named, not 1 to 10 000", ids.len()),
        )
        .hint("`quipu redact scan` names those that hold secrets"));
    }
    let mut secrets = BTreeMap::<String, u32>::new();
    let mut spoilt = Vec::new();
    let mut shown = Vec::new();
    for id in ids {
        let Some(texts) = texts(service, reader, id)? else {
            return Err(super::show::no_such_memory(id));
        };
        let looked = look(service, &texts);
        if looked.secrets.is_empty() {
            continue;
        }
        for (label, secret) in &looked.secrets {
            *secrets.entry(label.clone()).or_default() += secret.count;
            shown.push(format!("{id} {label} {}", secret.count));
        }
        spoilt.push(id);
    }
    let code = confirm::code("redact", shown.iter().map(String::as_str));
    let reply = RedactReply {
        memories: spoilt.len() as u64,
        secrets: secrets.into_iter().collect(),
        mode: service.mode().to_owned(),
        ..RedactReply::default()
    };
    if spoilt.is_empty() {
        // Of a repeat, what is still to be done is gone on with.
        let pending = go_on(service, PATIENCE)?;
        return Ok(RedactReply { outcome: "nothing".to_owned(), pending, ..reply });
    }
    let copies = holding(service, &spoilt);
    if request.confirm.as_deref() != Some(&code) {
        return Ok(RedactReply { outcome: "needs_confirmation".to_owned(), confirm: Some(code), copies, ..reply });
    }
    for id in &spoilt {
        rewrite(service, *id)?;
    }
    look_at_mirrors(service);
    let pending = go_on(service, PATIENCE)?;
    Ok(RedactReply { outcome: "redacted".to_owned(), copies, pending, ..reply })
}

/// A memory's texts, where there is one that `reader` may see.
fn texts(service: &Service, reader: Reader, id: MemoryId) -> Result<Option<Texts>, Fault> {
    let memory = service.engine.memory(id).map_err(fault_of)?;
    match memory.filter(|memory| reader.may_see(memory.privacy)) {
        Some(_) => service.engine.texts(id).map_err(fault_of),
        None => Ok(None),
    }
}

/// Rewrites one memory as it is by then.
fn rewrite(service: &Service, id: MemoryId) -> Result<(), Fault> {
    for _ in 0..TRIES {
        let Some(if_texts) = service.engine.texts(id).map_err(fault_of)? else { return Ok(()) };
        let looked = look(service, &if_texts);
        let count = looked.secrets.values().map(|secret| secret.count).sum();
        if count == 0 {
            return Ok(());
        }
        let redaction = Redaction { id, if_texts, texts: looked.texts, count };
        match service.engine.write(None, Write::Redact(Box::new(redaction)), Lane::Bulk, service.now()) {
            Err(StoreError::Unconfirmed) => {}
            done => return done.map(drop).map_err(fault_of),
        }
    }
    Err(Fault::new(FaultKind::Busy, "busy", format!("{id} keeps changing")).hint("try again in a moment"))
}

/// What a memory's texts are without secrets, and which those are.
struct Looked {
    texts: Texts,
    secrets: BTreeMap<String, Secret>,
}

#[derive(Default)]
struct Secret {
    count: u32,
    sample: Option<String>,
}

fn look(service: &Service, texts: &Texts) -> Looked {
    let privacy = service.privacy(texts.project.as_deref());
    let mut secrets = BTreeMap::<String, Secret>::new();
    let without = texts.each(|text| {
        let (clean, found) = privacy.redactor().redact(text);
        for finding in &found {
            let secret = secrets.entry(finding.label.clone().into_owned()).or_default();
            secret.count += finding.count;
            if secret.sample.is_none() {
                secret.sample = sample(text, &clean, &finding.label);
            }
        }
        clean.into_owned()
    });
    Looked { texts: without, secrets }
}

/// What stood where the first marker of that label stands now, masked: told by what stands around it in both texts.
fn sample(before: &str, after: &str, label: &str) -> Option<String> {
    let marker = format!("[redacted:{label}]");
    let at = after.find(&marker)?;
    // Up to the first marker of any label both are the same.
    let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    if same < at {
        return None;
    }
    let rest = &after[at + marker.len()..];
    let next: String = rest.chars().take_while(|c| *c != '[').take(8).collect();
    let from = before.get(at..)?;
    let length = if next.is_empty() { from.len() } else { from.find(&next)? };
    let secret = from.get(..length).filter(|secret| !secret.is_empty() && !secret.contains('\n'))?;
    let letters = secret.chars().count();
    let shown: String = secret.chars().take(SHOWN.min(letters / 4)).collect();
    Some(format!("{shown}…({letters})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_tells_which_and_not_what() {
        for (before, after, expect) in [
            ("key AKIAIOSFODNN7EXAMPLE here", "key [redacted:aws] here", Some("AKIA…(20)")),
            ("AKIAIOSFODNN7EXAMPLE", "[redacted:aws]", Some("AKIA…(20)")),
            ("pw: abcd, x", "pw: [redacted:aws], x", Some("a…(4)")),
            ("one two", "[redacted:other] [redacted:aws]", None),
            ("a line\nand more", "[redacted:aws]", None),
            ("nothing", "nothing", None),
        ] {
            assert_eq!(sample(before, after, "aws").as_deref(), expect, "{before}");
        }
    }
}
