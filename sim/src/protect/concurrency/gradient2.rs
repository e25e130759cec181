//! `gradient2`: the limit falls as the present latency rises above the long-run one.
//!
//! Source: Netflix/concurrency-limits, `Gradient2Limit` and `ExpAvgMeasurement`. After each window with
//! mean latency `short`: `long` is the mean of the first 10 windows, then an exponential average with
//! weight 2 / (`long-window` + 1). If `long` > 2 `short`, the average is kept at 0.95 of itself from
//! the next window on. If less than half of the limit was under way, the limit stays. Else
//!
//! ```text
//! gradient = clamp(tolerance * long / short, 0.5, 1)
//! limit    = clamp((1 - smoothing) * limit + smoothing * (gradient * limit + queue), min, max)
//! ```

use super::{Concurrency, INITIAL, Limit, SAMPLES, WINDOW, Window, bounds};
use crate::config::{Fields, Kind, Page};
use crate::rng::Stream;
use crate::units::Ratio;

/// The registry's row.
pub const KIND: Kind<Concurrency> = Kind {
    name: "gradient2",
    summary: "falls as latency rises above its long-run average (Netflix)",
    page: Page {
        settings: &[
            INITIAL,
            ("min", "the limit never falls below it"),
            ("max", "the limit never rises above it"),
            ("queue", "how many more than the gradient asks for: the queue that is wanted"),
            (
                "tolerance",
                "latency may be so many times its long-run average before the limit falls",
            ),
            ("smoothing", "the weight of what a window asks for"),
            ("long-window", "how many windows the long-run average looks back"),
            WINDOW,
            SAMPLES,
        ],
        sections: &[
            (
                "Rule",
                "After each window: gradient = tolerance x long-run latency / latency, from 0.5 to 1; the limit moves towards gradient x limit + queue by `smoothing`. It stays while less than half of it is used.",
            ),
            (
                "Knows",
                "How long the router's own attempts of the app took from admission to the answer.",
            ),
            (
                "Wins",
                "When load rises for a while: latency leaves its average and the limit falls. When overload lasts, the average learns the bad latency within `long-window` windows and the limit rises again.",
            ),
            ("Source", "Netflix/concurrency-limits, Gradient2Limit (commit 78a74b9)."),
        ],
    },
    read: |body| {
        body.fields(|fields| {
            let settings = Settings::read(fields);
            Concurrency::read(fields, "gradient2", move || Box::new(Gradient2::new(settings)))
        })
    },
};

/// The settings, with the source's defaults.
#[derive(Clone, Copy, Debug)]
struct Settings {
    initial: u32,
    min: u32,
    max: u32,
    queue: u32,
    tolerance: f64,
    smoothing: f64,
    long_window: u32,
}

impl Settings {
    fn read(fields: &mut Fields<'_>) -> Settings {
        let (initial, min, max) = bounds(fields, 200);
        let queue = fields.or("queue", 4_u32);
        let tolerance = fields.or("tolerance", 1.5);
        fields.require("tolerance", (1.0..=1000.0).contains(&tolerance), "from 1 to 1000");
        let smoothing = fields.or("smoothing", Ratio(0.2)).0;
        fields.require("smoothing", smoothing > 0.0, "more than 0");
        let long_window = fields.or("long-window", 600_u32);
        fields.require("long-window", long_window >= 1, "at least 1");
        Settings { initial, min, max, queue, tolerance, smoothing, long_window }
    }
}

/// Windows whose latencies are averaged plainly before the exponential average begins.
const FIRST: u32 = 10;

/// The limit at work.
struct Gradient2 {
    settings: Settings,
    limit: f64,
    /// The long-run latency in nanoseconds.
    long: f64,
    /// Of the first windows: how many there were and the sum of their latencies.
    first: u32,
    sum: f64,
}

impl Gradient2 {
    fn new(settings: Settings) -> Gradient2 {
        Gradient2 { settings, limit: f64::from(settings.initial), long: 0.0, first: 0, sum: 0.0 }
    }

    /// Adds a latency to the long-run average and gives it.
    fn average(&mut self, short: f64) -> f64 {
        if self.first < FIRST {
            self.first += 1;
            self.sum += short;
            self.long = self.sum / f64::from(self.first);
        } else {
            let weight = 2.0 / (f64::from(self.settings.long_window) + 1.0);
            self.long = self.long * (1.0 - weight) + short * weight;
        }
        self.long
    }
}

impl Limit for Gradient2 {
    fn limit(&self) -> u32 {
        self.limit as u32
    }

    fn learn(&mut self, window: &Window, _: &mut Stream) {
        let Settings { min, max, queue, tolerance, smoothing, .. } = self.settings;
        let short = window.latency.nanos() as f64;
        let long = self.average(short);
        if long / short > 2.0 {
            self.long *= 0.95;
        }
        if f64::from(window.in_flight) < self.limit / 2.0 {
            return;
        }
        let gradient = (tolerance * long / short).clamp(0.5, 1.0);
        let wanted = self.limit * gradient + f64::from(queue);
        let limit = self.limit * (1.0 - smoothing) + wanted * smoothing;
        self.limit = limit.clamp(f64::from(min), f64::from(max));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::limits;
    use super::*;

    fn new() -> Gradient2 {
        let defaults = Settings {
            initial: 20,
            min: 20,
            max: 200,
            queue: 4,
            tolerance: 1.5,
            smoothing: 0.2,
            long_window: 600,
        };
        Gradient2::new(defaults)
    }

    #[test]
    fn at_even_latency_it_grows_by_a_fifth_of_the_queue_while_it_is_used() {
        let windows = [(100, 20, false); 5];
        // 20, then + 0.2 x 4 each time.
        assert_eq!(limits(&mut new(), &windows), [20, 21, 22, 23, 24]);
        let idle = [(100, 9, false); 5];
        assert_eq!(limits(&mut new(), &idle), [20; 5]);
        assert_eq!(*limits(&mut new(), &[(100, 200, false); 400]).last().unwrap(), 200);
    }

    #[test]
    fn it_falls_when_latency_rises_and_never_below_its_least() {
        let mut limit = new();
        limits(&mut limit, &[(100, 200, false); 400]);
        // Twice the latency: the average has become 100 + 100 x 2/601, so the gradient is
        // 1.5 x 100.33 / 200 = 0.7525 and the limit 0.8 x 200 + 0.2 x (0.7525 x 200 + 4).
        assert_eq!(limits(&mut limit, &[(200, 200, false)]), [190]);
        // Ten times: the gradient is 0.5 at least.
        let before = limit.limit;
        limits(&mut limit, &[(1000, 200, false)]);
        assert_eq!(limit.limit, before * 0.8 + 0.2 * (before * 0.5 + 4.0));
        assert_eq!(*limits(&mut limit, &[(1000, 200, false); 20]).last().unwrap(), 28);
        assert_eq!(*limits(&mut limit, &[(1000, 200, false); 20]).last().unwrap(), 20);
    }

    #[test]
    fn an_average_that_is_twice_too_high_is_let_down_at_once() {
        let mut limit = new();
        limits(&mut limit, &[(1000, 20, false); 10]);
        assert_eq!(limit.long / 1e6, 1000.0);
        limits(&mut limit, &[(100, 20, false)]);
        let averaged = 1000.0 * (1.0 - 2.0 / 601.0) + 100.0 * (2.0 / 601.0);
        assert!((limit.long / 1e6 - averaged * 0.95).abs() < 1e-6);
    }
}
