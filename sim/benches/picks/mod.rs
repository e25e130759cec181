//! What a pick costs in one router: every strategy by its bare name, at three numbers of dynos.
//!
//! A cycle is a pick with all that comes with it: the dispatch is counted, and the attempt that was
//! dispatched first ends. Half as many attempts are under way as there are dynos, and a hundred
//! thousand users ask in turn. Probes are answered at once, and a dyno that has nothing to do says so.

use crate::rivals::measures;
use crate::{Rival, medians};
use sim::balance::{Ask, Balancer, End, KINDS, Loads, Need, Outcome, Pick, Report, Strategy};
use sim::rng::{Seed, Stream, mix};
use sim::time::{SimTime, Span};
use std::collections::VecDeque;
use std::hint::black_box;

/// How many dynos there are.
const DYNOS: [u32; 3] = [10, 100, 10_000];

/// How long an attempt is under way.
const WORK: Span = Span::from_millis(100);

/// Users who ask in turn.
const USERS: u64 = 100_000;

/// Prints what a cycle takes with each strategy, and how much longer at many dynos.
pub fn compare() {
    println!("\nA pick, with the start and the end of an attempt; half of the dynos busy\n");
    println!("| balancer | 10 dynos, ns | 100 dynos, ns | 10,000 dynos, ns | 10,000 over 100 |");
    println!("|---|---|---|---|---|");
    for kind in KINDS {
        let strategy = Strategy::bare(kind.name).expect("every kind has defaults");
        let mut rivals: Vec<Rival> = DYNOS
            .iter()
            .map(|&dynos| -> Rival {
                let mut router = Router::new(&strategy, dynos);
                // The first attempts meet empty tables and idle dynos.
                (0..if measures() { 2 * dynos } else { 10 }).for_each(|_| router.cycle());
                (kind.name, Box::new(move |cycles| (0..cycles).for_each(|_| router.cycle())))
            })
            .collect();
        let times = medians(&mut rivals, if measures() { 20_000 } else { 10 });
        let [ten, hundred, many] = times[..] else { unreachable!("there are three numbers") };
        println!(
            "| `{}` | {ten:.0} | {hundred:.0} | {many:.0} | {:.1} |",
            kind.name,
            many / hundred
        );
    }
}

/// One router with its balancer.
struct Router {
    balancer: Box<dyn Balancer>,
    loads: Loads,
    rng: Stream,
    now: SimTime,
    /// Between two attempts.
    gap: Span,
    user: u64,
    under_way: VecDeque<u32>,
    most: usize,
    probes: Vec<u32>,
    pushes: bool,
}

impl Router {
    fn new(strategy: &Strategy, dynos: u32) -> Router {
        let mut loads = Loads::new(50);
        (0..dynos).for_each(|dyno| loads.insert(dyno));
        let most = dynos as usize / 2;
        Router {
            balancer: strategy.build(),
            loads,
            rng: Stream::named(Seed { scenario: 1, replication: 0 }, "picks", 0),
            now: SimTime::ZERO,
            gap: Span::from_nanos(WORK.nanos() / most as u64),
            user: 0,
            under_way: VecDeque::with_capacity(most + 1),
            most,
            probes: Vec::new(),
            pushes: strategy.needs(Need::Pushes),
        }
    }

    /// One attempt comes, and one ends.
    fn cycle(&mut self) {
        self.now += self.gap;
        self.user = (self.user + 1) % USERS;
        let ask = Ask { loads: &self.loads, now: self.now, key: mix(self.user) };
        self.probes.clear();
        self.balancer.probes(&ask, &mut self.rng, &mut self.probes);
        if let Pick::Dyno(dyno) = black_box(self.balancer.pick(&ask, &mut self.rng)) {
            self.loads.started(dyno);
            self.balancer.counted(dyno, &self.loads);
            self.under_way.push_back(dyno);
        }
        for &dyno in &self.probes {
            let in_flight = self.loads.load(dyno);
            self.balancer.probed(dyno, &Report { in_flight, latency: WORK, now: self.now });
        }
        if self.under_way.len() > self.most {
            self.end();
        }
    }

    fn end(&mut self) {
        let dyno = self.under_way.pop_front().expect("more are under way than may be");
        self.loads.finished(dyno);
        self.balancer.counted(dyno, &self.loads);
        let end = End { outcome: Outcome::Success, latency: WORK, now: self.now };
        self.balancer.ended(dyno, &end);
        if self.pushes && self.loads.load(dyno) == 0 {
            self.balancer.idle(dyno);
        }
    }
}
