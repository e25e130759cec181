//! Requests at exactly even distances.

use super::{Process, Profile, poisson};
use crate::config::{Body, Kind, Page};
use std::sync::Arc;

/// The registry's row.
pub const KIND: Kind<Process> = Kind {
    name: "steady",
    summary: "requests at even distances: `steady = { rate = \"1200/s\" }`",
    page: Page {
        settings: &[("rate", "the rate")],
        sections: &[
            (
                "Rule",
                "Exactly even distances, the first after one. Real traffic is never so kind to queues: use it to compare with, or for a timer.",
            ),
            ("Source", "The law D of Kendall's notation."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Process {
    let segments = body.fields(|fields| vec![poisson::read_rate(fields)]);
    Process::Rates { profile: Arc::new(Profile::lasting(segments)), even: true }
}

#[cfg(test)]
mod tests {
    use crate::time::{SimTime, Span};
    use crate::workload::Surge;
    use crate::workload::tests::{arrivals, problems, times};

    #[test]
    fn distances_never_drift() {
        // A rate whose gap is no whole number of nanoseconds.
        let clock = arrivals("steady = { rate = \"3/s\" }").start(SimTime::ZERO, &[]);
        for (n, at) in times(clock, 1_000_000).into_iter().enumerate() {
            let exact = ((n as u64 + 1) * 1_000_000_000 * 2 + 3) / 6;
            assert_eq!(at.nanos(), exact, "{n}");
        }
    }

    #[test]
    fn a_gap_goes_on_from_one_rate_to_the_next() {
        // One a second; from 2.5 s to 3.5 s four times that: the gap that is half spent at 2.5 s
        // ends after another eighth of a second, and one fourth is spent when the surge ends.
        let second = 1_000_000_000;
        let surge = Surge {
            from: SimTime::from_nanos(5 * second / 2),
            to: SimTime::from_nanos(7 * second / 2),
            factor: 4.0,
        };
        let clock = arrivals("steady = { rate = \"1/s\" }")
            .start(SimTime::ZERO + Span::from_secs(1), &[surge]);
        let found: Vec<f64> = times(clock, 8).into_iter().map(SimTime::seconds).collect();
        assert_eq!(found, [1.0, 2.0, 2.625, 2.875, 3.125, 3.375, 4.0, 5.0]);
    }

    #[test]
    fn wrong_configs_are_refused() {
        assert_eq!(
            problems("steady = { rate = \"0/s\" }"),
            ["`arrivals.steady.rate` must be more than 0/s, found `\"0/s\"`"]
        );
    }
}
