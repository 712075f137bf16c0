//! The operations, one file each: every door calls these and nothing else.
//! It must not know HTTP, JSON shapes beyond the wire types, SQL or the terminal.
//! Invariant: a rule found in a door moves here.

mod announce;
mod aside;
mod backup;
mod bring;
mod check;
mod confirm;
mod context;
mod delivery;
mod embed;
mod events;
mod export;
mod fault;
mod feed;
mod forget;
mod get;
mod handle;
mod history;
mod hook;
mod hush;
mod import;
mod index;
mod lease;
mod levels;
mod lifecycle;
mod link;
mod mail;
mod mirror;
mod pages;
mod pause;
mod presence;
mod projects;
mod rebuild;
mod redact;
mod refused;
mod role;
mod safe;
mod save;
mod scopes;
mod search;
mod show;
mod shutdown;
mod status;
mod timeline;
mod together;
mod update;
mod usage;
mod view;
mod why;
mod work;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use quipu_core::change::Refusal;
use quipu_core::id::Millis;
use quipu_core::kind::Kind;
use quipu_core::memory::ProjectKey;
use quipu_core::standing::Importance;
use quipu_protocol::env::Env;
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::paths::Paths;
use quipu_protocol::wire::daemon::{HttpView, StatsReply};
use quipu_protocol::wire::search::ScopeParams;
use quipu_store::Engine;
use quipu_store::agents::DeliveryPause;
use quipu_store::read::{PauseSpan, Scope};
use quipu_store::write::Applied;

use crate::jobs::beats::Beats;
use crate::jobs::embedder::{self, Embedder};
use crate::jobs::ingest::Ingest;
use crate::places;
use crate::settings::Settings;

pub(crate) use backup::{backup, backups, stamp, view_of_copy};
pub(crate) use bring::bring;
pub(crate) use check::{check, view_of_check};
pub(crate) use context::context;
pub(crate) use delivery::{pause_delivery, resume_delivery};
pub(crate) use embed::embed;
pub(crate) use events::feed as kept_feed;
pub(crate) use export::{export, records};
pub(crate) use fault::{draining, fault_of};
pub(crate) use feed::{Event, Feed, From};
pub(crate) use forget::{forget, forgotten, go_on};
pub(crate) use get::{Found, get, one};
pub(crate) use handle::Handle;
pub(crate) use history::history;
pub(crate) use hook::{apply_spooled, hook, without_tool_output};
pub(crate) use hush::{hush, hushed};
pub(crate) use import::import;
pub(crate) use index::{index, index_progress, index_settled};
pub(crate) use lease::{Answer, By, Keeper, Later, acquire, check as check_lease, hold, leases, release, renew};
pub(crate) use lifecycle::Ending;
pub(crate) use link::link;
pub(crate) use mail::{ack, inbox, send, sent, shown as mail_shown, thread, unread};
pub(crate) use mirror::{Stand, add_mirror, mirrors, remove_mirror, stand, sync, sync_mirrors};
pub(crate) use pause::{pause, resume};
pub(crate) use presence::{GoesOn, Held, agents, declare as declare_task, others};
pub(crate) use projects::{merge_projects, projects};
pub(crate) use rebuild::{rebuild, rebuilding};
pub(crate) use redact::{redact, scan as redact_scan};
pub(crate) use role::{give_role, roles, take_role};
pub(crate) use save::save;
use save::spooled_note;
pub(crate) use scopes::Who;
pub(crate) use search::search;
pub(crate) use show::show;
pub(crate) use shutdown::shutdown;
pub(crate) use status::{blank_health, config, counted, health, setting, skipped, stats};
pub(crate) use timeline::timeline;
pub(crate) use together::{aggregate, merge, undo};
pub(crate) use update::{only_at, update, update_by};
pub(crate) use usage::usage;
pub(crate) use why::{shown, why};
pub(crate) use work::work;

