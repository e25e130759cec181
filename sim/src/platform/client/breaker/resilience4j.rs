//! `resilience4j`: opens when too large a share of the last attempts failed, then tries a few.
//!
//! ```text
//! closed --of the last `window` attempts, at least `least`, >= `errors` are bad--> open
//! open --an attempt comes more than `open` later--> half-open
//! half-open --as many ended as may try: < `errors` of them bad--> closed, all counts forgotten
//! half-open --the same with >= `errors`--> open
//! ```
//!
//! The share is looked at each time an attempt ends. Half-open, `half-open` attempts are sent in all;
//! what was sent before the breaker opened counts too when it ends then, and a trial that is taken
//! back gives its place to another.
//!
//! Source: resilience4j, `CircuitBreakerStateMachine`, `CircuitBreakerMetrics` and the defaults of
//! `CircuitBreakerConfig` (a count-based window). Its slow calls are left out: an attempt is slow when
//! it times out. Its own `Retry` around a breaker may try again what the breaker refused, with a
//! back-off; here that ends the request, as it does for all kinds.

use super::super::guards::Ended;
use super::{Breaker, Circuit, reached};
use crate::config::{Body, Kind, Page};
use crate::time::{SimTime, Span};
use crate::units::Ratio;
use std::collections::VecDeque;

/// The registry's row.
pub const KIND: Kind<Breaker> = Kind {
    name: "resilience4j",
    summary: "opens on the share of errors among the last attempts; several trials after a wait",
    page: Page {
        settings: &[
            ("window", "how many of the last attempts are looked at"),
            ("least", "fewer attempts never open it; at most `window` counts"),
            ("errors", "the share of errors that opens it"),
            ("open", "how long it stays open"),
            ("half-open", "how many attempts then try"),
        ],
        sections: &[
            (
                "Rule",
                "Each time an attempt ends: when at least `least` have ended since it closed and at least the share `errors` of the last `window` are bad, it opens, and nothing is sent. The first attempt after `open` makes it half-open: `half-open` attempts are sent in all, and when so many have ended, their share of errors closes the breaker or opens it anew.",
            ),
            (
                "Knows",
                "How this population's own attempts ended, failures and time-outs being errors.",
            ),
            (
                "Wins",
                "Where traffic varies: counts do not depend on the rate, and ten trials say more than one. With much traffic a hundred attempts are a short moment, so that a burst of errors opens it; its minute of silence is long beside most faults.",
            ),
            ("Source", "resilience4j, CircuitBreakerStateMachine and CircuitBreakerConfig."),
        ],
    },
    read,
};

/// The longest window: its attempts are kept.
const MOST: u32 = 100_000;

fn read(body: &mut Body<'_>) -> Breaker {
    let settings = body.fields(|fields| {
        let window = fields.or("window", 100_u32);
        fields.require("window", (1..=MOST).contains(&window), "from 1 to 100000");
        let least = fields.or("least", 100_u32);
        fields.require("least", least > 0, "at least 1");
        let Ratio(errors) = fields.or("errors", Ratio(0.5));
        fields.require("errors", errors > 0.0, "more than 0");
        let open = fields.or("open", Span::from_secs(60));
        fields.require("open", open > Span::ZERO, "more than 0s");
        let half_open = fields.or("half-open", 10_u32);
        fields.require("half-open", (1..=MOST).contains(&half_open), "from 1 to 100000");
        Settings { window, least, errors, open, half_open }
    });
    Breaker::new("resilience4j", move |portion| {
        let settings = Settings {
            window: portion.least(settings.window),
            least: portion.least(settings.least),
            half_open: portion.least(settings.half_open),
            ..settings
        };
        Resilience4j { settings, state: State::Closed, last: Last::of(settings.window) }
    })
}

#[derive(Clone, Copy)]
struct Settings {
    window: u32,
    least: u32,
    errors: f64,
    open: Span,
    half_open: u32,
}

#[derive(Clone, Copy)]
enum State {
    Closed,
    /// Since when.
    Open(SimTime),
    /// How many may still try.
    HalfOpen(u32),
}

/// How the last attempts ended.
struct Last {
    most: usize,
    bad: VecDeque<bool>,
    errors: u64,
}

impl Last {
    /// None so far, of at most `most`.
    fn of(most: u32) -> Last {
        Last { most: most as usize, bad: VecDeque::new(), errors: 0 }
    }

    fn count(&mut self, bad: bool) {
        if self.bad.len() == self.most && self.bad.pop_front() == Some(true) {
            self.errors -= 1;
        }
        self.bad.push_back(bad);
        self.errors += u64::from(bad);
    }
}

struct Resilience4j {
    settings: Settings,
    state: State,
    last: Last,
}

impl Resilience4j {
    /// Whether enough attempts have ended, and if so, whether too many of them are bad.
    fn verdict(&self) -> Option<bool> {
        let (all, most) = (self.last.bad.len(), self.last.most);
        let enough = all >= most.min(self.settings.least as usize);
        enough.then(|| reached(self.last.errors, all as u64, self.settings.errors))
    }
}

