//! Laws of the whole registry: its pages, and what every balancer obeys whatever becomes of the
//! dynos that it sees. A new row is held to them without a word here; one that may let an attempt
//! wait though a dyno is below the limit says when in [`WAITS`].

use super::{Ask, Balancer, End, KINDS, Loads, Outcome, Pick, Report, Strategy};
use crate::config::testing::read_table;
use crate::rng::{Seed, Stream};
use crate::time::{SimTime, Span};

/// When a balancer is busy, by what it sees.
type Busy = fn(&Loads) -> bool;

/// When a balancer is busy, for those that are busy not only when no dyno is below the limit.
const WAITS: &[(&str, Busy)] = &[("idle-only", |loads| loads.idle().is_empty())];

#[test]
fn every_page_has_its_four_sections_and_all_settings() {
    for kind in KINDS {
        let titles: Vec<&str> = kind.page.sections.iter().map(|(title, _)| *title).collect();
        assert_eq!(titles, ["Rule", "Knows", "Wins", "Source"], "{}", kind.name);
        for (title, text) in kind.page.sections {
            assert!(text.ends_with('.') && !text.contains("  "), "{}: {title}", kind.name);
        }
        assert!(!kind.summary.ends_with('.'), "{}", kind.name);
        // A wrong key is refused with the list of right ones.
        let text = format!("it.{} = {{ no-such-setting = 1 }}", kind.name);
        let no_file = |_: &str| Err(String::new());
        let (_, problems, _) = read_table(&text, &no_file, |fields| {
            fields.kind("it", "balancer", KINDS);
        });
        let asked: Vec<&str> = problems[0].label.split('`').skip(1).step_by(2).collect();
        let told: Vec<&str> = kind.page.settings.iter().map(|(name, _)| *name).collect();
        assert_eq!(asked, told, "{}: {problems:?}", kind.name);
    }
}

#[test]
fn every_name_is_the_name_of_its_strategy_and_file() {
    for kind in KINDS {
        let strategy = Strategy::bare(kind.name).expect("the registry has its own names");
        assert_eq!(strategy.name(), kind.name);
        let file = format!("src/balance/{}.rs", kind.name.replace('-', "_"));
        assert!(std::path::Path::new(&file).exists(), "{file}");
    }
    assert!(Strategy::bare("no-such-balancer").is_none());
}

/// A router's view of some dynos and a balancer, with all that may happen to them.
struct World {
    loads: Loads,
    balancer: Box<dyn Balancer>,
    busy: Busy,
    /// Chance of the balancer, and that of the world.
    rng: Stream,
    fate: Stream,
    now: SimTime,
    /// The dyno of each attempt of this router's under way.
    under_way: Vec<u32>,
    dynos: usize,
    /// What the balancer said.
    said: Vec<Pick>,
}

impl World {
    fn new(name: &str, seed: u64) -> World {
        let seed = Seed { scenario: seed, replication: 0 };
        let mut fate = Stream::named(seed, "fate", 0);
        let dynos = 1 + fate.below(9);
        let limit = [1, 2, 5, u32::MAX][fate.below(4)];
        let mut loads = Loads::new(limit);
        (0..dynos as u32).for_each(|dyno| loads.insert(dyno));
        let by_limit: Busy = |loads| loads.free().is_empty();
        World {
            loads,
            balancer: Strategy::bare(name).expect("it is in the registry").build(),
            busy: WAITS.iter().find(|(one, _)| *one == name).map_or(by_limit, |(_, busy)| *busy),
            rng: Stream::named(seed, "balancer", 0),
            fate,
            now: SimTime::ZERO,
            under_way: Vec::new(),
            dynos,
            said: Vec::new(),
        }
    }

