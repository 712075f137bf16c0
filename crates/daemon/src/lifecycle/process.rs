//! One daemon process: serves as the owner, or stands by until it is one; starts the parts in order and ends them in order.
//! It must not know operations.
//! Invariant: on SIGTERM nothing new is accepted, what was acknowledged is finished, and the process ends within a second.

use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use quipu_core::fault_point::{FaultPoint, pass};
use quipu_core::id::Millis;
use quipu_protocol::PROTOCOL;
use quipu_protocol::config::keys;
use quipu_protocol::env::{self, Env};
use quipu_protocol::fault::{Fault, FaultKind};
use quipu_protocol::owner::Owner;
use quipu_protocol::paths::Paths;
use quipu_protocol::spool::make_private_dir;
use quipu_store::Engine;
use tokio::runtime::Runtime;

use super::listen::{bind, remove_own_socket};
use super::lock::{OwnerLock, Refusal};
use super::ready::{self, Ready};
use super::{log, start, store, succession};
use crate::doors;
use crate::doors::front::{Front, Now};
use crate::doors::standby::Standby;
use crate::jobs::{Jobs, ingest::Ingest};
use crate::service::{Ending, Service};
use crate::settings::Settings;

/// What is left of requests gets this long after a stop was asked for.
const DRAIN: Duration = Duration::from_millis(400);

/// How a start went.
pub(super) enum Started {
    /// Served and stopped.
    Done,
    /// Another process holds the lock.
    Other(Option<Owner>),
}

/// One daemon process, first as a standby perhaps, then as the owner.
pub(super) struct Process<'e> {
    pub(super) env: &'e Env,
    pub(super) paths: Paths,
    pub(super) ending: Ending,
    pub(super) settings: Arc<Settings>,
    pub(super) runtime: Option<Runtime>,
}