impl Circuit for Resilience4j {
    fn admits(&mut self, now: SimTime) -> bool {
        if let State::Open(since) = self.state
            && now > since + self.settings.open
        {
            self.state = State::HalfOpen(self.settings.half_open);
            self.last = Last::of(self.settings.half_open);
        }
        match &mut self.state {
            State::Closed => true,
            State::Open(_) | State::HalfOpen(0) => false,
            State::HalfOpen(left) => {
                *left -= 1;
                true
            }
        }
    }

    fn ended(&mut self, now: SimTime, ended: Ended) {
        match (&mut self.state, ended) {
            (State::HalfOpen(left), Ended::TakenBack) => {
                // It may be one that was sent before: there are never more trials than allowed.
                *left = (*left + 1).min(self.settings.half_open);
            }
            (State::Open(_), _) | (_, Ended::TakenBack) => {}
            (state, ended) => {
                self.last.count(ended != Ended::Success);
                let half_open = matches!(state, State::HalfOpen(_));
                match self.verdict() {
                    Some(true) => self.state = State::Open(now),
                    Some(false) if half_open => {
                        self.state = State::Closed;
                        self.last = Last::of(self.settings.window);
                    }
                    Some(false) | None => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::guards::Ended;
    use super::super::Portion;
    use super::super::testing::{at, circuit, hear, portion, problems};

    const SMALL: &str =
        "breaker.resilience4j = { window = 4, least = 3, open = \"1s\", half-open = 2 }";

    #[test]
    fn the_last_attempts_open_it() {
        let mut it = circuit(SMALL);
        hear(&mut *it, 0, 0, 2);
        assert!(it.admits(at(0)), "fewer than three");
        hear(&mut *it, 0, 1, 0);
        assert!(!it.admits(at(0)), "two of three");
        let mut it = circuit(SMALL);
        hear(&mut *it, 0, 3, 1);
        hear(&mut *it, 0, 3, 0);
        hear(&mut *it, 0, 0, 1);
        assert!(it.admits(at(0)), "one of the last four");
        hear(&mut *it, 0, 0, 1);
        assert!(!it.admits(at(0)), "two of the last four");
    }

    #[test]
    fn a_portion_opens_after_its_part_and_tries_with_its_part() {
        let mut it = portion(SMALL, Portion { index: 0, of: 2 });
        hear(&mut *it, 0, 0, 1);
        assert!(it.admits(at(0)), "fewer than two");
        hear(&mut *it, 0, 0, 1);
        assert!(!it.admits(at(0)), "both");
        assert!(it.admits(at(1001)) && !it.admits(at(1001)), "one of the two trials");
    }

    #[test]
    fn a_few_try_and_their_share_decides() {
        let mut it = circuit(SMALL);
        hear(&mut *it, 0, 0, 3);
        assert!(!it.admits(at(1000)));
        assert!(it.admits(at(1001)) && it.admits(at(1001)));
        assert!(!it.admits(at(1002)), "two may try");
        hear(&mut *it, 1100, 1, 0);
        assert!(!it.admits(at(1100)), "one of them is out");
        hear(&mut *it, 1200, 0, 1);
        // Half of them failed: open since 1.2 s.
        assert!(!it.admits(at(2200)));
        assert!(it.admits(at(2201)) && it.admits(at(2201)));
        hear(&mut *it, 2300, 2, 0);
        assert!(it.admits(at(2300)) && it.admits(at(2300)) && it.admits(at(2300)));
        hear(&mut *it, 2400, 0, 2);
        assert!(it.admits(at(2400)), "what was before it closed is forgotten");
    }

    #[test]
    fn a_trial_that_is_taken_back_gives_its_place() {
        let mut it = circuit(SMALL);
        hear(&mut *it, 0, 0, 3);
        assert!(it.admits(at(1001)) && it.admits(at(1001)) && !it.admits(at(1001)));
        it.ended(at(1002), Ended::TakenBack);
        assert!(it.admits(at(1003)) && !it.admits(at(1003)));
    }

    #[test]
    fn the_defaults_look_at_a_hundred() {
        let mut it = circuit("breaker = \"resilience4j\"");
        hear(&mut *it, 0, 0, 99);
        assert!(it.admits(at(0)));
        hear(&mut *it, 0, 1, 0);
        assert!(!it.admits(at(60_000)));
        assert!((0..10).all(|_| it.admits(at(60_001))) && !it.admits(at(60_001)));
    }

    #[test]
    fn impossible_settings_are_refused() {
        for (text, problem) in [
            ("window = 0", "`breaker.resilience4j.window` must be from 1 to 100000, found `0`"),
            ("least = 0", "`breaker.resilience4j.least` must be at least 1, found `0`"),
            ("errors = 0", "`breaker.resilience4j.errors` must be more than 0, found `0.0`"),
            (
                "half-open = 0",
                "`breaker.resilience4j.half-open` must be from 1 to 100000, found `0`",
            ),
        ] {
            assert_eq!(problems(&format!("breaker.resilience4j = {{ {text} }}")), [problem]);
        }
    }
}
