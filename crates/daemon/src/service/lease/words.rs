//! Leases as they travel, and what is said of who stands in the way.
//! It must not know how a lease is kept.
//! Invariant: whoever is refused is told who has it, why and for how long, and what to do.

use quipu_core::lease::{Blocked, Holder, Mode, Moment, PATHS, Want};
use quipu_core::memory::SessionRef;
use quipu_core::scope::Reader;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::wire::lease::{HolderView, LeaseView};
use quipu_store::lease::{Edits, LeaseRow, LeaseTable, ResourceRef};

/// So many holders are named; the rest is counted.
const NAMED: usize = 3;
/// Longest quotation, in characters.
const QUOTED: usize = 120;
/// A session is shown by so many characters of its id.
const SHORT: usize = 8;

pub(super) fn view(row: &LeaseRow, table: &LeaseTable, now: Moment) -> LeaseView {
    let claim = &row.claim;
    let (paths, shared, take) = match &claim.want {
        Want::Paths { globs, mode } => (globs.iter().map(ToString::to_string).collect(), *mode == Mode::Shared, None),
        Want::Permits(permits) => (Vec::new(), false, Some(*permits)),
    };
    let is_before = |other: &&LeaseRow| {
        let is_same = other.resource == row.resource && other.claim.id < claim.id && other.claim.token().is_none();
        let is_in_the_way = match (&claim.want, &other.claim.want) {
            (Want::Paths { globs, .. }, Want::Paths { .. }) => super::wanted::is_about(other, globs),
            _ => true,
        };
        is_same && is_in_the_way
    };
    LeaseView {
        id: claim.id.0,
        name: row.resource.name.clone(),
        paths,
        state: if claim.token().is_some() { "held" } else { "waiting" }.to_owned(),
        token: claim.token().map(|token| token.0),
        shared,
        deny: row.edits == Edits::Deny,
        take,
        permits: take.and_then(|_| table.resource(&row.resource)).map(|resource| resource.permits),
        holder: holder(&claim.holder),
        reason: row.reason.clone(),
        project: row.project.as_ref().or(row.resource.project.as_ref()).map(|project| project.0.clone()),
        asked_at: row.asked_at.0,
        since: row.granted_at.map(|at| at.0),
        ttl_ms: claim.ttl,
        left_ms: left(row, now),
        before: claim.token().is_none().then(|| table.claims.iter().filter(is_before).count()),
    }
}

/// What is left of it, in ms; of another start of the machine nothing is known.
pub(in crate::service) fn left(row: &LeaseRow, now: Moment) -> u64 {
    let until = row.claim.until;
    if until.boot == now.boot { until.at.saturating_sub(now.at) } else { 0 }
}

pub(in crate::service) fn holder(holder: &Holder) -> HolderView {
    let kind = match (holder.pid, &holder.session) {
        (Some(_), _) => "process",
        (None, Some(_)) => "session",
        (None, None) => "person",
    };
    HolderView { kind: kind.to_owned(), session: holder.session.as_ref().map(ToString::to_string), pid: holder.pid }
}

/// A session as people name it.
fn short(session: &SessionRef) -> String {
    let root = session.id.split('/').next().unwrap_or_default();
    format!("{}/{}", session.agent, root.chars().take(SHORT).collect::<String>())
}

/// Who has a lease, why, and how long still.
pub(in crate::service) fn who(row: &LeaseRow, now: Moment) -> String {
    let holder = &row.claim.holder;
    let who = match (holder.pid, &holder.session) {
        (Some(pid), Some(session)) => format!("process {pid} of {}", short(session)),
        (Some(pid), None) => format!("process {pid}"),
        (None, Some(session)) => short(session),
        (None, None) => "a person".to_owned(),
    };
    let why = row.reason.as_ref().map(|reason| format!(", \u{201c}{}\u{201d}", quoted(reason))).unwrap_or_default();
    // By a connection it lasts as long as that does.
    let left = if holder.pid.is_some() { String::new() } else { format!(", {} left", length(left(row, now))) };
    format!("{who}{why}{left}")
}

/// Another's words on one line of ours: short, without what would end the quotation or a fence.
pub(in crate::service) fn quoted(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line: String = words.join(" ").replace(['\u{201c}', '\u{201d}', '<', '>'], "'");
    let cut = line.char_indices().nth(QUOTED).map(|(at, _)| at);
    cut.map_or(line.clone(), |at| format!("{}…", &line[..at]))
}

