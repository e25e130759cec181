//! Whether a closed run can see a quantile of latency at all.
//!
//! A user of a closed run sends nothing while it waits. So a target that stands still for a second is
//! met by one request of each user, where open traffic would have sent thousands: what is slow is
//! asked for less, and quantiles look well (*coordinated omission*, G. Tene). How much was withheld can
//! be reckoned: a user who otherwise sends once in a *cycle* withholds `L / cycle` requests while one
//! answer takes `L`, and those would have waited for `L - cycle`, `L - 2 cycle` and so on. This is
//! HdrHistogram's correction with the user's own cycle as the expected interval.
//!
//! The correction takes every long answer for a stall of the whole target, which it need not be; so
//! the corrected quantile is not reported as measured. It says only what could be: an expectation that
//! holds as measured and not as corrected is one that this run cannot judge.

use sim::metrics::{Comparison, Metric};
use std::fmt;

/// Quantiles are looked up to this share of the longest answer.
const STEPS: u32 = 60;

/// What a closed run did, beside its latencies.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// How many users there were, on average.
    pub users: f64,
    /// How long it was measured, in seconds.
    pub seconds: f64,
    /// How many requests failed, and how long all of them took together, in seconds.
    pub failed: (u64, f64),
}

/// Latencies in seconds and how often each was seen, the shortest first. A request that is still under
/// way at the end counts with the time that it has taken so far.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<(f64, u64)>);

/// Why an expectation cannot be judged by a closed run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blindness {
    /// What is expected of.
    pub metric: Metric,
    /// As measured, in seconds.
    pub measured: f64,
    /// With the requests put in that users withheld, in seconds.
    pub corrected: f64,
    /// The longest answer, in seconds.
    pub longest: f64,
    /// How often a user sends when nothing is in its way, in seconds from one request to the next.
    pub cycle: f64,
    /// How many requests were withheld.
    pub withheld: u64,
}

impl Samples {
    /// Samples in any order.
    pub fn new(mut samples: Vec<(f64, u64)>) -> Samples {
        samples.retain(|(_, count)| *count > 0);
        samples.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        Samples(samples)
    }

    /// Samples of a histogram that is asked for quantiles (shares from 0 to 1, in seconds): all of up to
    /// a thousand, and of more a thousand steps, of which the last tenth is cut into a thousand again.
    pub fn of_quantiles(count: u64, quantile: impl Fn(f64) -> f64) -> Samples {
        let mut samples = Vec::new();
        let (mut begin, total) = (0, count);
        while begin < count {
            let rest = count - begin;
            let step = rest.div_ceil(1_000);
            // Nine tenths in these steps, the last tenth in finer ones.
            let end = if step == 1 { count } else { begin + step * (rest / step * 9 / 10) };
            while begin < end {
                let next = (begin + step).min(end);
                let rank = begin + (next - begin).div_ceil(2);
                samples.push((quantile(rank as f64 / total as f64), next - begin));
                begin = next;
            }
        }
        Samples::new(samples)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The sum of all, in seconds.
    fn seconds(&self) -> f64 {
        self.0.iter().map(|(value, count)| value * *count as f64).sum()
    }

    /// The longest; 0 of none.
    fn longest(&self) -> f64 {
        self.0.last().map_or(0.0, |(value, _)| *value)
    }

    /// The value that a share of the samples does not exceed.
    fn quantile(&self, quantile: f64) -> f64 {
        let rank = quantile * self.count() as f64;
        let mut seen = 0;
        let found = self.0.iter().find(|(_, count)| {
            seen += count;
            seen as f64 >= rank
        });
        found.map_or(self.longest(), |(value, _)| *value)
    }
}

impl Closed {
    /// The time from one request of a user to its next when the answer takes as long as usual: all
    /// that users do between answers, and the median answer. Nothing without an answer.
    fn cycle(&self, samples: &Samples) -> Option<f64> {
        let (failures, failed) = self.failed;
        let ended = samples.count() + failures;
        if samples.count() == 0 {
            return None;
        }
        let between = (self.users * self.seconds - samples.seconds() - failed) / ended as f64;
        let cycle = between.max(0.0) + samples.quantile(0.5);
        (cycle > 0.0).then_some(cycle)
    }
}

/// Samples with the requests that were withheld.
struct Corrected<'a> {
    samples: &'a Samples,
    cycle: f64,
}