    /// Lets an attempt come, and holds what the balancer says against the laws.
    fn arrive(&mut self) {
        let key = crate::rng::mix(self.fate.below(20) as u64);
        let mut probes = Vec::new();
        let ask = Ask { loads: &self.loads, now: self.now, key };
        self.balancer.probes(&ask, &mut self.rng, &mut probes);
        let pick = self.balancer.pick(&ask, &mut self.rng);
        self.said.push(pick);
        match pick {
            Pick::Dyno(dyno) => {
                assert!(self.loads.is_free(dyno), "it is not a member or at the limit");
                assert!(!(self.busy)(&self.loads), "by its rule the attempt waits");
                self.loads.started(dyno);
                self.balancer.counted(dyno, &self.loads);
                self.under_way.push(dyno);
            }
            Pick::Busy => assert!((self.busy)(&self.loads), "by its rule a dyno takes it"),
        }
        for dyno in probes {
            assert!((dyno as usize) < self.loads.slots(), "there is no such dyno to probe");
            if self.fate.below(4) > 0 {
                let in_flight = self.loads.load(dyno) + self.fate.below(3) as u32;
                let latency = Span::from_millis(self.fate.below(500) as u64);
                self.balancer.probed(dyno, &Report { in_flight, latency, now: self.now });
            }
        }
    }

    /// Lets one of the attempts end.
    fn end(&mut self) {
        if self.under_way.is_empty() {
            return;
        }
        let dyno = self.under_way.swap_remove(self.fate.below(self.under_way.len()));
        let outcome = [Outcome::Success, Outcome::Success, Outcome::Failure, Outcome::TakenBack]
            [self.fate.below(4)];
        let latency = Span::from_millis(self.fate.below(300) as u64);
        self.loads.finished(dyno);
        self.balancer.counted(dyno, &self.loads);
        self.balancer.ended(dyno, &End { outcome, latency, now: self.now });
    }

    /// Changes what may be chosen, or how loads are known.
    fn change(&mut self) {
        let dyno = self.fate.below(self.dynos + 2) as u32;
        match self.fate.below(7) {
            0 | 1 => self.loads.insert(dyno),
            2 => self.loads.remove(dyno),
            3 => self.loads.set_weight(dyno, [0.1, 0.5, 1.0, 1.0, 2.0, 7.3][self.fate.below(6)]),
            4 => self.loads.set_limit([1, 2, 3, 9, u32::MAX][self.fate.below(5)]),
            5 => self.balancer.idle(dyno),
            _ => {
                // Gossip: this router's own attempts, and those of others.
                let others: Vec<u32> =
                    (0..self.dynos + 2).map(|_| self.fate.below(3) as u32).collect();
                let own = |dyno: u32| self.under_way.iter().filter(|&&one| one == dyno).count();
                self.loads.reload(|dyno| own(dyno) as u32 + others[dyno as usize]);
            }
        }
    }

    fn live(mut self, steps: usize) -> Vec<Pick> {
        for _ in 0..steps {
            self.now += Span::from_nanos(self.fate.bits() >> 35);
            match self.fate.below(20) {
                0..=8 => self.arrive(),
                9..=16 => self.end(),
                _ => self.change(),
            }
            assert!(self.balancer.known_idle() <= self.loads.slots() + 2);
        }
        self.said
    }
}

#[test]
fn every_balancer_obeys_the_laws_whatever_happens() {
    for kind in KINDS {
        for seed in 0..30 {
            let said = World::new(kind.name, seed).live(600);
            assert_eq!(said, World::new(kind.name, seed).live(600), "{}: chance", kind.name);
            let picked = said.iter().filter(|pick| **pick != Pick::Busy).count();
            assert!(picked > 20, "{}: {picked} picks teach nothing", kind.name);
        }
    }
}

#[test]
fn no_balancer_chooses_among_none() {
    for kind in KINDS {
        let mut balancer = Strategy::bare(kind.name).expect("it is in the registry").build();
        let mut rng = Stream::named(Seed { scenario: 1, replication: 0 }, "none", 0);
        let mut loads = Loads::new(3);
        for _ in 0..3 {
            let ask = Ask { loads: &loads, now: SimTime::ZERO, key: 5 };
            assert_eq!(balancer.pick(&ask, &mut rng), Pick::Busy, "{}", kind.name);
            loads.insert(4);
            let ask = Ask { loads: &loads, now: SimTime::ZERO, key: 5 };
            assert_eq!(balancer.pick(&ask, &mut rng), Pick::Dyno(4), "{}", kind.name);
            loads.remove(4);
        }
    }
}