/// What the operations work on.
pub(crate) struct Service {
    engine: Arc<dyn Engine>,
    ingest: Arc<Ingest>,
    embedder: Arc<Embedder>,
    paths: Paths,
    env: Env,
    settings: Arc<Settings>,
    clock: fn() -> Millis,
    epoch: u64,
    started: Instant,
    /// When a client was last served, UTC ms.
    used: AtomicI64,
    ending: Ending,
    /// The socket as it was bound a moment before.
    socket: Option<lifecycle::FileId>,
    version: String,
    /// What it is while the process does not end.
    standing: &'static str,
    /// Pauses, read again after each change: hooks ask at every event.
    pauses: Mutex<Option<Arc<Vec<PauseSpan>>>>,
    /// Pauses of delivery, read again after each change.
    delivery: Mutex<Option<Arc<Vec<DeliveryPause>>>>,
    /// Who is here.
    presence: presence::Table,
    /// What was said of files to whom.
    told: Mutex<hook::Told>,
    /// Who may have a message to come.
    awaited: mail::Awaited,
    /// How it is with HTTP over loopback, where that is wanted.
    http: Mutex<Option<HttpView>>,
    feed: Arc<Feed>,
    /// What was told to those who follow.
    levels: Mutex<levels::Levels>,
    mirrors: mirror::Mirrors,
    keeper: Arc<Keeper>,
    warned: hook::Warned,
    unprinted: hook::Unprinted,
    /// Counts of what is stored, with when they were made.
    counted: Mutex<Option<(Instant, Arc<StatsReply>)>>,
}

impl Service {
    pub(crate) fn new(
        engine: Arc<dyn Engine>,
        ingest: Arc<Ingest>,
        (paths, env, settings): (Paths, Env, Arc<Settings>),
        clock: fn() -> Millis,
        epoch: u64,
        ending: Ending,
    ) -> Self {
        let used = AtomicI64::new(clock().0);
        let (pauses, told) = (Mutex::new(None), Mutex::default());
        let (started, version) = (Instant::now(), quipu_protocol::env::version());
        let embedder = Arc::new(Embedder::new(embedder::bundled()));
        let socket = lifecycle::file_id(&paths.socket);
        let keeper = Arc::new(Keeper::new(engine.clone(), clock));
        // Where the rows cannot be read nothing is written either.
        let newest = engine.feed_bounds().map_or(0, |bounds| bounds.newest);
        let feed = Arc::new(Feed::new(epoch, newest));
        let followed = feed.clone();
        engine.follow(Box::new(move |changes| followed.committed(changes)));
        let service = Self {
            engine,
            ingest,
            embedder,
            paths,
            env,
            settings,
            clock,
            epoch,
            started,
            used,
            ending,
            socket,
            version,
            standing: "owner",
            pauses,
            delivery: Mutex::new(None),
            presence: presence::Table::default(),
            told,
            awaited: mail::Awaited::default(),
            http: Mutex::new(None),
            feed,
            levels: Mutex::default(),
            mirrors: mirror::Mirrors::default(),
            keeper,
            warned: hook::Warned::default(),
            unprinted: hook::Unprinted::default(),
            counted: Mutex::new(None),
        };
        service.recall_presence();
        service
    }

    /// The same over rows that another process owns.
    pub(crate) fn beside_the_owner(self) -> Self {
        Self { standing: "standby", ..self }
    }

    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// What is set.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// What happens.
    pub(crate) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Which owner of the data directory it serves for.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Notes how it is with HTTP over loopback; none where it is not wanted.
    pub(crate) fn tell_http(&self, view: Option<HttpView>) {
        *self.http.lock().unwrap_or_else(PoisonError::into_inner) = view;
    }

    /// How it is with HTTP.
    fn http(&self) -> Option<HttpView> {
        self.http.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When each job last moved on.
    pub(crate) fn beats(&self) -> &Beats {
        self.ingest.beats()
    }

    /// Whether the process ends.
    pub(crate) fn ending(&self) -> &Ending {
        &self.ending
    }

    /// The embedder.
    pub(crate) fn embedder(&self) -> &Embedder {
        &self.embedder
    }

    /// Notes that a client was here, so that the daemon does not end as idle.
    pub(crate) fn touch(&self) {
        self.used.store(self.now().0, Ordering::Relaxed);
    }

    fn now(&self) -> Millis {
        (self.clock)()
    }

    /// `owner` or `standby`, `readonly` on a damaged database, or `draining` once a stop was asked for.
    pub(crate) fn mode(&self) -> &'static str {
        if self.ending.is_near() {
            "draining"
        } else if self.engine.damage().is_some() {
            "readonly"
        } else {
            self.standing
        }
    }

    /// Refuses where nothing is written any more, before any work.
    pub(crate) fn writable(&self) -> Result<(), Fault> {
        self.engine.writable().map_err(fault_of)
    }

