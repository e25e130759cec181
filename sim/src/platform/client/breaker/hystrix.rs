//! `hystrix`: opens when too large a share of a time window failed, then lets one attempt try.
//!
//! ```text
//! closed --a part of the window ends with >= `requests`, >= `errors` of them bad--> open
//! open --an attempt comes more than `sleep` later: it is the trial--> half-open
//! half-open --the first success--> closed, all counts forgotten
//! half-open --the first failure--> open
//! ```
//!
//! The window has twenty parts, and is looked at when one ends: what ended in the newest one is not
//! yet seen. Half-open, the first attempt to end decides, also one that was sent before the breaker
//! opened; while it is half-open no other is sent.
//!
//! Source: Netflix/Hystrix 1.5, `HystrixCircuitBreaker`, `HealthCountsStream` (snapshots every 500 ms
//! of a window of 10 s) and the defaults of `HystrixCommandProperties`. Unlike there, a trial that
//! another attempt of its request made needless does not count as failed: that other one's success
//! has closed the breaker.

use super::super::guards::Ended;
use super::super::window::Window;
use super::{Breaker, Circuit, reached};
use crate::config::{Body, Kind, Page};
use crate::time::{SimTime, Span};
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Breaker> = Kind {
    name: "hystrix",
    summary: "opens on the share of errors in a time window; one trial after a sleep (Netflix)",
    page: Page {
        settings: &[
            ("window", "how far back attempts are counted, in twenty parts"),
            ("requests", "fewer attempts in the window never open it"),
            ("errors", "the share of errors that opens it"),
            ("sleep", "how long it stays open before it lets one attempt try"),
        ],
        sections: &[
            (
                "Rule",
                "Each time a twentieth of the window ends: with at least `requests` attempts ended in the window and at least the share `errors` of them bad, it opens, and nothing is sent. The first attempt after `sleep` is a trial: its success closes the breaker and forgets all counts, its failure opens it for another `sleep`.",
            ),
            (
                "Knows",
                "How this population's own attempts ended, failures and time-outs being errors.",
            ),
            (
                "Wins",
                "When a dead backend costs its callers their time-outs, or needs quiet to recover: it takes all load away. It stops the good requests with the bad, and one trial says little: a backend that still fails half of its requests is opened to everybody by one lucky answer.",
            ),
            ("Source", "Netflix/Hystrix 1.5, HystrixCircuitBreaker and HystrixCommandProperties."),
        ],
    },
    read,
};

fn read(body: &mut Body<'_>) -> Breaker {
    let (window, settings) = body.fields(|fields| {
        let window = fields.or("window", Span::from_secs(10));
        fields.require("window", window >= Span::from_millis(20), "at least 20ms");
        let requests = fields.or("requests", 20_u32);
        fields.require("requests", requests > 0, "at least 1");
        let Ratio(errors) = fields.or("errors", Ratio(0.5));
        fields.require("errors", errors > 0.0, "more than 0");
        let sleep = fields.or("sleep", Span::from_secs(5));
        fields.require("sleep", sleep > Span::ZERO, "more than 0s");
        (window, (requests, errors, sleep))
    });
    Breaker::new("hystrix", move |portion| {
        let (requests, errors, sleep) = settings;
        let settings = Settings { requests: portion.least(requests).into(), errors, sleep };
        Hystrix { settings, window: Window::new(window, PARTS), state: State::Closed }
    })
}

/// How many parts the window has.
const PARTS: usize = 20;

/// The counts of the window.
const GOOD: usize = 0;
const BAD: usize = 1;

#[derive(Clone, Copy)]
struct Settings {
    requests: u64,
    errors: f64,
    sleep: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    /// Since when.
    Open(SimTime),
    HalfOpen,
}

struct Hystrix {
    settings: Settings,
    window: Window,
    state: State,
}

impl Hystrix {
    /// Looks at the window at every end of a part until now.
    fn look(&mut self, now: SimTime) {
        let (Settings { requests, errors, .. }, state) = (self.settings, &mut self.state);
        self.window.end_parts(now, |end, [good, bad]| {
            let all = good + bad;
            if *state == State::Closed && all >= requests && reached(bad, all, errors) {
                *state = State::Open(end);
            }
        });
    }
}

