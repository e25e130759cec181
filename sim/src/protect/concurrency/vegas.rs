//! `vegas`: estimates how many attempts queue, and keeps that number between two bounds.
//!
//! Source: Netflix/concurrency-limits, `VegasLimit` and `Log10RootIntFunction`, after TCP Vegas
//! (Brakmo and Peterson 1995). After each window, with `base` the least latency seen:
//!
//! ```text
//! probe  every (0.5 to 1, by chance) * probe * limit windows: base = latency, and no more
//! base   none yet, or latency below it:                       base = latency, and no more
//! queue  = ceil(limit * (1 - base / latency)), step = max(1, floor(log10 limit))
//! dropped                 limit - step        less than half of the limit under way: stays
//! queue <= step           limit + beta * step
//! queue <  alpha * step   limit + step
//! queue >  beta * step    limit - step        between them: stays
//! ```
//!
//! The new limit is held from 1 to `max` and smoothed.

use super::{Concurrency, INITIAL, Limit, MOST, SAMPLES, USUAL, WINDOW, Window};
use crate::config::{Fields, Kind, Page};
use crate::rng::Stream;
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Concurrency> = Kind {
    name: "vegas",
    summary: "keeps the estimated queue between two bounds (Netflix, after TCP Vegas)",
    page: Page {
        settings: &[
            INITIAL,
            ("max", "the limit never rises above it"),
            ("alpha", "below so many steps of queue the limit rises by a step"),
            (
                "beta",
                "above so many steps of queue it falls by a step; with none it rises by so many",
            ),
            (
                "probe",
                "the least latency is measured anew about every so many windows times the limit",
            ),
            ("smoothing", "the weight of what a window asks for"),
            WINDOW,
            SAMPLES,
        ],
        sections: &[
            (
                "Rule",
                "queue = limit x (1 - least latency / latency). A step is the whole decimal logarithm of the limit, at least 1. The limit rises while the queue is below `alpha` steps, falls above `beta` steps or when an attempt was dropped, and stays between. It does not rise while less than half of it is used.",
            ),
            (
                "Knows",
                "How long the router's own attempts of the app took from admission to the answer.",
            ),
            (
                "Wins",
                "When service times are even: the least latency then is that without a queue. When they scatter, the mean is above the least without any queue, and the limit stays too low.",
            ),
            (
                "Source",
                "Netflix/concurrency-limits, VegasLimit (commit 78a74b9); TCP Vegas, Brakmo and Peterson 1995.",
            ),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let settings = Settings::read(fields);
            Concurrency::read(fields, "vegas", move || Box::new(Vegas::new(settings)))
        })
    },
};

/// The settings, with the source's defaults.
#[derive(Clone, Copy, Debug)]
struct Settings {
    initial: u32,
    max: u32,
    alpha: u32,
    beta: u32,
    probe: u32,
    smoothing: f64,
}

impl Settings {
    fn read(fields: &mut Fields<'_>) -> Settings {
        let max = fields.or("max", 1000_u32);
        fields.require("max", (1..=MOST).contains(&max), "from 1 to 1000000");
        let initial = fields.or("initial", USUAL.min(max));
        fields.require("initial", (1..=max.max(1)).contains(&initial), "from 1 to `max`");
        let alpha = fields.or("alpha", 3_u32);
        let beta = fields.or("beta", 6_u32);
        fields.require("beta", (alpha..=1000).contains(&beta), "from `alpha` to 1000");
        let probe = fields.or("probe", 30_u32);
        fields.require("probe", probe >= 1, "at least 1");
        let smoothing = fields.or("smoothing", Ratio(1.0)).0;
        fields.require("smoothing", smoothing > 0.0, "more than 0");
        Settings { initial, max, alpha, beta, probe, smoothing }
    }
}

/// The limit at work.
struct Vegas {
    settings: Settings,
    limit: f64,
    /// The least latency in nanoseconds; 0 before there is one.
    base: u64,
    /// Windows since the last probe.
    windows: u32,
    /// By how much the next probe comes earlier; nothing before it is first needed.
    jitter: Option<f64>,
}

