//! The daemon, who owns the data directory, and what is stored: asked of the daemon, or looked at here where none can be had.
//! It must not know SQL, nor how anything is made anew.
//! Invariant: what could not be looked at is said to be so.

use quipu_daemon::lifecycle::{offline, start};
use quipu_protocol::deadline::Deadline;
use quipu_protocol::env;
use quipu_protocol::fault::Fault;
use quipu_protocol::owner;
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::daemon::{Health, HttpView};
use quipu_protocol::wire::repair::{CheckReply, LackingView};

use super::{Finding, Remedy, Verdict, finding};
use crate::commands::stats::bytes;
use crate::connect::{self, Daemon};

/// A WAL beyond this has not been emptied for long: the daemon's own bound is 16 MiB.
const LARGE_WAL: u64 = 64 << 20;

pub(super) fn store(paths: &Paths) -> Vec<Finding> {
    if connect::is_alone() {
        let none = finding("daemon", Verdict::Good, "none is wanted here (`--no-daemon` or QUIPU_NO_DAEMON)");
        let mut found = without_daemon(paths);
        found.insert(0, none);
        return found;
    }
    let logs = "look at `quipu logs`; `quipu down` and `quipu up` start it anew";
    if let Err(fault) = start::ensure(paths, Deadline::within(start::START)) {
        let cure = fault.hint.clone().unwrap_or_else(|| logs.to_owned());
        let mut found = vec![finding("daemon", Verdict::Broken, fault.message).cure(cure)];
        found.extend(without_daemon(paths));
        return found;
    }
    let health = Daemon::new().and_then(|mut d| d.get::<Health>("/v1/health"));
    let health = match health {
        Ok(health) => health,
        Err(fault) => return vec![finding("daemon", Verdict::Broken, fault.message).cure(logs)],
    };
    let mut found = vec![finding(
        "daemon",
        Verdict::Good,
        format!("{} process {}, owner number {}", health.mode, health.pid, health.epoch),
    )];
    let own = env::version();
    if health.version != own {
        let text = format!("the daemon is version {}, this command {own}", health.version);
        found.push(
            finding("version", Verdict::Weak, text)
                .cure("use the newer quipu: `quipu --version` says which one your PATH finds"),
        );
    }
    for (path, reason) in &health.ingest.failed {
        let cure = format!("mend or remove it, then `quipu index '{}'`", path.display());
        found.push(finding("transcript", Verdict::Weak, format!("{}: {reason}", path.display())).cure(cure));
    }
    if health.leases + health.leases_waiting > 0 {
        let text =
            format!("{} leases are held, {} wait (`quipu lease` shows them)", health.leases, health.leases_waiting);
        found.push(finding("leases", Verdict::Good, text));
    }
    if !health.forgetting.is_empty() {
        let text = format!("a forgetting is not finished: {} may hold bytes of it", health.forgetting.join(", "));
        let cure = "the daemon goes on with it; `quipu forget --list` shows how far, `quipu logs` what holds it back";
        found.push(finding("forgetting", Verdict::Weak, text).cure(cure));
    }
    found.push(lock(paths, &health));
    found.extend(health.http.as_ref().map(http));
    match Daemon::patient().and_then(|mut daemon| daemon.get::<CheckReply>("/v1/check")) {
        Ok(check) => {
            found.push(epoch(&check, &health));
            found.extend(stored(&check, paths));
        }
        Err(fault) => found.push(broken(fault, logs)),
    }
    found.push(copies(paths));
    found
}

fn broken(fault: Fault, cure: &str) -> Finding {
    let cure = fault.hint.unwrap_or_else(|| cure.to_owned());
    finding("database", Verdict::Broken, fault.message).cure(cure)
}

/// No daemon can be had: what is there is looked at in this process, under the owner's lock.
fn without_daemon(paths: &Paths) -> Vec<Finding> {
    if !paths.database().is_file() {
        return Vec::new();
    }
    let mut found = match offline::check(paths) {
        Ok(check) => stored(&check, paths),
        Err(fault) if fault.code == "owned" => {
            let cure =
                "if it hangs, end that process yourself; its lock falls with it, and nothing acknowledged is lost";
            vec![finding("lock", Verdict::Broken, format!("{} and does not answer", fault.message)).cure(cure)]
        }
        Err(fault) => vec![broken(fault, "look at `quipu logs`")],
    };
    found.push(copies(paths));
    found
}

fn lock(paths: &Paths, health: &Health) -> Finding {
    let card = owner::read(&paths.owner_lock());
    if start::is_owned(paths) && card.as_ref().is_some_and(|card| card.pid == health.pid) {
        let found = format!("process {} holds owner.lock and listens at {}", health.pid, paths.socket.display());
        return finding("lock", Verdict::Good, found);
    }
    finding("lock", Verdict::Broken, format!("process {} answers and does not hold owner.lock", health.pid))
        .cure("`quipu down`; the next command starts a daemon that holds it")
}