    /// The project of a directory, following merges.
    fn project_of(&self, directory: &str) -> Result<ProjectKey, Fault> {
        let key = places::project_of(directory, |key| self.engine.project(key).is_ok_and(|p| p.is_some()));
        Ok(self.engine.project(&key).map_err(fault_of)?.unwrap_or(key))
    }

    /// The project that a person names: by path, or by name where only one has it.
    fn project_named(&self, name: &str) -> Result<ProjectKey, Fault> {
        if name.starts_with('/') {
            return self.project_of(name);
        }
        let all = self.engine.projects().map_err(fault_of)?;
        let mut same: Vec<ProjectKey> = all.into_iter().map(|p| p.key).filter(|k| k.name() == name).collect();
        match same.len() {
            1 => Ok(same.remove(0)),
            0 => Err(Fault::new(FaultKind::Missing, "no_such_project", format!("no project is called `{name}`"))
                .hint("`quipu project list` names them all")),
            _ => {
                let paths: Vec<&str> = same.iter().map(|k| k.0.as_str()).collect();
                let message = format!("several projects are called `{name}`: {}", paths.join(", "));
                Err(Fault::new(FaultKind::Conflict, "ambiguous_project", message).hint("name one by its path"))
            }
        }
    }

    /// Whose memories are meant.
    pub(crate) fn scope(&self, params: &ScopeParams) -> Result<Scope, Fault> {
        match (params.all, &params.project, &params.cwd) {
            (true, _, _) => Ok(Scope::All),
            (false, Some(name), _) => Ok(Scope::Project(self.project_named(name)?)),
            (false, None, Some(cwd)) => Ok(Scope::Project(self.project_of(cwd)?)),
            (false, None, None) => {
                Err(Fault::new(FaultKind::Caller, "no_scope", "neither a project nor `all` was asked for")
                    .hint("give `scope.project`, `scope.cwd` or `scope.all`"))
            }
        }
    }

    /// What was said of files to whom.
    fn told(&self) -> MutexGuard<'_, hook::Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every pause, past ones too.
    fn pauses(&self) -> Result<Arc<Vec<PauseSpan>>, Fault> {
        let mut cached = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pauses) = &*cached {
            return Ok(pauses.clone());
        }
        let pauses = Arc::new(self.engine.pauses().map_err(fault_of)?);
        *cached = Some(pauses.clone());
        Ok(pauses)
    }

    fn forget_pauses(&self) {
        *self.pauses.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The id of an event has one outcome for ever: it cannot be another write's too.
fn other_write() -> Fault {
    Fault::new(FaultKind::Conflict, "event_id_taken", "this event id was another write's, and that is done")
        .hint("make a new id for each write, and give it again only with the same one")
}

/// A write was done long ago, and what it was about was forgotten since: it is neither done again nor told.
fn gone() -> Fault {
    Fault::new(FaultKind::Missing, "forgotten", "what this write was about was forgotten since")
        .hint("make a new id for a new write")
}

/// What a write counted.
fn count(applied: Applied) -> Result<u64, Fault> {
    if let Applied::Count(count) = applied { Ok(count) } else { Err(other_write()) }
}

/// Kinds by name.
fn kinds(names: &[String]) -> Result<Vec<Kind>, Fault> {
    names.iter().map(|name| kind(name)).collect()
}

/// The kind of what somebody writes; what sessions are captured as nobody writes.
fn by_hand(name: Option<&str>) -> Result<Kind, Fault> {
    let kind = name.map_or(Ok(Kind::Insight), kind)?;
    if kind.is_by_hand() { Ok(kind) } else { Err(refused::fault(&Refusal::CapturedKind(kind))) }
}

/// How much a memory matters, by number.
fn importance(number: u8) -> Result<Importance, Fault> {
    Importance::of(number).ok_or_else(|| {
        let range = Importance::RANGE;
        Fault::new(FaultKind::Caller, "bad_importance", format!("{number} is no importance")).hint(format!(
            "from {}, hardly, to {}, more than anything",
            range.start(),
            range.end()
        ))
    })
}

fn kind(name: &str) -> Result<Kind, Fault> {
    Kind::parse(name).ok_or_else(|| {
        let all: Vec<&str> = Kind::ALL.iter().map(|k| k.as_str()).collect();
        Fault::new(FaultKind::Caller, "no_such_kind", format!("`{name}` is no kind"))
            .hint(format!("kinds are: {}", all.join(", ")))
    })
}
