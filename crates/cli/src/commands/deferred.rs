//! A note that no daemon takes just now: it goes into the spool, on disk before it is answered, and is written once one does.
//! It must not know what becomes of it then.
//! Invariant: redacted before it is written; under the id of the first try, which may have reached a daemon after all.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use quipu_core::id::EventId;
use quipu_core::kind::Kind;
use quipu_core::outcome::Word;
use quipu_core::redact::private;
use quipu_protocol::config::{Config, project_root};
use quipu_protocol::env::Env;
use quipu_protocol::fault::Fault;
use quipu_protocol::spool::{self, Durability, SPOOL_NOTE, SPOOL_VERSION, SpoolEntry};
use quipu_protocol::wire::memory::{SaveReply, SaveRequest};

use crate::connect::paths;

/// So long a daemon is waited for before a note is left for it.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);

/// Faults that say nothing against the note: nobody could be asked.
const NOBODY: [&str; 9] = [
    "no_daemon",
    "broken",
    "timeout",
    "read_only",
    "draining",
    "not_owner",
    "owner_starting",
    "start_failed",
    "start_busy",
];

/// What becomes of a note that was refused for `why`.
///
/// # Errors
/// `why`, where that is not for want of a daemon, where the note asks for more than to be kept (it takes the place of another,
/// it is linked), and where nobody knows what may be kept of it.
pub(super) fn keep(request: &SaveRequest, event: EventId, why: Fault) -> Result<SaveReply, Fault> {
    let asks_more = request.supersedes.is_some() || !request.links.is_empty() || request.id.is_some();
    let is_known = request.kind.as_deref().is_none_or(|kind| Kind::parse(kind).is_some_and(Kind::is_by_hand));
    if !NOBODY.contains(&why.code.as_str()) || asks_more || !is_known || request.text.trim().is_empty() {
        return Err(why);
    }
    let Ok(paths) = paths() else { return Err(why) };
    let env = Env::read();
    let root = request.cwd.as_deref().map(|cwd| project_root(Path::new(cwd)));
    let config = Config::of_user(&paths.config, &env).with(root, &env, &[]).config;
    if config.held_back().is_some() {
        return Err(why);
    }
    let rules = config.redactor();
    let mut labels: Vec<String> = Vec::new();
    let mut safe = |text: &str| {
        let (text, found) = rules.redact(text);
        labels.extend(found.iter().map(|finding| finding.label.to_string()));
        text.into_owned()
    };
    let mut all = |texts: &[String]| texts.iter().map(|text| safe(text)).collect::<Vec<_>>();
    let (keywords, files, symbols) = (all(&request.keywords), all(&request.files), all(&request.symbols));
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |past| past.as_millis());
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    let text = safe(&request.text);
    // All of it was private: nothing is left that could be kept.
    if text.trim().is_empty() || private::is_all(&text) {
        return Err(why);
    }
    let note = SaveRequest {
        text,
        title: request.title.as_deref().map(&mut safe),
        applies_to: request.applies_to.as_deref().map(&mut safe),
        keywords,
        files,
        symbols,
        occurred_at: Some(at),
        ..request.clone()
    };
    let Ok(body) = serde_json::to_string(&note) else { return Err(why) };
    let entry = SpoolEntry {
        version: SPOOL_VERSION,
        event_id: event.to_string(),
        agent: SPOOL_NOTE.to_owned(),
        event: "save".to_owned(),
        session_id: env.session.unwrap_or_default(),
        transcript_path: None,
        cwd: request.cwd.clone(),
        at,
        body: Some(body),
    };
    match spool::write(&paths.spool(), &entry, Durability::Fsync) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::QuotaExceeded => return Err(why.hint(error.to_string())),
        Err(_) => return Err(why),
    }
    labels.sort();
    labels.dedup();
    Ok(SaveReply {
        outcome: Word::Deferred.as_str().to_owned(),
        reason: Some(format!("{}; it is written once a daemon takes it (`quipu status`)", why.message)),
        redacted: labels,
        mode: "none".to_owned(),
        ..SaveReply::default()
    })
}