fn http(view: &HttpView) -> Finding {
    match (&view.url, &view.problem) {
        (Some(url), _) => finding("http", Verdict::Good, format!("served at {url}, to who has the token")),
        (None, problem) => {
            let found = format!("wanted, and not served: {}", problem.as_deref().unwrap_or("nobody says why"));
            finding("http", Verdict::Weak, found).cure("`quipu http off`, or `quipu config set http.port 0`")
        }
    }
}

fn epoch(check: &CheckReply, health: &Health) -> Finding {
    // Of a damaged database the number may be what is damaged, and nothing is written by it.
    if check.epoch == health.epoch || check.damage.is_some() {
        return finding("epoch", Verdict::Good, format!("{} owners so far", check.epoch));
    }
    let found = format!("the database counts {} owners, the daemon is number {}", check.epoch, health.epoch);
    finding("epoch", Verdict::Broken, found).cure("`quipu down`; the next command starts an owner of this database")
}

/// What a whole look has found.
fn stored(check: &CheckReply, paths: &Paths) -> Vec<Finding> {
    let mut found = vec![database(check, paths), schema(check)];
    found.push(text(check));
    found.push(vectors(check));
    if check.wal_bytes > LARGE_WAL {
        let text = format!("its size is {}", bytes(check.wal_bytes));
        let cure = "another program may hold the database open; `quipu down` empties it";
        found.push(finding("wal", Verdict::Weak, text).cure(cure));
    }
    found
}

fn database(check: &CheckReply, paths: &Paths) -> Finding {
    let (size, chunks) = (bytes(check.database_bytes), check.chunks);
    let Some(what) = check.integrity.first().or(check.damage.as_ref()) else {
        return finding("database", Verdict::Good, format!("{size}, {chunks} chunks, every page is whole"));
    };
    let cure = offline::newest_backup(paths).map_or_else(
        || {
            "there is no backup: `quipu export markdown DIR --all` takes out what is whole, `quipu restore FILE --stop` \
             takes a copy that you have elsewhere"
                .to_owned()
        },
        |copy| format!("`quipu restore '{}' --stop` puts the newest backup in its place", copy.display()),
    );
    let found = format!("it is damaged ({what}): nothing is written to it any more, what is whole is still read");
    finding("database", Verdict::Broken, found).cure(cure)
}

fn schema(check: &CheckReply) -> Finding {
    let (found, known) = (check.schema, check.schema_known);
    if found > known {
        let text = format!("the database has schema {found}, this quipu knows {known}");
        return finding("schema", Verdict::Broken, text).cure("install the newer quipu again, or restore a backup");
    }
    finding("schema", Verdict::Good, format!("{found} of {known}"))
}

fn text(check: &CheckReply) -> Finding {
    let cure = "`quipu doctor --fix` makes it anew from the rows while searches go on";
    let Some(lacking) = &check.without_text else {
        let found = "it could not be compared with the rows";
        return finding("text", Verdict::Weak, found).cure("mend the database first, or `quipu down` if that is whole");
    };
    if lacking.count + check.without_row > 0 {
        let extra = match check.without_row {
            0 => String::new(),
            n => format!(", and it holds {n} chunks that are in no row"),
        };
        let found =
            format!("the text index lacks {} of {} chunks{}{extra}", lacking.count, check.chunks, first(lacking));
        return finding("text", Verdict::Broken, found).cure(cure).remedy(Remedy::Text);
    }
    match &check.rebuilding {
        Some(rebuilding) => {
            let found = format!("the text index is being made, {} of {} chunks", rebuilding.at, rebuilding.of);
            finding("text", Verdict::Weak, found).cure("wait: searches go on and say so")
        }
        None => finding("text", Verdict::Good, "every chunk can be found by its words"),
    }
}

fn vectors(check: &CheckReply) -> Finding {
    match &check.without_vector {
        None => finding("vectors", Verdict::Weak, "they could not be compared with the rows")
            .cure("mend the database first"),
        Some(lacking) if lacking.count > 0 => {
            let found = format!("{} of {} chunks have no vector{}", lacking.count, check.chunks, first(lacking));
            let cure = "`quipu doctor --fix` makes those that are missing";
            finding("vectors", Verdict::Weak, found).cure(cure).remedy(Remedy::Vectors)
        }
        Some(_) => finding("vectors", Verdict::Good, "every chunk can be found by what it means"),
    }
}

fn first(lacking: &LackingView) -> String {
    if lacking.first.is_empty() { String::new() } else { format!(" (first of {})", lacking.first.join(", ")) }
}

fn copies(paths: &Paths) -> Finding {
    match offline::newest_backup(paths) {
        Some(copy) => finding("backup", Verdict::Good, format!("the newest is {}", copy.display())),
        None => finding("backup", Verdict::Good, "none yet; `quipu backup` makes one"),
    }
}
