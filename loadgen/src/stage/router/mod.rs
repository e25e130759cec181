//! The routers of a stage: one file a kind, one row in [`ROUTERS`].
//!
//! A router listens on loopback, which is where the stage's target is, and hands requests to dynos as
//! the scenario's `[mesh]` says. It may not know the dynos in any other way than over their sockets
//! and by the news of the bus. To add one: a file with its row, its configuration and its tests, a
//! `mod` line and a row; a program is started by `program`
//! and is a router by `routing`.

mod builtin;
mod haproxy;
mod nginx;
mod program;
mod routing;

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;

use sim::balance::{Maker, Need, Strategy};
use sim::fault::Fault;
use sim::load::Watch;
use sim::platform::{App, AppId, Hardware, Mesh, Placement, Platform, Scheduled};
use sim::protect::queue::Queueing;
use sim::rng::Seed;
use sim::time::Span;
use sim::units::Limit;
use tokio::runtime::Handle;

use super::counts::RouterCounts;
use super::error::Error;
use super::fleet::{Fleet, News};

/// The kinds of routers, by name.
pub const ROUTERS: &[RouterKind] = &[builtin::KIND, haproxy::KIND, nginx::KIND];

/// A kind of router.
#[derive(Debug)]
pub struct RouterKind {
    /// Its name on the command line.
    pub name: &'static str,
    /// The kind of `mesh.router` that `sim` predicts it with.
    pub model: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// The command that installs it; nothing where it is part of us.
    pub install: Option<&'static str>,
    start: fn(&Setting<'_>) -> Result<Arc<dyn Router>, Error>,
    /// What of a scenario it leaves out, a sentence each.
    warnings: fn(&Platform) -> Vec<String>,
}

impl RouterKind {
    /// The kind with this name; nothing where there is none.
    pub fn named(name: &str) -> Option<&'static RouterKind> {
        ROUTERS.iter().find(|kind| kind.name == name)
    }

    /// The kind that does what a platform's `mesh.router` says.
    pub fn of(platform: &Platform) -> &'static RouterKind {
        let model = platform.mesh.router.name();
        let kind = ROUTERS.iter().find(|kind| kind.model == model);
        kind.expect("a test holds that each model has a kind")
    }

    /// What of a scenario this router leaves out, a sentence each.
    pub fn warnings(&self, platform: &Platform) -> Vec<String> {
        (self.warnings)(platform)
    }
}

/// What a router is started with.
pub(super) struct Setting<'a> {
    pub platform: &'a Platform,
    pub seed: Seed,
    pub fleet: &'a Arc<Fleet>,
    pub handle: &'a Handle,
    /// How many files a process may have open.
    pub files: u64,
}

/// A router at work.
pub(super) trait Router: Debug + Send + Sync {
    /// Where it listens.
    fn target(&self) -> SocketAddr;

    /// The most connections of clients that it holds at once.
    fn most_connections(&self) -> u64;

    /// Hears of a dyno.
    fn hear(&self, news: News);

    /// What it has counted.
    fn counts(&self) -> RouterCounts;

    /// Where it tells of itself, if it does.
    fn watch(&self) -> Option<Watch>;

    /// The process that serves, where it is a program.
    fn process(&self) -> Option<u32>;

    /// Ends it, where it is a program.
    fn close(&self);

    /// Fails when it is no longer there.
    fn check(&self) -> Result<(), Error>;
}

impl Setting<'_> {
    /// Starts a router of this kind.
    pub fn start(&self, kind: &RouterKind) -> Result<Arc<dyn Router>, Error> {
        (kind.start)(self)
    }

    /// The dynos that an app has at the start, each as its address and its weight; all alike where
    /// the balancer does not look at weights.
    fn members(&self, app: usize) -> Vec<(SocketAddr, f64)> {
        let Platform { apps, hosts, mesh, .. } = self.platform;
        let mut placement = Placement::new(apps, hosts);
        let weighs = mesh.balancer.needs(Need::Weights);
        let mut weight = |slot| {
            if weighs { placement.spot(AppId(app as u32), slot).weight } else { 1.0 }
        };
        let dynos = &self.fleet.apps[app].dynos[..apps[app].dynos as usize];
        dynos.iter().map(|dyno| (dyno.address, weight(dyno.slot))).collect()
    }
}

/// The strategy of a mesh as this maker builds it, with the words of its configuration.
fn as_built<'a>(
    mesh: &'a Mesh,
    maker: Maker,
    router: &'static str,
    help: &'static str,
) -> Result<&'a Strategy, Error> {
    let strategy = &mesh.balancer;
    if mesh.router.maker() == Some(maker) {
        return Ok(strategy);
    }
    strategy.by(maker).ok_or_else(|| {
        let names = Strategy::names_by(maker);
        let found = match strategy.choices() {
            Some(choices) => format!("{} of {choices}", strategy.name()),
            None => strategy.name().to_owned(),
        };
        let has: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        Error::Cannot { router, what: "balancer", found, has: has.join(", "), help }
    })
}

/// Weights as whole numbers from 1 to `most`, in proportion, as programs want them.
fn whole_weights(weights: &[f64], most: f64) -> Vec<u32> {
    let heaviest = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let lightest = weights.iter().copied().fold(f64::INFINITY, f64::min);
    if heaviest == lightest {
        return vec![1; weights.len()];
    }
    weights.iter().map(|weight| (weight / heaviest * most).round().max(1.0) as u32).collect()
}