impl Circuit for Hystrix {
    fn admits(&mut self, now: SimTime) -> bool {
        self.look(now);
        match self.state {
            State::Closed => true,
            State::Open(since) if now > since + self.settings.sleep => {
                self.state = State::HalfOpen;
                true
            }
            State::Open(_) | State::HalfOpen => false,
        }
    }

    fn ended(&mut self, now: SimTime, ended: Ended) {
        self.look(now);
        match ended {
            Ended::TakenBack => {}
            Ended::Success if self.state == State::HalfOpen => {
                self.state = State::Closed;
                self.window.clear();
            }
            Ended::Success => self.window.count(now, GOOD),
            Ended::Failure(_) => {
                self.window.count(now, BAD);
                if self.state == State::HalfOpen {
                    self.state = State::Open(now);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Portion;
    use super::super::testing::{at, circuit, hear, portion, problems};

    #[test]
    fn it_opens_when_a_part_ends_with_enough_errors() {
        for (good, bad, opens) in
            [(10, 10, true), (11, 10, false), (0, 19, false), (0, 20, true), (50, 50, true)]
        {
            let mut it = circuit("breaker = \"hystrix\"");
            hear(&mut *it, 100, good, bad);
            assert!(it.admits(at(499)), "the part has not ended");
            assert_eq!(!it.admits(at(500)), opens, "{good} good, {bad} bad");
        }
    }

    #[test]
    fn a_portion_opens_at_its_part_of_the_requests() {
        for (bad, opens) in [(4, false), (5, true)] {
            let mut it = portion("breaker = \"hystrix\"", Portion { index: 3, of: 4 });
            hear(&mut *it, 100, 0, bad);
            assert_eq!(!it.admits(at(500)), opens, "{bad} bad");
        }
    }

    #[test]
    fn what_left_the_window_does_not_count() {
        let mut it = circuit("breaker = \"hystrix\"");
        hear(&mut *it, 100, 0, 19);
        hear(&mut *it, 10_050, 0, 1);
        // The first part left when the part of the last error began.
        assert!(it.admits(at(10_600)));
        let mut it = circuit("breaker = \"hystrix\"");
        hear(&mut *it, 600, 0, 19);
        hear(&mut *it, 10_050, 0, 1);
        assert!(!it.admits(at(10_600)));
    }

    #[test]
    fn one_trial_after_the_sleep_decides() {
        let mut it = circuit("breaker = \"hystrix\"");
        hear(&mut *it, 100, 0, 20);
        // It opened at 500 ms.
        assert!(!it.admits(at(5_500)));
        assert!(it.admits(at(5_501)), "the trial");
        assert!(!it.admits(at(5_502)), "no second one");
        hear(&mut *it, 6_000, 0, 1);
        assert!(!it.admits(at(11_000)));
        assert!(it.admits(at(11_001)), "the next trial");
        hear(&mut *it, 11_500, 1, 0);
        // The errors of the window are forgotten.
        assert!(it.admits(at(11_501)) && it.admits(at(12_100)));
        hear(&mut *it, 12_100, 0, 19);
        assert!(it.admits(at(12_600)));
        hear(&mut *it, 12_600, 0, 1);
        assert!(!it.admits(at(13_000)));
    }

    #[test]
    fn it_opens_at_the_end_of_the_part_and_not_when_next_asked() {
        let mut it = circuit("breaker = \"hystrix\"");
        hear(&mut *it, 100, 0, 20);
        // Nobody asked between 500 ms and 5.6 s: the sleep is over, and this is the trial.
        assert!(it.admits(at(5_600)));
        assert!(!it.admits(at(5_601)));
    }

    #[test]
    fn impossible_settings_are_refused() {
        for (text, problem) in [
            ("window = \"1ms\"", "`breaker.hystrix.window` must be at least 20ms, found `\"1ms\"`"),
            ("requests = 0", "`breaker.hystrix.requests` must be at least 1, found `0`"),
            ("errors = 0", "`breaker.hystrix.errors` must be more than 0, found `0.0`"),
            ("sleep = \"0s\"", "`breaker.hystrix.sleep` must be more than 0s, found `\"0s\"`"),
        ] {
            assert_eq!(problems(&format!("breaker.hystrix = {{ {text} }}")), [problem]);
        }
    }
}