impl Vegas {
    fn new(settings: Settings) -> Vegas {
        let limit = f64::from(settings.initial);
        Vegas { settings, limit, base: 0, windows: 0, jitter: None }
    }

    /// Whether the least latency is to be measured anew.
    fn probes(&mut self, rng: &mut Stream) -> bool {
        self.windows += 1;
        let jitter = *self.jitter.get_or_insert_with(|| 0.5 + rng.unit() / 2.0);
        let due = jitter * f64::from(self.settings.probe) * self.limit <= f64::from(self.windows);
        if due {
            (self.windows, self.jitter) = (0, None);
        }
        due
    }

    /// What a window asks for; nothing to stay.
    fn wanted(&self, window: &Window) -> Option<f64> {
        let queue = (self.limit * (1.0 - self.base as f64 / window.latency.nanos() as f64)).ceil();
        let whole = (self.limit as u32).max(1);
        let step = whole.ilog10().max(1);
        let [alpha, beta] = [self.settings.alpha, self.settings.beta].map(|k| f64::from(k * step));
        let step = f64::from(step);
        if window.dropped {
            Some(self.limit - step)
        } else if f64::from(window.in_flight) * 2.0 < self.limit {
            None
        } else if queue <= step {
            Some(self.limit + beta)
        } else if queue < alpha {
            Some(self.limit + step)
        } else if queue > beta {
            Some(self.limit - step)
        } else {
            None
        }
    }
}

impl Limit for Vegas {
    fn limit(&self) -> u32 {
        self.limit as u32
    }

    fn learn(&mut self, window: &Window, rng: &mut Stream) {
        let latency = window.latency.nanos();
        if self.probes(rng) || self.base == 0 || latency < self.base {
            self.base = latency;
            return;
        }
        if let Some(wanted) = self.wanted(window) {
            let wanted = wanted.clamp(1.0, f64::from(self.settings.max));
            let smoothing = self.settings.smoothing;
            self.limit = (1.0 - smoothing) * self.limit + smoothing * wanted;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::limits;
    use super::*;

    fn new(initial: u32, probe: u32) -> Vegas {
        Vegas::new(Settings { initial, max: 1000, alpha: 3, beta: 6, probe, smoothing: 1.0 })
    }

    #[test]
    fn it_rises_fast_without_a_queue_slowly_with_a_short_one_and_falls_with_a_long_one() {
        // The first window gives the least latency, 100 ms.
        let mut limit = new(20, 30);
        let found = limits(&mut limit, &[(100, 20, false), (100, 20, false), (105, 30, false)]);
        // No queue: + 6. Then ceil(26 x (1 - 100/105)) = 2: + 1.
        assert_eq!(found, [20, 26, 27]);
        // ceil(27 x (1 - 100/120)) = 5 is between 3 and 6: stays. At 150 ms it is 9: - 1.
        assert_eq!(limits(&mut limit, &[(120, 30, false), (150, 30, false)]), [27, 26]);
        // A drop: - 1 even without a queue. Half used: stays.
        assert_eq!(limits(&mut limit, &[(100, 30, true), (100, 12, false)]), [25, 25]);
        // Above a hundred the step is two.
        let mut large = new(200, 30);
        assert_eq!(limits(&mut large, &[(100, 200, false), (100, 200, false)]), [200, 212]);
    }

    #[test]
    fn the_least_latency_is_measured_anew_now_and_then() {
        let mut limit = new(20, 1);
        limits(&mut limit, &[(100, 20, false)]);
        // Between 10 and 20 windows later the present 300 ms is taken for the least.
        let found = limits(&mut limit, &[(300, 5, false); 19]);
        assert_eq!((found[0], limit.base), (20, 300_000_000));
    }

    #[test]
    fn it_stays_from_one_to_its_most() {
        let mut limit = new(20, 30);
        limits(&mut limit, &[(100, 20, false)]);
        assert_eq!(*limits(&mut limit, &[(1000, 0, true); 40]).last().unwrap(), 1);
        let mut limit = new(990, 30);
        assert_eq!(limits(&mut limit, &[(100, 990, false), (100, 990, false)])[1], 1000);
    }
}