/// Complains of what `[mesh]` says and a program cannot do; the simulator can.
fn program_warnings(platform: &Platform) -> Vec<String> {
    let mut warnings = unstaged(platform);
    warnings.extend(unprogrammed(platform));
    let mesh = &platform.mesh;
    if mesh.routers > 1 {
        let routers = mesh.routers;
        warnings.push(format!("one program stands for the {routers} routers of `mesh.routers`"));
    }
    let scales = |scheduled: &&Scheduled| matches!(scheduled.event.fault, Fault::Scale(_));
    if let Some(scheduled) = platform.events.iter().find(scales) {
        warnings.push(format!(
            "the router does not hear of `{}`: dynos that come get no requests",
            scheduled.event.label()
        ));
    }
    warnings
}

/// What of a mesh no program has, or not as the scenario says it.
fn unprogrammed(platform: &Platform) -> Vec<String> {
    let (protection, around) = (&platform.mesh.protection, &platform.mesh.around);
    let left_out = [
        ("mesh.aperture", around.aperture.is_some()),
        ("mesh.subset", around.subset.is_some()),
        ("mesh.slow-start", around.slow_start.is_some()),
        ("mesh.outlier-ejection", around.outlier_ejection.is_some()),
        ("mesh.panic", around.panic.is_some()),
        ("mesh.errors-as-load", around.errors_as_load.is_some()),
        ("mesh.concurrency", protection.concurrency.is_some()),
        ("mesh.queue", protection.queue.name() != Queueing::default().name()),
        ("mesh.drop-stale", protection.drop_stale),
        ("mesh.shedding", protection.shedding.is_some()),
        ("mesh.capacity", protection.capacity != Limit::Unlimited),
        ("app.admission", platform.apps.iter().any(|app| app.admission.is_some())),
    ];
    let set = left_out.into_iter().filter(|(_, is_set)| *is_set);
    set.map(|(name, _)| {
        format!("the stage leaves `{name}` out: the program has none such; `--router builtin` has")
    })
    .collect()
}

/// What of a mesh and its apps no stage has.
fn unstaged(platform: &Platform) -> Vec<String> {
    let has_class = |has: fn(&Hardware) -> bool| {
        platform.apps.iter().flat_map(|app| &app.classes).chain(&platform.hosts).any(has)
    };
    let has_app = |has: fn(&App) -> bool| platform.apps.iter().any(has);
    let left_out = [
        (
            "app.memory",
            "its dynos sleep for their work and need none",
            has_app(|app| app.memory.is_some()),
        ),
        (
            "app.idle-after",
            "there is no manager that puts apps to sleep",
            has_app(|app| app.idle_after != Limit::Unlimited),
        ),
        (
            "an antagonist",
            "its dynos sleep for their work and share no cores",
            has_class(|class| class.antagonist.is_some()),
        ),
    ];
    let set = left_out.into_iter().filter(|(_, _, is_set)| *is_set);
    let sentence = |(name, why, _)| format!("the stage leaves `{name}` out: {why}");
    let mut warnings: Vec<String> = set.map(sentence).collect();
    let clients = platform.clients.iter().filter(|client| client.cancels);
    for name in clients.map(|client| &client.name) {
        warnings.push(format!(
            "`client.{name}` closes the connections of attempts that it gives up, but the stage's dynos work \
             on: `cancels` frees no worker"
        ));
    }
    let hop = platform.mesh.hop;
    // A hop over loopback is some 30 us.
    if hop > Span::from_nanos(100_000) {
        warnings.push(format!(
            "the stage leaves `mesh.hop` of {hop} out: loopback is faster, so what is measured is \
             up to {} less than what is predicted; set `mesh.hop = \"30us\"`",
            hop * 4
        ));
    }
    warnings
}

#[cfg(test)]
mod testing {
    use super::*;

    /// A mesh like Heroku's with this balancer.
    pub fn mesh_with(balancer: &str) -> Mesh {
        let Ok(scenario) = sim::scenario::load("cascade", &Default::default(), false) else {
            panic!("the bundled scenario is right")
        };
        let mesh = scenario.variants[0].platform.mesh.clone();
        Mesh { balancer: Strategy::bare(balancer).expect("a name of the registry"), ..mesh }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_become_whole_numbers_in_proportion() {
        assert_eq!(whole_weights(&[0.7, 0.7], 256.0), [1, 1]);
        assert_eq!(whole_weights(&[1.0, 2.0], 100.0), [50, 100]);
        assert_eq!(whole_weights(&[1e-6, 1.0], 100.0), [1, 100]);
    }

    #[test]
    fn kinds_are_found_by_name() {
        for kind in ROUTERS {
            assert_eq!(RouterKind::named(kind.name).unwrap().name, kind.name);
        }
        assert!(RouterKind::named("apache").is_none());
    }

    #[test]
    fn each_model_of_the_simulator_has_one_kind_that_does_what_it_says() {
        for model in sim::platform::ROUTERS {
            let kinds = ROUTERS.iter().filter(|kind| kind.model == model.name);
            assert_eq!(kinds.count(), 1, "{}", model.name);
        }
    }
}