impl Process<'_> {
    /// Serves as the owner until the end.
    pub(super) fn own(
        &mut self,
        mut lock: OwnerLock,
        front: Option<Arc<Front>>,
        report: &mut Option<UnixStream>,
    ) -> Result<(), Fault> {
        pass(FaultPoint::LockTaken);
        let engine = Arc::new(store::open(&self.paths, &lock, store::Length::Daemon)?);
        let listener = bind(&self.paths.socket, "new")?;
        pass(FaultPoint::SocketBound);
        let owner = self.card(&self.paths.socket, engine.epoch(), lock.inode());
        let ingest = Arc::new(Ingest::new(engine.clone(), self.settings.clone(), now));
        let (place, ending) = (self.place(), self.ending.clone());
        let service = Arc::new(Service::new(engine.clone(), ingest.clone(), place, now, owner.epoch, ending));
        // Who was asked as a standby answers as the owner before the card leads anybody here.
        let front = match front {
            Some(front) => {
                front.promote(service.clone());
                front
            }
            None => Arc::new(Front::new(Now::Owner(service.clone()), self.ending.clone(), self.threads())),
        };
        let on_signal = self.on_signal()?;
        lock.write_card(&owner).map_err(|e| start::no_data_dir(&self.paths.data, &e))?;
        pass(FaultPoint::CardWritten);
        let (version, pid, epoch) = (&owner.version, owner.pid, owner.epoch);
        tracing::info!(version, pid, epoch, socket = %self.paths.socket.display(), "owner");
        let jobs = Jobs::start(service.clone(), ingest);
        ready::report(report.take(), &Ready::Listening(owner));

        self.runtime()?.block_on(async {
            tokio::spawn(on_signal);
            tokio::spawn(service.clone().watch());
            tokio::spawn(service.clone().watch_presence());
            let loopback = tokio::spawn(doors::loopback::follow(front.clone(), service.clone(), DRAIN));
            doors::socket::serve(listener, front, DRAIN).await;
            // It ends by the same word, within the same time.
            let _ = loopback.await;
        });
        // From here on: what was acknowledged is on disk; what is queued is finished by `close`.
        jobs.stop();
        service.embedder().close();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_millis(100));
        }
        engine.close();
        remove_own_socket(&self.paths.socket, &service);
        tracing::info!(reason = self.ending.reason(), "stopped");
        // It falls with the process: whoever waits for the lock finds this process gone, and all its files closed.
        std::mem::forget(lock);
        Ok(())
    }

    /// Hands on what it is asked, until the lock is free.
    pub(super) fn stand_by(&mut self, report: &mut Option<UnixStream>) -> Result<Started, Fault> {
        let socket = self.paths.standby_socket();
        let Some(place) = self.standby_place(&socket)? else {
            let other = quipu_protocol::owner::read(&self.paths.owner_lock());
            return Ok(Started::Other(other.map(|owner| Owner { socket, ..owner })));
        };
        log::start(&self.paths.daemon_log()).map_err(|e| start::no_data_dir(&self.paths.log, &e))?;
        let standby = Arc::new(Standby::new(self.place(), self.ending.clone(), now));
        let front = Arc::new(Front::new(Now::Standby(standby.clone()), self.ending.clone(), self.threads()));
        let listener = bind(&socket, "next")?;
        let on_signal = self.on_signal()?;
        tracing::info!(pid = std::process::id(), socket = %socket.display(), "standby");
        ready::report(report.take(), &Ready::Listening(self.card(&socket, 0, 0)));

        let (settings, ending, lock_path) = (self.settings.clone(), self.ending.clone(), self.paths.owner_lock());
        let serving = front.clone();
        let lock = self.runtime()?.block_on(async {
            tokio::spawn(on_signal);
            let door = tokio::spawn(doors::socket::serve(listener, serving, DRAIN));
            let quiet = async {
                while standby.quiet() < settings.user().config.time(keys::IDLE) {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            };
            tokio::select! {
                lock = succession::wait(&lock_path) => return Some(lock),
                () = quiet => ending.stop("idle"),
                () = ending.stopped() => {}
            }
            // Requests in flight get their time.
            let _ = door.await;
            None
        });
        let ended = match lock {
            Some(lock) => {
                tracing::info!("the lock is free: this standby takes over");
                self.own(lock, Some(front), report)
            }
            None => {
                tracing::info!(reason = self.ending.reason(), "stopped");
                Ok(())
            }
        };
        let _ = std::fs::remove_file(&socket);
        drop(place);
        ended.map(|()| Started::Done)
    }

    /// The lock of the one standby that listens here; `None` while another does.
    fn standby_place(&self, socket: &Path) -> Result<Option<OwnerLock>, Fault> {
        if let Some(dir) = socket.parent() {
            make_private_dir(dir).map_err(|e| start::no_data_dir(dir, &e))?;
        }
        match OwnerLock::take(&socket.with_extension("wait")) {
            Ok(place) => Ok(Some(place)),
            Err(Refusal::Held) => Ok(None),
            Err(Refusal::Io(error)) => Err(start::no_data_dir(&self.paths.data, &error)),
        }
    }

    /// Where it is and what it goes by.
    fn place(&self) -> (Paths, Env, Arc<Settings>) {
        (self.paths.clone(), self.env.clone(), self.settings.clone())
    }

    fn card(&self, socket: &Path, epoch: u64, inode: u64) -> Owner {
        let (pid, version) = (std::process::id(), env::version());
        Owner { socket: socket.to_owned(), pid, epoch, version, protocol: PROTOCOL, inode }
    }

    /// Operations that run at once.
    fn threads(&self) -> usize {
        self.settings.user().config.number(keys::THREADS)
    }

    /// Catches from now on what ends a daemon from outside; what comes of it is for the runtime to go on with.
    fn on_signal(&mut self) -> Result<impl Future<Output = ()> + Send + use<>, Fault> {
        let ending = self.ending.clone();
        let _inside = self.runtime()?.enter();
        Ok(doors::socket::stop_on_signal(ending))
    }

    fn runtime(&mut self) -> Result<&Runtime, Fault> {
        if self.runtime.is_none() {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .max_blocking_threads(self.threads())
                .enable_all()
                .build()
                .map_err(|e| Fault::new(FaultKind::Internal, "runtime", e.to_string()))?;
            self.runtime = Some(runtime);
        }
        self.runtime.as_ref().ok_or_else(|| Fault::new(FaultKind::Internal, "runtime", "there is none"))
    }
}

/// The clock of the daemon.
pub(super) fn now() -> Millis {
    Millis(jiff::Timestamp::now().as_millisecond())
}
