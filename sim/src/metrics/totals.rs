//! Running totals: what has happened since the simulation began. A window's measures are the
//! difference of two copies, so recording costs the same however many windows are open.

use super::Cause;
use crate::time::SimTime;

/// Everything counted so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    pub clients: Vec<ClientTotals>,
    pub apps: Vec<AppTotals>,
}

/// What one client population did.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientTotals {
    pub arrivals: u64,
    pub attempts: u64,
    pub successes: u64,
    pub failures: [u64; Cause::ALL.len()],
    pub latency_nanos: u128,
    pub waits: u64,
    pub wait_nanos: u128,
    pub in_flight: Level,
}

/// What one app's dynos did.
#[derive(Clone, Debug, Default)]
pub(super) struct AppTotals {
    pub done: u64,
    pub queue: Level,
    pub busy: Level,
    pub workers: Level,
}

/// A number that changes at instants, and the area under it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    pub value: u64,
    since: SimTime,
    /// In nanoseconds times the number.
    area: u128,
}

impl Level {
    pub fn add(&mut self, now: SimTime, count: u64) {
        self.settle(now);
        self.value += count;
    }

    /// Panics when the number would be negative: somebody counted wrong.
    pub fn sub(&mut self, now: SimTime, count: u64) {
        self.settle(now);
        self.value = self.value.checked_sub(count).expect("a level is never negative");
    }

    fn settle(&mut self, now: SimTime) {
        self.area += u128::from(self.value) * u128::from(now.since(self.since).nanos());
        self.since = now;
    }
}

impl Totals {
    /// A copy with all areas brought up to `now`.
    pub fn at(&self, now: SimTime) -> Totals {
        let mut copy = self.clone();
        for client in &mut copy.clients {
            client.in_flight.settle(now);
        }
        for app in &mut copy.apps {
            app.queue.settle(now);
            app.busy.settle(now);
            app.workers.settle(now);
        }
        copy
    }
}

/// What happened between two copies, summed over some clients and apps.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    pub arrivals: u64,
    pub attempts: u64,
    pub successes: u64,
    pub failures: [u64; Cause::ALL.len()],
    pub latency_nanos: u128,
    pub waits: u64,
    pub wait_nanos: u128,
    pub done: u64,
    pub in_flight: f64,
    pub queue: f64,
    pub busy: f64,
    pub workers: f64,
}

impl Sums {
    /// The sum over the named clients and apps; areas are in number times seconds.
    pub fn between(
        before: &Totals,
        after: &Totals,
        clients: impl Iterator<Item = usize>,
        apps: impl Iterator<Item = usize>,
    ) -> Sums {
        let mut sums = Sums::default();
        let area = |from: &Level, to: &Level| (to.area - from.area) as f64 / 1e9;
        for client in clients {
            let (from, to) = (&before.clients[client], &after.clients[client]);
            sums.arrivals += to.arrivals - from.arrivals;
            sums.attempts += to.attempts - from.attempts;
            sums.successes += to.successes - from.successes;
            for (sum, (from, to)) in
                sums.failures.iter_mut().zip(from.failures.iter().zip(&to.failures))
            {
                *sum += to - from;
            }
            sums.latency_nanos += to.latency_nanos - from.latency_nanos;
            sums.waits += to.waits - from.waits;
            sums.wait_nanos += to.wait_nanos - from.wait_nanos;
            sums.in_flight += area(&from.in_flight, &to.in_flight);
        }
        for app in apps {
            let (from, to) = (&before.apps[app], &after.apps[app]);
            sums.done += to.done - from.done;
            sums.queue += area(&from.queue, &to.queue);
            sums.busy += area(&from.busy, &to.busy);
            sums.workers += area(&from.workers, &to.workers);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_knows_the_area_under_it() {
        let at = SimTime::from_nanos;
        let mut level = Level::default();
        level.add(at(10), 2);
        level.add(at(20), 1);
        level.sub(at(25), 3);
        level.settle(at(100));
        assert_eq!(level.area, 2 * 10 + 3 * 5);
    }

    #[test]
    #[should_panic(expected = "never negative")]
    fn a_level_is_never_negative() {
        Level::default().sub(SimTime::ZERO, 1);
    }
}