impl Corrected<'_> {
    /// How many requests a user withheld while an answer took so long: those that would have waited
    /// for at least a cycle.
    fn withheld(&self, value: f64) -> f64 {
        ((value / self.cycle).floor() - 1.0).max(0.0)
    }

    /// How many there are that took longer than `bound`.
    fn above(&self, bound: f64) -> f64 {
        let above =
            self.samples.0.iter().filter(|(value, _)| *value > bound).map(|(value, count)| {
                let longer = (((value - bound) / self.cycle).ceil() - 1.0).max(0.0);
                *count as f64 * (1.0 + longer.min(self.withheld(*value)))
            });
        above.sum()
    }

    fn quantile(&self, quantile: f64) -> f64 {
        let most = (1.0 - quantile) * self.above(-1.0);
        let (mut low, mut high) = (0.0, self.samples.longest());
        for _ in 0..STEPS {
            let middle = 0.5 * (low + high);
            if self.above(middle) > most { low = middle } else { high = middle }
        }
        high
    }

    fn mean(&self) -> f64 {
        let sums = self.samples.0.iter().map(|(value, count)| {
            let withheld = self.withheld(*value);
            let late = withheld * value - self.cycle * withheld * (withheld + 1.0) / 2.0;
            *count as f64 * (value + late)
        });
        sums.sum::<f64>() / self.above(-1.0)
    }
}

/// The share of the samples that a metric of latency does not exceed; nothing for other metrics.
fn share(metric: Metric) -> Option<f64> {
    Some(match metric {
        Metric::LatencyP50 => 0.5,
        Metric::LatencyP90 => 0.9,
        Metric::LatencyP95 => 0.95,
        Metric::LatencyP99 => 0.99,
        Metric::LatencyP999 => 0.999,
        _ => return None,
    })
}

/// Whether a closed run is blind to what is expected: it holds as measured, and would not if users had
/// gone on to send while they waited. Speaks of the quantiles and the mean of latency; the longest
/// latency is seen by any run, and service times are what they are.
pub fn blindness(
    run: &Closed,
    samples: &Samples,
    metric: Metric,
    (comparison, bound): (Comparison, f64),
) -> Option<Blindness> {
    let cycle = run.cycle(samples)?;
    let corrected = Corrected { samples, cycle };
    let (measured, could_be) = match share(metric) {
        Some(share) => (samples.quantile(share), corrected.quantile(share)),
        None if metric == Metric::LatencyMean => {
            (samples.seconds() / samples.count() as f64, corrected.mean())
        }
        None => return None,
    };
    let is_blind = comparison.holds(measured, bound) && !comparison.holds(could_be, bound);
    is_blind.then(|| Blindness {
        metric,
        measured,
        corrected: could_be,
        longest: samples.longest(),
        cycle,
        withheld: (corrected.above(-1.0) - samples.count() as f64) as u64,
    })
}

impl fmt::Display for Blindness {
    /// The reason, as a report gives it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = |seconds: f64| format!("{:.1} ms", seconds * 1e3);
        write!(
            f,
            "a closed run cannot see it: a user sends every {}, and while answers took up to {} users \
             withheld {} requests; with those `{}` could be {}, not {}; an open stage (`rate`) measures it",
            span(self.cycle),
            span(self.longest),
            self.withheld,
            self.metric.name(),
            span(self.corrected),
            span(self.measured),
        )
    }
}

#[cfg(test)]
mod tests;
