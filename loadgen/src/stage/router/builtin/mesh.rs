//! The routers: what becomes of a request, from its arrival to its answer.
//!
//! The rules are the simulator's, which are Heroku's: the app's state decides first, then the
//! balancer; a full backlog is H11; a dyno that refuses is left alone for `quarantine`, and the request
//! is handed to another one, `dispatches` times at most (H21, or H19 where there was no connection);
//! without an answer within `first-byte` it is H12, and the dyno works on. `waiting` finds a request its
//! dyno, `guards` turn requests away before that, `word` is what routers and dynos tell each other, and
//! `upkeep` what routers do of their own accord.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::{Request, Response};
use sim::balance::{End, Outcome};
use sim::metrics::Cause;
use sim::platform::{AppId, Placement, RouterGuards};
use sim::time::{SimTime, Span};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use super::super::super::counts::RouterCounts;
use super::super::super::dyno::{Dyno, Idle};
use super::super::super::fleet::News;
use super::super::super::paths::Paths;
use super::super::super::time::Time;
use super::super::Setting;
use super::guards::Callers;
use super::pool::Pool;
use super::queue::Wish;
use super::upstream::{Trouble, Upstream};
use super::word::Channel;

/// Most words of idle dynos that are under way at once; more are not heard.
const MOST_IDLE: usize = 4096;

/// All routers of the mesh.
pub(super) struct Mesh {
    paths: Paths,
    pub callers: Callers,
    /// By router and app.
    pub pools: Vec<Vec<Mutex<Pool>>>,
    /// By app and dyno.
    upstreams: Vec<Vec<Upstream>>,
    /// By app and dyno: whom to ask where the balancer listens.
    pub dynos: Vec<Vec<Arc<Dyno>>>,
    /// What turns requests away before all else, if anything does. Whoever holds it may take a pool,
    /// never the other way round.
    pub guards: Option<Mutex<RouterGuards>>,
    /// How routers and dynos speak, where the balancer listens.
    pub channel: Option<Channel>,
    pub time: Time,
    pub settings: Settings,
    counts: Counters,
}

/// The mesh's settings as routers use them.
pub(super) struct Settings {
    pub mesh: sim::platform::Mesh,
    first_byte: Duration,
}

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    answered: AtomicU64,
    dispatches: AtomicU64,
    causes: Mutex<BTreeMap<Cause, u64>>,
}

/// How far a request has come.
pub(super) struct Way {
    pub row: usize,
    pub app: usize,
    pub wish: Wish,
    dispatches: u32,
    /// How often it looked again.
    pub holds: u64,
    pub booted: Span,
    pub held: Span,
    /// How long it has waited in the router in all.
    pub waited: Span,
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
            Mutex::new(Pool::new(mesh, &platform.apps[app], &weights[app], row, setting.seed))
        };
        let apps = platform.apps.len();
        let row = |row: u32| (0..apps).map(|app| pool(row, app)).collect();
        // A connection to a dyno has two files in this process.
        let most = (setting.files / 4).saturating_sub(64).max(16) as usize;
        let places = Arc::new(Semaphore::new(most));
        let dynos = fleet.apps.iter().map(|app| app.dynos.len()).sum::<usize>();
        let most_idle = (most / 2 / dynos.max(1)).clamp(1, 256);
        let connect = mesh.connect.span();
        let upstream = |dyno: &Arc<Dyno>| {
            Upstream::new(Arc::clone(dyno), connect, Arc::clone(&places), most_idle)
        };
        let upstreams =
            |app: &super::super::super::fleet::AppFleet| app.dynos.iter().map(upstream).collect();
        Mesh {
            paths: Paths::new(platform),
            callers: Callers::new(platform),
            pools: (0..mesh.rows()).map(row).collect(),
            upstreams: fleet.apps.iter().map(upstreams).collect(),
            time: fleet.time.clone(),
            dynos: fleet.apps.iter().map(|app| app.dynos.clone()).collect(),
            guards: RouterGuards::new(platform, setting.seed).map(Mutex::new),
            channel: Channel::new(platform, setting.seed),
            settings: Settings {
                first_byte: Duration::from_nanos(mesh.first_byte.span().nanos()),
                mesh: mesh.clone(),
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
        wish: Wish,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Cause> {
        self.counts.requests.fetch_add(1, Ordering::Relaxed);
        let app = self.paths.app(request.uri().path());
        let answer = match self.admit(row, app, wish, request.headers()) {
            Ok(admitted) => {
                self.probe(row, app, wish.key);
                let (waited, booted, held) = (Span::ZERO, Span::ZERO, Span::ZERO);
                let way = Way { row, app, wish, dispatches: 0, holds: 0, booted, held, waited };
                let answer = self.bring(way, request).await;
                self.leave(row, app, admitted, &answer);
                answer
            }
            Err(cause) => Err(cause),
        };
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
            if way.dispatches == 0 {
                self.dispatched(&way);
            }
            let sent = self.time.now();
            way.dispatches += 1;
            self.counts.dispatches.fetch_add(1, Ordering::Relaxed);
            let upstream = &self.upstreams[way.app][dyno as usize];
            let exchange = upstream.exchange(&request);
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
            if way.dispatches >= self.settings.mesh.dispatches.min(dynos.max(1)) {
                return Err(cause);
            }
        }
    }

    /// Counts a request that has left a dyno. Gives how many dynos are routed to.
    fn left(self: &Arc<Mesh>, way: &Way, dyno: u32, outcome: Outcome, sent: SimTime) -> u32 {
        let hold = self.settings.mesh.around.errors_as_load.map(|errors| errors.hold);
        let hold = hold.filter(|_| outcome == Outcome::Failure);
        if let Some(hold) = hold {
            let (mesh, row, app) = (Arc::clone(self), way.row, way.app);
            tokio::spawn(async move {
                mesh.time.sleep(hold).await;
                lock(&mesh.pools[row][app]).forget(dyno, mesh.time.now());
            });
        }
        let mut pool = lock(&self.pools[way.row][way.app]);
        let now = self.time.now();
        pool.ended(dyno, &End { outcome, latency: now.since(sent), now }, hold.is_some());
        pool.dynos()
    }

    /// A router leaves a dyno alone for a while.
    fn quarantine(self: &Arc<Mesh>, row: usize, app: usize, dyno: u32) {
        let now = self.time.now();
        let until = now + self.settings.mesh.quarantine;
        if lock(&self.pools[row][app]).quarantine(dyno, now, until) {
            let mesh = Arc::clone(self);
            tokio::spawn(async move {
                mesh.time.until(until).await;
                lock(&mesh.pools[row][app]).release(dyno, mesh.time.now());
            });
        }
    }

    /// Whom idle dynos tell so; nothing where nobody listens.
    pub fn listener(self: &Arc<Mesh>) -> Option<mpsc::Sender<Idle>> {
        self.channel.as_ref().filter(|channel| channel.hears_idle())?;
        let (sender, mut receiver) = mpsc::channel(MOST_IDLE);
        let (mesh, places) = (Arc::clone(self), Arc::new(Semaphore::new(MOST_IDLE)));
        tokio::spawn(async move {
            while let Some(idle) = receiver.recv().await {
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
                let mesh = Arc::clone(&mesh);
                tokio::spawn(async move {
                    mesh.join(idle).await;
                    drop(place);
                });
            }
        });
        Some(sender)
    }
}

/// What is behind a lock.
pub(super) fn lock<T>(found: &Mutex<T>) -> MutexGuard<'_, T> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
