//! `jiq`: a dyno that has said that it is idle; any other, at random, when none has.
//!
//! Join-Idle-Queue (Lu, Xie, Kliot, Geller, Larus and Greenberg, Performance Evaluation 68, 2011). A
//! dyno that becomes idle joins the idle queue of one router: of a random one (`join = "random"`), or
//! of the shorter of two random ones that it asks for their lengths first (`join = "sq2"`). A router
//! takes the first dyno off its idle queue; when the queue is empty it takes any dyno below the limit,
//! uniformly. Nothing is asked while a request waits.
//!
//! While a dyno stands in one router's queue, another whose queue is empty may give it work. The
//! paper's analysis simplifies what follows, less and less accurately as load grows (Mitzenmacher,
//! "Analyzing Distributed Join-Idle-Queue", arXiv 1606.01833, 2016). Here, as in a system without a message for taking a word back: the dyno
//! stays where it stands, joins once more when it is idle again, and may be busy when it is taken
//! off. That, first in first out, gives the tabulated waits of Rap Genius' platform with 8 and 64
//! routers (`tests/it/theory/pushes.rs`); with dynos that leave the queue or that have one entry at
//! most, or with queues that are last in first out, attempts wait less there.
//!
//! Every queue has a bound: here as many entries as there are dynos; who comes to a full one is
//! turned away. An entry of a dyno that may not be chosen now, because it is in quarantine or the
//! routers have not heard of its boot, is put aside until that changes; so is one of a dyno that warms
//! up and was not taken for that.

use super::{Ask, Balancer, Need, Pick, Strategy};
use crate::config::{Body, Kind, Page};
use crate::rng::Stream;
use std::collections::VecDeque;

