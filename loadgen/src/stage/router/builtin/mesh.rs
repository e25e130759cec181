//! The routers: what becomes of a request, from its arrival to its answer.
//!
//! The rules are the simulator's, which are Heroku's: the app's state decides first, then the
//! balancer; a full backlog is H11; a dyno that refuses is left alone for `quarantine`, and the request
//! is handed to another one, `dispatches` times at most (H21, or H19 where there was no connection);
//! without an answer within `first-byte` it is H12, and the dyno works on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response};
use sim::balance::Outcome;
use sim::metrics::Cause;
use sim::platform::{AppId, Placement};
use sim::time::{SimTime, Span};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::super::super::counts::RouterCounts;
use super::super::super::fleet::News;
use super::super::super::paths::Paths;
use super::super::super::time::Time;
use super::super::Setting;
use super::pool::{Place, Pool, Wait};
use super::upstream::{Trouble, Upstream};

/// The first wait of a request that found no dyno; it grows by as much each time.
const LOOK_AGAIN: Span = Span::from_millis(100);

/// All routers of the mesh.
pub(super) struct Mesh {
    paths: Paths,
    /// By router and app.
    pools: Vec<Vec<Mutex<Pool>>>,
    /// By app and dyno.
    upstreams: Vec<Vec<Upstream>>,
    time: Time,
    settings: Settings,
    counts: Counters,
}

struct Settings {
    first_byte: Duration,
    quarantine: Span,
    dispatches: u32,
    boot_wait: Span,
    quarantine_wait: Span,
}

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    answered: AtomicU64,
    dispatches: AtomicU64,
    causes: Mutex<BTreeMap<Cause, u64>>,
}

/// How far a request has come.
struct Way {
    row: usize,
    app: usize,
    key: u64,
    dispatches: u32,
    /// How often it looked again.
    holds: u64,
    booted: Span,
    held: Span,
}

impl Mesh {
    /// The routers of a platform, before any news.
    pub fn new(setting: &Setting<'_>) -> Mesh {
        let (platform, fleet) = (setting.platform, setting.fleet);
        let mesh = &platform.mesh;
        let mut placement = Placement::new(&platform.apps, &platform.hosts);
        let weights: Vec<Vec<f64>> = fleet
            .apps
            .iter()
            .enumerate()
            .map(|(app, found)| {
                let slots = 0..found.dynos.len() as u32;
                slots.map(|slot| placement.spot(AppId(app as u32), slot).weight).collect()
            })
            .collect();
        let pool = |row: u32, app: usize| {
            let name = &platform.apps[app].name;
            Mutex::new(Pool::new(mesh, name, &weights[app], row, setting.seed))
        };
        let apps = platform.apps.len();
        let row = |row: u32| (0..apps).map(|app| pool(row, app)).collect();
        // A connection to a dyno has two files in this process.
        let most = (setting.files / 4).saturating_sub(64).max(16) as usize;
        let places = Arc::new(Semaphore::new(most));
        let dynos = fleet.apps.iter().map(|app| app.dynos.len()).sum::<usize>();
        let most_idle = (most / 2 / dynos.max(1)).clamp(1, 256);
        let connect = mesh.connect.span();
        let upstream = |address| Upstream::new(address, connect, Arc::clone(&places), most_idle);
        let upstreams = |app: &super::super::super::fleet::AppFleet| {
            app.dynos.iter().map(|dyno| upstream(dyno.address)).collect()
        };
        Mesh {
            paths: Paths::new(platform),
            pools: (0..mesh.rows()).map(row).collect(),
            upstreams: fleet.apps.iter().map(upstreams).collect(),
            time: fleet.time.clone(),
            settings: Settings {
                first_byte: Duration::from_nanos(mesh.first_byte.span().nanos()),
                quarantine: mesh.quarantine,
                dispatches: mesh.dispatches,
                boot_wait: mesh.boot_wait.span(),
                quarantine_wait: mesh.quarantine_wait.span(),
            },
            counts: Counters::default(),
        }
    }

    /// How many routers there are.
    pub fn rows(&self) -> usize {
        self.pools.len()
    }

    /// Every router hears of a dyno.
    pub fn hear(&self, news: News) {
        let now = self.time.now();
        for row in &self.pools {
            lock(&row[news.app]).hear(news, now);
        }
        if !news.up {
            self.upstreams[news.app][news.dyno as usize].forget();
        }
    }

    /// What they have counted, all together.
    pub fn counts(&self) -> RouterCounts {
        let counts = &self.counts;
        RouterCounts {
            requests: counts.requests.load(Ordering::Relaxed),
            answered: counts.answered.load(Ordering::Relaxed),
            dispatches: counts.dispatches.load(Ordering::Relaxed),
            causes: counts.causes.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            log: String::new(),
        }
    }

