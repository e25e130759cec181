//! What the requests of a client are held to, which `set` events change in mid-step.
//!
//! A change holds for what begins after it: a time-out for the attempts that are sent, a deadline for
//! the requests that begin. What runs already keeps its time, as in the simulator.

use super::round::duration;
use sim::load::Load;
use sim::platform::{Client, Knob};
use sim::time::{SimTime, Span};
use std::collections::VecDeque;
use std::time::Duration;

/// What holds at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// How long an attempt is waited for.
    pub timeout: Duration,
    /// How long a request may take, retries and all.
    pub deadline: Option<Duration>,
    /// Most tries of a request.
    pub attempts: u32,
}

/// The terms of a client, and what becomes of them in a step.
#[derive(Debug)]
pub(super) struct Turning {
    terms: Terms,
    patience: Span,
    /// What is still to come, in its order.
    turns: VecDeque<(SimTime, Knob)>,
}

impl Turning {
    /// The terms of a client as written, and what happens to them.
    pub fn new(client: &Client, load: &Load, turns: Vec<(SimTime, Knob)>) -> Turning {
        let patience = load.bounds.patience;
        let terms = Terms {
            timeout: duration(client.timeout.span().min(patience)),
            deadline: bounded(client.deadline.span()),
            attempts: client.retry.attempts,
        };
        Turning { terms, patience, turns: turns.into() }
    }

    /// The terms at an instant, which is not before that of an earlier call; and the share of the retry
    /// budget, where it has changed since.
    pub fn at(&mut self, now: SimTime) -> (Terms, Option<f64>) {
        let mut budget = None;
        while let Some((_, knob)) = self.turns.pop_front_if(|(at, _)| *at <= now) {
            let terms = &mut self.terms;
            match knob {
                Knob::Timeout(_, span) => terms.timeout = duration(span.min(self.patience)),
                Knob::Deadline(_, span) => terms.deadline = bounded(span),
                Knob::Attempts(_, tries) => terms.attempts = tries,
                Knob::Budget(_, share) => budget = Some(share),
                _ => {}
            }
        }
        (self.terms, budget)
    }
}

fn bounded(span: Span) -> Option<Duration> {
    (span < Span::MAX).then(|| duration(span))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;

    #[test]
    fn terms_change_when_the_scenario_says_and_back() {
        let events = r#"
[[event]]
at = "1s"
for = "2s"
set = { "client.robots.timeout" = "90s", "client.robots.retry.attempts" = 7 }
[[event]]
at = "2s"
set = { "client.robots.deadline" = "5s", "client.browsers.timeout" = "1s" }
"#;
        let scenario = testing::scenario(events);
        let platform = &scenario.variants[0].platform;
        let robots = platform.clients.iter().position(|client| client.name == "robots").unwrap();
        let (client, load) = (&platform.clients[robots], &scenario.load);
        let mut turning = Turning::new(client, load, platform.turns(robots));
        let warmup = platform.timing.warmup;
        let mut at = |millis| {
            let now = SimTime::ZERO + warmup + Span::from_millis(millis);
            let (terms, budget) = turning.at(now);
            assert_eq!(budget, None);
            (terms.timeout.as_secs(), terms.deadline.map(|it| it.as_secs()), terms.attempts)
        };
        let written = at(999);
        let (timeout, _, attempts) = written;
        assert!(timeout < 60 && attempts < 7, "{written:?}");
        // Nobody waits for longer than `bounds.patience`.
        assert_eq!(at(1_000), (60, written.1, 7));
        assert_eq!(at(2_999), (60, Some(5), 7));
        assert_eq!(at(3_000), (timeout, Some(5), attempts));
    }
}