/// The registry's row.
pub const KIND: Kind<Strategy> = Kind {
    name: "jiq",
    summary: "a dyno that said it is idle, the first that did; else any at random (Lu and others)",
    page: Page {
        settings: &[(
            "join",
            "Whose idle queue a dyno joins: `random` is one router at random, `sq2` the shorter of two that it asks.",
        )],
        sections: &[
            (
                "Rule",
                "A dyno that becomes idle joins the idle queue of one router. The router gives an attempt to the first dyno of its queue, or to any dyno below the limit when the queue is empty.",
            ),
            (
                "Knows",
                "What dynos say of their own accord, over `mesh.reports`. A dyno says it once, to one router, and what it said may be outdated when it is used.",
            ),
            (
                "Wins",
                "With a few routers to some tens, and more idle dynos than routers: it decays to `random` much later than what counts on its own. When nearly all dynos are busy there is nobody to say so, and it is `random`. Idle means nothing at all in service, so with many workers a dyno the dynos are seldom idle.",
            ),
            (
                "Source",
                "Lu, Xie, Kliot, Geller, Larus and Greenberg 2011; Mitzenmacher 2016 for what it does under high load.",
            ),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Strategy {
    let join = body.fields(|fields| fields.kind_or("join", "way to join", JOINS, "random"));
    let join = join.unwrap_or(Join::Random);
    Strategy::new("jiq", &[Need::Pushes], Jiq::new).joining(join)
}

/// Whose idle queue a dyno joins that becomes idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// That of a random router.
    Random,
    /// The shorter of those of two random routers, which it asks first.
    Shorter,
}

impl Join {
    /// How many routers are looked at.
    pub fn asks(self) -> usize {
        match self {
            Join::Random => 1,
            Join::Shorter => 2,
        }
    }

    /// Which of two routers that were asked a dyno joins, by what each said of its idle queue: the
    /// shorter, the first on a tie; when only one answered that one, and when none did the first.
    pub fn shorter<T: PartialOrd>(known: [Option<T>; 2]) -> usize {
        match known {
            [Some(of_first), Some(of_second)] => usize::from(of_second < of_first),
            [None, Some(_)] => 1,
            _ => 0,
        }
    }
}

/// The ways to join, by name.
const JOINS: &[Kind<Join>] = &[
    Kind {
        name: "random",
        summary: "the idle queue of a random router",
        page: Page::BARE,
        read: |body| {
            body.fields(|_| ());
            Join::Random
        },
    },
    Kind {
        name: "sq2",
        summary: "the shorter of the idle queues of two random routers",
        page: Page::BARE,
        read: |body| {
            body.fields(|_| ());
            Join::Shorter
        },
    },
];

/// Picks who said that it is idle.
pub struct Jiq {
    /// Who said so, the first first.
    queue: VecDeque<u32>,
    /// Entries of dynos that could not be chosen when they were taken off.
    aside: Vec<u32>,
    /// The dyno that the last pick took off the queue, if it took one.
    taken: Option<u32>,
    /// Of which version of the loads `aside` is.
    version: u64,
    /// One more than the highest dyno that ever spoke: the bound.
    dynos: usize,
}

impl Jiq {
    fn new() -> Jiq {
        Jiq { queue: VecDeque::new(), aside: Vec::new(), taken: None, version: 0, dynos: 0 }
    }

    /// Keeps the word of a dyno that may not be chosen now; one word is enough.
    fn put_aside(&mut self, dyno: u32) {
        if !self.aside.contains(&dyno) {
            self.aside.push(dyno);
        }
    }
}

impl Balancer for Jiq {
    fn pick(&mut self, ask: &Ask<'_>, rng: &mut Stream) -> Pick {
        let loads = ask.loads;
        if self.version != loads.version() {
            self.version = loads.version();
            for dyno in std::mem::take(&mut self.aside) {
                self.idle(dyno);
            }
        }
        self.taken = None;
        let free = loads.free();
        if free.is_empty() {
            return Pick::Busy;
        }
        while let Some(dyno) = self.queue.pop_front() {
            if loads.is_free(dyno) {
                self.taken = Some(dyno);
                return Pick::Dyno(dyno);
            }
            // One that is full was not idle for long; one that may not be chosen may be again.
            if !loads.contains(dyno) {
                self.put_aside(dyno);
            }
        }
        Pick::Dyno(free[rng.below(free.len())])
    }

    fn idle(&mut self, dyno: u32) {
        self.dynos = self.dynos.max(dyno as usize + 1);
        if self.queue.len() < self.dynos {
            self.queue.push_back(dyno);
        }
    }

    fn declined(&mut self, dyno: u32) {
        if self.taken.take() == Some(dyno) {
            self.put_aside(dyno);
        }
    }

    fn known_idle(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{pick, picks};
    use super::super::{Loads, Need};
    use super::*;
    use crate::rng::Seed;

    fn rng() -> Stream {
        Stream::named(Seed { scenario: 1, replication: 0 }, "jiq", 0)
    }

    fn dynos(count: u32, limit: u32) -> Loads {
        let mut loads = Loads::new(limit);
        (0..count).for_each(|dyno| loads.insert(dyno));
        loads
    }

    #[test]
    fn who_said_so_first_is_taken_first_and_once() {
        let (mut balancer, loads, mut rng) = (Jiq::new(), dynos(9, 50), rng());
        [7, 2, 7, 4].iter().for_each(|&dyno| balancer.idle(dyno));
        assert_eq!(balancer.known_idle(), 4);
        for expected in [7, 2, 7, 4] {
            assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(expected));
        }
        assert_eq!(balancer.known_idle(), 0);
    }

    #[test]
    fn nobody_idle_is_random_below_the_limit() {
        let counts = picks(&mut Jiq::new(), &[0, 5, 2, 9], 6, 30_000);
        assert_eq!(counts[3], 0);
        assert!(counts[..3].iter().all(|&count| count.abs_diff(10_000) < 410), "{counts:?}");
        assert_eq!(picks(&mut Jiq::new(), &[1, 1], 1, 10), [0, 0]);
    }

    #[test]
    fn a_queue_has_as_many_entries_as_dynos() {
        let mut balancer = Jiq::new();
        balancer.idle(2);
        (0..10).for_each(|_| balancer.idle(0));
        assert_eq!(balancer.queue, [2, 0, 0]);
    }

    #[test]
    fn who_may_not_be_chosen_is_put_aside_and_who_is_full_is_dropped() {
        let (mut balancer, mut loads, mut rng) = (Jiq::new(), dynos(4, 1), rng());
        [1, 1, 2, 3].iter().for_each(|&dyno| balancer.idle(dyno));
        loads.remove(1);
        loads.started(2);
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(3));
        assert_eq!((balancer.queue.len(), balancer.aside.as_slice()), (0, [1].as_slice()));
        loads.insert(1);
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(1));
        assert_eq!(balancer.known_idle(), 0);
    }

    #[test]
    fn who_was_declined_is_still_idle_and_who_was_drawn_is_not_for_that() {
        let (mut balancer, mut loads, mut rng) = (Jiq::new(), dynos(2, 50), rng());
        balancer.idle(1);
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(1));
        loads.remove(1);
        balancer.declined(1);
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(0));
        loads.remove(0);
        balancer.declined(0);
        assert_eq!((balancer.queue.len(), balancer.aside.as_slice()), (0, [1].as_slice()));
        [0, 1].iter().for_each(|&dyno| loads.insert(dyno));
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(1));
        assert_eq!(balancer.known_idle(), 0);
    }

    #[test]
    fn while_all_are_full_nobody_is_taken_off() {
        let (mut balancer, mut loads, mut rng) = (Jiq::new(), dynos(1, 1), rng());
        loads.started(0);
        balancer.idle(0);
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Busy);
        loads.finished(0);
        assert_eq!(pick(&mut balancer, &loads, 0, &mut rng), Pick::Dyno(0));
    }

    #[test]
    fn the_way_to_join_is_the_strategys() {
        for (join, expected) in [(Join::Random, 1), (Join::Shorter, 2)] {
            let strategy = Strategy::new("jiq", &[Need::Pushes], Jiq::new).joining(join);
            assert_eq!(strategy.join().asks(), expected);
        }
    }
}
