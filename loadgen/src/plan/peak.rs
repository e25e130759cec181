//! The most users that a run asks for, client by client.

use super::step::Step;
use sim::load::Load;
use sim::platform::{Knob, Platform, Source};
use sim::time::Span;

/// An open client whose requests have no bound on their time has users for this long a stall of the
/// target; one that lasts longer makes it drop arrivals, which are counted.
const LONGEST_STALL: Span = Span::from_secs(10);

/// The least and the most users of an open client.
const OPEN_USERS: (f64, f64) = (100.0, 10_000.0);

/// Into how many pieces a step is cut to find its highest rate.
const PIECES: u64 = 1_000;

/// For each client of a scenario how many users it needs in the highest of some steps: a closed one
/// those that it has, an open one those that may be busy at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    users: Vec<u32>,
    /// Which of them may have a hedge beside a request.
    hedges: Vec<bool>,
}

impl Peak {
    /// The peak of steps; a search is known by its highest step.
    pub fn of(platform: &Platform, load: &Load, steps: &[Step]) -> Peak {
        let hedges = platform.clients.iter().map(|client| client.hedge.is_some()).collect();
        let mut peak = Peak { users: vec![0; platform.clients.len()], hedges };
        for step in steps {
            let at_level = step.platform(platform);
            for (index, most) in peak.users.iter_mut().enumerate() {
                *most = (*most).max(users(&at_level, load, index));
            }
        }
        if let Some(most) = load.users_max {
            peak.cap(platform, u64::from(most));
        }
        peak
    }

    /// Open clients get along with fewer users: those for whom `users-max` has room, at least one each.
    /// An arrival that finds none free is counted as dropped. What closed clients have was written down,
    /// and stays.
    fn cap(&mut self, platform: &Platform, most: u64) {
        let all = self.all();
        let open = |index: usize| platform.clients[index].users() == 0;
        let of_open = (0..self.users.len()).filter(|index| open(*index));
        let wanted: u64 = of_open.clone().map(|index| u64::from(self.users[index])).sum();
        if all <= most || wanted == 0 {
            return;
        }
        let room = most.saturating_sub(all - wanted);
        for index in of_open {
            let share = u64::from(self.users[index]) * room / wanted;
            self.users[index] = share.max(1) as u32;
        }
    }

    /// By client, in the order of the scenario.
    pub fn users(&self) -> &[u32] {
        &self.users
    }

    /// How many connections they may have at once: one each, and one for a hedge.
    pub fn connections(&self) -> u64 {
        let of_client =
            |(users, hedges): (&u32, &bool)| u64::from(*users) * (1 + u64::from(*hedges));
        self.users.iter().zip(&self.hedges).map(of_client).sum()
    }

    /// Of all clients together.
    pub fn all(&self) -> u64 {
        self.users.iter().map(|users| u64::from(*users)).sum()
    }
}

fn users(platform: &Platform, load: &Load, index: usize) -> u32 {
    let client = &platform.clients[index];
    let Source::Open(arrivals) = &client.source else { return client.users() };
    let timing = platform.timing;
    let surges = platform.surges(index);
    let rate_at = |piece: u64| {
        let since = Span::from_seconds(timing.duration.seconds() * piece as f64 / PIECES as f64);
        let at = sim::time::SimTime::ZERO + timing.warmup + since;
        let surge = |surge: &&sim::workload::Surge| surge.from <= at && at < surge.to;
        let factor: f64 = surges.iter().filter(surge).map(|surge| surge.factor).product();
        arrivals.rate_at(since).map(|rate| rate.0 * factor)
    };
    // A trace has no rate; it gets as many users as may be.
    let rates = (0..=PIECES).map(|piece| rate_at(piece).unwrap_or(f64::INFINITY));
    let rate = rates.fold(0.0, f64::max);
    let (mut timeout, mut deadline) = (client.timeout.span(), client.deadline.span());
    let mut tries = client.retry.attempts;
    for (_, knob) in platform.turns(index) {
        match knob {
            Knob::Timeout(_, span) => timeout = timeout.max(span),
            Knob::Deadline(_, span) => deadline = deadline.max(span),
            Knob::Attempts(_, more) => tries = tries.max(more),
            _ => {}
        }
    }
    let longest = (timeout.min(load.bounds.patience) * u64::from(tries)).min(deadline);
    let needed = rate * longest.min(LONGEST_STALL).seconds();
    needed.clamp(OPEN_USERS.0, OPEN_USERS.1) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{At, Steps, stages, testing};

    #[test]
    fn the_peak_is_the_highest_step_of_each_client() {
        let scenario = testing::scenario("");
        let platform = &scenario.variants[0].platform;
        let stage = stages(&scenario.load, &scenario.run).remove(0);
        let mut steps = Steps::new(&scenario.run, &[]);
        let mut step = |at| steps.step(&stage, platform, at, 0);
        let (users, rate) = (step(At::Users(5_000)), step(At::Rate(400.0)));
        let peak = |steps: &[Step]| Peak::of(platform, &scenario.load, steps).users;
        // Two seconds of waiting at 100/s, and at 400/s.
        assert_eq!(peak(std::slice::from_ref(&users)), [5_000, 200]);
        assert_eq!(peak(std::slice::from_ref(&rate)), [100, 800]);
        assert_eq!(peak(&[users, rate]), [5_000, 800]);
    }

    #[test]
    fn who_hedges_needs_two_connections() {
        let scenario = testing::scenario("hedge = \"100ms\"");
        let platform = &scenario.variants[0].platform;
        let stage = stages(&scenario.load, &scenario.run).remove(0);
        let step = Steps::new(&scenario.run, &[]).step(&stage, platform, At::AsWritten, 0);
        let peak = Peak::of(platform, &scenario.load, &[step]);
        assert_eq!((peak.all(), peak.connections()), (300, 500));
    }

    #[test]
    fn open_clients_have_no_more_users_than_are_allowed() {
        let peak = |more: &str| {
            let scenario = testing::scenario(more);
            let platform = &scenario.variants[0].platform;
            let stage = stages(&scenario.load, &scenario.run).remove(0);
            let step = Steps::new(&scenario.run, &[]).step(&stage, platform, At::AsWritten, 0);
            Peak::of(platform, &scenario.load, &[step]).users
        };
        assert_eq!(peak("[load]\nusers-max = 1000"), [100, 200]);
        assert_eq!(peak("[load]\nusers-max = 130"), [100, 30]);
        assert_eq!(peak("[load]\nusers-max = 100"), [100, 1], "one more is refused later");
        let another = "[client.more]\narrivals.poisson = { rate = \"100/s\" }\ntimeout = \"4s\"\n";
        assert_eq!(peak(&format!("{another}[load]\nusers-max = 160")), [100, 20, 40]);
    }

    #[test]
    fn what_happens_to_a_client_may_need_more_users() {
        let event = |what: &str| format!("[[event]]\nat = \"1s\"\nfor = \"1s\"\n{what}");
        let surge = event("surge = { client = \"robots\", factor = 3 }");
        let patience = event("set = { \"client.robots.timeout\" = \"5s\" }");
        for (more, expected) in [("", 200), (surge.as_str(), 600), (patience.as_str(), 500)] {
            let scenario = testing::scenario(more);
            let platform = &scenario.variants[0].platform;
            let stage = stages(&scenario.load, &scenario.run).remove(0);
            let step = Steps::new(&scenario.run, &[]).step(&stage, platform, At::AsWritten, 0);
            assert_eq!(Peak::of(platform, &scenario.load, &[step]).users[1], expected);
        }
    }
}
