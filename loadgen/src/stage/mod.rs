//! A staging platform in a box: the scenario's dynos as real HTTP servers on loopback, behind a router.
//!
//! `Staging::start` sets it up, `begin` starts the scenario's events, `stop` takes it down and tells
//! what it counted. It is for trying things out where there is no platform to try them on: dynos sleep
//! for their work, and nothing here is reachable from other machines. What it leaves out of a scenario
//! is told by `warnings`.
//!
//! To add a router: see `router`. A process model is the simulator's and needs nothing here.

mod counts;
mod dyno;
mod error;
mod events;
mod files;
mod fleet;
mod paths;
mod router;
mod tell;
mod time;

pub use counts::{Counts, DynoCounts, RouterCounts};
pub use error::Error;
pub use router::{ROUTERS, RouterKind};

use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use sim::load::{Target, Watch};
use sim::platform::{Platform, Scheduled};
use sim::rng::Seed;
use sim::time::SimTime;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use self::error::system;
use self::events::Events;
use self::fleet::Fleet;
use self::paths::Paths;
use self::router::{Router, Setting};
use self::time::Time;
use crate::clock::{Clock, Sleeper};

/// More threads than this do not help: each request costs microseconds.
const MOST_THREADS: usize = 4;
/// Files that a stage needs beside those of its dynos and connections.
const OWN_FILES: u64 = 128;

/// A platform on loopback. It is taken down when it is dropped.
#[derive(Debug)]
pub struct Staging {
    // In the order in which they are to go: first who sends, then who serves.
    events: Mutex<Option<JoinHandle<()>>>,
    router: Arc<dyn Router>,
    scheduled: Vec<Scheduled>,
    warnings: Vec<String>,
    fleet: Arc<Fleet>,
    /// Nothing only while it is dropped.
    runtime: Option<Runtime>,
}

impl Staging {
    /// Sets up the dynos of a platform, all of them up, and a router before them. It has threads of
    /// its own, so it may be called from anywhere; it waits for a program that must be started.
    ///
    /// # Errors
    ///
    /// When the router cannot do what the scenario says or is not installed, and when this machine
    /// has not enough ports or files.
    pub fn start(platform: &Platform, seed: Seed, kind: &RouterKind) -> Result<Staging, Error> {
        Paths::check(platform)?;
        let files = files::limit();
        let most = |app| events::most_dynos(platform, app);
        let dynos: u64 = (0..platform.apps.len()).map(|app| u64::from(most(app))).sum();
        let needed = 4 * dynos + OWN_FILES;
        if needed > files {
            return Err(Error::Files { needed, limit: files });
        }
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.min(MOST_THREADS))
            .thread_name("stage")
            .enable_all()
            .build()
            .map_err(system("start the stage's threads"))?;
        let sleeper = Sleeper::start().map_err(system("start the stage's threads"))?;
        let time = Time { clock: Clock::starting(Instant::now()), sleeper };
        let fleet =
            Fleet::new(platform, seed, time, most).map_err(system("find ports for dynos"))?;
        let fleet = Arc::new(fleet);
        let entered = runtime.enter();
        for dyno in fleet.apps.iter().flat_map(|app| &app.dynos) {
            dyno.drive();
        }
        let handle = runtime.handle();
        // The files that the dynos have taken are the router's no more.
        let files = files - 2 * dynos;
        let setting = Setting { platform, seed, fleet: &fleet, handle, files };
        let router = setting.start(kind)?;
        fleet.tell(Arc::clone(&router));
        fleet.begin(fleet.time.now()).map_err(system("let dynos listen"))?;
        drop(entered);
        let mut warnings = events::warnings(platform);
        warnings.extend(kind.warnings(platform));
        let scheduled = platform.events.clone();
        let (events, runtime) = (Mutex::new(None), Some(runtime));
        Ok(Staging { events, router, scheduled, warnings, fleet, runtime })
    }

    /// Where requests go.
    pub fn target(&self) -> Target {
        let address = self.address();
        let host = address.ip().to_string();
        Target { tls: false, host, port: address.port(), base: String::new() }
    }

    /// The same as an address.
    pub fn address(&self) -> SocketAddr {
        self.router.target()
    }

    /// Where each dyno of an app listens, past the router; the app is given by its place in the
    /// platform.
    pub fn dynos(&self, app: usize) -> Vec<SocketAddr> {
        self.fleet.apps[app].dynos.iter().map(|dyno| dyno.address).collect()
    }

    /// The most connections of clients that it holds at once.
    pub fn most_connections(&self) -> u64 {
        self.router.most_connections()
    }

    /// What it leaves out of the scenario, a sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Where the router tells of itself, if it does.
    pub fn watch(&self) -> Option<Watch> {
        self.router.watch()
    }

    /// The process of a router that is a program.
    pub fn router_process(&self) -> Option<u32> {
        self.router.process()
    }

    /// Fails when the router is no longer there.
    ///
    /// # Errors
    ///
    /// When its program has ended.
    pub fn check(&self) -> Result<(), Error> {
        self.router.check()
    }

    /// The measured time begins then: the scenario's events happen from there on. What earlier ones
    /// did is mended at once, and every app has the dynos that it has at the start.
    ///
    /// # Errors
    ///
    /// When a dyno that was off cannot listen.
    pub fn begin(&self, at: Instant) -> Result<(), Error> {
        let at = SimTime::from_nanos(self.fleet.time.clock.at(at).nanos());
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(earlier) = events.take() {
            earlier.abort();
        }
        let runtime = self.runtime.as_ref().expect("the runtime lives as long as the stage");
        let _entered = runtime.enter();
        self.fleet.begin(at).map_err(system("let dynos listen"))?;
        let happening = Events::new(Arc::clone(&self.fleet), self.scheduled.clone());
        *events = Some(runtime.spawn(happening.run(at)));
        Ok(())
    }

    /// What it has counted so far.
    pub fn counts(&self) -> Counts {
        Counts { dynos: self.fleet.counts(), router: self.router.counts() }
    }

    /// Takes it down and tells what it counted.
    pub fn stop(self) -> Counts {
        self.counts()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.router.close();
        if let Some(runtime) = self.runtime.take() {
            // A program ends at once; our own tasks are not waited for: this may be called from another runtime, where waiting is forbidden.
            runtime.shutdown_background();
        }
    }
}
