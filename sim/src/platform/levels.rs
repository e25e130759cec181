//! The same platform at another level of load, or for another time: what the steps of a load test
//! are.

use super::client::Source;
use super::config::{Platform, Timing};
use crate::time::Span;
use crate::workload::Arrivals;

/// Into how many steps the measured time is cut for its mean rate.
const RATE_STEPS: u64 = 1_000;

impl Platform {
    /// The platform with `users` users in all closed clients together, in proportion to what they
    /// have; each keeps at least one. Open clients stay as they are.
    ///
    /// Panics when there is no closed client, or fewer users than closed clients.
    pub fn with_users(&self, users: u32) -> Platform {
        let had: Vec<u64> = self.clients.iter().map(|client| u64::from(client.users())).collect();
        let closed = u64::from(self.users_least());
        let all: u64 = had.iter().sum();
        assert!(
            closed > 0 && u64::from(users) >= closed,
            "{users} users for {closed} closed clients"
        );
        // One for each, and of the others as many as the running sum says: no user is lost to rounding.
        let spare = u64::from(users) - closed;
        let (mut seen, mut given) = (0, 0);
        let mut platform = self.clone();
        for (client, had) in platform.clients.iter_mut().zip(had) {
            if let Source::Closed { users, .. } = &mut client.source {
                seen += had;
                let share = (u128::from(spare) * u128::from(seen) / u128::from(all)) as u64;
                *users = (1 + share - given) as u32;
                given = share;
            }
        }
        platform
    }

    /// The platform whose open clients send `factor` times as much, from the beginning on. Traces and
    /// closed clients stay as they are.
    pub fn with_rate(&self, factor: f64) -> Platform {
        Platform { rate_factor: self.rate_factor * factor, ..self.clone() }
    }

    /// The platform for another time.
    pub fn with_timing(&self, timing: Timing) -> Platform {
        Platform { timing, ..self.clone() }
    }

    /// The fewest users that all closed clients can have together: one each.
    pub fn users_least(&self) -> u32 {
        self.clients.iter().filter(|client| client.users() > 0).count() as u32
    }

    /// How many users all closed clients have together.
    pub fn users(&self) -> u64 {
        self.clients.iter().map(|client| u64::from(client.users())).sum()
    }

    /// How many requests a second all open clients send, mean over the measured time; surges and
    /// traces are left out.
    pub fn rate(&self) -> f64 {
        let duration = self.timing.duration;
        let mean = |arrivals: &Arrivals| {
            let part = |step: u64| (step as f64 + 0.5) / RATE_STEPS as f64;
            let middle = |step| Span::from_seconds(duration.seconds() * part(step));
            let rates = (0..RATE_STEPS).filter_map(|step| arrivals.rate_at(middle(step)));
            rates.map(|rate| rate.0).sum::<f64>() / RATE_STEPS as f64
        };
        let open = self.clients.iter().filter_map(|client| match &client.source {
            Source::Open(arrivals) => Some(mean(arrivals)),
            Source::Closed { .. } => None,
        });
        open.sum::<f64>() * self.rate_factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;
    use crate::platform::{simulate, simulate_with_diary};
    use crate::rng::Seed;
    use crate::scenario;

    /// A platform with two closed clients and an open one.
    fn platform() -> Platform {
        let text = r#"
schema = 1
[run]
duration = "100s"
[app.shop]
dynos = 9
endpoint.page.work.constant = "10ms"
[client.few]
users = 1
think.constant = "1s"
[client.many]
users = 99
think.constant = "1s"
[client.open]
arrivals.ramp = { from = "0/s", to = "40/s", over = "100s" }
"#;
        let loaded = scenario::from_text("levels", text, &Default::default());
        loaded.unwrap_or_else(|error| panic!("{error}")).variants[0].platform.clone()
    }

    #[test]
    fn users_are_shared_in_proportion_and_none_is_lost() {
        let platform = platform();
        assert_eq!((platform.users(), platform.users_least()), (100, 2));
        for (users, expected) in [(2, [1, 1]), (100, [1, 99]), (1_000, [10, 990]), (7, [1, 6])] {
            let other = platform.with_users(users);
            assert_eq!(other.users(), u64::from(users));
            assert_eq!([other.clients[0].users(), other.clients[1].users()], expected);
        }
    }

    #[test]
    fn a_rate_is_what_a_run_then_has() {
        let platform = platform();
        assert!((platform.rate() - 20.0).abs() < 1e-6);
        let twice = platform.with_rate(2.0).with_rate(2.0);
        assert!((twice.rate() - 80.0).abs() < 1e-6);
        let short = Timing { duration: Span::from_secs(50), ..platform.timing };
        assert!((twice.with_timing(short).rate() - 40.0).abs() < 1e-6);
        let seed = Seed { scenario: 1, replication: 0 };
        let arrivals = simulate(&twice, seed, &[]).value("client.open", Metric::Arrivals);
        let (summary, diary) = simulate_with_diary(&twice, seed, &[]);
        let open = diary.iter().filter(|entry| entry.client == 2);
        let mean = open.clone().map(|e| e.latency.seconds()).sum::<f64>() / open.count() as f64;
        let measured = summary.value("client.open", Metric::LatencyMean).unwrap();
        assert!((mean / measured - 1.0).abs() < 1e-9, "{mean} {measured}");
        assert!((arrivals.unwrap() / 80.0 - 1.0).abs() < 0.05, "{arrivals:?}");
    }
}