    /// Brings a request to its end by way of router number `row`.
    pub async fn route(
        self: Arc<Mesh>,
        row: usize,
        key: u64,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Cause> {
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        let app = self.paths.app(request.uri().path());
        let (booted, held) = (Span::ZERO, Span::ZERO);
        let way = Way { row, app, key, dispatches: 0, holds: 0, booted, held };
        let answer = self.bring(way, request).await;
        match &answer {
            Ok(_) => {
                self.counts.answered.fetch_add(1, Ordering::Relaxed);
            }
            Err(cause) => {
                let mut causes = self.counts.causes.lock().unwrap_or_else(PoisonError::into_inner);
                *causes.entry(*cause).or_default() += 1;
            }
        }
        answer
    }

    async fn bring(
        self: &Arc<Mesh>,
        mut way: Way,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Cause> {
        loop {
            let dyno = self.place(&mut way).await?;
            let sent = self.time.now();
            way.dispatches += 1;
            self.counts.dispatches.fetch_add(1, Ordering::Relaxed);
            let upstream = &self.upstreams[way.app][dyno as usize];
            let exchange = upstream.exchange(request.clone().map(Full::new));
            let result = timeout(self.settings.first_byte, exchange).await;
            let (outcome, trouble) = match &result {
                Ok(Ok(answer)) if answer.status().is_server_error() => (Outcome::Failure, None),
                Ok(Ok(_)) => (Outcome::Success, None),
                Ok(Err(trouble)) => (Outcome::Failure, Some(*trouble)),
                Err(_) => (Outcome::Failure, None),
            };
            let refuses = matches!(trouble, Some(Trouble::Refused | Trouble::NoConnection));
            if refuses {
                self.quarantine(way.row, way.app, dyno);
            }
            let dynos = self.left(&way, dyno, outcome, sent);
            let cause = match (result, trouble) {
                (Err(_), _) => return Err(Cause::H12),
                (Ok(Ok(answer)), _) => return Ok(answer),
                (_, Some(Trouble::Lost)) => return Err(Cause::H13),
                (_, Some(Trouble::NoConnection)) => Cause::H19,
                (_, _) => Cause::H21,
            };
            if way.dispatches >= self.settings.dispatches.min(dynos.max(1)) {
                return Err(cause);
            }
        }
    }

    /// Counts a request that has left a dyno. Gives how many dynos are routed to.
    fn left(&self, way: &Way, dyno: u32, outcome: Outcome, sent: SimTime) -> u32 {
        let mut pool = lock(&self.pools[way.row][way.app]);
        let now = self.time.now();
        pool.ended(dyno, outcome, now.since(sent), now);
        pool.dynos()
    }

    /// Finds a request a dyno, where it is counted then.
    async fn place(&self, way: &mut Way) -> Result<u32, Cause> {
        let pool = &self.pools[way.row][way.app];
        loop {
            let place = lock(pool).offer(self.time.now(), way.key);
            match place {
                Place::Dyno(dyno) => return Ok(dyno),
                Place::Answer(cause) => return Err(cause),
                Place::Queue(dyno) => {
                    // An error: the app went down meanwhile, which the next offer tells.
                    if let Ok(dyno) = dyno.await {
                        return Ok(dyno);
                    }
                }
                Place::Wait(what) => {
                    let wait = self.wait(way, what);
                    if let Ok(wait) = wait {
                        self.time.sleep(wait).await;
                    }
                    lock(pool).waited();
                    wait?;
                }
            }
        }
    }

    /// How long a request waits before it looks again; or that it has waited long enough.
    fn wait(&self, way: &mut Way, what: Wait) -> Result<Span, Cause> {
        match what {
            Wait::Boot => {
                way.booted += LOOK_AGAIN;
                let over = way.booted > self.settings.boot_wait;
                if over { Err(Cause::H20) } else { Ok(LOOK_AGAIN) }
            }
            Wait::Quarantine => {
                way.holds += 1;
                let wait = (LOOK_AGAIN * way.holds).min(self.settings.quarantine);
                way.held += wait;
                let over = way.held > self.settings.quarantine_wait;
                if over { Err(Cause::H99) } else { Ok(wait) }
            }
        }
    }

    /// A router leaves a dyno alone for a while.
    fn quarantine(self: &Arc<Mesh>, row: usize, app: usize, dyno: u32) {
        let until = self.time.now() + self.settings.quarantine;
        lock(&self.pools[row][app]).quarantine(dyno, until);
        let mesh = Arc::clone(self);
        tokio::spawn(async move {
            mesh.time.until(until).await;
            lock(&mesh.pools[row][app]).release(mesh.time.now());
        });
    }
}

fn lock(pool: &Mutex<Pool>) -> MutexGuard<'_, Pool> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}