/// A length of time, in its greatest unit.
fn length(ms: u64) -> String {
    match ms.div_ceil(1_000) {
        s @ 0..100 => format!("{s} s"),
        s @ 100..6_000 => format!("{} min", s.div_ceil(60)),
        s => format!("{} h", s.div_ceil(3_600)),
    }
}

/// What is leased, in words.
pub(super) fn thing(resource: &ResourceRef) -> String {
    if resource.name == PATHS { "the lease on these files".to_owned() } else { format!("`{}`", resource.name) }
}

/// Somebody has it.
pub(super) fn held(resource: &ResourceRef, blocked: &Blocked, table: &LeaseTable, now: Moment) -> Fault {
    let rows: Vec<&LeaseRow> = blocked.by.iter().filter_map(|id| table.claim(*id)).collect();
    let what = if resource.name == PATHS { "some of these files".to_owned() } else { thing(resource) };
    let mut message = match holders(&rows, now) {
        Some(by) => format!("{what} {} held by {by}", if resource.name == PATHS { "are" } else { "is" }),
        None => format!("others asked for {what} before"),
    };
    if blocked.behind > 0 {
        message.push_str(&format!("; {} waiting", blocked.behind));
    }
    Fault::new(FaultKind::Conflict, "lease_held", message)
        .hint("wait for it with `--wait 5m`, or ask who has it; `quipu lease list` shows all")
}

/// The time to wait was over.
pub(super) fn late(resource: &ResourceRef, table: &LeaseTable, now: Moment) -> Fault {
    let rows: Vec<&LeaseRow> =
        table.claims.iter().filter(|row| row.resource == *resource && row.claim.token().is_some()).collect();
    let by = holders(&rows, now).map(|by| format!("; held by {by}")).unwrap_or_default();
    Fault::new(FaultKind::Busy, "lease_wait_over", format!("{} was not to be had in time{by}", thing(resource)))
        .hint("wait longer (`--wait 1h`), or ask who has it")
}

/// A token that is no live lease's.
pub(super) fn stale(resource: &ResourceRef, token: u64, table: &LeaseTable, now: Moment) -> Fault {
    let rows: Vec<&LeaseRow> =
        table.claims.iter().filter(|row| row.resource == *resource && row.claim.token().is_some()).collect();
    let last = table.resource(resource).map_or(0, |row| row.last.0);
    let why = match holders(&rows, now) {
        _ if token > last => format!("the last one given is {last}"),
        Some(by) if resource.name != PATHS => format!("it is held by {by} now"),
        _ => "its lease has ended".to_owned(),
    };
    let what = if resource.name == PATHS { "files".to_owned() } else { thing(resource) };
    Fault::new(FaultKind::Conflict, "stale_token", format!("token {token} of {what} is not valid: {why}"))
        .hint("stop what you did under it, and ask for the lease anew")
}

/// Another's lease, or none.
pub(super) fn not_yours(resource: &ResourceRef, rows: &[&LeaseRow], verb: &str, reader: Reader, now: Moment) -> Fault {
    let Some(by) = holders(rows, now) else {
        return Fault::new(FaultKind::Missing, "no_such_lease", format!("nobody holds {}", thing(resource)))
            .hint("`quipu lease list` shows what is held");
    };
    let fault = Fault::new(FaultKind::Conflict, "not_yours", format!("{} is held by {by}", thing(resource)));
    match reader {
        Reader::Person if verb == "release" => {
            fault.hint("`--token N` proves that it is yours; `--force` ends it whoever has it")
        }
        Reader::Person => fault.hint("`--token N` proves that it is yours"),
        Reader::Agent => fault.hint("ask its holder to release it, or the user"),
    }
}

/// It has another number of permits.
pub(super) fn other_permits(resource: &ResourceRef, of: u32) -> Fault {
    let message = format!("{} has {of} permits as long as anybody holds it or waits", thing(resource));
    Fault::new(FaultKind::Conflict, "other_permits", message)
        .hint(format!("leave out `--permits`, or say `--permits {of}`; `quipu lease list` shows who has it"))
}

/// Who holds these; none where nobody does.
fn holders(rows: &[&LeaseRow], now: Moment) -> Option<String> {
    let named: Vec<String> = rows.iter().take(NAMED).map(|row| who(row, now)).collect();
    let more = rows.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("{}{more}", named.join("; ")))
}
