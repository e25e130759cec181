//! Where it all happens: one run, from the first request to the last instant.

use super::attempt::Attempts;
use super::client::Clients;
use super::config::{Platform, Scheduled};
use super::cx::Cx;
use super::dyno::Dynos;
use super::manager::Manager;
use super::message::Event;
use super::packed::Packed;
use super::reports::Notes;
use super::router::Routers;
use super::slab::Slab;
use crate::engine::Scheduler;
use crate::fault::Fault;
use crate::metrics::{Entry, Plan, Recorder, Summary};
use crate::rng::Seed;
use crate::time::{SimTime, Span};

/// The components, and the events of the scenario that act on them.
struct World<'p> {
    platform: &'p Platform,
    clients: Clients,
    routers: Routers,
    dynos: Dynos,
    manager: Manager,
    /// For each event of the scenario what it must undo at its end.
    undo: Vec<Undo>,
}

/// What an event of the scenario changed.
#[derive(Clone, Debug, Default)]
struct Undo {
    frozen: Vec<(u32, u32)>,
    dynos: u32,
}

/// Runs a platform once. `windows` are further stretches of the measured time to be summarized.
///
/// Panics when the platform breaks an invariant, such as a request that ends twice: then the
/// simulator is wrong, not the scenario.
pub fn simulate(platform: &Platform, seed: Seed, windows: &[(Span, Span)]) -> Summary {
    run(platform, seed, Recorder::new(platform.plan(windows))).0
}

/// The same, with a diary: which request of the measured time succeeded with which latency.
pub fn simulate_with_diary(
    platform: &Platform,
    seed: Seed,
    windows: &[(Span, Span)],
) -> (Summary, Vec<Entry>) {
    run(platform, seed, Recorder::new(platform.plan(windows)).with_diary())
}

/// Runs the warm-up of a platform alone and records it, from the first request on, in intervals of
/// this length. Nothing that the scenario names happens in a warm-up.
pub fn rehearse(platform: &Platform, seed: Seed, interval: Span) -> Summary {
    let (begin, duration) = (SimTime::ZERO, platform.timing.warmup);
    let plan = Plan { begin, duration, interval, faults: None, ..platform.plan(&[]) };
    run(platform, seed, Recorder::new(plan)).0
}

/// Runs a platform until the end of the time that is recorded.
fn run(platform: &Platform, seed: Seed, mut record: Recorder) -> (Summary, Vec<Entry>) {
    let end = record.end();
    let mut scheduler = Scheduler::new();
    let mut attempts: Attempts = Slab::new();
    let mut notes: Notes = Slab::new();
    let mut world = World::new(platform, seed);

    let mut cx = Cx {
        scheduler: &mut scheduler,
        attempts: &mut attempts,
        notes: &mut notes,
        record: &mut record,
    };
    world.start(&mut cx);
    loop {
        let mark = cx.record.next_mark().min(end);
        let before_mark = SimTime::from_nanos(mark.nanos().saturating_sub(1));
        if mark > SimTime::ZERO {
            while let Some(event) = cx.scheduler.pop_until(before_mark) {
                world.handle(&mut cx, event);
            }
        }
        cx.record.pass(mark);
        if mark == end {
            break;
        }
    }
    world.assert_conserved(&record);
    world.routers.assert_counts(&attempts);
    world.dynos.assert_counts(&attempts);
    let diary = record.take_diary();
    (record.finish(), diary)
}

impl<'p> World<'p> {
    fn new(platform: &'p Platform, seed: Seed) -> World<'p> {
        World {
            platform,
            clients: Clients::new(platform, seed),
            routers: Routers::new(platform, seed),
            dynos: Dynos::new(platform, seed),
            manager: Manager::new(platform),
            undo: vec![Undo::default(); platform.events.len()],
        }
    }

    fn start(&mut self, cx: &mut Cx<'_>) {
        self.dynos.start(cx);
        self.routers.start(cx);
        let begin = SimTime::ZERO + self.platform.timing.warmup;
        for (index, Scheduled { event, .. }) in self.platform.events.iter().enumerate() {
            let at = begin + event.at;
            cx.send_at(at, Event::Begin(index as u32));
            if let Some(lasts) = event.lasts {
                cx.send_at(at + lasts, Event::End(index as u32));
            }
        }
        self.clients.start(cx);
    }

    #[inline(always)]
    fn handle(&mut self, cx: &mut Cx<'_>, event: Packed) {
        match event.event() {
            Event::Client(event) => self.clients.handle(cx, event),
            Event::Router(event) => self.routers.handle(cx, event),
            Event::Dyno(event) => self.dynos.handle(cx, event),
            Event::Manager(event) => self.manager.handle(cx, event),
            Event::Begin(index) => self.begin(cx, index),
            Event::End(index) => self.end(cx, index),
        }
    }

    /// An event of the scenario begins.
    fn begin(&mut self, cx: &mut Cx<'_>, index: u32) {
        let Scheduled { event, app, knobs, .. } = &self.platform.events[index as usize];
        let undo = &mut self.undo[index as usize];
        let app = || app.expect("the check resolved the app's name");
        match &event.fault {
            Fault::Slow(slow) => self.dynos.slow(app(), index, slow.factor, slow.which),
            Fault::Crash(crash) => {
                let held = event.lasts.map_or(SimTime::ZERO, |lasts| cx.now() + lasts);
                self.manager.kill(cx, app(), crash.which, held);
            }
            Fault::Fail(fail) => self.dynos.fail(app(), index, fail),
            Fault::Flaky(flaky) => self.dynos.flake(cx, app(), index, flaky),
            Fault::Freeze(freeze) => undo.frozen = self.dynos.freeze(cx, app(), freeze.which),
            // The clients know of their surges from the start.
            Fault::Surge(_) => {}
            Fault::Scale(scale) => undo.dynos = self.manager.scale(cx, app(), scale.dynos),
            Fault::Set(_) => self.turn(cx, knobs.iter().map(|knob| knob[0])),
        }
    }

    /// An event of the scenario ends.
    fn end(&mut self, cx: &mut Cx<'_>, index: u32) {
        let Scheduled { event, app, knobs, .. } = &self.platform.events[index as usize];
        let undo = std::mem::take(&mut self.undo[index as usize]);
        let app = || app.expect("the check resolved the app's name");
        match &event.fault {
            Fault::Slow(_) | Fault::Fail(_) | Fault::Flaky(_) => self.dynos.mend(app(), index),
            Fault::Freeze(_) => self.dynos.thaw(cx, &undo.frozen),
            Fault::Scale(_) => {
                self.manager.scale(cx, app(), undo.dynos);
            }
            Fault::Set(_) => self.turn(cx, knobs.iter().map(|knob| knob[1])),
            // Crashed dynos come back by themselves; surges are the clients' own.
            Fault::Crash(_) | Fault::Surge(_) => {}
        }
    }

    fn turn(&mut self, cx: &mut Cx<'_>, knobs: impl Iterator<Item = super::knob::Knob>) {
        for knob in knobs {
            self.clients.turn(knob);
            self.routers.turn(cx, knob);
            self.manager.turn(cx, knob);
        }
    }

    /// Every request that began has ended once or is under way.
    fn assert_conserved(&self, record: &Recorder) {
        let (arrivals, successes, failures) = record.ledger();
        let in_flight = self.clients.in_flight() as u64;
        assert_eq!(
            arrivals,
            successes + failures + in_flight,
            "every request ends exactly once: {arrivals} began, {successes} succeeded, \
             {failures} failed, {in_flight} are under way"
        );
    }
}
